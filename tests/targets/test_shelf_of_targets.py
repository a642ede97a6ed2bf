from __future__ import annotations

from pathlib import Path

import pytest

import kgen.targets
from kgen.targets import TARGETS, target
from kgen.targets.texts import Texts
from tests.targets.placed import EAST

# What stands in the folder beside the targets; a chart is of one cluster, and is asked for by a command of its own.
OTHERS = {"__init__", "texts", "duplicates", "chart"}


def test_the_table_is_the_folder() -> None:
    modules = {path.stem for path in Path(kgen.targets.__path__[0]).glob("*.py")} - OTHERS
    assert {name: f"kgen.targets.{name}" for name in modules} == dict(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_gives_every_object(name: str) -> None:
    files = [(file.path, "".join(file.chunks)) for file in target(name).files("east", EAST, Texts())]
    assert all(path.startswith("clusters/east") for path, _ in files)
    assert sum(text.count("\nkind: ") for path, text in files if not path.endswith("kustomization.yaml")) == len(EAST)
