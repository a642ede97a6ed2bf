"""`kgen validate` on plain manifests: which files, by which versions, and what is said of them."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kgen.cli import entry
from kgen.manifests import Outcome, Request, validate
from kgen.reports import report
from tests.checkout import ROOT

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
WRONG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: []\n"
SPEC = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  versions: {kubernetes: "1.33", submariner: 0.24.0, envoyGateway: 1.5.0}
  broker: {cluster: east, apiServer: "api.east.example.com:6443"}
  secrets: {provider: existing}
  clusters:
    - {name: east, podCIDR: 10.10.0.0/16, serviceCIDR: 10.11.0.0/16}
    - {name: west, podCIDR: 10.20.0.0/16, serviceCIDR: 10.21.0.0/16, versions: {envoyGateway: 1.9.1}}
  namespaces: [{name: shop, create: true}]
"""
# An API version that Envoy Gateway 1.9 brings, and 1.5 does not.
NEW = (
    "apiVersion: gateway.networking.k8s.io/v1\nkind: TCPRoute\nmetadata: {name: a}\nspec: {rules: [{backendRefs: [{name: a, port: 80}]}]}\n"
)
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: {size: {type: integer}, name: {type: string, pattern: "^(a+)+$"}}
              x-kubernetes-validations: [{rule: "self.size < 10", message: too large}]
    - name: v1beta1
      served: true
      storage: false
      deprecated: true
      schema: {openAPIV3Schema: {type: object}}
"""
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: 12}\n"


class Place:
    """A folder with files, and what is said of some of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __setitem__(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def __call__(self, *paths: str, **asked: Any) -> Outcome:
        return validate(Request(paths, **asked))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path)


def told(done: Outcome) -> list[tuple[str, str, int]]:
    return [(one.code, one.at.file, one.at.line) for one in done.diagnostics]  # type: ignore[union-attr]


# --- which files


def test_a_folder_is_all_below_it(place: Place) -> None:
    place["a/x.yaml"] = place["a/b/y.yml"] = place["a/b/z.json"] = WRONG
    place["a/readme.md"] = place["a/.hidden.yaml"] = place["a/.git/x.yaml"] = WRONG
    assert told(place("a")) == [("KG503", "a/b/y.yml", 4), ("KG503", "a/b/z.json", 4), ("KG503", "a/x.yaml", 4)]


def test_a_file_that_is_named_twice_is_judged_once(place: Place) -> None:
    place["a/x.yaml"] = WRONG
    assert told(place("a/x.yaml", "a", "./a/../a/x.yaml")) == [("KG503", "a/x.yaml", 4)]


def test_a_folder_has_more_than_manifests(place: Place) -> None:
    place["values.yaml"] = "replicas: 3\n"
    place["tsconfig.json"] = "{ // no JSON that anybody reads\n}"
    place["chart/Chart.yaml"] = "apiVersion: v2\nname: a\n"
    place["chart/templates/x.yaml"] = "kind: {{ .Values.kind }}\n"
    place["kustomization.yaml"] = "resources: [x.yaml]\n"
    place["flux/kustomization.yaml"] = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n"
    place["k/config.yaml"] = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Component\n"
    place["eg.yaml"] = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\n"
    place["layer.yaml"] = "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\nspec: {}\n"
    place["clusterset.lock.yaml"] = "globalnet: {}\n"
    place["x.yaml"] = CONFIG
    done = place(".")
    assert told(done) == []
    assert (done.objects, done.files, done.builds) == (2, 2, ())
    assert done.left.charts == ["./chart"]
    assert sorted(done.left.configurations) == ["eg.yaml", "k/config.yaml", "kustomization.yaml"]
    assert sorted(done.left.others) == ["tsconfig.json", "values.yaml"]


def test_what_is_named_is_meant(place: Place) -> None:
    """As with kubeconform: no file that somebody named is passed over in silence, a kustomization apart."""
    place["values.yaml"] = "replicas: 3\n"
    place["layer.yaml"] = "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\nspec: {}\n"
    place["kustomization.yaml"] = "resources: [x.yaml]\n"
    assert told(place("values.yaml", "layer.yaml", "kustomization.yaml", "gone.yaml")) == [
        ("KG001", "gone.yaml", 1),
        ("KG107", "layer.yaml", 2),
        ("KG580", "values.yaml", 1),
    ]


def test_half_an_object_is_never_passed_over(place: Place) -> None:
    place["a/x.yaml"] = "kind: ConfigMap\nmetadata: {name: a}\n"
    place["a/y.yaml"] = CONFIG + "---\nmetadata: {name: b}\n"
    assert told(place("a")) == [("KG580", "a/x.yaml", 1), ("KG580", "a/y.yaml", 5)]


def test_nothing_is_an_error(place: Place) -> None:
    place["a/readme.md"] = ""
    place["empty.yaml"] = "# nothing\n---\nnull\n"
    assert told(place("a")) == [("KG585", "a", 1)]
    place["empty.yaml"] = "# nothing\n---\n"
    assert told(place("empty.yaml")) == [("KG585", "empty.yaml", 1)]
    # An empty file beside others says nothing, as with kubectl.
    place["x.yaml"] = CONFIG
    assert told(place("empty.yaml", "x.yaml")) == []


def test_specs_and_manifests_are_told_apart(place: Place) -> None:
    place["set.yaml"] = SPEC
    place["flow.yaml"] = '{"apiVersion": "kgen.dev/v1alpha1", "kind": "ClusterSet", "metadata": {"name": "a"}}'
    place["text.yaml"] = CONFIG + "data:\n  spec: |\n    apiVersion: kgen.dev/v1alpha1\n    kind: ClusterSet\n"
    place["other/clusterset.yaml"] = "a: [\n"
    done = place("set.yaml", "flow.yaml", "text.yaml", "other/clusterset.yaml")
    assert [made.name for made in done.builds] == ["shop", "", ""]
    assert done.objects == 1
    assert told(done) == [("KG202", "flow.yaml", 1), ("KG004", "other/clusterset.yaml", 2)]


def test_every_object_of_every_list_is_judged_at_its_place(place: Place) -> None:
    items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"a{i}"}, "data": {"a": i or "x"}} for i in range(3)]
    inner = {"apiVersion": "v1", "kind": "ConfigMapList", "items": [{"metadata": {"name": "b"}, "data": []}]}
    place["x.json"] = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*items, inner]}, indent=1)
    done = place("x.json")
    assert done.objects == 4
    assert [(one.code, str(one.at.path)) for one in done.diagnostics] == [  # type: ignore[union-attr]
        ("KG503", "items[1].data.a"),
        ("KG503", "items[2].data.a"),
        ("KG503", "items[3].items[0].data"),
    ]


def test_an_object_twice_is_told_within_a_file_only(place: Place) -> None:
    place["a.yaml"] = CONFIG + "---\n" + CONFIG + "---\n" + CONFIG.replace("name: a", "name: a, namespace: b")
    place["b.yaml"] = CONFIG
    assert told(place("a.yaml", "b.yaml")) == [("KG581", "a.yaml", 7)]
    place["a.yaml"] = CONFIG.replace("name", "generateName") + "---\n" + CONFIG.replace("name", "generateName")
    assert told(place("a.yaml")) == [("KG513", "a.yaml", 3), ("KG513", "a.yaml", 7)], "each gets a name of its own"


def test_no_report_shows_a_secret(place: Place) -> None:
    place["x.yaml"] = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: hunter2!}\nstringData: {b: 4711}\n"
    done = place("x.yaml")
    assert [one.message for one in done.diagnostics] == ["Secret a: data.a: must be base64", "Secret a: stringData.b: must be a string"]
    for form in ("text", "json", "github", "sarif", "junit"):
        shown = report(form).render(done.diagnostics, done.texts)
        assert "hunter2" not in shown
        assert "4711" not in shown


# --- which versions


def test_the_newest_versions_unless_something_says_others(place: Place) -> None:
    place["a/x.yaml"] = NEW
    done = place("a")
    assert told(done) == []
    assert done.judged_by == (
        "Kubernetes 1.37, Envoy Gateway 1.9.1, Gateway API 1.6.1 experimental, Submariner 0.24.0, the newest that kgen knows",
    )
    assert told(place("a", versions={"envoyGateway": "1.5.0"})) == [("KG509", "a/x.yaml", 1)]
    assert told(place("a", versions={"gatewayAPI": "1.5.1", "channel": "standard"})) == [("KG509", "a/x.yaml", 2)]


def test_the_nearest_set_says_which_versions(place: Place) -> None:
    place["clusterset.yaml"] = SPEC
    place["manifests/x.yaml"] = NEW
    done = place("manifests")
    assert told(done) == [("KG509", "manifests/x.yaml", 1)]
    assert done.judged_by == (
        "Kubernetes 1.33, Envoy Gateway 1.5.0, Gateway API 1.3.0 experimental, Submariner 0.24.0, as clusterset.yaml says",
    )
    # --versions wins; a layer without a base is no set; the root of a repository ends the search.
    assert told(place("manifests", versions={})) == []
    place["manifests/clusterset.yaml"] = "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\nspec: {}\n"
    assert told(place("manifests/x.yaml")) == [("KG509", "manifests/x.yaml", 1)]
    (place.path / "manifests" / ".git").mkdir()
    assert told(place("manifests/x.yaml")) == []


def test_what_the_set_leaves_open_its_clusters_say(place: Place) -> None:
    place["clusterset.yaml"] = SPEC.replace(", envoyGateway: 1.5.0", "").replace(
        "10.11.0.0/16}", "10.11.0.0/16, versions: {envoyGateway: 1.6.2}}"
    )
    place["x.yaml"] = CONFIG
    assert place("x.yaml").judged_by == (
        "Kubernetes 1.33, Envoy Gateway 1.9.1, Gateway API 1.6.1 experimental, Submariner 0.24.0, as clusterset.yaml says",
    )


def test_a_set_that_is_wrong_says_nothing(place: Place) -> None:
    place["clusterset.yaml"] = SPEC.replace("1.5.0", "1.77.0")
    place["x.yaml"] = place["y.yaml"] = WRONG
    done = place("x.yaml", "y.yaml")
    assert told(done) == [("KG410", "clusterset.yaml", 5)]
    assert done.texts["clusterset.yaml"].startswith("apiVersion")
    place["clusterset.yaml"] = "a: [\n"
    assert told(place("x.yaml")) == [("KG004", "clusterset.yaml", 2)]


def kgen(*arguments: str) -> int:
    return entry.run(arguments)


@pytest.mark.parametrize("layout", ["stage", "object", "cluster"])
def test_a_tree_is_judged_by_the_versions_of_each_cluster(place: Place, layout: str) -> None:
    place["clusterset.yaml"] = SPEC
    place["layer.yaml"] = "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\nspec: {versions: {kubernetes: '1.32'}}\n"
    assert kgen("build", "-o", "out", "--overlay", "layer.yaml", "--layout", layout, "-q") == 0
    for cluster in ("east", "west"):
        place[f"out/clusters/{cluster}.yaml" if layout == "cluster" else f"out/clusters/{cluster}/60-manifests/own.yaml"] = NEW
    done = place("out")
    assert [(code, "east" in file) for code, file, _ in told(done)] == [("KG509", True)]
    assert [line.partition(", Gat")[0] for line in done.judged_by] == [
        "Kubernetes 1.32, Envoy Gateway 1.5.0",
        "Kubernetes 1.32, Envoy Gateway 1.9.1",
    ]


def test_a_tree_of_another_set_gets_the_versions_around_it(place: Place) -> None:
    place["clusterset.yaml"] = SPEC
    assert kgen("build", "-o", "out", "-q") == 0
    place["clusterset.yaml"] = SPEC.replace("name: shop}\nspec", "name: other}\nspec").replace("1.9.1", "1.8.0")
    assert {line.partition(", Gat")[0] for line in place("out").judged_by} == {"Kubernetes 1.33, Envoy Gateway 1.5.0"}


@pytest.mark.parametrize("example", ["seed", "globalnet", "hub", "minimal"])
def test_kgen_accepts_what_it_makes(example: str) -> None:
    done = validate(Request((str(ROOT / "examples" / example),)))
    assert done.diagnostics == ()
    assert done.objects > 4
    assert len(done.builds) >= 1


# --- which kinds


@pytest.mark.parametrize(
    ("api_version", "kind", "label", "help"),
    [
        ("v1", "ConfigMpa", 'did you mean "ConfigMap"?', "correct it, or bring its CRD with --schema DIR|FILE"),
        ("apps/v1beta1", "Deployment", 'did you mean "apps/v1"?', 'Deployment is served as "apps/v1" here; '),
        (
            "gateway.networking.k8s.io/v1alpha2",
            "BackendLBPolicy",
            "",
            "known in Gateway API (experimental) 1.2.1, and judged by Kubernetes 1.37,",
        ),
        ("kgen.dev/v1alpha1", "ClusterSett", 'did you mean "ClusterSet"?', "kgen.dev/v1alpha1 has ClusterSet and ClusterSetOverlay"),
        ("example.com/v1", "Widget", "", "correct apiVersion or kind, or bring its CRD"),
        ("a/b/c", "Widget", "", "correct apiVersion or kind, or bring its CRD"),
    ],
)
def test_an_unknown_kind_is_told_with_what_was_meant(place: Place, api_version: str, kind: str, label: str, help: str) -> None:
    place["x.yaml"] = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n"
    (found,) = place("x.yaml").diagnostics
    assert (found.code, found.label) == ("KG509", label)
    assert found.help.startswith(help)


def test_the_objects_of_submariner_itself_are_known(place: Place) -> None:
    place["x.yaml"] = "apiVersion: submariner.io/v1\nkind: Cluster\nmetadata: {name: a}\nspec: {cluster_id: 3}\n"
    assert {code for code, _, _ in told(place("x.yaml"))} == {"KG502", "KG503"}


def test_a_crd_brings_its_kinds(place: Place) -> None:
    place["crds/widget.yaml"] = CRD
    place["x.yaml"] = WIDGET
    place["old.yaml"] = "apiVersion: example.com/v1beta1\nkind: Widget\nmetadata: {name: a}\n"
    assert told(place("x.yaml")) == [("KG509", "x.yaml", 2)]
    for schema in ("crds", "crds/widget.yaml"):
        done = place("x.yaml", "old.yaml", schemas=(schema,))
        assert told(done) == [("KG582", "old.yaml", 1), ("KG512", "x.yaml", 4)]
        assert [one.message for one in done.diagnostics] == [
            "Widget a: example.com/v1beta1 Widget is deprecated",
            "Widget a: spec: too large",
        ]
    assert told(place("x.yaml", schemas=("x.yaml",))) == [("KG510", "x.yaml", 1)]


def test_the_kinds_of_the_nearest_set_are_known(place: Place) -> None:
    place["crds/widget.yaml"] = CRD
    place["clusterset.yaml"] = SPEC + "  schemas: [crds]\n"
    place["deploy/x.yaml"] = WIDGET
    assert told(place("deploy")) == [("KG512", "deploy/x.yaml", 4)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("size: {type: integer}", "size: {}", "a type is required", id="not structural"),
        pytest.param("size: {type: integer}", 'size: {"$ref": "#/x"}', "$ref", id="refers to itself"),
        pytest.param(
            "size: {type: integer}", "size: &s {type: object, properties: {s: *s}}", "inside the value that it repeats", id="alias"
        ),
        pytest.param('"^(a+)+$"', '"(?=a)"', "the pattern cannot be used", id="pattern"),
        pytest.param('"self.size < 10"', "\"__import__('os').system('touch hacked') == 0\"", "rule", id="Python for a rule"),
        pytest.param('"self.size < 10"', '"self.size < nothing()"', "nothing", id="unknown function"),
    ],
)
def test_a_crd_that_cannot_be_used_is_refused(place: Place, old: str, new: str, words: str) -> None:
    assert old in CRD
    place["crd.yaml"] = CRD.replace(old, new)
    place["x.yaml"] = WIDGET
    done = place("x.yaml", schemas=("crd.yaml",))
    assert {one.code for one in done.diagnostics} <= {"KG500", "KG013"}
    assert any(words in one.message for one in done.diagnostics), done.diagnostics
    assert not (place.path / "hacked").exists()


def test_a_pattern_with_nested_repeats_takes_no_time(place: Place) -> None:
    place["crd.yaml"] = CRD
    place["x.yaml"] = WIDGET.replace("size: 12", f"size: 1, name: {'a' * 100_000}!")
    assert told(place("x.yaml", schemas=("crd.yaml",))) == [("KG505", "x.yaml", 4)]


def test_python_in_a_crd_is_never_run(place: Place) -> None:
    evil = "'''); __import__('os').system('touch hacked') #"
    crd = json.loads(json.dumps({"a": evil, "b": evil, "c": evil}))
    spec = {
        "type": "object",
        "required": [evil],
        "properties": {evil: {"type": "string", "enum": [evil, "x"], "default": evil}, "size": {"type": "integer"}},
        "x-kubernetes-validations": [{"rule": f"self.size < size('{evil.replace(chr(39), '')}')", "message": evil}],
    }
    place["crd.json"] = json.dumps(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com", "annotations": crd},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": {"kind": "Widget", "plural": "widgets"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}}],
            },
        }
    )  # fmt: skip
    place["x.yaml"] = WIDGET
    done = place("x.yaml", schemas=("crd.json",))
    assert {one.code for one in done.diagnostics} <= {"KG500", "KG502", "KG512"}
    assert not (place.path / "hacked").exists()


# --- what cannot be an object

ROUTE = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: "
LONG = "x" * 1_000_000
HOSTILE: dict[str, tuple[str, set[str]]] = {
    "a list": ("- a\n", {"KG580"}),
    "a scalar": ("3\n", {"KG580"}),
    "an empty map": ("{}\n", {"KG580"}),
    "a number for a kind": ("apiVersion: v1\nkind: 3\n", {"KG580"}),
    "metadata that is a list": ("apiVersion: v1\nkind: ConfigMap\nmetadata: [a]\n", {"KG503"}),
    "null wherever it may be": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: null}\ndata: null\n", set()),
    "spec null": (ROUTE + "null", {"KG502"}),
    "beyond int64": (ROUTE + "{rules: [{backendRefs: [{name: a, port: 9223372036854775808}]}]}", {"KG503"}),
    "beyond any integer": (ROUTE + "{rules: [{backendRefs: [{name: a, port: 99999999999999999999999}]}]}", {"KG503"}),
    "a float for an integer": (ROUTE + "{rules: [{backendRefs: [{name: a, port: 80.5}]}]}", {"KG503"}),
    "a whole float": (ROUTE + "{rules: [{backendRefs: [{name: a, port: 80.0}]}]}", set()),
    "NaN": (ROUTE + "{rules: [{backendRefs: [{name: a, port: .nan}]}]}", {"KG015"}),
    "a megabyte of text": (CONFIG + f"data: {{a: {LONG}}}\n", set()),
    "a megabyte where less is allowed": (ROUTE + f"{{hostnames: [{LONG}]}}", {"KG506"}),
    "a megabyte for a kind": (f"apiVersion: v1\nkind: {LONG}\n", {"KG509"}),
    "a megabyte for a version": (f"apiVersion: {LONG}\nkind: A\n", {"KG509"}),
    "100,000 entries": (ROUTE + "{hostnames: [" + ",".join(f"h{i}.example.com" for i in range(100_000)) + "]}", {"KG506"}),
    "100,000 wrong entries": (ROUTE + "{hostnames: [" + ",".join(f"H_{i}" for i in range(100_000)) + "]}", {"KG505", "KG506"}),
    "100,000 items that are nothing": ("apiVersion: v1\nkind: List\nitems: [" + "{}," * 100_000 + "]\n", {"KG580"}),
    "100,000 documents that are nothing": ("a: 1\n---\n" * 100_000, {"KG580"}),
    "100,000 unknown fields": (ROUTE + "{" + ",".join(f"k{i}: 1" for i in range(100_000)) + "}", {"KG501"}),
    "keys that need escaping": (CONFIG + 'data: {"a~b/c.d[0]\\n\\0\\"": 1, "": 2, "..": x}\n', {"KG503"}),
    "a key twice": (CONFIG + "data: {a: x, a: y}\n", {"KG008"}),
    "too deep": ("[" * 10_000, {"KG014"}),
    "a bomb": ("".join(f"a{i}: &a{i} [{f'*a{i - 1},' * 9 if i else ''} x]\n" for i in range(12)), {"KG012"}),
    "no text": ("\x00\x01\x02", {"KG002"}),
    "a control character": (CONFIG + 'data: {a: "\x07"}\n', {"KG005"}),
    "a template": (CONFIG + "data: {{ toYaml .Values }}\n", {"KG009"}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "codes"), HOSTILE.values(), ids=HOSTILE)
def test_any_text_has_a_verdict_and_a_report(place: Place, text: str, codes: set[str]) -> None:
    place["x.yaml"] = text
    done = place("x.yaml")
    assert {one.code for one in done.diagnostics} == codes
    assert len(done.diagnostics) <= 1_500
    for form in ("text", "json", "github", "sarif", "junit"):
        assert len(report(form).render(done.diagnostics, done.texts)) < 5_000_000


# --- the command


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    def command(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        return Said(entry.run(["validate", *arguments]), *capsys.readouterr())

    return command


def test_standard_input_is_a_stream_of_manifests_or_a_spec(place: Place, run: Callable[..., Said]) -> None:
    assert run("-", stdin=CONFIG + "---\n" + NEW).err.startswith("2 objects in 1 file: no errors\njudged by Kubernetes 1.37")
    assert run("-", stdin=WRONG).err.startswith("error[KG503] wrong-type: ConfigMap a: data: must be a map, is a list\n  --> -:4:7 data\n")
    assert run("-", stdin=SPEC) == Said(0, "", "shop: no errors in 2 clusters\n")
    assert run("-").code == 1
    place["clusterset.yaml"] = SPEC
    assert "KG509" in run("-", stdin=NEW).err


def test_strict_quiet_and_formats(place: Place, run: Callable[..., Said]) -> None:
    place["x.yaml"] = NEW.replace("/v1\n", "/v1alpha2\n")
    assert run("x.yaml").code == 0
    assert run("x.yaml", "-q") == Said(0, "", "")
    assert run("x.yaml", "--strict").code == 1
    found = json.loads(run("x.yaml", "--format", "json").out)
    assert json.dumps(found).count("KG582") == 1
    assert "::warning file=x.yaml,line=1" in run("x.yaml", "--format", "github").out
    for form in ("sarif", "junit"):
        assert "KG582" in run("x.yaml", "--format", form).out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("kubernetes=1.99", '--versions: Kubernetes "1.99" is not supported; supported: 1.28, 1.29,'),
        ("envoyGateway=9.9.9", '--versions: Envoy Gateway "9.9.9" is not supported; supported: 1.2,'),
        ("channel=alpha", '--versions: Gateway API channel "alpha" is not supported; supported: standard, experimental'),
        ("k8s=1.35", "--versions: 'k8s=1.35' is not KEY=VERSION with a key of channel, envoyGateway, gatewayAPI, kubernetes, submariner"),
        ("1.35", "--versions: '1.35' is not KEY=VERSION"),
        ("kubernetes=1.35,kubernetes=1.34", "--versions: kubernetes is given twice"),
    ],
)
def test_versions_that_are_unknown_are_usage(place: Place, run: Callable[..., Said], given: str, words: str) -> None:
    place["x.yaml"] = CONFIG
    said = run("x.yaml", "--versions", given)
    assert (said.code, said.out) == (2, "")
    assert words in " ".join(said.err.split())


def test_an_overlay_is_for_one_spec(place: Place, run: Callable[..., Said]) -> None:
    place["clusterset.yaml"] = SPEC
    place["layer.yaml"] = "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\nspec: {versions: {kubernetes: '1.32'}}\n"
    assert run("--overlay", "layer.yaml").err == "shop: no errors in 2 clusters\n"
    assert run(".", "--overlay", "layer.yaml").err == "shop: no errors in 2 clusters\n"
    assert run("clusterset.yaml", "x.yaml", "--overlay", "layer.yaml").code == 2


def test_a_folder_that_may_not_be_read_is_trouble(place: Place, run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    place["a/x.yaml"] = CONFIG

    def broken(folder: str, onerror: Callable[[OSError], None]) -> list[Any]:
        onerror(PermissionError(13, "Permission denied", folder))
        return []

    monkeypatch.setattr("os.walk", broken)
    assert run("a") == Said(3, "", "kgen: cannot read a: Permission denied\n")


def test_file_names_as_pre_commit_passes_them(place: Place, run: Callable[..., Said]) -> None:
    shutil.copytree(ROOT / "examples" / "seed", place.path / "seed")
    names = sorted(str(path.relative_to(place.path)) for path in (place.path / "seed").rglob("*.yaml"))
    said = run(*names)
    assert said.code == 0
    assert said.err.startswith("envoy-gateway-multicluster: no errors in 2 clusters\n20 objects in 8 files: no errors\n")


@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_what_comes_of_a_large_tree_is_the_same_on_one_processor_and_on_many(tmp_path: Path, form: str) -> None:
    """Large enough to be shared out: clean files, one with a fault, one of another style, one that is none, and a spec beside them."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system cannot keep a process on one processor")
    for number in range(60):
        folder = tmp_path / ("shop" if number % 2 else "desk")
        folder.mkdir(exist_ok=True)
        text = "".join(
            f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}-{each}, namespace: shop}}\ndata: {{text: {'x' * 900}}}\n"
            for each in range(25)
        )
        (folder / f"{number:02}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "shop" / "01.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NO, namespace: shop}\n", encoding="utf-8")
    (tmp_path / "shop" / "03.yaml").write_text(
        "apiVersion: v1\nkind: &k ConfigMap\nmetadata: {name: c, namespace: shop}\n", encoding="utf-8"
    )
    (tmp_path / "desk" / "02.yaml").write_text("on: push\n", encoding="utf-8")
    shutil.copy(ROOT / "examples" / "minimal" / "clusterset.yaml", tmp_path / "shop")
    command = [sys.executable, "-m", "kgen", "validate", ".", "--format", form]

    def run(processors: set[int] | None) -> tuple[int, str, str]:
        pin = None if processors is None else lambda: os.sched_setaffinity(0, processors)
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=pin)
        return done.returncode, done.stdout, done.stderr

    alone = run({min(os.sched_getaffinity(0))})
    assert run(None) == alone
    assert alone[0] == 1
    assert "NO" in alone[1] + alone[2]
    assert form != "text" or "1427 objects" in alone[2]


@pytest.mark.parametrize("style", ["", "# a tab\there\n"], ids=["usual", "other"])
def test_warnings_are_told_of_a_file_in_any_style(place: Place, style: str) -> None:
    place["w.yaml"] = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  namespace: other\n  uid: abc\n{style}"
    assert told(place("w.yaml")) == [("KG514", "w.yaml", 5), ("KG514", "w.yaml", 6)]


def test_a_pipe_is_read_once_however_large_the_rest_is(tmp_path: Path) -> None:
    for number in range(30):
        text = "".join(
            f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}-{each}}}\ndata: {{a: {'x' * 900}}}\n" for each in range(50)
        )
        (tmp_path / f"{number:02}.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "kgen", "validate", "/dev/stdin", "."]
    done = subprocess.run(command, cwd=tmp_path, input=WRONG, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "1501 objects in 31 files" in done.stderr
    # The system may be told to forget processes that end, and may have none to give.
    script = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", script, sys.executable, *command[1:4], "."], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, "1500 objects in 30 files: no errors")
    script = "import os, runpy, sys; os.fork = lambda: (_ for _ in ()).throw(BlockingIOError(11, '')); sys.argv = sys.argv[1:]; runpy.run_module('kgen', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", script, "kgen", "validate", "."], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, "1500 objects in 30 files: no errors")
