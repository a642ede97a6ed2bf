"""A hundred edits of a committed tree, as people, merges and killed builds make them: `--check` is right about each, and a build mends what is kgen's.

What must be told follows from three things alone: the tree before, the tree as a fresh build of the spec makes it, and what lies on
the disk. Nothing that kgen says of itself is asked.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen.cli import entry
from kgen.write.disk import TEMPORARY

NUMBERS = range(100)
CLUSTERS = ("east", "west", "north")
SPEC = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  versions: {kubernetes: "1.35", submariner: 0.24.0, envoyGateway: 1.9.1}
  globalnet: {}
  broker: {cluster: east, apiServer: "api.east.example.com:6443"}
  secrets: {provider: existing}
  clusters:
    - {name: east, podCIDR: 10.10.0.0/16, serviceCIDR: 10.96.0.0/16}
    - {name: west, clusterID: west, podCIDR: 10.10.0.0/16, serviceCIDR: 10.96.0.0/16}
    - {name: north, clusterID: north, podCIDR: 10.10.0.0/16, serviceCIDR: 10.96.0.0/16}
  namespaces:
    - {name: shop, create: true}
  services:
    - {name: api, namespace: shop, ports: [{name: http, port: 8080}], exportFrom: [west, north]}
    - {name: cart, namespace: shop, ports: [{name: http, port: 8080}], exportFrom: [west]}
  manifests:
    - {name: flags, deployTo: all, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: flags, namespace: shop}, data: {a: "1"}}}
"""
TOLD = {"KG557", "KG570", "KG571", "KG572", "KG573", "KG574"}
Files = dict[str, bytes]


class Place(NamedTuple):
    """A repository under edit: `wrote` is what the last build wrote, and so what is kgen's."""

    root: Path
    chance: random.Random
    wrote: Files

    @property
    def spec(self) -> Path:
        return self.root / "clusterset.yaml"

    def owned(self) -> Path:
        """Some file of kgen's that is there."""
        return self.root / self.chance.choice([path for path in sorted(self.wrote) if (self.root / path).is_file()])


# --- what may happen to a tree ---------------------------------------------------------------------------------------------------------


def edited(place: Place) -> None:
    path = place.owned()
    text = path.read_bytes()
    path.write_bytes(
        place.chance.choice([text + b"# mine\n", text[: len(text) // 2], b"", text.replace(b"\n", b"\r\n"), text.replace(b"shop", b"Shop")])
    )


def deleted(place: Place) -> None:
    place.owned().unlink()


def folder_deleted(place: Place) -> None:
    shutil.rmtree(place.owned().parent)


def conflicted(place: Place) -> None:
    """A merge left its markers in a manifest."""
    path = place.owned()
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = place.chance.randrange(len(lines) + 1)
    path.write_text(
        "".join([*lines[:at], "<<<<<<< HEAD\n", "a: 1\n", "=======\n", "b: 2\n", ">>>>>>> other\n", *lines[at:]]), encoding="utf-8"
    )


def index_conflicted(place: Place) -> None:
    """A merge left its markers in a cluster's index, with both sides' lines."""
    path = place.root / "out" / "clusters" / place.chance.choice(CLUSTERS) / ".kgen-index"
    if path.exists():
        head, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
        theirs = [re.sub(r"^[0-9a-f]{64}", "7" * 64, line) for line in rest[1:]]
        path.write_text("".join([head, "<<<<<<< HEAD\n", *rest, "=======\n", *theirs, ">>>>>>> other\n"]), encoding="utf-8")


def foreign(place: Place) -> None:
    where = place.chance.choice(
        ["out/clusters/west/60-manifests/mine.yaml", "out/clusters/west/notes", "out/clusters/mine.yaml", "out/clusters/south/a.yaml"]
    )
    path = place.root / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"mine: true\n")


def foreign_outside(place: Place) -> None:
    """A file in the tree that is in no cluster's folder is nobody's concern."""
    (place.root / "out" / "README.md").write_bytes(b"# ours\n")


def killed(place: Place) -> None:
    """A build that was killed left its temporary file."""
    folder = place.root / "out" / "clusters" / place.chance.choice(CLUSTERS)
    if folder.exists():
        (folder / TEMPORARY).write_bytes(b"half")


def changed(place: Place) -> None:
    """The spec changed and was not built."""
    old, new = place.chance.choice(
        [
            ('a: "1"', 'a: "2"'),
            ("exportFrom: [west]", "exportFrom: [north]"),
            ("port: 8080}], exportFrom: [west, north]", "port: 9090}], exportFrom: [west, north]"),
        ]
    )
    place.spec.write_text(place.spec.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def service_removed(place: Place) -> None:
    text = place.spec.read_text(encoding="utf-8")
    place.spec.write_text("".join(line for line in text.splitlines(keepends=True) if "name: cart" not in line), encoding="utf-8")


def renamed(place: Place) -> None:
    """A cluster has another name; its clusterID, and so its block, stays."""
    text = place.spec.read_text(encoding="utf-8").replace("name: north,", "name: south,")
    place.spec.write_text(re.sub(r"exportFrom: \[(west, )?north\]", r"exportFrom: [\1south]", text), encoding="utf-8")


def removed(place: Place) -> None:
    """A cluster left the spec."""
    text = place.spec.read_text(encoding="utf-8").replace("exportFrom: [west, north]", "exportFrom: [west]")
    if "exportFrom: [north]" not in text:
        place.spec.write_text("".join(line for line in text.splitlines(keepends=True) if "name: north," not in line), encoding="utf-8")


EDITS: tuple[Callable[[Place], None], ...] = (
    *(edited, deleted, folder_deleted, conflicted, index_conflicted, foreign, foreign_outside),
    *(killed, changed, service_removed, renamed, removed),
)


# --- what must come of it --------------------------------------------------------------------------------------------------------------


def files(root: Path) -> Files:
    """Every file below a folder but temporary ones."""
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    return {name: text for name, text in found.items() if not name.endswith(f"/{TEMPORARY}")}


def manifests(found: Files) -> Files:
    """The files of a tree that are no index."""
    return {name: text for name, text in found.items() if name.startswith("out/") and not name.endswith(".kgen-index")}


def fresh(place: Place, folder: Path, capfd: pytest.CaptureFixture[str]) -> Files:
    """The tree of a build of the spec as it is now where nothing was before; the lock is the place's."""
    folder.mkdir()
    for name in ("clusterset.yaml", "clusterset.lock.yaml"):
        shutil.copy(place.root / name, folder)
    assert entry.run(["build", str(folder), "-o", str(folder / "out"), "-q"]) == 0, capfd.readouterr().err
    return files(folder)


def expected(place: Place, now: Files, wanted: Files) -> dict[str, str]:
    """What `--check` must say of each manifest, by its path."""
    told = {}
    for path, text in wanted.items():
        if path not in now:
            told[path] = "KG570"
        elif now[path] != text:
            told[path] = "KG571" if now[path] == place.wrote.get(path) else "KG572"
    for path in place.wrote.keys() - wanted.keys():
        if path in now:
            # What kgen would delete, unless somebody changed it since.
            told[path] = "KG573" if now[path] == place.wrote[path] else "KG557"
    for path in now.keys() - wanted.keys() - place.wrote.keys():
        if path.startswith("out/clusters/"):
            told[path] = "KG574"
    return told


@pytest.mark.parametrize("number", NUMBERS)
def test_an_edited_tree(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    chance = random.Random(number)
    (root / "clusterset.yaml").write_text(SPEC, encoding="utf-8")
    assert entry.run(["build", "-o", "out", "-q"]) == 0
    place = Place(root, chance, manifests(files(root)))
    # Each kind of edit comes first in some cases, with up to three more behind it.
    for edit in (EDITS[number % len(EDITS)], *chance.choices(EDITS, k=chance.randrange(4))):
        edit(place)
    whole, now = files(root), manifests(files(root))
    made = fresh(place, tmp_path / "fresh", capfd)
    wanted = manifests(made)
    told = expected(place, now, wanted)

    capfd.readouterr()
    code = entry.run(["build", "--check", "--format", "json"])
    found = json.loads(capfd.readouterr().out)["diagnostics"]
    assert files(root) == whole, "a check writes nothing"
    said = {one["at"]["file"]: one["code"] for one in found if one["at"]["file"] in told or one["code"] in TOLD}
    said = {path: code for path, code in said.items() if not path.endswith((".kgen-index", "clusterset.lock.yaml"))}
    assert said == told
    clean = made["clusterset.lock.yaml"] == whole["clusterset.lock.yaml"] and all(
        whole.get(path) == text for path, text in made.items() if path.startswith("out/")
    )
    assert code == (0 if clean and "KG557" not in told.values() else 1)

    removals = [word for cluster in CLUSTERS for word in ("--allow-removal", cluster)]
    code = entry.run(["build", "-o", "out", *removals])
    after = files(root)
    others = {path: text for path, text in now.items() if path not in wanted and path not in place.wrote}
    assert {path: after.get(path) for path in others} == others, "what is not kgen's stays as it was"
    if "KG557" in told.values():
        assert code == 1
        assert after == whole, "a build that is refused writes nothing"
        return
    assert code == 0, capfd.readouterr().err
    assert manifests(after) == {**wanted, **others}
    assert {path: text for path, text in after.items() if path.startswith("out/") and path not in others} == {
        path: text for path, text in made.items() if path.startswith("out/")
    }
    assert not list(root.rglob(TEMPORARY))
    capfd.readouterr()
    assert entry.run(["build", "--check"]) == 0, capfd.readouterr().err


def test_a_cluster_is_removed_by_word_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clusterset.yaml").write_text(SPEC, encoding="utf-8")
    assert entry.run(["build", "-o", "out", "-q"]) == 0
    renamed(Place(tmp_path, random.Random(0), {}))
    before = files(tmp_path)
    assert entry.run(["build", "-o", "out"]) == 1
    assert "error[KG560] cluster-removal" in capfd.readouterr().err
    assert files(tmp_path) == before
