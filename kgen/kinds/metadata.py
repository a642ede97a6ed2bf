"""The metadata of an object that carries its author's labels and annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def metadata(name: str, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> dict[str, Any]:
    """`namespace` is "" for a cluster-scoped object; empty labels and annotations are left out."""
    found: dict[str, Any] = {"name": name}
    if namespace:
        found["namespace"] = namespace
    if labels:
        found["labels"] = dict(labels)
    if annotations:
        found["annotations"] = dict(annotations)
    return found
