"""Judges plain manifests, each at its own line, and has specs judged by the pipeline; a file is read, judged and forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from kgen import source
from kgen.conformance import Finding, Table
from kgen.conformance.codes import BY_KEYWORD, DECIDED_LATER, NO_ALTERNATIVE, REMEDIES, UNKNOWN_KIND
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, KgenError, Rejected, Related, Span, in_order
from kgen.manifest import GroupVersionKind, ObjectKey
from kgen.manifests import lines
from kgen.manifests.ahead import Clean, ahead
from kgen.manifests.files import KUSTOMIZATIONS, LOCK, NAME_ONE, NOTHING, File, Left, files, is_layer, is_spec, load
from kgen.manifests.worlds import World, Worlds
from kgen.records import NamedTuple
from kgen.source import Document, RejectedText

if TYPE_CHECKING:
    from kgen.pipeline import Build

NOT_AN_OBJECT: Final = Code("KG580", "not-a-manifest")
TWICE: Final = Code("KG581", "object-twice")
DEPRECATED: Final = Code("KG582", "deprecated-version")

# Of a Secret no report shows what may be secret.
SECRET: Final = (("data",), ("stringData",))
# What kustomize and Envoy Gateway read as their own configuration, and no API server gets to see.
KUSTOMIZE: Final = "kustomize.config.k8s.io/"
ENVOY_GATEWAY: Final = ("gateway.envoyproxy.io/v1alpha1", "EnvoyGateway")
NAMESPACE: Final = ROOT / "metadata" / "namespace"
# Nobody mends more in one go; the walk through one object stops by itself.
MOST: Final = 1_000


class Request(NamedTuple):
    """What was asked: files and folders ("-" is standard input); versions by the keys of a spec's `versions`; CRD files and folders."""

    paths: tuple[str, ...]
    versions: Mapping[str, str] | None = None
    schemas: tuple[str, ...] = ()
    strict: bool = False


class Outcome(NamedTuple):
    """What came of it: builds of the specs among the files; how many objects of how many files were judged, and by which versions."""

    builds: tuple[Build, ...]
    objects: int
    files: int
    judged_by: tuple[str, ...]
    left: Left
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str]


def validate(request: Request) -> Outcome:
    """Judges all that the request names; findings are told in the order of files and lines."""
    run = _Run(request)
    try:
        run.all()
    except Rejected as rejected:
        run.refuse(rejected)
    return run.outcome()


class _Run:
    """One request under way."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.found: list[Diagnostic] = []
        self.texts: dict[str, str] = {}
        self.builds: list[Build] = []
        self.left = Left([], [], [])
        self.objects = 0
        self.files = 0
        self.judged_by: dict[str, None] = {}

    def all(self) -> None:
        own: dict[GroupVersionKind, Table] = {}
        for path in self.request.schemas:
            # Not at the top: most need no CRD but those that kgen has.
            from kgen.own_kinds import tables_in

            own |= tables_in(path, path, Span(path, 1, 1, 1, 1))
        worlds = Worlds(self.request.versions, own)
        todo: list[File] = []
        try:
            for file in files(self.request.paths, self.left):
                todo.append(file)  # noqa: PERF402  # what comes before a refusal is kept
        except Rejected as rejected:
            self.refuse(rejected)
        known = ahead(todo, lambda file: _clean_file(file, worlds))
        for number, file in enumerate(todo):
            try:
                self.file(file, worlds, known.get(number), number in known)
            except Rejected as rejected:
                self.refuse(rejected)
        self.texts.update(worlds.texts)
        if not (self.objects or self.builds or self.found or any(self.left)):
            at = Span(self.request.paths[0], 1, 1, 1, 1)
            raise Rejected([NOTHING.error("there is no manifest and no spec in what was named", at, help=NAME_ONE)])

    def file(self, file: File, worlds: Worlds, known: Clean, looked: bool) -> None:
        """Judges one file, of which it may be `known` already that it is clean; `looked` says that somebody has looked."""
        if known is not None:
            worlds.of(file.path)  # its spec counts as looked at, whoever looked
            self.clean(file, known)
            return
        name = file.path.rpartition("/")[2]
        if name == LOCK:
            return  # read with its spec
        data = load(file)
        # Flux has a kind of that name, too.
        if name in KUSTOMIZATIONS and (b"apiVersion" not in data or KUSTOMIZE.encode() in data):
            self.left.configurations.append(file.path)
            return
        if is_spec(file, data):
            if file.named or not is_layer(data):
                self.spec(file, data)
            return
        if not file.named and b"apiVersion" not in data and b"kind" not in data:
            self.left.others.append(file.path)
            return
        text = source.text_of_manifests(data, file.path)
        if not looked and (clean := _clean(file, text, worlds)) is not None:
            self.clean(file, clean)
            return
        try:
            documents = source.parse_manifests(text, file.path)
        except RejectedText as rejected:
            raise _templated(rejected) from None
        if not file.named and not any(isinstance(each.data, dict) and each.data.keys() & {"apiVersion", "kind"} for each in documents):
            self.left.others.append(file.path)
            return
        self.manifests(file, documents, worlds)

    def clean(self, file: File, clean: tuple[int, str]) -> None:
        """Counts a file in which nothing is wrong."""
        objects, judged_by = clean
        self.objects += objects
        self.files += 1
        self.judged_by[judged_by] = None
        self.texts[file.path] = ""

    def spec(self, file: File, data: bytes) -> None:
        # Not at the top: judging a manifest needs nothing of what makes one.
        from kgen.pipeline import Request as Asked
        from kgen.pipeline import build

        made = build(Asked(file.path, stdin=data if file.path == "-" else None))
        self.builds.append(made)
        self.found += made.diagnostics
        self.texts.update(made.texts)

    def manifests(self, file: File, documents: tuple[Document, ...], worlds: Worlds) -> None:
        world = None
        before = len(self.found)
        seen: dict[ObjectKey, tuple[Document, FieldPath]] = {}
        for document in documents:
            self.found += document.warnings
            for at, body in objects(document.data):
                fault = _no_object(body)
                if fault is None and (body["apiVersion"].startswith(KUSTOMIZE) or (body["apiVersion"], body["kind"]) == ENVOY_GATEWAY):
                    self.left.configurations.append(file.path)
                    continue
                self.objects += 1
                if fault is None:
                    world = world or worlds.of(file.path)
                    self.object(document, at, body, world, seen)
                else:
                    self.found.append(_placed(document, at, body, *fault))
                if len(self.found) - before >= MOST:
                    break
            if len(self.found) - before >= MOST:
                break
        if world is not None:
            self.files += 1
            self.judged_by[f"{world.versions}, {world.said}"] = None
        # Of a file without findings no line will be shown; that it was looked at is told by some reports.
        self.texts[file.path] = documents[0].text if documents and len(self.found) > before else ""

    def object(
        self, document: Document, at: FieldPath, body: dict[str, Any], world: World, seen: dict[ObjectKey, tuple[Document, FieldPath]]
    ) -> None:
        api_version, kind = body["apiVersion"], body["kind"]
        table = world.table(api_version, kind)
        key = _key(body)
        if table is None:
            self.found.append(_unknown(document, at, key, api_version, world))
            return
        if key.name:
            first = seen.setdefault(key, (document, at))
            if first != (document, at):
                self.found.append(_twice(document, at, key, *first))
        if table.deprecated:
            place = document.span(FieldPath((*at, "apiVersion")))
            self.found.append(DEPRECATED.warning(f"{called(key)}: {table.deprecated}", place, help="the API server warns of this version"))
        verdict = table.judge(body)
        for fault in verdict.findings:
            self.found.append(_diagnostic(document, at, body, key, fault))
        self.found += _remarks(document, at, body, key, verdict.warnings)

    def refuse(self, rejected: Rejected) -> None:
        self.found += rejected.diagnostics
        if isinstance(rejected, RejectedText):
            self.texts[rejected.name] = rejected.text

    def outcome(self) -> Outcome:
        found = in_order(self.found)
        if self.request.strict:
            found = tuple(one._replace(severity="error") for one in found)
        return Outcome(tuple(self.builds), self.objects, self.files, tuple(self.judged_by), self.left, found, self.texts)


def _clean_file(file: File, worlds: Worlds) -> Clean:
    """As `_clean`, of a file that nobody has looked at yet; None also where it cannot be read, or holds anything but manifests."""
    try:
        if file.path == "-" or file.path.rpartition("/")[2] in (LOCK, *KUSTOMIZATIONS):
            return None
        data = load(file)
        return None if is_spec(file, data) else _clean(file, source.text_of_manifests(data, file.path), worlds)
    except (Rejected, KgenError):
        return None


def _clean(file: File, text: str, worlds: Worlds) -> Clean:
    """Judges a file of the usual style in which nothing is wrong: how many objects, and by what; None for any other."""
    bodies = lines.documents(text)
    if not bodies:
        return None
    world = worlds.of(file.path)
    seen = set()
    for body in bodies:
        api_version, kind = body.get("apiVersion"), body.get("kind")
        if not isinstance(api_version, str) or not isinstance(kind, str) or (kind.endswith("List") and "items" in body):
            return None
        table = world.table(api_version, kind)
        if table is None or table.deprecated:
            return None
        verdict = table.judge(body)
        if verdict.findings or not all(_is_idle(each) for each in verdict.warnings):
            return None
        seen.add(_key(body))
    return (len(bodies), f"{world.versions}, {world.said}") if len(seen) == len(bodies) else None


def objects(data: Any, at: FieldPath = ROOT) -> Iterator[tuple[FieldPath, Any]]:
    """The objects of a document with their places in it: itself, or, of a list (any kind that ends in List), its items.

    As apimachinery's UnstructuredJSONScheme, an item of a ConfigMapList, say, that names neither apiVersion nor kind is a ConfigMap.
    """
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        kind = data.get("kind")
        if isinstance(kind, str) and kind.endswith("List"):
            implied = {"apiVersion": data.get("apiVersion"), "kind": kind.removesuffix("List")}
            for number, item in enumerate(data["items"]):
                if implied["kind"] and isinstance(item, dict) and not item.get("apiVersion") and not item.get("kind"):
                    item = {**implied, **item, **implied}
                yield from objects(item, FieldPath((*at, "items", number)))
            return
    yield at, data


def _no_object(body: Any) -> tuple[str, str] | None:
    """Why something is no object of Kubernetes at all, and the field that it lacks."""
    if not isinstance(body, dict):
        what = (
            "null"
            if body is None
            else "a list"
            if isinstance(body, list)
            else f"the text {source.quoted(body)}"
            if isinstance(body, str)
            else f"the value {str(body).lower()}"
        )
        return f"this is {what}, no object of Kubernetes", ""
    for field in ("apiVersion", "kind"):
        value = body.get(field)
        if value is None or value == "":
            other = "kind" if field == "apiVersion" else "apiVersion"
            both = field == "apiVersion" and not body.get(other)
            return "neither apiVersion nor kind is set" if both else f"{field} is not set", field
        if not isinstance(value, str):
            return f"{field} must be a string", field
    return None


def _placed(document: Document, at: FieldPath, body: Any, message: str, field: str) -> Diagnostic:
    inner = FieldPath((*at, field))
    place = document.span(inner) if field and inner in document.spans else _start(document, at, body)
    help = "each object begins with apiVersion and kind; leave out files that are not for kubectl"
    return NOT_AN_OBJECT.error(message, place, help=help)


def _start(document: Document, at: FieldPath, body: Any) -> Span:
    """Where an object begins: its first key, or the first character of what stands in its place."""
    if isinstance(body, dict) and body:
        return document.key_span(FieldPath((*at, next(iter(body)))))
    span = document.span(at)
    return span._replace(end_line=span.line, end_column=span.column + 1)


def _key(body: dict[str, Any]) -> ObjectKey:
    """What makes an object this one; parts that are missing or no text are ""."""
    metadata = body.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    name, namespace = named.get("name"), named.get("namespace")
    group = body["apiVersion"].rpartition("/")[0]
    return ObjectKey(group, body["kind"], namespace if isinstance(namespace, str) else "", name if isinstance(name, str) else "")


def called(key: ObjectKey) -> str:
    """An object in a message: `HTTPRoute shop/orders`, or its kind alone where it has no name; what is too long is cut."""
    names = "/".join(source.shown(part) for part in (key.namespace, key.name) if part)
    return f"{source.shown(key.kind)} {names}".rstrip()


def _twice(document: Document, at: FieldPath, key: ObjectKey, first: Document, first_at: FieldPath) -> Diagnostic:
    here, there = (_name(*each) for each in ((document, at), (first, first_at)))
    related = [Related(there, "first here")]
    return TWICE.warning(
        f"{called(key)} stands twice in this file", here, "", related, "delete one, or rename it: the later one wins when applied"
    )


def _name(document: Document, at: FieldPath) -> Span:
    return document.span(FieldPath((*at, "metadata", "name")))


def _diagnostic(document: Document, at: FieldPath, body: Any, key: ObjectKey, fault: Finding) -> Diagnostic:
    code, place = BY_KEYWORD.get(fault.keyword, NO_ALTERNATIVE), _where(document, at, body, fault)
    if (key.group, key.kind) == ("", "Secret") and fault.path[:1] in SECRET:
        message = f"{called(key)}: {fault.path}: {fault.message.partition(', is ')[0]}"
        return code.error(message, place)._replace(unquoted=True)
    label, help = _misread(document, FieldPath((*at, *fault.path)), fault)
    return code.error(f"{called(key)}: {fault.path or 'the object'}: {fault.message}", place, label, help=help)


def _remarks(document: Document, at: FieldPath, body: Any, key: ObjectKey, warnings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """What the server takes and a file had better not hold; `kubectl apply -n` may give the namespace, so its lack is none."""
    for each in warnings:
        if not _is_idle(each):
            code = BY_KEYWORD[each.keyword]
            message = f"{called(key)}: {each.path}: {each.message}"
            yield code.warning(message, _where(document, at, body, each), help=REMEDIES[code])


def _is_idle(warning: Finding) -> bool:
    """Whether a warning says nothing to who applies a file: `kubectl apply -n` may give the namespace."""
    return BY_KEYWORD[warning.keyword] is DECIDED_LATER and warning.path == NAMESPACE


def _where(document: Document, at: FieldPath, body: Any, fault: Finding) -> Span:
    path = FieldPath((*at, *fault.path))
    if fault.keyword == "unknown":
        return document.key_span(path)
    if path in document.spans:
        return document.span(path)
    # What is missing is told at the key of what lacks it.
    return document.key_span(FieldPath(path[:-1])) if len(path) > len(at) + 1 else _start(document, at, body)


def _misread(document: Document, path: FieldPath, fault: Finding) -> tuple[str, str]:
    """Of an unquoted scalar where text is wanted: what kubectl takes it for, and how to write it."""
    if fault.keyword not in ("type", "null") or "a string" not in fault.message.partition(",")[0]:
        return "", ""
    raw = document.raw(path)
    if not raw:
        return "", ""
    value = source.resolve_as_kubectl(raw)
    if isinstance(value, str):
        return "", ""
    what = "null" if value is None else f"the boolean {str(value).lower()}" if isinstance(value, bool) else f"the number {value}"
    return f"unquoted, this is {what}", f"quote it if it is text: {source.quoted(raw)}"


def _unknown(document: Document, at: FieldPath, key: ObjectKey, api_version: str, world: World) -> Diagnostic:
    # Not at the top: on the way to an error only.
    from kgen.manifests.elsewhere import hint

    field, label, help = hint(api_version, key.kind, world)
    message = f"{called(key)}: {source.shown(api_version)} {source.shown(key.kind)} is not a kind that kgen knows for these versions"
    return UNKNOWN_KIND.error(message, document.span(FieldPath((*at, field))), label, help=help)


def _templated(rejected: RejectedText) -> RejectedText:
    """The findings, with another word of help where the file is no YAML yet."""
    if "{{" not in rejected.text:
        return rejected
    help = "this looks like a template: `helm template CHART | kgen validate -` judges what comes of it"
    mendable = (source.SYNTAX.number, source.KEY.number)
    found = [one._replace(help=help) if one.code in mendable else one for one in rejected.diagnostics]
    return RejectedText(found, rejected.name, rejected.text)
