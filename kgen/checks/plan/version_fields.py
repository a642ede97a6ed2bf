"""What the author wrote for Submariner must exist in the cluster's version: an unknown field is refused, or dropped in silence."""

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


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    told: set[FieldPath] = set()
    for cluster in wish.clusters:
        profile = plan.clusters[cluster.name].profile
        if plan.clusters[cluster.name].join is None or profile.submariner is None:
            continue
        version = profile.submariner
        written, places = submariner_fields(wish, cluster)
        for field in written:
            since = SUBMARINER_FIELDS_SINCE.get(field)
            if since is not None and number(minor(version)) < number(since) and places[field] not in told:
                told.add(places[field])
                yield FIELD.error(
                    f'Submariner {version} of cluster "{cluster.name}" has no field {field}',
                    places[field],
                    f"since {since}",
                    help=f"leave it out, or upgrade to Submariner {since}",
                )
        if wish.clusterset_ip is not None and not profile.release.clusterset_ip and wish.clusterset_ip.at not in told:
            told.add(wish.clusterset_ip.at)
            yield CLUSTERSET_IP.error(
                f'Submariner {version} of cluster "{cluster.name}" has no clusterset IP',
                wish.clusterset_ip.at,
                "since 0.19",
                help="leave it out",
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
