"""What an Argo CD application asks of the plugin: its parameters, and its plugin's environment, as one request.

An application may give a value in either form: `source.plugin.parameters`, which come as JSON in ARGOCD_APP_PARAMETERS, or
`source.plugin.env`, whose names come with ARGOCD_ENV_ before them. PARAM_* repeats the former, and two names may become one there, so it
is not read. An empty value counts as none: that is what the user interface leaves in a field that was cleared.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from kgen import source
from kgen.cli.slices import SPEC, Slice, path
from kgen.clusterset.selector import listed, nearest
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Rejected, Related, Span
from kgen.manifest import ALL_STAGES
from kgen.records import NamedTuple
from kgen.source import Document

UNKNOWN: Final = Code("KG600", "unknown-parameter")
MALFORMED: Final = Code("KG601", "malformed-parameter")
MISSING: Final = Code("KG602", "missing-parameter")

VARIABLE: Final = "ARGOCD_APP_PARAMETERS"
PREFIX: Final = "ARGOCD_ENV_"
SOURCE_PATH: Final = "ARGOCD_APP_SOURCE_PATH"
FORMS: Final = ("string", "array", "map")
YES_OR_NO: Final = {"true": True, "false": False}


class Parameter(NamedTuple):
    """One parameter of the plugin, with the words that Argo CD's user interface shows; `form` is one of FORMS.

    `dynamic` ones are announced by `kgen cmp parameters`, which knows the application's set; the others by docs/argocd/plugin.yaml.
    """

    name: str
    form: str
    title: str
    tooltip: str
    required: bool = False
    dynamic: bool = False

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper().replace("-", "_")


PARAMETERS: Final = (
    Parameter(
        "cluster", "string", "Cluster", "the cluster of the set whose objects this application delivers", required=True, dynamic=True
    ),
    Parameter(
        "overlays",
        "array",
        "Overlays",
        "merged over the spec in this order: paths relative to the application's, or kgen:NAME",
        dynamic=True,
    ),
    Parameter("stage", "string", "Stage", "only this stage, such as 40-gateways; empty for all"),
    Parameter("spec", "string", "Spec", "path of the spec relative to the application's, if it is not clusterset.yaml"),
    Parameter("allow-empty", "string", "Allow empty", '"true" if it is meant that there may be no object at all'),
)
BY_NAME: Final = {parameter.name: parameter for parameter in PARAMETERS}


class Given(NamedTuple):
    """A value as one of the two ways brings it, and where it stands: `parts` are the places of a list's items."""

    value: Any
    at: Span
    parts: tuple[Span, ...] = ()


NOTHING: Final = Given("", Span("", 1, 1, 1, 1))


def asked(environment: Mapping[str, str], texts: dict[str, str]) -> Slice:
    """The request that the environment of the plugin's process holds; Rejected with all that is wrong with it.

    `texts` takes the text of each variable that was read, under its name, for the code frames of reports.
    """
    found: list[Diagnostic] = []
    given: dict[str, Given] = {}
    for name, value in (*_parameters(environment, texts, found), *_variables(environment, texts, found)):
        earlier = given.setdefault(name, value)
        if earlier.value != value.value:
            found.append(
                MALFORMED.error(
                    f'"{name}" is given twice, with two values', value.at, "", [Related(earlier.at, "the other one")], "keep one"
                )
            )
    if "cluster" not in given and not found:
        found.append(
            MISSING.error(
                "the application does not say which cluster it is for",
                Span(VARIABLE, 1, 1, 1, 1),
                help="give the plugin `parameters: [{name: cluster, string: east}]`",
            )
        )
    stage, allow_empty = given.get("stage", NOTHING), given.get("allow-empty", NOTHING)
    for name, value, known in (("stage", stage, ALL_STAGES), ("allow-empty", allow_empty, tuple(YES_OR_NO))):
        if value.value and value.value not in known:
            near = nearest(value.value, known)
            label = f'did you mean "{near}"?' if near else ""
            found.append(
                MALFORMED.error(f'"{value.value}" is no value of the parameter "{name}"', value.at, label, help=f"it takes {listed(known)}")
            )
    if found:
        raise Rejected(found)
    spec, overlays = given.get("spec", NOTHING), given.get("overlays", NOTHING)
    paths = tuple(map(path, overlays.value))
    places = {path(spec.value): spec.at, **dict(zip(paths, overlays.parts, strict=True)), given["cluster"].value: given["cluster"].at}
    return Slice(
        given["cluster"].value,
        paths,
        stage.value,
        path(spec.value) or SPEC,
        YES_OR_NO.get(allow_empty.value, False),
        MappingProxyType(places),
    )


def _parameters(environment: Mapping[str, str], texts: dict[str, str], found: list[Diagnostic]) -> Iterator[tuple[str, Given]]:
    """The parameters in ARGOCD_APP_PARAMETERS: JSON, so the reader of specs reads it, and knows where each value stands."""
    text = texts[VARIABLE] = environment.get(VARIABLE, "")
    if not text.strip() or text.strip() == "null":
        return
    try:
        document = source.parse(text, VARIABLE)
    except Rejected as rejected:
        found += rejected.diagnostics
        return
    if not isinstance(document.data, list):
        found.append(MALFORMED.error(f"{VARIABLE} is no list of parameters", document.span(ROOT), help="Argo CD writes a JSON list there"))
        return
    for index, item in enumerate(document.data):
        yield from _parameter(document, FieldPath((index,)), item, found)


def _parameter(document: Document, at: FieldPath, item: Any, found: list[Diagnostic]) -> Iterator[tuple[str, Given]]:
    name = item.get("name") if isinstance(item, dict) else None
    if not isinstance(name, str):
        found.append(MALFORMED.error("a parameter has no name", document.span(at), help=f"name it: {listed(tuple(BY_NAME))}"))
        return
    parameter = BY_NAME.get(name)
    if parameter is None:
        near = nearest(name, tuple(BY_NAME))
        label = f'did you mean "{near}"?' if near else "unknown"
        found.append(
            UNKNOWN.error(f'kgen has no parameter "{name}"', document.span(at / "name"), label, help=f"there are {listed(tuple(BY_NAME))}")
        )
        return
    forms = [form for form in FORMS if item.get(form) is not None]
    for form in forms:
        value, place = item[form], document.span(at / form)
        fits = isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) and each for each in value))
        if form != parameter.form or not fits:
            wanted = "an `array` of texts" if parameter.form == "array" else "a `string`"
            found.append(MALFORMED.error(f'the parameter "{name}" is {wanted}', place, help=f"write {_shown(parameter)}"))
        elif value:
            parts = tuple(document.span(at / form / number) for number in range(len(value))) if form == "array" else ()
            yield name, Given(value, place, parts)


def _variables(environment: Mapping[str, str], texts: dict[str, str], found: list[Diagnostic]) -> Iterator[tuple[str, Given]]:
    """The values in ARGOCD_ENV_*; those of a list are parted by commas."""
    variables = {parameter.variable: parameter for parameter in PARAMETERS}
    for variable in sorted(name for name in environment if name.startswith(PREFIX)):
        value = texts[variable] = environment[variable]
        at = Span(variable, 1, 1, 1, len(value) + 1)
        parameter = variables.get(variable)
        if parameter is None:
            near = nearest(variable, tuple(variables))
            label = f"did you mean {near.removeprefix(PREFIX)}?" if near else "unknown"
            names = tuple(name.removeprefix(PREFIX) for name in variables)
            asked = variable.removeprefix(PREFIX)
            found.append(UNKNOWN.error(f'kgen reads no "{asked}" from the env of its plugin', at, label, help=f"there are {listed(names)}"))
        elif parameter.form == "array":
            if items := [item.strip() for item in value.split(",") if item.strip()]:
                yield parameter.name, Given(items, at, (at,) * len(items))
        elif value:
            yield parameter.name, Given(value, at)


def _shown(parameter: Parameter) -> str:
    return f"{{name: {parameter.name}, {parameter.form}: {'[...]' if parameter.form == 'array' else '...'}}}"


def repository(here: str, environment: Mapping[str, str]) -> str:
    """The folder that holds the copy of the repository, or of the part that was sent: `here`, a real path, without the application's own.

    Argo CD runs the plugin in the application's folder, and sends the whole repository or the common root of what
    `manifest-generate-paths` lists: then only the last part of ARGOCD_APP_SOURCE_PATH is below that root.
    """
    root = here
    for name in reversed([part for part in environment.get(SOURCE_PATH, "").split("/") if part not in ("", ".")]):
        above, last = os.path.split(root)
        if last != name:
            break
        root = above
    return root
