"""A Helm chart of one cluster: its objects as templates in which Helm finds nothing to do, but for a few values.

What the text of an object holds is data: every `{{` in it is escaped. Three things are values, and their defaults change nothing:
labels and annotations for every object, whether Namespaces are made, and what stands in place of the placeholders of Secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kgen.dump import dumps
from kgen.manifest import File, Manifest

# Placeholder to the name of its value.
PLACEHOLDERS: Final = {
    "${SUBMARINER_BROKER_TOKEN}": "brokerToken",
    "${SUBMARINER_BROKER_CA}": "brokerCA",
    "${SUBMARINER_IPSEC_PSK}": "ipsecPSK",
}
SECRETS_STAGE: Final = "20-submariner"
OPEN: Final = "{{"
ESCAPED: Final = '{{ "{{" }}'
COMMENTS: Final = {
    "brokerToken": "the token of the cluster's account on the broker, as it is",
    "brokerCA": "the broker's certificate authority, in base64 on one line",
    "ipsecPSK": "the pre-shared key, in base64 on one line",
}

# What is added to an object's own labels or annotations: never in place of one of them.
HELPERS: Final = """\
{{- define "kgen.added" -}}
{{- range $name, $value := .added }}
{{- if not (has $name $.own) }}
{{ $name | toJson }}: {{ $value | toString | toJson }}
{{- end }}
{{- end }}
{{- end }}
"""
IGNORED: Final = ".kgen-index\n"


def files(name: str, version: str, about: str, stages: Iterable[tuple[str, Iterable[Manifest]]]) -> Iterator[File]:
    """The files of the chart; `stages` are in the order in which they are applied, `about` is the chart's description."""
    found: dict[str, str] = {}
    templates = [(stage, "---\n".join(_template(manifest, stage, found) for manifest in placed)) for stage, placed in stages]
    yield File(".helmignore", [IGNORED])
    chart = {"apiVersion": "v2", "name": name, "description": about, "type": "application", "version": version}
    yield File("Chart.yaml", [dumps(chart)])
    for stage, text in templates:
        yield File(f"templates/{stage}.yaml", [text])
    yield File("templates/_kgen.tpl", [HELPERS])
    yield File("values.schema.json", [json.dumps(_schema(found), indent=2) + "\n"])
    yield File("values.yaml", [_values(found)])


def _template(manifest: Manifest, stage: str, found: dict[str, str]) -> str:
    """One object as a template; `found` takes the placeholders that it has, by the names of their values."""
    body, metadata = manifest.body, manifest.body["metadata"]
    before, after = _around(body, "metadata")
    inside = {key: value for key, value in metadata.items() if key not in ("labels", "annotations")}
    parts = [
        _escaped(dumps(before)) if before else "",
        "metadata:\n",
        _indented(_escaped(dumps(inside))),
        *(_added(field, metadata.get(field) or {}, not manifest.copied) for field in ("labels", "annotations")),
        _escaped(dumps(after)) if after else "",
    ]
    text = "".join(parts)
    if stage == SECRETS_STAGE:
        for placeholder, name in PLACEHOLDERS.items():
            # A scalar of its own: what stands for a value is always in quotes.
            if f'"{placeholder}"' in text:
                found[name] = placeholder
                text = text.replace(f'"{placeholder}"', f"{{{{ .Values.secrets.{name} | toJson }}}}")
    if manifest.gvk.kind == "Namespace":
        return f"{{{{- if .Values.namespaces.create }}}}\n{text}{{{{- end }}}}\n"
    return text


def _around(body: Mapping[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    keys = list(body)
    at = keys.index(name)
    return {key: body[key] for key in keys[:at]}, {key: body[key] for key in keys[at + 1 :]}


def _escaped(text: str) -> str:
    return text.replace(OPEN, ESCAPED)


def _indented(text: str) -> str:
    return re.sub(r"^(?=.)", "  ", text, flags=re.MULTILINE)


def _added(field: str, own: Mapping[str, str], more_to_come: bool) -> str:
    """The object's own labels or annotations, and those of the value, but for what others copy."""
    if not more_to_come:
        return f"  {field}:\n" + _indented(_indented(_escaped(dumps(dict(own))))) if own else ""
    # Names of labels and annotations hold nothing that a constant in a template's action would not.
    names = " ".join(["list", *map(json.dumps, own)])
    more = f'{{{{- include "kgen.added" (dict "own" ({names}) "added" .) | nindent 4 }}}}\n'
    head = f"  {field}:\n"
    start, end = f"{{{{- with .Values.common{field.capitalize()} }}}}\n", "{{- end }}\n"
    if own:
        return head + _indented(_indented(_escaped(dumps(dict(own))))) + start + more + end
    return start + head + more + end


def _values(found: Mapping[str, str]) -> str:
    lines = [
        "# What is safe to change. All else is judged as a whole: change the spec, and make the chart anew.",
        "# Added to every object that has none of that name, but for ServiceExports, CRDs and accounts' tokens, which others copy or own.",
        "commonLabels: {}",
        "commonAnnotations: {}",
        "namespaces:",
        "  # false where somebody else makes them. What the chart makes, helm keeps when the release is uninstalled.",
        "  create: true",
    ]
    if found:
        lines += ["# Set these when you install, from a file that is not in Git: the chart holds no secret.", "secrets:"]
        for name, placeholder in found.items():
            lines += [f"  # {COMMENTS[name]}", f"  {name}: {json.dumps(placeholder)}"]
    return "\n".join(lines) + "\n"


def _schema(found: Mapping[str, str]) -> dict[str, Any]:
    """What values may be: a misspelt one is refused by helm."""
    texts = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}

    def closed(properties: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": False, "properties": properties}

    properties: dict[str, Any] = {
        "commonLabels": texts,
        "commonAnnotations": texts,
        "namespaces": closed({"create": {"type": "boolean"}}),
        "global": {"type": "object"},
    }
    if found:
        properties["secrets"] = closed({name: {"type": "string", "minLength": 1} for name in found})
    return {"$schema": "http://json-schema.org/draft-07/schema#", **closed(properties)}
