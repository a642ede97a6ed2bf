"""Whatever people and builds do to a folder in turn, no file that is not kgen's is ever changed or deleted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.write import Identity, Layout, apply
from tests.write.trees import EVERYONE, Spec, look, on_disk, parts

PATHS = ("10-broker/b.yaml", "60-manifests/a.yaml", "60-manifests/c.yaml")
TEXTS = ("1\n", "2\n")
CLUSTERS = ("east", "west")
TREES = st.dictionaries(st.sampled_from(CLUSTERS), st.dictionaries(st.sampled_from(PATHS), st.sampled_from(TEXTS), max_size=3), max_size=2)
LAYOUTS: tuple[Layout, ...] = ("stage", "cluster")
SPOTS = (
    *(f"clusters/{cluster}/{path}" for cluster in CLUSTERS for path in (*PATHS, "60-manifests/mine.yaml", "mine/x.yaml")),
    "clusters/east.yaml",
    "clusters/mine.yaml",
    "README",
)
STEPS = st.one_of(
    st.tuples(st.just("build"), TREES, st.sampled_from(LAYOUTS)),
    st.tuples(st.just("slice"), TREES, st.sampled_from(CLUSTERS)),
    st.tuples(st.just("write"), st.sampled_from(SPOTS), st.sampled_from((*TEXTS, "by hand\n"))),
    st.tuples(st.just("delete"), st.sampled_from(SPOTS)),
    st.tuples(st.just("lose index"), st.sampled_from(("clusters/east/.kgen-index", "clusters/west/.kgen-index"))),
)


class Folder:
    """A folder, and what kgen has written there: everything else is someone else's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout: Layout = "stage"
        self.own: dict[str, bytes] = {}

    def foreign(self) -> dict[str, bytes]:
        """The files that are not as kgen wrote them, or that it never wrote."""
        files = {path: text for path, text in on_disk(self.root).items() if isinstance(text, bytes)}
        return {path: text for path, text in files.items() if not path.endswith("kgen-index") and self.own.get(path) != text}

    def build(self, spec: Spec, layout: Layout, only: str) -> None:
        before, foreign = on_disk(self.root), self.foreign()
        changes = look(self.root, spec, Identity("shop", layout=layout), only=only, allow=EVERYONE)
        assert on_disk(self.root) == before, "a look writes nothing"
        if changes.diagnostics:
            return
        apply(changes)
        self.layout = layout
        wanted = {only: spec[only]} if only else spec
        made = {file.path: "".join(file.chunks).encode() for _, _, files in parts(wanted, layout) for file in files}
        after = on_disk(self.root)
        assert {path: after.get(path) for path in made} == made, "a build makes what it is to make"
        mended = {path for path, action in changes.files if action == "mend"}
        for path, text in foreign.items():
            # A listed file that was edited is kgen's to write anew; a file with the very text is taken over as it is.
            assert path in mended or after.get(path) == text, f"{path} was not kgen's"
        assert mended <= set(self.own), "only what kgen wrote is mended"
        self.own = {path: text for path, text in self.own.items() if path in after} | made
        assert not look(self.root, spec, Identity("shop", layout=layout), only=only, allow=EVERYONE).pending, "a second build is idle"

    def step(self, kind: str, *details: Any) -> None:
        path = self.root / str(details[0])
        if kind == "build":
            self.build(details[0], details[1], "")
        elif kind == "slice":
            self.build({details[1]: {}, **details[0]}, self.layout, details[1])
        elif kind == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(details[1])
        else:
            path.unlink(missing_ok=True)


@settings(max_examples=250)
@given(st.lists(STEPS, min_size=2, max_size=12))
def test_no_foreign_file_is_lost(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        state = Folder(Path(folder))
        for step in steps:
            state.step(*step)
