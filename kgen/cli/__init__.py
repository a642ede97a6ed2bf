"""What a person types: one file a command, options in, exit code out. The only user of click."""

from __future__ import annotations

from kgen.cli.entry import main

__all__ = ["main"]
