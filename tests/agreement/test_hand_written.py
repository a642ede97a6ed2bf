"""The API server's hand-written rules: each is seen broken and kept on a real server, and what kgen says is what it says."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

import kgen.conformance
from kgen.conformance.found import Found
from tests.agreement.compare import Case, reasons, verdicts
from tests.agreement.known import known
from tests.agreement.worlds import WORLDS, World, crds, kinds
from tests.conformance.rule_cases import MINORS, cases, files, told
from tests.real.apiserver import ApiServer, started
from tests.real.needed import or_skip

Json = Any

HOME: Final = Path(kgen.conformance.__file__).parent
WORDS: Final = frozenset(
    {"required", "malformed", "outside", "between", "negative", "long", "broken", "unsupported", "among", "duplicate", "missing"}
)
# What one minor has and another not, what only a cluster with other switches shows, and what needs an object inside an object.
UNSEEN: Final = {
    "embedded": "see test_made_up",
    "_embedded": "see test_made_up",
    "managed": "see test_made_up",
    "former_keys": "before 1.34",
    "bundle": "since 1.37",
    "certificate": "since 1.37",
    "stored": "not on a dry run: see above",
}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[ApiServer, World]]:
    """The newest versions of everything, on one server."""
    with ExitStack() as running:
        found = or_skip(lambda: running.enter_context(started()))
        found.install(or_skip(lambda: crds(WORLDS[-1])))
        yield found, WORLDS[-1]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_the_server_says_the_same(path: Path, server: tuple[ApiServer, World]) -> None:
    running, world = server
    by_name = {(kind.gvk.api_version, kind.gvk.kind): kind for kind in kinds(world)}
    asked = [
        (case.words, Case(by_name[case.body["apiVersion"], case.body["kind"]], case.body, "rules", (case.words,))) for case in cases(path)
    ]
    answers = list(running.judge_all((case.kind.resource, case.body) for _, case in asked))
    wrong = []
    for (words, case), answer in zip(asked, answers, strict=True):
        one = verdicts(world, case, answer)
        if one.outcome not in ("accepted", "refused") and not known(one):
            wrong.append((words, one.outcome, one.difference, one.server[:3], one.ours[:3]))
    assert wrong == []
    assert {answer.accepted for answer in answers} == {True, False} or path.stem in ("metadata_of_cluster", "service_account")


def test_a_resource_version_is_refused_when_an_object_is_really_created(server: tuple[ApiServer, World]) -> None:
    running, world = server
    [kind] = [kind for kind in kinds(world) if kind.gvk.kind == "ConfigMap"]
    for version, accepted in (("5", False), ("0", True), ("a", True), ("", True)):
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"v{version}", "namespace": "default", "resourceVersion": version},
        }
        answer = running.ask("POST", kind.resource.path("default"), json.dumps(body).encode())
        assert answer.accepted == accepted, reasons(answer, frozenset())
        one = verdicts(world, Case(kind, body, "rules"), answer)
        assert bool(one.ours) != accepted


def places() -> dict[tuple[str, int], str]:
    """Every line of the rules that finds something, with the function that it stands in."""
    found = {}
    for path in sorted(HOME.rglob("*.py")):
        if "tables" in path.parts or path.name == "found.py":
            continue
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WORDS:
                        owner = ast.unparse(node.func.value)
                        if owner in ("found", "mine", "look.found", "around.found"):
                            found[path.relative_to(HOME).as_posix(), node.lineno] = function.name
    return found


def test_each_rule_is_seen_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line that finds something does so in a case of the files, or is listed above with the reason."""
    seen: set[tuple[str, int]] = set()
    add = Found.add

    def noted(self: Found, *given: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.endswith("found.py"):
            frame = frame.f_back
        seen.add((Path(frame.f_code.co_filename).relative_to(HOME).as_posix(), frame.f_lineno))
        add(self, *given)

    monkeypatch.setattr(Found, "add", noted)
    for path in files():
        for minor in MINORS:
            list(told(path, minor))
    unseen = {(*place, function) for place, function in places().items() if place not in seen and function not in UNSEEN}
    assert unseen == set()
