"""Files judged ahead, a share by each processor: most files of a large tree are clean, and whether one is depends on no other.

What comes of a run is the same with and without: a file that is not found clean here is read and judged again, in its turn.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from kgen.manifests.files import File

# Of a clean file, how many objects it holds and by what they were judged; None for any other.
Clean: TypeAlias = "tuple[int, str] | None"

# Bytes below which starting a process costs more than it saves.
LARGE: Final = 1_000_000


def ahead(files: Sequence[File], clean: Callable[[File], Clean]) -> dict[int, Clean]:
    """By the number of a file, what `clean` says of it, for all that could be looked at; nothing where there is too little to share out."""
    processors = _processors()
    if processors < 2:
        return {}
    sizes = [_size(file) for file in files]
    # What is no file on a disk can be read once alone.
    todo = [number for number, size in enumerate(sizes) if size]
    shares = min(processors, len(todo))
    if shares < 2 or sum(sizes) < LARGE:
        return {}
    others = [_started(files, clean, todo[share::shares]) for share in range(1, shares)]
    found = _looked(files, clean, todo[::shares])
    for process, reader in filter(None, others):
        with open(reader, "rb") as answers:
            data = answers.read()
        # Whoever started this program may have the system forget processes that end.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, 0)
        # One that was killed has not said all, and its files are judged later.
        if data.endswith(END):
            found |= marshal.loads(data)
    return found


# Behind all answers, since a process may end, or be ended, before.
END: Final = b"all"


def _looked(files: Sequence[File], clean: Callable[[File], Clean], numbers: Iterable[int]) -> dict[int, Clean]:
    return {number: clean(files[number]) for number in numbers}


def _started(files: Sequence[File], clean: Callable[[File], Clean], numbers: Sequence[int]) -> tuple[int, int] | None:
    """A process that judges these files, and where its answers are read; None where the system has none to give."""
    reader, writer = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return None
    if process:
        os.close(writer)
        return process, reader
    try:
        os.close(reader)
        with open(writer, "wb") as answers:
            answers.write(marshal.dumps(_looked(files, clean, numbers)) + END)
    finally:
        # Neither what the other process has yet to print nor what it has yet to catch is this one's.
        os._exit(0)


def _processors() -> int:
    """How many processors this process may use; 1 where processes cannot be forked."""
    if not hasattr(os, "fork"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _size(file: File) -> int:
    """The bytes of a file; 0 for what is no ordinary file: a pipe, a folder, nothing."""
    try:
        found = os.stat(file.path)
    except (OSError, ValueError):
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
