"""Server and keeper out of descriptors: who comes waits, the log says it once, nobody spins."""
import os
import re
import resource
import socket
import time
from pathlib import Path

import pytest
from lw import wait_for

pytestmark = pytest.mark.ours
TEXT = "cannot accept a connection"


def exhausted(pid):
    """Take all but its own descriptors from the process; the limits it had."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")), before[1]))
    return before


def cpu(pid):
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def check(pid, log, address, family, greeting, answer):
    lines = log().count(TEXT)
    before = exhausted(pid)
    with socket.socket(family) as s:
        s.connect(address)
        s.sendall(greeting)
        wait_for(lambda: TEXT in log(), 10)
        begin, used = time.monotonic(), cpu(pid)
        time.sleep(1)  # five rests
        assert cpu(pid) - used < 0.5 * (time.monotonic() - begin)
        # Each of the five rests would say it; once more after a connection that found a descriptor is right.
        assert log().count(TEXT) <= lines + 3
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        s.settimeout(20)
        assert re.match(answer, s.recv(1000), re.S)


def test_server(lab):
    lab.api("GET", "api/status")
    check(lab.proc.pid, lambda: lab.log, ("127.0.0.1", lab.port), socket.AF_INET,
          f"GET /api HTTP/1.1\r\nHost: 127.0.0.1:{lab.port}\r\n\r\n".encode(), rb"HTTP/1.1 200")
    lab.api("GET", "api/status", status=200)


def test_keeper(lab):
    lab.api("GET", "api/kernels")
    (keep,) = lab.runtime_dir.glob("labwright/*/keep.sock")
    pid = next(p for p in lab.pids if b"\0keep\0" in Path(f"/proc/{p}/cmdline").read_bytes())
    busy = rb".{4}\x41"  # KEEP_ERROR: there is a server already
    hello = (1).to_bytes(4, "little") + 2 * (0).to_bytes(4, "little")
    frame = (16 + len(hello)).to_bytes(4, "little") + b"\x01" + bytes(15) + hello
    check(pid, lambda: (keep.parent / "keep.log").read_text(), str(keep), socket.AF_UNIX, frame, busy)
    assert lab.kernel().execute("6*7").value == "42"
