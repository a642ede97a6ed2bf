"""docs/layers.md: its files are good, its commands print what it says, and what it claims of them holds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kgen.clusterset.decode import decode
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.overlay import KEYED, SEVERAL_FORMS, load
from kgen.clusterset.override import BLOCKS, ITEMS, variants
from kgen.diagnostics import Rejected, Span
from kgen.pipeline import Request, build

TEXT = (Path(__file__).parents[2] / "docs" / "layers.md").read_text(encoding="utf-8")
FILES = {match[1]: match[2] for match in re.finditer(r"^```yaml\n# (\S+)\n(.*?)^```", TEXT, re.S | re.M)}
COMMANDS = re.findall(r"^```console\n\$ kgen (.*?)\n(.*?)^```", TEXT, re.S | re.M)
GOOD = [name for name in FILES if name not in ("local.yaml", "wrong.yaml")]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wished(spec: str, *overlays: str) -> ClusterSet:
    return decode(load(spec, overlays).document)


@pytest.mark.parametrize("name", GOOD)
def test_its_files_decode(name: str) -> None:
    document = load(name, []).document
    variants(document, decode(document))


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_its_commands_print_what_it_says(here: Path, command: str, output: str) -> None:
    done = subprocess.run([sys.executable, "-m", "kgen", *command.split()], capture_output=True, text=True, check=False, cwd=here)
    assert (done.returncode, done.stdout + done.stderr) == (0, output)


def test_the_overlay_does_what_it_says() -> None:
    wish = wished("overlays/prod")
    assert {c.name: dict(c.labels) for c in wish.clusters} == {
        "east": {"region": "eu"},
        "north": {},
        "west": {"region": "us", "tier": "edge"},
    }
    assert [listener.name for listener in wish.gateways[0].listeners] == ["https"]
    assert wished("clusterset.yaml", "local.yaml").submariner == {"natEnabled": False}


def test_the_overrides_do_what_they_say() -> None:
    document = load("regions.yaml", []).document
    by_cluster = variants(document, decode(document)).by_cluster
    assert list(by_cluster) == ["west"]
    assert by_cluster["west"].routes[0].hostnames == ("www.us.example.com",)


def test_the_patches_do_what_they_say() -> None:
    done = build(Request("patched.yaml"))
    bodies = {(cluster, placed.manifest.gvk.kind): placed.manifest.body for cluster in done.clusters for placed in done.placements(cluster)}
    for cluster in ("east", "west"):
        gateway = bodies[cluster, "Gateway"]
        assert gateway["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "kgen", "team": "edge"}
        assert gateway["spec"]["listeners"] == [
            {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}
        ]
    assert "timeouts" not in bodies["east", "HTTPRoute"]["spec"]["rules"][0]
    assert bodies["west", "HTTPRoute"]["spec"]["rules"][0]["timeouts"] == {"request": "10s"}


def test_the_rules_name_what_there_is() -> None:
    rules = TEXT[TEXT.index("How it is merged") : TEXT.index("**Which, and in what order.**")]
    for fields, keys in KEYED.items():
        assert f"`{fields[-1]}`" in rules
        assert all(f"`{name}`" in rules for name in keys.names)
    assert all(f"`{name}`" in rules for name in SEVERAL_FORMS)
    overrides = TEXT[TEXT.index("## Overrides") : TEXT.index("## Patches")]
    assert all(f"`{name}`" in overrides for name in (*ITEMS, *BLOCKS))


def test_the_wrong_one_fails_as_it_says() -> None:
    with pytest.raises(Rejected) as caught:
        load("wrong.yaml", [])
    (found,) = caught.value.diagnostics
    assert isinstance(found.at, Span)
    assert (found.code, found.at.file, found.at.line) == ("KG120", "wrong.yaml", 5)
    assert isinstance(found.related[0].at, Span)
    assert found.related[0].at.file == "clusterset.yaml"
    assert 'did you mean "http"?' in found.label
