"""A build that is killed between any two lines of the writer leaves old or new texts, and any build after it makes its tree whole."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from kgen.write import Identity, Lock, apply
from tests.write.trees import EVERYONE, ONE, SHOP, Spec, look, on_disk

# The package hands on a function of the same name as the module.
WRITER = sys.modules[apply.__module__].__file__
TWO: Spec = {
    "east": {"40-gateways/g.yaml": "g2\n", "60-manifests/a.yaml": "a2\n"},
    "north": {"60-manifests/a.yaml": "a1\n"},
}
LOCKS = {"one": "lock 1\n", "two": "lock 2\n", "three": "lock 2\n"}
TREES: dict[str, tuple[Spec, Identity]] = {
    "one": (ONE, SHOP),
    "two": (TWO, SHOP),
    "three": ({"south": {"60-manifests/a.yaml": "a3\n"}}, Identity("shop", layout="cluster")),
}


def run(folder: Path, name: str) -> None:
    spec, identity = TREES[name]
    changes = look(folder / "out", spec, identity, allow=EVERYONE, lock=Lock(folder / "lock", LOCKS[name]))
    assert changes.diagnostics == ()
    apply(changes)


def killed_at(number: int, folder: Path, name: str) -> bool:
    """Builds in a child that dies before the `number`-th line of the writer that it comes to; False if it ended before."""
    child = os.fork()
    if child == 0:
        count = 0

        def die(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal count
            if frame.f_code.co_filename != WRITER:
                return None
            if event == "line":
                count += 1
                if count == number:
                    os._exit(137)
            return die

        try:
            sys.settrace(die)
            run(folder, name)
            os._exit(0)
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 137), f"the build ended with {code} at line {number}"
    return code == 137


def whole(folder: Path, texts: set[bytes]) -> bool:
    """Whether each file but the indexes and what is half written is a text that some build makes."""
    files = {path: text for path, text in on_disk(folder).items() if isinstance(text, bytes)}
    return all(text in texts for path, text in files.items() if not path.endswith(("kgen-index", ".kgen-tmp")))


@pytest.mark.parametrize(("before", "after"), [(None, "one"), ("one", "two"), ("two", "three")])
def test_any_build_after_it_makes_its_tree_whole(before: str | None, after: str, tmp_path: Path) -> None:
    start = tmp_path / "start"
    start.mkdir()
    if before:
        run(start, before)
    expected = {}
    for name in TREES:
        (tmp_path / name).mkdir()
        run(tmp_path / name, name)
        expected[name] = on_disk(tmp_path / name)
    texts = {text for disk in expected.values() for text in disk.values() if isinstance(text, bytes)}
    number, killed, left = 1, True, None
    while killed:
        folder = tmp_path / "killed"
        shutil.copytree(start, folder)
        killed = killed_at(number, folder, after)
        # Most lines change nothing on the disk: each state is gone on from once.
        before_it, left = left, on_disk(folder)
        assert whole(folder, texts), f"after a kill at line {number}"
        # The same build again, the one before it, and a third; each from the very state that the kill left.
        for name in TREES if left != before_it else ():
            copy = tmp_path / "next"
            shutil.copytree(folder, copy, symlinks=True)
            run(copy, name)
            assert on_disk(copy) == expected[name], f"built {name} after a kill at line {number}"
            shutil.rmtree(copy)
        shutil.rmtree(folder)
        number += 1
    assert number > 30
