"""The output root as it stands on disk: read without ever following a symlink that lies in it."""

from __future__ import annotations

import errno
import os
import stat
from operator import attrgetter
from pathlib import Path
from typing import Final

from kgen.diagnostics import Code, Diagnostic, Span

SYMLINK: Final = Code("KG558", "symlink-in-output")
IN_THE_WAY: Final = Code("KG559", "file-in-the-way")

# What a write that was killed leaves behind: one fixed name, so that the next build finds it. No engine reads it: it is no .yaml.
TEMPORARY: Final = ".kgen-tmp"
CLUSTERS: Final = "clusters"
# O_NONBLOCK: opening a pipe must not wait for someone to write to it.
READING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Refused(Exception):
    """A file on disk is not what it must be; carries the finding. It never leaves this package."""

    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding
        super().__init__(finding.message)


class Disk:
    """The output root, seen once: what is a folder is remembered, so use a new Disk for a new look.

    Paths are relative to the root, with `/` between their parts; "" is the root itself, which alone may be a symlink.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._prefix = "" if root == Path() else f"{root}/".replace("//", "/")
        self._folders: dict[str, bool] = {}
        self._listed: dict[str, bool] = {}  # folders whose entries were gone through, and whether one was a temporary file
        # Temporary files that a killed build left in the folders that were looked at.
        self.litter: list[str] = []

    def shown(self, path: str) -> str:
        """The path as the user would write it: beginning with the root as it was given."""
        return self._prefix + path if path else str(self.root)

    def at(self, path: str, line: int = 1) -> Span:
        return Span(self.shown(path), line, 1, line, 1)

    def folder(self, path: str) -> bool:
        """Whether a folder is there; Refused if it, or one on the way to it, is a symlink or no folder."""
        known = self._folders.get(path)
        if known is None:
            known = self._folders[path] = self._looked(path)
        return known

    def _looked(self, path: str) -> bool:
        if path and not self.folder(path.rpartition("/")[0]):
            return False
        if path in self._listed:
            if self._listed[path]:
                self.litter.append(f"{path}/{TEMPORARY}")
            return True
        shown = self.shown(path)
        try:
            mode = (os.lstat(shown) if path else os.stat(shown)).st_mode
        except FileNotFoundError:
            return False
        except NotADirectoryError:
            raise Refused(IN_THE_WAY.error(f"{shown} lies below a file, so it cannot be a folder", self.at(path))) from None
        if stat.S_ISLNK(mode):
            raise Refused(self._symlink(path))
        if not stat.S_ISDIR(mode):
            raise Refused(IN_THE_WAY.error(f"{shown} is a file where kgen needs a folder", self.at(path), help="move it away, then build"))
        litter = f"{path}/{TEMPORARY}" if path else TEMPORARY
        if os.path.lexists(self.shown(litter)):
            self.litter.append(litter)
        return True

    def read(self, path: str) -> bytes | None:
        """The content of a file; None if there is none. Refused if it is no ordinary file, or a symlink leads to it."""
        if not self.folder(path.rpartition("/")[0]):
            return None
        shown = self.shown(path)
        try:
            handle = os.open(shown, READING)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise Refused(self._symlink(path)) from None
            if error.errno == errno.ENXIO:
                raise Refused(self._no_file(path)) from None
            raise
        # Looked at before it becomes a file object: that refuses a folder with an error of the machine's.
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise Refused(self._no_file(path))
        with open(handle, "rb", buffering=0) as file:
            return file.read()

    def names(self, path: str) -> list[os.DirEntry[str]]:
        """What is in a folder, by name; nothing if there is no such folder."""
        if not self.folder(path):
            return []
        with os.scandir(self.shown(path)) as entries:
            return sorted(entries, key=attrgetter("name"))

    def files(self, path: str) -> list[str]:
        """The path of every file below a folder, symlinks among them, which are not followed."""
        found: list[str] = []
        folders = [path] if self.folder(path) else []
        for folder in folders:
            # The entry of a folder says that it is one, and no link to one: who asks for it later need not look again.
            self._listed[folder] = False
            with os.scandir(self.shown(folder)) as entries:
                for entry in entries:
                    below = f"{folder}/{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(below)
                    elif entry.name == TEMPORARY:
                        self._listed[folder] = True
                    else:
                        found.append(below)
        return sorted(found)

    def _symlink(self, path: str) -> Diagnostic:
        return SYMLINK.error(
            f"{self.shown(path)} is a symlink, which kgen does not follow",
            self.at(path),
            help="remove the link, or give the folder that is meant with -o",
        )

    def _no_file(self, path: str) -> Diagnostic:
        return IN_THE_WAY.error(
            f"{self.shown(path)} is no ordinary file, and kgen needs one there", self.at(path), help="move it away, then build"
        )
