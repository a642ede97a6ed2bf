"""kgen never holds a secret: a value that looks like one is refused before it is committed, and never printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic, FieldPath

CODE: Final = Code("KG331", "secret-in-spec")
BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\n")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    for data, at in _written(wish):
        for path, what in _secrets(data, at, isinstance(data, dict) and data.get("kind") == "Secret"):
            # The place is the item's, and no report shows its line: the value may stand in it.
            found = CODE.error(
                f"{path} looks like {what}; kgen holds no secret, and Git should not either",
                at,
                help="deliver it by external-secrets, SOPS or a placeholder such as ${NAME}; if it was ever committed, renew it",
            )
            yield found._replace(unquoted=True)


def _written(wish: ClusterSet) -> Iterator[tuple[Any, FieldPath]]:
    yield wish.submariner, FieldPath(("metadata", "name"))
    for cluster in wish.clusters:
        yield cluster.submariner, FieldPath((*cluster.at, "name"))
    proxies = [found.proxy for found in wish.gateway_classes] + [found.proxy for found in wish.gateways]
    yield from ((proxy.spec, proxy.at / "name") for proxy in proxies if proxy is not None)
    for items in (wish.services, wish.gateway_classes, wish.gateways, wish.routes):
        yield from ((item.annotations, item.at / "name") for item in items)
    yield from ((override.merge, override.at / "name") for override in wish.overrides)
    yield from ((patch.merge or patch.json6902, patch.at / "name") for patch in wish.patches)
    yield from ((manifest.object, manifest.at / "name") for manifest in wish.manifests)


def _secrets(data: Any, at: FieldPath, secret: bool) -> Iterator[tuple[str, str]]:
    """The place, in the item's own words, and the sort of each value that looks like a secret; `secret`: inside a Secret object."""
    todo: list[tuple[str, Any]] = [("", data)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            todo += [(f"{path}.{key}" if path else str(key), inner) for key, inner in value.items()]
        elif isinstance(value, list | tuple):
            todo += [(f"{path}[{index}]", inner) for index, inner in enumerate(value)]
        elif isinstance(value, str):
            what = _looks_like(value, secret and path.startswith(("data.", "stringData.")))
            if what:
                yield path, what


def _looks_like(text: str, known_place: bool) -> str:
    if "PRIVATE KEY-----" in text:
        return "a private key"
    parts = text.split(".")
    if text.startswith("eyJ") and len(parts) == 3 and all(len(part) > 8 and BASE64.issuperset(part) for part in parts):
        return "a token (JWT)"
    if known_place and text and "${" not in text:
        return "a secret value"
    return ""
