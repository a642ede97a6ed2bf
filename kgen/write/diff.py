"""The change that a build would make, as people review it: a unified diff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal, TypeAlias

from kgen.diagnostics import KgenError
from kgen.records import NamedTuple
from kgen.write import index
from kgen.write.compare import Changes, Look, clusters_on, look_at, parts
from kgen.write.disk import Disk, Refused
from kgen.write.index import INDEX

CONTEXT = 3
Opcode: TypeAlias = tuple[str, int, int, int, int]


class FileDiff(NamedTuple):
    """What is to happen to one file: its path as it is shown, an action (create, change or delete), its hunks."""

    path: str
    action: Literal["create", "change", "delete"]
    hunks: tuple[Hunk, ...]

    def text(self) -> str:
        """The unified diff of this file, with its two head lines."""
        name = self.path.lstrip("/")
        start = "/dev/null" if self.action == "create" else f"a/{name}"
        end = "/dev/null" if self.action == "delete" else f"b/{name}"
        return f"--- {start}\n+++ {end}\n{''.join(hunk.text for hunk in self.hunks)}"


class Hunk(NamedTuple):
    """One hunk of a unified diff; it stands at the lines `first` to `last` of the file as it is on disk (0 for an empty one)."""

    first: int
    last: int
    text: str


def diff(changes: Changes) -> Iterator[FileDiff]:
    """The difference from the disk to the tree, file by file; indexes are left out, and the lock comes first.

    Their texts one after the other are a unified diff, which `patch -p1` takes. Also given where `changes` has diagnostics, except for
    the files that these name.
    """
    if changes.lock is not None and changes.lock_text != (text := changes.lock.text.encode()):
        yield from compared(str(changes.lock.path), changes.lock_text, text)
    disk = Disk(changes.root)
    try:
        old = index.load(disk, INDEX)
        found, _ = clusters_on(disk)
        for part in parts(changes.tree, changes.only, old, found):
            if part[0] in changes.clusters:
                look = look_at(changes.root, part, found.get(part[0], ()), changes.identity, changes.allow_removal, texts=True)
                yield from _of(disk, look)
    except Refused:
        return
    except OSError as error:
        raise KgenError(f"cannot read {error.filename or changes.root}: {error.strerror}") from error


def _of(disk: Disk, look: Look) -> Iterator[FileDiff]:
    after = dict(look.texts)
    for path in sorted({*after, *look.deletions}):
        yield from compared(disk.shown(path), disk.read(path), after.get(path))


def compared(path: str, before: bytes | None, after: bytes | None) -> Iterator[FileDiff]:
    """One file's change; None is a file that does not exist; nothing if the texts are equal."""
    old, new = _lines(before), _lines(after)
    hunks = tuple(Hunk(group[0][1] + 1, group[-1][2], _hunk(group, old, new)) for group in _grouped(_opcodes(old, new)))
    if hunks or (before is None) != (after is None):
        yield FileDiff(path, "create" if before is None else "delete" if after is None else "change", hunks)


def _lines(data: bytes | None) -> list[str]:
    """Lines with their `\\n`; a last one without it carries the mark that patch knows."""
    if not data:
        return []
    lines = [line + "\n" for line in data.decode(errors="replace").split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    else:
        lines[-1] += "\\ No newline at end of file\n"
    return lines


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[Opcode]:
    """What to do with which lines: documents are matched first, then the lines of those that changed, so that large files stay linear."""
    old_starts, new_starts = _documents(old), _documents(new)
    old_texts = ["".join(old[a:b]) for a, b in pairwise(old_starts)]
    new_texts = ["".join(new[a:b]) for a, b in pairwise(new_starts)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old_texts, new_texts, autojunk=False).get_opcodes():
        if tag == "replace" and i2 - i1 == j2 - j1:
            pairs = [(i, i + 1, j, j + 1) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)]
        else:
            pairs = [(i1, i2, j1, j2)]
        for a1, a2, b1, b2 in pairs:
            at, to = old_starts[a1], new_starts[b1]
            if tag != "replace":
                yield tag, at, old_starts[a2], to, new_starts[b2]
                continue
            for inner, x1, x2, y1, y2 in SequenceMatcher(None, old[at : old_starts[a2]], new[to : new_starts[b2]]).get_opcodes():
                yield inner, at + x1, at + x2, to + y1, to + y2


def _documents(lines: Sequence[str]) -> list[int]:
    """Where the documents of a YAML text start, and its end."""
    return [0, *(number for number, line in enumerate(lines) if number and line == "---\n"), len(lines)]


def _grouped(opcodes: Iterator[Opcode]) -> Iterator[list[Opcode]]:
    """The opcodes of each hunk: changes that lie close together, with the lines around them."""
    group: list[Opcode] = []
    for tag, i1, i2, j1, j2 in _joined(opcodes):
        if tag == "equal":
            if not group:
                i1, j1 = max(i1, i2 - CONTEXT), max(j1, j2 - CONTEXT)
            elif i2 - i1 > 2 * CONTEXT:
                yield [*group, (tag, i1, i1 + CONTEXT, j1, j1 + CONTEXT)]
                group, i1, j1 = [], i2 - CONTEXT, j2 - CONTEXT
        group.append((tag, i1, i2, j1, j2))
    if group and group[-1][0] == "equal":
        tag, i1, i2, j1, j2 = group.pop()
        if group:
            yield [*group, (tag, i1, min(i2, i1 + CONTEXT), j1, min(j2, j1 + CONTEXT))]
    elif group:
        yield group


def _joined(opcodes: Iterator[Opcode]) -> Iterator[Opcode]:
    """The opcodes with equal stretches that meet, as they do between documents, made one."""
    equal: Opcode | None = None
    for tag, i1, i2, j1, j2 in opcodes:
        if tag == "equal":
            equal = (tag, equal[1] if equal else i1, i2, equal[3] if equal else j1, j2)
            continue
        if equal:
            yield equal
            equal = None
        yield tag, i1, i2, j1, j2
    if equal:
        yield equal


def _hunk(group: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> str:
    lines = [f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@\n"]
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            lines += [" " + line for line in old[i1:i2]]
        else:
            lines += ["-" + line for line in old[i1:i2]]
            lines += ["+" + line for line in new[j1:j2]]
    return "".join(lines)


def _range(start: int, end: int) -> str:
    """Lines as a hunk's head counts them: from 1, and an empty stretch stands at the line before it."""
    if end - start == 1:
        return str(start + 1)
    return f"{start + 1 if end > start else start},{end - start}"
