"""`kgen explain`: what a code means, with an example that fails and the same mended."""

from __future__ import annotations

import click

from kgen.cli import console
from kgen.explain import pages


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> int:
    """Tell what a finding means, why it matters, and how to mend it.

    CODE is a number or a slug; without one, all codes are listed.

    \b
    Example: kgen explain KG301
    """
    if code is None:
        console.put(f"{page.number} {page.slug}\n" for page in pages.pages())
        return 0
    page = pages.find(code)
    if page is None:
        near = pages.nearest(code)
        raise click.UsageError(f"no code {code!r}; " + (f"near it: {', '.join(near)}" if near else "`kgen explain` lists them all"))
    console.put((page.text,))
    return 0
