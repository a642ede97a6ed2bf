"""What an author is told about a refused spec: the code, the place, what is wrong, and what to do."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from kgen.clusterset.decode import decode
from kgen.diagnostics import FieldPath, Rejected, Related, Span
from kgen.schema import explain, refuses, schema
from kgen.source import Document, parse

SPEC = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  versions: {submariner: 0.24.0}
  clusters:
    - {name: east, podCIDR: 10.10.0.0/16}
"""
SERVICE = SPEC + "  services:\n    - {name: api, namespace: shop, exportFrom: %s}\n"
BACKEND = SPEC + "  routes:\n    - {name: api, namespace: edge, parentRefs: [{name: eg}], rules: [{backendRefs: [%s]}]}\n"
EAST = "name: east, podCIDR: 10.10.0.0/16"

SELECTOR = "all, a list of cluster names, or a map with names, matchLabels, matchExpressions or exclude"
EXPORT_FROM = "The clusters that export it: `all`, a list of names, or a selector."
LABEL = 'a DNS label (at most 63 characters: a-z, 0-9 and "-", with a letter or digit at both ends)'
POD_CIDR = (
    "Pod network, or a list of them. Example: 10.10.0.0/16. May be left out with Globalnet, `connectivity: false` or `join: external`."
)
TO_SERVICE = "A service of the set, `namespace/name`; it becomes the ServiceImport that exists in the route's cluster."

# What is written, and for each finding: number, path, message, label, help.
Told = tuple[str, str, str, str, str]
CASES: dict[str, tuple[str, list[Told]]] = {
    "a list": (
        "[]",
        [
            (
                "KG200",
                "",
                "this is a list, not a ClusterSet",
                "",
                "a spec has apiVersion: kgen.dev/v1alpha1, kind: ClusterSet, metadata and spec",
            )
        ],
    ),
    "another kind": (
        "apiVersion: apps/v1\nkind: Deployment\n",
        [("KG200", "kind", 'kind is "Deployment", not ClusterSet', "expected ClusterSet", "")],
    ),
    "an overlay": (
        "kind: ClusterSetOverlay\n",
        [
            (
                "KG200",
                "kind",
                "this is an overlay, not a whole spec",
                "expected ClusterSet",
                "build it over a spec: `kgen build clusterset.yaml --overlay FILE`, or name the spec at its top: `base: clusterset.yaml`",
            )
        ],
    ),
    "kind misspelt": (
        SPEC.replace("ClusterSet", "Clusterset"),
        [("KG200", "kind", 'kind is "Clusterset", not ClusterSet', 'did you mean "ClusterSet"?', "")],
    ),
    "kind a number": (
        SPEC.replace("ClusterSet", "5"),
        [("KG200", "kind", "kind is the number 5, not ClusterSet", "expected ClusterSet", "")],
    ),
    "another version": (
        SPEC.replace("v1alpha1", "v1"),
        [
            (
                "KG200",
                "apiVersion",
                'apiVersion "kgen.dev/v1" is not known',
                'did you mean "kgen.dev/v1alpha1"?',
                "expected kgen.dev/v1alpha1",
            )
        ],
    ),
    "no kind": (
        SPEC.replace("kind: ClusterSet\n", ""),
        [("KG202", "", 'the document lacks "kind"', '"kind" is missing', "write kind: ClusterSet")],
    ),
    "nothing known": (
        "a: 1\n",
        [
            (
                "KG200",
                "",
                "this has neither apiVersion nor kind, so it is no ClusterSet",
                "",
                "a spec has apiVersion: kgen.dev/v1alpha1, kind: ClusterSet, metadata and spec",
            )
        ],
    ),
    "a field misspelt": (
        SPEC.replace("podCIDR", "podCidr"),
        [
            (
                "KG201",
                "spec.clusters[0].podCidr",
                '"podCidr" is no field of the cluster',
                'did you mean "podCIDR"?',
                "podCIDR: " + POD_CIDR,
            )
        ],
    ),
    "a field that stands elsewhere": (
        SPEC + "  podCIDR: 10.0.0.0/8\n",
        [("KG201", "spec.podCIDR", '"podCIDR" is no field of the set', "unknown field", '"podCIDR" is a field of the cluster')],
    ),
    "a field like none": (
        SPEC.replace("{name: shop}", "{name: shop, colour: red}"),
        [("KG201", "metadata.colour", '"colour" is no field of metadata', "unknown field", "the fields here are name")],
    ),
    "a field from habit": (
        SERVICE % "all, clusters: [east]",
        [
            (
                "KG201",
                "spec.services[0].clusters",
                '"clusters" is no field of the service',
                "unknown field",
                "say which clusters it means: exportFrom or importTo",
            )
        ],
    ),
    "a kind of parent": (
        BACKEND.replace("{name: eg}", "{name: eg, kind: Gateway}") % "{service: shop/api}",
        [
            (
                "KG201",
                "spec.routes[0].parentRefs[0].kind",
                '"kind" is no field of the parent',
                "unknown field",
                "a parent is a Gateway of the Gateway API; this need not be written",
            )
        ],
    ),
    "no name": (
        SPEC.replace("name: east, ", ""),
        [
            (
                "KG202",
                "spec.clusters[0]",
                'the cluster lacks "name"',
                '"name" is missing',
                "name: The cluster's name in this file and in the output folder.",
            )
        ],
    ),
    "text for a map": (
        SPEC + "  secrets: existing\n",
        [
            (
                "KG203",
                "spec.secrets",
                'secrets is the text "existing"',
                "expected a map",
                "How a cluster gets the Secrets it joins with; kgen never reads or prints a secret value.",
            )
        ],
    ),
    "nothing for a map": (
        SPEC + "  globalnet:\n",
        [("KG203", "spec.globalnet", "globalnet is nothing", "expected a map", "give it a value, or delete the line")],
    ),
    "text for a number": (
        BACKEND % '{service: shop/api, port: "80"}',
        [
            (
                "KG203",
                "spec.routes[0].rules[0].backendRefs[0].port",
                'port is the text "80"',
                "expected a whole number",
                "The service's port (not its targetPort).",
            )
        ],
    ),
    "text for a boolean": (
        SPEC + "  connectivity: yes\n",
        [
            (
                "KG203",
                "spec.connectivity",
                'connectivity is the text "yes"',
                "expected true or false",
                "Connect the clusters' networks; false for service discovery only. Default: true.",
            )
        ],
    ),
    "a map for a network": (
        SPEC.replace("10.10.0.0/16", "{cidr: 10.10.0.0/16}"),
        [
            (
                "KG203",
                "spec.clusters[0].podCIDR",
                "podCIDR is a map",
                "expected a network in CIDR notation, such as 10.10.0.0/16, or a list of them",
                POD_CIDR,
            )
        ],
    ),
    "a number that quotes would not mend": (
        SPEC.replace("10.10.0.0/16", "10"),
        [
            (
                "KG203",
                "spec.clusters[0].podCIDR",
                "podCIDR is the number 10",
                "expected a network in CIDR notation, such as 10.10.0.0/16, or a list of them",
                POD_CIDR,
            )
        ],
    ),
    "a number for a selector": (
        SERVICE % "5",
        [("KG203", "spec.services[0].exportFrom", "exportFrom is the number 5", f"expected {SELECTOR}", EXPORT_FROM)],
    ),
    "a map in a list of names": (
        SERVICE % "[{name: east}]",
        [("KG203", "spec.services[0].exportFrom[0]", "exportFrom[0] is a map", f"expected {LABEL}", EXPORT_FROM)],
    ),
    "text for a backend": (
        BACKEND % "shop/api",
        [
            (
                "KG203",
                "spec.routes[0].rules[0].backendRefs[0]",
                'backendRefs[0] is the text "shop/api"',
                "expected a map with service, or with name",
                "Where requests go.",
            )
        ],
    ),
    "nothing for a service": (
        BACKEND % "{service: }",
        [
            (
                "KG203",
                "spec.routes[0].rules[0].backendRefs[0].service",
                "service is nothing",
                "expected namespace/name, such as shop/api, or a map with both",
                "give it a value, or delete the line",
            )
        ],
    ),
    "a version without quotes": (
        SPEC.replace("{submariner: 0.24.0}", "{kubernetes: 1.30, submariner: 0.24}"),
        [
            (
                "KG204",
                "spec.versions.kubernetes",
                "kubernetes is the number 1.3, but text is wanted",
                'write "1.30"',
                "quote it: without quotes YAML reads 1.30 as the number 1.3",
            ),
            (
                "KG204",
                "spec.versions.submariner",
                "submariner is the number 0.24, but text is wanted",
                'write "0.24"',
                "quote it: without quotes YAML reads 0.24 as the number 0.24",
            ),
        ],
    ),
    "a boolean without quotes": (
        SPEC.replace(EAST, "name: east, labels: {edge: True}"),
        [
            (
                "KG204",
                "spec.clusters[0].labels.edge",
                "edge is the boolean true, but text is wanted",
                'write "True"',
                "quote it: without quotes YAML reads True as the boolean true",
            )
        ],
    ),
    "a number without quotes": (
        SPEC.replace(EAST, "name: 0x12"),
        [
            (
                "KG204",
                "spec.clusters[0].name",
                "name is the number 18, but text is wanted",
                'write "0x12"',
                "quote it: without quotes YAML reads 0x12 as the number 18",
            )
        ],
    ),
    "a malformed name": (
        SPEC.replace("east", "East"),
        [
            (
                "KG205",
                "spec.clusters[0].name",
                'name "East" is malformed',
                f"expected {LABEL}",
                "The cluster's name in this file and in the output folder.",
            )
        ],
    ),
    "a network without a length": (
        SPEC.replace("10.10.0.0/16", "[10.10.0.0]"),
        [
            (
                "KG205",
                "spec.clusters[0].podCIDR[0]",
                'podCIDR[0] "10.10.0.0" is malformed',
                "expected a network in CIDR notation, such as 10.10.0.0/16",
                POD_CIDR,
            )
        ],
    ),
    "a service without its namespace": (
        BACKEND % "{service: api, port: 80}",
        [
            (
                "KG205",
                "spec.routes[0].rules[0].backendRefs[0].service",
                'service "api" is malformed',
                "expected namespace/name, such as shop/api",
                TO_SERVICE,
            )
        ],
    ),
    "a URL": (
        SPEC + '  broker: {apiServer: "https://api.east:6443"}\n',
        [
            (
                "KG205",
                "spec.broker.apiServer",
                'apiServer "https://api.east:6443" is malformed',
                "expected host:port without a scheme or path, such as api.east.example.com:6443",
                "Where members reach the broker's API server, as host:port without a scheme. Example: api.east.example.com:6443.",
            )
        ],
    ),
    "a line end at the end": (
        SPEC.replace("name: east", 'name: "east\\n"'),
        [
            (
                "KG205",
                "spec.clusters[0].name",
                'name "east\n" is malformed',
                f"expected {LABEL}",
                "The cluster's name in this file and in the output folder.",
            )
        ],
    ),
    "a long text is cut": (
        SPEC.replace("east", "x" * 80),
        [
            (
                "KG205",
                "spec.clusters[0].name",
                f'name "{"x" * 57}..." is malformed',
                f"expected {LABEL}",
                "The cluster's name in this file and in the output folder.",
            )
        ],
    ),
    "an unknown value, nearly right": (
        SPEC + "  submariner: {cableDriver: wireGuard}\n",
        [
            (
                "KG206",
                "spec.submariner.cableDriver",
                'cableDriver "wireGuard" is not known',
                'did you mean "wireguard"?',
                "expected libreswan, wireguard or vxlan",
            )
        ],
    ),
    "an unknown value": (
        SERVICE % "all, type: LoadBalancer",
        [
            (
                "KG206",
                "spec.services[0].type",
                'type "LoadBalancer" is not known',
                "expected ClusterIP or Headless",
                "ClusterIP, or Headless for a Service without an address of its own. Default: ClusterIP.",
            )
        ],
    ),
    "a cluster for a selector": (
        SERVICE % "east",
        [
            (
                "KG206",
                "spec.services[0].exportFrom",
                'exportFrom "east" is not known',
                f"expected {SELECTOR}",
                "for the cluster of that name write [east]",
            )
        ],
    ),
    "out of range": (
        BACKEND % "{service: shop/api, port: 70000, weight: -1}",
        [
            (
                "KG207",
                "spec.routes[0].rules[0].backendRefs[0].port",
                "port 70000 is out of range",
                "expected 1 to 65535",
                "The service's port (not its targetPort).",
            ),
            (
                "KG207",
                "spec.routes[0].rules[0].backendRefs[0].weight",
                "weight -1 is out of range",
                "expected 0 to 1000000",
                "Share of the requests, relative to the rule's other backends. Default: 1.",
            ),
        ],
    ),
    "an empty list": (
        SERVICE % "[]",
        [("KG207", "spec.services[0].exportFrom", "exportFrom is empty", "expected at least one", EXPORT_FROM)],
    ),
    "an empty map": (
        SERVICE % "{matchLabels: {}}",
        [
            (
                "KG207",
                "spec.services[0].exportFrom.matchLabels",
                "matchLabels is empty",
                "expected at least one",
                "Labels that a cluster must carry with these values. Example: `{region: eu}`.",
            )
        ],
    ),
    "an empty text": (
        SPEC + '  secrets: {path: ""}\n',
        [
            (
                "KG207",
                "spec.secrets.path",
                "path is empty",
                "expected some text",
                "Where the secrets stand in the store: PATH/CLUSTERID and PATH/clusterset. Example: submariner.",
            )
        ],
    ),
    "a long text": (
        SPEC.replace("{name: shop}", "{name: " + "x" * 254 + "}"),
        [
            (
                "KG207",
                "metadata.name",
                "name is too long",
                "254 characters, at most 253",
                "The set's name; it names the output tree.",
            )
        ],
    ),
    "too many": (
        SERVICE % "all, ipFamilies: [IPv4, IPv6, IPv5]",
        [
            (
                "KG206",
                "spec.services[0].ipFamilies[2]",
                'ipFamilies[2] "IPv5" is not known',
                'did you mean "IPv6"?',
                "expected IPv4 or IPv6",
            ),
            (
                "KG207",
                "spec.services[0].ipFamilies",
                "ipFamilies has 3 items",
                "expected at most 2",
                "The Service's address families. Left out: not declared.",
            ),
        ],
    ),
    "reserved": (
        SPEC + "  suppress: []\n  parts: []\n",
        [
            (
                "KG208",
                f"spec.{key}",
                f'"{key}" is reserved for a later version',
                "not yet a field",
                f"delete it, or keep it as x-{key}",
            )
            for key in ("suppress", "parts")
        ],
    ),
    "reserved words elsewhere are just unknown": (
        SPEC.replace(EAST, "name: east, parts: []"),
        [
            (
                "KG201",
                "spec.clusters[0].parts",
                '"parts" is no field of the cluster',
                "unknown field",
                "the fields here are name, clusterID, labels, member, leaving, podCIDR, serviceCIDR, nodeCIDR, globalCIDR, clustersetIPCIDR, "
                "publicIP, cni, kubeProxyMode, gatewayNodes, versions, submariner, secrets, delivery",
            )
        ],
    ),
    "a service beside a raw reference": (
        BACKEND % '{service: shop/api, kind: Service, group: "", port: 80}',
        [
            (
                "KG210",
                f"spec.routes[0].rules[0].backendRefs[0].{key}",
                f'"{key}" does not go with "service"',
                'not beside "service"',
                "delete it; only without service is the reference written in the API's own shape",
            )
            for key in ("kind", "group")
        ],
    ),
    "a misspelt field of a raw reference": (
        BACKEND % "{kind: Backend, name: a, prot: 80}",
        [
            (
                "KG201",
                "spec.routes[0].rules[0].backendRefs[0].prot",
                '"prot" is no field of the backend',
                'did you mean "port"?',
                "port: The service's port (not its targetPort).",
            )
        ],
    ),
    "a list for a patch": (
        SPEC + "  patches: [[{name: a}]]\n",
        [("KG203", "spec.patches[0]", "patches[0] is a list", "expected a map", "Changes of emitted objects, keyed by `name`.")],
    ),
    "both ways to patch": (
        SPEC + "  patches: [{name: a, target: {}, applyTo: all, expect: 1, merge: {}, json6902: [{op: remove, path: /a}]}]\n",
        [("KG210", "spec.patches[0].json6902", '"json6902" does not go with "merge"', 'not beside "merge"', "give one of them")],
    ),
    "no way to patch": (
        SPEC + "  patches: [{name: a, target: {}, applyTo: all, expect: 1}]\n",
        [("KG202", "spec.patches[0]", "the patch has none of merge and json6902", "expected merge or json6902", "")],
    ),
    "an empty selector": (
        SERVICE % "{x-why: none}",
        [
            (
                "KG202",
                "spec.services[0].exportFrom",
                "the selector has none of names, matchLabels, matchExpressions and exclude",
                "expected names, matchLabels, matchExpressions or exclude",
                "",
            )
        ],
    ),
    "a misspelt field of a selector": (
        SERVICE % "{name: [east]}",
        [
            (
                "KG201",
                "spec.services[0].exportFrom.name",
                '"name" is no field of the selector',
                'did you mean "names"?',
                "names: Clusters by name.",
            )
        ],
    ),
    "derived": (
        SPEC + "  submariner: {clusterID: a}\n",
        [
            (
                "KG211",
                "spec.submariner.clusterID",
                '"clusterID" is derived, and not written here',
                "derived",
                "it follows from clusterID of the cluster",
            )
        ],
    ),
    "a value twice": (
        SERVICE % "[east, west, east]",
        [("KG214", "spec.services[0].exportFrom[2]", 'exportFrom has "east" twice', "again", "delete one of them")],
    ),
    "several at once": (
        SPEC.replace("  versions", "  version") + "  services: {}\n",
        [
            (
                "KG201",
                "spec.version",
                '"version" is no field of the set',
                'did you mean "versions"?',
                "versions: Which product versions the clusters run; what kgen writes is exact for them.",
            ),
            (
                "KG203",
                "spec.services",
                "services is a map",
                "expected a list",
                "Services that clusters export, keyed by `namespace` and `name`.",
            ),
        ],
    ),
}


def path_of(at: Any) -> str:
    return str(at.path if isinstance(at, Span) else at)


@pytest.mark.parametrize("case", CASES)
def test_an_author_is_told(case: str) -> None:
    text, wanted = CASES[case]
    with pytest.raises(Rejected) as caught:
        decode(parse(text, "clusterset.yaml"))
    told = [(f.code, path_of(f.at), f.message, f.label, f.help) for f in caught.value.diagnostics]
    assert sorted(told) == sorted(wanted)
    assert all(f.severity == "error" for f in caught.value.diagnostics)


def test_every_code_of_the_explanation_is_in_the_table() -> None:
    assert {told[0] for _, wanted in CASES.values() for told in wanted} == {f"KG2{n:02}" for n in range(16)} - {
        "KG209",
        "KG212",
        "KG213",
        "KG215",
    }


def test_no_finding_speaks_of_schemas() -> None:
    for _, wanted in CASES.values():
        for _, _, message, label, help in wanted:
            assert "schema" not in message + label
            assert "is not valid" not in message + label + help


def test_an_unknown_field_is_shown_at_its_key() -> None:
    (finding,) = explain(parse(SPEC.replace("podCIDR", "podCidr"), "a.yaml"))
    assert finding.at == Span("a.yaml", 7, 20, 7, 27, FieldPath(("spec", "clusters", 0, "podCidr")))


def test_the_partner_of_a_conflict_is_shown() -> None:
    text, _ = CASES["both ways to patch"]
    (finding,) = explain(parse(text, "a.yaml"))
    assert finding.related == (Related(FieldPath(("spec", "patches", 0, "merge")), "given here"),)


def test_paths_begin_with_the_root_that_is_asked_for() -> None:
    (finding,) = explain(parse(SPEC.replace("name: east, ", ""), "a.yaml"), FieldPath(("variant",)))
    assert str(finding.at) == "variant.spec.clusters[0]"


def test_nothing_is_wrong_with_a_good_spec() -> None:
    document = parse(SPEC, "a.yaml")
    assert not refuses(document.data)
    assert explain(document) == ()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$id"] == "https://kgen.dev/schemas/clusterset-v1alpha1.json"


def test_a_document_without_places_can_be_explained() -> None:
    data = parse(SPEC, "a.yaml").data
    (finding,) = explain(Document("merged", "", {**data, "spec": {**data["spec"], "brokr": {}}}))
    assert finding.label == 'did you mean "broker"?'
