"""The program as a shell sees it: exit codes, what goes to which stream, and what happens when a stream goes away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


def kgen(*arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "kgen", *arguments],
        capture_output=True,
        cwd=cwd,
        env={**ENVIRONMENT, **(env or {})},
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("biuld",), "no command 'biuld'; did you mean build?"),
        (("build", "-o", ""), "-o is empty: name a folder"),
        (
            ("build", "examples/seed", "-o", "none", "--layout", "cluster", "--kustomization"),
            "layout cluster has none: choose another --layout",
        ),
        (("init", "-"), "init writes a file: name it"),
        (("zzz",), "no command 'zzz'; there are init, validate,"),
        (("--zzz",), "No such option"),
        (("version", "extra"), "Got unexpected extra argument"),
        (("explain", "KG0"), "no code 'KG0'"),
        (("completion", "tcsh"), "'tcsh' is not one of"),
        (("build",), "there is no clusterset.yaml here: name the spec, or write a first one with `kgen init`"),
        (("validate",), "there is no clusterset.yaml here"),
        (("validate", "--format", "yaml"), "'yaml' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_usage_exits_2_and_says_why(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    outcome = kgen(*arguments, cwd=tmp_path)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err


def test_without_a_command_the_help_is_shown() -> None:
    outcome = kgen()
    assert outcome.code == 2
    assert "kgen build -o out" in outcome.err


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {"LC_ALL": "POSIX", "PYTHONIOENCODING": "latin-1"}],
    ids=["C", "C, not coerced", "latin-1"],
)
def test_any_locale_and_no_home(locale: dict[str, str], tmp_path: Path) -> None:
    """UTF-8 whatever the locale, on both streams, and nothing is asked of a home folder."""
    kgen("init", cwd=tmp_path)
    with (tmp_path / "clusterset.yaml").open("a", encoding="utf-8") as file:
        file.write("  名: 1\n")
    for form in ("junit", "text"):
        usual = kgen("validate", "--format", form, cwd=tmp_path, env={"LC_ALL": "C.UTF-8"})
        assert usual.code == 1
        assert "名" in usual.out + usual.err
        assert kgen("validate", "--format", form, cwd=tmp_path, env=locale) == usual


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [("version",), ("schema",)], ids=" ".join)
def test_a_full_disk_behind_a_redirection_exits_3(arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "kgen", *arguments], stdout=full, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stderr) == (3, b"kgen: standard output: No space left on device\n")


def test_a_closed_stdout_exits_3() -> None:
    command = f"{sys.executable} -m kgen version >&-"
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stderr) == (3, b"kgen: standard output is closed\n")


@pytest.mark.parametrize("arguments", [("schema",), ("explain",), ("version",)], ids=" ".join)
def test_a_reader_that_goes_away_ends_it_quietly(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "kgen", *arguments], stdout=writing, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_bug_shows_its_traceback_and_exits_3() -> None:
    """A package in which one module is missing stands for a bug."""
    code = "import sys; sys.modules['kgen.versions'] = None; from kgen.cli import main; main(['version'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.endswith("kgen: this is a bug in kgen; please report it with the lines above\n")


@pytest.mark.parametrize("command", ["version", "explain"])
def test_a_command_imports_no_other(command: str) -> None:
    code = f"import sys; from kgen.cli.entry import run; run([{command!r}]); print(*sorted(m for m in sys.modules if 'kgen.cli.' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout.splitlines()[-1].split() == ["kgen.cli.console", "kgen.cli.entry", f"kgen.cli.{command}"]


def test_a_clean_build_imports_no_more_than_it_needs(tmp_path: Path) -> None:
    """Start-up is most of a small build: neither other commands, reports and the writer, nor what is slow to import."""
    kgen("init", cwd=tmp_path)
    code = "import sys; from kgen.cli.entry import run; run(['build']); sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=ENVIRONMENT, check=True)
    imported = done.stderr.split()
    ours = {name for name in imported if name.startswith(("kgen.cli.", "kgen.reports", "kgen.write", "kgen.schema"))}
    assert ours == {f"kgen.cli.{name}" for name in ("build", "console", "empty", "entry", "options", "stream")}
    assert not {"jsonschema", "kubernetes_validate", "importlib.metadata", "dataclasses", "hashlib", "subprocess"} & set(imported)


def test_version_names_every_product() -> None:
    lines = kgen("version").out.splitlines()
    assert [re.split(r" {2,}| (?=\d)", line)[0] for line in lines] == ["kgen", "Submariner", "Envoy Gateway", "Gateway API", "Kubernetes"]
    assert all(re.search(r" \d+\.\d+", line) for line in lines)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_kgen(shell: str) -> None:
    outcome = kgen("completion", shell)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"_KGEN_COMPLETE={shell}_complete" in outcome.out


def test_completion_completes_commands_and_options() -> None:
    asked = {"_KGEN_COMPLETE": "bash_complete", "COMP_WORDS": "kgen ex", "COMP_CWORD": "1"}
    assert kgen(env=asked).out.split() == ["plain,explain"]
    asked = {"_KGEN_COMPLETE": "bash_complete", "COMP_WORDS": "kgen validate --for", "COMP_CWORD": "2"}
    assert kgen(env=asked).out.split() == ["plain,--format"]


def test_a_folder_whose_name_is_not_utf8_is_shown_as_it_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kgen", "build", str(ROOT / "examples" / "seed"), "--diff", "-o", b"\xff"],
        capture_output=True,
        cwd=tmp_path,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.startswith(b"--- /dev/null\n+++ b/\xff/clusters/")
