"""Every reader whose users read what kgen writes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from tests.real.go_yaml import GoReader
from tests.real.needed import or_skip

Reader = Callable[[str], Any]


def ruamel(version: tuple[int, int]) -> Reader:
    def read(text: str) -> Any:
        reader = YAML(typ="safe", pure=True)
        reader.version = version
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return reader.load(io.StringIO(text))

    return read


@pytest.fixture(scope="session", params=["pyyaml", "pyyaml-libyaml", "ruamel-1.2", "ruamel-1.1", "go-sigs", "go-v3"])
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Text to data, by one of the readers."""
    if request.param == "pyyaml":
        yield yaml.safe_load
    elif request.param == "pyyaml-libyaml":
        yield lambda text: yaml.load(text, Loader=yaml.CSafeLoader)
    elif request.param.startswith("ruamel"):
        yield ruamel((1, int(request.param[-1])))
    else:
        go = or_skip(lambda: GoReader(request.param.removeprefix("go-")))
        yield go.read
        go.close()
