"""The first process of a sandbox and what it can see: launched by room_run, without a spawner."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from lw import default_binary

ROOM_RUN = Path(default_binary()).parent / "room_run"
BASE = 700_000_000

pytestmark = [pytest.mark.skipif(os.geteuid() != 0, reason="sandboxes with ranges of user ids need root"),
              pytest.mark.skipif(not ROOM_RUN.exists(), reason="room_run is not built")]


class Rooms:
    def __init__(self):
        self.state = Path(tempfile.mkdtemp(prefix="lwroom-"))
        self.state.chmod(0o711)
        (self.state / "ws").mkdir()

    def run(self, *argv, room="a", uid=BASE, status=0, **options):
        words = [str(ROOM_RUN), "--state", str(self.state), "--id", room, "--uid", str(uid)]
        for k, v in options.items():
            for value in v if isinstance(v, list) else [v]:
                words += ["--" + k, str(value)]
        r = subprocess.run([*words, "--", *argv], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert status is None or r.returncode == status, (r.returncode, r.stdout, r.stderr)
        return r.stdout + r.stderr

    def sh(self, script, **options):
        return self.run("sh", "-c", script, **options)


@pytest.fixture(scope="module")
def rooms():
    r = Rooms()
    yield r
    shutil.rmtree(r.state)


def test_who_one_is(rooms):
    assert rooms.sh("id -u; hostname; echo $$; pwd").split() == ["0", "a", "1", "/floyd/home"]
    rooms.sh("touch own")
    made = (rooms.state / "ws/a/home/own").stat()
    assert (made.st_uid, made.st_gid) == (BASE, BASE)


def test_status_and_signal(rooms):
    rooms.sh("exit 3", status=3)
    rooms.sh("sh -c 'kill -9 $$'; exit $?", status=137)
    assert "step program" in rooms.run("/no/such/program", status=125)


@pytest.mark.parametrize("network", ["none", "nat", "host"])
def test_network(rooms, network):
    got = rooms.run("cat", "/proc/net/dev", net=network, room=network)
    assert "lo:" in got and ("eth0" in got or network != "nat")
    if network == "none":
        assert "eth0" not in got


def test_what_is_installed_persists(rooms):
    rooms.sh("echo 'echo mine' > /usr/local/bin/mine; chmod +x /usr/local/bin/mine; touch /etc/own /opt/own /var/own")
    assert rooms.sh("mine; ls /etc/own /opt/own /var/own").split()[0] == "mine"
    for path in ("/usr/local/bin/mine", "/etc/own", "/opt/own", "/var/own"):
        assert not os.path.exists(path)
    assert "not found" in rooms.sh("mine", room="b", status=127)


def test_an_environment_is_layered(rooms):
    with tempfile.TemporaryDirectory() as tmp:
        os.chmod(tmp, 0o755)
        prefix = Path(tmp) / "env"
        (prefix / "bin").mkdir(parents=True)
        (prefix / "bin/tool").write_text("#!/bin/sh\necho one\n")
        (prefix / "bin/tool").chmod(0o755)
        assert rooms.run("tool", env=prefix, room="env") == "one\n"
        rooms.sh(f"printf '#!/bin/sh\\necho two\\n' > {prefix}/bin/tool", env=prefix, room="env")
        assert rooms.run("tool", env=prefix, room="env") == "two\n"
        assert rooms.run("tool", env=prefix, room="other") == "one\n"
        assert (prefix / "bin/tool").read_text() == "#!/bin/sh\necho one\n"


def test_nothing_of_the_host(rooms):
    secrets = ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh", "/etc/ssl/private", "/root/.ssh", "/proc/1/root/etc/shadow"]
    for path in secrets:
        assert "No such file" in rooms.run("ls", path, status=2)
    assert rooms.sh("ls /home /srv /mnt /media").split() == ["/home:", "/media:", "/mnt:", "/srv:"]
    assert rooms.run("cat", "/etc/passwd", person="alice", room="p").count("alice:x:0:0:") == 1


@pytest.mark.parametrize("attempt", [
    "mount -t tmpfs none /tmp", "mount --bind /usr /mnt", "umount /proc", "unshare -U true", "unshare -m true",
    "mknod /tmp/x c 1 3", "hostname other", "ip link add d0 type dummy", "chroot / mount -t proc none /proc",
    "touch /sys/x", "touch /proc/sys/kernel/hostname", "echo 1 > /proc/sys/vm/overcommit_memory", "touch /dev/x", "touch /x",
    "dmesg", "kill -9 2", "date -s 2001-01-01"])
def test_refused(rooms, attempt):
    got = rooms.sh(attempt, status=None)
    assert rooms.sh(attempt + " >/dev/null 2>&1; echo $?").strip() not in ("0", "127"), got


def test_files_of_others_are_unreachable(rooms):
    rooms.sh("echo secret > mine; chmod 644 mine; id -u", room="one", uid=BASE)
    assert "secret" not in rooms.sh(f"cat {rooms.state}/ws/one/home/mine 2>&1; cat /proc/*/root/floyd/home/mine 2>&1",
                                    room="two", uid=BASE + 65536, status=None)


def test_open_descriptors_are_three(rooms):
    assert rooms.sh("ls /proc/self/fd").split() == ["0", "1", "2", "3"]  # 3 is that of ls


def test_a_device_is_there_when_given(rooms):
    assert "No such file" in rooms.run("ls", "/dev/loop-control", status=2)
    if os.path.exists("/dev/loop-control"):
        assert rooms.sh("test -c /dev/loop-control && echo yes", device="/dev/loop-control").strip() == "yes"


def test_a_terminal(rooms):
    script = "import pty,os; pid, fd = pty.fork()\nif pid == 0: os.execvp('tty', ['tty'])\nprint(os.read(fd, 99).decode())"
    assert "/dev/pts/0" in rooms.run(sys.executable if sys.executable.startswith("/usr") else "python3", "-c", script)


def test_hostile_names_in_upper(rooms):
    """What a person left where the spawner writes is never followed."""
    rooms.sh("rm -rf /etc/hosts; ln -s /etc/passwd /etc/hosts; ln -s /floyd/home/x /etc/.labwright.new; touch victim")
    rooms.sh("cat /etc/hosts > seen")
    home = rooms.state / "ws/a/home"
    assert "localhost" in (home / "seen").read_text() and (home / "victim").read_text() == "" and not (home / "x").exists()
