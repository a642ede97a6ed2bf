"""The table of docs/validate.md, row by row: what kube-apiserver, kubeconform and kgen say of the objects that the page shows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks import peers
from kgen.manifests import Request, validate
from tests.agreement.worlds import crds_of
from tests.checkout import ROOT
from tests.docs.test_docs import steps
from tests.real import binaries
from tests.real.apiserver import ApiServer, started
from tests.real.needed import or_skip

PAGE = (ROOT / "docs" / "validate.md").read_text(encoding="utf-8")
FILES = {step.path: step.text for step in steps(PAGE) if step.command is None and step.path.startswith("wrong/")}
ROWS = re.findall(r"^\| .+ \| (yes.*|no) \| (.+) \| (\w+\.yaml) \|$", PAGE, re.MULTILINE)
# What never reaches the server as it stands in the file: kubectl has made something else of it.
KUBECTL_CHANGES = ("twice.yaml", "again.yaml")


class Peers(NamedTuple):
    """The server with the same CRDs, and where kubeconform finds schemas that are made of them."""

    server: ApiServer
    config: Path
    schemas: str


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    folder = tmp_path_factory.mktemp("peers")
    or_skip(binaries.kubeconform)
    with started() as server:
        server.install(list(crds_of("gateway-api/experimental", "1.6.1")))
        # Some of the objects stand in it.
        assert server.ask("POST", "/api/v1/namespaces", b'{"metadata": {"name": "shop"}}').status == 201
        config = folder / "kubeconfig"
        config.write_text(server.kubeconfig(), encoding="utf-8")
        yield Peers(server, config, peers.kubeconform_schemas(folder / "schemas"))


def test_every_file_has_its_row() -> None:
    assert {f"wrong/{file}" for _, _, file in ROWS} == set(FILES)


@pytest.mark.parametrize(("kgen", "kubeconform", "file"), ROWS, ids=[f"{row[2]}-{number}" for number, row in enumerate(ROWS)])
def test_a_row_is_true(others: Peers, kgen: str, kubeconform: str, file: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_text(FILES[f"wrong/{file}"], encoding="utf-8")
    found = validate(Request((str(path),))).diagnostics
    severities = {each.severity for each in found}
    assert ("warning" if "warning" in kgen else "error") in severities

    command = [str(binaries.kubeconform()), "-strict", "-schema-location", others.schemas, str(path)]
    refused = subprocess.run(command, capture_output=True, check=False).returncode != 0
    # A file with faults of two rows is refused for one of them.
    alone = sum(row[2] == file for row in ROWS) == 1
    # These schemas are as the CRDs have them, not made for `-strict`.
    assert refused == (kubeconform not in ("no", "with schemas made for `-strict`")) or not alone

    if file not in KUBECTL_CHANGES and alone:
        words = ["create", "--dry-run=server", "--validate=strict", "--filename", str(path)]
        done = subprocess.run(
            [str(binaries.kubectl()), "--kubeconfig", str(others.config), *words], capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) == ("warning" not in kgen), done.stdout + done.stderr
        assert "warning" not in kgen or "Warning" in done.stderr
