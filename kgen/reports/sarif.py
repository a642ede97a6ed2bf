"""The report for code scanning: SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

Rules carry what `kgen explain` says. Files are URIs relative to where kgen ran, unless the author gave an absolute path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from kgen.diagnostics import Diagnostic, Place
from kgen.explain import pages
from kgen.release import VERSION
from kgen.reports.places import span
from kgen.reports.printable import printable

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], colour: bool = False) -> str:
    """The document, also where there is no finding."""
    codes = sorted({(one.code, one.slug) for one in diagnostics})
    index = {code: place for place, (code, _) in enumerate(codes)}
    driver = {
        "name": "kgen",
        "version": VERSION,
        "semanticVersion": VERSION,
        "informationUri": "https://kgen.dev",
        "rules": [_rule(code, slug) for code, slug in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, index[one.code]) for one in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str, slug: str) -> dict[str, Any]:
    page = pages.page(code)
    words = slug.replace("-", " ")
    rule: dict[str, Any] = {"id": code, "name": "".join(word.capitalize() for word in slug.split("-")), "shortDescription": {"text": words}}
    if page is not None:
        rule["fullDescription"] = {"text": page.summary}
        rule["help"] = {"text": page.text, "markdown": page.text}
    return rule


def _result(one: Diagnostic, index: int) -> dict[str, Any]:
    help_text = f"\nhelp: {printable(one.help)}" if one.help else ""
    label = f" ({printable(one.label)})" if one.label else ""
    result: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": one.severity,
        "message": {"text": printable(one.message) + label + help_text},
        "locations": [_location(one.at)],
    }
    if one.related:
        result["relatedLocations"] = [
            {"id": number, **_location(other.at), **({"message": {"text": printable(other.label)}} if other.label else {})}
            for number, other in enumerate(one.related, 1)
        ]
    return result


def _location(at: Place) -> dict[str, Any]:
    where = span(at)
    location: dict[str, Any] = {}
    if where.file:
        region = {"startLine": where.line, "startColumn": where.column, "endLine": where.end_line, "endColumn": where.end_column}
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(where.file)}, "region": region}
    if where.path:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(str(where.path))}]
    return location


def _uri(path: str) -> str:
    # A colon in the first part would read as a scheme (RFC 3986, 4.2), so none is left; what is no text stays in bytes.
    quoted = quote(path, safe="/", errors="surrogatepass")
    return f"file://{quoted}" if path.startswith("/") else quoted
