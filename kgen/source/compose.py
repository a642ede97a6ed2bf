"""From a parser's events to Documents: data, marks, and all that is wrong with them."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from kgen.diagnostics import Code, Diagnostic, Related
from kgen.records import NamedTuple
from kgen.source.codes import (
    ALIAS,
    ALTERED,
    BOMB,
    DEEP,
    DIRECTIVE,
    DUPLICATE,
    KEY,
    MAX_ALIASED,
    MAX_DEPTH,
    MAX_FINDINGS,
    MERGE,
    OVERWRITTEN,
    SEVERAL,
    SYNTAX,
    TAG,
    RejectedText,
)
from kgen.source.document import COLON, Document, Doubtful, Event, Keys, Marks, Plain, Tree, Values
from kgen.source.events import SPACE, Parser, json_as_yaml, json_end, parser, second_parser
from kgen.source.scalars import Refused, foreign, key_as_kubectl, quoted, resolve, resolve_as_kubectl, shown


def compose(name: str, text: str, manifests: bool = False) -> tuple[Document, ...]:
    """The documents of a text. Garbage collection rests meanwhile: nothing of what is made can be freed (twice as fast above 1 MB)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        documents: list[Document] = []
        starts: list[int] = []
        start, end = 0, len(text)
        while start < len(text) or not start:
            part, found = text[start:end], len(documents)
            tree = Tree(name, text, start, starts=starts)
            composer = Composer(tree, parser(part), manifests)
            again = composer.read(documents)
            if composer.broken and manifests and part.lstrip().startswith("{"):
                del documents[found:]
                composer = Composer(tree, parser(json_as_yaml(part)), manifests)
                again = composer.read(documents)
            if composer.broken and (second := second_parser(part, manifests)) is not None:
                del documents[found:]
                composer = Composer(tree, second, manifests)
                again = composer.read(documents)
            if composer.findings:
                raise RejectedText(composer.findings, name, text)
            if again is None and end == len(text):
                break
            start = SPACE.match(text, end if again is None else again).end()  # type: ignore[union-attr]
            # One object alone: to go through all that follows, again and again, would take a file's length squared.
            end = json_end(text, start) if text.startswith("{", start) else len(text)
        return tuple(documents)
    finally:
        if collecting:
            gc.enable()


class Stopped(Exception):
    """There is a finding after which no more can be read."""


class Anchor(NamedTuple):
    """What an alias stands for."""

    value: Any
    marks: Marks


OPEN: Final = Anchor(None, -1)  # a container that has not ended: an alias to it would never end either
MISSING: Final = object()


class Composer:
    """Makes documents of the events of a text, from an offset on."""

    def __init__(self, tree: Tree, parser: Parser, manifests: bool) -> None:
        self.manifests = manifests
        self.findings: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []
        self.broken = False  # the parser gave up
        self.tree = tree
        self.parser = parser

    def read(self, documents: list[Document]) -> int | None:
        """Adds the documents to those given. Returns where to begin anew: JSON objects in a row are a stream too, but not to YAML."""
        get, kinds, failure = self.parser
        one = self.reader()
        try:
            get()  # the start of the stream
            while type(start := get()) is not kinds.StreamEndEvent:
                self.directives(start)
                document = one()
                get()  # the end of the document
                if document is None:
                    continue
                if documents and not self.manifests:
                    message = "a second document starts here, but a spec is one document"
                    help = "keep one document in the file: delete this line, or all from here on"
                    self.report(SEVERAL, message, start, help=help)
                    return None
                documents.append(document)
        except failure as error:
            mark = getattr(error, "problem_mark", None)
            if self.manifests and documents and mark and "document start" in str(error):
                start = self.tree.base + mark.index
                if self.tree.text.startswith("{", start):
                    return int(start)
            self.broken = True
            # Imported here: a file that is no YAML is rare.
            from kgen.source.words import syntax

            self.findings.append(syntax(self.tree, error))
        except Stopped:
            pass
        return None

    def reader(self) -> Callable[[], Document | None]:
        """The function that gives the document whose start was just read; None if that is empty.

        It is made once for all documents of a text: they share what was found out of words, and what closures take is not collected.
        """
        get, kinds, _ = self.parser
        scalar_event, alias_event = kinds.ScalarEvent, kinds.AliasEvent
        mapping_start, mapping_end, sequence_end = kinds.MappingStartEvent, kinds.MappingEndEvent, kinds.SequenceEndEvent
        known: dict[str, Any] = {}  # what each unquoted text means: a fleet's file is full of the same few words
        keys: dict[str, str] = {}  # the unquoted keys that were found to be text
        anchors: dict[str, Anchor] = {}
        weights: dict[int, tuple[Marks, int, int]] = {}
        merged: set[tuple[int, str]] = set()  # fields that a merge key brought: the marks of their mapping, and the key
        aliased = 0
        doubts = False
        meaning = resolve_as_kubectl if self.manifests else resolve
        last = 0  # the place of what was read last: block collections end where their last item does

        def node(event: Event, depth: int) -> tuple[Any, Marks]:
            """The value that starts with an event, and its marks."""
            nonlocal last
            kind = type(event)
            if kind is scalar_event:
                here = last = event.start_mark.index << 32 | event.end_mark.index
                value = event.value
                if event.tag is not None:
                    value = self.tagged(event)
                elif not event.style:
                    value = known.get(value, MISSING)
                    if value is MISSING:
                        value = unquoted(event)
                if event.anchor is not None:
                    self.check_name(event)
                    anchors[event.anchor] = Anchor(value, here)
                return value, here
            if kind is alias_event:
                self.check_name(event)
                last = place(event)
                return alias(event, depth)
            if depth >= MAX_DEPTH:
                self.too_deep(event)
            if event.tag not in (None, "!", STANDARD + ("map" if kind is mapping_start else "seq")) and not (
                self.manifests and not event.tag.startswith(STANDARD)
            ):
                self.refuse_tag(event)
            if event.anchor is not None:
                self.check_name(event)
                anchors[event.anchor] = OPEN
            marks: list[Any] = [0]
            container = mapping(marks, depth + 1) if kind is mapping_start else sequence(marks, depth + 1)
            marks[0] = event.start_mark.index << 32 | last & 0xFFFFFFFF
            if event.anchor is not None:
                anchors[event.anchor] = Anchor(container, marks)
            return container, marks

        def mapping(marks: list[Any], depth: int) -> dict[str, Any]:
            nonlocal last
            fields: dict[str, Any] = {}
            while type(event := get()) is not mapping_end:
                key = keys.get(event.value) if type(event) is scalar_event else None
                if key is None or event.style or event.tag is not None or event.anchor is not None:
                    if self.manifests and type(event) is scalar_event and event.value == "<<" and not event.style and event.tag is None:
                        merge(event, get(), depth, fields, marks)
                        continue
                    key = unusual_key(event, depth)
                value, inner = node(get(), depth)
                if value is None and isinstance(inner, int) and inner >> 32 == inner & 0xFFFFFFFF:
                    inner = last = self.nothing(event)
                if key is None:
                    continue
                if key in fields:
                    at = 2 * list(fields).index(key) + 1
                    if (id(marks), key) not in merged:
                        self.twice(key, event, marks[at])
                        continue
                    # What a merge key brought is written over.
                    merged.discard((id(marks), key))
                    fields[key], marks[at], marks[at + 1] = value, place(event), inner
                    continue
                fields[key] = value
                marks.append(event.start_mark.index << 32 | event.end_mark.index)
                marks.append(inner)
            # Braces end where they close; what has none ends at a later token, and so is taken to end with its last item.
            if event.end_mark.index > event.start_mark.index:
                last = place(event)
            return fields

        def sequence(marks: list[Any], depth: int) -> list[Any]:
            nonlocal last
            items: list[Any] = []
            while type(event := get()) is not sequence_end:
                value, inner = node(event, depth)
                items.append(value)
                marks.append(inner)
            if event.end_mark.index > event.start_mark.index:
                last = place(event)
            return items

        def merge(event: Event, start: Event, depth: int, fields: dict[str, Any], marks: list[Any]) -> None:
            """Takes over the fields of the mapping, or of each of the list of mappings, behind a merge key."""
            nonlocal aliased
            before = len(self.findings)
            value, inner = node(start, depth)
            sources = list(zip(value, inner[1:], strict=True)) if isinstance(value, list) and isinstance(inner, list) else [(value, inner)]
            if len(self.findings) == before and not all(isinstance(each, dict) for each, _ in sources):
                self.report(MERGE, "a merge key (<<) takes a mapping or a list of mappings", event, help="give it the alias of a mapping")
                return
            # Of a list, the earlier ones win.
            for each, inside in reversed(sources):
                if not isinstance(each, dict):
                    continue
                aliased += len(each)
                if aliased > MAX_ALIASED:
                    self.bomb(event)
                for number, (key, item) in enumerate(each.items()):
                    at = 2 * number + 1
                    if key in fields:
                        # go-yaml writes over whatever stands above the merge key, unlike readers that do as YAML says.
                        there = 2 * list(fields).index(key) + 1
                        if (id(marks), key) not in merged:
                            self.overwritten(key, event, marks[there])
                            merged.add((id(marks), key))
                        fields[key], marks[there], marks[there + 1] = item, inside[at], inside[at + 1]
                    else:
                        fields[key] = item
                        marks += inside[at : at + 2]
                        merged.add((id(marks), key))

        def unquoted(event: Event) -> Any:
            """The value of an unquoted scalar that was not met before."""
            nonlocal doubts
            value = meaning(event.value)
            if type(value) is Refused:
                self.report(value.code, value.message, event, help=value.help)
                return None  # and not remembered, so that each place is told
            if type(value) is str and not self.manifests and foreign(value):
                doubts = True
            known[event.value] = value
            return value

        def unusual_key(event: Event, depth: int) -> str | None:
            """A key that is quoted, has a tag or an anchor, is an alias or new; None, told, if it is not text."""
            if type(event) is not scalar_event or event.style or event.tag is not None:
                before = len(self.findings)
                value, _ = node(event, depth)
                key = key_as_kubectl(value) if self.manifests else value
                if type(key) is not str and len(self.findings) == before:
                    self.refuse_key(event, value)
                return key if type(key) is str else None
            value = meaning(event.value)
            if self.manifests:
                return as_text(event, value)
            if event.value == "<<":
                message = "merge keys (<<) are not read: YAML 1.2 does not have them"
                self.report(MERGE, message, event, help="write the fields out, or give a whole value an anchor and repeat that")
            elif type(value) is not str or foreign(value):
                self.refuse_key(event, value)
            else:
                keys[value] = value
                if event.anchor is not None:
                    self.check_name(event)
                    anchors[event.anchor] = Anchor(value, place(event))
                return value
            return None

        def as_text(event: Event, value: Any) -> str | None:
            """The text that kubectl makes of an unquoted key; a warning where that is not what stands there."""
            key = key_as_kubectl(value)
            if key is None:
                self.refuse_key(event, value)
                return None
            if key != event.value:
                message = f"key {shown(event.value)} is {quoted(key)} to kubectl and all that read YAML as it does"
                help = f"quote it: {quoted(event.value)}"
                self.warnings.append(ALTERED.warning(message, self.tree.span(place(event)), help=help))
            elif event.anchor is None:
                keys[key] = key
            if event.anchor is not None:
                self.check_name(event)
                anchors[event.anchor] = Anchor(value, place(event))
            return key

        def alias(event: Event, depth: int) -> Anchor:
            nonlocal aliased
            target = anchors.get(event.anchor)
            if target is None or target is OPEN:
                self.refuse_alias(event, anchors)
                return Anchor(None, place(event))
            count, height = weigh(target.value, target.marks, weights)
            aliased += count
            if aliased > MAX_ALIASED:
                self.bomb(event)
            if depth + height > MAX_DEPTH:
                self.too_deep(event)
            return target

        def document() -> Document | None:
            nonlocal aliased
            aliased = 0
            for table in (anchors, weights, merged):
                table.clear()
            root, marks = node(get(), 0)
            if root is None and isinstance(marks, int) and marks >> 32 == marks & 0xFFFFFFFF:
                return None
            tree = Tree(self.tree.name, self.tree.text, self.tree.base, root, marks, doubts, self.tree.starts)
            warnings = tuple(self.warnings)
            self.warnings.clear()
            return Document(tree.name, tree.text, root, Values(tree), Keys(tree), Plain(tree), Doubtful(tree), warnings)

        return document

    def bomb(self, event: Event) -> NoReturn:
        help = "write the values out, or give smaller ones an anchor"
        self.report(BOMB, f"aliases repeat more than {MAX_ALIASED:,} values", event, help=help)
        raise Stopped

    def nothing(self, key: Event) -> int:
        """Where a value that is not written would stand: behind its key's colon (the parsers have it there, or at the next token)."""
        base, end = self.tree.base, key.end_mark.index
        colon = COLON.match(self.tree.text, base + end)
        at = colon.end() - base if colon else end
        return int(at << 32 | at)

    def check_name(self, event: Event) -> None:
        """Refuses an anchor or alias whose name runs on: libyaml takes `&a:80` for an anchor `a` with the text `:80`, as no other does."""
        mark, start = "*" if type(event) is self.parser.events.AliasEvent else "&", self.tree.base + event.start_mark.index
        found = self.tree.text.find(mark + event.anchor, start)
        end = found + 1 + len(event.anchor)
        if found >= 0 and self.tree.text[end : end + 1].strip(" \t\r\n,[]{}"):
            message = "this cannot be in the name of an anchor"
            help = "leave a space behind the name; put text that starts with & or * in quotes"
            self.add(SYNTAX.error(message, self.tree.point(end - self.tree.base), help=help))

    def tagged(self, event: Event) -> Any:
        """The value of a scalar with a tag: the standard tags of plain data where they agree with the text; None, told, otherwise."""
        if event.tag in ("!", STANDARD + "str"):
            return event.value
        kind = TAGS.get(event.tag)
        if kind is None:
            if self.manifests and not event.tag.startswith(STANDARD):
                return event.value  # go-yaml passes over tags that it does not know
            self.refuse_tag(event)
            return None
        value = (resolve_as_kubectl if self.manifests else resolve)(event.value)
        if kind is float and type(value) is int:
            return value if self.manifests else float(value)
        if type(value) is not kind:
            message = f"{quoted(event.value)} is not what its tag !!{event.tag.removeprefix(STANDARD)} says"
            self.report(TAG, message, event, help="delete the tag")
            return None
        return value

    def report(self, code: Code, message: str, event: Event, help: str = "") -> None:
        at = place(event)
        # A block collection starts with nothing of its own: what is marked then is its first character.
        span = self.tree.span(at) if at >> 32 != at & 0xFFFFFFFF else self.tree.point(at >> 32)
        self.add(code.error(message, span, help=help))

    def add(self, finding: Diagnostic) -> None:
        self.findings.append(finding)
        if len(self.findings) >= MAX_FINDINGS:
            raise Stopped

    def twice(self, key: str, event: Event, first: int) -> None:
        related = [Related(self.tree.span(first), "first here")]
        message = f"key {quoted(key)} stands twice in one mapping"
        help = "delete one of the two, or rename it"
        self.add(DUPLICATE.error(message, self.tree.span(place(event)), "again here", related, help))

    def overwritten(self, key: str, event: Event, first: int) -> None:
        message = f"to kubectl this merge key (<<) overwrites {quoted(key)} above it, to other readers it does not"
        related = [Related(self.tree.span(first), "overwritten")]
        self.warnings.append(OVERWRITTEN.warning(message, self.tree.span(place(event)), "", related, "write << before all other keys"))

    def too_deep(self, event: Event) -> None:
        help = "check the brackets and the indentation above this place"
        self.report(DEEP, f"values are nested more than {MAX_DEPTH} levels deep", event, help=help)
        raise Stopped

    def refuse_key(self, event: Event, value: Any) -> None:
        raw = getattr(event, "value", None)
        if raw is None:
            what = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "what this alias repeats"
            message, help = f"{what} cannot be a key", "put text that starts with {, [ or * in quotes, and write no `? ` before a value"
        elif not raw:
            message, help = "a key is missing before the colon", 'write the key; "" is the empty one'
        elif type(value) is str:
            message, help = f"key {shown(raw)} is {foreign(raw)} to a YAML 1.1 reader", f"quote it: {quoted(raw)}"
        else:
            what = "null" if value is None else "a boolean" if isinstance(value, bool) else "a number"
            message, help = f"key {shown(raw)} is {what}, but a key is text", f"quote it: {quoted(raw)}"
        self.report(KEY, message, event, help=help)

    def refuse_alias(self, event: Event, anchors: Mapping[str, Anchor]) -> None:
        if event.anchor in anchors:
            message, help = f"*{event.anchor} stands inside the value that it repeats", "write the value out, or move the anchor further in"
        else:
            message = f"*{event.anchor} repeats an anchor that does not stand above it"
            above = ", ".join(f"&{name}" for name, anchor in anchors.items() if anchor is not OPEN)
            help = f"put text that starts with * in quotes; an alias needs &{event.anchor} before the value to repeat"
            help += f", and above it stand {shown(above)}" if above else ""
        self.report(ALIAS, message, event, help=help)

    def refuse_tag(self, event: Event) -> None:
        written = "!!" + event.tag.removeprefix(STANDARD) if event.tag.startswith(STANDARD) else event.tag
        found = re.compile(r"(?:&\S+\s+)?(!\S*)").match(self.tree.text, self.tree.base + event.start_mark.index)
        at = found.span(1) if found else (self.tree.base + event.start_mark.index,) * 2
        span = self.tree.span(at[0] - self.tree.base << 32 | at[1] - self.tree.base)
        help = "delete the tag, and write the value itself, quoted if it is text"
        self.add(TAG.error(f"tag {shown(written)} is not read", span, help=help))

    def directives(self, start: Event) -> None:
        """Refuses a document that asks for other rules: it would not mean here what it means elsewhere."""
        wanted = (1, 1) if self.manifests else (1, 2)
        if start.version is not None and tuple(start.version) != wanted:
            reader = "kubectl reads YAML 1.1" if self.manifests else "kgen reads YAML 1.2"
            message = f"the document asks for YAML {start.version[0]}.{start.version[1]}, but {reader}"
            self.report(DIRECTIVE, message, start, help="delete the %YAML line, and quote text that YAML 1.1 knows as something else")
        if start.tags:
            self.report(DIRECTIVE, "%TAG lines are not read", start, help="delete the line and the tags that need it")


def place(event: Event) -> int:
    return event.start_mark.index << 32 | event.end_mark.index  # type: ignore[no-any-return]


def weigh(value: Any, marks: Marks, known: dict[int, tuple[Marks, int, int]]) -> tuple[int, int]:
    """How many values an aliased value has, and how many levels; `known` keeps what was weighed, or a bomb would go off here."""
    if isinstance(marks, int):
        return 1, 0
    if id(marks) in known:
        return known[id(marks)][1:]
    count, height = 1, 0
    for item, inner in zip(value.values(), marks[2::2], strict=True) if isinstance(value, dict) else zip(value, marks[1:], strict=True):
        more, levels = weigh(item, inner, known)
        count += more
        height = max(height, levels)
    known[id(marks)] = marks, count, height + 1
    return count, height + 1


STANDARD: Final = "tag:yaml.org,2002:"
TAGS: Final = {STANDARD + "int": int, STANDARD + "float": float, STANDARD + "bool": bool, STANDARD + "null": type(None)}
