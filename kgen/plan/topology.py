"""Which clusters there are, what versions they run, and where the broker is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kgen.clusterset.model import Cluster, ClusterSet, Versions
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.versions import ENVOY_GATEWAY, SUBMARINER, Profile, minor, newest, profile, unsupported

UNKNOWN_VERSION = Code("KG410", "unknown-version")
MISSING_VERSION = Code("KG411", "missing-version")
MIXED_IMPORTS = Code("KG412", "mixed-import-names")


def profiles(wish: ClusterSet, variants: Mapping[str, ClusterSet], found: list[Diagnostic]) -> dict[str, Profile]:
    """Every cluster's resolved product versions, by name; unknown and missing versions are added to `found`."""
    memo: dict[tuple[int, Versions | None], Profile | None] = {}
    result: dict[str, Profile] = {}
    for cluster in wish.clusters:
        mine = variants.get(cluster.name, wish)
        key = (id(mine), cluster.versions)
        if key not in memo:
            memo[key] = _profile(mine, cluster, found)
        resolved = memo[key]
        if resolved is not None:
            result[cluster.name] = resolved
    _one_era(wish, result, found)
    return result


def _profile(wish: ClusterSet, cluster: Cluster, found: list[Diagnostic]) -> Profile | None:
    layers = [wish.versions] if cluster.versions is None else [cluster.versions, wish.versions]
    given, places = written(layers)
    wrong = [UNKNOWN_VERSION.error(str(each), places[each.key], help=f"supported: {', '.join(each.known)}") for each in unsupported(given)]
    if "submariner" not in given and wish.join != "external":
        wrong.append(_missing("submariner", wish.versions.at, newest(SUBMARINER) + ".0"))
    if "envoyGateway" not in given and (wish.gateways or wish.routes):
        wrong.append(_missing("envoyGateway", wish.versions.at, ENVOY_GATEWAY[newest(ENVOY_GATEWAY)].schemas))
    found += wrong
    if wrong:
        return None
    submariner = given.get("submariner")
    if submariner is not None and submariner == minor(submariner) and wish.join != "external":
        found.append(
            MISSING_VERSION.warning(
                f'versions.submariner "{submariner}" has no patch number, and the operator pulls images with that very tag',
                places["submariner"],
                help=f"write the release that is to run, such as {submariner}.0",
            )
        )
    return profile(given)


def written(layers: Iterable[Versions]) -> tuple[dict[str, str], dict[str, FieldPath]]:
    """What layers of `versions` give, the first that names a product winning, and where; the keys are those of `versions.unsupported`."""
    given: dict[str, str] = {}
    places: dict[str, FieldPath] = {}
    for layer in layers:
        own = layer.gateway_api
        if own is not None and "channel" not in given:
            # A layer's gatewayAPI is taken whole.
            given |= {"channel": own.channel, **({"gatewayAPI": own.version} if own.version else {})}
            places |= {"channel": own.at / "channel", "gatewayAPI": own.at / "version"}
        for key, version in (("kubernetes", layer.kubernetes), ("submariner", layer.submariner), ("envoyGateway", layer.envoy_gateway)):
            if version is not None and key not in given:
                given[key], places[key] = version, layer.at / key
    return given, places


def _missing(key: str, at: FieldPath, example: str) -> Diagnostic:
    return MISSING_VERSION.error(
        f"versions.{key} is not given", at, help=f"write versions: {{{key}: {example}}}, for the set or for each cluster"
    )


def _one_era(wish: ClusterSet, resolved: Mapping[str, Profile], found: list[Diagnostic]) -> None:
    """Imports are named by the consumer's version from the exporter's objects, so a set cannot straddle 0.15 (release notes of 0.15.0)."""
    members = [c for c in wish.clusters if c.member and c.name in resolved and resolved[c.name].submariner is not None]
    old = [c for c in members if not resolved[c.name].release.aggregated_imports]
    if old and len(old) < len(members):
        new = next(c for c in members if resolved[c.name].release.aggregated_imports)
        found.append(
            MIXED_IMPORTS.error(
                f'"{old[0].name}" runs Submariner {resolved[old[0].name].submariner} and "{new.name}" {resolved[new.name].submariner}: '
                "imports have other names from 0.15 on",
                (old[0].versions or wish.versions).at,
                help="upgrade all members past 0.15 together",
            )
        )
