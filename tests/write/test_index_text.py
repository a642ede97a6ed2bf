"""The text of an index: what is written is read back, and what was never written is told by its line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen.diagnostics import Rejected, Span
from kgen.write import Identity, overlay_at, overlay_from, recorded, settled
from kgen.write.disk import Disk, Refused
from kgen.write.index import INDEX, load, place, root_text, text
from tests.write.trees import ONE, Spec, build, files, fresh, look, on_disk

DIGEST = "5" * 64
OTHER = "6" * 64
EAST = "clusters/east/.kgen-index"


def test_sha256sum_checks_a_cluster(tmp_path: Path) -> None:
    build(tmp_path, ONE)
    done = subprocess.run(
        ["sha256sum", "--check", ".kgen-index"], cwd=tmp_path / "clusters/east", capture_output=True, text=True, check=True
    )
    assert done.stdout == "10-broker/b.yaml: OK\n60-manifests/a.yaml: OK\n60-manifests/c.yaml: OK\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    "identity",
    [
        Identity("shop"),
        Identity("shop", ("../overlays/prod/overlay.yaml", "kgen:kind"), "object", True),
        Identity("shop", ("over lay.yaml", "ü.yaml", "# x", ""), "cluster"),
        Identity("shop", (' "a', "a\nb", "a ", '"a"')),
    ],
    ids=["plain", "overlays", "odd-overlays", "quoted-overlays"],
)
def test_an_identity_is_read_back(identity: Identity, tmp_path: Path) -> None:
    assert recorded(tmp_path) is None
    (tmp_path / INDEX).write_bytes(root_text(identity, {}))
    assert recorded(tmp_path) == identity


def test_the_text_of_the_root_s_index() -> None:
    assert root_text(Identity("shop", ("../prod.yaml",), "object", True), {}).decode() == (
        "# kgen-index 1\n# name: shop\n# layout: object\n# kustomization: yes\n# overlay: ../prod.yaml\n"
    )


def read(tmp_path: Path, path: str, content: str | bytes):  # type: ignore[no-untyped-def]
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return load(Disk(tmp_path), path)


def test_entries_are_paths_in_the_tree(tmp_path: Path) -> None:
    index = read(
        tmp_path,
        EAST,
        f"# kgen-index 1\n# stages: 10-broker 60-manifests\n{DIGEST}  a.yaml\n{DIGEST}  10-broker/%3a.yaml\n{OTHER}  a.yaml\n",
    )
    assert index.entries == {"clusters/east/a.yaml": {DIGEST, OTHER}, "clusters/east/10-broker/%3a.yaml": {DIGEST}}
    assert index.stages == {"10-broker", "60-manifests"}
    assert not index.conflict


def test_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    index = read(tmp_path, EAST, f"# kgen-index 1\r\n# stages: 10-broker\r\n{DIGEST}  a.yaml\r\n")
    assert (index.stages, list(index.entries)) == ({"10-broker"}, ["clusters/east/a.yaml"])


@pytest.mark.parametrize("base", ["", f"||||||| 1234567\n{'7' * 64}  a.yaml\n"], ids=["merge", "diff3"])
def test_a_merge_conflict_lists_what_either_side_lists(base: str, tmp_path: Path) -> None:
    merged = f"# kgen-index 1\n<<<<<<< HEAD\n{DIGEST}  a.yaml\n{base}=======\n{OTHER}  a.yaml\n{OTHER}  b.yaml\n>>>>>>> theirs\n"
    index = read(tmp_path, EAST, merged)
    assert index.conflict
    assert index.entries["clusters/east/a.yaml"] >= {DIGEST, OTHER}
    assert index.entries["clusters/east/b.yaml"] == {OTHER}


@pytest.mark.parametrize(
    ("path", "content", "line", "what"),
    [
        pytest.param(EAST, "", 1, "is empty", id="empty"),
        pytest.param(EAST, "\n\n", 1, "is empty", id="blank"),
        pytest.param(EAST, b"# kgen-index 1\n\xff\n", 1, "is not UTF-8 text", id="not-utf8"),
        pytest.param(EAST, "# kgen-index 2\n", 1, 'begins with "# kgen-index 2"', id="later-version"),
        pytest.param(EAST, f"{DIGEST}  a.yaml\n", 1, "begins with", id="no-first-line"),
        pytest.param(EAST, "# kgen-index 1\n\nhello\n", 3, 'kgen never writes: "hello"', id="junk"),
        pytest.param(EAST, f"# kgen-index 1\n{'x' * 200}\n", 2, '..."', id="long-junk-is-cut"),
        pytest.param(EAST, "# kgen-index 1\n# name: shop\n", 2, "kgen never writes", id="header-of-the-root"),
        pytest.param(EAST, f"# kgen-index 1\n{DIGEST} a.yaml\n", 2, "kgen never writes", id="one-space"),
        pytest.param(EAST, f"# kgen-index 1\n{DIGEST[1:]}  a.yaml\n", 2, "kgen never writes", id="short-digest"),
        pytest.param(EAST, f"# kgen-index 1\n{DIGEST}  ../west/a.yaml\n", 2, "kgen never writes", id="another-cluster"),
        pytest.param(EAST, f"# kgen-index 1\n{DIGEST}  /etc/passwd\n", 2, "kgen never writes", id="absolute"),
        pytest.param(EAST, f"# kgen-index 1\n{DIGEST}  a/../../../../x\n", 2, "kgen never writes", id="upwards"),
        pytest.param(EAST, f"# kgen-index 1\n{DIGEST}  a//b\n", 2, "kgen never writes", id="empty-part"),
        pytest.param(EAST, f"# kgen-index 1\n{DIGEST}  a\\b\n", 2, "kgen never writes", id="backslash"),
        pytest.param(EAST, f"# kgen-index 1\n{DIGEST}  a b\n", 2, "kgen never writes", id="space"),
        pytest.param(
            "clusters/.east.kgen-index", f"# kgen-index 1\n{DIGEST}  west.yaml\n", 2, "kgen never writes", id="another-cluster-s-file"
        ),
        pytest.param(INDEX, f"# kgen-index 1\n{DIGEST}  clusters/east/a.yaml\n", 2, "kgen never writes", id="a-cluster-s-file-in-the-root"),
        pytest.param(INDEX, "# kgen-index 1\n# stages: 10-broker\n", 2, "kgen never writes", id="header-of-a-cluster"),
    ],
)
def test_what_is_no_index(path: str, content: str | bytes, line: int, what: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read(tmp_path, path, content)
    finding = refused.value.finding
    assert (finding.code, finding.at) == ("KG551", Span(f"{tmp_path}/{path}", line, 1, line, 1))
    assert what in finding.message


@pytest.mark.parametrize(
    ("headers", "what"),
    [
        ("", "does not say name"),
        ("# name: a\n# kustomization: no\n", "does not say layout"),
        ("# name: a\n# layout: stage\n", "does not say kustomization"),
        ("# name: a\n# layout: flat\n# kustomization: no\n", 'says layout: "flat", and kgen knows stage, object, cluster'),
        ("# name: a\n# layout: stage\n# kustomization: true\n", 'says kustomization: "true"'),
        ("# name: a\n# layout: stage\n# kustomization: no\n# name: b\n", 'says name twice: "a" and "b"'),
    ],
)
def test_what_tells_no_identity(headers: str, what: str, tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text("# kgen-index 1\n" + headers)
    with pytest.raises(Rejected) as rejected:
        recorded(tmp_path)
    (finding,) = rejected.value.diagnostics
    assert (finding.code, what in finding.message) == ("KG551", True)
    assert [found.code for found in look(tmp_path, ONE).diagnostics] == ["KG551"]


@given(st.binary(max_size=200))
def test_no_bytes_are_a_traceback(content: bytes) -> None:
    import tempfile

    found: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for path in (EAST, INDEX):
            try:
                read(Path(folder), path, b"# kgen-index 1\n" + content)
            except Refused as refused:
                found.add(refused.finding.code)
    assert found <= {"KG551", "KG552"}


def test_entries_are_sorted_and_relative_to_the_index() -> None:
    entries = {"clusters/east/b": [DIGEST], "clusters/east/a": [OTHER, DIGEST]}
    assert text(EAST, [("stages", "")], entries).decode() == f"# kgen-index 1\n# stages:\n{DIGEST}  a\n{OTHER}  a\n{DIGEST}  b\n"


@pytest.mark.parametrize(
    ("cluster", "layout", "path"),
    [("", "stage", INDEX), ("east", "stage", EAST), ("east", "object", EAST), ("east", "cluster", "clusters/.east.kgen-index")],
)
def test_where_an_index_lies(cluster: str, layout: str, path: str) -> None:
    assert place(cluster, layout) == path  # type: ignore[arg-type]


TWO: Spec = {**ONE, "east": {**ONE["east"], "60-manifests/a.yaml": "a2\n", "60-manifests/d.yaml": "d2\n"}}


def test_a_build_mends_a_merge_conflict_in_a_cluster_s_index(tmp_path: Path) -> None:
    """Both branches built; the merge left marks in the index and in a file."""
    build(tmp_path / "theirs", TWO)
    build(tmp_path / "out", ONE)
    ours, theirs = ((tmp_path / tree / EAST).read_text() for tree in ("out", "theirs"))
    (tmp_path / "out" / EAST).write_text(f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> theirs\n")
    (tmp_path / "out/clusters/east/60-manifests/a.yaml").write_text("<<<<<<< HEAD\na1\n=======\na2\n>>>>>>> theirs\n")
    (tmp_path / "out/clusters/east/60-manifests/d.yaml").write_text("d2\n")
    assert files(look(tmp_path / "out", ONE), "conflict") == [EAST]
    build(tmp_path / "out", ONE)
    assert on_disk(tmp_path / "out") == fresh(tmp_path / "fresh", ONE)


@pytest.mark.parametrize(
    ("old", "layout", "kustomization", "expected"),
    [
        (None, None, None, ("stage", False)),
        (None, "object", True, ("object", True)),
        (Identity("x", (), "object", True), None, None, ("object", True)),
        (Identity("x", (), "object", True), "stage", None, ("stage", True)),
        (Identity("x", (), "object", True), None, False, ("object", False)),
        (Identity("x", (), "object", True), "cluster", None, ("cluster", False)),
        (Identity("x", (), "cluster"), None, True, ("cluster", False)),
    ],
)
def test_the_shape_is_kept_unless_told_otherwise(old, layout, kustomization, expected) -> None:  # type: ignore[no-untyped-def]
    assert settled(old, "shop", ("a",), layout, kustomization) == Identity("shop", ("a",), *expected)


@pytest.mark.parametrize(
    ("root", "overlay", "told"),
    [
        ("out", "overlays/prod.yaml", "../overlays/prod.yaml"),
        ("out", "kgen:kind", "kgen:kind"),
        (".", "overlays/prod.yaml", "overlays/prod.yaml"),
        ("a/b", "../x.yaml", "../../../x.yaml"),
    ],
)
def test_overlays_are_told_relative_to_the_index(root: str, overlay: str, told: str) -> None:
    assert overlay_from(Path(root), overlay) == told
    assert overlay_at(Path(root), told) == overlay
