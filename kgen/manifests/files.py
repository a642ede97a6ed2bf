"""Which files an argument of `kgen validate` means, and what each of them is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from kgen import source
from kgen.diagnostics import Code, KgenError, Rejected, Span
from kgen.records import NamedTuple

NOTHING: Final = Code("KG585", "nothing-to-validate")

SUFFIXES: Final = (".yaml", ".yml", ".json")
SPEC: Final = "clusterset.yaml"
LOCK: Final = "clusterset.lock.yaml"
CHART: Final = "Chart.yaml"
# What kustomize reads, perhaps without apiVersion and kind.
KUSTOMIZATIONS: Final = frozenset(("kustomization.yaml", "kustomization.yml", "Kustomization"))

# A spec is one document of its own file, so that its kind stands at the start of a line, unless braces are around it all.
KIND: Final = rb"""["']?kind["']?[ \t]*:[ \t]*["']?(ClusterSet|ClusterSetOverlay)\b"""
BLOCK_KIND: Final = re.compile(rb"^" + KIND, re.MULTILINE)
FLOW_KIND: Final = re.compile(rb"[{,]\s*" + KIND)
BASE: Final = re.compile(rb"""^["']?base["']?:|[{,][ \t\n]*["']?base["']?:""", re.MULTILINE)


class File(NamedTuple):
    """A file to be looked at: `named` on the command line, or found in a folder that was."""

    path: str
    named: bool


class Left(NamedTuple):
    """What a folder has that is not for an API server, by what it is."""

    charts: list[str]
    configurations: list[str]
    others: list[str]


def files(paths: tuple[str, ...], left: Left) -> Iterator[File]:
    """The files that the arguments mean, each once: a folder with all below it, in byte order of names; "-" is standard input.

    In folders, files and folders whose names begin with a dot are passed over, and so are Helm charts, whose templates are no YAML
    before `helm template`: they are noted in `left`.
    """
    seen: set[str] = set()
    for path in paths:
        if path != "-" and os.path.isdir(path):
            found: Iterator[File] = (File(each, False) for each in _below(path, left))
        else:
            found = iter([File(path, True)])
        for file in found:
            identity = file.path if file.path == "-" else os.path.realpath(file.path)
            if identity not in seen:
                seen.add(identity)
                yield file


def _below(root: str, left: Left) -> Iterator[str]:
    def failed(error: OSError) -> None:
        raise KgenError(f"cannot read {error.filename or root}: {error.strerror}") from error

    some = False
    for folder, folders, names in os.walk(root, onerror=failed):
        if CHART in names:
            left.charts.append(folder)
            folders.clear()
            some = True
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(SUFFIXES) and not name.startswith("."):
                some = True
                yield os.path.normpath(os.path.join(folder, name))
    if not some:
        raise Rejected([NOTHING.error(f'"{root}" has no file that ends in {", ".join(SUFFIXES)}', Span(root, 1, 1, 1, 1), help=NAME_ONE)])


NAME_ONE: Final = "name files, a folder that has some, or - for standard input"


def is_spec(file: File, data: bytes) -> bool:
    """Whether a file is a ClusterSet or an overlay of one, or by its name should be."""
    if os.path.basename(file.path) == SPEC:
        return True
    if b"kgen.dev/" not in data:
        return False
    return _kind(data) is not None


def _kind(data: bytes) -> bytes | None:
    found = BLOCK_KIND.search(data) or (FLOW_KIND.search(data) if data.lstrip()[:1] == b"{" else None)
    return None if found is None else found[1]


def is_layer(data: bytes) -> bool:
    """Whether a spec is an overlay that names no base: alone it says nothing."""
    return _kind(data) == b"ClusterSetOverlay" and BASE.search(data) is None


def load(file: File) -> bytes:
    """The bytes of a file. Raises Rejected for what the author can mend."""
    return source.load(file.path, file.path)
