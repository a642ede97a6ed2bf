"""From text to a parser's events: libyaml's, or those of ruamel.yaml's own parser."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from kgen.expressions import expression
from kgen.records import NamedTuple
from kgen.source.document import Event
from kgen.source.text import FORBIDDEN, SURROGATE


class Parser(NamedTuple):
    """The next event at each call of `get`; the classes by which to tell events, in a module; the class of the parser's errors."""

    get: Callable[[], Event]
    events: Any
    error: type[Exception]


def parser(text: str) -> Parser:
    """libyaml's parser over a text; where it is not installed, ruamel.yaml's own, some forty times slower, with the same events."""
    try:
        module = libyaml()
    except ImportError:
        return pure_parser(text)
    return Parser(module.CParser(text).get_event, module, module.YAMLError)


def libyaml() -> Any:
    """The module with libyaml's parser.

    It imports from all over ruamel.yaml, but the parser needs its events, nodes, tokens and the base of its errors only; the rest is
    12 of 14 ms, a tenth of a small build. So modules that it wants for the class of an error alone have stand-ins while it is imported.
    They are taken away at once: a later import of ruamel.yaml finds none of them, and shares what was really loaded.
    """
    if "_ruamel_yaml" in sys.modules or "ruamel.yaml" in sys.modules:
        return import_module("_ruamel_yaml")
    standing: list[str] = []

    def stand_in(name: str, **content: Any) -> None:
        module = ModuleType(name)
        vars(module).update(content)
        sys.modules[name] = module
        standing.append(name)

    try:
        stand_in("ruamel.yaml", __path__=[os.path.join(folder, "yaml") for folder in import_module("ruamel").__path__])
        base = import_module("ruamel.yaml.error").MarkedYAMLError
        for part in ("reader", "scanner", "parser", "composer", "constructor", "emitter", "serializer", "representer"):
            error = f"{part.capitalize()}Error"
            stand_in(f"ruamel.yaml.{part}", **{error: type(error, (base,), {})})
        return import_module("_ruamel_yaml")
    except (ImportError, AttributeError):  # a version that is built otherwise: taken whole, below
        pass
    finally:
        for name in standing:
            del sys.modules[name]
    return import_module("_ruamel_yaml")


# A colon or question mark that YAML 1.2 takes for text wherever it stands: a colon that neither white space nor a bracket follows (nor a
# quote or bracket precedes, as in JSON's keys), a question mark inside a word. Directives and tags are passed over.
LITERAL: Final = expression(
    r"""^%.*$ | (?<![^\s,\[\]{}])!(?:<[^>\s]*>|[^\s,\[\]{}]*) | ["'\]}]\s*:
    | (?P<colon>:)(?=[^\s,\[\]{}]) | (?<=[^\s,\[\]{}])(?P<question>\?)""",
    re.MULTILINE | re.VERBOSE,
)


def second_parser(text: str, manifests: bool = False) -> Parser | None:
    """libyaml's parser as it should be, for a text on which it failed; None where that makes no difference.

    What ruamel.yaml ships is libyaml 0.1.7, which knows YAML 1.1: inside brackets and braces it stops at the colon of `api:6443` and of
    `https://`, and at the question mark of a query. So such characters are replaced by others of the same length that the text does not
    have, and put back in the events. In manifests the question mark stays: go-yaml has mended the colon alone.
    """
    try:
        libyaml()
    except ImportError:
        return None
    free = (chr(point) for point in range(0xE000, 0xF900) if chr(point) not in text)
    colon, question = next(free, ""), next(free, "")
    replaced = LITERAL.sub(lambda found: colon if found["colon"] else question if found["question"] and not manifests else found[0], text)
    if replaced == text or not question:
        return None
    get, kinds, failure = parser(replaced)
    back = {ord(colon): ":", ord(question): "?"}

    def restored() -> Event:
        event = get()
        if type(event) is kinds.ScalarEvent:
            event.value = event.value.translate(back)
        return event

    return Parser(restored, kinds, failure)


def pure_parser(text: str) -> Parser:
    from ruamel.yaml import YAML, events
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    stream = YAML(typ="safe", pure=True).parse(text)
    problem = "found invalid Unicode character escape code"

    def get() -> Event:
        try:
            event = next(stream)
        except (ValueError, OverflowError):  # chr() of an escape beyond U+10FFFF
            raise MarkedYAMLError("while parsing a quoted scalar", None, problem, None) from None
        if type(event) is events.ScalarEvent and event.style == '"' and SURROGATE.search(event.value):  # libyaml refuses it itself
            raise MarkedYAMLError("while parsing a quoted scalar", event.start_mark, problem, event.start_mark)
        return event

    return Parser(get, events, YAMLError)


# What JSON may have and libyaml does not read: tabs between values, and escapes in text (`\/`, surrogate pairs).
JSON_PART: Final = expression(r'"(?:[^"\\\n]|\\.)*"|\t')


def json_as_yaml(text: str) -> str:
    """A JSON text as YAML of the same length, every value at its place."""
    # Not at the top: a file of JSON that YAML cannot read is rare.
    import json

    def part(found: re.Match[str]) -> str:
        if found[0] == "\t":
            return " "
        if "\\" not in found[0]:
            return found[0]
        try:
            plain = json.dumps(json.loads(found[0]), ensure_ascii=False)
        except ValueError:
            return found[0]
        plain = FORBIDDEN.sub(lambda each: f"\\u{ord(each[0]):04x}", plain)
        return plain.ljust(len(found[0]))

    return JSON_PART.sub(part, text)


SPACE: Final = expression(r"\s*")
JSON_BRACE: Final = expression(r'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)


def json_end(text: str, start: int) -> int:
    """Where the JSON object ends that starts at an offset."""
    depth = 0
    for found in JSON_BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return len(text)
