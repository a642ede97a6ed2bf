"""What `--check` tells of a tree, and that it is right about each file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kgen.diagnostics import Diagnostic, Span
from kgen.write import drift
from tests.write.trees import ONE, Spec, build, look, on_disk

EAST = "clusters/east/60-manifests/a.yaml"


def told(found: Diagnostic) -> tuple[str, str, str]:
    assert isinstance(found.at, Span)
    return found.code, found.severity, found.at.file


def edit(path: str, text: str) -> Callable[[Path], object]:
    def done(out: Path) -> None:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text)

    return done


def changed(**files: str) -> Spec:
    return {**ONE, "east": {**ONE["east"], **files}}


@pytest.mark.parametrize(
    ("done", "spec", "expected"),
    [
        pytest.param(lambda out: None, ONE, [], id="nothing"),
        pytest.param(lambda out: (out / EAST).unlink(), ONE, [("KG570", EAST)], id="missing"),
        pytest.param(
            lambda out: None,
            {**ONE, "east": {**ONE["east"], "60-manifests/d.yaml": "d\n"}},
            [("KG570", "clusters/east/60-manifests/d.yaml")],
            id="new",
        ),
        pytest.param(lambda out: None, {**ONE, "east": {**ONE["east"], "60-manifests/a.yaml": "a2\n"}}, [("KG571", EAST)], id="stale"),
        pytest.param(edit(EAST, "by hand\n"), ONE, [("KG572", EAST)], id="edited"),
        pytest.param(edit(EAST, "a1\r\n"), ONE, [("KG572", EAST)], id="line-ends"),
        pytest.param(
            lambda out: None,
            {**ONE, "east": {"10-broker/b.yaml": "b1\n", "60-manifests/a.yaml": "a1\n"}},
            [("KG573", "clusters/east/60-manifests/c.yaml")],
            id="leftover",
        ),
        pytest.param(
            edit("clusters/west/60-manifests/mine.yaml", ""),
            ONE,
            [("KG574", "clusters/west/60-manifests/mine.yaml")],
            id="foreign-in-a-stage",
        ),
        pytest.param(edit("clusters/west/README", ""), ONE, [("KG574", "clusters/west/README")], id="foreign-in-a-cluster"),
        pytest.param(edit("clusters/mine.yaml", ""), ONE, [("KG574", "clusters/mine.yaml")], id="foreign-beside-the-clusters"),
        pytest.param(edit("clusters/mine/deep/x.yaml", ""), ONE, [("KG574", "clusters/mine/deep/x.yaml")], id="a-foreign-folder"),
        pytest.param(edit("README", ""), ONE, [], id="beside-clusters-is-nobody-s-concern"),
        pytest.param(
            lambda out: (out / "clusters/west/link").symlink_to("/"),
            ONE,
            [("KG574", "clusters/west/link")],
            id="foreign-symlink-is-not-followed",
        ),
        pytest.param(
            lambda out: (out / "clusters/link").symlink_to("/"), ONE, [("KG574", "clusters/link")], id="foreign-symlink-beside-the-clusters"
        ),
        pytest.param(
            lambda out: (out / "clusters/east/.kgen-index").unlink(), ONE, [("KG571", "clusters/east/.kgen-index")], id="lost-index"
        ),
        pytest.param(lambda out: (out / "clusters/east/empty").mkdir(), ONE, [], id="empty-folder"),
        pytest.param(edit("clusters/east/.kgen-tmp", ""), ONE, [], id="left-by-a-killed-build"),
        pytest.param(
            lambda out: (out / "clusters/east/.kgen-index").write_text("<<<<<<< x\n" + (out / "clusters/east/.kgen-index").read_text()),
            ONE,
            [("KG552", "clusters/east/.kgen-index")],
            id="merge-conflict",
        ),
        pytest.param(
            lambda out: [edit(EAST, "by hand\n")(out), edit("clusters/west/x", "")(out)],
            {**ONE, "west": {"60-manifests/a.yaml": "a2\n"}},
            [("KG572", EAST), ("KG571", "clusters/west/60-manifests/a.yaml"), ("KG574", "clusters/west/x")],
            id="several",
        ),
    ],
)
def test_each_file_is_named(done: Callable[[Path], object], spec: Spec, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(out, ONE)
    done(out)
    before = on_disk(out)
    changes = look(out, spec, foreign=True)
    assert changes.diagnostics == ()
    severity = {"KG574": "warning"}
    assert [told(found) for found in drift(changes)] == [(code, severity.get(code, "error"), f"{out}/{path}") for code, path in expected]
    assert on_disk(out) == before


def test_a_tree_that_was_never_built(tmp_path: Path) -> None:
    found = list(drift(look(tmp_path / "out", {}, foreign=True)))
    assert [one.message for one in found] == [f"{tmp_path}/out/.kgen-index is missing: nothing has been built into {tmp_path}/out yet"]
    assert len(list(drift(look(tmp_path / "out", ONE)))) == 5


def test_a_slice_looks_at_its_own_folder_alone(tmp_path: Path) -> None:
    build(tmp_path, ONE)
    for path in ("clusters/east/x", "clusters/west/x", "clusters/x"):
        edit(path, "")(tmp_path)
    assert [told(found)[2] for found in drift(look(tmp_path, ONE, only="east", foreign=True))] == [f"{tmp_path}/clusters/east/x"]


def test_what_is_refused_is_not_called_foreign_too(tmp_path: Path) -> None:
    build(tmp_path, ONE)
    edit("clusters/west/.kgen-index", "junk\n")(tmp_path)
    changes = look(tmp_path, ONE, foreign=True)
    assert [found.code for found in changes.diagnostics] == ["KG551"]
    assert list(drift(changes)) == []


def test_each_layout_knows_its_own_files(tmp_path: Path) -> None:
    from kgen.write import Identity

    shape = Identity("shop", layout="cluster")
    build(tmp_path, ONE, shape)
    assert list(drift(look(tmp_path, ONE, shape, foreign=True))) == []
    edit("clusters/east/x.yaml", "")(tmp_path)
    assert [told(found)[2] for found in drift(look(tmp_path, ONE, shape, foreign=True))] == [f"{tmp_path}/clusters/east/x.yaml"]
