"""A lab leaves nothing behind: no process, no namespace, no mount, no folder; also when whoever had it was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.checkout import ROOT
from tests.e2e.lab import STATE, Lab, clean
from tests.real.needed import or_skip

# Someone who starts a lab with a node and two programs, one of them with mounts, and stays.
OWNER: Final = """
import signal, sys, time
from pathlib import Path
from tests.e2e.lab import Lab
signal.signal(signal.SIGINT, signal.default_int_handler)  # which who runs in the background ignores
lab = Lab(kept=sys.argv[1] == "kept")
lab.node("cluster1")
lab.start("cluster1", "sleep", "sleep", "1000")
lab.contain("cluster1", "sleeper", Path("/usr/bin/sleep"), "1000", files={"/certs/key": "x"})
lab.wait("it runs", lambda: (Path("/proc") / str(lab.pid)).exists())
try:
    print(lab.folder, flush=True)
    time.sleep(0 if lab.kept else 1000)
finally:
    if not lab.kept:
        lab.close()
"""


def start(how: str) -> tuple[subprocess.Popen[str], Path]:
    """An owner, and the folder of its lab."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, how], cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    owner.stdout.close()
    return owner, folder


def namespaces(pid: int) -> set[str]:
    """The namespaces of a process."""
    return {os.readlink(f"/proc/{pid}/ns/{kind}") for kind in ("net", "mnt", "pid")}


def inhabited() -> Iterator[str]:
    """The namespaces that any process of the machine is in."""
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                yield from namespaces(int(each.name))
            except OSError:
                continue


def left(folder: Path, known: set[str]) -> list[str]:
    """What is left of a lab, but for its folder."""
    mounts = [line for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines() if str(folder) in line]
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return mounts + sorted(known & set(inhabited())) + [each.decode() for each in commands if str(folder).encode() in each]


@pytest.fixture(autouse=True)
def possible() -> None:
    """Where no lab is possible these tests are skipped."""
    or_skip(Lab).close()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-C", "killed"])
def test_nothing_is_left_of_a_lab_whose_owner_ends(sent: signal.Signals) -> None:
    owner, folder = start("owned")
    own = namespaces(json.loads((folder / STATE).read_text(encoding="utf-8"))["first"]) - namespaces(os.getpid())
    assert len(own) == 3
    owner.send_signal(sent)
    owner.wait(timeout=60)
    for _ in range(200):
        if not left(folder, own):
            break
        time.sleep(0.05)
    assert left(folder, own) == []
    if sent == signal.SIGKILL:
        assert folder.name in clean()
    assert not folder.exists()


def test_a_kept_lab_outlives_its_owner_until_it_is_taken_away() -> None:
    owner, folder = start("kept")
    owner.wait()
    own = namespaces(json.loads((folder / STATE).read_text(encoding="utf-8"))["first"]) - namespaces(os.getpid())
    try:
        assert folder.name not in clean()
        assert left(folder, own) != []
    finally:
        gone = clean(folder.name.__eq__)
    assert folder.name in gone
    assert left(folder, own) == []
    assert not folder.exists()


def test_two_labs_do_not_meet() -> None:
    first, second = Lab(), Lab()
    try:
        assert first.node("cluster1") == second.node("cluster1")
        assert first.folder != second.folder
        assert first.folder.name not in clean()
        second.start("cluster1", "listener", sys.executable, "-m", "http.server", "8000")

        def answers(lab: Lab) -> bool:
            try:
                lab.reach("cluster1", "127.0.0.1", 8000).close()
            except OSError:
                return False
            return True

        second.wait("it listens", lambda: answers(second))
        assert not answers(first)
    finally:
        first.close()
        second.close()


def test_a_program_that_ends_is_told_with_its_last_words() -> None:
    lab = Lab()
    try:
        lab.node("cluster1")
        lab.start("cluster1", "talker", "sh", "-c", "echo I cannot go on; exit 3")
        with pytest.raises(AssertionError, match="talker on cluster1 ended\nI cannot go on"):
            lab.wait("pigs fly", lambda: False)
    finally:
        lab.close()
