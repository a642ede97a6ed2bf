"""What the delivery engine is given: which folder goes to which cluster, in what order, and the operators that it installs too.

Nothing that is delivered may vanish by accident: an engine's own object that is deleted leaves alone what it delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kgen.clusterset.model import Cluster, ClusterSet, Delivery
from kgen.plan.join import submariner_fields
from kgen.plan.model import (
    ApplicationPlan,
    ApplicationSetPlan,
    ChartPlan,
    ClusterPlan,
    DeliveryPlan,
    KustomizationPlan,
    Marks,
    OperatorPlan,
    PlaceholderSecretPlan,
    ProjectPlan,
    ReleasePlan,
    SourcePlan,
)
from kgen.versions import Profile

# The names of the folders (kgen.manifest.STAGES: this room knows no manifests), as the engines' objects name them.
STAGES: Final = ("00-namespaces", "10-broker", "20-submariner", "30-exports", "40-gateways", "50-routes", "60-manifests")
OPERATORS: Final = "15-operators"
JOIN: Final = "20-submariner"

# What a stage needs before its own objects make sense: namespaces first; a member's account before the member; gateways and grants
# before the routes that lean on them. Exports wait for no tunnel, so that an outage does not hold up what has nothing to do with it.
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "00-namespaces": (),
    "10-broker": ("00-namespaces",),
    OPERATORS: ("00-namespaces",),
    JOIN: ("10-broker",),
    "30-exports": ("00-namespaces",),
    "40-gateways": ("00-namespaces",),
    "50-routes": ("40-gateways",),
    "60-manifests": ("50-routes",),
}
WATCHED: Final[Mapping[str, tuple[str, ...]]] = {JOIN: ("Submariner",), "30-exports": ("ServiceExport",), "40-gateways": ("Gateway",)}

SOURCE_INTERVAL: Final = "5m"
INTERVAL: Final = "60m"
RETRY_INTERVAL: Final = "2m"
TIMEOUT: Final = "5m"
SUBSTITUTE_FROM: Final = (("Secret", "submariner-join", False),)
SUBMARINER_OPERATOR: Final = "submariner-operator"
CHART: Final = "gateway-helm"
RELEASE: Final = "eg"
CHART_NAMESPACE: Final = "envoy-gateway-system"

# Kinds without a namespace that a set may hold, that an operator's kustomization holds, and that the chart holds.
OWN_KINDS: Final = (("", "Namespace"), ("gateway.networking.k8s.io", "GatewayClass"))
CRD: Final = ("apiextensions.k8s.io", "CustomResourceDefinition")
RBAC: Final = (("rbac.authorization.k8s.io", "ClusterRole"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"))
CHART_KINDS: Final = (
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
)


def marks(wish: ClusterSet) -> Marks:
    """What the objects carry for the engine, and the author's common metadata."""
    common, how = wish.common_metadata, wish.delivery
    return Marks(
        common.labels if common is not None else {},
        common.annotations if common is not None else {},
        how.engine if how is not None else None,
        how is not None and how.engine == "argocd" and not how.per_stage,
    )


def operators(wish: ClusterSet, plan: ClusterPlan) -> tuple[SourcePlan | ReleasePlan, ...]:
    """The objects that make a cluster's own Flux install Envoy Gateway: they go to a stage, so that other stages can wait for it."""
    how = wish.delivery
    chart = None if how is None or how.engine != "flux" else _chart(how, plan)
    if how is None or chart is None:
        return ()
    name = f"{wish.name}-envoy-gateway"
    url = f"{chart.registry}/{chart.chart}"
    source = SourcePlan("OCIRepository", name, how.namespace, url, {"tag": chart.version}, how.interval or INTERVAL, None, True, chart.at)
    return source, ReleasePlan(name, how.namespace, name, how.interval or INTERVAL, chart, chart.at)


def delivery(wish: ClusterSet, variants: Mapping[str, ClusterSet], plans: Mapping[str, ClusterPlan]) -> DeliveryPlan | None:
    """What the engine is given for the whole set; None where the author names no engine."""
    how = wish.delivery
    if how is None:
        return None
    clusters = {cluster.name: cluster for cluster in wish.clusters}
    if how.engine == "argocd":
        items = (*_argocd(wish, how, variants, clusters, plans),)
        return DeliveryPlan((("delivery/argocd", items),), dict.fromkeys(plans, STAGES if how.per_stage else ("",)))
    folders = []
    stages = {}
    for name, plan in plans.items():
        operator = _operator(variants.get(name, wish), how, clusters[name], plan.profile)
        stages[name] = (*STAGES, OPERATORS) if plan.operators else STAGES
        folders.append((f"delivery/flux/{name}", (*_flux(wish, how, plan, operator, stages[name]),)))
    return DeliveryPlan(tuple(folders), stages)


# --- Argo CD ---------------------------------------------------------------------------------------------------------------------------


def _argocd(
    wish: ClusterSet, how: Delivery, variants: Mapping[str, ClusterSet], clusters: Mapping[str, Cluster], plans: Mapping[str, ClusterPlan]
) -> Iterator[ProjectPlan | ApplicationSetPlan | ApplicationPlan]:
    destinations = {name: destination(clusters[name]) for name in plans}
    project = how.project or wish.name
    applications = []
    for name, plan in plans.items():
        operator, chart = _operator(variants.get(name, wish), how, clusters[name], plan.profile), _chart(how, plan)
        if operator is not None or chart is not None:
            title = f"{wish.name}-{name}-operators"
            at = (operator or chart or how).at
            applications.append(ApplicationPlan(title, how.namespace, project, destinations[name], operator, chart, at))
    if how.project is None:
        yield _project(wish, how, plans, applications, tuple(sorted(set(destinations.values()))))
    stages = STAGES if how.per_stage else ()
    yield ApplicationSetPlan(
        wish.name,
        how.namespace,
        project,
        how.repo_url,
        full_ref(how.revision),
        _below(how.path, "clusters"),
        stages,
        (*destinations.items(),),
        how.prune,
        how.at,
    )
    yield from applications


def _project(
    wish: ClusterSet,
    how: Delivery,
    plans: Mapping[str, ClusterPlan],
    applications: list[ApplicationPlan],
    destinations: tuple[str, ...],
) -> ProjectPlan:
    kinds = set(OWN_KINDS)
    if any(plan.broker is not None and plan.broker.crds for plan in plans.values()):
        kinds.add(CRD)
    for raw in wish.manifests:
        if "namespace" not in raw.object.get("metadata", {}):
            kinds.add((raw.object["apiVersion"].rpartition("/")[0], raw.object["kind"]))
    repositories = {how.repo_url}
    for each in applications:
        kinds |= {CRD, *RBAC}
        if each.operator is not None:
            repositories.add(each.operator.repository)
        if each.chart is not None:
            kinds |= set(CHART_KINDS)
            repositories.add(each.chart.registry.removeprefix("oci://"))
    return ProjectPlan(wish.name, how.namespace, tuple(sorted(repositories)), destinations, tuple(sorted(kinds)), how.at)


def destination(cluster: Cluster) -> str:
    """The name under which Argo CD knows a cluster."""
    return cluster.name if cluster.delivery is None or cluster.delivery.destination is None else cluster.delivery.destination


def full_ref(revision: str) -> str:
    """A branch's full ref, which engines look up for less than its short name; a ref, a commit or HEAD as it is."""
    return revision if revision.startswith("refs/") or revision == "HEAD" or _is_commit(revision) else f"refs/heads/{revision}"


def _is_commit(revision: str) -> bool:
    return len(revision) == 40 and set(revision) <= set("0123456789abcdef")


# --- Flux ------------------------------------------------------------------------------------------------------------------------------


def _flux(
    wish: ClusterSet, how: Delivery, plan: ClusterPlan, operator: OperatorPlan | None, stages: tuple[str, ...]
) -> Iterator[SourcePlan | KustomizationPlan]:
    kind = "OCIRepository" if how.artifact else "GitRepository"
    interval = how.source_interval or SOURCE_INTERVAL
    secret = None if how.secret_ref is None else how.secret_ref.name
    yield SourcePlan(kind, wish.name, how.namespace, how.repo_url, _ref(how), interval, secret, False, how.at)
    root = KustomizationPlan(
        f"{wish.name}-delivery",
        how.namespace,
        kind,
        wish.name,
        f"./{_below(how.path, 'delivery/flux')}/{plan.name}",
        (),
        how.interval or INTERVAL,
        how.retry_interval or RETRY_INTERVAL,
        how.timeout or TIMEOUT,
        how.prune,
        (),
        (),
        None,
        how.at,
    )
    yield root
    after: tuple[str, ...] = ()
    if operator is not None:
        name = f"{wish.name}-{SUBMARINER_OPERATOR}"
        ref = {"tag": operator.tag}
        yield SourcePlan("GitRepository", name, how.namespace, operator.repository, ref, how.interval or INTERVAL, None, False, operator.at)
        after = (name,)
        yield root._replace(
            name=name,
            source_kind="GitRepository",
            source_name=name,
            path=f"./{operator.path}",
            depends_on=(f"{wish.name}-00-namespaces",),
            # Nothing that an operator brought goes by itself: a CRD would take all of its objects along.
            prune=False,
            operator=operator,
            at=operator.at,
        )
    substitutes = SUBSTITUTE_FROM if how.substitute_from is None else tuple((s.kind, s.name, s.optional) for s in how.substitute_from)
    for stage in sorted(stages):
        needs = list(NEEDS[stage])
        if OPERATORS in stages and stage == "40-gateways":
            needs.append(OPERATORS)
        # The operator brings the CRDs of both stages, and Envoy Gateway watches imports only if it finds their CRD when it starts.
        depends = (*(f"{wish.name}-{need}" for need in needs), *(after if stage in (OPERATORS, JOIN, "30-exports") else ()))
        yield root._replace(
            name=f"{wish.name}-{stage}",
            path=f"./{_below(how.path, 'clusters')}/{plan.name}/{stage}",
            depends_on=depends,
            watched=WATCHED.get(stage, ()),
            substitute_from=substitutes if stage == JOIN and placeholders(plan) else (),
        )


def _below(path: str, rest: str) -> str:
    return rest if path == "." else f"{path}/{rest}"


def _ref(how: Delivery) -> dict[str, str]:
    """The revision in the shape of a source's `ref`."""
    revision = how.revision
    if how.artifact:
        return {"digest": revision} if revision.startswith("sha256:") else {"tag": revision}
    if _is_commit(revision):
        return {"commit": revision}
    return {"name": revision} if revision.startswith("refs/") else {"branch": revision}


def placeholders(plan: ClusterPlan) -> bool:
    """Whether something has to fill in values before the objects of a cluster may be sent to its API server."""
    inline = plan.join is not None and any(isinstance(value, str) and value.startswith("${") for value in plan.join.spec.values())
    return inline or any(isinstance(secret, PlaceholderSecretPlan) for secret in plan.secrets)


# --- operators -------------------------------------------------------------------------------------------------------------------------


def _operator(wish: ClusterSet, how: Delivery, cluster: Cluster, profile: Profile) -> OperatorPlan | None:
    """Submariner's operator, for members, also for one that leaves: it has to undo what it did."""
    wanted = None if how.install is None else how.install.submariner
    if wanted is None or not cluster.member or profile.submariner is None:
        return None
    fields, _ = submariner_fields(wish, cluster)
    repository = fields.get("repository", "quay.io/submariner")
    image = fields.get("imageOverrides", {}).get(SUBMARINER_OPERATOR, f"{repository}/{SUBMARINER_OPERATOR}:{profile.submariner}")
    return OperatorPlan(wanted.repo_url, f"v{profile.submariner}", "config/default", image, wanted.at)


def _chart(how: Delivery, plan: ClusterPlan) -> ChartPlan | None:
    """Envoy Gateway's chart, for clusters that have something for it to do."""
    wanted = None if how.install is None else how.install.envoy_gateway
    shared = plan.shared
    if wanted is None or plan.profile.envoy_gateway is None or not (shared.gateways or shared.routes or shared.classes):
        return None
    version = f"v{plan.profile.envoy_gateway}"
    return ChartPlan(wanted.repo_url, CHART, version, RELEASE, CHART_NAMESPACE, wanted.crds, wanted.values, wanted.at)
