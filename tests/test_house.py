"""The house keeps its own rules: what ARCHITECTURE.md and CONTRIBUTING.md say of the code is true of it.

Rules of a single room are kept beside it: tables of commands, targets and reports, unique codes with their pages, records and schema.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from kgen import checks, manifest, versions
from kgen.cli.entry import COMMANDS
from kgen.explain import pages
from kgen.kinds import KINDS
from kgen.plan import delivery
from tests.checkout import ROOT, files

FILES = files()
# Generated tables are data.
CODE = {
    ".".join(Path(name).with_suffix("").parts).removesuffix(".__init__"): ast.parse((ROOT / name).read_text(encoding="utf-8"))
    for name in FILES
    if name.startswith("kgen/") and name.endswith(".py")
}
ROOMS = sorted({name.split(".")[1] for name in CODE if "." in name})


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


# --- shelves ---------------------------------------------------------------------------------------------------------------------------


def defines(tree: ast.Module, name: str) -> bool:
    """Whether a module has a constant or function of that name."""
    targets = (target for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) for target in ast.walk(node))
    return any(isinstance(target, ast.Name) and target.id == name for target in targets) or any(
        isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body
    )


def test_every_kind_is_on_its_shelf() -> None:
    modules = {name for name, tree in CODE.items() if name.startswith("kgen.kinds.") and defines(tree, "KIND")}
    assert sorted(f"kgen.kinds.{module}" for _, _, module in KINDS) == sorted(modules)
    assert all(kind == import_module(f"kgen.kinds.{module}").KIND for _, kind, module in KINDS)


def test_decisions_and_objects_name_the_same_stages() -> None:
    """Each room has the names for itself, since decisions never see an object."""
    assert (delivery.STAGES, delivery.OPERATORS) == (manifest.STAGES, manifest.OPERATORS)


@pytest.mark.parametrize(
    ("room", "table"), [("spec", (*checks.SPEC_CHECKS, *checks.VARIANT_CHECKS)), ("plan", checks.PLAN_CHECKS)], ids=["spec", "plan"]
)
def test_every_check_is_on_its_shelf(room: str, table: tuple[object, ...]) -> None:
    modules = {name for name, tree in CODE.items() if name.startswith(f"kgen.checks.{room}.") and defines(tree, "check")}
    assert sorted(check.__name__ for check in table) == sorted(modules)  # type: ignore[attr-defined]


def test_the_readme_has_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `kgen (\S+)` \|", text, re.MULTILINE) == sorted(COMMANDS, key=list(COMMANDS).index)


def test_every_example_and_overlay_is_introduced() -> None:
    for shelf in ("examples", "overlays"):
        text = (ROOT / shelf / "README.md").read_text(encoding="utf-8")
        introduced = set(re.findall(r"^\| \[(\S+)\]\(\1\)", text, re.MULTILINE))
        folders = {name.split("/")[1] for name in FILES if name.startswith(f"{shelf}/") and name.count("/") > 1}
        assert introduced == folders
        assert all(f"{shelf}/{folder}/README.md" in FILES for folder in folders)


def test_every_top_level_folder_says_what_belongs_there() -> None:
    folders = {name.split("/")[0] for name in FILES if "/" in name and not name.startswith(".")}
    assert {folder for folder in folders if f"{folder}/README.md" not in FILES} == set()


# --- floors ----------------------------------------------------------------------------------------------------------------------------


def test_rooms_import_only_what_stands_below() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_architecture_names_every_room_on_its_floor() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = [re.split(r" {3,}", line.strip())[0].split(" | ") for line in re.findall(r"^ +1?\d  (.+)$", text, re.MULTILINE)]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors = project["tool"]["importlinter"]["contracts"][0]["layers"]
    assert drawn == [floor.split(" | ") for floor in floors]
    described = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert described == set(ROOMS) - {"__main__"}


DOORS = {"click": "kgen.cli", "ruamel": "kgen.source", "jsonschema": "kgen.schema"}


def test_there_is_one_door_for_each_outside_thing() -> None:
    outside = {
        (name.split(".")[0], ".".join(module.split(".")[:2]))
        for module, tree in CODE.items()
        for name in imports(tree)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "kgen"}
    }
    assert outside == set(DOORS.items())


# Clock, chance, network, other processes, and the machine itself; what may use one is listed.
IMPURE = {
    "time",
    "datetime",
    "random",
    "secrets",
    "uuid",
    "socket",
    "ssl",
    "http",
    "urllib",
    "subprocess",
    "threading",
    "multiprocessing",
} | {
    "asyncio",
    "concurrent",
    "locale",
    "platform",
    "getpass",
    "tempfile",
}
IMPURE_BUT = {("kgen.cli.console", "time"), ("kgen.reports.sarif", "urllib")}  # of urllib, only the quoting of a path


def test_nothing_depends_on_clock_chance_network_or_machine() -> None:
    used = {(module, name.split(".")[0]) for module, tree in CODE.items() for name in imports(tree) if name.split(".")[0] in IMPURE}
    assert used == IMPURE_BUT


def test_only_the_command_line_reads_the_environment() -> None:
    readers = {
        module
        for module, tree in CODE.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    # The streams' colour, and what Argo CD asks of its plugin.
    assert readers == {"kgen.cli.console", "kgen.cli.cmp"}


HEAVY = (
    "jsonschema",
    "kubernetes_validate",
    "importlib.metadata",
    "dataclasses",
    "kgen.schema",
    "kgen.structure.compile",
    "kgen.structure.walk",
)


@pytest.mark.parametrize("example", ["seed", "globalnet", "hub"])
def test_a_clean_build_leaves_out_what_is_slow_to_import(example: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "kgen", "build", f"examples/{example}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "kgen.pipeline" in imported
    assert set(HEAVY) & imported == set()


def test_a_clean_validate_leaves_out_more(tmp_path: Path) -> None:
    """A manifest is judged without what reads specs, decides and renders; its CEL rules without a parser of CEL."""
    command = [sys.executable, "-X", "importtime", "-m", "kgen", "validate", str(ROOT / "benchmarks" / "httproute.yaml")]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    imported = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "kgen.manifests.judge" in imported
    heavy = {*HEAVY, "kgen.pipeline", "kgen.clusterset", "kgen.plan", "kgen.kinds", "kgen.checks", "kgen.structure.cel.parse", "pathlib"}
    assert heavy & imported == set()
    assert {name.partition(".")[0] for name in imported if "cel" in name.partition(".")[0]} == set()


# --- names and words -------------------------------------------------------------------------------------------------------------------


def test_there_is_no_drawer() -> None:
    drawers = re.compile(r"(^|\.)(utils?|helpers?|common|misc|shared|base)$")
    assert [name for name in CODE if drawers.search(name)] == []


def undocumented(tree: ast.Module, module: str) -> Iterator[str]:
    """Modules, public classes, and public functions and methods without a docstring; members of a Protocol may be told by its own."""
    if ast.get_docstring(tree) is None:
        yield module
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and ast.get_docstring(node) is None:
            yield f"{module}.{node.name}"


def test_every_public_thing_says_what_it_gives() -> None:
    # Told by the Protocol of its shelf, and by its module.
    rendered = re.compile(r"kgen\.(kinds\..*\.render|checks\..*\.check|targets\..*\.files|reports\..*\.render|cli\..*\.command)$")
    # What no other module asks for is told by its room; modules and classes are always told.
    asked = {
        f"{node.module}.{alias.name}"
        for tree in CODE.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
    untold = [name for module, tree in CODE.items() for name in undocumented(tree, module) if not rendered.search(name)]
    assert [name for name in untold if name in asked or name in CODE] == []


def test_a_docstring_is_a_sentence() -> None:
    unfinished = []
    for module, tree in CODE.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                text = ast.get_docstring(node)
                if text is not None and not text.rstrip().endswith((".", "?", ":", "`", ")")) and "\n\n" not in text and "http" not in text:
                    unfinished.append(f"{module}: {text}")
    assert unfinished == []


FOREIGN = re.compile(
    # A path of some machine, but for the home of user argocd in Argo CD images.
    r"(?<![\w.~$/-])/(?!home/argocd/)(?:root|home|Users|work|mnt|opt/wheels)/[\w.-]"
    r"|[\w.-]*(?:artifactory|nexus|mirror)[\w-]*\.[\w-]+\.(?:com|net|org|io|internal|local)\b"  # a mirror of packages
    r"|https?://(?:10|127|192\.168)\.[\d.]+[:/]"
)


def test_nothing_tells_of_a_machine() -> None:
    told = []
    for name in FILES:
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        told += [f"{name}: {found[0]}" for found in FOREIGN.finditer(text)]
    assert told == []


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".yml", ".yaml")) and name.startswith(".")])
def test_what_others_read_is_yaml(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert isinstance(yaml.safe_load(text), list if name == ".pre-commit-hooks.yaml" else dict)
    # An action is what it was when it was chosen: a whole version, which dependabot raises.
    assert all(re.fullmatch(r"\S+@v\d+\.\d+\.\d+", used) for used in re.findall(r"uses: (\S+)", text))


# --- codes and versions ----------------------------------------------------------------------------------------------------------------

CASES = ROOT / "tests" / "bad"


def test_every_code_has_a_case() -> None:
    """Codes whose page shows commands instead of a spec (a tree that was edited by hand) are run from the page, by tests/write."""
    reported = {
        code for report in CASES.glob("*/report.txt") for code in re.findall(r"^\w+\[(KG\d{3})\]", report.read_text(encoding="utf-8"), re.M)
    }
    shown = {page.number for page in pages.pages() if (example := page.example("Fails")) is not None and example.language == "yaml"}
    assert shown - reported == set()
    assert reported <= set(pages.numbers())


def minors(product: str) -> list[str]:
    index = json.loads((ROOT / "schemas" / "index.json").read_text(encoding="utf-8"))
    return list(index[product])


def test_every_version_has_its_schemas_and_every_schema_its_version() -> None:
    assert minors("submariner") == list(versions.SUBMARINER)
    assert minors("envoy-gateway") == [release.schemas for release in versions.ENVOY_GATEWAY.values()]
    assert minors("kubernetes") == list(versions.KUBERNETES)
    assert minors("external-secrets") == [versions.EXTERNAL_SECRETS]
    assert all(minors(product) == [version] for product, version in versions.ENGINES.items())
    assert set(minors("mcs-api")) == {release.mcs_api for release in versions.SUBMARINER.values()}
    for channel in versions.CHANNELS:
        assert minors(f"gateway-api/{channel}") == list(versions.GATEWAY_API.values())
    assert {release.gateway_api for release in versions.ENVOY_GATEWAY.values()} <= set(versions.GATEWAY_API.values())


def test_every_row_is_named_after_its_version() -> None:
    assert all(minor == release.minor == versions.minor(f"{release.minor}.0") for minor, release in versions.SUBMARINER.items())
    assert all(minor == release.minor == versions.minor(release.schemas) for minor, release in versions.ENVOY_GATEWAY.items())
    assert all(minor == versions.minor(version) for minor, version in versions.GATEWAY_API.items())
