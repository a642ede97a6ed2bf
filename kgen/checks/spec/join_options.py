"""Options of the join that do not go together, or must be the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kgen.clusterset.model import Cluster, ClusterSet
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.plan.join import secrets_of, submariner_fields

GLOBALNET: Final = Code("KG312", "globalnet-without-connectivity")
DIFFERING: Final = Code("KG313", "differing-members")
DRIVER: Final = Code("KG314", "driver-option")
SHARED_IP: Final = Code("KG315", "shared-public-ip")
STORE: Final = Code("KG350", "missing-secret-store")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    if wish.globalnet is not None and not wish.connectivity:
        yield GLOBALNET.error(
            "Globalnet needs connectivity, which is off", wish.globalnet.at, help="leave globalnet out, or connectivity: false"
        )
    if wish.join == "external":
        return
    members = [cluster for cluster in wish.clusters if cluster.member and not cluster.leaving]
    yield from _differing(wish, members)
    by_address: dict[tuple[str, Any], Cluster] = {}
    told: set[FieldPath] = set()
    for cluster in members:
        written, places = submariner_fields(wish, cluster)
        driver = written.get("cableDriver", "libreswan")
        how = secrets_of(wish, cluster)
        if how.provider == "externalSecrets" and how.store is None and how.at not in told:
            told.add(how.at)
            yield STORE.error(
                "the secrets provider externalSecrets has no store", how.at, help="add store: {kind: ClusterSecretStore, name: NAME}"
            )
        if written.get("ceIPSecPreferredServer") and driver != "libreswan":
            yield DRIVER.error(
                f'ceIPSecPreferredServer of cluster "{cluster.name}" works with libreswan only, but its cable driver is {driver}',
                places["ceIPSecPreferredServer"],
                help="leave it out, or use libreswan",
            )
        if driver == "wireguard" and places["cableDriver"] not in told:
            told.add(places["cableDriver"])
            yield DRIVER.warning(
                "wireguard reads no pre-shared key from a Secret, so none is delivered",
                places["cableDriver"],
                help="nothing, if that is meant",
            )
        if cluster.kube_proxy_mode == "ipvs":
            yield DRIVER.error(
                f'cluster "{cluster.name}" runs kube-proxy in ipvs mode, which Submariner does not support',
                cluster.at / "kubeProxyMode",
                help="run kube-proxy in iptables mode",
            )
        if cluster.public_ip is not None:
            other = by_address.setdefault((cluster.public_ip, written.get("ceIPSecNATTPort", 4500)), cluster)
            if other is not cluster:
                yield SHARED_IP.warning(
                    f'clusters "{other.name}" and "{cluster.name}" share public IP {cluster.public_ip} and its NAT traversal port',
                    cluster.at / "publicIP",
                    related=[Related(other.at / "publicIP", "the other")],
                    help="give one of them another submariner.ceIPSecNATTPort",
                )


def _differing(wish: ClusterSet, members: list[Cluster]) -> Iterator[Diagnostic]:
    for key, default in (("cableDriver", "libreswan"), ("customDomains", None)):
        first: tuple[Cluster, Any] | None = None
        for cluster in members:
            written, places = submariner_fields(wish, cluster)
            value = written.get(key, default)
            if first is None:
                first = cluster, value
            elif value != first[1]:
                yield DIFFERING.error(
                    f'{key} of cluster "{cluster.name}" is not that of "{first[0].name}"; all members must have the same',
                    places.get(key, cluster.at),
                    related=[Related(submariner_fields(wish, first[0])[1].get(key, first[0].at), f'"{first[0].name}"')],
                    help=f"set submariner.{key} once, for the set",
                )
                break
