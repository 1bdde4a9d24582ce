"""labwright doctor: each way in which an installation can be broken, broken, and named with its mend."""
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from lw import default_binary
from lwhub import Hub

PASSWD = "root:x:0:0::/:/bin/sh\nlabwright:x:963:963::/:/bin/false\n"


class Patient:
    """A state directory and a host that are well, until a test breaks something."""

    def __init__(self, tmp):
        self.state, self.root = tmp / "state", tmp / "root"
        self.state.mkdir(mode=0o711)
        self.hub = self.state / "hub"
        self.hub.mkdir(mode=0o700)
        (self.hub / "hub.db").write_bytes(b"SQLite format 3\0" + bytes(44) + (3).to_bytes(4, "big") + bytes(100))
        (self.hub / "secret").write_bytes(bytes(32))
        for f in ("hub.db", "secret"):
            (self.hub / f).chmod(0o600)
        self.host("proc/self/mounts", "none /sys/fs/cgroup/memory cgroup rw 0 0\n")
        self.host("proc/sys/user/max_user_namespaces", "65536\n")
        self.host("proc/filesystems", "nodev\ttmpfs\nnodev\toverlay\n\text4\n")
        self.host("proc/sys/net/ipv4/ip_forward", "1\n")
        self.host("proc/meminfo", "MemTotal: 8388608 kB\n")
        self.host("etc/passwd", PASSWD)
        self.config("machines.yml", "machines: {cpu: {}}\n")
        self.env = dict(os.environ)

    def host(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def config(self, name, text, mode=0o644):
        path = self.state / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def spawner(self):
        (self.state / "run").mkdir()
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.bind(str(self.state / "run/spawner.sock"))
        return s

    def look(self, *args, state=None):
        return subprocess.run([default_binary(), "doctor", "--state", state or self.state, "--root", self.root, *args],
                              capture_output=True, text=True, env=self.env, timeout=60)

    def all(self, **kw):
        return {c["name"]: c for c in json.loads(self.look("--json", **kw).stdout)}


@pytest.fixture
def patient(tmp_path):
    return Patient(tmp_path)


def test_well(patient):
    with patient.spawner() as s:
        s.listen()
        found = patient.all()
        assert {n: c for n, c in found.items() if c["verdict"] != "fine" and n not in ("hub", "open files", "git")
                and "is in memory" not in c["text"]} == {}  # as /tmp is on some hosts
        done = patient.look("--quiet")
        assert done.returncode == 0 and "fine  " not in done.stdout and ", 0 bad" in done.stdout
    assert len(found) >= 20


BROKEN = [
    # name, verdict, what breaks it, what is said, the mend
    ("state directory", "bad", lambda p: p.state.chmod(0o777), "written by others", "chmod go-w"),
    ("hub's directory", "bad", lambda p: p.hub.chmod(0o755), "read by others", "chmod 700"),
    ("database", "bad", lambda p: (p.hub / "hub.db").write_bytes(b"x" * 4096), "is damaged", "restore"),
    ("database", "bad", lambda p: (p.hub / "hub.db").write_bytes(b""), "is damaged", "restore"),
    ("database", "bad", lambda p: (p.hub / "hub.db").write_bytes(b"SQLite format 3\0" + bytes(44) + b"\0\0\x0f\0" + bytes(99)),
     "newer program", "newer labwright"),
    ("secrets", "bad", lambda p: (p.hub / "hub.db").chmod(0o644), "hub.db may be read", "chmod 600"),
    ("secrets", "bad", lambda p: (p.hub / "secret").chmod(0o640), "secret may be read", "chmod 600"),
    ("secret", "bad", lambda p: (p.hub / "secret").write_bytes(b"short"), "not 32", "remove it"),
    ("spawner", "weak", lambda p: None, "no spawner runs", "labwright serve"),
    ("spawner", "bad", lambda p: p.spawner().close(), "does not answer", "restart"),
    ("machines", "bad", lambda p: p.config("machines.yml", "machines: {cpu: {cpus: lots}}\n"), "machines.yml:1: cpu: cpus",
     "mend that line"),
    ("machines", "bad", lambda p: p.config("machines.yml", "machines: {cpu: {}}\n", 0o666), "written by others", "chown root"),
    ("what machines need", "bad", lambda p: p.config("machines.yml", "machines: {g: {gpus: 1}}\n"), "no GPU", "another default"),
    ("what machines need", "weak", lambda p: p.config("machines.yml", "machines: {c: {}, d: {devices: [/dev/nonesuch]}}\n"),
     "no /dev/nonesuch", "take it out"),
    ("NVIDIA", "bad", lambda p: p.host("dev/nvidia0", ""), "not loaded", "modprobe nvidia"),
    ("NVIDIA", "bad", lambda p: (p.host("dev/nvidia0", ""), p.host("proc/driver/nvidia/version", "NVRM version: 550.1\n")),
     "libraries are not found", "libcuda"),
    ("environments", "bad", lambda p: p.config("environments/x.yml", "cpu: [\n"), "x.yml:2", "mend that file"),
    ("environments", "bad", lambda p: p.env.update(LABWRIGHT_CONF="/nonesuch"), "no environment", "labwright env create"),
    ("what is installed", "bad", lambda p: p.config("environments/x.yml", "cpu: {prefix: env/x}\n"), "is not there", "--replace"),
    ("what is installed", "bad", lambda p: p.config("environments/x.yml", "cpu: {prefix: /usr/share}\n"), "does not run",
     "--replace"),
    ("control groups", "bad", lambda p: p.host("proc/self/mounts", ""), "no control groups", "mount -t cgroup2"),
    ("control groups", "bad", lambda p: p.host("sys/fs/cgroup/cgroup.controllers", "cpu io\n"), "lack memory", "Delegate"),
    ("user namespaces", "bad", lambda p: p.host("proc/sys/user/max_user_namespaces", "0\n"), "switched off", "sysctl"),
    ("overlay", "bad", lambda p: p.host("proc/filesystems", "\text4\n"), "no overlay", "modprobe overlay"),
    ("forwarding", "weak", lambda p: p.host("proc/sys/net/ipv4/ip_forward", "0\n"), "not forwarded", "sysctl"),
    ("git", "weak", lambda p: p.env.update(PATH="/nonesuch"), "not in PATH", "install git"),
    ("python3", "bad", lambda p: p.env.update(PATH="/nonesuch"), "not in PATH", "install python3"),
    ("memory", "weak", lambda p: p.host("proc/meminfo", "MemTotal: 262144 kB\n"), "256 MiB", "add memory"),
]


@pytest.mark.parametrize("name,verdict,break_it,says,mend", BROKEN, ids=[f"{i}-{b[0].replace(' ', '-')}" for i, b in enumerate(BROKEN)])
def test_broken(patient, name, verdict, break_it, says, mend):
    break_it(patient)
    found = patient.all()[name]
    assert (found["verdict"], says in found["text"], mend in found["mend"]) == (verdict, True, True), found
    done = patient.look()
    assert done.returncode == (1 if " 0 bad" not in done.stdout else 0)
    assert says in done.stdout and f"-> {found['mend'][:20]}" in done.stdout
    if verdict == "bad":
        assert done.returncode == 1


def test_no_directory_at_all(patient):
    found = patient.all(state="/nonesuch/state")
    assert found["state directory"]["verdict"] == "bad" and "--state" in found["state directory"]["mend"]


def test_a_path_too_long_for_sockets(patient):
    deep = patient.state / ("d" * 60)
    deep.mkdir()
    assert "too long" in patient.all(state=deep)["length of its path"]["text"]


@pytest.mark.skipif(os.geteuid() != 0, reason="chown needs root")
def test_root_only(patient):
    os.chown(patient.hub / "secret", 12345, 12345)
    assert "uid 12345" in patient.all()["owner"]["text"]
    patient.host("etc/passwd", "root:x:0:0::/:/bin/sh\nnotlabwright:x:1:1::/:/\n")
    assert patient.all()["user"]["verdict"] == "weak"
    patient.state.chmod(0o700)
    assert "does not let" in patient.all()["state directory"]["text"]


def test_few_open_files(patient):
    done = subprocess.run(["sh", "-c", f'ulimit -n 512; exec "{default_binary()}" doctor --json --state {patient.state}'],
                          capture_output=True, text=True, timeout=60)
    found = {c["name"]: c for c in json.loads(done.stdout)}
    assert found["open files"]["verdict"] == "weak"


def test_beside_a_hub():
    with Hub() as h:
        done = subprocess.run([default_binary(), "doctor", "--json", "--state", h.state], capture_output=True, text=True,
                              timeout=60)
        found = {c["name"]: c for c in json.loads(done.stdout)}
        for name in ("state directory", "hub's directory", "database", "secrets", "owner", "secret", "hub", "environments"):
            assert found[name]["verdict"] == "fine", found[name]


def test_usage(patient):
    assert patient.look("word").returncode == 2 and patient.look("--nonsense").returncode == 2
    assert patient.look("--help").stdout.startswith("usage:")
    assert not Path("/nonesuch").exists()
