"""Objects to start from: what kgen itself emits, and what the modules of each version have published."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from kgen import pipeline
from kgen.versions import ENVOY_GATEWAY, SUBMARINER
from tests.agreement.worlds import World, crds_of, module, remake
from tests.real import gateway_api

Json = Any

ROOT: Final = Path(__file__).resolve().parents[2]
PUBLISHED: Final = {
    "sigs.k8s.io/gateway-api": ("examples/**/*.yaml", "hack/invalid-examples/**/*.yaml", "conformance/**/*.yaml"),
    "github.com/envoyproxy/gateway": (
        "examples/**/*.yaml",
        "internal/gatewayapi/testdata/**/*.in.yaml",
        "internal/cmd/egctl/testdata/translate/in/*.yaml",
        "internal/provider/**/testdata/**/*.yaml",
        "test/e2e/testdata/**/*.yaml",
        "test/benchmark/**/*.yaml",
    ),
    "github.com/submariner-io/submariner-operator": ("config/**/*.yaml", "deploy/**/*.yaml"),
    "sigs.k8s.io/mcs-api": ("demo/**/*.yaml", "config/**/*.yaml"),
    "github.com/external-secrets/external-secrets": ("docs/snippets/**/*.yaml",),
}
# Files of tests, rules of generators and values of charts are no objects of a cluster.
NAMED: Final = re.compile(r"[a-z0-9.-]*/?v[0-9][a-z0-9]*")


class Own(NamedTuple):
    """An object as kgen renders it, and as it emits it, in a cluster with these product versions."""

    products: Mapping[str, str]
    before: Json
    after: Json


def own(spec: Path, *overlays: Path) -> Iterator[Own]:
    """Every distinct object of a spec. Raises AssertionError where the spec is refused."""
    found = pipeline.build(pipeline.Request(str(spec), tuple(map(str, overlays))))
    assert found.objects is not None, [each.message for each in found.diagnostics]
    # What was judged is kept by the memo of the judge alone: by profile and manifest, the object before and after.
    for profile, judged in found.objects._judged.items():
        for before, after in judged.values():
            yield Own(profile.products(), before.manifest.body, after.manifest.body)


SPECS: Final = tuple(sorted([*ROOT.glob("examples/*/clusterset.yaml"), *ROOT.glob("tests/golden/*/clusterset.yaml")]))

# One of everything that kgen emits, for every pair of versions: what the versions lack is left out.
PAIR: Final = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {{name: pair}}
spec:
  versions: {{submariner: {submariner}, envoyGateway: {envoy}, kubernetes: "{kubernetes}", gatewayAPI: {{version: {gateway}, channel: {channel}}}}}
  globalnet: {{}}
  broker: {{cluster: one, apiServer: "192.0.2.1:6443"}}
  secrets: {secrets}
  clusters:
    - {{name: one, podCIDR: 10.130.0.0/16, serviceCIDR: 100.66.0.0/16}}
    - {{name: two, podCIDR: 10.131.0.0/16, serviceCIDR: 100.67.0.0/16}}
  namespaces: [{{name: shop, create: true}}, {{name: edge, create: true}}]
  services:
    - {{name: backend, namespace: shop, ports: [{{name: http, port: 3000}}, {{name: dns, port: 53, protocol: UDP}}], exportFrom: [two]}}
  gatewayClasses:
    - name: eg
      proxy:
        name: eg-proxy
        namespace: envoy-gateway-system
        spec: {{provider: {{type: Kubernetes, kubernetes: {{envoyService: {{type: ClusterIP}}}}}}}}
  gateways:
    - name: eg
      namespace: edge
      deployTo: [one]
      gatewayClassName: eg
      listeners:
        - {{name: http, protocol: HTTP, port: 80}}
        - {{name: https, protocol: HTTPS, port: 443, hostname: "*.example.com", tls: {{certificateRefs: [{{name: cert}}]}}}}
        - {{name: tls, protocol: TLS, port: 8443, tls: {{mode: Passthrough}}}}
        - {{name: tcp, protocol: TCP, port: 9000}}
        - {{name: udp, protocol: UDP, port: 9001}}
  routes:
    - name: backend
      namespace: edge
      parentRefs: [{{name: eg, sectionName: http}}]
      hostnames: [www.example.com]
      rules:
        - matches: [{{path: {{type: PathPrefix, value: /}}}}, {{headers: [{{name: a, value: b}}], method: GET}}]
          backendRefs: [{{service: shop/backend, port: 3000, weight: 3}}]
    - {{kind: GRPCRoute, name: grpc, namespace: edge, parentRefs: [{{name: eg, sectionName: https}}], rules: [{{backendRefs: [{{service: shop/backend, port: 3000}}]}}]}}
"""
STORE: Final = "{provider: externalSecrets, store: {kind: ClusterSecretStore, name: fleet}, path: submariner}"
LAYER_FOUR: Final = """\
    - {{kind: TLSRoute, name: tls, namespace: edge, parentRefs: [{{name: eg, sectionName: tls}}], hostnames: [tls.example.com], rules: [{{backendRefs: [{{service: shop/backend, port: 3000}}]}}]}}
    - {{kind: TCPRoute, name: tcp, namespace: edge, parentRefs: [{{name: eg, sectionName: tcp}}], rules: [{{backendRefs: [{{service: shop/backend, port: 3000}}]}}]}}
    - {{kind: UDPRoute, name: udp, namespace: edge, parentRefs: [{{name: eg, sectionName: udp}}], rules: [{{backendRefs: [{{service: shop/backend, port: 53}}]}}]}}
"""


def pairs(folder: Path) -> Iterator[Path]:
    """A spec for each pair of Submariner and Envoy Gateway versions and each channel, written into a folder."""
    for release in SUBMARINER.values():
        for envoy in ENVOY_GATEWAY.values():
            for channel in ("standard", "experimental"):
                text = PAIR + (LAYER_FOUR if channel == "experimental" else "")
                path = folder / f"{release.minor}-{envoy.minor}-{channel}.yaml"
                # Before 0.19 a member cannot join by a Secret alone.
                secrets = STORE if release.joins_by_secret else "{provider: substitution}"
                values = {
                    "submariner": f"{release.minor}.0",
                    "envoy": envoy.schemas,
                    "gateway": envoy.gateway_api,
                    "kubernetes": envoy.kubernetes[1],
                }
                path.write_text(text.format(**values, channel=channel, secrets=secrets), encoding="utf-8")
                yield path


# ---- what others have published ------------------------------------------------------------------------------------------------


def published(world: World) -> list[Json]:
    """The published objects that fit this world best: those of its own modules first, then those of the other versions."""
    script = remake()
    mine = {
        (source.module, source.module_version)
        for source in script.CRDS
        if world.products.get(source.product) == source.version and source.module in PUBLISHED
    }
    rest = sorted(key for key in script.MODULES if key[0] in PUBLISHED and key not in mine)
    return [each for key in [*sorted(mine), *rest] for each in _published(*key)]


@cache
def of_cel_tests() -> tuple[Json, ...]:
    """The objects of the Gateway API's own tests of its rules."""
    names = [(crd["spec"], each) for crd in crds_of("gateway-api/experimental", gateway_api.VERSION) for each in crd["spec"]["versions"]]
    resources = [
        (spec["names"]["kind"], spec["group"], each["name"], spec["names"]["plural"], spec["scope"] == "Namespaced")
        for spec, each in names
        if each["served"]
    ]
    return tuple(gateway_api.cel_objects(resources))


@cache
def _published(name: str, version: str) -> tuple[Json, ...]:
    folder = module(name, version)
    paths = sorted({path for pattern in PUBLISHED[name] for path in folder.glob(pattern)})
    return tuple(each for path in paths for each in _objects(_documents(path)))


def _documents(path: Path) -> list[Json]:
    """The documents of a file; none where it is no YAML, but a template of some."""
    try:
        return list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        return []


def _objects(value: Json) -> Iterator[Json]:
    """The objects anywhere in a value: test data has lists of them by kind, and Lists have items."""
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)
    elif isinstance(value, dict):
        if isinstance(value.get("apiVersion"), str) and isinstance(value.get("kind"), str) and NAMED.fullmatch(value["apiVersion"]):
            if isinstance(value.get("items"), list):
                yield from _objects(value["items"])
            else:
                yield {key: each for key, each in _plain(value).items() if key != "status"}
        else:
            for each in value.values():
                if isinstance(each, list):
                    yield from _objects(each)


def _plain(value: Json) -> Json:
    """What YAML 1.1 reads as a date is text in JSON."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def normal(body: Json) -> str:
    """The text of an object without its name: what tells objects apart."""
    if isinstance(body, dict) and isinstance(body.get("metadata"), dict) and isinstance(body["metadata"].get("name"), str):
        body = (
            {**body, "metadata": {**body["metadata"], "name": "n"}} if re.fullmatch("[a-z0-9-]{1,40}", body["metadata"]["name"]) else body
        )
    return json.dumps(body, sort_keys=True)
