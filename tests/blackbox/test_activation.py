"""The keeper that owns the listening socket: a server begins with the first connection, and again"""
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from activated import Activated
from lw import default_binary, wait_for

# Answers each connection with its facts, until one says "die N" or "end".
SERVER = r"""
import os, signal, socket, sys
facts = [os.environ.get(k, "-") for k in ("LISTEN_FDS", "LISTEN_PID", "LABWRIGHT_KEEPER")]
open_fds = sorted(int(f) for f in os.listdir("/proc/self/fd"))[:-1]
listener = socket.socket(fileno=3)
while True:
    c, _ = listener.accept()
    word = c.makefile().readline().split()
    if word[0] == "end":
        sys.exit(0)
    if word[0] == "die":
        print("going to die", file=sys.stderr, flush=True)
        os.kill(os.getpid(), int(word[1]))
    c.sendall(" ".join([str(os.getpid()), *facts, ",".join(map(str, open_fds))]).encode() + b"\n")
    c.close()
"""


def python(source):
    return [sys.executable, "-c", source]


def say(a, word):
    with a.connect() as s:
        s.sendall(word.encode() + b"\n")
        return s.makefile().readline().split()


def test_begins_with_the_first_connection():
    with Activated(python(SERVER)) as a:
        assert a.servers() == []
        pid, fds, listen_pid, keeper, open_fds = say(a, "facts")
        assert a.servers() == [int(pid)] and pid == listen_pid and fds == "1"
        assert keeper == str(a.dir) and open_fds == "0,1,2,3"
        assert say(a, "again")[0] == pid


@pytest.mark.parametrize("word,reason", [("end", "exited with status 0"), ("die 9", "killed by signal 9"),
                                         ("die 11", "killed by signal 11")])
def test_begins_again(word, reason):
    with Activated(python(SERVER)) as a:
        first = say(a, "facts")[0]
        assert say(a, word) == []
        second = say(a, "facts")[0]
        assert second != first and a.servers() == [int(first), int(second)]
        assert reason in a.log
        if word != "end":
            assert "going to die" in a.log.split(reason)[1]


def test_nobody_is_lost_while_it_ends():
    """Connections made while a server ends are answered by the next one."""
    with Activated(python(SERVER)) as a:
        say(a, "facts")
        waiting = []
        for _ in range(3):
            with a.connect() as s:
                s.sendall(b"end\n")
                for _ in range(5):
                    waiting.append(a.connect())
        for s in waiting:
            s.sendall(b"facts\n")
            assert s.makefile().readline()
            s.close()


def test_one_that_dies_at_once_is_not_begun_all_the_time():
    with Activated(["sh", "-c", "echo broken >&2; exit 3"]) as a:
        with a.connect():
            wait_for(lambda: len(a.servers()) >= 3, 20)
            times = [line.split()[1] for line in a.log.splitlines() if "the server begins" in line]
            assert len(a.servers()) < 12, times
        assert "it exited with status 3: " in a.log and "broken" in a.log
        with a.connect() as s:  # who waits is told in the end
            assert s.recv(1) == b""
        assert a.stop() == 0


def test_a_command_that_is_not_there():
    with Activated(["/nonexistent/labwright", "lab"]) as a:
        with a.connect():
            wait_for(lambda: "cannot execute /nonexistent/labwright" in a.log, 20)
        assert a.stop() == 0


def test_end_waits_for_the_server_and_kills_what_does_not_end():
    with Activated(python(SERVER)) as a:
        pid = int(say(a, "facts")[0])
        assert a.stop() == 0
        assert not os.path.exists(f"/proc/{pid}")
    with Activated(python("import signal; signal.signal(15, signal.SIG_IGN)\n" + SERVER)) as a:
        pid = int(say(a, "facts")[0])
        a.keeper.send_signal(signal.SIGTERM)
        wait_for(lambda: "ending everything" in a.log, 10)
        assert a.keeper.poll() is None
        a.keeper.send_signal(signal.SIGTERM)  # cannot wait
        assert a.keeper.wait(5) == 0
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("argv", [
    ["keep", "--dir", "/nonexistent/d", "--listen-fd", "0"],
    ["keep", "--dir", "/nonexistent/d", "--", "true"],
    ["keep", "--dir", "/nonexistent/d", "true"],
    ["keep", "--hand-over"],
    ["keep", "--hand-over", "--dir", "/nonexistent/d", "--", "true"],
])
def test_refused_command_lines(argv):
    r = subprocess.run([default_binary(), *argv], capture_output=True, text=True, timeout=20)
    assert r.returncode == 2 and "usage:" in r.stderr


def test_what_does_not_listen_is_refused(tmp_path):
    a, b = socket.socketpair()
    with a, b:
        d = tmp_path / "k"
        r = subprocess.run([default_binary(), "keep", "--dir", str(d), "--listen-fd", str(a.fileno()), "--", "true"],
                           pass_fds=[a.fileno()], capture_output=True, text=True, timeout=20)
    assert r.returncode == 1 and "no socket that listens" in r.stderr


# ---- as process 1 ----

UNSHARE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
if os.geteuid() != 0:
    UNSHARE += ["--user", "--map-root-user"]
can_unshare = bool(shutil.which("unshare")) and subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0

LEAVES = r"""
import os, signal, subprocess, sys
# an orphan that ends soon, and one that says goodbye when it is asked to end
subprocess.run(["sh", "-c", "(sleep 0.1 & ) ; (trap 'echo bye > GOODBYE; exit' TERM; echo $$ > STARTED; "
                "while :; do sleep 0.05; done) > /dev/null 2>&1 &"])
""" + SERVER.replace('word[0] == "end"', 'word[0] == "zombies"').replace("sys.exit(0)", r"""
        n = sum(b"\nState:\tZ" in open(f"/proc/{p}/status", "rb").read() for p in os.listdir("/proc") if p.isdigit())
        c.sendall(f"{n} {len([p for p in os.listdir('/proc') if p.isdigit()])}\n".encode())
        c.close()
        continue
""")


@pytest.mark.skipif(not can_unshare, reason="no pid namespaces here")
def test_as_process_one(tmp_path):
    """Orphans are waited for; what is left is asked to end before it is killed."""
    goodbye, started = tmp_path / "bye", tmp_path / "started"
    with Activated(python(LEAVES.replace("GOODBYE", str(goodbye)).replace("STARTED", str(started))), through=UNSHARE) as a:
        say(a, "facts")
        wait_for(started.exists, 10)
        wait_for(lambda: say(a, "zombies")[0] == "0", 10, "no zombies")
        keeper = next(int(p) for p in Path(f"/proc/{a.keeper.pid}/task/{a.keeper.pid}/children").read_text().split())
        os.kill(keeper, signal.SIGTERM)
        assert a.keeper.wait(20) == 0
        assert goodbye.read_text() == "bye\n"
