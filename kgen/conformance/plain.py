"""Says yes, fast, to the metadata that nearly all objects have; what it cannot say yes to is a matter for `kgen.conformance.metadata`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from kgen.conformance import names

Form = Callable[[str], list[str]]

# Both keys and values, in bytes, of all annotations together.
ANNOTATIONS: Final = 256 * 1024
KEPT: Final = 4096


class Known:
    """Texts that have been seen to have their form: asked once each, and kept in bounds."""

    __slots__ = ("_form", "texts")

    def __init__(self, form: Form) -> None:
        self._form = form
        self.texts: set[str] = set()

    def has(self, text: str) -> bool:
        """Whether a text that is not among `texts` has the form."""
        if self._form(text):
            return False
        if len(self.texts) < KEPT:
            self.texts.add(text)
        return True


@cache
def known(form: Form) -> Known:
    """The texts of a form."""
    return Known(form)


KEYS: Final = known(names.key)
VALUES: Final = known(names.value)
ANNOTATION_KEYS: Final = known(names.annotation_key)
NAMESPACES: Final = known(names.label)


def plain(metadata: Mapping[str, Any], namespaced: bool, objects: Known) -> bool:
    """Whether nothing at all is to be said of these metadata, whose types are right; `objects` are names of the kind's form."""
    size = 1
    name = metadata.get("name")
    if not name or (name not in objects.texts and not objects.has(name)):
        return False
    if namespaced:
        size = 2
        namespace = metadata.get("namespace")
        if not namespace or (namespace not in NAMESPACES.texts and not NAMESPACES.has(namespace)):
            return False
    if "labels" in metadata:
        size += 1
        keys, values = KEYS.texts, VALUES.texts
        for key, value in metadata["labels"].items():
            if (key not in keys and not KEYS.has(key)) or (value not in values and not VALUES.has(value)):
                return False
    if "annotations" in metadata:
        size += 1
        keys, total = ANNOTATION_KEYS.texts, 0
        for key, value in metadata["annotations"].items():
            if key not in keys and not ANNOTATION_KEYS.has(key):
                return False
            total += len(key) + len(value)
        if total * 4 > ANNOTATIONS:  # counted in characters, each of which is at most four bytes
            return False
    return len(metadata) == size
