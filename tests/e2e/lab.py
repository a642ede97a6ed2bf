"""A corner of the machine for one set: namespaces of its own, in which everything that belongs to the set lives and dies together.

Its first process is the first of a process namespace. When that ends, for whatever reason, the kernel ends all others, and with the
last of them go the network namespaces, the links between them and the mounts. What is left is a folder with logs, which `close`
removes, or after a crash whoever starts the next lab (`clean`).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from tests.real.binaries import Unavailable

Value = TypeVar("Value")

PREFIX: Final = "kgen-e2e-"
STATE: Final = "state.json"
PATIENCE: Final = 90.0  # seconds for a condition; a machine that builds beside it is ten times slower than an idle one
TOOLS: Final = ("unshare", "nsenter", "ip", "mount", "setpriv", "nft", "openssl", "chroot", "hostname")
NETWORK: Final = "172.18.0."  # where nodes are, as those of kind are
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The first process. It is alone with its mounts and its network, where the bridge is that all nodes are plugged into.
FIRST: Final = """
set -e
read -r pid rest </proc/self/stat
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
ip link set lo up
ip link add br0 type bridge
ip link set br0 up
echo "$pid"
exec sleep infinity
"""
NODE: Final = """
set -e
ip netns add "$1"
ip link add "w$3" type veth peer name eth0 netns "$1"
ip link set "w$3" master br0 up
ip -n "$1" link set lo up
ip -n "$1" link set eth0 up
ip -n "$1" addr add "$2/24" dev eth0
ip netns exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
"""
# A container: the machine's programs and libraries, and beside them only the files that its pod would have.
CONTAINER: Final = """
set -e
root=$1 files=$2 program=$3 host=$4
shift 4
hostname "$host"
mount -t tmpfs tmpfs "$root"
for each in bin sbin lib lib64 usr; do
  if [ -L "/$each" ]; then cp -P "/$each" "$root/"
  elif [ -d "/$each" ]; then mkdir "$root/$each"; mount --bind "/$each" "$root/$each"
  fi
done
for each in dev proc sys; do mkdir "$root/$each"; mount --rbind "/$each" "$root/$each"; done
mkdir "$root/tmp" "$root/run" "$root/var"
ln -s /run "$root/var/run"
cp -R "$files/." "$root/"
touch "$root/program"
mount --bind "$program" "$root/program"
exec chroot "$root" /program "$@"
"""


class Failed(AssertionError):
    """Something did not come about; says what, with the last words of whoever should have done it."""


class Program(NamedTuple):
    """A program that was started in a lab."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """Ends it at once; nothing that it holds is worth a graceful end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # nsenter, and what it started
        self.process.wait()

    def text(self) -> str:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


class Lab:
    """A running corner; `name` is unique on this machine, and `folder`, which is named by it, holds all that the set writes."""

    def __init__(self, kept: bool = False) -> None:
        """Raises Unavailable where this machine cannot have one. `kept`: it outlives this process, until someone cleans it by name."""
        possible()
        clean()
        self.kept = kept
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.name = self.folder.name
        self.programs: list[Program] = []
        self._nodes: list[str] = []
        self._numbering = threading.Lock()
        self._note(None)
        command = ["unshare", "--pid", "--fork", "--kill-child=KILL", "--net", "--mount", "sh", "-c", FIRST]
        if not kept:
            # Whatever happens to this process, also SIGKILL, the lab goes with it.
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        self._outer = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        assert self._outer.stdout is not None
        told = self._outer.stdout.readline()
        if not told:
            _, reason = self._outer.communicate()
            shutil.rmtree(self.folder)
            raise Unavailable(f"no namespaces on this machine: {reason.decode(errors='replace').strip()}")
        self.pid = int(told)
        self._note(self.pid)

    def node(self, name: str) -> str:
        """A new network namespace on the bridge: its address."""
        with self._numbering:
            self._nodes.append(name)
            number = len(self._nodes)
        address = f"{NETWORK}{number + 1}"
        self.run(None, "sh", "-c", NODE, "sh", name, address, str(number))
        return address

    def run(self, node: str | None, *command: str, text: str | None = None, env: Mapping[str, str] | None = None, codes: Any = (0,)) -> str:
        """What a command prints that runs on a node (or beside them) and ends; Failed where its exit code is not one of `codes`."""
        whole = {"PATH": PATH, "HOME": str(self.folder), **(env or {})}
        done = subprocess.run([*self.inside(node), *command], input=text, capture_output=True, text=True, check=False, env=whole)
        if done.returncode not in codes:
            raise Failed(f"{' '.join(command)[:500]} on {node}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout

    def start(self, node: str, name: str, *command: str, env: Mapping[str, str] | None = None, log: Path | None = None) -> Program:
        """Starts a program on a node; its output goes to a file of the folder."""
        where = log or self.folder / node / f"{name}.log"
        where.parent.mkdir(parents=True, exist_ok=True)
        with where.open("ab") as out:
            process = subprocess.Popen(
                [*self.inside(node), *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={"PATH": PATH, "HOME": "/tmp", **(env or {})},
                start_new_session=True,  # ctrl-C is for who started the lab
            )
        program = Program(f"{name} on {node}", process, where)
        self.programs.append(program)
        return program

    def contain(
        self, node: str, name: str, program: Path, *arguments: str, files: Mapping[str, str | bytes], env: Mapping[str, str] | None = None
    ) -> Program:
        """Starts a program as in a container on a node: it sees `files` (path to content) where its pod would have them mounted."""
        place = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        for path, content in files.items():
            target = place / "files" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        (place / "root").mkdir()
        (place / "files").mkdir(exist_ok=True)
        script = ("sh", "-c", CONTAINER, "sh", str(place / "root"), str(place / "files"), str(program), node)
        return self.start(node, name, "unshare", "--uts", "--mount", *script, *arguments, env=env)

    @contextmanager
    def running(self, node: str, log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """A program that the lab ends, as `tests.real.apiserver` wants to be given one."""
        yield self.start(node, Path(command[0]).name, *command, log=log).process

    def stop(self, program: Program) -> None:
        """Ends one program of the lab."""
        self.programs.remove(program)
        program.stop()

    def inside(self, node: str | None) -> list[str]:
        """What to put before a command so that it runs on a node, or beside them."""
        beside = ["nsenter", f"--target={self.pid}", "--pid", "--mount", "--net"]
        return beside if node is None else [*beside, "ip", "netns", "exec", node]

    def reach(self, node: str, address: str, port: int, timeout: float = 60) -> socket.socket:
        """A connection from a node to an address: a socket stays in the network namespace in which it was made."""
        with _network(Path("/proc", str(self.pid), "root", "run/netns", node)):
            return socket.create_connection((address, port), timeout)

    def wait(self, what: str, ask: Callable[[], Value | None], patience: float = PATIENCE) -> Value:
        """The first answer of `ask` that says yes; Failed where there is none in time, or a program of the lab ended meanwhile."""
        until = time.monotonic() + patience
        while not (found := ask()):
            for program in self.programs:
                if program.process.poll() is not None:
                    raise Failed(f"waiting until {what}: {program.name} ended\n{program.text()[-3000:]}")
            if time.monotonic() > until:
                raise Failed(f"not after {patience:.0f} s: {what}")
            time.sleep(0.05)
        return found

    def logs(self, into: Path) -> None:
        """Copies what all programs said, and nothing that is secret: no key and no token."""
        for found in self.folder.rglob("*.log"):
            target = into / found.relative_to(self.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found, target)

    def close(self) -> None:
        """Ends all that runs here and removes all that was written."""
        _end(self.pid, _started(self.pid))
        self._outer.communicate()
        for program in self.programs:
            program.stop()
        _remove(self.folder)

    def _note(self, first: int | None) -> None:
        owner = None if self.kept else os.getpid()
        state = {
            "kept": self.kept,
            "owner": owner,
            "ownerStarted": owner and _started(owner),
            "first": first,
            "firstStarted": first and _started(first),
        }
        (self.folder / STATE).write_text(json.dumps(state), encoding="utf-8")


def possible() -> None:
    """Raises Unavailable, with the reason, where this machine cannot have a lab."""
    if os.geteuid() != 0:
        raise Unavailable("network namespaces need root")
    missing = [each for each in TOOLS if shutil.which(each, path=PATH) is None]
    if missing:
        raise Unavailable(f"not on this machine: {', '.join(missing)} (Debian: iproute2 nftables iptables openssl)")


def clean(also: Callable[[str], bool] = lambda name: False) -> list[str]:
    """Ends and removes labs whose owner is gone without closing them, and those that were to outlive it where `also` says so: their names."""
    gone = []
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        try:
            state = json.loads((folder / STATE).read_bytes())
        except (OSError, ValueError):
            continue  # just being made, or not one of ours
        if state["kept"] and not also(folder.name) and _started(state["first"]) == state["firstStarted"] is not None:
            continue
        if state["owner"] is not None and _started(state["owner"]) == state["ownerStarted"]:
            continue
        _end(state["first"], state["firstStarted"])
        _remove(folder)
        gone.append(folder.name)
    return gone


def _end(pid: int | None, started: str | None) -> None:
    """Kills a process, unless its number is another's by now, and waits until it is gone."""
    if pid is None or started is None or _started(pid) != started:
        return
    os.kill(pid, signal.SIGKILL)
    while _started(pid) == started:
        time.sleep(0.01)


def _remove(folder: Path) -> None:
    # The kernel takes mounts apart after the processes; until then a folder that something is mounted on is busy.
    for _ in range(200):
        try:
            shutil.rmtree(folder)
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.05)
    shutil.rmtree(folder)


def _started(pid: int | None) -> str | None:
    """When a process was started, in ticks since boot: with its number, who it is. None where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


@contextmanager
def _network(namespace: Path) -> Iterator[None]:
    """Moves this thread, and no other, into a network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as here, namespace.open() as there:
        if libc.setns(there.fileno(), 0x40000000):  # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")
        try:
            yield
        finally:
            if libc.setns(here.fileno(), 0x40000000):
                os._exit(70)  # a thread that cannot go home must not go on
