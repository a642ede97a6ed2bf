"""Readers of YAML other than kgen's, by name: text of one document to data."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import yaml
from ruamel.yaml import YAML

from tests.real.go_yaml import GoReader

Reader = Callable[[str], Any]
NAMES: Final = ("pyyaml", "pyyaml-libyaml", "ruamel-1.2", "ruamel-1.1", "go-sigs", "go-v3")


@contextmanager
def opened(name: str) -> Iterator[Reader]:
    """The reader of that name. The Go ones raise Unavailable where they cannot be built."""
    if name == "pyyaml":
        yield yaml.safe_load
    elif name == "pyyaml-libyaml":
        yield lambda text: yaml.load(text, Loader=yaml.CSafeLoader)
    elif name.startswith("ruamel"):
        yield _ruamel((1, int(name[-1])))
    else:
        go = GoReader("strict-sigs" if name == "go-sigs" else "v3")
        yield go.read
        go.close()


def _ruamel(version: tuple[int, int]) -> Reader:
    def read(text: str) -> Any:
        reader = YAML(typ="safe", pure=True)
        reader.version = version
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return reader.load(io.StringIO(text))

    return read
