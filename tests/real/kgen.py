"""kgen as an image has it: for the system's own Python, where any user can read it and none of them write."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from tests.checkout import MADE, ROOT
from tests.real.binaries import Unavailable

PYTHON: Final = "/usr/bin/python3"
SCRIPT: Final = """\
#!{python} -P
import sys

sys.path.insert(0, "{site}")
from kgen.cli import main

main()
"""


def installed(folder: Path) -> Path:
    """The folder of the command `kgen`, put into `folder` if it is not there yet: this checkout and what it depends on."""
    site, commands = folder / "site", folder / "bin"
    if commands.exists():
        return commands
    asked = subprocess.run([PYTHON, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=False)
    if asked.stdout.split() != [str(part) for part in sys.version_info[:2]]:
        raise Unavailable(f"another user's Python is needed, of the version that runs the tests: {PYTHON} is {asked.stdout or 'missing'}")
    made = tuple(pattern for pattern in MADE if pattern != "tables")
    shutil.copytree(ROOT / "kgen", site / "kgen", ignore=shutil.ignore_patterns(*made))
    for name in ("schemas", "overlays"):
        shutil.copytree(ROOT / name, site / "kgen" / "_bundled" / name, ignore=shutil.ignore_patterns(*made))
    for package in dict.fromkeys(_needed("kgen")):
        for file in package.files or ():
            if not file.parts[0].startswith("..") and "__pycache__" not in file.parts:
                target = site / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    subprocess.run([PYTHON, "-m", "compileall", "-q", str(site)], check=True)
    commands.mkdir()
    command = commands / "kgen"
    command.write_text(SCRIPT.format(python=PYTHON, site=site), encoding="utf-8")
    command.chmod(0o755)
    return commands


def _needed(name: str) -> Iterator[Distribution]:
    """What a package depends on, as it is installed here, without extras."""
    for line in distribution(name).requires or ():
        wanted, _, condition = line.partition(";")
        required = re.split(r"[^\w.-]", wanted.strip(), maxsplit=1)[0]
        if "extra" in condition:
            continue
        try:
            found = distribution(required)
        except ImportError:  # only for another Python or system
            continue
        yield found
        yield from _needed(required)
