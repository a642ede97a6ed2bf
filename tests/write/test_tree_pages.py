"""The pages about files on disk tell shell scripts: each is run in a folder with the spec below, and fails, or does not, as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kgen.explain import pages

ROOT = Path(__file__).parents[2]
NUMBERS = [number for number in pages.numbers() if number == "KG450" or "KG551" <= number <= "KG579"]
SPEC = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  versions: {submariner: 0.24.0}
  broker: {cluster: east, apiServer: "api.east.example.com:6443"}
  secrets: {provider: existing}
  clusters:
    - {name: east, podCIDR: 10.10.0.0/16, serviceCIDR: 10.96.0.0/16}
    - {name: west, podCIDR: 10.20.0.0/16, serviceCIDR: 10.97.0.0/16}
  manifests:
    - {name: flags, deployTo: all, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: flags, namespace: default}, data: {a: "1"}}}
"""


def told(folder: Path, number: str, heading: str) -> str:
    """What the last command of a page's script says."""
    page = pages.page(number)
    assert page is not None
    example = page.example(heading)
    assert example is not None
    assert example.language == "text"
    folder.joinpath("clusterset.yaml").write_text(SPEC, encoding="utf-8")
    *before, last = example.text.splitlines()
    kgen = f'kgen() {{ PYTHONPATH="{ROOT}" "{sys.executable}" -m kgen "$@"; }}\n'
    for script in (["set -e", *before], [last]):
        done = subprocess.run(["/bin/sh", "-c", kgen + "\n".join(script)], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("number", NUMBERS)
def test_the_failing_script_fails_so(number: str, tmp_path: Path) -> None:
    assert f"[{number}]" in told(tmp_path, number, "Fails")


@pytest.mark.parametrize("number", NUMBERS)
def test_the_mended_script_finds_nothing(number: str, tmp_path: Path) -> None:
    assert "[KG" not in told(tmp_path, number, "Instead")
