"""The diff that people review: `patch` makes the new tree from it, and large files stay quick."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.write import Lock
from kgen.write.diff import compared, diff
from tests.write.trees import EVERYONE, ONE, build, look, on_disk

OLD = "a: 1\n---\n" + "".join(f"b{n}: 1\n" for n in range(12)) + "---\nc: 1\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(b"a\n", b"a\n", "", id="equal"),
        pytest.param(b"a\nb\nc\n", b"a\nB\nc\n", "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", id="a-line"),
        pytest.param(None, b"a\n", "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", id="new"),
        pytest.param(b"a\n", None, "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", id="deleted"),
        pytest.param(None, b"", "--- /dev/null\n+++ b/x\n", id="new-and-empty"),
        pytest.param(b"a", b"a\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n", id="no-newline-at-the-end"),
        pytest.param(
            OLD.encode(),
            OLD.replace("a: 1", "a: 2").replace("c: 1", "c: 2").encode(),
            "--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n-a: 1\n+a: 2\n ---\n b0: 1\n b1: 1\n"
            "@@ -13,4 +13,4 @@\n b10: 1\n b11: 1\n ---\n-c: 1\n+c: 2\n",
            id="two-hunks-over-three-documents",
        ),
    ],
)
def test_the_text(before: bytes | None, after: bytes | None, expected: str) -> None:
    assert "".join(file.text() for file in compared("x", before, after)) == expected


LINES = st.lists(st.sampled_from(["---", "a", "b", "c", "kind: X"]), max_size=25)


@settings(max_examples=40)
@given(old=LINES, new=LINES, end=st.booleans())
def test_patch_takes_it(old: list[str], new: list[str], end: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("patch")
    before = "".join(f"{line}\n" for line in old)
    after = "".join(f"{line}\n" for line in new)
    if end:
        before = before.removesuffix("\n")
    # An empty file and none are one thing to patch.
    if before and after:
        (folder / "x").write_text(before)
        told = "".join(file.text() for file in compared("x", before.encode(), after.encode()))
        subprocess.run(["git", "apply", "--allow-empty", "-p1", "-"], cwd=folder, input=told, text=True, check=True, capture_output=True)
        assert (folder / "x").read_text() == after


def test_the_whole_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    out = Path("out")
    build(out, ONE)
    before = on_disk(tmp_path)
    new = {"east": {"10-broker/b.yaml": "b1\n", "60-manifests/a.yaml": "a2\n", "60-manifests/d.yaml": "d1\n"}}
    changes = look(out, new, allow=EVERYONE, lock=Lock(Path("lock"), "locked\n"))
    assert [file.text() for file in diff(changes)] == [
        "--- /dev/null\n+++ b/lock\n@@ -0,0 +1 @@\n+locked\n",
        "--- a/out/clusters/east/60-manifests/a.yaml\n+++ b/out/clusters/east/60-manifests/a.yaml\n@@ -1 +1 @@\n-a1\n+a2\n",
        "--- a/out/clusters/east/60-manifests/c.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-c1\n",
        "--- /dev/null\n+++ b/out/clusters/east/60-manifests/d.yaml\n@@ -0,0 +1 @@\n+d1\n",
        "--- a/out/clusters/west/60-manifests/a.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a1\n",
    ]
    assert on_disk(tmp_path) == before


def test_nothing_to_show(tmp_path: Path) -> None:
    build(tmp_path, ONE)
    assert list(diff(look(tmp_path, ONE))) == []


def test_a_refused_tree_shows_what_it_can(tmp_path: Path) -> None:
    build(tmp_path, ONE)
    (tmp_path / "clusters/west/.kgen-index").write_text("junk\n")
    changes = look(tmp_path, {**ONE, "east": {**ONE["east"], "60-manifests/a.yaml": "a2\n"}})
    assert [found.code for found in changes.diagnostics] == ["KG551"]
    assert [file.text().splitlines()[0] for file in diff(changes)] == [f"--- a{tmp_path}/clusters/east/60-manifests/a.yaml"]
