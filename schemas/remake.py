#!/usr/bin/env python3
"""Makes everything in this folder that comes from published packages: `crds/`, `kubernetes/`, `index.json` and `VERSIONS`.

    python schemas/remake.py            write what differs, remove what is no longer made
    python schemas/remake.py --check    write nothing; print what differs, exit 1 if anything does

Needs `go` (it downloads Go modules and checks them against the sums below and against Go's checksum database), ruamel.yaml and
kubernetes-validate in the version named below. The bytes depend on the pinned packages and on nothing else. README.md says what
the files mean and how to add a version.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

HERE: Final = Path(__file__).resolve().parent

GATEWAY_API: Final = "sigs.k8s.io/gateway-api"
ENVOY_GATEWAY: Final = "github.com/envoyproxy/gateway"
SUBMARINER: Final = "github.com/submariner-io/submariner"
SUBMARINER_OPERATOR: Final = "github.com/submariner-io/submariner-operator"
MCS_API: Final = "sigs.k8s.io/mcs-api"
EXTERNAL_SECRETS: Final = "github.com/external-secrets/external-secrets"

# Every module that is read, with the sum of its content. `go mod download` compares the content with the checksum database, and
# this table makes sure that it is still the content these files were made from.
MODULES: Final[Mapping[tuple[str, str], str]] = {
    (GATEWAY_API, "v1.2.1"): "h1:fZZ/+RyRb+Y5tGkwxFKuYuSRQHu9dZtbjenblleOLHM=",
    (GATEWAY_API, "v1.3.0"): "h1:q6okN+/UKDATola4JY7zXzx40WO4VISk7i9DIfOvr9M=",
    (GATEWAY_API, "v1.5.1"): "h1:RqVRIlkhLhUO8wOHKTLnTJA6o/1un4po4/6M1nRzdd0=",
    (GATEWAY_API, "v1.6.1"): "h1:mock6phZbI6rvZerwrVNk7hVNymQgHo+6sJ81Ia7ftY=",
    (ENVOY_GATEWAY, "v1.2.8"): "h1:p/YkLz0xVfTJPE7Gdj1+EgEC60/RzOAz0aEp5pP6Oo4=",
    (ENVOY_GATEWAY, "v1.3.0"): "h1:c/JpMvgIylKbaCUEMjLdSPHRq7B4S3wsqpVVv/30U50=",
    (ENVOY_GATEWAY, "v1.4.0"): "h1:OeG2TkM9og0txomL1X3FGuxlNkn2K8G+Kt6seT84U4U=",
    (ENVOY_GATEWAY, "v1.5.0"): "h1:wfHytSeNoinwu0vCtWT61XK23qJuRmJyU+CPWdIJp2I=",
    (ENVOY_GATEWAY, "v1.6.2"): "h1:GAoqPWMNl3ZWrjfvJ6wQ3mzuc/xPN+Vgjuf4l/0jDd8=",
    (ENVOY_GATEWAY, "v1.7.0"): "h1:noVz4fADhljSKpQFaspb25+C3kC8bBBisQZle9W0ei4=",
    (ENVOY_GATEWAY, "v1.8.0"): "h1:pn5TYSteO1zZjUMPVXGY7ayFDhZAZZWAQ+yDgVzj78o=",
    (ENVOY_GATEWAY, "v1.9.1"): "h1:vAVp6/AlBXJ1aOhp1mxL7fNEzVEfjADUguUhm2wzxQY=",
    (SUBMARINER_OPERATOR, "v0.19.2"): "h1:HhhIlljPlCrXrCZ6ZLLE7M/SWGqmYswkI2Pjgyf4fjE=",
    (SUBMARINER_OPERATOR, "v0.24.0"): "h1:8MRasmAkC4jabNM5SILqkXxeaBfMrCUrjTecUxR6RgY=",
    (SUBMARINER, "v0.24.0"): "h1:PGSvO4ZYkK5GzZ066T9IB+72CmnjUvBa1HZFjll/hl8=",
    (MCS_API, "v0.1.0"): "h1:edDbg0oRGfXw8TmZjKYep06LcJLv/qcYLidejnUp0PM=",
    (MCS_API, "v0.2.0"): "h1:F8o/nIpQmog494Qwe94srDWjS3ltEu4y5IL9i3dB938=",
    (MCS_API, "v0.3.0"): "h1:LjRvgzjMrvO1904GP6XBJSnIX221DJMyQlZOYt9LAnM=",
    (MCS_API, "v0.4.1"): "h1:rUygPnCZVS5xiZCzAi54Ngs9on6UQr7MNfx4uJXR2kA=",
    (EXTERNAL_SECRETS, "v1.3.2"): "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
}


class Crds(NamedTuple):
    """CRD files of one module that make one version of one product."""

    product: str
    version: str
    module: str
    module_version: str
    folder: str
    files: tuple[str, ...] = ("*.yaml",)
    whole: bool = False
    """Whether the CRD objects themselves are kept too, because kgen puts them on a dedicated broker."""


# Envoy Gateway version: the Gateway API whose CRDs its charts bring (they name it), and what its go.mod requires.
ENVOY_GATEWAY_VERSIONS: Final[Mapping[str, tuple[str, str]]] = {
    "1.2.8": ("1.2.1", "v1.2.1"),
    "1.3.0": ("1.2.1", "v1.2.1"),
    "1.4.0": ("1.3.0", "v1.3.0"),
    "1.5.0": ("1.3.0", "v1.3.1-0.20250527223622-54df0a899c1c"),
    "1.6.2": ("1.4.1", "v1.4.1"),
    "1.7.0": ("1.4.1", "v1.4.1"),
    "1.8.0": ("1.5.1", "v1.5.1"),
    "1.9.1": ("1.6.1", "v1.6.1"),
}
CHANNELS: Final = ("standard", "experimental")
CRDS_CHART: Final = "charts/gateway-crds-helm/templates"


def _envoy_gateway_crds(version: str) -> str:
    """Where the chart keeps its CRDs, those of the Gateway API in one file and its own below: a subchart from 1.8 on."""
    return "charts/gateway-helm/charts/crds/crds" if _order(version) >= (1, 8) else "charts/gateway-helm/crds"


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


CRDS: Final[tuple[Crds, ...]] = (
    *(
        Crds(f"gateway-api/{channel}", version, GATEWAY_API, f"v{version}", f"config/crd/{channel}", ("gateway.*.yaml",))
        for version in ("1.2.1", "1.3.0", "1.5.1", "1.6.1")
        for channel in CHANNELS
    ),
    # What was released as v1.4.1, and what charts install, is not what the module of that version has below config/crd: the
    # redirect codes 303, 307 and 308 are in both channels, and the experimental one checks header values.
    *(
        Crds(f"gateway-api/{channel}", "1.4.1", ENVOY_GATEWAY, "v1.7.0", CRDS_CHART, (f"{channel}-gatewayapi-crds.yaml",))
        for channel in CHANNELS
    ),
    *(
        Crds(
            "envoy-gateway",
            version,
            ENVOY_GATEWAY,
            f"v{version}",
            f"{_envoy_gateway_crds(version)}/generated",
            ("gateway.envoyproxy.io_*.yaml",),
        )
        for version in ENVOY_GATEWAY_VERSIONS
    ),
    Crds("submariner", "0.19", SUBMARINER_OPERATOR, "v0.19.2", "config/crd/bases", ("submariner.io_*.yaml",)),
    Crds("submariner", "0.24", SUBMARINER_OPERATOR, "v0.24.0", "config/crd/bases", ("submariner.io_*.yaml",)),
    Crds(
        "submariner-broker",
        "0.24",
        SUBMARINER,
        "v0.24.0",
        "deploy/crds",
        ("submariner.io_clusters.yaml", "submariner.io_endpoints.yaml"),
        whole=True,
    ),
    *(
        Crds("mcs-api", version, MCS_API, f"v{version}", "config/crd", ("multicluster.x-k8s.io_*.yaml",), whole=True)
        for version in ("0.1.0", "0.2.0", "0.3.0", "0.4.1")
    ),
    Crds(
        "external-secrets",
        "1.3.2",
        EXTERNAL_SECRETS,
        "v1.3.2",
        "config/crds/bases",
        (
            "external-secrets.io_externalsecrets.yaml",
            "external-secrets.io_secretstores.yaml",
            "external-secrets.io_clustersecretstores.yaml",
        ),
    ),
)

# Submariner versions whose packages are not published where they can be checked: the next later real version without the fields
# that came after. Field paths are below `spec` and `status` alike; the fields of 0.14 and the required ones are in all.
SUBMARINER_DERIVED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("0.14", "0.15", "0.16", "0.17", "0.18"), "0.19"),
    **dict.fromkeys(("0.20", "0.21", "0.22", "0.23"), "0.24"),
}
SUBMARINER_SINCE: Final[Mapping[str, Mapping[str, str]]] = {
    "Submariner": {
        "nodeSelector": "0.15",
        "tolerations": "0.15",
        "haltOnCertificateError": "0.17",
        "clustersetIPCIDR": "0.19",
        "clustersetIPEnabled": "0.19",
        "hostedCluster": "0.20",
        "disableIntraClusterConnectivity": "0.22",
        "loadBalancerServiceAnnotations": "0.22",
        "ceIPSecUseOVNCertAuthMode": "0.23",
    },
    "ServiceDiscovery": {
        "nodeSelector": "0.15",
        "tolerations": "0.15",
        "haltOnCertificateError": "0.17",
        "clustersetIPCIDR": "0.19",
        "clustersetIPEnabled": "0.19",
        "clusterCIDR": "0.21",
    },
    "Broker": {"clustersetIPCIDRRange": "0.19", "clustersetIPEnabled": "0.19"},
}

Json = Any
Files = dict[str, bytes]


class Entry(NamedTuple):
    """One served version of one kind, in the order in which the index lists it."""

    group: str
    kind: str
    version: str
    content: dict[str, Json]
    whole: dict[str, Json] | None


class Origin(NamedTuple):
    """Where a product version came from: one line of VERSIONS."""

    product: str
    version: str
    package: str
    package_version: str
    digest: str
    path: str


# ---- schemas -------------------------------------------------------------------------------------------------------------------

# Keywords of an OpenAPI v3 structural schema, by what their value holds. One that is in none of these tables stops the run, so
# that nothing a new version brings is lost or taken for something else.
PROSE: Final = frozenset({"description", "example", "externalDocs", "title"})
SCHEMA_MAPS: Final = frozenset({"properties", "patternProperties"})
SCHEMAS: Final = frozenset({"items", "additionalProperties", "not"})
SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf"})
PLAIN: Final = frozenset(
    {
        "default",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "nullable",
        "pattern",
        "type",
        "uniqueItems",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-kubernetes-map-type",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
    }
)


def stripped(schema: Json, at: str = "") -> Json:
    """`schema` without prose and with `required` sorted; a property called `description` stays. ValueError for an unknown keyword."""
    if not isinstance(schema, dict):
        return schema  # additionalProperties: false
    out: dict[str, Json] = {}
    for keyword, value in schema.items():
        here = f"{at}/{keyword}"
        if keyword in PROSE:
            continue
        if keyword in SCHEMA_MAPS:
            out[keyword] = {name: stripped(below, f"{here}/{name}") for name, below in value.items()}
        elif keyword in SCHEMAS:
            out[keyword] = stripped(value, here)
        elif keyword in SCHEMA_LISTS:
            out[keyword] = [stripped(below, f"{here}/{number}") for number, below in enumerate(value)]
        elif keyword == "required":
            out[keyword] = sorted(value)
        elif keyword in PLAIN:
            out[keyword] = value
        else:
            raise ValueError(f"unknown keyword {here}")
    return out


def entries(crd: Mapping[str, Json], whole: bool) -> Iterator[Entry]:
    """The served versions of one CustomResourceDefinition."""
    spec = crd["spec"]
    for version in spec["versions"]:
        if not version["served"]:
            continue
        content = {
            "group": spec["group"],
            "kind": spec["names"]["kind"],
            "plural": spec["names"]["plural"],
            "scope": spec["scope"],
            "version": version["name"],
            "served": True,
            "storage": version["storage"],
            "deprecated": version.get("deprecated", False),
            "deprecationWarning": version.get("deprecationWarning"),
            "subresources": sorted(version.get("subresources", {})),
            "schema": stripped(version["schema"]["openAPIV3Schema"]),
        }
        yield Entry(content["group"], content["kind"], content["version"], content, dict(crd) if whole else None)


def derived(entry: Entry, version: str) -> Entry:
    """`entry` of a later Submariner version as `version` had it: without the fields that came after."""
    gone = {field for field, since in SUBMARINER_SINCE[entry.kind].items() if _order(since) > _order(version)}
    schema = entry.content["schema"]
    properties = dict(schema["properties"])
    for part in ("spec", "status"):
        below = properties[part]
        kept = {name: value for name, value in below.get("properties", {}).items() if name not in gone}
        if not gone.isdisjoint(below.get("required", ())):
            raise ValueError(f"{entry.kind} {version}: a field of {sorted(gone)} is required")
        properties[part] = {**below, "properties": kept} if "properties" in below else below
    return entry._replace(content={**entry.content, "schema": {**schema, "properties": properties}})


# ---- packages ------------------------------------------------------------------------------------------------------------------


def download(modules: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Path]:
    """The folders of the modules, after Go has checked them and their sums are those of the table."""
    folders: dict[tuple[str, str], Path] = {}
    with tempfile.TemporaryDirectory() as empty:
        for module, version in modules:
            run = subprocess.run(
                ["go", "mod", "download", "-json", f"{module}@{version}"], cwd=empty, check=False, capture_output=True, text=True
            )
            answer = json.loads(run.stdout or "{}")
            if run.returncode or "Error" in answer:
                raise SystemExit(f"{module}@{version}: {answer.get('Error') or run.stderr}")
            if answer["Sum"] != MODULES[module, version]:
                raise SystemExit(f"{module}@{version}: sum is {answer['Sum']}, pinned is {MODULES[module, version]}")
            folders[module, version] = Path(answer["Dir"])
    return folders


def load_yaml(path: Path) -> list[dict[str, Json]]:
    """The objects of a YAML file, read by ruamel.yaml's C parser; lines of a chart's template are left out."""
    from ruamel.yaml import YAML

    text = "".join(line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if not line.startswith("{{"))
    return [document for document in YAML(typ="safe").load_all(text) if document]


def crds_of(source: Crds, folder: Path) -> list[dict[str, Json]]:
    """The CustomResourceDefinitions that `source` names, by group and plural."""
    paths = sorted({path for pattern in source.files for path in (folder / source.folder).glob(pattern)})
    found = [document for path in paths for document in load_yaml(path) if document["kind"] == "CustomResourceDefinition"]
    if len(found) < len(source.files):
        raise SystemExit(f"{source.product} {source.version}: only {len(found)} CRDs in {source.folder}")
    return sorted(found, key=lambda crd: (crd["spec"]["group"], crd["spec"]["names"]["plural"]))


def check_gateway_api(folders: Mapping[tuple[str, str], Path], products: Mapping[tuple[str, str], list[Entry]]) -> None:
    """Stops unless each Envoy Gateway version requires, and ships in its charts, the Gateway API that the table says."""
    for version, (release, required) in ENVOY_GATEWAY_VERSIONS.items():
        key = (ENVOY_GATEWAY, f"v{version}")
        if f"\t{GATEWAY_API} {required}\n" not in (folders[key] / "go.mod").read_text(encoding="utf-8"):
            raise SystemExit(f"Envoy Gateway {version}: go.mod does not require {GATEWAY_API} {required}")
        charts = [("experimental", _envoy_gateway_crds(version), "gatewayapi-crds.yaml")]
        if (folders[key] / CRDS_CHART).is_dir():  # since 1.4
            charts += [(channel, CRDS_CHART, f"{channel}-gatewayapi-crds.yaml") for channel in CHANNELS]
        for channel, folder, file in charts:
            shipped = [entry for crd in crds_of(Crds("", "", *key, folder, (file,)), folders[key]) for entry in entries(crd, False)]
            if shipped != products[f"gateway-api/{channel}", release]:
                raise SystemExit(f"Envoy Gateway {version}: the CRDs of {folder}/{file} are not those of Gateway API {release} {channel}")


# ---- files ---------------------------------------------------------------------------------------------------------------------


def encoded(value: Json) -> bytes:
    """The one form in which JSON is written here: keys sorted, one space of indent, lists in their order."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


class Store:
    """Files by path; content that is already there gets the path it has."""

    def __init__(self) -> None:
        self.files: Files = {}
        self._paths: dict[bytes, str] = {}

    def add(self, path: str, value: Json) -> str:
        data = encoded(value)
        known = self._paths.setdefault(data, path)
        if self.files.setdefault(known, data) != data:
            raise SystemExit(f"two contents for {known}")
        return known


def build_crds(store: Store) -> tuple[dict[str, dict[str, list[dict[str, str]]]], list[Origin]]:
    """Adds the CRD files to `store`; gives their part of the index, and their origins."""
    folders = download(MODULES)
    products: dict[tuple[str, str], list[Entry]] = {}
    origins: list[Origin] = []
    for source in CRDS:
        key = (source.module, source.module_version)
        products[source.product, source.version] = [entry for crd in crds_of(source, folders[key]) for entry in entries(crd, source.whole)]
        path = "/".join((source.folder, *source.files)) if len(source.files) == 1 else source.folder
        origins.append(Origin(source.product, source.version, *key, MODULES[key], path))
    check_gateway_api(folders, products)
    for version, base in SUBMARINER_DERIVED.items():
        products["submariner", version] = [derived(entry, version) for entry in products["submariner", base]]
        source = next(source for source in CRDS if (source.product, source.version) == ("submariner", base))
        key = (source.module, source.module_version)
        origins.append(Origin("submariner", version, *key, MODULES[key], f"{source.folder} (derived)"))
    index: dict[str, dict[str, list[dict[str, str]]]] = {}
    # Products in the order of the table, versions in theirs: the first one that has a content gives the file its name.
    order = list(dict.fromkeys(source.product.partition("/")[0] for source in CRDS))
    for product, version in sorted(
        products, key=lambda key: (order.index(key[0].partition("/")[0]), _order(key[1]), key[0] != "gateway-api/standard")
    ):
        tag = "-".join((version, *product.split("/")[1:]))
        index.setdefault(product, {})[version] = [
            _store_entry(store, entry, tag) for entry in sorted(products[product, version], key=lambda entry: entry[:3])
        ]
    return index, origins


def _store_entry(store: Store, entry: Entry, tag: str) -> dict[str, str]:
    folder = f"crds/{entry.group}"
    row = {
        "group": entry.group,
        "kind": entry.kind,
        "version": entry.version,
        "file": store.add(f"{folder}/{entry.kind.lower()}-{entry.version}-{tag}.json", entry.content),
    }
    if entry.whole is not None:
        row["crd"] = store.add(f"{folder}/{entry.content['plural']}-{tag}.crd.json", entry.whole)
    return row


def index_text(index: Mapping[str, Mapping[str, Iterable[Mapping[str, str]]]]) -> bytes:
    """index.json: one line an entry, so that a change of a version reads as such."""
    products = []
    for product in sorted(index):
        versions = []
        for version in sorted(index[product], key=_order):
            rows = ",\n".join(f"   {json.dumps(row, ensure_ascii=False)}" for row in index[product][version])
            versions.append(f"  {json.dumps(version)}: [\n{rows}\n  ]")
        products.append(f" {json.dumps(product)}: {{\n" + ",\n".join(versions) + "\n }")
    return ("{\n" + ",\n".join(products) + "\n}\n").encode()


def versions_text(origins: Iterable[Origin]) -> bytes:
    """VERSIONS: a line a product version."""
    head = Origin("# product", "version", "package", "package version", "digest", "path in the package")
    rows = [head, *sorted(origins, key=lambda origin: (origin.product, _order(origin.version)))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows).encode()


def build() -> Files:
    """Every file that this script makes, by its path below this folder."""
    store = Store()
    index, origins = build_crds(store)
    return {**store.files, "index.json": index_text(index), "VERSIONS": versions_text(origins)}


def made_before(home: Path) -> set[str]:
    """The files below `home` that an earlier run made."""
    return {path.relative_to(home).as_posix() for name in ("crds", "kubernetes") for path in (home / name).rglob("*.json")}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    check = parser.parse_args(arguments).check
    files = build()
    changed = 0
    for path in sorted({*files, *made_before(HERE)}):
        target = HERE / path
        old, new = target.read_bytes() if target.is_file() else None, files.get(path)
        if old == new:
            continue
        changed += 1
        print(f"{'-' if new is None else '+' if old is None else '~'} {path}")
        if check:
            continue
        if new is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(new)
    print(
        f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB, {changed} {'differ' if check else 'changed'}", file=sys.stderr
    )
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
