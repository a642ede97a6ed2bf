"""The parser's messages in plain words."""

from __future__ import annotations

import re
from typing import Any, Final

from kgen.diagnostics import Diagnostic, Related
from kgen.source.codes import SYNTAX
from kgen.source.document import Tree

# Where the parser notices what is wrong long after it began.
FROM_ITS_START: Final = ("while scanning a simple key", "while scanning a quoted scalar")
# A part of the parser's message, what kgen says, what helps; the first that fits is taken.
WORDS: Final = (
    (
        "invalid Unicode character escape",
        "this escape stands for no character: half of a surrogate pair, or beyond U+10FFFF",
        "write the character itself, or \\U and its eight digits",
    ),
    ("unknown escape", "double quotes know no such escape", "write \\\\ for a backslash, or use single quotes"),
    ("while parsing a quoted scalar", "an escape in double quotes is not complete", "write \\\\ for a backslash, or use single quotes"),
    ("unexpected end of stream", "quoted text starts here and never ends", "close the quotes"),
    ("unexpected document", "quoted text starts here and runs into a line that ends the document", "close the quotes"),
    (
        "while scanning an alias",
        "* repeats an anchor, but no name of one follows",
        'put text that starts with * in quotes, as in "*.example.com"',
    ),
    ("while scanning an anchor", "& makes an anchor, but no name for it follows", "put text that starts with & in quotes"),
    ("while scanning a tag", "! begins a tag, but what follows is none", "put text that starts with ! in quotes"),
    ("while parsing a tag", "! begins a tag, but what follows is none", "put text that starts with ! in quotes"),
    ("undefined tag handle", "this tag's handle is declared nowhere", "put text that starts with ! in quotes, or delete the tag"),
    ("while scanning a directive", "% begins a line for the parser, but what follows is none", "put text that starts with % in quotes"),
    ("incompatible YAML document", "the document asks for a version of YAML that kgen does not read", "delete the %YAML line"),
    (
        "while scanning a block scalar",
        "this does not belong behind | or >",
        "write |, |- or >- alone, and the text on the lines below, indented",
    ),
    ("cannot start any token", "CHARACTER cannot start a value", "put the text in quotes"),
    (
        "mapping values are not allowed",
        "a key and its colon cannot stand here",
        "put text that has a colon and a space in it in quotes; check the indentation of this line",
    ),
    (
        "while scanning a simple key",
        "this is neither a key with its colon nor part of the value above",
        "write `key: value`, or indent the line deeper to go on with a text",
    ),
    ("sequence entries are not allowed", "a list item cannot start here", "start the list on the line below its key"),
    ("mapping keys are not allowed", "a key cannot stand here", "check the indentation of this line"),
    ("parsing a block mapping", "this line is not another key of the mapping above", "align it with the keys of that mapping"),
    (
        "parsing a block collection",
        "this line is not another item of the list above",
        "align it with that list's items, and begin it with `- `",
    ),
    ("parsing a flow sequence", "the list in brackets is not closed, or lacks a comma here", "write `, ` between items and ] at the end"),
    ("parsing a flow mapping", "the mapping in braces is not closed, or lacks a comma here", "write `, ` between fields and } at the end"),
    ("expected node content", "a value is missing here", "write a value, or null"),
    ("expected the node content", "a value is missing here", "write a value, or null"),
    ("document start", "the document has ended above: this does not belong to it", "check the indentation of this line"),
)


def syntax(tree: Tree, error: Any) -> Diagnostic:
    """The parser's message in plain words, at the parser's place."""
    problem, context = getattr(error, "problem", None) or str(error), getattr(error, "context", None) or ""
    ends, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    length = len(tree.text) - tree.base
    first, last = (min(mark.index, length) if mark else length for mark in (began or ends, ends or began))
    text = tree.text[tree.base :]
    merge = re.search(r"^(?:<{7}|\|{7}|={7}|>{7})(?: |$)", text, re.MULTILINE)
    if merge is not None:
        # At the first column no value can go on, so this is what git leaves in a file that both sides changed.
        message, help = "a merge was not resolved: git left both sides here", "keep what is right of both, and delete the marker lines"
        return SYNTAX.error(message, tree.point(merge.start()), help=help)
    character = text[last : last + 1]
    line = text[:last].rpartition("\n")[2]
    if context in FROM_ITS_START or not text[last:].strip():
        last = first
    if character == "\t":
        message, help = "a tab stands where YAML wants spaces", "indent with spaces"
    elif character == ":" and not line.strip(" -?"):
        message, help = "a key is missing before the colon", 'write the key; "" is the empty one'
    elif line.strip(" -") and context in ("while parsing a block mapping", "while parsing a block collection"):
        message, help = "this cannot follow the value before it", "put the whole value in quotes, or the next key on a line of its own"
    else:
        found = (words for part, *words in WORDS if part in f"{context}: {problem}")
        message, help = next(found, (f"this is not YAML: {problem}", "check quotes, brackets and indentation here and in the line above"))
    related = [Related(tree.point(first), "what is read here started there")] if first != last else []
    return SYNTAX.error(message.replace("CHARACTER", character), tree.point(last), "", related, help)
