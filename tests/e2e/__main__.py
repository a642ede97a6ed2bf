"""The same sets for a person: `up` starts the set of a spec and leaves it running, `down` takes away what `up` started.

python -m tests.e2e up examples/globalnet       (as root)
python -m tests.e2e down
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tests.e2e.clusterset import RunningSet
from tests.e2e.lab import Failed, Lab, clean
from tests.e2e.traffic import own_port
from tests.real.binaries import Unavailable, kubectl

USAGE: Final = "usage: python -m tests.e2e up SPEC_FOLDER [OVERLAY ...] | down"


def up(spec: Path, overlays: list[Path]) -> None:
    """Starts the set, and says how to look at it and how to send it a request."""
    lab = Lab(kept=True)
    try:
        running = RunningSet(lab, spec, overlays)
        running.up()
    except BaseException:
        logs = Path(f"{lab.folder}-logs")
        lab.logs(logs)
        lab.close()
        print(f"logs: {logs}", file=sys.stderr)
        raise
    print(f"{spec} runs in {lab.folder}; what kgen wrote is in {running.out}. Take it away with: python -m tests.e2e down\n")
    print(f"KUBECTL={kubectl()}")
    for name, cluster in running.clusters.items():
        inside = " ".join(lab.inside(cluster.node))
        print(
            f"{name}:\n  {inside} $KUBECTL --kubeconfig {cluster.folder / 'kubeconfig'} get gateways,httproutes,serviceexports,serviceimports -A"
        )
    for name in running.envoys:
        plan = running.plan.clusters[name].shared
        port = own_port(plan.gateways[0].listeners[0].body["port"])
        hosts = sorted({host for route in plan.routes for host in route.hostnames or ()})
        for host in hosts:
            print(f"  {' '.join(lab.inside(name))} curl -i -H 'Host: {host}' 127.0.0.1:{port}/get")
    running.close()


def main(arguments: list[str]) -> int:
    """The exit code."""
    match arguments:
        case ["up", spec, *overlays]:
            try:
                up(Path(spec), list(map(Path, overlays)))
            except (Unavailable, Failed) as reason:
                print(reason, file=sys.stderr)
                return 1
        case ["down"]:
            for name in clean(lambda name: True):
                print(f"{name} is gone")
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
