"""`kgen schema`: what a ClusterSet may hold, for editors."""

from __future__ import annotations

import click

from kgen.bundled import folder
from kgen.cli import console


@click.command("schema")
def command() -> int:
    """Print the JSON Schema of a ClusterSet.

    Editors that know JSON Schema complete and check a spec with it.

    \b
    Example: kgen schema > clusterset.schema.json
    """
    console.put(((folder("schemas") / "clusterset-v1alpha1.json").read_text(encoding="utf-8"),))
    return 0
