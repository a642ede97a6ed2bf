"""The engine itself, on schemas that nobody has: formats, patterns, numbers, choices and defaults as a real API server takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest

from kgen.conformance import Table, compile_crd
from kgen.diagnostics import Rejected
from tests.agreement import made_up
from tests.agreement.compare import Case, Reason, Verdicts, detail, finished, loosely, reasons, untold
from tests.agreement.worlds import Kind
from tests.real.apiserver import CRD, Answer, ApiServer, Resource

Json = Any

FIELD: Final = "spec."


def tables(crd: Json) -> list[Table] | None:
    """What kgen makes of a CRD; None where it refuses it."""
    try:
        return compile_crd(crd)
    except Rejected:
        return None


def asked(server: ApiServer, crd: Json) -> Answer:
    """The server's verdict on a CRD, which is not installed."""
    return server.ask("POST", f"{CRD.path()}?dryRun=All&fieldValidation=Strict", json.dumps(crd).encode())


def verdicts(server: ApiServer, table: Table, plural: str, specs: list[Json]) -> Iterator[Verdicts]:
    """Both judges' answers on objects with these specs."""
    kind = Kind(table.gvk, "made-up", Resource(made_up.GROUP, "v1", plural, True), {})
    bodies = [made_up.made(plural, spec) for spec in specs]
    for body, answer in zip(bodies, server.judge_all((kind.resource, body) for body in bodies), strict=True):
        judged = table.judge(body)
        ours = tuple(Reason(str(each.path), each.keyword, each.message) for each in judged.findings)
        yield Verdicts(Case(kind, body, "made up"), answer, judged, reasons(answer, frozenset()), ours)


def fields(found: tuple[Reason, ...]) -> set[str]:
    """The fields of spec that reasons name."""
    return {loosely(each.path).removeprefix(FIELD) for each in found}


def installed(server: ApiServer, crd: Json) -> Table:
    server.install([crd])
    [table] = compile_crd(crd)
    return table


def test_formats(api_server: ApiServer, scale: float) -> None:
    properties = {name: {"type": "string", "format": name} for name in made_up.FORMATS}
    table = installed(api_server, made_up.crd("formats", {"type": "object", "properties": properties}))
    texts = list(made_up.texts("formats", int(400 + 1600 * scale)))
    wrong = []
    for text, one in zip(texts, verdicts(api_server, table, "formats", [dict.fromkeys(properties, text) for text in texts]), strict=True):
        if fields(one.server) != fields(one.ours):
            wrong.append(
                (text, "only the server refuses", fields(one.server) - fields(one.ours), "only kgen", fields(one.ours) - fields(one.server))
            )
    assert wrong == []


@pytest.mark.parametrize("pattern", [*made_up.PATTERNS, *made_up.BAD_PATTERNS])
def test_which_patterns_are_taken(api_server: ApiServer, pattern: str) -> None:
    crd = made_up.crd("tries", {"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}})
    server, ours = asked(api_server, crd).accepted, tables(crd) is not None
    assert ours == (server and pattern not in made_up.UNKNOWN_PATTERNS)


def test_patterns(api_server: ApiServer, scale: float) -> None:
    taken = [pattern for pattern in made_up.PATTERNS if pattern not in made_up.UNKNOWN_PATTERNS]
    properties = {f"p{number}": {"type": "string", "pattern": pattern} for number, pattern in enumerate(taken)}
    properties = {
        name: below
        for name, below in properties.items()
        if asked(api_server, made_up.crd("tries", {"type": "object", "properties": {"a": below}})).accepted
    }
    table = installed(api_server, made_up.crd("patterns", {"type": "object", "properties": properties}))
    texts = [*made_up.SAMPLES, *made_up.texts("patterns", int(300 + 700 * scale))]
    wrong = []
    for text, one in zip(texts, verdicts(api_server, table, "patterns", [dict.fromkeys(properties, text) for text in texts]), strict=True):
        for name in sorted(fields(one.server) ^ fields(one.ours)):
            wrong.append((text, properties[name]["pattern"], "the server refuses" if name in fields(one.server) else "kgen refuses"))
    assert wrong == []


def test_schemas(api_server: ApiServer, scale: float) -> None:
    """CRDs made up at random: taken by both or by none; and of those that are taken, objects, with what is completed in them."""
    wrong: list[Any] = []
    count = 0
    for number in range(int(20 + 60 * scale)):
        random = Random(f"schema {number}")
        spec, plural = made_up.schema(random), f"made{number}s"
        crd = made_up.crd(plural, spec)
        answer, ours = asked(api_server, crd), tables(crd)
        if answer.accepted != (ours is not None):
            wrong.append((f"CRD {number}", answer.status, answer.body.get("message", "")[:500]))
        if not answer.accepted or ours is None:
            continue
        api_server.install([crd])
        specs = {
            made_up.normal(value): value
            for value in (made_up.value(spec, random, made_up.STRAY if odd > 50 else 0.0) for odd in range(150))
        }
        for one in verdicts(api_server, ours[0], plural, list(specs.values())):
            count += 1
            if one.outcome not in ("accepted", "refused"):
                wrong.append((f"object of {number}", one.outcome, one.server[:3], one.ours[:3], one.difference, one.case.body["spec"]))
            wrong += [(f"reason of {number}", each, fields(one.ours)) for each in untold(one)]
        api_server.remove([crd])
    assert wrong[:5] == []
    assert count > 100


@pytest.mark.parametrize("plural", made_up.RULED)
def test_rules(api_server: ApiServer, plural: str) -> None:
    """Each rule that is broken is told by both, at the same field and in the same words."""
    spec, specs = made_up.RULED[plural]
    table = installed(api_server, made_up.crd(plural, spec))
    wrong, broken = [], 0
    for one in verdicts(api_server, table, plural, list(specs)):
        causes = (one.answer.body.get("details") or {}).get("causes") or ()
        theirs = sorted((loosely(each["field"]), detail(each["message"])) for each in causes)
        ours = sorted((loosely(each.path), each.message) for each in one.ours)
        if one.outcome not in ("accepted", "refused") or (theirs != ours and finished(one.answer)):
            here = [each for each in theirs if each not in ours], [each for each in ours if each not in theirs]
            wrong.append((one.case.body["spec"], one.outcome, here, one.difference if one.answer.accepted else ""))
        broken += any(each.rule == "rule" for each in one.ours)
    assert wrong == []
    assert broken > len(specs) // 4
    assert broken < len(specs)


@pytest.mark.parametrize(("rule", "known"), made_up.WRONG_RULES, ids=lambda each: json.dumps(each))
def test_which_rules_are_taken(api_server: ApiServer, rule: Json, known: bool) -> None:
    """What the API server refuses, kgen refuses; what only kgen refuses uses what no bundled rule does, and kgen says so."""
    crd = made_up.crd("tries", made_up.ruled(rule, a=made_up.WORD))
    assert asked(api_server, crd).accepted == known
    with pytest.raises(Rejected) as refusal:
        compile_crd(crd)
    assert ("not supported" in str(refusal.value.diagnostics)) == known
