"""The sets of product versions that an API server is given: together they have every version that kgen supports."""

from __future__ import annotations

import copy
import types
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from kgen.manifest import GroupVersionKind
from kgen.versions import ENGINES, ENVOY_GATEWAY, EXTERNAL_SECRETS, GATEWAY_API, SUBMARINER
from tests.real.apiserver import Resource
from tests.real.binaries import Unavailable

Json = Any

SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas"
SERVER: Final = "1.36"  # the minor of the API server that is asked


class World(NamedTuple):
    """What one API server has installed: product to version, as `kgen.conformance.table` wants it."""

    name: str
    products: Mapping[str, str]

    @property
    def newest(self) -> bool:
        """Whether these are the newest versions of all."""
        return self.name == WORLDS[-1].name


def _worlds() -> Iterator[World]:
    """As many as Submariner has minors; the Gateway API's versions, in both channels, and Envoy Gateway's are spread over them."""
    submariner = list(SUBMARINER.values())
    gateways = [(version, channel) for version in GATEWAY_API.values() for channel in ("standard", "experimental")]
    envoys = {version: [each.schemas for each in ENVOY_GATEWAY.values() if each.gateway_api == version] for version in GATEWAY_API.values()}
    for release, (version, channel) in zip(submariner, [gateways[0], *gateways], strict=True):
        products = {"kubernetes": SERVER, f"gateway-api/{channel}": version}
        mine = envoys[version]
        if mine and (len(mine) > 1 or channel == "experimental"):
            products["envoy-gateway"] = mine.pop(0)
        products |= {"submariner": release.minor, "mcs-api": release.mcs_api, "external-secrets": EXTERNAL_SECRETS}
        if release.minor == "0.24":
            products |= {"submariner-broker": "0.24", **ENGINES}
        yield World(f"submariner-{release.minor}", products)


WORLDS: Final = tuple(_worlds())


@cache
def remake() -> Any:
    """`schemas/remake.py`, which knows where every CRD comes from."""
    path = SCHEMAS / "remake.py"
    module = types.ModuleType("remake")
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


@cache
def module(name: str, version: str) -> Path:
    """The folder of a Go module, checked against the sum that is pinned. Raises Unavailable."""
    try:
        [folder] = remake().download([(name, version)]).values()
    except (SystemExit, OSError) as reason:
        raise Unavailable(f"{name}@{version}: {reason}") from None
    assert isinstance(folder, Path)
    return folder


@cache
def crds_of(product: str, version: str) -> tuple[Mapping[str, Json], ...]:
    """The whole CustomResourceDefinitions of a product version, as published; of a derived Submariner minor, without what came later."""
    script = remake()
    base = script.SUBMARINER_DERIVED.get(version) if product == "submariner" else None
    [source] = [each for each in script.CRDS if (each.product, each.version) == (product, base or version)]
    found = script.crds_of(source, module(source.module, source.module_version))
    if base is not None:
        found = [_derived(crd, version) for crd in found]
    return tuple(found)


def _derived(crd: Mapping[str, Json], version: str) -> Mapping[str, Json]:
    script = remake()
    out: Json = copy.deepcopy(crd)
    for each in out["spec"]["versions"]:
        properties = each["schema"]["openAPIV3Schema"]["properties"]
        for path, since in script.SUBMARINER_SINCE[out["spec"]["names"]["kind"]].items():
            part, _, field = path.partition(".")
            if script._order(version) < script._order(since):
                properties[part]["properties"].pop(field, None)
    return out  # type: ignore[no-any-return]


def crds(world: World) -> list[Mapping[str, Json]]:
    """All CRDs of a world."""
    return [crd for product, version in world.products.items() if product != "kubernetes" for crd in crds_of(product, version)]


class Kind(NamedTuple):
    """A kind that a world serves, with the schema that its CRD has, or for Kubernetes' own the published definitions."""

    gvk: GroupVersionKind
    product: str
    resource: Resource
    schema: Mapping[str, Json]
    stored: bool = True  # whether the server keeps objects in this version, and so returns them as they were given


def kinds(world: World) -> list[Kind]:
    """Every kind that a world serves."""
    found = []
    for product, version in world.products.items():
        if product == "kubernetes":
            found += _built_in(version)
            continue
        for crd in crds_of(product, version):
            spec = crd["spec"]
            for each in spec["versions"]:
                if each["served"]:
                    gvk = GroupVersionKind(spec["group"], each["name"], spec["names"]["kind"])
                    resource = Resource(gvk.group, gvk.version, spec["names"]["plural"], spec["scope"] == "Namespaced")
                    found.append(Kind(gvk, product, resource, each["schema"]["openAPIV3Schema"], each["storage"]))
    return found


@cache
def _built_in(version: str) -> list[Kind]:
    import json

    shared = json.loads((SCHEMAS / "kubernetes/definitions.json").read_bytes())["$defs"]
    found = []
    for row in json.loads((SCHEMAS / "index.json").read_bytes())["kubernetes"][version]:
        content = json.loads((SCHEMAS / row["file"]).read_bytes())
        resource = Resource(row["group"], row["version"], content["plural"], content["scope"] == "Namespaced")
        schema = {**content["schema"], "$defs": shared}
        found.append(Kind(GroupVersionKind(row["group"], row["version"], row["kind"]), "kubernetes", resource, schema))
    return found
