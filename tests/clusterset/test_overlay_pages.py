"""The pages that explain what is wrong with overlays: the failing example fails with that code, the mended one is merged.

A page's example is one or several files, each after a comment with its name; the comment at the top is the command.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgen.clusterset.overlay import load
from kgen.diagnostics import Rejected

PAGES = sorted((Path(__file__).parents[2] / "kgen" / "explain").glob("KG1[0-2]?.md"))
PAGES = [page for page in PAGES if page.stem[:4] == "KG10" or page.stem[:4] == "KG12"]


def example(page: Path, section: str, folder: Path) -> tuple[str, list[str]]:
    """Writes the files of a page's section; gives the spec and overlays of its command."""
    block = re.search(rf"^## {section}\n```yaml\n# kgen build (.*?)\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    assert block is not None
    for text in block[2].split("---\n"):
        name, _, body = text.partition("\n")
        file = folder / name.removeprefix("# ")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body, encoding="utf-8")
    spec, *overlays = [word for word in block[1].split() if word != "--overlay"]
    return spec, overlays


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Rejected) as caught:
        load(*example(page, "Fails", tmp_path))
    title = page.read_text(encoding="utf-8").splitlines()[0]
    assert {f"# {found.code} {found.slug}" for found in caught.value.diagnostics} == {title}
    assert load(*example(page, "Instead", tmp_path)).document.data["kind"] == "ClusterSet"
