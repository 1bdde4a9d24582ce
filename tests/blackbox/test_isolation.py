"""Another person on the machine gets nowhere: no TCP port of a kernel, no socket, no journal."""
import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

NOBODY = 65534

PROBE = r"""
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
bad = []
for path in sys.stdin.read().splitlines():
    try:
        if path.startswith("unix:"):
            s = socket.socket(socket.AF_UNIX); s.settimeout(3); s.connect(path[5:]); bad.append(path)
        else:
            open(path, "rb").read(1); bad.append(path)
    except OSError:
        pass
print("\n".join(bad))
"""


def as_nobody(paths):
    r = subprocess.run(["/usr/bin/python3", "-c", PROBE], input="\n".join(paths), capture_output=True, text=True)
    assert r.returncode == 0, r.stderr
    return r.stdout.split()


def listening_tcp(pids):
    """`ss` lines of listening TCP sockets of these processes."""
    out = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    return [line for line in out.splitlines() if any(f"pid={p}," in line for p in pids)]


def unix_sockets(pids):
    inodes = set()
    for p in pids:
        for fd in os.listdir(f"/proc/{p}/fd"):
            link = os.readlink(f"/proc/{p}/fd/{fd}")
            if link.startswith("socket:["):
                inodes.add(link[8:-1])
    found = []
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        f = line.split()
        if len(f) > 7 and f[6] in inodes and f[7].startswith("/"):
            found.append(f[7])
    return sorted(set(found))


@pytest.fixture
def busy(make_server):
    srv = make_server()
    k = srv.kernel()
    k.execute("print('secret-output')")
    t = srv.terminal()
    t.send("echo secret-$((1+1))\r")
    t.expect("secret-2")
    return srv


def test_no_kernel_listens_on_tcp(busy):
    """None of the channels: the connection file says ipc, and ss shows the server's two sockets.  The one
    other listener is ipykernel's own: the pipe on which it hears its forked children, bound by itself on
    loopback whatever the transport, authenticated by a random id (its iopub thread)."""
    k = busy.kernel()
    own = k.execute("get_ipython().kernel.iopub_thread._pipe_port").value
    pid = int(k.execute("__import__('os').getpid()").value)
    info = json.loads((busy.runtime_dir / f"kernel-{k.id}.json").read_text())
    assert info["transport"] == "ipc"
    assert [line.split()[3] for line in listening_tcp([pid])] == [f"127.0.0.1:{own}"]
    lines = listening_tcp([busy.proc.pid])
    assert len(lines) == 2 and all(f":{busy.port} " in line for line in lines), lines


def test_a_compiled_kernel_listens_nowhere_on_tcp(busy):
    spec = busy.data_dir / "kernels" / "xpython"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(json.dumps({
        "argv": [sys.executable, "-m", "xpython_launcher", "-f", "{connection_file}"], "display_name": "x", "language": "python"}))
    k = busy.kernel("xpython")
    k.request("kernel_info_request")
    pid = int(k.execute("import os; os.getpid()").value)
    assert listening_tcp([pid]) == []


def test_another_uid_can_connect_to_no_socket_and_read_no_file(busy, root_user):
    sockets = unix_sockets(busy.pids)
    assert any("keep" in s for s in sockets), sockets
    assert len(sockets) >= 6, sockets  # the keeper's and five of the kernel
    dirs = {Path(s).parent for s in sockets} | {busy.runtime_dir, busy.data_dir}
    files = [str(p) for d in dirs for p in d.rglob("*") if p.is_file()]
    assert any("journal" in f for f in files), files
    assert as_nobody([f"unix:{s}" for s in sockets] + files) == []


def test_socket_of_a_server_on_a_unix_socket(make_server, tmp_path, root_user):
    os.chmod(tmp_path, 0o755)
    path = Path("/tmp") / f"lw-test-{os.getpid()}.sock"
    srv = make_server(args=[f"--ServerApp.sock={path}"], start=False)
    srv.start(wait=False)
    try:
        for _ in range(500):
            if path.exists():
                break
            time.sleep(0.02)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert as_nobody([f"unix:{path}"]) == []
        with socket.socket(socket.AF_UNIX) as c:
            c.connect(str(path))
            c.sendall(f"GET /api/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {srv.token}\r\n"
                      "Connection: close\r\n\r\n".encode())
            assert c.recv(100).split()[1] == b"200"
    finally:
        srv.stop()
    assert not path.exists()


def test_no_secret_in_argv_or_in_the_log(busy):
    for p in busy.pids:
        assert busy.token not in Path(f"/proc/{p}/cmdline").read_text()
    assert busy.token not in busy.log.replace("?token=...", "")
