"""The act: makes the disk equal to the tree that `compare` looked at, so that a crash at any point is mended by the next build.

The order, told in the specification of the output: the lock; then for each cluster its index with the digests of before and after,
its files, its deletions, its final index. Each text is written to a temporary file in the same folder and renamed. So whatever a
crash leaves is the old or the new text of a file, and is listed; a half-written temporary file has one fixed name, and is removed.

Only the lock and the index of the root are forced to the disk (fsync): they say what nothing else remembers. The rest can be made
again, and a file that a power cut tore is told from what its index lists, and written anew.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kgen.diagnostics import KgenError
from kgen.write import index
from kgen.write.compare import Changes, Look, Part, beside, clusters_on, look_at, parts
from kgen.write.disk import TEMPORARY, Disk, Refused
from kgen.write.index import INDEX


def apply(changes: Changes) -> None:
    """Does what `compare` found, one cluster at a time; touches nothing if there is nothing to do. Changes with an error are a bug.

    A mutex on the root keeps two builds apart. KgenError if another build holds it, if the disk is not as it was when it was
    compared, or if it cannot be written.
    """
    assert not any(finding.severity == "error" for finding in changes.diagnostics)
    if not changes.pending:
        return
    try:
        os.makedirs(changes.root, exist_ok=True)
        with _mutex(changes.root):
            _write_lock(changes)
            _write_tree(changes)
    except OSError as error:
        raise KgenError(f"cannot write {error.filename or changes.root}: {error.strerror}") from error


@contextmanager
def _mutex(folder: Path) -> Iterator[None]:
    """Held on the folder itself, so that nothing is left behind, and a killed build holds nothing."""
    # Not at the top: a stream needs no lock.
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KgenError(f"another kgen build is writing to {folder}: run this one again when it has ended") from None
        except OSError as error:
            # Some network file systems lock no folders. There two builds at once are not kept apart; each file is still whole.
            if error.errno not in (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP):
                raise
        yield
    finally:
        os.close(handle)


def _write_lock(changes: Changes) -> None:
    lock = changes.lock
    if lock is None:
        return
    text = lock.text.encode()
    if changes.lock_text == text:
        with suppress(FileNotFoundError):
            os.unlink(beside(lock))
        return
    # A lock that is a symlink stays one: it is an input of the author's, not a file of the tree.
    path = Path(os.path.realpath(lock.path))
    if path.parent.exists() and os.path.samefile(path.parent, changes.root):
        _put(str(path), text, lasting=True)
        return
    # Builds of one spec into two folders share its lock.
    with _mutex(path.parent):
        if (path.read_bytes() if path.exists() else None) != changes.lock_text:
            raise _changed(lock.path)
        _put(str(path), text, lasting=True)


def _write_tree(changes: Changes) -> None:
    disk = Disk(changes.root)
    try:
        if disk.read(INDEX) != changes.root_index:
            raise _changed(changes.root)
        old = index.load(disk, INDEX)
        found, litter = clusters_on(disk)
    except Refused:
        raise _changed(changes.root) from None
    for path in litter:
        _clear(disk, path)
    for part in parts(changes.tree, changes.only, old, found):
        if part[0] in changes.clusters:
            _write_part(changes, part, found.get(part[0], ()))


def _write_part(changes: Changes, part: Part, old_indexes: tuple[str, ...]) -> None:
    look = look_at(changes.root, part, old_indexes, changes.identity, changes.allow_removal, texts=True)
    if look.diagnostics:
        raise _changed(changes.root)
    disk = Disk(changes.root)
    for path in look.litter:
        _clear(disk, path)
    _write_index(disk, look, look.index_now, look.index_between)
    for path, text in look.texts:
        _write(disk, path, text)
    for path in look.deletions:
        os.unlink(disk.shown(path))
    for path in (*look.deletions, *look.gone):
        _remove_empty(disk, path)
    _write_index(disk, look, look.index_between, look.index_then)
    for path in look.other_indexes:
        os.unlink(disk.shown(path))
        _remove_empty(disk, path)


def _write_index(disk: Disk, look: Look, before: bytes | None, after: bytes | None) -> None:
    if after is not None and after != before:
        _write(disk, look.index_path, after)
    elif after is None and before is not None:
        os.unlink(disk.shown(look.index_path))
        _remove_empty(disk, look.index_path)


def _write(disk: Disk, path: str, text: bytes) -> None:
    shown = disk.shown(path)
    # The root's index is what tells whose the rest is, and it is written once in a tree's life.
    lasting = path == INDEX
    try:
        _put(shown, text, lasting)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(shown), exist_ok=True)
        _put(shown, text, lasting)


def _put(path: str, text: bytes, lasting: bool = False) -> None:
    """Writes a file so that there is the old text or the new one at any moment."""
    temporary = os.path.join(os.path.dirname(path), TEMPORARY)
    with suppress(FileNotFoundError):
        # Never through what lies there, were it a symlink.
        os.unlink(temporary)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with open(handle, "wb") as file:
            file.write(text)
            if lasting:
                file.flush()
                os.fsync(handle)
        os.replace(temporary, path)
        if lasting:
            _settle(os.path.dirname(path) or ".")
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)
        if error.errno == errno.ENOENT:
            raise
        raise KgenError(f"cannot write {path}: {error.strerror}") from error


def _settle(folder: str) -> None:
    """Forces a folder's entries to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _clear(disk: Disk, path: str) -> None:
    """Removes what a killed build left: its temporary file, or a folder that holds nothing else."""
    shown = disk.shown(path)
    if os.path.isdir(shown) and not os.path.islink(shown):
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(shown, TEMPORARY))
        _remove_empty(disk, f"{path}/{TEMPORARY}")
    else:
        with suppress(FileNotFoundError):
            os.unlink(shown)


def _remove_empty(disk: Disk, path: str) -> None:
    """Removes the folders above a path that are empty now, up to the root, which stays."""
    while path := path.rpartition("/")[0]:
        try:
            os.rmdir(disk.shown(path))
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return
            raise


def _changed(path: Path) -> KgenError:
    return KgenError(f"{path} changed while kgen was at work: nothing more was written, run it again")
