"""Finds the folders that ship with kgen: `schemas/` and `overlays/`, in the wheel's place or beside pyproject.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def folder(name: str) -> Path:
    """The bundled folder `name`: inside the package when installed from a wheel, else in the source tree."""
    # Not at the top: a clean build reads no bundled file, and start-up counts.
    from pathlib import Path

    here = Path(__file__).resolve().parent
    inside = here / "_bundled" / name
    return inside if inside.is_dir() else here.parent / name
