"""The examples of every page are run: what Fails yields the page's code, what Instead does not, and is in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.explain import pages
from kgen.manifests import Request as Manifests
from kgen.manifests import validate
from kgen.pipeline import Request, build

# No spec can show these: files that are no text, an empty output. What is wrong with a tree on disk
# (KG450, KG551-KG574) or inside an engine (KG600-KG629) is shown as commands, which tests/write and tests/engines run.
UNRUN = ["KG001", "KG002", "KG003", "KG005", "KG590"]
PAGES = {page.number: page for page in pages.pages()}


def examples(language: str) -> list[str]:
    """The pages whose failing example is in a language: `yaml` is files that can be run, `text` is for what they cannot show."""
    return [number for number, page in PAGES.items() if (found := page.example("Fails")) is not None and found.language == language]


def codes(example: pages.Example | None) -> set[str]:
    """What a build finds in an example's files, in the folder that is the working one."""
    assert example is not None
    assert example.language == "yaml"
    arguments, files = example.files()
    for name, text in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if example.command == "validate":
        return {one.code for one in validate(Manifests(arguments)).diagnostics}
    return {one.code for one in build(request(list(arguments))).diagnostics}


def request(arguments: list[str]) -> Request:
    """A command line's Request; a block that the lock lacks is fine unless the line says --locked."""
    locked = "--locked" in arguments
    words = iter([word for word in arguments if word != "--locked"])
    asked = Request(next(words), unlocked="error" if locked else "written")
    for option, value in zip(words, words, strict=True):
        asked = asked._replace(**{"--overlay": {"overlays": (*asked.overlays, value)}, "--cluster": {"cluster": value}}[option])
    return asked


@pytest.mark.parametrize("number", examples("yaml"))
def test_what_fails_yields_the_code(number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert number in codes(PAGES[number].example("Fails"))


@pytest.mark.parametrize("number", examples("yaml"))
def test_what_is_mended_is_in_order(number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert codes(PAGES[number].example("Instead")) == set()


def test_few_pages_show_what_cannot_be_run() -> None:
    """What is not run is listed, so that nobody marks an example as text to be rid of this test."""
    assert [
        number for number in examples("text") if not (number == "KG450" or "KG551" <= number <= "KG574" or "KG600" <= number <= "KG629")
    ] == UNRUN
