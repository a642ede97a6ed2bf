"""Every rule of every bundled CRD is seen to hold and to be broken, alone: without it, an object that is refused would be accepted.

The objects are those of `cases/`; tests/agreement asks a real API server about each of them in every version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.cel.rule_cases import CASES, Form, forms, kept, places, told
from tests.cel.unreachable import UNREACHABLE, Lack


def lacks(form: Form, data: Mapping[str, list[object]]) -> Iterator[tuple[str, Lack]]:
    """What is not seen of which rules."""
    everywhere = [(rule, steps[0]) for steps, _, rule in places(form.schema)]
    holds = [told(form, body) for body in data["holds"]]
    breaks = [told(form, body) for body in data["breaks"]]
    for rule in dict.fromkeys(rule for rule, _ in everywhere):
        if not any(rule in {each.rule for each in said.asked} for said in (*holds, *breaks)):
            yield rule, Lack.NEVER_ASKED
            continue
        if not any(said.holds(rule) for said in holds):
            yield rule, Lack.NEVER_TRUE
        if not any(said.breaks(rule) for said in breaks):
            yield rule, Lack.NEVER_FALSE
        elif not any(said.breaks_alone(rule) for said in breaks):
            yield rule, Lack.NEVER_ALONE


@pytest.mark.parametrize("kind", forms())
def test_each_rule_is_seen_both_ways(kind: str) -> None:
    listed = [each for each in UNREACHABLE if kind in each.kinds]
    found = {(rule, lack) for form in forms()[kind] for rule, lack in lacks(form, kept(kind))}
    of = {(rule, lack): [each for each in listed if rule.startswith(each.begins) and each.lack is lack] for rule, lack in found}
    assert [each for each, reasons in of.items() if not reasons] == [], "neither seen nor listed as unreachable"
    assert [each for each in listed if [each] not in of.values()] == [], "listed as unreachable, yet seen"


@pytest.mark.parametrize("kind", forms())
def test_each_object_is_of_use(kind: str) -> None:
    """What holds is accepted by some version, and what breaks a rule is refused by it, and by nothing but rules if it can be."""
    for body in kept(kind)["holds"]:
        assert any(not told(form, body).findings for form in forms()[kind]), body
    for body in kept(kind)["breaks"]:
        assert any(told(form, body).broken for form in forms()[kind]), body


def test_there_are_no_objects_of_other_kinds() -> None:
    assert {file.stem for file in CASES.iterdir()} <= set(forms())


def test_what_is_unreachable_says_why() -> None:
    for each in UNREACHABLE:
        assert len(each.why) > 20
        assert each.kinds
        assert set(each.kinds) <= set(forms())
