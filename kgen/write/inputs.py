"""The author's own files that kgen writes outside of a tree: a first spec, and the lock at a person's word."""

from __future__ import annotations

import os
from pathlib import Path

from kgen.diagnostics import KgenError
from kgen.write.apply import _changed, _mutex, _put


def create(path: Path, text: str) -> bool:
    """Writes a new file; False, with nothing touched, if there is one already. KgenError if it cannot be written."""
    try:
        # "x": made only if it is not there yet, whoever else is writing.
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise KgenError(f"cannot write {path}: {error.strerror}") from error
    return True


def replace(path: Path, old: str | None, new: str) -> None:
    """Writes a file whose text was `old` (None for no file) when it was read; KgenError if it has changed since, or cannot be written."""
    try:
        # What is a symlink stays one.
        real = Path(os.path.realpath(path))
        with _mutex(real.parent):
            if (real.read_bytes().decode("utf-8", "replace") if real.exists() else None) != old:
                raise _changed(path)
            _put(str(real), new.encode(), lasting=True)
    except OSError as error:
        raise KgenError(f"cannot write {path}: {error.strerror}") from error
