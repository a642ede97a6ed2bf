"""The author's own kinds: the CRDs that `spec.schemas` or `--schema` names, compiled as the bundled ones are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from kgen import source
from kgen.clusterset.model import ClusterSet
from kgen.conformance import Table, compile_crd
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Rejected, Span
from kgen.manifest import GroupVersionKind
from kgen.source import Document, RejectedText

NO_CRD: Final = Code("KG510", "no-crd")

Reader: TypeAlias = Callable[[str], tuple[Document, ...]]


def own_tables(wish: ClusterSet, document: Document, read: Reader = source.read_manifests) -> dict[GroupVersionKind, Table]:
    """A table for each served version of each CRD in the files and folders of `spec.schemas`, relative to the file that names them.

    Raises Rejected where a file cannot be read, holds no CRD, or a CRD cannot be compiled.
    """
    tables: dict[GroupVersionKind, Table] = {}
    for index, path in enumerate(wish.schemas):
        at = document.span(FieldPath(("spec", "schemas", index)))
        tables |= tables_in(os.path.join(os.path.dirname(at.file), path), path, at, read)
    return tables


def tables_in(place: str, path: str, at: Span, read: Reader = source.read_manifests) -> dict[GroupVersionKind, Table]:
    """The tables of the CRDs in the file or folder `place`, which somebody named `path` at `at`; raises as `own_tables`."""
    tables: dict[GroupVersionKind, Table] = {}
    brought = False
    for file in _files(place):
        try:
            documents = read(file)
        except Rejected as rejected:
            if file == place and all(found.code == source.UNREADABLE.number for found in rejected.diagnostics):
                # There is no text to show: what is to be mended is the path, where somebody wrote it.
                raise Rejected([found._replace(at=at) for found in rejected.diagnostics]) from None
            raise
        for crd in documents:
            for at_data, data in _crds(crd.data, ROOT):
                brought = True
                try:
                    tables |= {table.gvk: table for table in compile_crd(data)}
                except Rejected as rejected:
                    placed = [_placed(found, crd, at_data) for found in rejected.diagnostics]
                    raise RejectedText(placed, crd.name, crd.text) from None
    if not brought:
        raise Rejected([NO_CRD.error(f'"{path}" holds no CustomResourceDefinition', at, help="name a CRD file, or a folder of them")])
    return tables


def _files(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith((".yaml", ".yml", ".json")))


def _crds(data: Any, at: FieldPath) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """The CRDs of a document with their places in it; a List is gone through."""
    if isinstance(data, dict) and data.get("kind") == "CustomResourceDefinition":
        yield at, data
    elif isinstance(data, dict) and isinstance(data.get("items"), list):
        for index, item in enumerate(data["items"]):
            yield from _crds(item, at / "items" / index)


def _placed(found: Diagnostic, document: Document, at: FieldPath) -> Diagnostic:
    """A finding about a CRD, at its line in the author's file."""
    return found._replace(at=document.span(FieldPath((*at, *found.at)))) if isinstance(found.at, FieldPath) else found
