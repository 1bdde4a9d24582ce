"""labwright-spawner: who may ask, what it answers, what it tells, and that it may be killed at any moment."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from lw import default_binary, wait_for

SPAWNER = Path(default_binary()).parent / "labwright-spawner"
MACHINES = """\
default: cpu
machines:
  cpu: {cpus: 0.5, memory: 64M, pids: 40, network: none, slots: 0}
  big: {cpus: 1, memory: 256M, pids: 80, network: none, slots: 0}
  fuse: {cpus: 1, memory: 256M, pids: 80, network: none, devices: [/dev/fuse], slots: 0}
"""

pytestmark = [pytest.mark.ours,
              pytest.mark.skipif(os.geteuid() != 0, reason="control groups and ranges of user ids need root"),
              pytest.mark.skipif(not SPAWNER.exists(), reason="labwright-spawner is not built")]


class Refused(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.slug = error["slug"]


class Spawner:
    def __init__(self):
        self.state = Path(tempfile.mkdtemp(prefix="lwsp-"))
        self.state.chmod(0o711)
        (self.state / "machines.yml").write_text(MACHINES)
        self.events, self.number, self.line = [], 0, None
        self.start()

    def start(self):
        self.process = subprocess.Popen([SPAWNER, "--state", self.state], stdin=subprocess.DEVNULL,
                                        stdout=open(self.state / "out", "ab"), stderr=subprocess.STDOUT)
        # One that was killed in a launch is listened for until its child is gone, too.
        wait_for(lambda: self.connect() and self.ask("hello", subscribe=True), 20, "the spawner")

    def connect(self):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.setsockopt(socket.SOL_SOCKET, 32, 4 << 20)  # SO_SNDBUFFORCE
        line.connect(str(self.state / "run/spawner.sock"))
        line.settimeout(20)
        self.line = line
        return True

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is not None:
            self.start()
        for s in self.ask("list")["sandboxes"]:
            if s["state"] != "ended":
                self.ask("kill", sandbox=s["sandbox"])
                self.wait_event("exit", s["sandbox"])
        self.process.terminate()
        assert self.process.wait(20) == 0
        shutil.rmtree(self.state)

    # ---- asking ----

    def raw(self, packet):
        self.line.send(packet)
        while "event" in (got := json.loads(self.line.recv(1 << 20))):
            self.events.append(got)
        return got

    def ask(self, do, **keys):
        self.number += 1
        got = self.raw(json.dumps({"v": 1, "id": self.number, "do": do, **keys}).encode())
        assert got["id"] == self.number, got
        if "error" in got:
            raise Refused(got["error"])
        return got["ok"]

    def wait_event(self, kind, sandbox, timeout=20):
        end = time.monotonic() + timeout
        while True:
            for e in self.events:
                if e["event"] == kind and e.get("sandbox") == sandbox:
                    self.events.remove(e)
                    return e
            self.line.settimeout(max(0.01, end - time.monotonic()))
            self.events.append(json.loads(self.line.recv(1 << 20)))

    def create(self, name, *argv, machine="cpu", generation=1, owner=1, **keys):
        spec = {"id": name, "kind": "workspace", "generation": generation, "owner": owner, "person": "alice", "home": name,
                "machine": machine, "environment": "", "argv": list(argv), "environ": [], "cwd": "/floyd/home",
                "listen": False, "network": "machine", "binds": [],
                "limits": {"cpus": 0.0, "cpuset": "", "memory": 0, "disk": 0, "pids": 0, "files": 0}, **keys}
        return self.ask("create", spec=spec)

    def home(self, name):
        return self.state / "ws" / name / "home"

    def running(self):
        return {s["sandbox"]: s for s in self.ask("list")["sandboxes"] if s["state"] != "ended"}


@pytest.fixture
def spawner():
    s = Spawner()
    yield s
    s.close()


@pytest.fixture(scope="module")
def shared():
    s = Spawner()
    yield s
    s.close()


def read(path):
    return wait_for(lambda: path.exists() and path.read_text(), 10, str(path))


# ---- a life ----


def test_a_life(spawner):
    made = spawner.create("one", "sh", "-c", "echo $$ > pid; exec sleep 1000")
    assert made["state"] == "running" and made["machine"] == "cpu" and made["generation"] == 1
    assert spawner.wait_event("ready", "one")["pid"] == made["pid"]
    assert read(spawner.home("one") / "pid") == "1\n"
    assert os.stat(spawner.home("one") / "pid").st_uid == 600_000_000 + 65536
    with pytest.raises(Refused) as twice:
        spawner.create("one", "true")
    assert twice.value.slug == "conflict"
    spawner.ask("stop", sandbox="one", grace_ms=100)  # sleep as process 1 does not hear SIGTERM
    end = spawner.wait_event("exit", "one")
    assert end["asked"] is True and end["signal"] == 9 and end["generation"] == 1
    assert spawner.running() == {} and spawner.ask("list")["sandboxes"][-1]["state"] == "ended"
    assert (spawner.home("one") / "pid").exists()
    spawner.ask("destroy", sandbox="one")
    assert not spawner.home("one").exists()
    spawner.ask("destroy", sandbox="one")  # twice is fine


def test_how_it_ended(spawner):
    spawner.create("three", "sh", "-c", "exit 3")
    end = spawner.wait_event("exit", "three")
    assert (end["code"], end["signal"], end["asked"]) == (3, 0, False) and "status 3" in end["reason"]
    with pytest.raises(Refused) as e:
        spawner.create("none", "/no/such/program")
    assert "program" in str(e.value) and spawner.running() == {}


def test_everything_in_it_ends_with_it(spawner):
    spawner.create("many", "sh", "-c", "for i in 1 2 3; do setsid sleep 1000 & done; echo $! > n; exec sleep 1000")
    read(spawner.home("many") / "n")
    pid = spawner.running()["many"]["pid"]
    spawner.ask("kill", sandbox="many")
    spawner.wait_event("exit", "many")
    assert not Path(f"/proc/{pid}").exists()
    assert not [g for g in Path("/sys/fs/cgroup").glob("*/labwright/many")]


def test_the_socket_of_the_workspace(spawner):
    made = spawner.create("lab", "sh", "-c", "test -S /proc/self/fd/3 && echo socket > fd; exec sleep 1000", listen=True)
    assert made["socket"] == str(spawner.state / "run/ws/lab/lab.sock")
    assert os.stat(made["socket"]).st_mode & 0o777 == 0o660
    assert read(spawner.home("lab") / "fd") == "socket\n"


# ---- limits ----


def test_out_of_memory_is_told_with_numbers(spawner):
    spawner.create("hungry", "python3", "-c", "import signal, subprocess\nopen('on','w').write('1')\n"
                   "subprocess.run(['python3', '-c', 'x = bytearray(200 << 20)'])\nsignal.pause()")
    read(spawner.home("hungry") / "on")
    oom = spawner.wait_event("oom", "hungry")
    assert oom["kills"] >= 1 and oom["mem_limit"] == 64 << 20 and oom["mem_peak"] > 60 << 20
    assert "hungry" in spawner.running()


BOMB = """\
import os, signal
while True:
    try:
        if os.fork() == 0: signal.pause()
    except OSError as e:
        with open('new', 'w') as f: f.write(e.strerror)
        os.rename('new', 'full')
        signal.pause()
"""


def test_a_fork_bomb_stays_inside(spawner):
    spawner.create("bomb", "python3", "-c", BOMB)
    assert read(spawner.home("bomb") / "full") == "Resource temporarily unavailable"
    assert spawner.ask("stats", sandbox="bomb", every_ms=0)["pids"] == 40
    spawner.ask("kill", sandbox="bomb")
    spawner.wait_event("exit", "bomb")


def test_samples(spawner):
    spawner.create("busy", "python3", "-c", "while True: pass")
    first = spawner.ask("stats", sandbox="busy", every_ms=250)
    assert first["cpu_limit"] == 0.5 and first["pids_limit"] == 40 and first["mem_limit"] == 64 << 20
    sample = [spawner.wait_event("stats", "busy") for _ in range(3)][-1]
    assert 0 < sample["cpu"] < 1 and sample["cpu_us"] > first["cpu_us"] and sample["mem"] > 0


def test_freeze(spawner):
    spawner.create("still", "python3", "-c", "import time\nwhile True: open('n', 'w').write(str(time.time()))")
    read(spawner.home("still") / "n")
    spawner.ask("freeze", sandbox="still")
    assert spawner.running()["still"]["state"] == "frozen"
    before = (spawner.home("still") / "n").stat().st_mtime_ns
    used = spawner.ask("stats", sandbox="still", every_ms=0)["cpu_us"]
    assert spawner.ask("stats", sandbox="still", every_ms=0)["cpu_us"] - used < 20_000
    assert (spawner.home("still") / "n").stat().st_mtime_ns == before
    spawner.ask("thaw", sandbox="still")
    wait_for(lambda: (spawner.home("still") / "n").stat().st_mtime_ns > before, 10)
    spawner.ask("freeze", sandbox="still")
    spawner.ask("kill", sandbox="still")
    spawner.wait_event("exit", "still")


# ---- the gate ----

OPENER = """\
import os, time
while True:
    try:
        fd = os.open('/dev/fuse', os.O_RDWR); word = 'opened'
        while os.path.exists('hold'): time.sleep(0.01)
        os.close(fd)
    except OSError as e:
        word = type(e).__name__
    open('n.new', 'w').write(word); os.rename('n.new', 'n')
    time.sleep(0.01)
"""


@pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="no /dev/fuse to give away")
def test_a_driver_of_many_libraries(spawner, tmp_path):
    paths = [tmp_path / f"lib{i}.so" for i in range(100)]
    for path in paths:
        path.write_text(path.name)
    (spawner.state / "machines.yml").write_text(
        MACHINES + f"  many: {{cpus: 1, memory: 256M, network: none, slots: 0, libraries: [{', '.join(map(str, paths))}]}}\n")
    spawner.kill9()
    spawner.start()
    spawner.create("begun", "sh", "-c", f"cat {paths[0]} {paths[-1]} > said; sleep 1000", machine="many")
    wait_for(lambda: read(spawner.home("begun") / "said") == "lib0.solib99.so", 10, "the libraries")
    spawner.create("moved", "sh", "-c", f"until cat {paths[-1]} > said.part; do sleep .1; done; mv said.part said; sleep 1000")
    spawner.ask("gate", sandbox="moved", machine="many")
    assert read(spawner.home("moved") / "said") == "lib99.so"


def test_the_gate(spawner):
    pid = spawner.create("gate", "python3", "-c", OPENER)["pid"]
    word = spawner.home("gate") / "n"
    assert read(word) == "FileNotFoundError"
    dry = spawner.ask("gate", sandbox="gate", machine="fuse", dry_run=True)
    assert dry["lost"] == [] and word.read_text() == "FileNotFoundError" and spawner.running()["gate"]["machine"] == "cpu"
    done = spawner.ask("gate", sandbox="gate", machine="fuse")
    assert done["machine"] == "fuse" and spawner.running()["gate"] | {"pid": pid} == spawner.running()["gate"]
    wait_for(lambda: word.read_text() == "opened", 10)
    assert spawner.ask("stats", sandbox="gate", every_ms=0)["mem_limit"] == 256 << 20
    # The way back is refused while the device is open, and says who has it.
    (spawner.home("gate") / "hold").touch()

    def refused():
        try:
            spawner.ask("gate", sandbox="gate", machine="cpu", dry_run=True)  # it is about to open it
        except Refused as e:
            return e

    held = wait_for(refused, 10)
    assert held.slug == "conflict" and "/dev/fuse" in str(held) and "python3" in str(held)
    (spawner.home("gate") / "hold").unlink()

    def back():
        try:
            return spawner.ask("gate", sandbox="gate", machine="cpu")
        except Refused:
            return None  # just then it had it open

    wait_for(back, 10)
    wait_for(lambda: word.read_text() == "FileNotFoundError", 10)
    assert spawner.ask("stats", sandbox="gate", every_ms=0)["mem_limit"] == 64 << 20


def test_memory_in_use_keeps_the_gate_shut(spawner):
    spawner.create("full", "python3", "-c", "x = bytearray(120 << 20); open('n', 'w').write('1')\nimport signal; signal.pause()",
                   machine="big")
    read(spawner.home("full") / "n")
    with pytest.raises(Refused) as e:
        spawner.ask("gate", sandbox="full", machine="cpu")
    assert e.value.slug == "conflict" and "MB of memory are in use" in str(e.value)
    assert spawner.ask("stats", sandbox="full", every_ms=0)["mem_limit"] == 256 << 20


# ---- killed ----


def test_killed_and_started_again(spawner):
    for i in range(3):
        spawner.create(f"s{i}", "sh", "-c", "exec sleep 1000")
    before = spawner.running()
    for _ in range(5):
        spawner.kill9()
        spawner.start()
        assert spawner.running() == before
    spawner.kill9()
    os.kill(before["s1"]["pid"], signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{before['s1']['pid']}").exists(), 10)
    spawner.start()
    assert set(spawner.running()) == {"s0", "s2"}
    ended = [s for s in spawner.ask("list")["sandboxes"] if s["state"] == "ended"]
    assert [s["sandbox"] for s in ended] == ["s1"] and "nobody looked" in ended[0]["exit"]["reason"]
    os.kill(before["s0"]["pid"], signal.SIGKILL)
    assert spawner.wait_event("exit", "s0")["generation"] == 1
    spawner.ask("stop", sandbox="s2", grace_ms=50)
    assert spawner.wait_event("exit", "s2")["asked"] is True


def test_killed_while_it_launches(spawner):
    """What it was about to start is either found again or gone; nothing runs that nobody knows."""
    def unknown():
        known = {s["pid"] for s in spawner.running().values()}
        found = set()
        for group in Path("/sys/fs/cgroup").glob("*/labwright/half*/cgroup.procs"):
            found |= {int(p) for p in group.read_text().split()}
        return found - known

    for i in range(30):
        spec = {"id": f"half{i}", "kind": "workspace", "generation": 1, "owner": 1, "person": "", "home": f"half{i}",
                "machine": "cpu", "environment": "", "argv": ["sleep", "1000"], "environ": [], "cwd": "/floyd/home",
                "listen": False, "network": "machine", "binds": [],
                "limits": {"cpus": 0.0, "cpuset": "", "memory": 0, "disk": 0, "pids": 0, "files": 0}}
        spawner.line.send(json.dumps({"v": 1, "id": 1, "do": "create", "spec": spec}).encode())
        time.sleep(i / 2000)  # another moment of the launch each time
        spawner.kill9()
        spawner.start()
        wait_for(lambda: not unknown(), 10, f"nothing unknown after {i}")
    assert not [g for g in Path("/sys/fs/cgroup").glob("*/labwright/half*") if g.name not in spawner.running()]


def test_two_on_one_state(spawner):
    other = subprocess.run([SPAWNER, "--state", spawner.state], capture_output=True, text=True, timeout=20)
    assert other.returncode == 1 and "another labwright-spawner runs" in other.stderr


# ---- strangers ----


def test_a_stranger_is_hung_up_on(spawner):
    os.chmod(spawner.state / "run/spawner.sock", 0o666)
    script = ("import os, socket, sys\nos.setuid(12345)\ns = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
              f"s.connect({str(spawner.state / 'run/spawner.sock')!r})\n"
              "try:\n    s.send(b'{\"v\":1,\"id\":1,\"do\":\"list\"}')\n    print(len(s.recv(100)))\nexcept OSError: print(0)")
    assert subprocess.run(["python3", "-c", script], capture_output=True, text=True, timeout=20).stdout == "0\n"


def test_a_peer_that_does_not_read(spawner):
    """It is hung up on, whatever it had asked for; others are served."""
    slow, spawner.line = spawner.line, None
    spawner.connect()
    spawner.ask("hello", subscribe=True)
    slow.settimeout(None)
    for do in ("check", "destroy"):
        try:
            for i in range(20000):
                slow.send(json.dumps({"v": 1, "id": i + 1, "do": do, **({"sandbox": "x"} if do == "destroy" else {})}).encode())
        except OSError:
            pass
        slow = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        slow.connect(str(spawner.state / "run/spawner.sock"))
    wait_for(lambda: b"hung up" in (spawner.state / "out").read_bytes(), 10)
    spawner.create("after", "sleep", "1000")
    assert "after" in spawner.running()
    slow.close()


@pytest.mark.parametrize("packet", [
    b"", b"{", b"[]", b"null", b"\x00" * 100, b'{"v":1}', b'{"v":2,"id":1,"do":"list"}', b'{"v":1,"id":1,"do":"mount"}',
    b'{"v":1,"id":1,"do":"list","x":1}', b'{"v":1,"id":"1","do":"list"}', b'{"v":1,"id":1,"do":"kill","sandbox":"../x"}',
    b'{"v":1,"id":1,"do":"destroy","sandbox":"."}', b'{"v":1,"id":1,"do":"destroy","sandbox":"a/b"}',
    b'{"v":1,"id":1,"do":"create"}', b'{"v":1,"id":1,"do":"create","spec":{}}', b'{"v":1,"id":1,"do":"gate","sandbox":"x"}',
    b'{"v":1,"id":1,"do":"list"}' + b" " * 300_000, b"[" * 100_000])
def test_hostile_packets(shared, packet):
    if packet:
        assert "error" in shared.raw(packet)
    else:
        shared.line.send(packet)
        shared.connect()
    assert shared.ask("list")["sandboxes"] == []


@pytest.mark.parametrize("keys", [
    {"machine": "none"}, {"environment": "none"}, {"argv": []}, {"home": "../x"}, {"owner": 0}, {"owner": -1},
    {"network": "host"}, {"cwd": "relative"}, {"id": "a/b"}, {"id": ".."}, {"environ": ["noequals"]}, {"binds": [{}]}])
def test_specs_that_are_refused(shared, keys):
    with pytest.raises(Refused) as e:
        shared.create("bad", **({"argv": ["true"]} | keys)) if "argv" in keys else shared.create(
            keys.pop("id", "bad"), "true", **keys)
    assert str(e.value) and shared.running() == {}


def test_check(shared):
    got = shared.ask("check")
    assert got["backend"] in ("v1", "v2") and got["rootless"] is False
    assert {"memory", "cpu", "pids", "devices"} <= {i["name"] for i in got["items"]}
