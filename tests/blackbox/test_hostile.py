"""Bad input: a clear error to the one who asked, nothing lost, nobody else disturbed."""
import json
import os
import socket
import struct
import subprocess
import time

import pytest
from lw import notebook, wait_for


def head_of(answer):
    return answer.split(b"\r\n", 1)[0]


def status_of(answer):
    parts = head_of(answer).split()
    return int(parts[1]) if len(parts) > 1 else 0


def request(srv, method, path, body=b"", headers=(), host=None):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host or '127.0.0.1:%d' % srv.port}",
             f"Authorization: token {srv.token}", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return srv.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


@pytest.fixture(autouse=True)
def alive(shared):
    """Whatever a test sends, the server answers the next person, in the same process."""
    pid = shared.proc.pid
    yield
    assert shared.proc.poll() is None and shared.proc.pid == pid
    shared.api("GET", "api/status", status=200)


# ---- HTTP -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("data,codes", [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (0, 400)),
    (b"GET\r\n\r\n", (400,)),
    (b"FOO\r\n\r\n", (400,)),
    (b"FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n", (405,)),
    (b"\r\n" * 50, (0, 400)),
    (b"GET / HTTP/9.9\r\n\r\n", (400, 505)),
    (b"GET /api HTTP/1.1\r\n\r\n", (400,)),
    (b"GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400,)),
    (b"POST /api/shutdown HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", (400,)),
    (b"POST /api/shutdown HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", (400,)),
    (b"POST /api/shutdown HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", (400, 413)),
    (b"POST /api/shutdown HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", (400, 403)),
    (b"POST /api/shutdown HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", (400, 403)),
    (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 404, 405, 403)),
    (b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200000 + b"\r\n\r\n", (431, 400)),
    (b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", (431, 414, 400)),
    (b"GET /api HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", (200, 400)),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 405, 505)),
    (b"GET /api HTTP/1.1\r\nHost: localhost\r\nA\x00b: c\r\n\r\n", (400,)),
    (b"GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" * 3, (200,)),
])
def test_malformed_requests(shared, data, codes):
    with socket.create_connection(("127.0.0.1", shared.port), 5) as c:
        c.sendall(data)
        c.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while piece := c.recv(65536):
                got += piece
        except ConnectionError:
            pass
    assert status_of(got) in codes, got[:300]


@pytest.mark.parametrize("path", ["api/contents/%00", "api/contents/a%00b.txt", "files/%00", "view/%00",
                                  "lab/tree/%00", "api/contents/%ff%fe", "files/%ff", "api/contents/%zz",
                                  "api/contents/" + "a" * 300, "api/contents/" + "a/" * 2000 + "b",
                                  "kernelspecs/python3/%2e%2e/%2e%2e/etc/passwd", "static/%2e%2e/%2e%2e/etc/passwd",
                                  "static/lab/../../../../etc/passwd", "lab/extensions/x/../../../../etc/passwd",
                                  "lab/api/themes/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "static/lab/%2e%2e%2f%2e%2e%2fetc%2fpasswd"])
def test_paths_that_are_no_paths(shared, path):
    got = request(shared, "GET", "/" + path)
    if path.startswith("lab/tree"):
        assert status_of(got) in (200, 404, 400)
    else:
        assert status_of(got) in (400, 403, 404, 414), got[:200]
    assert b"root:" not in got


def test_a_body_above_the_ceiling_is_refused_and_not_kept(make_server):
    srv = make_server(args=["--ServerApp.max_body_size=100000"])
    big = json.dumps({"type": "file", "format": "text", "content": "x" * 200000})
    got = request(srv, "PUT", "/api/contents/big.txt", big.encode(), ["Content-Type: application/json"])
    assert status_of(got) in (400, 413) or got == b""
    assert not (srv.root / "big.txt").exists()
    srv.api("GET", "api/status", status=200)


def test_a_stranger_cannot_make_the_server_hold_a_body(shared):
    """No token: refused when the headers are there, before half a gigabyte is read."""
    with socket.create_connection(("127.0.0.1", shared.port), 10) as c:
        c.sendall(b"PUT /api/contents/x.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000000\r\n\r\n")
        got = c.recv(65536)
    assert status_of(got) == 403


@pytest.mark.parametrize("body", [b"{", b"[1,", b"nope", b"\xff\xfe", b"{\"a\":\"\xff\"}", b"[" * 100000,
                                  b"{\"a\":" * 50000, b"\"" + b"\\ud800" + b"\"", b"1e999999", b"9" * 100000])
@pytest.mark.parametrize("method,path", [("POST", "api/kernels"), ("POST", "api/sessions"), ("PUT", "api/contents/j.txt"),
                                         ("PUT", "lab/api/workspaces/w"), ("PUT", "lab/api/settings/@jupyterlab/apputils-extension:themes"),
                                         ("PATCH", "api/config/x"), ("POST", "api/events"), ("POST", "api/terminals")])
def test_json_that_is_none(shared, method, path, body):
    r = shared.api(method, path, data=body)
    assert 400 <= r.status_code < 502, r.text
    assert r.json()["message"]


@pytest.mark.parametrize("body", [[], 5, "x", {"path": 5, "type": "notebook"}, {"path": "a", "type": 7},
                                  {"path": "a", "type": "file", "kernel": 5}, {"path": "a", "type": "file", "kernel": {"name": 7}},
                                  {"path": "a\0b", "type": "file", "kernel": {}}, {"path": "../../x", "type": "file", "kernel": {}}])
def test_session_bodies_of_wrong_types(shared, body):
    r = shared.api("POST", "api/sessions", json=body)
    assert 400 <= r.status_code < 502 and r.json()["message"]
    assert shared.api("GET", "api/kernels").json() == []


# ---- websockets -------------------------------------------------------------------------------------


def handshake(srv, path, extra=""):
    c = socket.create_connection(("127.0.0.1", srv.port), 10)
    c.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{srv.port}\r\nAuthorization: token {srv.token}\r\n"
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extra}\r\n").encode())
    got = b""
    while b"\r\n\r\n" not in got:
        got += c.recv(4096)
    assert status_of(got) == 101, got
    return c


@pytest.mark.parametrize("frames", [
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x81\x05hello", b"\x82\xff" + b"\xff" * 8, b"\x83\x80\0\0\0\0",
    b"\xc1\x80\0\0\0\0", b"\x89\xfe\x10\x00\0\0\0\0", b"\x80\x80\0\0\0\0", b"\x01\x81\0\0\0\0a\x81\x81\0\0\0\0b",
    b"\x81\x82\0\0\0\0\xff\xfe", b"\x88\x81\0\0\0\0\x00", b"\x82\xff\x00\x00\x00\x7f\xff\xff\xff\xff\0\0\0\0"])
def test_malformed_websocket_frames_end_that_socket_only(shared, frames):
    t = shared.terminal()
    for path in ("/api/events/subscribe", f"/terminals/websocket/{t.name}"):
        with handshake(shared, path) as c:
            c.sendall(frames)
            c.settimeout(10)
            try:
                while c.recv(65536):
                    pass
            except (ConnectionError, socket.timeout):
                pass
    t.send("echo still-$((40+2))\r")
    t.expect("still-42")
    shared.api("DELETE", f"api/terminals/{t.name}", status=204)


def test_a_message_above_the_ceiling_closes_with_1009(make_server):
    srv = make_server(args=["--ServerApp.tornado_settings={'websocket_max_message_size': 100000}"])
    t = srv.terminal()
    with handshake(srv, f"/terminals/websocket/{t.name}") as c:
        c.sendall(b"\x81\xff" + struct.pack("!Q", 300000) + b"\0\0\0\0" + b"x" * 300000)
        c.settimeout(10)
        got = b""
        try:
            while piece := c.recv(65536):
                got += piece
        except ConnectionError:
            pass
        assert b"\x88" in got and struct.pack("!H", 1009) in got
    t.send("echo ok-$((1+1))\r")
    t.expect("ok-2")


# ---- the tree of files --------------------------------------------------------------------------------


def test_odd_things_in_the_tree(shared):
    d = shared.root / "tree"
    d.mkdir()
    os.mkfifo(d / "fifo")
    os.symlink("b", d / "a")
    os.symlink("a", d / "b")
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(d / "sock"))
    (d / "dir").mkdir()
    (d / "dir/f").write_text("x")
    os.symlink("..", d / "dir/up")
    t = time.monotonic()
    for name in ("fifo", "a", "sock"):
        assert shared.api("GET", f"api/contents/tree/{name}").status_code in (400, 404), name
        assert shared.api("GET", f"files/tree/{name}").status_code in (400, 403, 404), name
        body = {"type": "file", "format": "text", "content": "x"}
        assert shared.api("PUT", f"api/contents/tree/{name}", json=body).status_code >= 400, name
    assert shared.api("GET", "api/contents/tree/dir/up/dir/up/dir/f").status_code == 200
    assert shared.api("GET", "api/contents/tree").status_code == 200
    assert time.monotonic() - t < 10, "something waited for the other end of a FIFO"
    s.close()


def test_a_full_disk_keeps_the_old_file(make_server, tmp_path, root_user):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(small)]).returncode:
        pytest.skip("cannot mount a tmpfs here")
    try:
        srv = make_server(root=small)
        srv.put("a.txt", "old content\n")
        (small / "fill").write_bytes(b"x" * 120000)
        r = srv.api("PUT", "api/contents/a.txt", json={"type": "file", "format": "text", "content": "y" * 400000})
        assert r.status_code == 500 and "space" in r.json()["message"].lower()
        assert (small / "a.txt").read_text() == "old content\n"
        nb = notebook("z" * 400000)
        r = srv.api("PUT", "api/contents/n.ipynb", json={"type": "notebook", "format": "json", "content": nb})
        assert r.status_code == 500
        assert not (small / "n.ipynb").exists() or (small / "n.ipynb").stat().st_size == 0
        assert [p.name for p in small.iterdir() if p.name.startswith(".~")] == []
        srv.put("a.txt", "new\n")
        srv.close()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


# ---- kernels and servers that do not start ----------------------------------------------------------


def spec(srv, name, argv):
    d = srv.data_dir / "kernels" / name
    d.mkdir(parents=True, exist_ok=True)
    (d / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "x"}))


def test_a_kernelspec_whose_program_is_missing(shared):
    spec(shared, "missing", ["/nonexistent/program", "{connection_file}"])
    r = shared.api("POST", "api/sessions", json={"path": "m", "type": "file", "name": "m", "kernel": {"name": "missing"}})
    assert r.status_code in (500, 501) and "/nonexistent/program" in r.json()["message"]
    r = shared.api("POST", "api/kernels", json={"name": "missing"})
    assert r.status_code >= 500 and "/nonexistent/program" in r.json()["message"]
    assert shared.api("GET", "api/kernels").json() == []


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"argv": 5}', '{"argv": ["x", 5]}', '{"argv": ["x"], "env": []}',
                                  '{"argv": ["x"], "env": {"A": 1}}', '{"argv": ["x"], "interrupt_mode": "shout"}',
                                  "\udcff", "[" * 5000])
def test_a_broken_kernel_json_hides_only_itself(shared, text):
    d = shared.data_dir / "kernels/broken"
    d.mkdir(parents=True, exist_ok=True)
    (d / "kernel.json").write_bytes(text.encode(errors="surrogateescape"))
    specs = shared.api("GET", "api/kernelspecs", status=200).json()["kernelspecs"]
    assert "python3" in specs and "broken" not in specs
    assert shared.api("GET", "api/kernelspecs/broken").status_code in (404, 500)


def test_two_servers_on_one_port(make_server):
    a = make_server()
    b = make_server(port=a.port, start=False)
    b.start(wait=False)
    assert b.proc.wait(20) == 1
    assert str(a.port) in b.log and "in use" in b.log
    a.api("GET", "api/status", status=200)


def test_many_idle_connections_do_not_keep_others_out(shared):
    cs = [socket.create_connection(("127.0.0.1", shared.port), 5) for _ in range(300)]
    for c in cs[:150]:
        c.sendall(b"GET /api HTTP/1.1\r\n")
    shared.api("GET", "api/status", status=200)
    for c in cs:
        c.close()
    wait_for(lambda: len(os.listdir(f"/proc/{shared.proc.pid}/fd")) < 100, 20, "descriptors given back")
