"""Compares verdicts: what the API server and kgen say of the same objects, counted, and grouped where they differ."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from kgen.conformance import Judged, table
from kgen.structure.walk import BLOCKING
from tests.agreement.worlds import Kind, World
from tests.real.apiserver import Answer, ApiServer

Json = Any


class Case(NamedTuple):
    """One object: where it came from, and what was changed."""

    kind: Kind
    body: Json
    source: str
    changes: tuple[str, ...] = ()


class Reason(NamedTuple):
    """One thing that a judge found: the keyword of the schema, `rule` for one of its CEL rules, or another word for its sort."""

    path: str
    rule: str
    message: str


class Verdicts(NamedTuple):
    """Both judges' answers on one object."""

    case: Case
    answer: Answer
    judged: Judged
    server: tuple[Reason, ...]
    ours: tuple[Reason, ...]

    @property
    def outcome(self) -> str:
        """`accepted`, `refused`, `server refuses`, `kgen refuses` or `completed otherwise`."""
        if self.answer.accepted:
            if self.ours:
                return "kgen refuses"
            return "completed otherwise" if self.difference else "accepted"
        return "refused" if self.ours else "server refuses"

    @property
    def difference(self) -> str:
        """Where the completed objects differ first; empty where they are equal, or the server gives none (its name is taken)."""
        if self.answer.status == 409 or not isinstance(self.answer.body, dict):
            return ""
        here, there = comparable(self.judged.body, self.case.kind), comparable(self.answer.body, self.case.kind)
        return difference(here, there)


OUTCOMES: Final = ("accepted", "refused", "server refuses", "kgen refuses", "completed otherwise")

# ---- what the server says -------------------------------------------------------------------------------------------------------

STRICT: Final = re.compile(r'(unknown|duplicate) field "((?:[^"\\]|\\.)*)"')
UNMARSHAL: Final = re.compile(r"json: cannot unmarshal (.+?) into Go (?:struct field|value)(?: ([^\s]*))?")
# Words of the API server's messages, and the keyword that they come from; the first that is found counts.
SAYINGS: Final = (
    ("Required value", "required"),
    ("must be of type", "type"),
    ("Unsupported value", "enum"),
    ("should match", "pattern"),
    ("should be less than or equal to", "maximum"),
    ("should be greater than or equal to", "minimum"),
    ("should be less than", "exclusiveMaximum"),
    ("should be greater than", "exclusiveMinimum"),
    ("should be at most", "maxLength"),
    ("may not be more than", "maxLength"),
    ("Too long", "maxLength"),
    ("should be at least", "minLength"),
    ("Too many", "maxItems"),
    ("should have at least", "minItems"),
    ("should have at most", "maxItems"),
    ("should be a multiple of", "multipleOf"),
    ("Duplicate value", "duplicate"),
    ("must validate", "choice"),
    ("none of them", "choice"),
    ("some validation rules were not checked", "unfinished"),
)


def reasons(answer: Answer, rules: frozenset[str]) -> tuple[Reason, ...]:
    """The server's reasons; `rules` are the messages of the kind's CEL rules."""
    if answer.accepted:
        return ()
    body = answer.body
    if not isinstance(body, dict):
        return (Reason("", f"http {answer.status}", str(body)),)
    message = str(body.get("message", ""))
    if answer.status == 422:
        causes = (body.get("details") or {}).get("causes") or ()
        found = [_cause(each, rules) for each in causes]
        return tuple(each for each in found if each.rule != "unfinished") or (Reason("", "http 422", message),)
    if strict := STRICT.findall(message):
        return tuple(Reason(name, sort, f'{sort} field "{name}"') for sort, name in strict)
    if found := UNMARSHAL.search(message):
        return (Reason((found[2] or "").partition(".")[2], "decode", message),)
    return (Reason("", f"http {answer.status}", message),)


def _cause(cause: Mapping[str, str], rules: frozenset[str]) -> Reason:
    message, field = cause.get("message", ""), cause.get("field", "")
    said = message.partition(": ")[2]
    if any(rule in said for rule in rules):
        return Reason(field, "rule", detail(message))
    if field.startswith("metadata"):
        return Reason(field, "metadata", message)
    if "unexpected GroupVersion" in message or "may have mixed case" in message:
        return Reason(field, "metadata", message)  # of an object inside the object
    if any(words in message for words in OF_RULES):
        return Reason(field, "rule", detail(message))
    for words, rule in SAYINGS:
        if words in message:
            return Reason(field, rule, message)
    return Reason(field, cause.get("reason", "?"), message)


# What the API server says of a rule that has no message of its own, or no value.
OF_RULES: Final = ("failed rule: ", " evaluating rule: ", " for rule: ")


def detail(message: str) -> str:
    """What a cause says, without the sort of fault and the value that stand before it."""
    sort, _, rest = message.partition(": ")
    if sort in ("Invalid value", "Duplicate value"):
        try:
            _, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            return rest
        rest = rest[end:].removeprefix(": ")
    return rest


def rules_of(kind: Kind) -> frozenset[str]:
    """The messages of a kind's CEL rules, as the server prints them."""
    return _rules(kind.gvk, kind.product, json.dumps(kind.schema) if kind.product != "kubernetes" else "{}")


@cache
def _rules(gvk: object, product: str, schema: str) -> frozenset[str]:
    def found(value: Json) -> Iterator[str]:
        if isinstance(value, dict):
            for rule in value.get("x-kubernetes-validations", ()) if isinstance(value.get("x-kubernetes-validations"), list) else ():
                yield (rule.get("message") or f"failed rule: {rule['rule']}").strip()
            for each in value.values():
                yield from found(each)
        elif isinstance(value, list):
            for each in value:
                yield from found(each)

    return frozenset(found(json.loads(schema)))


# ---- completed objects ----------------------------------------------------------------------------------------------------------

SERVERS: Final = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)


def comparable(body: Json, kind: Kind) -> Json:
    """An object without what only a server sets, and without status."""
    if not isinstance(body, dict):
        return body
    out = {key: value for key, value in body.items() if key != "status"}
    metadata = out.get("metadata")
    if isinstance(metadata, dict):
        metadata = {key: value for key, value in metadata.items() if key not in SERVERS and value not in (None, "", [], {})}
        if kind.resource.namespaced:
            metadata.setdefault("namespace", "default")
        if metadata.get("generateName"):
            metadata.pop("name", None)
        out["metadata"] = metadata
    if kind.gvk.kind == "Secret" and kind.product == "kubernetes" and isinstance(out.get("stringData"), dict):
        # stringData is only for writing: it is kept among data.
        written = {key: base64.b64encode(str(value or "").encode()).decode() for key, value in out.pop("stringData").items()}
        out["data"] = {**(out.get("data") or {}), **written}
    if kind.gvk.kind == "Namespace" and kind.product == "kubernetes":
        # The API server puts in a finalizer and a label of its own.
        out.pop("spec", None)
        labels = {key: value for key, value in (metadata or {}).get("labels", {}).items() if key != "kubernetes.io/metadata.name"}
        out["metadata"] = {
            **{key: value for key, value in (metadata or {}).items() if key != "labels"},
            **({"labels": labels} if labels else {}),
        }
    return out


def difference(here: Json, there: Json, at: str = "") -> str:
    """Where two values differ first; `here` is kgen's."""
    if isinstance(here, dict) and isinstance(there, dict):
        for key in sorted({*here, *there}):
            below = f"{at}.{key}"
            if key not in here:
                return f"{below}: only the server has {short(there[key])}"
            if key not in there:
                return f"{below}: only kgen has {short(here[key])}"
            if found := difference(here[key], there[key], below):
                return found
        return ""
    if isinstance(here, list) and isinstance(there, list):
        if len(here) != len(there):
            return f"{at}: {len(here)} items, the server has {len(there)}"
        for number, pair in enumerate(zip(here, there, strict=True)):
            if found := difference(*pair, f"{at}[{number}]"):
                return found
        return ""
    if isinstance(here, int) and isinstance(there, float) and not -(2**63) <= here < 2**63:
        here = float(here)  # a whole number that 64 bits do not hold is a float to the server
    same = here == there and isinstance(here, bool) == isinstance(there, bool)
    return "" if same else f"{at}: {short(here)}, the server has {short(there)}"


def short(value: Json) -> str:
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= 80 else f"{said[:80]}..."


# ---- both -----------------------------------------------------------------------------------------------------------------------


def compare(world: World, server: ApiServer, cases: Iterable[Case]) -> Iterator[Verdicts]:
    """Both judges' answers on each object."""
    asked = list(cases)
    answers = server.judge_all((case.kind.resource, case.body) for case in asked)
    for case, answer in zip(asked, answers, strict=True):
        yield verdicts(world, case, answer)


def verdicts(world: World, case: Case, answer: Answer) -> Verdicts:
    """Both answers, with the server's given."""
    ours = table(case.kind.gvk, world.products)
    assert ours is not None, f"{case.kind.gvk} is in no table of {world.products}"
    judged = ours.judge(case.body)
    found = tuple(Reason(str(each.path), each.keyword, each.message) for each in judged.findings)
    return Verdicts(case, answer, judged, reasons(answer, rules_of(case.kind)), found)


# ---- what came of it ------------------------------------------------------------------------------------------------------------


def sort(one: Verdicts) -> str:
    """The class of a disagreement: who refuses, and by what."""
    if one.outcome == "completed otherwise":
        return f"completed otherwise: {re.sub(r'[0-9]+', 'N', one.difference)[:100]}"
    said = one.server if one.outcome == "server refuses" else one.ours
    words = sorted({f"{each.rule} {generic(each)}" for each in said})
    return f"{one.outcome}: {'; '.join(words[:2])}"


def generic(reason: Reason) -> str:
    """A reason without the values that it names."""
    if reason.rule == "rule":
        return reason.message
    if reason.rule == "metadata":
        return re.sub(r"\[.*\]", "", reason.path) + " " + re.sub(r'"(?:[^"\\]|\\.)*"', '"…"', reason.message)[:90]
    return re.sub(r'"(?:[^"\\]|\\.)*"', '"…"', re.sub("[0-9]+", "N", reason.message))[:110]


def loosely(path: str) -> str:
    """A path for comparison: how map keys are written differs, and some are told at the map."""
    return re.sub(r"""\[['"]?([^\]'"]*)['"]?\]""", r".\1", path).strip(".")


def untold(one: Verdicts) -> Iterator[Reason]:
    """Of an object that both refuse: the server's reasons at a place where kgen finds nothing."""
    if one.outcome != "refused" or misaddressed(one):
        return
    ours = {loosely(each.path) for each in one.ours}
    wrong = {loosely(each.path) for each in one.ours if each.rule == "type"}
    choices = {loosely(each.path) for each in one.ours if each.rule in ("anyOf", "oneOf", "not")}
    for each in one.server:
        path = loosely(each.path)
        if path in ours or not path or each.rule in ("decode",) or path.startswith("<nil>"):
            continue
        # The server tells what the nearest option lacks, kgen what all of them want.
        if each.rule == "required" and any(path.startswith(f"{other}.") for other in choices):
            continue
        # What stands in a value of the wrong type is of no interest.
        if each.rule == "unknown" and any(path.startswith(other) for other in wrong):
            continue
        # Neither is a rule that stumbles over it.
        if each.rule == "rule" and any(other.startswith(path) for other in wrong):
            continue
        # `choice` is told by kgen at what the nearest option lacks.
        if each.rule in ("choice", "metadata") and any(other.startswith(path) for other in ours):
            continue
        yield each


def finished(answer: Answer) -> bool:
    """Whether the server asked the rules of the object: what else is wrong with it may keep it from that."""
    causes = (answer.body.get("details") or {}).get("causes") or () if isinstance(answer.body, dict) else ()
    return not any("some validation rules were not checked" in str(each.get("message")) for each in causes)


def unasked(one: Verdicts) -> Iterator[Reason]:
    """Of an object that both refuse: kgen's reasons at a place where the server, which went all the way, finds nothing."""
    if one.outcome != "refused" or one.answer.status != 422:
        return
    theirs = {loosely(each.path) for each in one.server}
    if any(len(path.split(".")) < 2 for path in theirs):
        return
    for each in one.ours:
        if each.rule == "rule" and not finished(one.answer):
            continue
        path = loosely(each.path)
        # Of items that repeat, the server tells the first pair.
        repeated = each.rule == "duplicate" and any(path.rpartition(".")[0] == other.rpartition(".")[0] for other in theirs)
        if path not in theirs and each.rule != "unknown" and not repeated and not any(path.startswith(other) for other in theirs):
            yield each


def misaddressed(one: Verdicts) -> bool:
    """Whether the object is of another kind than its address: the server asks the address's rules of it, but adds no defaults."""
    return any(each.path in ("kind", "apiVersion") for each in one.ours)


def misheard(one: Verdicts) -> tuple[list[tuple[str, str]], list[tuple[str, str]]] | None:
    """Of an object whose CEL rules both asked: what only the server says of them, and what only kgen says, in the same words.

    Rules written by hand, on metadata and on Kubernetes' own kinds, have words of kgen's.
    """
    if one.case.kind.product == "kubernetes":
        return None
    if one.outcome != "refused" or one.answer.status != 422 or not finished(one.answer) or any(each.rule in BLOCKING for each in one.ours):
        return None
    if misaddressed(one):
        return None
    theirs, ours = (
        [(loosely(each.path), each.message) for each in found if each.rule == "rule" and not each.path.startswith("metadata")]
        for found in (one.server, one.ours)
    )
    apart = [each for each in theirs if each not in ours], [each for each in ours if each not in theirs]
    return apart if any(apart) else None


class Report:
    """What came of many comparisons: counts by kind and rule, and the disagreements by class."""

    def __init__(self, known: Callable[[Verdicts], str]) -> None:
        """`known` names the class of a disagreement that may be, and is empty for others."""
        self._known = known
        self.by_kind: dict[str, Counter[str]] = defaultdict(Counter)
        self.by_rule: dict[str, Counter[str]] = defaultdict(Counter)
        self.by_product: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.classes: dict[str, list[Json]] = defaultdict(list)
        self.reasons: dict[str, list[Json]] = defaultdict(list)
        self.unfounded: dict[str, list[Json]] = defaultdict(list)  # of custom resources, by their schemas
        self.misheard: list[Json] = []  # rules that only one of the two tells, or tells otherwise
        self.emitted = 0  # objects as kgen emits them
        self.refused: list[Json] = []  # those of them that the two do not both accept and complete alike

    def add(self, world: World, one: Verdicts) -> None:
        kind = one.case.kind
        self.by_kind[f"{kind.gvk.group or 'core'}/{kind.gvk.version} {kind.gvk.kind}"][one.outcome] += 1
        self.by_product[f"{kind.product} {world.products[kind.product]}"] += 1
        for rule in {each.rule for each in (*one.server, *one.ours)}:
            self.by_rule[rule][one.outcome] += 1
        if one.outcome not in ("accepted", "refused"):
            if name := self._known(one):
                self.known[name] += 1
            self.classes[f"{name or 'UNKNOWN'}: {sort(one)}"].append(_record(world, one))
        for found, name in ((untold(one), "only the server"), (unasked(one), "only kgen")):
            for each in found:
                record = _record(world, one)
                self.reasons[f"{name}: {each.rule} {generic(each)}"].append(record)
                if kind.product != "kubernetes" and each.rule != "metadata" and not each.path.startswith("metadata"):
                    self.unfounded[f"{name}: {each.rule} {generic(each)}"].append(record)
        if apart := misheard(one):
            self.misheard.append({"only the server": apart[0][:3], "only kgen": apart[1][:3], **_record(world, one)})
        if one.case.source == "kgen" and not one.case.changes:
            self.emitted += 1
            if one.outcome != "accepted":
                self.refused.append(_record(world, one))

    @property
    def unknown(self) -> dict[str, list[Json]]:
        """The disagreements that may not be, by class."""
        return {name: found for name, found in self.classes.items() if name.startswith("UNKNOWN")}

    @property
    def count(self) -> int:
        """How many objects were compared."""
        return self.by_product.total()

    def text(self, most: int = 60) -> str:
        """Tables by kind, by rule and by class."""
        lines = [f"{self.count} objects, {self.emitted} of them as kgen emits them", ""]
        lines += _table("kind", self.by_kind)
        lines += _table("keyword or rule", self.by_rule)
        lines += [f"{'objects':>8}  product and version", *(f"{count:>8}  {name}" for name, count in sorted(self.by_product.items())), ""]
        lines += [f"{count:>8}  disagree: {name}" for name, count in sorted(self.known.items())]
        lines += [f"{sum(map(len, self.unknown.values())):>8}  disagree otherwise"]
        lines += [f"{len(found):>8}  {name}" for name, found in sorted(self.unknown.items(), key=lambda each: -len(each[1]))[:most]]
        lines += ["", f"{len(self.reasons)} classes of reasons that only one gives for what both refuse"]
        lines += [f"{len(found):>8}  {name}" for name, found in sorted(self.reasons.items(), key=lambda each: -len(each[1]))[:most]]
        return "\n".join(lines)


def _table(title: str, rows: Mapping[str, Counter[str]]) -> list[str]:
    width = max(map(len, [title, *rows]), default=0)
    head = f"{title:<{width}}" + "".join(f"  {name:>{len(name)}}" for name in OUTCOMES)
    lines = [f"{name:<{width}}" + "".join(f"  {row[each] or '-':>{len(each)}}" for each in OUTCOMES) for name, row in sorted(rows.items())]
    return [head, *lines, ""]


def _record(world: World, one: Verdicts) -> Json:
    return {
        "world": world.name,
        "gvk": f"{one.case.kind.gvk.api_version} {one.case.kind.gvk.kind}",
        "source": one.case.source,
        "changes": one.case.changes,
        "outcome": one.outcome,
        "status": one.answer.status,
        "server": [tuple(each) for each in one.server][:8],
        "kgen": [tuple(each) for each in one.ours][:8],
        "difference": one.difference if one.answer.accepted else "",
        "body": one.case.body,
    }
