"""What the author wrote for Submariner must exist in the cluster's version: an unknown field is refused, or dropped in silence.

For example `hostedCluster` with Submariner 0.18, whose CRD has no such field; instead, it is left out, or the cluster is upgraded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.plan.join import secrets_of, submariner_fields
from kgen.plan.model import Plan
from kgen.versions import SUBMARINER_FIELDS_SINCE, minor, number

FIELD: Final = Code("KG420", "field-not-in-version")
CLUSTERSET_IP: Final = Code("KG421", "clusterset-ip-too-early")
SECRETS: Final = Code("KG422", "join-secrets-too-early")
# Fields that kgen derives follow from `clustersetIP`, which has a finding of its own.
OWN: Final = {field: since for field, since in SUBMARINER_FIELDS_SINCE.items() if not field.startswith("clustersetIP")}


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    told: set[FieldPath] = set()
    lacking: dict[str, list[str]] = {}
    for cluster in wish.clusters:
        join, profile = plan.clusters[cluster.name].join, plan.clusters[cluster.name].profile
        if join is None or profile.submariner is None:
            continue
        version = profile.submariner
        if version not in lacking:
            lacking[version] = [field for field, since in OWN.items() if number(minor(version)) < number(since)]
        # What an override sets is seen in the join object; what is written with a zero value only in the wish.
        places = {**submariner_fields(wish, cluster)[1], **dict(join.origins)} if lacking[version] else {}
        for field in lacking[version]:
            if field in places and places[field] not in told:
                told.add(places[field])
                yield FIELD.error(
                    f'Submariner {version} of cluster "{cluster.name}" has no field {field}',
                    places[field],
                    f"since {OWN[field]}",
                    help=f"leave it out, or upgrade to Submariner {OWN[field]}",
                )
        if wish.clusterset_ip is not None and not profile.release.clusterset_ip and wish.clusterset_ip.at not in told:
            told.add(wish.clusterset_ip.at)
            yield CLUSTERSET_IP.error(
                f'Submariner {version} of cluster "{cluster.name}" has no clusterset IP',
                wish.clusterset_ip.at,
                "since 0.19",
                help="leave it out, or upgrade to Submariner 0.19",
            )
        how = secrets_of(wish, cluster)
        if not profile.release.joins_by_secret and how.provider != "substitution" and how.at not in told:
            told.add(how.at)
            yield SECRETS.error(
                f'Submariner {version} of cluster "{cluster.name}" cannot join by a Secret: the token must stand in its own object',
                how.at,
                f"provider {how.provider}",
                help="write secrets: {provider: substitution}, and let Flux or SOPS fill the placeholders; or upgrade to 0.19",
            )
