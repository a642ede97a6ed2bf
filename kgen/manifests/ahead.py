"""Files judged ahead, a share by each processor: most files of a large tree are clean, and whether one is depends on no other.

What comes of a run is the same with and without: a file that is not found clean here is read and judged again, in its turn.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from kgen.manifests.files import File

# Of a clean file, how many objects it holds and by what they were judged; None for any other.
Clean: TypeAlias = "tuple[int, str] | None"

# Bytes below which starting a process costs more than it saves.
LARGE: Final = 1_000_000


def ahead(files: Sequence[File], clean: Callable[[File], Clean]) -> dict[int, Clean]:
    """By the number of a file, what `clean` says of it, for all files; nothing where there is too little to share out."""
    shares = _processors()
    if shares < 2 or len(files) < shares or not _large(files):
        return {}
    others = [_started(files, clean, share, shares) for share in range(1, shares)]
    found = {number: clean(files[number]) for number in range(0, len(files), shares)}
    for process, reader in others:
        with open(reader, "rb") as answers:
            data = answers.read()
        # One that was killed has said nothing, and its files are judged later.
        if os.waitpid(process, 0)[1] == 0:
            found |= marshal.loads(data)
    return found


def _started(files: Sequence[File], clean: Callable[[File], Clean], share: int, shares: int) -> tuple[int, int]:
    """A process that judges every so many files, and where its answers are read."""
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    status = 1
    try:
        os.close(reader)
        data = marshal.dumps({number: clean(files[number]) for number in range(share, len(files), shares)})
        with open(writer, "wb") as answers:
            answers.write(data)
        status = 0
    finally:
        # Neither what the other process has yet to print nor what it has yet to catch is this one's.
        os._exit(status)


def _processors() -> int:
    """How many processors this process may use; 1 where processes cannot be forked."""
    if not hasattr(os, "fork"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _large(files: Sequence[File]) -> bool:
    size = 0
    for file in files:
        try:
            size += os.stat(file.path).st_size
        except OSError:
            continue  # told when it is read
        if size > LARGE:
            return True
    return False
