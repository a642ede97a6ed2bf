"""Which clusters there are, what versions they run, and where the broker is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kgen.clusterset.model import Cluster, ClusterSet, Versions
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.versions import CHANNELS, ENVOY_GATEWAY, GATEWAY_API, KUBERNETES, SUBMARINER, Profile, minor, number

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
        profile = memo[key]
        if profile is not None:
            result[cluster.name] = profile
    _one_era(wish, result, found)
    return result


def _profile(wish: ClusterSet, cluster: Cluster, found: list[Diagnostic]) -> Profile | None:
    before = len(found)
    layers = [wish.versions] if cluster.versions is None else [cluster.versions, wish.versions]

    def given(field: str, key: str) -> tuple[str | None, FieldPath]:
        for layer in layers:
            if getattr(layer, field) is not None:
                return getattr(layer, field), layer.at / key
        return None, wish.versions.at

    submariner, at = given("submariner", "submariner")
    if submariner is None:
        if wish.join != "external":
            found.append(_missing("submariner", at, newest(SUBMARINER) + ".0"))
    elif minor(submariner) not in SUBMARINER:
        found.append(_unknown("Submariner", submariner, at, SUBMARINER))

    envoy, at = given("envoy_gateway", "envoyGateway")
    if envoy is None:
        if wish.gateways or wish.routes:
            found.append(_missing("envoyGateway", at, ENVOY_GATEWAY[newest(ENVOY_GATEWAY)].schemas))
    elif minor(envoy) not in ENVOY_GATEWAY:
        found.append(_unknown("Envoy Gateway", envoy, at, ENVOY_GATEWAY))

    gateway_api, channel = None, "experimental"
    if envoy is not None and minor(envoy) in ENVOY_GATEWAY:
        gateway_api = ENVOY_GATEWAY[minor(envoy)].gateway_api
    own = next((layer.gateway_api for layer in layers if layer.gateway_api is not None), None)
    if own is not None:
        channel = own.channel
        if channel not in CHANNELS:
            found.append(_unknown("Gateway API channel", channel, own.at / "channel", CHANNELS))
        if own.version and minor(own.version) not in GATEWAY_API:
            found.append(_unknown("Gateway API", own.version, own.at / "version", GATEWAY_API))
        elif own.version:
            gateway_api = GATEWAY_API[minor(own.version)]

    kubernetes, at = given("kubernetes", "kubernetes")
    if kubernetes is not None and minor(kubernetes) not in KUBERNETES:
        found.append(_unknown("Kubernetes", kubernetes, at, KUBERNETES))
    if len(found) > before:
        return None
    if submariner is not None and wish.join != "external" and submariner == minor(submariner):
        found.append(
            MISSING_VERSION.warning(
                f'versions.submariner "{submariner}" has no patch number, and the operator pulls images with that very tag',
                given("submariner", "submariner")[1],
                help=f"write the release that is to run, such as {submariner}.0",
            )
        )
    if kubernetes is None:
        if envoy is not None:
            kubernetes = ENVOY_GATEWAY[minor(envoy)].kubernetes[1]
        else:
            kubernetes = SUBMARINER[minor(submariner)].kubernetes if submariner is not None else KUBERNETES[-1]
    return Profile(minor(kubernetes), submariner, envoy, gateway_api, channel)


def newest(table: Iterable[str]) -> str:
    """The highest of the minors in a version table."""
    return max(table, key=number)


def _unknown(product: str, version: str, at: FieldPath, known: Iterable[str]) -> Diagnostic:
    return UNKNOWN_VERSION.error(f'{product} "{version}" is not supported', at, help=f"supported: {', '.join(known)}")


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
