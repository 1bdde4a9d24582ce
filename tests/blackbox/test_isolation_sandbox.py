"""Isolation table: what another person, and another workspace of the same person, reach of a sandbox and of the host.

Each row of tests/lib/isolation_rows.py is one attempt.  It is refused to both strangers, and it can succeed: the same
attempt reaches its aim when the owner makes it inside, or root on the host."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import isolation_rows
import pytest
from lw import default_binary

ROOM_RUN = Path(default_binary()).parent / "room_run"
SCRIPT = (Path(__file__).parents[1] / "lib/isolation_rows.py").read_text()
ALICE, BOB = 700_000_000, 700_065_536

pytestmark = [pytest.mark.ours,
              pytest.mark.skipif(os.geteuid() != 0, reason="sandboxes with ranges of user ids need root"),
              pytest.mark.skipif(not ROOM_RUN.exists(), reason="room_run is not built")]


def listen(family, where):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.bind(where)
    s.listen(8)

    def answer():
        while True:
            try:
                c, _ = s.accept()
            except OSError:
                return
            c.sendall(isolation_rows.SECRET)
            c.close()
    threading.Thread(target=answer, daemon=True).start()
    return s


class Table:
    """The attacked sandbox, what is attacked on the host, and what each of the four said."""

    def __init__(self, network):
        self.network, self.state = network, Path(tempfile.mkdtemp(prefix="lwiso-"))
        self.state.chmod(0o711)
        (self.state / "ws").mkdir()
        self.facts = self.host_side()
        self.victim = self.start("victim", ALICE, "set-up", subprocess.PIPE)
        try:
            self.measure()
        except BaseException:
            self.close()
            raise

    def measure(self):
        line = self.victim.stdout.readline()
        assert line.startswith("{"), line + self.victim.stdout.read()
        told = json.loads(line)
        self.own = told["rows"]
        self.facts.update({k: v for k, v in told["facts"].items() if v})
        if "." in str(self.facts.get("address")):
            a, last = self.facts["address"].rsplit(".", 1)
            self.facts["gateway"] = f"{a}.{int(last) & ~1}"
        self.facts["home"] = str(self.state / "ws/victim/home")
        self.host = json.loads(subprocess.run([sys.executable, "-c", SCRIPT, "host"], env=self.environ(), text=True,
                                              stdout=subprocess.PIPE, timeout=60).stdout)["rows"]
        self.strangers = {who: self.rows_of(room, uid) for who, room, uid in
                          [("same person", "second", ALICE), ("other person", "other", BOB)]}

    def host_side(self):
        port = listen(socket.AF_INET, ("0.0.0.0", 0))
        self.open = [port, listen(socket.AF_UNIX, "\0" + isolation_rows.NAME + "-host")]
        facts = {"host_port": port.getsockname()[1], "host_pid": os.getpid(), "host_address": isolation_rows.own_address()}
        for name in ("spawner_sock", "hub_sock"):
            facts[name] = str(self.state / name)
            self.open.append(listen(socket.AF_UNIX, facts[name]))
        for path in ("/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/tasks", "/sys/fs/cgroup/pids/tasks"):
            if os.path.exists(path):
                facts["cgroup"] = path
        return facts

    def environ(self):
        return {**os.environ, "FACTS": json.dumps(self.facts)}

    def start(self, room, uid, verb, out):
        words = [ROOM_RUN, "--state", self.state, "--id", room, "--uid", uid, "--net", self.network,
                 "--set", "FACTS=" + json.dumps(self.facts)]
        return subprocess.Popen([*map(str, words), "--", "/usr/bin/python3", "-c", SCRIPT, verb], stdout=out,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)

    def rows_of(self, room, uid):
        with self.start(room, uid, "try", subprocess.PIPE) as p:
            said, _ = p.communicate(timeout=60)
        assert said.startswith("{"), said
        return json.loads(said)["rows"]

    def close(self):
        if self.victim.poll() is None:
            (self.state / "ws/victim/home/stop").touch()
        self.victim.wait(20)
        self.victim.stdout.close()
        for s in self.open:
            s.shutdown(socket.SHUT_RDWR)  # the thread in accept would keep its address otherwise
            s.close()
        shutil.rmtree(self.state)


@pytest.fixture(scope="module", params=["none", "nat"])
def table(request):
    t = Table(request.param)
    yield t
    t.close()


def test_forty_rows():
    assert len(isolation_rows.ROWS) >= 40


@pytest.mark.parametrize("name,control,fact", [r[:3] for r in isolation_rows.ROWS], ids=[r[0] for r in isolation_rows.ROWS])
def test_row(table, name, control, fact):
    if fact and not table.facts.get(fact):
        pytest.skip(f"network {table.network}: there is no {fact}")
    able = table.own if control == isolation_rows.OWN else table.host
    if name in able and able[name] in ("ENOSYS", "ENODEV"):
        pytest.skip(f"this kernel has no {name}: {able[name]}")
    assert able[name] == "reached", f"proves nothing: {able[name]}"
    for who, rows in table.strangers.items():
        assert rows[name] != "reached", f"reached by the {who}"
