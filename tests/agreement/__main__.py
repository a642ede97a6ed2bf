"""`python -m tests.agreement`: compares at length, and keeps every disagreement as JSON."""

from __future__ import annotations

import argparse
import json
import re
import time
from pathlib import Path

from tests.agreement.cases import cases
from tests.agreement.compare import Report, compare
from tests.agreement.known import known
from tests.agreement.worlds import WORLDS, crds
from tests.real.apiserver import started

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--world", default="", help="part of the name of the worlds that are wanted")
parser.add_argument("--only", default="", help="part of the product or kind")
parser.add_argument("--scale", type=float, default=1.0)
parser.add_argument("--out", type=Path, help="a folder for the disagreements, a file a class")
options = parser.parse_args()

report = Report(known)
for world in WORLDS:
    if options.world in world.name:
        begin = time.monotonic()
        asked = list(cases(world, options.scale, options.only))
        made = time.monotonic() - begin
        with started() as server:
            server.install(crds(world))
            ready = time.monotonic() - begin - made
            for found in compare(world, server, asked):
                report.add(world, found)
        spent = time.monotonic() - begin - made - ready
        print(
            f"{world.name}: {len(asked)} objects made in {made:.1f} s, server ready in {ready:.1f} s, compared in {spent:.1f} s", flush=True
        )
print(report.text())
if options.out:
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "all.jsonl").open("w", encoding="utf-8") as out:
        for name, records in (*report.classes.items(), *report.reasons.items()):
            for record in records:
                out.write(json.dumps({"class": name, **record}) + "\n")
    for old in options.out.glob("*.json"):
        old.unlink()
    for name, records in (*report.classes.items(), *report.reasons.items()):
        path = options.out / f"{len(records):04}-{re.sub(r'[^A-Za-z0-9]+', '-', name)[:120]}.json"
        path.write_text(
            json.dumps({"class": name, "count": len(records), "examples": records[:30]}, indent=1, ensure_ascii=False), encoding="utf-8"
        )
