"""One kind of one product version: how the API server of a cluster that has it completes and judges an object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from kgen.conformance.defaults import DEFAULTS
from kgen.diagnostics import ROOT, FieldPath, KgenError
from kgen.manifest import GroupVersionKind
from kgen.structure import Finding, Judged

if TYPE_CHECKING:
    from kgen.structure.rules import Rules

TABLES: Final = "kgen.conformance.tables"
KUBERNETES: Final = "kubernetes"

Body = dict[str, Any]
Schema = Mapping[str, Any]
Fast = Callable[[Body], Body]


class Table:
    """One kind: `judge` for an object of it, `list_keys` for patches on one. Neither raises, nor changes what it is given."""

    __slots__ = ("_complete", "_fast", "_load", "_prepare", "_rules", "_schema", "deprecated", "gvk", "namespaced")

    def __init__(
        self,
        gvk: GroupVersionKind,
        namespaced: bool,
        prepare: Callable[[], Fast],
        load: Callable[[], Schema],
        complete: Fast | None = None,
        deprecated: str = "",
    ) -> None:
        """`prepare` gives the generated judge, `load` the schema in the engine's form; each is asked when first needed.

        `complete` adds defaults that no schema names; `deprecated` is what the server warns of where the version is.
        """
        self.gvk = gvk
        self.namespaced = namespaced
        self.deprecated = deprecated
        self._prepare = prepare
        self._load = load
        self._complete = complete
        self._fast: Fast | None = None
        self._schema: Schema | None = None
        self._rules: Rules | None = None

    def __repr__(self) -> str:
        return f"Table({self.gvk.api_version} {self.gvk.kind})"

    def judge(self, body: Body) -> Judged:
        """The object as the API server would store it, and all that it would refuse, in the object's order.

        `status` gets no defaults, since it is the controllers' own. Rules on names and labels are not judged here.
        """
        try:
            if self._complete is not None:
                body = self._complete(body)
            fast = self._fast
            if fast is None:
                fast = self._fast = self._prepare()
            if body["kind"] == self.gvk.kind and body["apiVersion"] == self.gvk.api_version:
                return Judged(fast(body), ())
        except Exception:  # generated code only says yes, and raises whatever it likes for no: the walk finds out why
            pass
        return self._walked(body)

    def _walked(self, body: Body) -> Judged:
        from kgen.structure.rules import Rules
        from kgen.structure.walk import judge

        self._rules = self._rules or Rules(self.schema())
        done, findings = judge(self.schema(), body, self._rules)
        names = {"apiVersion": self.gvk.api_version, "kind": self.gvk.kind}
        wrong = [
            Finding(ROOT / key, "enum", f'must be "{name}"', body[key])
            for key, name in names.items()
            if isinstance(body, dict) and isinstance(body.get(key), str) and body[key] and body[key] != name
        ]
        return Judged(done, (*wrong, *findings))

    def list_keys(self, path: FieldPath) -> tuple[str, ...] | None:
        """The fields that tell the items of the list at `path` apart (any index will do); None for a list without, or no list."""
        from kgen.structure.walk import list_keys

        return list_keys(self.schema(), path)

    def schema(self) -> Schema:
        """The schema in the engine's form (see `kgen.structure.normal`)."""
        if self._schema is None:
            self._schema = self._load()
        return self._schema


def table(gvk: GroupVersionKind, products: Mapping[str, str]) -> Table | None:
    """The table of a kind in a cluster that has these product versions, such as {"kubernetes": "1.35", "submariner": "0.24"}.

    None if none of them brings the kind. Equal schemas of several versions share one Table.
    """
    wanted = f"{gvk.group}/{gvk.version}/{gvk.kind}"
    for product, version in products.items():
        row = _rows(product, version).get(wanted)
        if row is not None:
            return _table(gvk, row, product == KUBERNETES)
    return None


@cache
def _rows(product: str, version: str) -> Mapping[str, str]:
    """The row of each kind that a product version brings: its module, its file below schemas/, its scope."""
    index = _index()
    lines = (line.split(" ") for line in index.KINDS.get(product, {}).get(version, "").splitlines())
    return {kind: index.ROWS[int(number)] for kind, number in lines}


@cache
def _table(gvk: GroupVersionKind, row: str, built_in: bool) -> Table:
    module, file, scope, *deprecated = row.split(" ", 3)

    def prepare() -> Fast:
        judge: Fast = import_module(f"{TABLES}.{module}").judge
        return judge

    def load() -> Schema:
        from kgen.conformance.bundle import bundled_schema

        return bundled_schema(file, built_in)

    complete = DEFAULTS.get((gvk.group, gvk.kind)) if built_in else None
    return Table(gvk, scope == "Namespaced", prepare, load, complete, "".join(deprecated))


def brought_by(group: str, kind: str) -> Iterator[tuple[GroupVersionKind, str, str]]:
    """Every version of a kind that any product version brings, with the product and its version; a group of "" means any."""
    for product, versions in _index().KINDS.items():
        for version, lines in versions.items():
            for line in lines.splitlines():
                found = GroupVersionKind(*line.split(" ")[0].split("/"))
                if found.kind == kind and group in ("", found.group):
                    yield found, product, version


def known_kinds(products: Mapping[str, str]) -> Iterator[GroupVersionKind]:
    """Every kind that these product versions bring."""
    for product, version in products.items():
        yield from (GroupVersionKind(*kind.split("/")) for kind in _rows(product, version))


@cache
def _index() -> Any:
    try:
        return import_module(f"{TABLES}.index")
    except ModuleNotFoundError as missing:
        raise KgenError("the generated tables are missing: run python hatch_build.py, or install kgen again") from missing
