"""What is wrong with an object by its own schema, told at the line of the spec that caused the field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kgen.conformance import Finding
from kgen.conformance.codes import BY_KEYWORD, NO_ALTERNATIVE, REMEDIES, UNKNOWN_KIND
from kgen.diagnostics import ROOT, Diagnostic
from kgen.manifest import Manifest
from kgen.versions import Profile


def conforms(manifest: Manifest, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """A Diagnostic for each fault of an object, at the spec value that its field comes from."""
    for fault in findings:
        code = BY_KEYWORD.get(fault.keyword, NO_ALTERNATIVE)
        where = str(fault.path) or "the object"
        yield code.error(
            f"{manifest.key}: {where}: {fault.message}",
            manifest.origin(fault.path),
            help="the API server of this cluster would refuse the object",
        )


def remarks(manifest: Manifest, warnings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """A warning for each thing that the API server takes, and that had better not be in Git."""
    for each in warnings:
        code = BY_KEYWORD[each.keyword]
        yield code.warning(f"{manifest.key}: {each.path}: {each.message}", manifest.origin(each.path), help=REMEDIES[code])


def unknown_kind(manifest: Manifest, profile: Profile) -> Diagnostic:
    """The finding that no bundled schema judges an object's kind in this cluster's versions."""
    return UNKNOWN_KIND.error(
        f"{manifest.key}: {manifest.gvk.api_version} {manifest.gvk.kind} is not a kind that kgen knows for these versions",
        manifest.origin(ROOT),
        help=f"correct apiVersion or kind, or name its CRD under spec.schemas (Gateway API here: {profile.gateway_api or 'none'})",
    )
