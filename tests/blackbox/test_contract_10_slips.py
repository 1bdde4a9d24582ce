"""The slips named below the 30 behaviours of jupyter-contract section 10."""

import json
import os
import re
import time
import uuid

import pytest
import requests

from contract10 import call, kernel, kind, put_text, raw_get, srv, start_kernel  # noqa: F401
from lw import default_binary, wait_for


def test_slip_etag_and_304_on_json(srv):
    tag = call(srv, "GET", "api/kernelspecs").headers["ETag"]
    for match in (tag, f'"x", W/{tag}', "*"):
        n = call(srv, "GET", "api/kernelspecs", headers={"If-None-Match": match})
        assert n.status_code == 304 and n.content == b"" and "Content-Type" not in n.headers


def test_slip_head_on_files(srv):
    put_text(srv, "head.txt", "12345")
    r = call(srv, "HEAD", "files/head.txt")
    assert r.status_code == 200 and r.headers["Content-Length"] == "5" and r.content == b""


def test_slip_api_errors_are_json(srv):
    for p in ("api/contents/nope.txt", "api/kernels/" + str(uuid.uuid4()), "api/terminals/nope"):
        r = call(srv, "GET", p)
        assert r.status_code == 404 and r.headers["Content-Type"] == "application/json"
        assert r.json()["message"] and "reason" in r.json()


def test_slip_saving_through_a_symlink_keeps_the_link(srv):
    (srv.root / "target.txt").write_text("old")
    os.symlink("target.txt", srv.root / "alias.txt")
    put_text(srv, "alias.txt", "new")
    assert (srv.root / "alias.txt").is_symlink() and (srv.root / "target.txt").read_text() == "new"


def test_slip_hard_links_survive_a_save(srv):
    (srv.root / "ino.txt").write_text("old")
    os.link(srv.root / "ino.txt", srv.root / "ino2.txt")
    put_text(srv, "ino.txt", "new")
    assert (srv.root / "ino2.txt").read_text() == "new"


def test_slip_readonly_directory_with_writable_file(make_server, tmp_path):
    if os.getuid() != 0:
        pytest.skip("needs root to run the server as another user")
    wrapper = tmp_path / "labwright"
    wrapper.write_text(f"#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups {default_binary()} \"$@\"\n")
    wrapper.chmod(0o755)
    with make_server(binary=str(wrapper), start=False) as srv:
        for path in (srv.tmp, *srv.tmp.rglob("*")):
            os.chown(path, 65534, 65534)
        srv.start()
        d = srv.root / "ro"
        d.mkdir()
        for name, mode in (("f.txt", 0o666), ("g.txt", 0o444)):
            (d / name).write_text("old")
            os.chmod(d / name, mode)
        os.chmod(d, 0o555)
        put_text(srv, "ro/f.txt", "new")
        assert (d / "f.txt").read_text() == "new"
        body = {"type": "file", "format": "text", "content": "x"}
        r = call(srv, "PUT", "api/contents/ro/g.txt", json=body)
        assert r.status_code == 403 and (d / "g.txt").read_text() == "old"
        os.chmod(d, 0o755)


def test_slip_rename_conflicts_and_put_of_an_existing_directory(srv):
    put_text(srv, "case.txt", "x")
    put_text(srv, "taken.txt", "y")
    assert call(srv, "PATCH", "api/contents/case.txt", json={"path": "Case.txt"}).status_code == 200
    assert call(srv, "PATCH", "api/contents/Case.txt", json={"path": "Case.txt"}).status_code == 200
    assert call(srv, "PATCH", "api/contents/Case.txt", json={"path": "taken.txt"}).status_code == 409
    os.link(srv.root / "Case.txt", srv.root / "same.txt")
    assert call(srv, "PATCH", "api/contents/Case.txt", json={"path": "same.txt"}).status_code == 200
    for _ in range(2):
        assert call(srv, "PUT", "api/contents/adir", json={"type": "directory"}).status_code == 201


def test_slip_kernelspec_names_ignore_case(srv):
    assert call(srv, "GET", "api/kernelspecs/PYTHON3").status_code == 200
    kid = start_kernel(srv, name="Python3")
    assert call(srv, "DELETE", f"api/kernels/{kid}").status_code == 204


def test_slip_unknown_kernel_in_a_session_is_501_with_short_message(srv):
    r = call(srv, "POST", "api/sessions", json={"path": "u", "type": "file", "name": "u", "kernel": {"name": "nosuch"}})
    assert r.status_code == 501 and "reason" not in r.json()
    assert r.json()["short_message"] == "nosuch not found" and "nosuch" in r.json()["message"]


def test_slip_unknown_kernel_id_in_a_session_starts_under_that_id(srv):
    kid = str(uuid.uuid4())
    r = call(srv, "POST", "api/sessions", json={"path": "kid", "type": "file", "name": "k", "kernel": {"id": kid}})
    assert r.status_code == 201 and r.json()["kernel"]["id"] == kid
    call(srv, "DELETE", f"api/sessions/{r.json()['id']}")


def test_slip_anonymous_cookie_when_auth_is_off(make_server):
    with make_server(token="") as srv:
        s = requests.Session()
        r = s.get(srv.url + "api/me")
        assert r.status_code == 200 and r.json()["identity"]["name"].startswith("Anonymous ")
        assert any(c.name.startswith("username-") for c in s.cookies)
        assert s.get(srv.url + "api/me").json()["identity"]["username"] == r.json()["identity"]["username"]
        body = {"type": "file", "format": "text", "content": ""}
        assert s.put(srv.url + "api/contents/x.txt", json=body).status_code == 403
        assert s.get(srv.url + "api/status", headers={"Origin": "https://evil.example"}).status_code == 404


def test_slip_localhost_url_and_exit_code_within_three_seconds(make_server):
    srv = make_server(args=["--KernelManager.shutdown_wait_time=1"], env={"JUPYTER_TOKEN": None})
    for host in ("localhost", r"127\.0\.0\.1"):
        found = re.search(rf"(?m)^\s+http://{host}:{srv.port}/lab\?token=([0-9a-f]{{48}})$", srv.log)
        assert found, srv.log
    srv.token = found[1]
    srv.connect(start_kernel(srv)).execute("1")
    t = time.monotonic()
    assert srv.stop() == 0
    assert time.monotonic() - t < 3


def test_slip_kernel_environment(srv):
    (srv.root / "envdir").mkdir()
    r = call(srv, "POST", "api/sessions",
             json={"path": "envdir/nb.ipynb", "type": "notebook", "name": "nb.ipynb", "kernel": {}}).json()
    ws = srv.connect(r["kernel"]["id"])
    env = "__import__('os').environ"
    assert ws.execute(f"{env}['JPY_SESSION_NAME']").value == repr(str(srv.root / "envdir/nb.ipynb"))
    assert ws.execute(f"int({env}['JPY_PARENT_PID']) == __import__('os').getppid()").value == "True"
    assert ws.execute("__import__('os').getcwd()").value == repr(str(srv.root / "envdir"))
    assert ws.execute(f"'JUPYTER_TOKEN' in {env}").value == "False"
    call(srv, "DELETE", f"api/sessions/{r['id']}")


def test_slip_terminal_setup_history_and_utf8(srv):
    name = call(srv, "POST", "api/terminals").json()["name"]
    a = srv.ws(f"terminals/websocket/{name}")
    assert json.loads(a.recv()) == ["setup", {}]
    a.send(json.dumps(["stdin", "printf 'h\\xc3\\xa4\\xff-%s\\n' done\r"]))
    text = ""
    while "h\u00e4\ufffd-done" not in text:
        kind, piece = json.loads(a.recv())[:2]
        assert kind == "stdout"
        text += piece
    for bad in ("no json", "[]", "{}", '["stdin", 5]', '["set_size", "a", "b"]', '["nothing", 1]'):
        a.send(bad)
    b = srv.ws(f"terminals/websocket/{name}")
    assert json.loads(b.recv()) == ["setup", {}]
    kind, history = json.loads(b.recv())[:2]
    assert kind == "stdout" and "h\u00e4\ufffd-done" in history
    b.send(json.dumps(["stdin", "exit\r"]))
    while json.loads(b.recv())[0] != "disconnect":
        pass
    wait_for(lambda: call(srv, "GET", f"api/terminals/{name}").status_code == 404, 10)


def test_slip_client_messages_of_nine_megabytes(srv, kernel):
    n = 9 * 1024 * 1024
    assert srv.connect(kernel).execute(f"len('{'x' * n}')", timeout=90).value == str(n)


@pytest.mark.parametrize("host,code", [("localhost", b"200"), ("127.0.0.1", b"200"), ("[::1]", b"200"),
                                       ("evil.example", b"403"), ("10.0.0.1", b"403")])
def test_slip_host_check(srv, host, code):
    assert raw_get(srv, srv.base_url + "api/status", host=f"{host}:{srv.port}").split()[1] == code
