"""The text of manifests, each printed once however many clusters it goes to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kgen.dump import dumps
from kgen.manifest import Manifest

# Characters of text kept before the older half is let go. An object held for its text costs about five times that text, and
# two halves are held, so this bounds the memory of sets in which clusters share nothing to some 25 MB.
KEPT: Final = 2_000_000


class Texts:
    """Prints manifests and keeps what may be asked for again, by identity: what clusters share is the same Manifest in each.

    Two halves: what was asked for since the last `turn`, and what was before it. A text that is in use moves on at every turn,
    one that belongs to a single cluster is let go two turns later. Each Manifest is held beside its text, so that no other
    object can take its identity.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._size = 0
        self._recent: dict[int, tuple[Manifest, str]] = {}
        self._older: dict[int, tuple[Manifest, str]] = {}

    def turn(self) -> None:
        """Called between clusters, so that at least the whole cluster before is remembered, however large it is."""
        if self._size > self._kept:
            self._older, self._recent, self._size = self._recent, {}, 0

    def of(self, manifests: Iterable[Manifest]) -> list[str]:
        """The YAML text of each, in the order given, ending with a newline and without `---`."""
        recent = self._recent
        texts = []
        for manifest in manifests:
            key = id(manifest)
            known = recent.get(key)
            if known is None:
                known = recent[key] = self._older.get(key) or (manifest, dumps(manifest.body))
                self._size += len(known[1])
            texts.append(known[1])
        return texts
