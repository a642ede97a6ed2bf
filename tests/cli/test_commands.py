"""The table of commands, their help, and the small commands that need no build."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import NamedTuple, Protocol

import click
import pytest

from kgen.cli import entry, init
from kgen.release import VERSION

ROOT = Path(__file__).parents[2]


# What the commands share, and the two ways that lead out of `build`.
SHARED = {"__init__", "entry", "console", "options", "subctl", "empty", "stream", "folder", "shown", "slices", "asked", "resource_list"}


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


class Invoke(Protocol):
    def __call__(self, *arguments: str) -> Outcome: ...


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Invoke:
    """Runs a command in this process, as `main` does."""

    def run(*arguments: str) -> Outcome:
        code = entry.run(arguments)
        return Outcome(code, *capsys.readouterr())

    return run


def test_the_table_is_the_folder() -> None:
    files = {path.stem for path in (ROOT / "kgen" / "cli").glob("*.py")} - SHARED
    assert set(entry.COMMANDS.values()) == {f"kgen.cli.{name.replace('-', '_')}" for name in files}
    for name in entry.COMMANDS:
        command = entry.kgen.get_command(click.Context(entry.kgen), name)
        assert command is not None
        assert command.name == name


def test_the_version_is_the_package_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


@pytest.mark.parametrize("name", list(entry.COMMANDS))
def test_every_help_has_an_example_and_describes_every_option(name: str, invoke: Invoke) -> None:
    result = invoke(name, "--help")
    assert result.code == 0
    assert f"Example: kgen {name}" in result.out
    command = entry.kgen.get_command(click.Context(entry.kgen), name)
    assert command is not None
    for option in command.params:
        assert not isinstance(option, click.Option) or option.help, f"{option.name} has no help"


def test_the_group_lists_commands_in_the_order_of_a_day(invoke: Invoke) -> None:
    output = invoke("--help").out
    listed = [line.split()[0] for line in output.split("Commands:\n")[1].splitlines() if line.startswith("  ") and line[2] != " "]
    assert listed == list(entry.COMMANDS)
    assert "..." not in output.split("Commands:\n")[1], "a short help is cut"


@pytest.mark.parametrize("code", ["KG110", "kg110", "unknown-member", "Unknown-Member"])
def test_explain_takes_number_and_slug(code: str, invoke: Invoke) -> None:
    result = invoke("explain", code)
    assert result.code == 0
    assert result.out == (ROOT / "kgen" / "explain" / "KG110.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("KG1100", "KG110 unknown-member"),
        ("unknown-membr", "near it: KG110 unknown-member"),
        ("member", "KG110 unknown-member"),
        ("../pages", "no code '../pages'"),
        ("", "no code ''"),
    ],
)
def test_explain_names_the_nearest(code: str, words: str, invoke: Invoke) -> None:
    result = invoke("explain", code)
    assert result.code == 2
    assert words in result.err


def test_explain_alone_lists_all(invoke: Invoke) -> None:
    lines = invoke("explain").out.splitlines()
    assert "KG110 unknown-member" in lines
    assert lines == sorted(lines)


def test_schema_is_the_bundled_file(invoke: Invoke) -> None:
    output = invoke("schema").out
    assert json.loads(output)["$id"].endswith("clusterset-v1alpha1.json")
    assert output == (ROOT / "schemas" / "clusterset-v1alpha1.json").read_text(encoding="utf-8")


def test_init_writes_once(tmp_path: Path, invoke: Invoke) -> None:
    path = tmp_path / "clusterset.yaml"
    result = invoke("init", str(tmp_path))
    assert (result.code, result.out) == (0, "")
    assert path.read_text(encoding="utf-8") == init.FIRST_SPEC
    path.write_text("mine")
    result = invoke("init", str(path))
    assert result.code == 2
    assert "exists already, and is left as it is" in result.err
    assert path.read_text() == "mine"
