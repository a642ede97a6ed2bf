"""The YAML readers of Kubernetes' own world, in Go: a process to which texts are handed one by one."""

from __future__ import annotations

import json
import subprocess
from typing import Any, Literal

from programs import HERE, go_program


class Unread(Exception):
    """The reader refused the text."""


class GoReader:
    """sigs.k8s.io/yaml ("sigs": kubectl, Helm, Argo CD, Flux) or go.yaml.in/yaml/v3 ("v3": kustomize)."""

    def __init__(self, reader: Literal["sigs", "v3"]) -> None:
        program = go_program(HERE / "yaml_readers")
        self.process = subprocess.Popen([program, reader], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

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
