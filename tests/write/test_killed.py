"""A build that is killed at any call to the file system leaves a tree that the next build makes whole."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from kgen.cli import entry
from tests.write.trees import on_disk

MINIMAL = (Path(__file__).resolve().parents[2] / "examples/minimal/clusterset.yaml").read_text(encoding="utf-8")
GLOBALNET = MINIMAL.replace("  broker:", "  globalnet: {}\n  broker:")
# Calls that change what is on disk; the audit events that Python raises before it makes them (docs.python.org, audit events table).
CHANGING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def killed_at(number: int, arguments: list[str]) -> bool:
    """Runs a command in a child that dies before its `number`-th change of the disk; False if it came to its end before."""
    child = os.fork()
    if child == 0:
        count = 0

        def die(event: str, details: tuple[object, ...]) -> None:
            nonlocal count
            flags = details[2] if event == "open" else 0
            if event in CHANGING or (isinstance(flags, int) and flags & WRITING and not str(details[0]).startswith("/dev/")):
                count += 1
                if count == number:
                    os._exit(137)

        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        sys.addaudithook(die)
        try:
            os._exit(entry.run(arguments))
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 137), f"the build ended with {code} at change {number}"
    return code == 137


def built(folder: Path, spec: str, *options: str) -> list[str]:
    (folder / "clusterset.yaml").write_text(spec, encoding="utf-8")
    return ["build", str(folder / "clusterset.yaml"), "-o", str(folder / "out"), "--quiet", *options]


CHANGES: dict[str, tuple[str | None, str, tuple[str, ...]]] = {
    "first build": (None, GLOBALNET, ()),
    "a service goes": (GLOBALNET, GLOBALNET.split("  services:")[0], ()),
    "a cluster comes": (GLOBALNET, GLOBALNET.replace("  namespaces:", "    - {name: north, podCIDR: 10.4.0.0/16, serviceCIDR: 10.5.0.0/16}\n  namespaces:"), ()),
    "another layout": (GLOBALNET, GLOBALNET, ("--layout", "object")),
    "a kustomization": (GLOBALNET, GLOBALNET, ("--kustomization",)),
    "one file for a cluster": (GLOBALNET, GLOBALNET, ("--layout", "cluster")),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_the_next_build_makes_it_whole(name: str, tmp_path: Path) -> None:
    before, after, options = CHANGES[name]
    start = tmp_path / "start"
    start.mkdir()
    if before is not None:
        assert entry.run(built(start, before)) == 0
    wanted = tmp_path / "wanted"
    shutil.copytree(start, wanted)
    assert entry.run(built(wanted, after, *options)) == 0
    expected = on_disk(wanted)
    number = 1
    while True:
        folder = tmp_path / f"killed-{number}"
        shutil.copytree(start, folder)
        killed = killed_at(number, built(folder, after, *options))
        assert entry.run(built(folder, after, *options)) == 0, f"after a kill at change {number}"
        assert on_disk(folder) == expected, f"after a kill at change {number}"
        shutil.rmtree(folder)
        if not killed:
            break
        number += 1
    assert number > 5, "a build changes the disk more often than that"
