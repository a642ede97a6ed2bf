"""The pages that explain what is wrong with overrides and selectors: the failing example fails with that code, the mended one does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgen import source
from kgen.clusterset.decode import decode
from kgen.clusterset.override import variants
from kgen.clusterset.selector import faults
from kgen.diagnostics import Diagnostic, Rejected

EXPLAIN = Path(__file__).parents[2] / "kgen" / "explain"
PAGES = sorted([*EXPLAIN.glob("KG11?.md"), *EXPLAIN.glob("KG13?.md")])


def found(page: Path, section: str) -> Iterator[Diagnostic]:
    block = re.search(rf"^## {section}\n```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    assert block is not None
    document = source.parse(block[1], "clusterset.yaml")
    wish = decode(document)
    for service in wish.services:
        yield from faults(service.export_from, wish.clusters)
    try:
        variants(document, wish)
    except Rejected as rejected:
        yield from rejected.diagnostics


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_page(page: Path) -> None:
    title = page.read_text(encoding="utf-8").splitlines()[0]
    assert {f"# {finding.code} {finding.slug}" for finding in found(page, "Fails")} == {title}
    assert not list(found(page, "Instead"))
