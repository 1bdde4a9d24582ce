"""bombs.py - what one workspace can do to a host, each bounded, and what its owner is told in the cell

    with Pair() as p:                   # two running workspaces of two people under `labwright serve`
        k = p.a.kernel("python3")
        k.execute(BOMBS["fork"].code)   # `told`, a regular expression, is in what the cell shows

`code` runs in a Python kernel of the first one and goes on for SECONDS, which a line before it sets; 0: as soon as the
limit was met.  Needs root, control groups and labwright-spawner (test_whole.plain is false).
"""
import contextlib
import os
import re
import sys
import time
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "blackbox"))

from lw import wait_for  # noqa: E402
from lwlabs import Window  # noqa: E402
from test_whole import Way, Whole, plain, running  # noqa: E402, F401

MACHINES = """\
machines:
  small:
    cpus: 50%
    memory: 400M
    disk: 1G
    pids: 128
    slots: 10
"""

# `met` is when it first met its limit.
UNTIL = "import os, sys, subprocess, time\nuntil = time.monotonic() + SECONDS\nmet = None\n"

FORK = UNTIL + """\
children = []
refused = None
try:
    while refused is None or time.monotonic() < until:
        try:
            pid = os.fork()
        except BlockingIOError as e:
            refused, met = e, met or time.time()
            while children:
                os.kill(children[-1], 9); os.waitpid(children.pop(), 0)
            continue
        if pid == 0:
            time.sleep(60); os._exit(0)
        children.append(pid)
finally:
    for pid in children:
        os.kill(pid, 9); os.waitpid(pid, 0)
raise refused"""

# It was killed after what it said last.
HUNGRY = """\
import time
hoard = []
while True: hoard.append(bytearray(16 << 20)); print(time.time(), flush=True)"""
MEMORY = UNTIL + f"""\
while True:
    killed = subprocess.run([sys.executable, '-c', {HUNGRY!r}], capture_output=True, text=True)
    met = met or float(killed.stdout.split()[-1])
    if time.monotonic() >= until: break
killed.returncode"""

DISK = UNTIL + """\
while time.monotonic() < until:
    with open('/floyd/home/bomb', 'wb') as f:
        for _ in range(16):
            f.write(bytes(4 << 20)); f.flush(); os.fsync(f.fileno())
            if time.monotonic() >= until: break
    os.unlink('/floyd/home/bomb')
try:
    with open('/tmp/bomb', 'wb', 0) as f:
        while True: f.write(bytes(1 << 20))
finally:
    met = time.time()
    print('wrote', os.stat('/tmp/bomb').st_size >> 20)"""
DISK_AFTER = "os.unlink('/tmp/bomb')"

# Once only to the very last one: what reads and sends in a kernel breaks at that.
FILES = UNTIL + """\
import resource
nearly, files = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200, []
while time.monotonic() < until:
    files = [open('/dev/null') for _ in range(nearly)]
    [f.close() for f in files]
try:
    while True: files.append(open('/dev/null'))
finally:
    met = time.time()
    print('opened', len(files))"""
FILES_AFTER = "[f.close() for f in files]; files.clear()"

CPU = UNTIL + """\
def cut_short():
    path = '/sys/fs/cgroup/cpu/cpu.stat'
    with open(path if os.path.exists(path) else '/sys/fs/cgroup/cpu.stat') as f:
        return int(dict(line.split() for line in f)['nr_throttled'])
until = max(until, time.monotonic() + 1.5)
before = cut_short()
spin = f'import time\\nwhile time.time() < {time.time() + until - time.monotonic()}: pass'
spinning = [subprocess.Popen([sys.executable, '-c', spin]) for _ in range(4)]
while not met and time.monotonic() < until:
    time.sleep(0.01)
    if cut_short() > before: met = time.time() - 0.1  # the beginning of that period
[p.wait() for p in spinning]"""

# To what the keeper reads, to its log, and as output; no faster than somebody can write.
LOG = UNTIL + """\
line, n = 'x' * 99 + '\\n', 0
def more(to):
    try: os.write(to, line.encode() * 600)
    except OSError: pass
logs = [os.open(p, os.O_WRONLY | os.O_NONBLOCK) for p in ('/proc/self/fd/1', '/proc/1/fd/1') if os.access(p, os.W_OK)]
while n < 500 or time.monotonic() < until:
    [more(fd) for fd in logs]
    print(line * 100, end='', flush=True); n += 1
[os.close(fd) for fd in logs]
print('lines', n * 100)"""

Bomb = namedtuple("Bomb", "code told after")
BOMBS = {
    "fork": Bomb(FORK, r"limit of 128 processes and threads at once was reached; \d+ more (was|were) refused", ""),
    "memory": Bomb(MEMORY, r"1 process was killed because the memory limit of 400 MB was reached", ""),
    "disk": Bomb(DISK, r"the disk of /tmp is full: 0 MB of 200 MB are free", DISK_AFTER),
    "files": Bomb(FILES, r"a process may have \d+ files open at once; the kernel has \d+ open now", FILES_AFTER),
    "cpu": Bomb(CPU, r"all of the [\d.]+ CPUs of this machine are in use; .* the last [\d.]+ s", ""),
    "log": Bomb(LOG, r"lines \d+", ""),
}


def shown(result):
    """All text that a cell shows."""
    texts = [m["content"]["text"] for m in result.of("stream")]
    return "".join(texts + [m["content"]["evalue"] for m in result.of("error")])


class Pair(Whole):
    """Two people with a workspace each, of machines that are small."""

    def __init__(self):
        super().__init__()
        (self.state / "machines.yml").write_text(MACHINES)
        (self.state / "machines.yml").chmod(0o644)

    def __enter__(self):
        super().__enter__()
        try:
            self.set_up("root")
            self.a, self.b = self.workspace("alice"), self.workspace("bob")
        except BaseException:
            self.close()
            raise
        return self

    def workspace(self, name):
        person = self.person(name)
        project = person.api("POST", "projects/", status=201, json={"name": "p"}).json()
        item = person.api("POST", "workspaces/", status=201, json={"family_id": project["id"], "name": "w"}).json()
        running(person, item["id"])
        window = Window(self, item["id"])
        window.enter(person)
        way = Way(window)
        way.person, way.id = person, item["id"]
        return way

    def outside(self):
        """Processes that A's bombs must not touch: hub, spawner, all of B."""
        group = next(Path("/sys/fs/cgroup").glob(f"memory/labwright/{self.b.id}"), None) or \
            Path(f"/sys/fs/cgroup/labwright/{self.b.id}")
        inside = {int(p) for p in (group / "cgroup.procs").read_text().split()}
        return {*self.pids("--hub"), *self.pids("labwright-spawner"), *inside}
