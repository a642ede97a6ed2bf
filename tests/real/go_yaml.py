"""The YAML readers of Kubernetes' own world, in Go: a process to which texts are handed one by one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final, Literal

from tests.real.binaries import building, go, made_once, run

SOURCES: Final = Path(__file__).parent / "yaml_readers"


class Unread(Exception):
    """The reader refused the text."""


class GoReader:
    """sigs.k8s.io/yaml ("sigs": kubectl, Helm, Argo CD, Flux; strictly, where a key twice is an error) or go.yaml.in/yaml/v3 ("v3":
    kustomize). Raises Unavailable without Go.
    """

    def __init__(self, reader: Literal["strict-sigs", "sigs", "v3"]) -> None:
        self.process = subprocess.Popen([program(), reader], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, text: str) -> Any:
        """The data in a YAML text of one document, by way of JSON, as Kubernetes takes it; raises Unread."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(text.encode() + b"\0")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise Unread(answer["error"])
        return answer["value"]

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def program() -> Path:
    """`yaml_readers`, built once for each state of its sources, with the dependencies that they pin."""
    sources = b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir()))
    name = f"{SOURCES.name}-{hashlib.sha256(sources).hexdigest()[:16]}"
    return made_once(name, _build) / SOURCES.name


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kgen-build-", dir=folder.parent) as made:
        run(go(), "build", "-trimpath", "-buildvcs=false", "-o", str(folder / SOURCES.name), ".", cwd=SOURCES, env=building(Path(made)))
