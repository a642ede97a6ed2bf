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


def test_an_object_that_a_patch_broke_is_told_at_the_patchs_line(tmp_path: Path) -> None:
    page = next(page for page in PAGES if page.stem == "KG526")
    for change, path in (
        ("merge: {spec: {listeners: [{name: http, port: eighty}]}}", "spec.patches[0].merge.spec.listeners[0].port"),
        ("json6902: [{op: add, path: /spec/colour, value: red}]", "spec.patches[0].json6902[0].value"),
    ):
        text = re.sub(r"json6902: .*", change, page.read_text(encoding="utf-8"))
        file = tmp_path / "page.md"
        file.write_text(text, encoding="utf-8")
        done = built(file, "Fails", tmp_path)
        assert [str(found.at.path) for found in done.diagnostics] == [path]  # type: ignore[union-attr]
        assert all(found.code.startswith("KG50") for found in done.diagnostics)
