"""A pod's volumes: one source each, and what each source needs.

Source: pkg/apis/core/validation ValidateVolumes, validateVolumeSource (1.36.3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.conformance.metadata import labels
from kgen.conformance.metadata import notes as note_rules
from kgen.conformance.plain import ANNOTATIONS
from kgen.conformance.pods.references import downward_file, inside, mode
from kgen.conformance.pods.security import descending, no_way_up
from kgen.conformance.quantities import amount
from kgen.conformance.selectors import selector
from kgen.diagnostics import FieldPath
from kgen.records import NamedTuple

Body = Mapping[str, Any]

# Old sources whose only rule is that these are given.
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "awsElasticBlockStore": ("volumeID",),
    "azureFile": ("secretName", "shareName"),
    "cephfs": ("monitors",),
    "cinder": ("volumeID",),
    "flexVolume": ("driver",),
    "gcePersistentDisk": ("pdName",),
    "gitRepo": ("repository",),
    "glusterfs": ("endpoints", "path"),
    "nfs": ("server", "path"),
    "persistentVolumeClaim": ("claimName",),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "rbd": ("monitors", "image"),
    "scaleIO": ("gateway", "system", "volumeName"),
    "secret": ("secretName",),
    "configMap": ("name",),
    "storageos": ("volumeName",),
    "vsphereVolume": ("volumePath",),
}
# In the order in which the API server looks: the first that is there is the one.
SOURCES: Final = (
    *("emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi", "glusterfs", "flocker"),
    *("persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc", "flexVolume", "configMap", "azureFile"),
    *("vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos", "projected", "scaleIO", "csi", "ephemeral"),
    "image",
)
HOST_PATHS: Final = ("BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
ISCSI: Final = {
    "iqn": re.compile(r"iqn\.[0-9]{4}-[0-9]{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\t\n\f\r ]+)\Z"),
    "eui": re.compile("eui.[A-Za-z0-9]{16}"),
    "naa": re.compile("naa.[A-Za-z0-9]{32}"),
}
PULLS: Final = ("Always", "IfNotPresent", "Never")
MODES: Final = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
KEY_TYPES: Final = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")
DAY: Final = 24 * 60 * 60


class Look(NamedTuple):
    """What a source's rules are told."""

    minor: int
    found: Found
    volume: Body


def volumes(given: Iterable[Body], minor: int, found: Found, at: FieldPath) -> dict[str, Body]:
    """The volumes by name, those alone that are right."""
    right: dict[str, Body] = {}
    for number, volume in enumerate(given):
        here, name = at / number, volume.get("name") or ""
        mine = Found()
        source(volume, Look(minor, mine, volume), here)
        if not name:
            mine.required(here / "name")
        else:
            mine.malformed(here / "name", name, names.label(name))
        if name in right:
            mine.duplicate(here / "name", name)
        if not mine.findings:
            right[name] = volume
        for each in mine.findings:
            found.add(*each)
    return right


def source(volume: Body, look: Look, at: FieldPath) -> None:
    kinds = [key for key in SOURCES if volume.get(key) is not None]
    if "image" in kinds and not on("ImageVolume", look.minor):
        return  # such a volume is dropped with all its mounts
    for key in kinds[1:]:
        look.found.broken(at / key, "may not specify more than 1 volume type")
    if kinds:
        judge(kinds[0], volume[kinds[0]], look, at / kinds[0])
    if (given := volume.get("emptyDir")) is not None and given.get("sizeLimit") is not None and amount(given["sizeLimit"]) < 0:
        look.found.outside(at / "emptyDir" / "sizeLimit", None, "SizeLimit field must be a valid resource quantity")
    portal = volume.get("iscsi") or {}
    if portal.get("initiatorName") is not None and names.too_long(f"{volume.get('name') or ''}:{portal.get('targetPortal') or ''}", 64):
        words = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."
        look.found.broken(at / "name", words, volume.get("name"))


def judge(kind: str, given: Body, look: Look, at: FieldPath) -> None:
    """The rules of one source."""
    for key in NEEDS.get(kind, ()):
        if not given.get(key):
            look.found.required(at / key)
    if kind in MORE:
        MORE[kind](given, look, at)


def host_path(given: Body, look: Look, at: FieldPath) -> None:
    if not given.get("path"):
        look.found.required(at / "path")
        return
    no_way_up(given["path"], look.found, at / "path")
    if given.get("type"):
        look.found.among(at / "type", given["type"], HOST_PATHS)


def git_repo(given: Body, look: Look, at: FieldPath) -> None:
    descending(given.get("directory") or "", look.found, at / "directory")


def disk(given: Body, look: Look, at: FieldPath) -> None:
    if not 0 <= (given.get("partition") or 0) <= 255:
        look.found.outside(at / "partition", given["partition"], "must be between 1 and 255, inclusive")


def files(given: Body, look: Look, at: FieldPath) -> None:
    """A Secret or a ConfigMap, as files."""
    mode(given.get("defaultMode"), look.found, at / "defaultMode")
    for number, each in enumerate(given.get("items") or ()):
        item(each, look.found, at / "items" / number)


def item(given: Body, found: Found, at: FieldPath) -> None:
    for key in ("key", "path"):
        if not given.get(key):
            found.required(at / key)
    inside(given.get("path") or "", found, at / "path")
    mode(given.get("mode"), found, at / "mode")


def nfs(given: Body, look: Look, at: FieldPath) -> None:
    if given.get("path") and not given["path"].startswith("/"):
        look.found.malformed(at / "path", given["path"], ["must be an absolute path"])


def iscsi(given: Body, look: Look, at: FieldPath) -> None:
    for key in ("targetPortal", "iqn"):
        if not given.get(key):
            look.found.required(at / key)
    for key in ("iqn", "initiatorName"):
        name = given.get(key)
        if name or (key == "initiatorName" and name is not None):
            form = ISCSI.get(name[:3])
            if form is None:
                look.found.malformed(at / key, name, ["must be valid format starting with iqn, eui, or naa"])
            elif not (form.search(name) if name.startswith("iqn") else form.fullmatch(name)):
                look.found.malformed(at / key, name, ["must be valid format"])
    look.found.between(at / "lun", given.get("lun") or 0, 0, 255)
    if (given.get("chapAuthDiscovery") or given.get("chapAuthSession")) and given.get("secretRef") is None:
        look.found.required(at / "secretRef")


def flocker(given: Body, look: Look, at: FieldPath) -> None:
    name, uuid = given.get("datasetName") or "", given.get("datasetUUID") or ""
    if not name and not uuid:
        look.found.broken(at, "one of datasetName and datasetUUID is required")
    if name and uuid:
        look.found.broken(at, "resource: datasetName and datasetUUID can not be specified simultaneously")
    if "/" in name:
        look.found.malformed(at / "datasetName", name, ["must not contain '/'"])


def named_secret(given: Body, look: Look, at: FieldPath) -> None:
    if given.get("secretRef") is not None and not given["secretRef"].get("name"):
        look.found.required(at / "secretRef" / "name")


def quobyte(given: Body, look: Look, at: FieldPath) -> None:
    pairs = "must be a host:port pair or multiple pairs separated by commas"
    registry = given.get("registry") or ""
    if not registry:
        look.found.required(at / "registry", pairs)
    elif len((given.get("tenant") or "").encode()) >= 65:
        look.found.long(at / "tenant", 64)
    else:
        if not all(map(host_and_port, registry.split(","))):
            look.found.malformed(at / "registry", registry, [pairs])
    if not given.get("volume"):
        look.found.required(at / "volume")


def host_and_port(text: str) -> bool:
    """Whether Go's net.SplitHostPort takes a text."""
    host, colon, port = text.rpartition(":")
    if host.startswith("["):
        return bool(colon) and host.endswith("]") and "[" not in host[1:] and "]" not in host[:-1] and "[" not in port and "]" not in port
    return bool(colon) and not any(letter in host + port for letter in ":[]")


def downward(given: Body, look: Look, at: FieldPath) -> None:
    mode(given.get("defaultMode"), look.found, at / "defaultMode")
    for number, each in enumerate(given.get("items") or ()):
        downward_file(each, look.found, at / "items" / number)


def fibre(given: Body, look: Look, at: FieldPath) -> None:
    targets, wide, lun = given.get("targetWWNs"), given.get("wwids"), given.get("lun")
    if not targets and not wide:
        look.found.required(at / "targetWWNs", "must specify either targetWWNs or wwids, but not both")
    if targets and wide:
        look.found.broken(at / "targetWWNs", "targetWWNs and wwids can not be specified simultaneously")
    if targets and lun is None:
        look.found.required(at / "lun", "lun is required if targetWWNs is specified")
    elif targets:
        look.found.between(at / "lun", lun or 0, 0, 255)


def flex(given: Body, look: Look, at: FieldPath) -> None:
    for key in given.get("options") or ():
        if f".{key.partition('/')[0].lower()}".endswith((".kubernetes.io", ".k8s.io")):
            look.found.broken(at / "options" / key, "kubernetes.io and k8s.io namespaces are reserved", key)


def azure_disk(given: Body, look: Look, at: FieldPath) -> None:
    for key in ("diskName", "diskURI"):
        if not given.get(key):
            look.found.required(at / key)
    for key, values in (("cachingMode", ("None", "ReadOnly", "ReadWrite")), ("kind", ("Dedicated", "Managed", "Shared"))):
        if given.get(key) is not None and given[key] not in values:
            look.found.unsupported(at / key, given[key], values)
    kind, uri = given.get("kind") or "Shared", given.get("diskURI") or ""
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        wanted = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
        look.found.malformed(at / "diskURI", uri, [f"must be {wanted}"])
    elif kind != "Managed" and not uri.startswith("https://"):
        look.found.malformed(at / "diskURI", uri, ["must be https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"])


def storage_os(given: Body, look: Look, at: FieldPath) -> None:
    for key in ("volumeName", "volumeNamespace"):
        if given.get(key):
            look.found.malformed(at / key, given[key], names.label(given[key]))
    named_secret(given, look, at)


def csi(given: Body, look: Look, at: FieldPath) -> None:
    driver = given.get("driver") or ""
    if not driver:
        look.found.required(at / "driver")
    else:
        if names.too_long(driver, 63):
            look.found.long(at / "driver", 63)
        look.found.malformed(at / "driver", driver, names.subdomain(driver.lower()))
    secret = given.get("nodePublishSecretRef")
    if secret is not None:
        if not secret.get("name"):
            look.found.required(at / "nodePublishSecretRef" / "name")
        else:
            look.found.malformed(at / "nodePublishSecretRef" / "name", secret["name"], names.subdomain(secret["name"]))


def image(given: Body, look: Look, at: FieldPath) -> None:
    if given.get("pullPolicy"):
        look.found.among(at / "pullPolicy", given["pullPolicy"], PULLS)


def projected(given: Body, look: Look, at: FieldPath) -> None:
    """Several sources in one folder, whose paths must differ."""
    found, taken = look.found, set[str]()
    mode(given.get("defaultMode"), found, at / "defaultMode")

    def take(path: str, place: FieldPath) -> None:
        if path in taken:
            found.broken(place, "conflicting duplicate paths", path)
        taken.add(path)

    for number, each in enumerate(given.get("sources") or ()):
        here, kinds = at / "sources" / number, 0
        for key in ("secret", "configMap"):
            if (part := each.get(key)) is not None:
                kinds += 1
                if not part.get("name"):
                    found.required(here / key / "name")
                for index, entry in enumerate(part.get("items") or ()):
                    item(entry, found, here / key / "items" / index)
                    if entry.get("path"):
                        take(entry["path"], here / key / "items" / index / "path")
        if (part := each.get("downwardAPI")) is not None:
            kinds += 1
            for index, entry in enumerate(part.get("items") or ()):
                downward_file(entry, found, here / "downwardAPI" / "items" / index)
                if entry.get("path"):
                    take(entry["path"], here / "downwardAPI" / "items" / index / "path")
        if (part := each.get("serviceAccountToken")) is not None:
            kinds += 1
            token(part, look.minor, found, here / "serviceAccountToken")
        if (part := each.get("clusterTrustBundle")) is not None and on("ClusterTrustBundleProjection", look.minor):
            kinds += 1
            bundle(part, found, here / "clusterTrustBundle")
            take(part.get("path") or "", here / "clusterTrustBundle" / "path")
        if (part := each.get("podCertificate")) is not None and on("PodCertificateRequest", look.minor):
            kinds += 1
            certificate(part, found, here / "podCertificate")
            for key in ("credentialBundlePath", "keyPath", "certificateChainPath"):
                if part.get(key):
                    take(part[key], here / "podCertificate" / key)
        if kinds > 1:
            found.broken(here, "may not specify more than 1 volume type per source")


def token(given: Body, minor: int, found: Found, at: FieldPath) -> None:
    seconds = given.get("expirationSeconds")
    if seconds is not None and seconds < 600:
        found.outside(at / "expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
    if seconds is not None and seconds > 1 << 32:
        found.outside(at / "expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")
    if not given.get("path"):
        found.required(at / "path")
    elif on("paths of projected tokens", minor):
        inside(given["path"], found, at / "path")


def bundle(given: Body, found: Found, at: FieldPath) -> None:
    """Trusted certificates (validateProjectionSources)."""
    name, signer = given.get("name"), given.get("signerName")
    if name is not None and signer is not None:
        found.broken(at, "only one of name and signerName may be used")
    elif name is not None:
        if not name:
            found.required(at / "name", "must be a valid object name")
        else:
            found.malformed(at / "name", name, names.subdomain(name.rpartition(":")[2]))
        if given.get("labelSelector") is not None:
            found.broken(at / "labelSelector", "labelSelector must be unset if name is specified")
    elif signer is not None:
        if not signer:
            found.required(at / "signerName", "must be a valid signer name")
        else:
            found.malformed(at / "signerName", signer, names.signer(signer))
        selector(given.get("labelSelector"), found, at / "labelSelector")
    else:
        found.broken(at, "either name or signerName must be specified")
    if not given.get("path"):
        found.required(at / "path")
    inside(given.get("path") or "", found, at / "path")


def certificate(given: Body, found: Found, at: FieldPath) -> None:
    """A certificate that is made for the pod (validateProjectionSources)."""
    signer = given.get("signerName") or ""
    if not signer:
        found.required(at / "signerName")
    else:
        found.malformed(at / "signerName", signer, names.signer(signer))
    notes = given.get("userAnnotations") or {}
    for key in notes:
        found.malformed(
            at / "userAnnotations" / key, key, names.annotation_key(key) or ([] if "/" in key else ["must be a domain-prefixed key"])
        )
    if sum(len(key.encode()) + len(value.encode()) for key, value in notes.items()) > ANNOTATIONS:
        found.long(at / "userAnnotations", ANNOTATIONS)
    if given.get("keyType") not in KEY_TYPES:
        found.unsupported(at / "keyType", given.get("keyType") or "", KEY_TYPES)
    seconds = given.get("maxExpirationSeconds")
    if seconds is not None:
        domain = signer.partition("/")[0]
        most = DAY if f".{domain}".endswith(".kubernetes.io") else 91 * DAY
        if seconds < 3600:
            found.outside(at / "maxExpirationSeconds", seconds, "if provided, maxExpirationSeconds must be >= 3600")
        if seconds > most:
            found.outside(at / "maxExpirationSeconds", seconds, f"if provided, maxExpirationSeconds must be <= {most}")
    paths = [key for key in ("credentialBundlePath", "keyPath", "certificateChainPath") if given.get(key)]
    for key in paths:
        inside(given[key], found, at / key)
    if not paths:
        found.broken(at, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath")


def ephemeral(given: Body, look: Look, at: FieldPath) -> None:
    template, here = given.get("volumeClaimTemplate"), at / "volumeClaimTemplate"
    if template is None:
        look.found.required(here)
        return
    metadata = template.get("metadata") or {}
    note_rules(metadata.get("annotations") or {}, look.found, here / "metadata" / "annotations")
    labels(metadata.get("labels") or {}, look.found, here / "metadata" / "labels")
    for key, value in metadata.items():
        if key not in ("annotations", "labels") and value not in (None, "", [], {}, 0):
            look.found.broken(here / "metadata" / key, "cannot be set")
    claim(template.get("spec") or {}, look.minor, look.found, here / "spec")


def claim(spec: Body, minor: int, found: Found, at: FieldPath) -> None:
    """What a claim on storage asks for (ValidatePersistentVolumeClaimSpec)."""
    modes = spec.get("accessModes") or ()
    if not modes:
        found.required(at / "accessModes", "at least 1 access mode is required")
    selector(spec.get("selector"), found, at / "selector")
    for number, each in enumerate(modes):
        if each not in MODES:
            found.unsupported(at / "accessModes" / number, each, MODES)
    if "ReadWriteOncePod" in modes and len(set(modes) & set(MODES)) > 1:
        found.broken(at / "accessModes", "may not use ReadWriteOncePod with other access modes")
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        found.required(at / "resources" / "requests" / "storage")
    elif amount(requests["storage"]) <= 0:
        found.outside(at / "resources" / "requests" / "storage", None, "must be greater than zero")
    if spec.get("storageClassName"):
        found.malformed(at / "storageClassName", spec["storageClassName"], names.subdomain(spec["storageClassName"]))
    if spec.get("volumeMode") is not None and spec["volumeMode"] not in ("Block", "Filesystem"):
        found.unsupported(at / "volumeMode", spec["volumeMode"], ("Block", "Filesystem"))
    if spec.get("volumeAttributesClassName") and on("VolumeAttributesClass", minor):
        value = spec["volumeAttributesClassName"]
        found.malformed(at / "volumeAttributesClassName", value, names.subdomain(value))
    one, two = spec.get("dataSource"), spec.get("dataSourceRef")
    for key, given in (("dataSource", one), ("dataSourceRef", two)):
        if given is not None:
            data_source(given, minor, found, at / key)
    if one is not None and two is not None and not same_source(one, two):
        found.broken(at / "dataSource", "must match dataSourceRef")


def data_source(given: Body, minor: int, found: Found, at: FieldPath) -> None:
    for key in ("name", "kind"):
        if not given.get(key):
            found.required(at / key)
    group = given.get("apiGroup") or ""
    if not group and given.get("kind") != "PersistentVolumeClaim":
        found.broken(at, "must be 'PersistentVolumeClaim' when referencing the default apiGroup", given.get("kind"))
    if group and on("apiGroup of a dataSource", minor):
        found.malformed(at / "apiGroup", group, names.subdomain(group))


def same_source(one: Body, two: Body) -> bool:
    return one.get("apiGroup") == two.get("apiGroup") and all((one.get(key) or "") == (two.get(key) or "") for key in ("kind", "name"))


MORE: Final[Mapping[str, Callable[[Body, Look, FieldPath], None]]] = {
    "awsElasticBlockStore": disk,
    "azureDisk": azure_disk,
    "cinder": named_secret,
    "configMap": files,
    "csi": csi,
    "downwardAPI": downward,
    "ephemeral": ephemeral,
    "fc": fibre,
    "flexVolume": flex,
    "flocker": flocker,
    "gcePersistentDisk": disk,
    "gitRepo": git_repo,
    "hostPath": host_path,
    "image": image,
    "iscsi": iscsi,
    "nfs": nfs,
    "projected": projected,
    "quobyte": quobyte,
    "secret": files,
    "storageos": storage_os,
}
