"""What stands in for the kubelet: it starts the program of a Deployment, DaemonSet or Job as the pod's container would be.

The program is the real one, built for this machine in place of the image. It is given the arguments, the environment and the mounted
Secrets and ConfigMaps that its object asks for, the token of its own ServiceAccount, and no other rights.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.e2e.cluster import PORT, Cluster, Json
from tests.e2e.lab import Program

ACCOUNT: Final = "/run/secrets/kubernetes.io/serviceaccount"


def run(
    cluster: Cluster,
    workload: Json,
    program: Path,
    node: str | None = None,
    pod_ip: str | None = None,
    arguments: Callable[[list[str]], list[str]] = lambda given: given,
    container: int = 0,
) -> Program:
    """Starts a workload's one pod on a node; `arguments` may change those that its container asks for."""
    pod = workload["spec"]["template"]["spec"]
    namespace = workload["metadata"]["namespace"]
    asked = pod["containers"][container]
    facts = {
        "metadata.namespace": namespace,
        "metadata.name": f"{workload['metadata']['name']}-0",
        "spec.nodeName": node or cluster.node,
        "status.podIP": pod_ip or cluster.address,
        "status.hostIP": cluster.address,
    }
    env = environment(asked, facts) | {"KUBERNETES_SERVICE_HOST": cluster.address, "KUBERNETES_SERVICE_PORT": str(PORT)}
    given = [expanded(each, env) for each in asked.get("args", ())]
    files = mounted(cluster, pod, asked, namespace, facts) | account(cluster, pod.get("serviceAccountName", "default"), namespace)
    files["/etc/hosts"] = cluster.hosts_file()
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return cluster.lab.contain(
        node or cluster.node, workload["metadata"]["name"], program, *arguments(given), files=files, env={"PATH": path, **env}
    )


def environment(container: Json, facts: Mapping[str, str]) -> dict[str, str]:
    """The environment that a container asks for. What is a resource of it (limits) is left out."""
    found: dict[str, str] = {}
    for each in container.get("env", ()):
        if "valueFrom" not in each:
            found[each["name"]] = expanded(each.get("value", ""), found)
        elif "fieldRef" in each["valueFrom"]:
            found[each["name"]] = facts.get(each["valueFrom"]["fieldRef"]["fieldPath"], "")
    return found


def expanded(text: str, env: Mapping[str, str]) -> str:
    """Text with each $(NAME) replaced, as the kubelet does."""
    return re.sub(r"\$\((\w+)\)", lambda match: env.get(match[1], match[0]), text)


def mounted(cluster: Cluster, pod: Json, container: Json, namespace: str, facts: Mapping[str, str]) -> dict[str, str | bytes]:
    """The files of the Secrets and ConfigMaps that a container mounts: path to content."""
    volumes = {each["name"]: each for each in pod.get("volumes", ())}
    found: dict[str, str | bytes] = {}
    for mount in container.get("volumeMounts", ()):
        root = re.sub("^/var/run/", "/run/", mount["mountPath"])
        for name, content in _content(cluster, volumes[mount["name"]], namespace).items():
            found[f"{root}/{name}"] = content
    return found


def _content(cluster: Cluster, volume: Any, namespace: str) -> dict[str, str | bytes]:
    if "secret" in volume:
        secret = cluster.has(f"Secret {volume['secret']['secretName']}", "secrets", namespace, volume["secret"]["secretName"])
        content: dict[str, str | bytes] = {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}
        return _items(volume["secret"], content)
    if "configMap" in volume:
        found = cluster.has(f"ConfigMap {volume['configMap']['name']}", "configmaps", namespace, volume["configMap"]["name"])
        return _items(volume["configMap"], dict(found.get("data") or {}))
    return {}


def _items(source: Any, content: dict[str, str | bytes]) -> dict[str, str | bytes]:
    return {each["path"]: content[each["key"]] for each in source["items"]} if "items" in source else content


def account(cluster: Cluster, name: str, namespace: str) -> dict[str, str | bytes]:
    """What a pod finds of its ServiceAccount."""
    return {
        f"{ACCOUNT}/token": cluster.token(name, namespace),
        f"{ACCOUNT}/ca.crt": cluster.authority,
        f"{ACCOUNT}/namespace": namespace,
    }
