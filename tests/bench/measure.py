"""measure.py - two servers side by side, the compiled client, and what the system says of processes

    with Pair() as pair:
        ours, theirs = pair.each(3, lambda s: client(s, "load", "api/kernels", 16, 2)["rate"])

Both servers run for all of a subject; measurements alternate between them, so that a machine that gets
slower meanwhile gets slower for both.
"""
import contextlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import lw  # noqa: E402

BUILD = Path(lw.default_binary()).parent
CLIENT = str(BUILD / "bench_client")
PYTHON_KERNEL, FLOOD_KERNEL = "bench-python", "bench-flood"
# The reference drops what is above its rate limit; here nothing is to be dropped.
REFERENCE_ARGS = ["--ZMQChannelsWebsocketConnection.limit_rate=False"]


@dataclass
class Figure:
    """One line of the table.  AIM is in UNIT; MORE: a larger figure is the better one.  THEIRS None: there
    is nothing to compare with.  SCALED says how a figure of theirs was got from a smaller measurement."""
    name: str
    unit: str
    ours: float
    theirs: float | None = None
    aim: float | None = None
    more: bool = False
    scaled: str = ""

    @property
    def ratio(self):
        """How many times better ours is."""
        if not self.theirs or not self.ours:
            return None
        return self.ours / self.theirs if self.more else self.theirs / self.ours

    @property
    def met(self):
        if self.aim is None:
            return None
        return self.ours >= self.aim if self.more else self.ours <= self.aim


def median(values):
    return statistics.median(values)


def client_argv(server, *args):
    target = ["-p", server.port, "-t", server.token] if server else []
    return [str(a) for a in [CLIENT, *target, *args]]


def client(server, *args, timeout=300, env=None, cwd=None):
    """Run a verb of bench_client against SERVER (None: the verb needs none); its JSON is the result."""
    run = subprocess.run(client_argv(server, *args), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=timeout, env=env, cwd=cwd)
    if run.returncode:
        who = "" if server is None else "theirs: " if server.ref else "ours: "
        raise RuntimeError(f"{who}{args}: {run.stderr.strip()}")
    return json.loads(run.stdout)


@contextlib.contextmanager
def probing(server, path="api/kernels", every_us=1000):
    """A second client for as long as the block runs; its latencies are in the dictionary that is given."""
    result = {}
    with subprocess.Popen(client_argv(server, "probe", path, every_us), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as probe:
        try:
            yield result
        finally:
            out, _ = probe.communicate(timeout=300)
    result.update(json.loads(out))


class Pair:
    """Ours and the reference server, each with the benchmark's kernelspecs."""

    def __init__(self, args=()):
        self.servers = []
        for ref in (False, True):
            s = lw.Server(ref=ref, args=[*args, *(REFERENCE_ARGS if ref else [])], start=False, timeout=90)
            self.servers.append(s)
            python = lw.default_env() + "/bin/python"
            add_kernelspec(s, PYTHON_KERNEL, [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
            add_kernelspec(s, FLOOD_KERNEL, [str(BUILD / "fake_kernel"), "{connection_file}"])

    def __enter__(self):
        try:
            for s in self.servers:
                s.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        for s in self.servers:
            s.close()

    @property
    def ours(self):
        return self.servers[0]

    @property
    def theirs(self):
        return self.servers[1]

    def each(self, repetitions, measure):
        """MEASURE(server) in turns; the lists of what it returned for ours and for theirs."""
        got = ([], [])
        for _ in range(repetitions):
            for s, values in zip(self.servers, got):
                values.append(measure(s))
        return got


def add_kernelspec(server, name, argv):
    folder = server.data_dir / "kernels" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernel.json").write_text(json.dumps(
        {"argv": argv, "display_name": name, "language": "python"}))


def start_kernel(server, name):
    return server.api("POST", "api/kernels", json={"name": name}, status=201, timeout=90).json()["id"]


def connection_file(server, kernel_id):
    return next(str(p) for p in server.tmp.rglob(f"kernel-{kernel_id}.json"))


# -- processes ---------------------------------------------------------------------------------------


def own_pids(server):
    """The server's process, and the keeper's: not kernels and shells."""
    if server.ref:
        return [server.proc.pid]
    binary = os.path.realpath(server.binary)
    own = []
    for pid in server.pids:
        with contextlib.suppress(OSError):
            if os.path.realpath(f"/proc/{pid}/exe") == binary:
                own.append(pid)
    return own


def fields(path, *keys):
    """Sum of the numbers behind KEYS in a file of /proc."""
    return sum(int(line.split()[1]) for line in Path(path).read_text().splitlines() if line.startswith(keys))


def private_kib(server):
    return sum(fields(f"/proc/{p}/smaps_rollup", "Private_Clean:", "Private_Dirty:") for p in own_pids(server))


def cpu_us(server):
    """CPU time so far, in microseconds: of all threads, living ones only."""
    total = 0
    for pid in own_pids(server):
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


def switches(server):
    """How often threads were put on a processor: each wake-up is one."""
    total = 0
    for pid in own_pids(server):
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += fields(task / "status", "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:")
    return total


@contextlib.contextmanager
def memory_growth(server):
    """Anonymous memory above what it was at the beginning, at its highest, in MB."""
    pids, result, over = own_pids(server), {}, threading.Event()

    def now():
        return sum(fields(f"/proc/{p}/status", "RssAnon:") for p in pids)

    def watch():
        while not over.wait(0.02):
            result["mb"] = max(result["mb"], (now() - before) * 1024 / 1e6)

    before = now()
    result["mb"] = 0.0
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield result
    finally:
        over.set()
        watcher.join()


def settle(server, seconds=1.0):
    """Wait until the server's processes have been quiet for SECONDS."""
    last, since = cpu_us(server), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.1)
        now = cpu_us(server)
        if now - last > 20000 * seconds:
            since = time.monotonic()
        last = now
