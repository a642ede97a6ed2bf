"""Which kgen this is."""

from __future__ import annotations

from typing import Final

# Read from here because importlib.metadata alone takes longer than most builds; a test keeps it equal to pyproject.toml.
VERSION: Final = "0.1.0"
