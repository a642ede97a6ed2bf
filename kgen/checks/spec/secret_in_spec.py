"""kgen never holds a secret: a value that looks like one is refused before it is committed, and never printed.

What is committed stays in the history for ever. For example a Secret with its password under `stringData`; instead, a placeholder such as
`${PASSWORD}` that a delivery engine fills in, or external-secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kgen.clusterset.model import ClusterSet, Filter, Patch, Route
from kgen.diagnostics import Code, Diagnostic, FieldPath

CODE: Final = Code("KG331", "secret-in-spec")
# The parts that a Secret keeps its values in.
VALUES: Final = ("data", "stringData")
# Three base64url parts, the first of which begins with `{"`: alone, or behind "Bearer ".
JWT: Final = r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{9,}\.[A-Za-z0-9_-]{9,}"

PEM_BEGIN: Final = "LS0tLS1CRUdJTi"  # "-----BEGIN " in base64, whatever follows


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    yield from _in_address(wish)
    for data, at, secret in _written(wish):
        for path, what in _secrets(data, secret):
            # The place is the item's, and no report shows its line: the value may stand in it.
            found = CODE.error(
                f"{path} looks like {what}; kgen holds no secret, and Git should not either",
                at,
                help="deliver it by external-secrets, SOPS or a placeholder such as ${NAME}; if it was ever committed, renew it",
            )
            yield found._replace(unquoted=True)


def _in_address(wish: ClusterSet) -> Iterator[Diagnostic]:
    """A user before the @ of the repository's address, with what may be a password or a token; ssh wants a user, and takes no password."""
    how = wish.delivery
    if how is None:
        return
    _, scheme, rest = how.repo_url.partition("://")
    user, at_sign, _ = rest.partition("/")[0].rpartition("@")
    if scheme and at_sign and (":" in user or not how.repo_url.startswith("ssh://")):
        yield CODE.error(
            "the address names a user, with what may be a password or a token; kgen holds no secret, and Git should not either",
            how.at / "repoURL",
            help="delete all before the @, and give the engine its credentials there; if it was ever committed, renew it",
        )._replace(unquoted=True)


def _written(wish: ClusterSet) -> Iterator[tuple[Any, FieldPath, bool]]:
    """What the author passes through, the place to name for it, and whether it is (part of) a Secret."""
    yield wish.submariner, FieldPath(("metadata", "name")), False
    for cluster in wish.clusters:
        yield cluster.submariner, FieldPath((*cluster.at, "name")), False
    proxies = [found.proxy for found in wish.gateway_classes] + [found.proxy for found in wish.gateways]
    yield from ((proxy.spec, proxy.at / "name", False) for proxy in proxies if proxy is not None)
    for items in (wish.services, wish.gateway_classes, wish.gateways, wish.routes):
        yield from ((item.annotations, item.at / "name", False) for item in items)
    yield from ((gateway.infrastructure, gateway.at / "name", False) for gateway in wish.gateways)
    yield from ((found.body, route.at / "name", False) for route in wish.routes for found in _filters(route))
    yield from ((override.merge, override.at / "name", False) for override in wish.overrides)
    for patch in wish.patches:
        # A target without a kind may be one of the join Secrets; nothing else that patches meet has such parts.
        yield from ((part, patch.at / "name", patch.target.kind in (None, "Secret")) for part in _parts(patch))
    yield from ((manifest.object, manifest.at / "name", False) for manifest in wish.manifests)


def _filters(route: Route) -> Iterator[Filter]:
    for rule in route.rules:
        yield from rule.filters or ()
        for ref in rule.backend_refs or ():
            yield from ref.filters or ()


def _parts(patch: Patch) -> Iterator[Any]:
    """What a patch sets, in the shape of the object that it changes."""
    if patch.merge is not None:
        yield patch.merge
    for operation in patch.json6902 or ():
        part = operation.get("value")
        for key in reversed(operation["path"].split("/")[1:]):
            part = {key: part}
        yield part


def _secrets(data: Any, secret: bool) -> Iterator[tuple[str, str]]:
    """The place, in the item's own words, and the sort of each value that looks like a secret; `secret`: the data is a Secret's."""
    todo: list[tuple[str, Any, bool, bool]] = [("", data, secret, False)]  # place, value, is it a Secret, is it a Secret's value
    while todo:
        path, value, whole, known = todo.pop()
        if isinstance(value, Mapping):
            whole = whole or value.get("kind") == "Secret"
            for key, inner in value.items():
                what = _looks_like(str(key), False)
                # A key may be the secret itself, and is not printed either.
                word = "(a key)" if what else str(key)
                place = f"{path}.{word}" if path else word
                if what:
                    yield place, what
                todo.append((place, inner, False, known or (whole and key in VALUES)))
        elif isinstance(value, list | tuple):
            todo += [(f"{path}[{index}]", inner, False, known) for index, inner in enumerate(value)]
        elif isinstance(value, str):
            what = _looks_like(value, known)
            if what:
                yield path, what


def _looks_like(text: str, known_place: bool) -> str:
    if "PRIVATE KEY-----" in text or (PEM_BEGIN in text and _is_encoded_key(text)):
        return "a private key"
    if "eyJ" in text and re.search(JWT, text):
        return "a token (JWT)"
    if known_place and text and not _is_placeholder(text):
        return "a secret value"
    return ""


def _is_encoded_key(text: str) -> bool:
    """Whether a private key stands in base64; a certificate, which begins alike, is public."""
    # Imported here: few specs have any PEM in base64.
    import binascii

    start = text.index(PEM_BEGIN)
    # The first line of any PEM, and no more: base64 may be broken into lines of 64.
    encoded = text[start : start + 48]
    try:
        return b"PRIVATE KEY" in binascii.a2b_base64(encoded[: len(encoded) // 4 * 4])
    except ValueError:
        return False  # no base64


def _is_placeholder(text: str) -> bool:
    """Whether a delivery engine fills it in: Flux postBuild's ${NAME}, SOPS' ENC[...], the Argo CD vault plugin's <...>."""
    return "${" in text or (text.startswith("ENC[") and text.endswith("]")) or (text.startswith("<") and text.endswith(">"))
