"""The indexes: whose tree it is (`.kgen-index` in the root) and what kgen wrote in it (one index a cluster).

A text that people merge and review: `#` lines first, then a line a file, sorted by path, as `sha256sum` writes and checks them:

    # kgen-index 1
    # stages: 00-namespaces 20-submariner
    6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  20-submariner/manifests.yaml

Paths are relative to the index. While a build is under way a path stands there twice: with the digest of the text before and after.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from kgen.diagnostics import Code, Diagnostic, KgenError, Rejected
from kgen.records import NamedTuple
from kgen.write.disk import CLUSTERS, Disk, Refused

BROKEN: Final = Code("KG551", "broken-index")
CONFLICT: Final = Code("KG552", "merge-conflict-in-index")

# The layouts of kgen.targets: this room stands beside that one, and needs only their names.
Layout: TypeAlias = Literal["stage", "object", "cluster"]
LAYOUTS: Final[tuple[str, ...]] = ("stage", "object", "cluster")

INDEX: Final = ".kgen-index"
# What overlays that ship with kgen are named by.
SHIPPED: Final = "kgen:"
FIRST_LINE: Final = "# kgen-index 1"
HEADER: Final = re.compile(r"# ([a-z]+):(?: (.*))?")
ENTRY: Final = re.compile(r"([0-9a-f]{64})  ([!-\[\]-~]+)")
# As Git writes them; the base in the middle comes with merge.conflictStyle diff3.
MARKERS: Final = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
CLUSTER_HEADERS: Final = frozenset({"stages"})
ROOT_HEADERS: Final = frozenset({"name", "layout", "kustomization", "overlay"})


class Identity(NamedTuple):
    """Whose tree it is: the set's metadata.name, its overlays as the index tells them (see `told`), and the tree's shape."""

    name: str
    overlays: tuple[str, ...] = ()
    layout: Layout = "stage"
    kustomization: bool = False


def settled(
    old: Identity | None, name: str, overlays: tuple[str, ...], layout: Layout | None = None, kustomization: bool | None = None
) -> Identity:
    """The identity to build with: layout and kustomization stay what they were (`old`, see `recorded`) unless they are asked for."""
    shape: Layout = layout or (old.layout if old else "stage")
    wished = kustomization if kustomization is not None else old is not None and old.kustomization
    return Identity(name, overlays, shape, wished and shape != "cluster")


def overlay_from(root: Path, overlay: str) -> str:
    """An overlay as the index of `root` tells it: its path relative to the root, with `/`; `kgen:NAME` stays."""
    return overlay if overlay.startswith(SHIPPED) else Path(os.path.relpath(overlay, root)).as_posix()


def overlay_at(root: Path, overlay: str) -> str:
    """An overlay that the index of `root` tells, as a path from here; `kgen:NAME` stays."""
    return overlay if overlay.startswith(SHIPPED) else os.path.normpath(root / overlay)


class Index(NamedTuple):
    """One index as it stands on disk: `headers` in order, `entries` from a path relative to the root to the digests listed for it."""

    path: str
    headers: tuple[tuple[str, str], ...]
    entries: Mapping[str, frozenset[str]]
    conflict: bool = False

    @property
    def stages(self) -> frozenset[str]:
        return frozenset(stage for key, value in self.headers if key == "stages" for stage in value.split())


def place(cluster: str, layout: Layout) -> str:
    """Where a cluster's index lies; "" for the cluster means the root's."""
    if not cluster:
        return INDEX
    return f"{CLUSTERS}/.{cluster}{INDEX}" if layout == "cluster" else f"{CLUSTERS}/{cluster}/{INDEX}"


def recorded(root: Path) -> Identity | None:
    """Whose tree lies at `root`, from its index; None if there is no index. Rejected if the index cannot be read as one."""
    try:
        disk = Disk(root)
        index = load(disk, INDEX)
        return None if index is None else identity(disk, index)
    except Refused as refused:
        raise Rejected([refused.finding]) from None
    except OSError as error:
        raise KgenError(f"cannot read {error.filename or root}: {error.strerror}") from error


def load(disk: Disk, path: str) -> Index | None:
    """The index at a path; Refused with the first line that is not what kgen writes."""
    data = disk.read(path)
    if data is None:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Refused(_broken(disk, path, 1, "is not UTF-8 text")) from None
    folder, _, name = path.rpartition("/")
    allowed = CLUSTER_HEADERS if folder else ROOT_HEADERS
    headers: list[tuple[str, str]] = []
    entries: dict[str, set[str]] = {}
    conflict = started = False
    for number, line in enumerate(text.split("\n"), 1):
        # A checkout may have turned line ends into CRLF.
        line = line.removesuffix("\r")
        if line.startswith(MARKERS):
            if not folder:
                raise Refused(
                    CONFLICT.error(
                        f"{disk.shown(path)} holds an unresolved merge, and it says whose tree this is",
                        disk.at(path, number),
                        help="resolve it, then build: the clusters' own indexes need no hand",
                    )
                )
            conflict = True
        elif line == FIRST_LINE:
            started = True
        elif not started and line:
            raise Refused(
                _broken(disk, path, number, f"begins with {_quoted(line)} where an index of this version begins with {FIRST_LINE!r}")
            )
        elif (header := HEADER.fullmatch(line)) and header[1] in allowed:
            headers.append((header[1], header[2] or ""))
        elif (entry := ENTRY.fullmatch(line)) and _belongs(folder, name, entry[2]):
            entries.setdefault(f"{folder}/{entry[2]}" if folder else entry[2], set()).add(entry[1])
        elif line:
            raise Refused(_broken(disk, path, number, f"has a line that kgen never writes: {_quoted(line)}"))
    if not started:
        raise Refused(_broken(disk, path, 1, "is empty"))
    return Index(path, tuple(headers), {path: frozenset(digests) for path, digests in entries.items()}, conflict)


def _belongs(folder: str, name: str, path: str) -> bool:
    """Whether an index may list a path: whatever was done to an index, kgen touches no file outside what that index stands for."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return False
    if folder == CLUSTERS:
        return path == name.removeprefix(".").removesuffix(INDEX) + ".yaml"
    return bool(folder) or parts[0] != CLUSTERS


def identity(disk: Disk, index: Index) -> Identity:
    """What the root's index says; Refused if it says something twice, not at all, or that kgen does not know."""
    said: dict[str, str] = {}
    overlays = []
    for key, value in index.headers:
        if key == "overlay":
            overlays.append(_unquoted(value))
        elif said.setdefault(key, value) != value:
            raise Refused(_broken(disk, index.path, 1, f"says {key} twice: {_quoted(said[key])} and {_quoted(value)}"))
    for key, known in (("name", None), ("layout", LAYOUTS), ("kustomization", ("yes", "no"))):
        if key not in said:
            raise Refused(_broken(disk, index.path, 1, f"does not say {key}"))
        if known and said[key] not in known:
            raise Refused(_broken(disk, index.path, 1, f"says {key}: {_quoted(said[key])}, and kgen knows {', '.join(known)}"))
    return Identity(said["name"], tuple(overlays), cast(Layout, said["layout"]), said["kustomization"] == "yes")


def root_text(identity: Identity, entries: Mapping[str, Iterable[str]]) -> bytes:
    """The text of the root's index."""
    headers = [("name", identity.name), ("layout", identity.layout), ("kustomization", "yes" if identity.kustomization else "no")]
    return text(INDEX, [*headers, *(("overlay", told(overlay)) for overlay in identity.overlays)], entries)


def cluster_text(path: str, stages: Iterable[str], entries: Mapping[str, Iterable[str]]) -> bytes:
    """The text of a cluster's index at `path`."""
    return text(path, [("stages", " ".join(sorted(stages)))], entries)


def text(path: str, headers: Iterable[tuple[str, str]], entries: Mapping[str, Iterable[str]]) -> bytes:
    """The text of an index at `path` for entries whose paths are relative to the root."""
    start = len(path) - len(path.rpartition("/")[2])
    lines = [FIRST_LINE, *(f"# {key}: {value}".rstrip() for key, value in headers)]
    lines += [f"{digest}  {entry[start:]}" for entry in sorted(entries) for digest in sorted(entries[entry])]
    return ("\n".join(lines) + "\n").encode()


def told(overlay: str) -> str:
    """An overlay's path as a line can hold it: as it is, or as a JSON string where it has line breaks, quotes or spaces at its ends."""
    if overlay.isprintable() and overlay == overlay.strip() and overlay[:1] != '"':
        return overlay
    # Not at the top, here and below: few paths are so odd.
    import json

    return json.dumps(overlay)


def _unquoted(value: str) -> str:
    if value[:1] == '"':
        import json

        try:
            return str(json.loads(value))
        except ValueError:
            pass
    return value


def _quoted(value: str) -> str:
    import json

    return json.dumps(value if len(value) <= 60 else value[:60] + "...", ensure_ascii=False)


def _broken(disk: Disk, path: str, line: int, what: str) -> Diagnostic:
    return BROKEN.error(
        f"{disk.shown(path)} {what}",
        disk.at(path, line),
        help="restore it from version control"
        + ("" if path == INDEX else ", or delete it: the build takes files that are as kgen makes them for its own again"),
    )
