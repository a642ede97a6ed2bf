"""The subctl lines of a plan: every field of a join becomes a flag, is what subctl does anyway, or is named as not settable."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from kgen import source
from kgen.cli.subctl import FLAGS, ITS_OWN, commands
from kgen.clusterset.decode import decode
from kgen.diagnostics import Diagnostic
from kgen.plan.addressing import allocate
from kgen.plan.fleet import make_plan
from kgen.plan.join import SUBMARINER_FIELDS
from kgen.plan.lock import EMPTY
from kgen.plan.topology import profiles

TWO = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  versions: {submariner: VERSION}
  broker: {cluster: east, apiServer: "api.east.example.com:6443"}
  secrets: {provider: substitution}
  EXTRA
  clusters:
    - {name: east, podCIDR: 10.10.0.0/16, serviceCIDR: 10.96.0.0/16}
    - {name: west, clusterID: w, podCIDR: 10.20.0.0/16, serviceCIDR: 10.97.0.0/16}
"""


def lines(text: str, only: str | None = None) -> list[str]:
    wish = decode(source.parse(text, "clusterset.yaml"))
    found: list[Diagnostic] = []
    resolved = profiles(wish, {}, found)
    addresses = allocate(wish, EMPTY, "written", found)
    assert not found
    return list(commands(wish, make_plan(wish, {}, resolved, addresses), only))


def two(extra: str = "x-none: {}", version: str = "0.24.0", only: str | None = None) -> list[str]:
    return lines(TWO.replace("VERSION", version).replace("EXTRA", extra), only)


def test_the_plain_case() -> None:
    assert two() == [
        "# The broker. Contexts of the kubeconfig are taken to have the clusters' names.",
        "subctl deploy-broker --context east --broker-url https://api.east.example.com:6443 --version 0.24.0",
        "# Each member, with the broker-info.subm that deploy-broker wrote.",
        "subctl join broker-info.subm --context east --clusterid east --clustercidr 10.10.0.0/16 --servicecidr 10.96.0.0/16"
        " --version 0.24.0",
        "subctl join broker-info.subm --context west --clusterid w --clustercidr 10.20.0.0/16 --servicecidr 10.97.0.0/16 --version 0.24.0",
    ]


def test_the_seed() -> None:
    """The walk-through's own commands, with the result of its allocation written out."""
    seed = """\
        apiVersion: kgen.dev/v1alpha1
        kind: ClusterSet
        metadata: {name: seed}
        spec:
          versions: {submariner: 0.14.6}
          globalnet: {}
          broker: {cluster: cluster1, apiServer: "172.18.0.2:6443"}
          secrets: {provider: substitution}
          submariner: {natEnabled: false}
          clusters:
            - {name: cluster1, podCIDR: 10.130.0.0/16, serviceCIDR: 100.66.0.0/16}
            - {name: cluster2, podCIDR: 10.131.0.0/16, serviceCIDR: 100.67.0.0/16}
        """
    assert lines(dedent(seed), "cluster2") == [
        "# Each member, with the broker-info.subm that deploy-broker wrote.",
        "subctl join broker-info.subm --context cluster2 --clusterid cluster2 --clustercidr 10.131.0.0/16 --servicecidr 100.67.0.0/16"
        " --globalnet-cidr 242.1.0.0/16 --natt=false --version 0.14.6",
    ]
    assert lines(dedent(seed))[:3] == [
        "# The broker. Contexts of the kubeconfig are taken to have the clusters' names.",
        "# This subctl writes the context's own server into broker-info.subm: it must be 172.18.0.2:6443.",
        "subctl deploy-broker --context cluster1 --globalnet --globalnet-cidr-range 242.0.0.0/8 --globalnet-cluster-size 65536"
        " --version 0.14.6",
    ]


@pytest.mark.parametrize(
    ("extra", "version", "flags"),
    [
        ("submariner: {cableDriver: vxlan}", "0.24.0", "--cable-driver vxlan"),
        ("submariner: {cableDriver: libreswan, natEnabled: true, debug: false}", "0.24.0", ""),
        ("submariner: {ceIPSecNATTPort: 4501, ceIPSecPreferredServer: true}", "0.24.0", "--nattport 4501 --preferred-server"),
        ("submariner: {ceIPSecDebug: true, debug: true}", "0.24.0", "--ipsec-debug --pod-debug"),
        ("submariner: {brokerK8sInsecure: true}", "0.24.0", "--check-broker-certificate=false"),
        ("submariner: {customDomains: [a.example, b.example]}", "0.24.0", "--custom-domains a.example,b.example"),
        ("submariner: {imageOverrides: {submariner-gateway: 'x/y:1'}}", "0.24.0", "--image-override submariner-gateway=x/y:1"),
        ("submariner: {coreDNSCustomConfig: {configMapName: dns, namespace: ns}}", "0.24.0", "--coredns-custom-configmap ns/dns"),
        ("submariner: {coreDNSCustomConfig: {configMapName: dns}}", "0.24.0", "--coredns-custom-configmap dns"),
        ("submariner: {connectionHealthCheck: {enabled: false}}", "0.24.0", "--health-check=false"),
        ("submariner: {connectionHealthCheck: {intervalSeconds: 3}}", "0.24.0", "--health-check-interval 3"),
        ("submariner: {connectionHealthCheck: {maxPacketLossCount: 9}}", "0.24.0", "--health-check-max-packet-loss-count 9"),
        ("clustersetIP: {enabled: true}", "0.24.0", "--clusterset-ip-cidr 243.0.16.0/20 --enable-clusterset-ip"),
        ("submariner: {repository: registry.example/s}", "0.24.0", "--repository registry.example/s"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_field_and_its_flags(extra: str, version: str, flags: str) -> None:
    line = two(extra, version, "west")[-1]
    start = "subctl join broker-info.subm --context west --clusterid w --clustercidr 10.20.0.0/16 --servicecidr 10.97.0.0/16"
    # In which order is subctl's business; what matters is that nothing else is said.
    assert sorted(line.split()) == sorted(f"{start} {flags} --version {version}".split())


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("submariner: {ceIPSecIKEPort: 501}", "has no flag for ceIPSecIKEPort: set or unset them on submariner submariner of west"),
        ("submariner: {nodeSelector: {a: b}}", "has no flag for nodeSelector:"),
        ("submariner: {haltOnCertificateError: false}", "has no flag for haltOnCertificateError:"),
    ],
    ids=["ike port", "node selector", "halt"],
)
def test_what_has_no_flag_is_told(extra: str, words: str) -> None:
    assert words in two(extra, only="west")[-1]


def test_service_discovery_alone() -> None:
    script = two("connectivity: false")
    assert "--components service-discovery" in script[1]
    assert "--clusterid w" in script[-1]


def test_another_namespace_and_a_quoted_value() -> None:
    text = TWO.replace("VERSION", "0.24.0").replace("EXTRA", 'submariner: {repository: "a b"}')
    script = lines(text.replace('6443"}', '6443", namespace: brokers}'))
    assert "--namespace brokers" in script[1]
    assert "--repository 'a b'" in script[1]


def test_someone_else_joins() -> None:
    text = (
        TWO.replace("VERSION", "0.24.0")
        .replace("  EXTRA\n", "  join: external\n")
        .replace('  broker: {cluster: east, apiServer: "api.east.example.com:6443"}\n', "")
    )
    assert lines(text) == []


def test_a_broker_elsewhere_has_no_line() -> None:
    script = lines(TWO.replace("VERSION", "0.24.0").replace("EXTRA", "x-n: 1").replace("cluster: east, ", ""))
    assert [line.split()[:2] for line in script if not line.startswith("#")] == [["subctl", "join"], ["subctl", "join"]]


def test_every_field_is_known() -> None:
    """A field that a later Submariner brings must be put into one of the tables, or is told as not settable: which, is decided here."""
    no_flag = {"loadBalancerServiceAnnotations", "hostedCluster", "nodeSelector", "tolerations", "colorCodes"}
    assert set(SUBMARINER_FIELDS) == {*FLAGS, *ITS_OWN, *no_flag}
    assert not set(FLAGS) & set(ITS_OWN)


def test_the_lines_are_shell(tmp_path: Path) -> None:
    import subprocess

    script = "\n".join(two('submariner: {repository: "a b$(touch x)"}')) + "\n"
    assert subprocess.run(["/bin/sh", "-n"], input=script, text=True, check=False).returncode == 0
    ran = subprocess.run(["/bin/sh", "-c", f"subctl() {{ :; }}\n{script}"], cwd=tmp_path, check=False)
    assert ran.returncode == 0
    assert not list(tmp_path.iterdir())
