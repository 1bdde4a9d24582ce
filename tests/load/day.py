#!/usr/bin/env python3
"""A day's use of one server in a few minutes: memory, descriptors, journals, processes and files must end where they
began.

    day.py [SCALE]     1: 500 kernels, 10,000 cells, 2,000 terminals, 5,000 reconnects; each fifth kernel is a Bash

Everything is done once at a fiftieth of the size first, so that what is made once (caches, the template of
the Python kernel) is there; then it is measured, done, and measured again when all is quiet.
"""
import os
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from lw import Server, wait_for  # noqa: E402

KERNELS, CELLS, TERMINALS, RECONNECTS = 500, 10000, 2000, 5000
GROWTH_KIB = 1024  # of private memory, server and keeper together
MORE_THREADS = 4  # a pool starts its threads when they are needed, and keeps them

CELL = ["1+1", "print('a line')", "print('x' * 5000)", "1/0", "for i in range(50): print(i)",
        "from IPython.display import display, HTML; display(HTML('<b>b</b>'))", "a = list(range(1000)); a[:3]"]
BASH_CELL = ["echo a line", "seq 50", "false", "head -c 5000 /dev/zero | tr '\\0' x; echo", "sleep 0.01 & wait",
             "echo '<b>b</b>' | display --mime html", "exit 3"]
BASH_EACH = 5


class Part:
    """What one of the workers does, with random choices of its own."""

    def __init__(self, srv, seed):
        self.srv, self.random = srv, random.Random(seed)

    def kernels(self, n, cells):
        for i in range(n):
            name, cell = ("bash", BASH_CELL) if i % BASH_EACH == 0 else ("python3", CELL)
            k = self.srv.kernel(name)
            for _ in range(cells // n):
                k.execute(self.random.choice(cell))
            k.close()
            self.srv.api("DELETE", f"api/kernels/{k.id}", status=204, timeout=60)

    def reconnects(self, n):
        k = self.srv.kernel()
        k.execute("1")
        for i in range(n):
            k.close()
            k = self.srv.connect(k.id, k.session if self.random.random() < 0.5 else None)
            if i % 100 == 0:
                k.execute("print('here')")
            self.srv.sockets.clear()
        k.close()
        self.srv.api("DELETE", f"api/kernels/{k.id}", status=204, timeout=60)

    def terminals(self, n):
        for i in range(n):
            t = self.srv.terminal()
            t.send("echo begin-$((20+22))\r")
            t.expect("begin-42")
            t.close()
            self.srv.api("DELETE", f"api/terminals/{t.name}", status=204, timeout=60)
            self.srv.sockets.clear()


def run(srv, scale, seed):
    halves = [max(1, round(n * scale / 2)) for n in (KERNELS, CELLS, TERMINALS, RECONNECTS)]
    with ThreadPoolExecutor(4) as pool:
        jobs = []
        for i in range(2):
            p = Part(srv, seed + i)
            jobs += [pool.submit(p.kernels, halves[0], halves[1]), pool.submit(p.terminals, halves[2])]
        for i in range(2):
            jobs.append(pool.submit(Part(srv, seed + 10 + i).reconnects, halves[3]))
        for j in jobs:
            j.result()


def roles(srv):
    """Pids of the server and its keeper."""
    found = {}
    for pid in srv.pids:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if len(words) > 1 and words[1] in (b"lab", b"keep"):
            found[words[1].decode()] = pid
    return found


def private_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith(("Private_Clean", "Private_Dirty")))


def measure(srv):
    found = roles(srv)
    counts = {n: len(srv.api("GET", f"api/{n}").json()) for n in ("kernels", "terminals")}
    srv.http.close()
    time.sleep(1)
    argv = Path(f"/proc/{found['keep']}/cmdline").read_bytes().split(b"\0")
    keeper = Path(argv[argv.index(b"--dir") + 1].decode())
    return {
        "private KiB": {role: private_kib(pid) for role, pid in found.items()},
        "descriptors": {role: len(os.listdir(f"/proc/{pid}/fd")) for role, pid in found.items()},
        "threads": {role: len(os.listdir(f"/proc/{pid}/task")) for role, pid in found.items()},
        "journal bytes": sum(f.stat().st_size for f in keeper.rglob("*") if f.is_file() and f.name != "keep.log"),
        "files": sorted(f.name for f in srv.runtime_dir.rglob("*") if "kernel" in f.name or "journal" in f.name),
        "in /tmp": sorted(d.name for d in Path(srv.environ["XDG_RUNTIME_DIR"]).iterdir()),
        "sockets": sockets(found["keep"]),
        **counts,
        "processes": Counter(Path(f"/proc/{pid}/comm").read_text().strip() for pid in srv.pids),
        "zombies": sum(1 for p in os.listdir("/proc") if p.isdigit() and is_zombie_of(p, found.values())),
    }


def sockets(keeper):
    """Directories of kernels' sockets that the keeper holds."""
    held = (os.readlink(f"/proc/{keeper}/fd/{fd}") for fd in os.listdir(f"/proc/{keeper}/fd"))
    return sum(f.startswith("/tmp/lw-") and "/run/" not in f for f in held)


def is_zombie_of(pid, parents):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] == "Z" and int(fields[1]) in parents


def settle(srv):
    """Wait until nothing is left to end, and allocators have given back what they do."""
    wait_for(lambda: not srv.api("GET", "api/kernels").json(), 60, "the end of the kernels")
    wait_for(lambda: not srv.api("GET", "api/terminals").json(), 60, "the end of the terminals")
    time.sleep(15)


def differences(before, after):
    for name in before:
        if name == "private KiB":
            grown = sum(after[name].values()) - sum(before[name].values())
            if grown > GROWTH_KIB:
                yield f"memory grew by {grown} KiB"
        elif name == "threads":
            if any(after[name][role] > before[name][role] + MORE_THREADS for role in before[name]):
                yield f"threads: {before[name]} before, {after[name]} after"
        elif before[name] != after[name]:
            yield f"{name}: {before[name]} before, {after[name]} after"


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory(prefix="lw-") as runtime, Server(timeout=60, env={"XDG_RUNTIME_DIR": runtime}) as srv:
        srv.api("GET", "api")
        run(srv, 0.02, 1)
        settle(srv)
        before = measure(srv)
        began = time.monotonic()
        run(srv, scale, 2)
        print(f"  figure: {KERNELS * scale:.0f} kernels, {CELLS * scale:.0f} cells, {TERMINALS * scale:.0f} terminals, "
              f"{RECONNECTS * scale:.0f} reconnects in {time.monotonic() - began:.0f} s")
        settle(srv)
        after = measure(srv)
        print(f"  figure: before {before}")
        print(f"  figure: after  {after}")
        wrong = list(differences(before, after))
        for line in wrong:
            print(line)
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
