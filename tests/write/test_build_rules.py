"""What a build does to the disk, rule by rule."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from kgen.diagnostics import KgenError
from kgen.manifest import File
from kgen.write import Identity, Lock, apply, compare
from tests.write.trees import EVERYONE, ONE, SHOP, build, files, fresh, look, named, on_disk

EAST = "clusters/east/60-manifests/a.yaml"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with ONE built into it."""
    build(tmp_path / "out", ONE)
    return tmp_path / "out"


def test_a_first_build_makes_files_and_indexes(tmp_path: Path) -> None:
    changes = build(tmp_path / "new" / "out", ONE)
    assert files(changes, "create") == [
        "clusters/east/10-broker/b.yaml",
        "clusters/east/60-manifests/a.yaml",
        "clusters/east/60-manifests/c.yaml",
        "clusters/west/60-manifests/a.yaml",
    ]
    a, b, c = (sha256(text).hexdigest() for text in (b"a1\n", b"b1\n", b"c1\n"))
    east = f"# stages: 10-broker 60-manifests\n{b}  10-broker/b.yaml\n{a}  60-manifests/a.yaml\n{c}  60-manifests/c.yaml\n"
    assert on_disk(tmp_path / "new") == {
        "out": None,
        "out/.kgen-index": b"# kgen-index 1\n# name: shop\n# layout: stage\n# kustomization: no\n",
        "out/clusters": None,
        "out/clusters/east": None,
        "out/clusters/east/.kgen-index": f"# kgen-index 1\n{east}".encode(),
        "out/clusters/east/10-broker": None,
        "out/clusters/east/10-broker/b.yaml": b"b1\n",
        "out/clusters/east/60-manifests": None,
        "out/clusters/east/60-manifests/a.yaml": b"a1\n",
        "out/clusters/east/60-manifests/c.yaml": b"c1\n",
        "out/clusters/west": None,
        "out/clusters/west/.kgen-index": f"# kgen-index 1\n# stages: 60-manifests\n{a}  60-manifests/a.yaml\n".encode(),
        "out/clusters/west/60-manifests": None,
        "out/clusters/west/60-manifests/a.yaml": b"a1\n",
    }


def test_a_second_build_touches_nothing(out: Path) -> None:
    os.chmod(out, 0o555)
    before = {path: os.stat(out / path).st_mtime_ns for path in on_disk(out)}
    changes = build(out, ONE)
    assert not changes.pending
    assert changes.files == ()
    assert {path: os.stat(out / path).st_mtime_ns for path in on_disk(out)} == before


def test_a_look_writes_nothing(tmp_path: Path) -> None:
    look(tmp_path / "out", ONE)
    assert on_disk(tmp_path) == {}


def test_only_what_changed_is_written(out: Path) -> None:
    before = os.stat(out / "clusters/west/60-manifests/a.yaml").st_ino
    changes = build(out, {**ONE, "east": {**ONE["east"], "60-manifests/a.yaml": "a2\n"}})
    assert named(changes) == [("change", EAST)]
    assert changes.clusters == {"east"}
    assert (out / EAST).read_text() == "a2\n"
    assert os.stat(out / "clusters/west/60-manifests/a.yaml").st_ino == before


def test_a_hand_edited_file_is_written_anew(out: Path) -> None:
    (out / EAST).write_text("by hand\n")
    assert named(build(out, ONE)) == [("mend", EAST)]
    assert (out / EAST).read_text() == "a1\n"


def test_a_deleted_file_comes_back(out: Path) -> None:
    (out / EAST).unlink()
    assert named(build(out, ONE)) == [("create", EAST)]
    assert (out / EAST).read_text() == "a1\n"


def test_what_is_no_longer_made_is_deleted_with_its_empty_folders(out: Path) -> None:
    changes = build(out, {"east": {"10-broker/b.yaml": "b1\n"}, "west": ONE["west"]})
    assert named(changes) == [("delete", EAST), ("delete", "clusters/east/60-manifests/c.yaml")]
    assert not (out / "clusters/east/60-manifests").exists()


def test_a_folder_with_a_foreign_file_stays(out: Path) -> None:
    (out / "clusters/east/60-manifests/mine.yaml").write_text("mine\n")
    build(out, {"east": {"10-broker/b.yaml": "b1\n"}, "west": ONE["west"]})
    assert os.listdir(out / "clusters/east/60-manifests") == ["mine.yaml"]


def test_a_leftover_that_is_gone_already_is_forgotten(out: Path) -> None:
    (out / EAST).unlink()
    spec = {"east": {"10-broker/b.yaml": "b1\n", "60-manifests/c.yaml": "c1\n"}, "west": ONE["west"]}
    assert named(build(out, spec)) == []
    assert EAST.rpartition("/")[2] not in (out / "clusters/east/.kgen-index").read_text()


def test_a_file_with_the_right_text_is_taken_over(tmp_path: Path) -> None:
    file = tmp_path / EAST
    file.parent.mkdir(parents=True)
    file.write_text("a1\n")
    before = file.stat().st_ino
    changes = build(tmp_path, ONE)
    assert files(changes, "adopt") == [EAST]
    assert file.stat().st_ino == before
    assert not build(tmp_path, ONE).pending


def test_an_index_that_is_lost_comes_back_where_the_files_are_right(out: Path) -> None:
    whole = on_disk(out)
    (out / "clusters/east/.kgen-index").unlink()
    assert {action for action, _ in named(build(out, ONE))} == {"adopt"}
    assert on_disk(out) == whole


def test_a_cluster_may_go_when_it_is_allowed(out: Path) -> None:
    changes = build(out, {"east": ONE["east"]}, allow=frozenset({"west"}))
    assert named(changes) == [("delete", "clusters/west/60-manifests/a.yaml")]
    assert not (out / "clusters/west").exists()


def test_the_last_cluster_may_go(out: Path, tmp_path: Path) -> None:
    build(out, {}, allow=EVERYONE)
    assert on_disk(out) == fresh(tmp_path / "empty", {})


def test_a_cluster_without_an_object_has_no_folder(tmp_path: Path) -> None:
    build(tmp_path, {"east": {}, "west": ONE["west"]})
    assert os.listdir(tmp_path / "clusters") == ["west"]


def test_a_cluster_whose_files_are_gone_needs_no_word(out: Path) -> None:
    (out / "clusters/west/60-manifests/a.yaml").unlink()
    build(out, {"east": ONE["east"]})
    assert not (out / "clusters/west").exists()


def test_the_broker_may_go_when_it_is_allowed(out: Path) -> None:
    build(out, {"east": {"60-manifests/a.yaml": "a1\n"}, "west": ONE["west"]}, allow=frozenset({"east"}))
    assert not (out / "clusters/east/10-broker").exists()


def test_a_part_of_the_broker_s_side_may_go(tmp_path: Path) -> None:
    build(tmp_path, {"east": {"10-broker/a.yaml": "a\n", "10-broker/b.yaml": "b\n"}})
    build(tmp_path, {"east": {"10-broker/a.yaml": "a\n"}})
    assert os.listdir(tmp_path / "clusters/east/10-broker") == ["a.yaml"]


@pytest.mark.parametrize("new", ["stage", "cluster"])
@pytest.mark.parametrize("old", ["stage", "cluster"])
def test_a_layout_change_leaves_the_tree_of_a_fresh_build(old: str, new: str, tmp_path: Path) -> None:
    one, other = Identity("shop", layout=old), Identity("shop", layout=new)  # type: ignore[arg-type]
    build(tmp_path / "out", ONE, one)
    build(tmp_path / "out", ONE, other)
    assert on_disk(tmp_path / "out") == fresh(tmp_path / "fresh", ONE, other)


def test_the_broker_is_known_in_one_file_too(tmp_path: Path) -> None:
    shape = Identity("shop", layout="cluster")
    build(tmp_path, ONE, shape)
    without = {**ONE, "east": {"60-manifests/a.yaml": "a1\n"}}
    assert [found.code for found in look(tmp_path, without, shape).diagnostics] == ["KG561"]
    build(tmp_path, without, shape, allow=frozenset({"east"}))
    assert not look(tmp_path, without, shape).pending


def test_a_slice_touches_its_own_cluster_alone(out: Path) -> None:
    (out / "clusters/west/60-manifests/a.yaml").write_text("by hand\n")
    new = {"east": {"10-broker/b.yaml": "b2\n"}, "west": {}}
    changes = build(out, new, only="east")
    assert {path.split("/")[1] for path in files(changes, "change", "delete", "index")} == {"east"}
    assert (out / "clusters/west/60-manifests/a.yaml").read_text() == "by hand\n"


def test_a_slice_never_prunes_a_cluster_that_left_the_spec(out: Path) -> None:
    assert not build(out, {"east": ONE["east"]}, only="east").pending
    assert (out / "clusters/west/60-manifests/a.yaml").exists()


def test_a_slice_into_an_empty_folder(tmp_path: Path) -> None:
    build(tmp_path, ONE, only="west")
    build(tmp_path, ONE)
    assert not look(tmp_path, ONE).pending


def test_the_root_may_be_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to("elsewhere")
    build(tmp_path / "out", ONE)
    assert (tmp_path / "elsewhere" / EAST).read_text() == "a1\n"


def test_a_temporary_file_is_not_written_through(out: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine\n")
    (out / "clusters/east/60-manifests/.kgen-tmp").symlink_to(tmp_path / "victim")
    build(out, {**ONE, "east": {**ONE["east"], "60-manifests/a.yaml": "a2\n"}})
    assert (tmp_path / "victim").read_text() == "mine\n"
    assert not (out / "clusters/east/60-manifests/.kgen-tmp").is_symlink()


@pytest.mark.parametrize(
    "where",
    [".kgen-tmp", "clusters/.kgen-tmp", "clusters/east/.kgen-tmp", "clusters/east/60-manifests/.kgen-tmp", "clusters/new/.kgen-tmp"],
)
def test_what_a_killed_build_left_is_removed(where: str, out: Path, tmp_path: Path) -> None:
    (out / where).parent.mkdir(exist_ok=True)
    (out / where).write_text("half")
    changes = build(out, ONE)
    assert [change.action for change in changes.files] == ["litter"]
    assert on_disk(out) == fresh(tmp_path / "fresh", ONE)


def test_the_modes_of_new_files_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        build(tmp_path / "out", ONE)
    finally:
        os.umask(before)
    assert (tmp_path / "out" / EAST).stat().st_mode & 0o777 == 0o640


def test_the_lock_is_written_with_the_tree(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "clusterset.lock.yaml", "locked\n")
    assert files(build(tmp_path / "out", ONE, lock=lock), "lock") == [str(lock.path)]
    assert lock.path.read_text() == "locked\n"
    assert not build(tmp_path / "out", ONE, lock=lock).pending


def test_a_lock_alone_is_written(out: Path) -> None:
    build(out, ONE, lock=Lock(out / "clusterset.lock.yaml", "locked\n"))
    assert (out / "clusterset.lock.yaml").read_text() == "locked\n"


def test_a_lock_that_is_a_symlink_stays_one(out: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "lock").write_text("old\n")
    link = tmp_path / "clusterset.lock.yaml"
    link.symlink_to("shared/lock")
    build(out, ONE, lock=Lock(link, "new\n"))
    assert (link.is_symlink(), link.read_text()) == (True, "new\n")
    assert os.listdir(tmp_path / "shared") == ["lock"]


def test_an_error_leaves_the_lock_alone(out: Path, tmp_path: Path) -> None:
    changes = look(out, {}, lock=Lock(tmp_path / "lock", "new\n"))
    assert changes.diagnostics
    with pytest.raises(AssertionError):
        apply(changes)
    assert not (tmp_path / "lock").exists()


def test_two_builds_at_once_are_kept_apart(out: Path) -> None:
    changes = look(out, {**ONE, "west": {"60-manifests/a.yaml": "a2\n"}})
    before = on_disk(out)
    handle = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(KgenError, match=r"another kgen build is writing to .*out"):
            apply(changes)
    finally:
        os.close(handle)
    assert on_disk(out) == before
    apply(changes)
    assert not look(out, {**ONE, "west": {"60-manifests/a.yaml": "a2\n"}}).pending


def test_a_build_waits_for_none_when_there_is_nothing_to_write(out: Path) -> None:
    handle = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        build(out, ONE)
    finally:
        os.close(handle)


def another_set(out: Path) -> None:
    (out / ".kgen-index").write_text((out / ".kgen-index").read_text().replace("shop", "store"))


def foreign_file(out: Path) -> None:
    (out / "clusters/west/60-manifests/new.yaml").write_text("mine\n")


def symlink(out: Path) -> None:
    (out / "clusters/west/60-manifests").rename(out / "moved")
    (out / "clusters/west/60-manifests").symlink_to(out / "moved")


def broken_index(out: Path) -> None:
    (out / "clusters/west/.kgen-index").write_text("junk\n")


@pytest.mark.parametrize("happening", [another_set, foreign_file, symlink, broken_index])
def test_what_changes_between_look_and_act_is_not_written_over(happening: Callable[[Path], None], out: Path) -> None:
    changes = look(out, {**ONE, "west": {"60-manifests/new.yaml": "new\n"}})
    happening(out)
    before = on_disk(out)
    with pytest.raises(KgenError, match="changed while kgen was at work"):
        apply(changes)
    assert on_disk(out) == before


def test_a_lock_that_changes_between_look_and_act_is_not_written_over(out: Path, tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock", "new\n")
    changes = look(out, ONE, lock=lock)
    lock.path.write_text("someone else's\n")
    with pytest.raises(KgenError, match="changed while kgen was at work"):
        apply(changes)
    assert lock.path.read_text() == "someone else's\n"


def test_a_full_disk_is_one_line(out: Path) -> None:
    text = (out / EAST).read_bytes()
    # A limit on the size of files is the one "disk full" that a test can have for itself.
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    changes = look(out, {**ONE, "east": {**ONE["east"], "60-manifests/a.yaml": "long\n" * 1000}})
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(KgenError, match=r"^cannot write .*out/clusters/east/60-manifests/a.yaml: File too large$"):
            apply(changes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (out / EAST).read_bytes() == text
    assert not (out / "clusters/east/60-manifests/.kgen-tmp").exists()


def test_a_root_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(KgenError, match=r"^cannot read .*x: File name too long$"):
        look(tmp_path / ("x" * 300), ONE)


def test_a_root_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("nowhere")
    with pytest.raises(KgenError, match=r"^cannot write .*out: File exists$"):
        build(tmp_path / "out", ONE)


def test_two_files_at_one_path_are_a_bug(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no path of its own"):
        compare(tmp_path, lambda: [("east", (), [File(EAST, "a"), File(EAST, "b")])], SHOP)


@pytest.mark.parametrize("path", ["clusters/west/a.yaml", "clusters/eastern/a.yaml", "a.yaml", ".kgen-index"])
def test_a_file_outside_its_cluster_is_a_bug(path: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no path of its own"):
        compare(tmp_path, lambda: [("east", (), [File(path, "a")])], SHOP)


def test_files_that_belong_to_no_cluster_are_listed_in_the_root(tmp_path: Path) -> None:
    def with_delivery(text: str):  # type: ignore[no-untyped-def]
        return lambda: [("", (), [File("delivery/flux/kustomizations.yaml", [text])] if text else []), ("east", (), [File(EAST, ["a\n"])])]

    for text in ("one\n", "two\n"):
        apply(compare(tmp_path, with_delivery(text), SHOP))
        assert (tmp_path / "delivery/flux/kustomizations.yaml").read_text() == text
        assert "delivery/flux/kustomizations.yaml" in (tmp_path / ".kgen-index").read_text()
    assert not compare(tmp_path, lambda: [("east", (), [File(EAST, ["a\n"])])], SHOP, only="east").pending
    apply(compare(tmp_path, with_delivery(""), SHOP))
    assert not (tmp_path / "delivery").exists()
