"""The error catalogue: every code has its page, every page its four sections, and docs/errors.md is what the pages say."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import kgen
from kgen.diagnostics import Code
from kgen.explain import pages

ROOT = Path(__file__).parents[2]
ERRORS = ROOT / "docs" / "errors.md"
NUMBERS = pages.numbers()


def codes() -> Iterator[tuple[Code, str]]:
    """Every Code constant of the package, with the module that defines it (a re-export is the same constant)."""
    seen: set[int] = set()
    for module in pkgutil.walk_packages(kgen.__path__, "kgen."):
        # Running the program is no part of looking at it; the tables are data.
        if module.name == "kgen.__main__" or ".tables." in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            for code in value.values() if isinstance(value, dict) else value if type(value) is tuple else (value,):
                if isinstance(code, Code) and id(code) not in seen:
                    seen.add(id(code))
                    yield code, module.name


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    raised = {code.number: code.slug for code, _ in codes()}
    assert raised == {page.number: page.slug for page in pages.pages()}


def test_numbers_and_slugs_are_unique() -> None:
    every = [(code.number, code.slug, module) for code, module in codes()]
    assert len({number for number, _, _ in every}) == len(every), sorted(every)
    assert len({slug for _, slug, _ in every}) == len(every), sorted(every, key=lambda one: one[1])


@pytest.mark.parametrize("number", NUMBERS)
def test_a_page_has_its_four_sections(number: str) -> None:
    page = pages.page(number)
    assert page is not None
    assert tuple(heading for heading, _ in page.sections) == pages.SECTIONS
    assert all(text for _, text in page.sections)
    assert page.text.endswith("```\n")
    examples = [page.example(heading) for heading in ("Fails", "Instead")]
    assert all(example is not None and example.language in ("yaml", "text") for example in examples)


def test_a_page_is_found_by_number_and_slug() -> None:
    for page in pages.pages():
        assert pages.find(page.number.lower()) == page
        assert pages.find(page.slug.upper()) == page


PAGE = """\
# KG900 an-example

## What
One | two.
Three.

More.

## Why
Because.

## Fails
```yaml
# not a heading
## nor this
a: 1
```

## Instead
```text
# still not
b
```
"""


def test_a_page_s_parts() -> None:
    page = pages.parse("KG900", PAGE)
    assert page.slug == "an-example"
    assert page.summary == "One | two. Three."
    assert page.example("Fails") == pages.Example("yaml", "# not a heading\n## nor this\na: 1\n")
    assert page.example("Instead") == pages.Example("text", "# still not\nb\n")
    assert page.example("Why") is None


def test_an_example_of_one_file_is_the_spec() -> None:
    assert pages.Example("yaml", "a: 1\n---\nb: 2\n").files() == (("clusterset.yaml",), {"clusterset.yaml": "a: 1\n---\nb: 2\n"})


def test_an_example_of_several_files() -> None:
    text = "# kgen build one.yaml --overlay over/two.yaml\n# one.yaml\na: 1\n# a comment\n---\n# over/two.yaml\nb: 2\n---\nc: 3\n"
    arguments, files = pages.Example("yaml", text).files()
    assert arguments == ("one.yaml", "--overlay", "over/two.yaml")
    assert files == {"one.yaml": "a: 1\n# a comment\n", "over/two.yaml": "b: 2\n---\nc: 3\n"}


@pytest.mark.parametrize("title", ["# KG901 an-example", "# KG900", "KG900 an-example", "# KG900 An example", ""])
def test_a_wrong_title_is_refused(title: str) -> None:
    with pytest.raises(ValueError, match=r"KG900\.md must begin with"):
        pages.parse("KG900", f"{title}\n\n## What\nx\n")


def test_the_catalogue_is_what_the_pages_say(request: pytest.FixtureRequest) -> None:
    """To mend it: pytest tests/explain --update-golden."""
    if request.config.getoption("--update-golden", default=False):
        ERRORS.write_text(pages.catalogue(), encoding="utf-8")
    assert ERRORS.read_text(encoding="utf-8") == pages.catalogue()


def test_headings_in_code_stay_as_they_are() -> None:
    text = pages.catalogue()
    assert text.count("\n## KG") == len(NUMBERS)
    assert text.count("\n### What\n") == len(NUMBERS)
