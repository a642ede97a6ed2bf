"""A person's own CustomResourceDefinition, compiled when it is read by the code that makes the bundled tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kgen.conformance.table import Fast, Schema, Table
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Rejected
from kgen.manifest import GroupVersionKind
from kgen.structure import SchemaError

UNUSABLE: Final = Code("KG500", "unusable-crd")


def compile_crd(crd: Any) -> list[Table]:
    """The tables of the versions that a CustomResourceDefinition serves.

    Raises Rejected with all that keeps it from being used, each finding at its path in the CRD.
    """
    found = [Diagnostic(*UNUSABLE, "error", message, at) for at, message in _faults(crd)]
    if found:
        raise Rejected(found)
    spec = crd["spec"]
    tables: list[Table] = []
    for number, version in enumerate(spec["versions"]):
        if version.get("served", False):
            at = ROOT / "spec" / "versions" / number / "schema" / "openAPIV3Schema"
            gvk = GroupVersionKind(spec["group"], version["name"], spec["names"]["kind"])
            try:
                apart = isinstance(version.get("subresources"), dict) and "status" in version["subresources"]
                table = _table(gvk, spec["scope"] == "Namespaced", version["schema"]["openAPIV3Schema"], at, apart)
                if version.get("deprecated") is True:
                    table.deprecated = version.get("deprecationWarning") or f"{gvk.api_version} {gvk.kind} is deprecated"
                tables.append(table)
            except* SchemaError as problems:
                found += [UNUSABLE.error(f"{gvk.kind} {gvk.version}: {each.message}", each.path) for each in _each(problems)]
    if found:
        raise Rejected(found)
    return tables


def _each(group: BaseExceptionGroup[SchemaError]) -> Iterator[SchemaError]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _each(each)
        else:
            yield each


def _table(gvk: GroupVersionKind, namespaced: bool, raw: Any, at: FieldPath, status_apart: bool) -> Table:
    from kgen.structure.normal import structural, wrong_defaults
    from kgen.structure.rules import wrong_rules

    schema = structural(raw, at, status_apart)
    if wrong := list(wrong_defaults(schema, at)) or list(wrong_rules(schema, at)):
        raise ExceptionGroup("the schema cannot be used", wrong)

    def prepare() -> Fast:
        # The compiler and Python's own ast module are only for those who bring CRDs.
        from kgen.structure.compile import Compiler, loaded

        compiler = Compiler()
        judge: Fast = loaded(compiler, compiler.judge(schema))
        return judge

    def load() -> Schema:
        return schema

    from kgen.conformance.metadata import embeds

    return Table(gvk, namespaced, prepare, load, embeds=embeds(schema))


def _faults(crd: Any) -> Iterator[tuple[FieldPath, str]]:
    """What is wrong with a CRD around its schemas."""
    if not isinstance(crd, dict):
        yield ROOT, "a CustomResourceDefinition must be a map"
        return
    if crd.get("apiVersion") != "apiextensions.k8s.io/v1" or crd.get("kind") != "CustomResourceDefinition":
        yield ROOT / "kind", "must be a CustomResourceDefinition of apiextensions.k8s.io/v1"
        return
    spec = crd.get("spec")
    if not isinstance(spec, dict):
        yield ROOT / "spec", '"spec" is required'
        return
    at = ROOT / "spec"
    if not isinstance(spec.get("group"), str) or not spec["group"]:
        yield at / "group", '"group" must be a string'
    names = spec.get("names")
    if not isinstance(names, dict) or not isinstance(names.get("kind"), str) or not names["kind"]:
        yield at / "names" / "kind", '"names.kind" must be a string'
    if spec.get("scope") not in ("Namespaced", "Cluster"):
        yield at / "scope", '"scope" must be Namespaced or Cluster'
    versions = spec.get("versions")
    if not isinstance(versions, list) or not versions:
        yield at / "versions", '"versions" must be a list with at least one version'
        return
    for number, version in enumerate(versions):
        here = at / "versions" / number
        if not isinstance(version, dict) or not isinstance(version.get("name"), str):
            yield here / "name", "a version needs a name"
        elif version.get("served"):
            schema = version.get("schema")
            if not isinstance(schema, dict) or not isinstance(schema.get("openAPIV3Schema"), dict):
                yield here / "schema" / "openAPIV3Schema", f'version "{version["name"]}" has no schema'
