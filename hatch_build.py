"""Makes the generated tables: Python modules that judge objects and specs, from the schemas in `schemas/`.

Hatchling runs this for wheels, source distributions and editable installs; by hand: `python hatch_build.py`. It needs nothing but
Python, does nothing when its inputs are what they were, and writes the same bytes for the same inputs and the same minor of Python.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

ROOT: Final = Path(__file__).resolve().parent
OBJECTS: Final = "kgen/conformance/tables"
SPEC: Final = "kgen/structure/tables"
DIGEST: Final = "DIGEST"
# What is left to a module of its own, imported when it is first called, is measured in characters of code: see `compile.reached`.
BUDGET: Final = 24_000

if TYPE_CHECKING:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    Hook = BuildHookInterface[Any]
else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface as Hook
    except ImportError:  # by hand, where hatchling is not installed
        Hook = object


class TablesHook(Hook):
    """Hatchling's way in."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        make(Path(self.root))


def digest(root: Path) -> str:
    """What the tables depend on: the schemas, the code that compiles them, and the Python that prints the code."""
    paths = [
        root / "hatch_build.py",
        *(root / "kgen/structure").glob("*.py"),
        *(root / "kgen/structure/cel").glob("*.py"),
        *(root / "schemas").rglob("*.json"),
    ]
    whole = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in sorted(paths):
        whole.update(f"{path.relative_to(root).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def make(root: Path) -> bool:
    """Makes the tables of the source tree `root` in place; whether there was anything to do."""
    wanted = digest(root)
    mark = root / OBJECTS / DIGEST
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted and (root / SPEC / "clusterset.py").is_file():
        return False
    mark.unlink(missing_ok=True)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    for place, files in tables(root / "schemas").items():
        write(root / place, files)
    mark.write_text(wanted, encoding="utf-8")
    return True


def write(folder: Path, files: dict[str, str]) -> None:
    """Makes `folder` hold `files` and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.name not in files:
            path.unlink()
    for name, text in files.items():
        data = text.encode()
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)


def tables(schemas: Path) -> dict[str, dict[str, str]]:
    """The text of every generated module, by folder and file name."""
    from kgen.structure import compile, normal

    made = {
        OBJECTS: {"__init__.py": '"""Generated: see hatch_build.py."""\n'},
        SPEC: {"__init__.py": '"""Generated: see hatch_build.py."""\n'},
    }
    spec = json.loads((schemas / "clusterset-v1alpha1.json").read_text(encoding="utf-8"))
    compiler = compile.Compiler()
    entry = compiler.fits(normal.json_schema(spec))
    made[SPEC]["clusterset.py"] = compile.module(compiler, entry, "fits", SPEC.replace("/", "."), 1 << 60).source

    index = json.loads((schemas / "index.json").read_text(encoding="utf-8"))
    compiler = compile.Compiler()
    package = OBJECTS.replace("/", ".")
    modules: dict[str, str] = {}  # function -> module
    rows: dict[str, int] = {}
    kinds: dict[str, dict[str, str]] = {}
    contents: dict[str, Any] = {}
    entries_of: dict[str, str] = {}
    parts: list[str] = []
    shared = json.loads((schemas / "kubernetes/definitions.json").read_text(encoding="utf-8"))
    definitions = normal.native_definitions(shared["$defs"])
    for product, versions in index.items():
        for version, entries in versions.items():
            listed = []
            for each in entries:
                file = each["file"]
                if file not in contents:
                    contents[file] = json.loads((schemas / file).read_text(encoding="utf-8"))
                    raw = contents[file]["schema"]
                    apart = "status" in contents[file]["subresources"]
                    schema = normal.native(raw, definitions) if product == "kubernetes" else normal.structural(raw, status_apart=apart)
                    entries_of[file] = compiler.judge(schema)
                entry, content = entries_of[file], contents[file]
                if entry not in modules:
                    modules[entry] = re.sub(r"\W", "_", file.removeprefix("crds/").removesuffix(".json"))
                    found = compile.module(compiler, entry, "judge", package, BUDGET)
                    made[OBJECTS][f"{modules[entry]}.py"] = found.source
                    parts += found.parts
                warning = content["deprecationWarning"] or f"{each['group']}/{each['version']} {each['kind']} is deprecated"
                row = f"{modules[entry]} {file} {content['scope']} {warning if content['deprecated'] else ''}".rstrip()
                listed.append(f"{each['group']}/{each['version']}/{each['kind']} {rows.setdefault(row, len(rows))}")
            kinds.setdefault(product, {})[version] = "\n".join(listed)
    while parts:
        part = parts.pop()
        if f"{part}.py" not in made[OBJECTS]:
            found = compile.module(compiler, part, part, package, BUDGET)
            made[OBJECTS][f"{part}.py"] = found.source
            parts += found.parts
    # As text, which Python loads faster than as many tuples; a run looks at a few versions only.
    made[OBJECTS]["index.py"] = compile.constants({"KINDS": kinds, "ROWS": tuple(rows)})
    return made


if __name__ == "__main__":
    print("made" if make(ROOT) else "nothing to do")
