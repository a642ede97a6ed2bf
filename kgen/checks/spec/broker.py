"""Every set that kgen joins has one broker: a member, a dedicated cluster, or one elsewhere, reached at host:port.

Members meet at the broker; a set without one is never joined, and a wrong address is an endless loop in the operator's log. For example
`broker: {cluster: esat, ...}`; instead, the name of a cluster of the set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import Broker, ClusterSet
from kgen.clusterset.selector import nearest
from kgen.diagnostics import Code, Diagnostic, Related

MISSING: Final = Code("KG308", "missing-broker")
UNKNOWN: Final = Code("KG309", "unknown-broker-cluster")
ADDRESS: Final = Code("KG310", "bad-api-server")
MISPLACED: Final = Code("KG311", "misplaced-broker")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    broker = wish.broker
    if wish.join == "external":
        if broker is not None:
            yield MISPLACED.error(
                "someone else joins the clusters, so kgen makes no broker", broker.at, help="leave broker or join: external out"
            )
    elif broker is None:
        yield MISSING.error("the set has no broker", wish.at, help="add broker: {cluster: NAME, apiServer: HOST:PORT}, or join: external")
    else:
        yield from _placed(wish, broker)
        yield from _address(broker)
    for cluster in wish.clusters:
        if not cluster.member and (broker is None or broker.cluster != cluster.name):
            yield MISPLACED.error(
                f'cluster "{cluster.name}" is no member, and not the broker either',
                cluster.at / "member",
                help="name it in broker.cluster, or leave member: false out",
            )


def _placed(wish: ClusterSet, broker: Broker) -> Iterator[Diagnostic]:
    if broker.cluster is None:
        return
    home = next((cluster for cluster in wish.clusters if cluster.name == broker.cluster), None)
    if home is None:
        near = nearest(broker.cluster, [cluster.name for cluster in wish.clusters])
        yield UNKNOWN.error(
            f'the broker\'s cluster "{broker.cluster}" is no cluster of the set',
            broker.at / "cluster",
            f'did you mean "{near}"?' if near else "",
            help="list it under spec.clusters (with member: false if it only hosts the broker), or leave cluster out if it lives elsewhere",
        )
    elif home.leaving:
        yield MISPLACED.error(
            f'"{home.name}" hosts the broker, so it cannot leave',
            home.at / "leaving",
            related=[Related(broker.at / "cluster", "the broker")],
            help="move the broker to another cluster first",
        )


def _address(broker: Broker) -> Iterator[Diagnostic]:
    # The schema has seen to host:port; a number can still be too large.
    port = broker.api_server.rpartition(":")[2]
    if not 0 < int(port) < 65536:
        yield ADDRESS.error(
            f'the broker\'s API server "{broker.api_server}" cannot be reached: {port} is no port',
            broker.at / "apiServer",
            help="ports go from 1 to 65535",
        )
