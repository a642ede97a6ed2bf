"""What a build refuses: each finding is told whole, and nothing at all is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from kgen.diagnostics import Rejected, Span
from kgen.write import Identity, Lock, recorded
from tests.write.trees import ONE, SHOP, Spec, build, look, on_disk

EAST = "clusters/east/60-manifests/a.yaml"
NO_EAST_MANIFESTS: Spec = {"east": {"10-broker/b.yaml": "b1\n"}, "west": ONE["west"]}


class Case(NamedTuple):
    """After a build of ONE, what is done to the folder, what is built then, and what is said: code, path, a part of the message."""

    done: Callable[[Path], object]
    said: tuple[tuple[str, str, str], ...]
    spec: Spec = ONE
    identity: Identity = SHOP
    options: Mapping[str, Any] = MappingProxyType({})


def nothing(out: Path) -> None:
    pass


def write(path: str, text: str) -> Callable[[Path], object]:
    def done(out: Path) -> None:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text)

    return done


def link(path: str, to: str) -> Callable[[Path], object]:
    """Moves a file or folder away, and leaves a symlink to it."""

    def done(out: Path) -> None:
        (out / path).rename(out.parent / to)
        (out / path).symlink_to(out.parent / to)

    return done


def instead(path: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    def done(out: Path) -> None:
        (out / path).unlink()
        make(out / path)

    return done


CASES = {
    "another-set": Case(
        nothing, (("KG553", ".kgen-index", '"shop", and this set is "store"'),), identity=Identity("store"), options={"only": "east"}
    ),
    "other-overlays": Case(
        nothing,
        (("KG554", ".kgen-index", "was built with no overlay, not with overlay ../prod.yaml"),),
        identity=Identity("shop", ("../prod.yaml",)),
    ),
    "another-set-with-other-overlays": Case(
        nothing,
        (("KG553", ".kgen-index", "store"), ("KG554", ".kgen-index", "overlays a, b")),
        identity=Identity("store", ("a", "b")),
    ),
    "no-root-index": Case(
        lambda out: (out / ".kgen-index").unlink(), (("KG555", ".kgen-index", "out/clusters/east/.kgen-index says that kgen wrote here"),)
    ),
    "layout-of-a-slice": Case(
        nothing,
        (("KG562", ".kgen-index", 'layout stage, and "east" alone was asked for with layout object and kustomizations'),),
        identity=Identity("shop", (), "object", True),
        options={"only": "east"},
    ),
    "unlisted-file": Case(
        write("clusters/west/60-manifests/z.yaml", "mine\n"),
        (("KG556", "clusters/west/60-manifests/z.yaml", "(it is not in out/clusters/west/.kgen-index)"),),
        spec={**ONE, "west": {**ONE["west"], "60-manifests/z.yaml": "z1\n"}},
    ),
    "unlisted-file-of-a-new-cluster": Case(
        write("clusters/north/a.yaml", "mine\n"),
        (("KG556", "clusters/north/a.yaml", "is not kgen's"),),
        spec={**ONE, "north": {"a.yaml": "a1\n"}},
    ),
    "two-unlisted-files": Case(
        lambda out: [write("clusters/west/60-manifests/z.yaml", "")(out), write("clusters/east/60-manifests/z.yaml", "")(out)],
        (("KG556", "clusters/east/60-manifests/z.yaml", ""), ("KG556", "clusters/west/60-manifests/z.yaml", "")),
        spec={cluster: {**files, "60-manifests/z.yaml": "z\n"} for cluster, files in ONE.items()},
    ),
    "edited-leftover": Case(
        write(EAST, "by hand\n"), (("KG557", EAST, "is to be deleted, since the spec no longer makes it"),), spec=NO_EAST_MANIFESTS
    ),
    "edited-file-of-a-cluster-that-goes": Case(
        write(EAST, "by hand\n"),
        (("KG557", EAST, "was edited"),),
        spec={"west": ONE["west"]},
        options={"allow": frozenset({"east"})},
    ),
    "cluster-goes": Case(
        nothing,
        (("KG560", "clusters/west/.kgen-index", 'no longer makes anything for cluster "west"'),),
        spec={"east": ONE["east"]},
        options={"allow": frozenset({"east"})},
    ),
    "cluster-becomes-empty": Case(nothing, (("KG560", "clusters/west/.kgen-index", "all of it"),), spec={**ONE, "west": {}}),
    "slice-becomes-empty": Case(nothing, (("KG560", "clusters/west/.kgen-index", ""),), spec={**ONE, "west": {}}, options={"only": "west"}),
    "cluster-is-renamed": Case(nothing, (("KG560", "clusters/west/.kgen-index", ""),), spec={"east": ONE["east"], "north": ONE["west"]}),
    "broker-goes": Case(
        nothing,
        (("KG561", "clusters/east/.kgen-index", "its stage 10-broker would be deleted"),),
        spec={**ONE, "east": {"60-manifests/a.yaml": "a1\n"}},
        options={"allow": frozenset({"west"})},
    ),
    "broker-goes-with-a-change-of-layout": Case(
        nothing,
        (("KG561", "clusters/east/.kgen-index", ""),),
        spec={**ONE, "east": {"60-manifests/a.yaml": "a1\n"}},
        identity=Identity("shop", layout="cluster"),
    ),
    "symlinked-file": Case(link(EAST, "a.yaml"), (("KG558", EAST, "is a symlink"),)),
    "symlinked-leftover": Case(link(EAST, "a.yaml"), (("KG558", EAST, "is a symlink"),), spec=NO_EAST_MANIFESTS),
    "dangling-symlink": Case(instead(EAST, lambda path: path.symlink_to("nowhere")), (("KG558", EAST, "is a symlink"),)),
    "symlinked-stage": Case(link("clusters/east/60-manifests", "stage"), (("KG558", "clusters/east/60-manifests", "is a symlink"),)),
    "symlinked-cluster": Case(
        link("clusters/east", "east"),
        (("KG558", "clusters/east", "is a symlink"),),
    ),
    "symlinked-clusters": Case(link("clusters", "all"), (("KG558", "clusters", "is a symlink"),)),
    "symlinked-index": Case(link("clusters/east/.kgen-index", "index"), (("KG558", "clusters/east/.kgen-index", "is a symlink"),)),
    "symlinked-root-index": Case(link(".kgen-index", "index"), (("KG558", ".kgen-index", "is a symlink"),)),
    "folder-for-a-file": Case(instead(EAST, Path.mkdir), (("KG559", EAST, "is no ordinary file"),)),
    "pipe-for-a-file": Case(instead(EAST, os.mkfifo), (("KG559", EAST, "is no ordinary file"),)),
    "file-for-a-folder": Case(
        write("clusters/north", ""),
        (("KG559", "clusters/north", "is a file where kgen needs a folder"),),
        spec={**ONE, "north": {"a.yaml": "a\n"}},
    ),
    "merge-conflict-in-the-root-index": Case(
        write(".kgen-index", "# kgen-index 1\n<<<<<<< HEAD\n# name: shop\n=======\n# name: store\n>>>>>>> other\n"),
        (("KG552", ".kgen-index", "unresolved merge"),),
    ),
    "broken-cluster-index": Case(write("clusters/east/.kgen-index", "junk\n"), (("KG551", "clusters/east/.kgen-index", '"junk"'),)),
    "broken-root-index": Case(write(".kgen-index", ""), (("KG551", ".kgen-index", "is empty"),)),
    "all-at-once": Case(
        lambda out: [write(EAST, "by hand\n")(out), write("clusters/west/10-broker/z.yaml", "")(out)],
        (("KG557", EAST, ""), ("KG556", "clusters/west/10-broker/z.yaml", "")),
        spec={"east": {"10-broker/b.yaml": "b1\n"}, "west": {"10-broker/z.yaml": "z\n"}},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    monkeypatch.chdir(tmp_path)
    out = Path("out")
    build(out, ONE)
    case.done(out)
    before = on_disk(tmp_path)
    changes = look(out, case.spec, case.identity, lock=Lock(tmp_path / "lock", "new\n"), **case.options)
    assert on_disk(tmp_path) == before
    assert [(found.code, found.at.file) for found in changes.diagnostics if isinstance(found.at, Span)] == [
        (code, f"out/{path}") for code, path, _ in case.said
    ]
    assert len(changes.diagnostics) == len(case.said)
    for found, (_, path, message) in zip(changes.diagnostics, case.said, strict=True):
        assert found.severity == "error"
        assert f"out/{path}" in found.message or path.endswith(".kgen-index")
        assert message in found.message
        assert found.help


def test_a_root_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    (found,) = look(tmp_path / "out", ONE).diagnostics
    assert (found.code, found.message) == ("KG559", f"{tmp_path}/out is a file where kgen needs a folder")
    with pytest.raises(Rejected, match="KG559"):
        recorded(tmp_path / "out")


def test_a_root_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (found,) = look(tmp_path / "file" / "out", ONE).diagnostics
    assert (found.code, found.message) == ("KG559", f"{tmp_path}/file/out lies below a file, so it cannot be a folder")


def test_the_root_is_shown_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(EAST, "mine\n")(tmp_path)
    for given, shown in ((".", EAST), ("../" + tmp_path.name, f"../{tmp_path.name}/{EAST}"), (str(tmp_path), f"{tmp_path}/{EAST}")):
        (found,) = look(Path(given), ONE).diagnostics
        assert found.at == Span(shown, 1, 1, 1, 1)
