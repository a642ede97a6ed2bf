"""docs/reference.md is what the schema says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from kgen.schema import schema

DOCS = Path(__file__).parents[2] / "docs"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGE = (DOCS / "reference.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    assert generator().reference(schema()) == PAGE, "run `python docs/reference.py`"


def test_every_map_has_a_section_and_every_link_leads_to_one() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert len(headings) == len({heading.lower() for heading in headings})
    maps = {name for name, rule in schema()["$defs"].items() if any("properties" in form for form in (rule, *rule.get("anyOf", ())))}
    assert set(headings) == {"ClusterSet", *maps}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= {heading.lower() for heading in headings}


def test_every_row_has_three_cells() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert all(len(re.split(r"(?<!\\)\|", row)) == 5 for row in rows)
