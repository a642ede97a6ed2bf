"""The pages that explain what is wrong with patches: the failing example fails with that code, the mended one builds and is patched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgen.pipeline import Build, Request, build

PAGES = sorted((Path(__file__).parents[2] / "kgen" / "explain").glob("KG52?.md"))


def built(page: Path, section: str, folder: Path) -> Build:
    block = re.search(rf"^## {section}\n```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    assert block is not None
    file = folder / "clusterset.yaml"
    file.write_text(block[1], encoding="utf-8")
    return build(Request(str(file)))


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_page(page: Path, tmp_path: Path) -> None:
    title = page.read_text(encoding="utf-8").splitlines()[0]
    fails = built(page, "Fails", tmp_path)
    assert [f"# {found.code} {found.slug}" for found in fails.diagnostics] == [title]
    assert all(found.at.file.endswith("clusterset.yaml") and str(found.at.path).startswith("spec.patches[") for found in fails.diagnostics)  # type: ignore[union-attr]
    mended = built(page, "Instead", tmp_path)
    assert not mended.diagnostics
    from_patch = [
        origin
        for cluster in mended.clusters
        for placed in mended.placements(cluster)
        for origin in placed.manifest.origins
        if origin.spec[:2] == ("spec", "patches")
    ]
    assert from_patch or page.stem == "KG522", "a removal leaves no value that could come from the patch"
