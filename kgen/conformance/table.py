"""One kind of one product version: how the API server of a cluster that has it completes and judges an object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from kgen.conformance import names
from kgen.conformance.defaults import DEFAULTS
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.conformance.plain import Form, known, plain
from kgen.conformance.rules import RBAC, RULES
from kgen.diagnostics import ROOT, FieldPath, KgenError
from kgen.manifest import GroupVersionKind
from kgen.records import NamedTuple
from kgen.structure import Finding, Judged
from kgen.structure.cel.functions import TooCostly

if TYPE_CHECKING:
    from kgen.structure.rules import Rules

TABLES: Final = "kgen.conformance.tables"
RULE_MODULES: Final = "kgen.conformance.rules"
KUBERNETES: Final = "kubernetes"

Body = dict[str, Any]
Schema = Mapping[str, Any]
Fast = Callable[[Body], Body]
Check = Callable[[Body, int, "Found"], None]

# A value whose type is not right is not asked for more; neither is an object that holds one.
UNREADABLE: Final = frozenset({"type", "null", "key", "depth", "format"})


class BuiltIn(NamedTuple):
    """What a kind of Kubernetes' own has besides a schema: the minor, the form of its names, defaults and rules written by hand."""

    minor: int
    name: Form
    complete: Fast | None
    rules: str | None  # the module of `kgen.conformance.rules`


class Table:
    """One kind: `judge` for an object of it, `list_keys` for patches on one. Neither raises, nor changes what it is given."""

    __slots__ = (
        "_built_in",
        "_check",
        "_embeds",
        "_fast",
        "_load",
        "_names",
        "_prepare",
        "_rules",
        "_schema",
        "deprecated",
        "gvk",
        "namespaced",
    )

    def __init__(
        self,
        gvk: GroupVersionKind,
        namespaced: bool,
        prepare: Callable[[], Fast],
        load: Callable[[], Schema],
        built_in: BuiltIn | None = None,
        embeds: bool = False,
        deprecated: str = "",
    ) -> None:
        """`prepare` gives the generated judge, `load` the schema in the engine's form; each is asked when first needed.

        `embeds` says that objects of the kind have objects inside, which have metadata of their own; `deprecated` is what the server
        warns of where the version is.
        """
        self.gvk = gvk
        self.namespaced = namespaced
        self.deprecated = deprecated
        self._prepare = prepare
        self._load = load
        self._built_in = built_in
        self._embeds = embeds
        self._names = known(names.subdomain if built_in is None else built_in.name)
        self._check: Check | None = None
        self._fast: Fast | None = None
        self._schema: Schema | None = None
        self._rules: Rules | None = None

    def __repr__(self) -> str:
        return f"Table({self.gvk.api_version} {self.gvk.kind})"

    def judge(self, body: Body) -> Judged:
        """The object as the API server would store it, and all that it would refuse.

        `status` gets no defaults, since it is the controllers' own.
        """
        try:
            if self._built_in is not None and self._built_in.complete is not None:
                body = self._built_in.complete(body)
            fast = self._fast
            if fast is None:
                fast = self._fast = self._prepare()
            if body["kind"] != self.gvk.kind or body["apiVersion"] != self.gvk.api_version:
                raise ValueError
            done = fast(body)
            simple = plain(done["metadata"], self.namespaced, self._names)
        except (Exception, TooCostly):  # generated code only says yes, and raises whatever it likes for no: the walk finds out why
            return self._walked(body)
        if not simple or self._embeds:
            return self._ruled(done, (), simple)
        if self._built_in is None or self._built_in.rules is None:
            return Judged(done, ())
        found = Found()
        self._checked(done, self._built_in, found)
        return Judged(done, found.findings)

    def _walked(self, body: Body) -> Judged:
        from kgen.structure.rules import Rules
        from kgen.structure.walk import judge

        self._rules = self._rules or Rules(self.schema())
        done, findings = judge(self.schema(), body, self._rules)[:2]
        words = {"apiVersion": self.gvk.api_version, "kind": self.gvk.kind}
        wrong = [
            Finding(ROOT / key, "enum", f'must be "{name}"', body[key])
            for key, name in words.items()
            if isinstance(body, dict) and isinstance(body.get(key), str) and body[key] and body[key] != name
        ]
        return self._ruled(done, (*wrong, *findings), False)

    def _ruled(self, done: Body, before: tuple[Finding, ...], simple: bool) -> Judged:
        """The verdict with what the rules say that no schema has; `before` is what the schema finds, `simple` that metadata are right."""
        # Imported here: few objects come to it.
        from kgen.conformance import metadata

        found, remarks, built_in = Found(), Found(), self._built_in
        unreadable = [each.path for each in before if each.keyword in UNREADABLE]
        own = done.get("metadata", {}) if isinstance(done, dict) else None
        if isinstance(own, dict) and not simple and not any(path[:1] in ((), ("metadata",)) for path in unreadable):
            form = names.subdomain if built_in is None else built_in.name
            metadata.check(own, found, self.namespaced, form, None if built_in is None else (self.gvk.group, self.gvk.kind))
            metadata.remarks(own, remarks, self.namespaced)
        if self._embeds:
            metadata.embedded(done, self.schema(), found, unreadable)
        if not unreadable and isinstance(done, dict) and built_in is not None and built_in.rules is not None:
            self._checked(done, built_in, found)
        told = {each.path for each in before}
        absent = [each.path for each in before if each.keyword == "required"]
        more = (each for each in found.findings if each.path not in told and not any(each.path[: len(path)] == path for path in absent))
        findings = (*before, *more)
        refused = {each.path for each in findings} if remarks.findings else ()
        return Judged(done, findings, tuple(each for each in remarks.findings if each.path not in refused))

    def _checked(self, done: Body, built_in: BuiltIn, found: Found) -> None:
        """Adds what the rules say that are written by hand for this kind."""
        check = self._check
        if check is None:
            check = self._check = import_module(f"{RULE_MODULES}.{built_in.rules}").check
        check(done, built_in.minor, found)

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

    None if none of them brings the kind. Equal schemas of several versions of a product other than Kubernetes share one Table.
    """
    wanted = f"{gvk.group}/{gvk.version}/{gvk.kind}"
    for product, version in products.items():
        row = _rows(product, version).get(wanted)
        if row is not None:
            return _table(gvk, row, int(version.partition(".")[2]) if product == KUBERNETES else None)
    return None


@cache
def _rows(product: str, version: str) -> Mapping[str, str]:
    """The row of each kind that a product version brings: its module, its file below schemas/, its scope."""
    index = _index()
    lines = (line.split(" ") for line in index.KINDS.get(product, {}).get(version, "").splitlines())
    return {kind: index.ROWS[int(number)] for kind, number in lines}


@cache
def _table(gvk: GroupVersionKind, row: str, minor: int | None) -> Table:
    """The table of a row; `minor` is that of Kubernetes for a kind of its own."""
    module, file, scope, *deprecated = row.split(" ", 3)

    def prepare() -> Fast:
        judge: Fast = import_module(f"{TABLES}.{module}").judge
        return judge

    def load() -> Schema:
        from kgen.conformance.bundle import bundled_schema

        return bundled_schema(file, minor is not None)

    kind = gvk.group, gvk.kind
    built_in = None if minor is None else BuiltIn(minor, _names(kind, minor), DEFAULTS.get(kind), RULES.get(kind))
    return Table(gvk, scope == "Namespaced", prepare, load, built_in, deprecated="".join(deprecated))


def _names(kind: tuple[str, str], minor: int) -> Form:
    """The form of the names of a kind of Kubernetes' own."""
    if kind == ("", "Service") and on("RelaxedServiceNameValidation", minor):
        return names.label
    return NAMES.get(kind, names.subdomain)


# Sources, at kubernetes 1.36.3: pkg/apis/core, apps, batch, rbac, certificates and networking, each in validation/validation.go;
# kube-aggregator's pkg/apis/apiregistration/validation/validation.go. What else an address or an APIService must be called is not asked; a
# PodDisruptionBudget may have any name that fits into an address.
NAMES: Final[Mapping[tuple[str, str], Form]] = {
    ("", "Namespace"): names.label,
    ("", "Service"): names.label_1035,
    ("", "Event"): names.path_segment,
    ("apiregistration.k8s.io", "APIService"): names.path_segment,
    ("apps", "StatefulSet"): names.label,
    ("batch", "CronJob"): names.cron_job,
    ("certificates.k8s.io", "CertificateSigningRequest"): names.path_segment,
    ("networking.k8s.io", "IPAddress"): names.path_segment,
    ("policy", "PodDisruptionBudget"): names.path_segment,
    **dict.fromkeys(((RBAC, kind) for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")), names.path_segment),
}


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
