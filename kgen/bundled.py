"""Finds the folders that ship with kgen: `schemas/` and `overlays/`, in the wheel's place or beside pyproject.toml."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The bundled folder `name`: inside the package when installed from a wheel, else in the source tree."""
    inside = HERE / "_bundled" / name
    return inside if inside.is_dir() else HERE.parent / name
