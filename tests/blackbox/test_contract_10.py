"""The 30 behaviours of jupyter-contract section 10, one test each, by number, then the slips below them.

Every test speaks plain HTTP or websocket frames, so that it goes red when the behaviour on the wire breaks,
whatever a client library forgives.
"""

import hashlib
import json
import os
import re
import socket
import struct
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import websocket

from kernelws import LEGACY, V1, decode_v1, encode_v1
from lw import default_binary, wait_for

THEMES = "@jupyterlab/apputils-extension:themes"


@pytest.fixture
def srv(shared):
    return shared


def token(srv):
    return {"Authorization": f"token {srv.token}"}


def call(srv, method, path, **kw):
    """A token-authenticated request that does not follow redirects."""
    kw.setdefault("headers", {}).update(token(srv))
    kw.setdefault("allow_redirects", False)
    kw.setdefault("timeout", 30)
    return requests.request(method, srv.url + path, **kw)


def browser(srv):
    """A cookie-authenticated browser: logged in by ?token= on the page."""
    s = requests.Session()
    assert s.get(srv.url + "lab", params={"token": srv.token}, timeout=30).status_code == 200
    return s


def xsrf(s):
    return [c.value for c in s.cookies if c.name == "_xsrf"][-1]


def put_text(srv, path, text):
    r = call(srv, "PUT", f"api/contents/{path}", json={"type": "file", "format": "text", "content": text})
    assert r.status_code in (200, 201), r.text
    return r


def notebook(cells, **meta):
    return {"cells": cells, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}


def code_cell(source="", outputs=(), trusted=None, cid="c1"):
    meta = {} if trusted is None else {"trusted": trusted}
    return {"cell_type": "code", "id": cid, "metadata": meta, "execution_count": None, "source": source,
            "outputs": list(outputs)}


def put_nb(srv, path, nb):
    r = call(srv, "PUT", f"api/contents/{path}", json={"type": "notebook", "format": "json", "content": nb})
    assert r.status_code in (200, 201), r.text
    return r


def raw_http(srv, request, whole=False):
    """The head of the answer (or, with WHOLE, all of it) to exactly these bytes."""
    with socket.create_connection(("127.0.0.1", srv.port), timeout=10) as s:
        s.sendall(request)
        data = b""
        while whole or b"\r\n\r\n" not in data:
            piece = s.recv(65536)
            if not piece:
                break
            data += piece
    return data


def raw_get(srv, target, host=None, extra="", whole=False):
    host = host or f"127.0.0.1:{srv.port}"
    return raw_http(srv, (f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: token {srv.token}\r\n"
                          f"Connection: close\r\n{extra}\r\n").encode(), whole)


def start_kernel(srv, **body):
    r = call(srv, "POST", "api/kernels", json=body or None)
    assert r.status_code == 201, r.text
    return r.json()["id"]


@pytest.fixture
def kernel(srv):
    kid = start_kernel(srv)
    yield kid
    call(srv, "DELETE", f"api/kernels/{kid}")


def kind(m):
    return m["header"]["msg_type"]


def is_stream(text=""):
    return lambda m: kind(m) == "stream" and text in m["content"]["text"]


def is_reply(mid):
    return lambda m: kind(m) == "execute_reply" and m["parent_header"].get("msg_id") == mid


def streamed(ws, mid):
    """What the request MID printed."""
    return [m["content"]["text"] for m in ws.seen if kind(m) == "stream" and m["parent_header"].get("msg_id") == mid]


def close_code(ws):
    """Read on until the server closes; its close code (1005: none, 1006: just dropped)."""
    try:
        while True:
            op, data = ws.ws.recv_data()
            if op == websocket.ABNF.OPCODE_CLOSE:
                return struct.unpack("!H", data[:2])[0] if len(data) >= 2 else 1005
    except (websocket.WebSocketConnectionClosedException, ConnectionError):
        return 1006


def test_01_page_sets_xsrf_cookie_and_cookie_writes_need_it(srv):
    s = requests.Session()
    r = s.get(srv.url + "lab", params={"token": srv.token}, timeout=30)
    line = [v for v in r.raw.headers.getlist("set-cookie") if v.startswith("_xsrf=")]
    assert line, "the index page sets no _xsrf cookie"
    assert "httponly" not in line[0].lower()
    assert f"path={srv.base_url.lower()}" in line[0].lower()
    url = srv.url + "api/contents/one.txt"
    body = {"type": "file", "format": "text", "content": "x"}
    r = s.put(url, json=body)
    assert r.status_code == 403 and "_xsrf" in r.json()["message"]
    assert s.put(url, json=body, headers={"X-XSRFToken": "wrong"}).status_code == 403
    assert s.put(url, json=body, headers={"X-XSRFToken": xsrf(s)}).status_code == 201
    assert requests.put(url, json=body, headers=token(srv)).status_code == 200


def test_02_foreign_origin_is_404_for_api_403_for_websocket_and_patterns_match_whole(make_server):
    with make_server(args=[r"--ServerApp.allow_origin_pat=https://.*\.good\.example"]) as srv:
        s = browser(srv)

        def status(origin):
            return s.get(srv.url + "api/status", headers={"Origin": origin}).status_code

        assert status("https://evil.example") == 404
        assert status("https://a.good.example") == 200
        assert status("https://a.good.example.evil.example") == 404
        assert status("null") == 404
        kid = start_kernel(srv)
        cookie = "; ".join(f"{c.name}={c.value}" for c in s.cookies)
        for origin, code in (("https://evil.example", b"403"), ("https://a.good.example", b"101")):
            head = raw_http(srv, (
                f"GET {srv.base_url}api/kernels/{kid}/channels HTTP/1.1\r\nHost: 127.0.0.1:{srv.port}\r\n"
                f"Cookie: {cookie}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
            assert head.split()[1] == code, origin


def test_03_files_are_sandboxed_and_want_xsrf_or_referer(srv):
    put_text(srv, "page.html", "<script>1</script>")
    put_nb(srv, "dl.ipynb", notebook([]))
    s = browser(srv)
    u = srv.url + "files/page.html"
    assert s.get(u).status_code == 403
    assert s.get(u, headers={"Referer": "https://evil.example/x"}).status_code == 403
    r = s.get(u, headers={"Referer": srv.url + "lab"})
    assert r.status_code == 200
    assert "sandbox allow-scripts" in r.headers["Content-Security-Policy"]
    assert r.headers["X-Content-Type-Options"] == "nosniff"
    assert s.get(u, params={"_xsrf": xsrf(s)}).status_code == 200
    d = call(srv, "GET", "files/dl.ipynb").headers
    assert d["Content-Disposition"].startswith("attachment; filename*=utf-8''dl.ipynb")
    assert d["Content-Type"] == "application/x-ipynb+json"


@pytest.mark.parametrize("path", ["api", "api/status", "api/contents", "api/kernels", "api/sessions",
                                  "api/kernelspecs", "api/terminals", "api/me", "lab/api/settings",
                                  "lab/api/translations/default", "lab/api/workspaces/default"])
def test_04_bare_cache_busters_are_ignored(srv, path):
    assert call(srv, "GET", path + "?1712345678901").status_code == 200
    assert call(srv, "GET", path + "?a=1&1712345678901").status_code == 200


def test_05_success_codes(srv):
    def code(method, path, json=None):
        return call(srv, method, path, json=json).status_code

    r = call(srv, "POST", "api/terminals")
    assert r.status_code == 200
    assert code("DELETE", f"api/terminals/{r.json()['name']}") == 204
    kid = start_kernel(srv)
    assert code("POST", f"api/kernels/{kid}/interrupt") == 204
    assert code("POST", f"api/kernels/{kid}/restart") == 200
    assert code("DELETE", f"api/kernels/{kid}") == 204
    r = call(srv, "POST", "api/sessions", json={"path": "s5.txt", "type": "file", "name": "s5", "kernel": {}})
    assert r.status_code == 201
    sid = r.json()["id"]
    assert code("PATCH", f"api/sessions/{sid}", {"name": "n"}) == 200
    assert code("DELETE", f"api/sessions/{sid}") == 204
    r = call(srv, "POST", "api/contents", json={"type": "file"})
    assert r.status_code == 201
    assert code("PATCH", f"api/contents/{r.json()['path']}", {"path": "five.txt"}) == 200
    assert code("POST", "api/contents/five.txt/checkpoints") == 201
    assert code("POST", "api/contents/five.txt/checkpoints/checkpoint") == 204
    assert code("DELETE", "api/contents/five.txt/checkpoints/checkpoint") == 204
    assert code("DELETE", "api/contents/five.txt") == 204
    assert code("PUT", f"lab/api/settings/{THEMES}", {"raw": "{}"}) == 204
    assert code("PUT", "lab/api/workspaces/five", {"data": {}, "metadata": {"id": "five"}}) == 204
    assert code("DELETE", "lab/api/workspaces/five") == 204
    assert code("PUT", "api/config/five", {"a": 1}) == 204
    assert code("PATCH", "api/config/five", {"b": 1}) == 200
    assert code("POST", "api/events", {
        "schema_id": "https://events.jupyter.org/jupyter_server/contents_service/v1", "version": "1",
        "data": {"action": "get", "path": "x"}}) == 204


def test_06_strings_are_never_null(srv):
    s = call(srv, "POST", "api/sessions", json={"path": "six.txt", "type": "file", "kernel": {}}).json()
    for doc in [s] + call(srv, "GET", "api/sessions").json():
        for key in ("id", "path", "name", "type"):
            assert isinstance(doc[key], str), (key, doc)
    call(srv, "DELETE", f"api/sessions/{s['id']}")
    put_text(srv, "six2.txt", "x")
    for e in call(srv, "GET", "api/contents").json()["content"]:
        for key in ("name", "path", "type", "created", "last_modified"):
            assert isinstance(e[key], str), (key, e)
    specs = call(srv, "GET", "api/kernelspecs").json()["kernelspecs"]
    assert specs
    for spec in specs.values():
        assert isinstance(spec["spec"]["language"], str)
        assert isinstance(spec["spec"]["display_name"], str)
        assert isinstance(spec["spec"]["argv"], list)
        assert isinstance(spec["resources"], dict)


def test_07_contents_models_have_every_key(srv):
    put_text(srv, "seven.txt", "x")
    keys = {"name", "path", "type", "created", "last_modified", "writable", "size", "mimetype", "format",
            "content", "hash", "hash_algorithm"}
    for q in ("", "?content=0", "?hash=1"):
        assert keys <= set(call(srv, "GET", "api/contents/seven.txt" + q).json())
    listing = call(srv, "GET", "api/contents").json()
    assert keys <= set(listing)
    for e in listing["content"]:
        assert keys <= set(e)
        assert e["content"] is None and e["format"] is None


def test_08_hash_is_of_the_bytes_on_disk_and_times_agree_after_put(srv):
    put_nb(srv, "eight.ipynb", notebook([code_cell("a\nb")]))
    disk = (srv.root / "eight.ipynb").read_bytes()
    m = call(srv, "GET", "api/contents/eight.ipynb?hash=1&content=1").json()
    assert m["hash"] == hashlib.sha256(disk).hexdigest() and m["hash_algorithm"] == "sha256"
    p = put_nb(srv, "eight.ipynb", notebook([code_cell("a\nb\nc")])).json()
    g = call(srv, "GET", "api/contents/eight.ipynb?content=0&hash=1").json()
    assert p["last_modified"] == g["last_modified"] and p["hash"] is None
    assert g["hash"] == hashlib.sha256((srv.root / "eight.ipynb").read_bytes()).hexdigest()


def test_09_notebook_writer_normal_form(srv):
    out = {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m\nü\n"}
    nb = notebook([code_cell("a = 1\nb = 0.1", [out])], z=1, a={"k": 1e-05, "big": 10 ** 30})
    put_nb(srv, "nine.ipynb", nb)
    disk = (srv.root / "nine.ipynb").read_bytes().decode()
    nb["cells"][0]["source"] = ["a = 1\n", "b = 0.1"]
    nb["cells"][0]["outputs"][0]["text"] = ["\x1b[31mred\x1b[0m\n", "ü\n"]
    assert disk == json.dumps(nb, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": ")) + "\n"
    assert "\\u001b" in disk and "\\u001B" not in disk
    put_nb(srv, "nine.ipynb", call(srv, "GET", "api/contents/nine.ipynb").json()["content"])
    assert (srv.root / "nine.ipynb").read_bytes().decode() == disk, "saving what was read changes bytes"
    put_nb(srv, "nine2.ipynb", dict(notebook([]), nbformat_minor=2))
    assert json.loads((srv.root / "nine2.ipynb").read_text())["nbformat_minor"] == 2


def test_10_reader_joins_lists_but_not_json_outputs(srv):
    data = {"text/plain": ["a\n", "b"], "application/json": ["x", "y"],
            "application/vnd.plotly.v1+json": ["p", "q"], "text/html": ["<b>", "</b>"]}
    out = {"output_type": "display_data", "metadata": {}, "data": data}
    nb = notebook([dict(code_cell("", [out]), source=["1\n", "2"])])
    (srv.root / "ten.ipynb").write_text(json.dumps(nb))
    cell = call(srv, "GET", "api/contents/ten.ipynb").json()["content"]["cells"][0]
    assert cell["source"] == "1\n2"
    got = cell["outputs"][0]["data"]
    assert got["text/plain"] == "a\nb" and got["text/html"] == "<b></b>"
    assert got["application/json"] == ["x", "y"]
    assert got["application/vnd.plotly.v1+json"] == ["p", "q"]


def test_11_trust(srv):
    html = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>1</b>"}}

    def trusted(path):
        return call(srv, "GET", f"api/contents/{path}").json()["content"]["cells"][0]["metadata"]["trusted"]

    put_nb(srv, "t1.ipynb", notebook([code_cell("", [html], trusted=True)]))
    assert "trusted" not in (srv.root / "t1.ipynb").read_text()
    assert trusted("t1.ipynb") is True
    put_nb(srv, "t2.ipynb", notebook([code_cell("2", [html])]))
    assert trusted("t2.ipynb") is False
    put_nb(srv, "t3.ipynb", notebook([code_cell("3", [html], trusted=True), code_cell("4", [html], cid="d")]))
    assert trusted("t3.ipynb") is False
    raw = json.loads((srv.root / "t1.ipynb").read_text())
    raw["cells"][0]["outputs"][0]["data"]["text/html"] = ["<script>evil()</script>"]
    (srv.root / "t4.ipynb").write_text(json.dumps(raw))
    assert trusted("t4.ipynb") is False
    assert call(srv, "POST", "api/contents/t2.ipynb/trust").status_code == 201
    assert trusted("t2.ipynb") is True


def test_12_same_session_path_gives_the_same_session(srv):
    body = {"path": "twelve.ipynb", "type": "notebook", "name": "twelve", "kernel": {}}
    with ThreadPoolExecutor(4) as pool:
        rs = list(pool.map(lambda _: call(srv, "POST", "api/sessions", json=body), range(4)))
    assert {r.status_code for r in rs} == {201}
    assert len({r.json()["id"] for r in rs}) == 1
    assert len({r.json()["kernel"]["id"] for r in rs}) == 1
    call(srv, "DELETE", f"api/sessions/{rs[0].json()['id']}")


@pytest.mark.parametrize("protocol", [V1, LEGACY])
def test_13_input_reaches_the_asker_only(srv, kernel, protocol):
    a, b = srv.connect(kernel, protocol=protocol), srv.connect(kernel, protocol=protocol)
    r = a.execute("print('got', input('? '))", answers=["forty"])
    assert r.text == "got forty\n" and r.status == "ok"
    b.until(is_stream("got forty"), 30)
    b.drain()
    assert not [m for m in b.seen if m["channel"] == "stdin" or kind(m) == "execute_reply"]


def test_14_first_outputs_are_not_lost(srv):
    for _ in range(3):
        ws = srv.connect(start_kernel(srv))
        r = ws.execute("print('first')\n6*7")
        kinds = [kind(m) for m in r.messages if m["channel"] == "iopub"]
        assert kinds == ["status", "execute_input", "stream", "execute_result", "status"]
        assert r.text == "first\n" and r.value == "42"
        ws.close()
        call(srv, "DELETE", f"api/kernels/{ws.id}")


def test_14_a_busy_kernel_does_not_hold_up_a_second_client(srv, kernel):
    a = srv.connect(kernel)
    a.execute("import time")
    a.start_execute("for i in range(16):\n print('tick', i, flush=True); time.sleep(.25)")
    a.until(is_stream("tick 0"))
    srv.connect(kernel).until(is_stream("tick"), 3)


def test_15_a_second_socket_of_one_session_evicts_the_first_and_inherits(srv, kernel):
    def connections():
        return call(srv, "GET", f"api/kernels/{kernel}").json()["connections"]

    sid = uuid.uuid4().hex
    a = srv.connect(kernel, sid)
    a.execute("1")
    b = srv.connect(kernel, sid)
    assert close_code(a) not in (1000, 1001)
    assert b.execute("print('alive')").text == "alive\n"
    assert connections() == 1
    b.close()
    wait_for(lambda: connections() == 0, 10)


def test_16_replay_in_order_before_live_and_not_for_another_session(srv, kernel):
    sid = uuid.uuid4().hex
    a = srv.connect(kernel, sid)
    a.execute("import time")
    mid = a.start_execute("for i in range(40):\n print(i, flush=True); time.sleep(.05)")
    a.until(is_stream("0"))
    a.drop()
    wait_for(lambda: call(srv, "GET", f"api/kernels/{kernel}").json()["connections"] == 0, 10)
    time.sleep(1)  # output that nobody hears
    stranger = srv.connect(kernel)
    stranger.until(is_stream(), 20)
    assert int(streamed(stranger, mid)[0].split()[0]) > 3, "another session got the replay"
    b = srv.connect(kernel, sid)
    b.finish(mid)
    assert "".join(streamed(a, mid) + streamed(b, mid)).split() == [str(i) for i in range(40)]


def test_17_pings_come_and_closes_are_never_1000_or_1001(make_server):
    settings = "--ServerApp.tornado_settings={'ws_ping_interval': 300, 'ws_ping_timeout': 1000}"
    srv = make_server(args=[settings])
    kid = start_kernel(srv)
    with socket.create_connection(("127.0.0.1", srv.port), timeout=10) as deaf:  # answers no ping
        deaf.sendall((f"GET /api/kernels/{kid}/channels HTTP/1.1\r\nHost: 127.0.0.1:{srv.port}\r\n"
                      f"Authorization: token {srv.token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
        got = b""
        while piece := deaf.recv(4096):
            got += piece
        frames = got.split(b"\r\n\r\n", 1)[1]
        assert frames.startswith(b"\x89\x00") or b"\x89\x00" in frames, "no PING came"
        assert b"\x88\x02\x03\xe8" not in frames and b"\x88\x02\x03\xe9" not in frames
    ws = srv.connect(kid)
    ws.execute("import time; time.sleep(2)")  # two time-outs: who answers stays
    ws.execute("2")


def test_18_v1_layout_and_legacy_layout(srv, kernel):
    ws = srv.connect(kernel)
    assert ws.ws.getsubprotocol() == V1
    msg = ws.message("execute_request", {"code": "print('x')", "silent": False})
    ws.ws.send_binary(encode_v1(msg))
    seen = set()
    while "execute_reply" not in seen:
        frame = ws.ws.recv()
        n = struct.unpack_from("<Q", frame)[0]
        offs = struct.unpack_from(f"<{n}Q", frame, 8)
        assert offs[0] == 8 * (1 + n) and offs[-1] == len(frame) and list(offs) == sorted(offs)
        assert frame[offs[0]:offs[1]] in (b"shell", b"control", b"stdin", b"iopub")
        seen.add(decode_v1(frame)["header"]["msg_type"])
    ws.close()
    old = srv.connect(kernel, protocol=LEGACY)
    assert not old.ws.getsubprotocol()
    old.execute("from comm import create_comm")
    old.start_execute("c = create_comm(target_name='t', data={}, buffers=[b'\\x00\\x01', b'abc'])")
    while not isinstance(frame := old.ws.recv(), bytes):
        assert json.loads(frame)["channel"] in ("shell", "iopub")
    n = struct.unpack_from(">I", frame)[0]
    offs = struct.unpack_from(f">{n}I", frame, 4)
    assert n == 3 and offs[0] == 4 * (n + 1)
    assert json.loads(frame[offs[0]:offs[1]])["header"]["msg_type"] == "comm_open"
    assert frame[offs[1]:offs[2]] == b"\x00\x01" and frame[offs[2]:] == b"abc"


def test_18_hostile_frames_are_dropped_and_nobody_is_disturbed(srv, kernel):
    ws = srv.connect(kernel)
    ws.execute("1")
    for bad in (b"\x00", struct.pack("<Q", 2 ** 63), struct.pack("<QQQ", 2, 24, 24),
                struct.pack("<Q6Q", 6, 56, 5, 4, 3, 2, 1) + b"x" * 20,
                struct.pack("<Q6Q", 6, 56, 61, 63, 65, 67, 2 ** 40) + b"shell{}{}{}{}"):
        ws.ws.send_binary(bad)
    ws.ws.send("text on a v1 connection")
    assert srv.connect(kernel).execute("print(1)").text == "1\n"
    assert ws.execute("print(2)").text == "2\n"


def test_19_restarting_is_injected_for_deaths_only(srv, kernel):
    def state():
        return call(srv, "GET", f"api/kernels/{kernel}").json()["execution_state"]

    def restarting(m):
        return m["content"].get("execution_state") == "restarting"

    ws = srv.connect(kernel)
    ws.execute("1")
    assert call(srv, "POST", f"api/kernels/{kernel}/restart").status_code == 200
    ws.execute("2")
    assert not [m for m in ws.seen if restarting(m)]
    ws.start_execute("import os; os._exit(3)")
    m = ws.until(restarting)[-1]
    assert m["channel"] == "iopub" and m["parent_header"] == {} and m["metadata"] == {}
    for key in ("msg_id", "msg_type", "username", "session", "date", "version"):
        assert isinstance(m["header"][key], str) and m["header"][key], key
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", m["header"]["date"])
    ws.execute("3")
    wait_for(lambda: state() == "idle", 40)


def test_20_execution_state_follows_tracked_requests_only(srv, kernel):
    def state():
        return call(srv, "GET", f"api/kernels/{kernel}").json()["execution_state"]

    ws = srv.connect(kernel)
    ws.request("kernel_info_request")
    wait_for(lambda: state() == "idle", 30)
    mid = ws.start_execute("import time; time.sleep(2)")
    wait_for(lambda: state() == "busy", 5)
    ws.send("kernel_info_request", {}, "control")
    ws.until(lambda m: kind(m) == "kernel_info_reply" and m["channel"] == "control", 10)
    assert state() == "busy", "an untracked request's idle ended the busy state"
    ws.finish(mid)
    wait_for(lambda: state() == "idle", 20)


def test_21_restart_is_quick_and_delete_waits_for_the_end(srv):
    kid = start_kernel(srv)
    ws = srv.connect(kid)
    pid = ws.execute("__import__('os').getpid()").value
    after = call(srv, "POST", f"api/kernels/{kid}/restart").json()
    assert after["id"] == kid and after["connections"] == 1
    assert not os.path.exists(f"/proc/{pid}")
    new = ws.execute("__import__('os').getpid()").value
    assert new != pid
    ws.execute("import signal; _ = signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    assert call(srv, "DELETE", f"api/kernels/{kid}").status_code == 204
    assert not os.path.exists(f"/proc/{new}")
    assert call(srv, "GET", f"api/kernels/{kid}").status_code == 404


def test_22_autorestart_gives_up_and_the_kernel_vanishes(make_server):
    with make_server(start=False) as srv:
        spec = srv.data_dir / "kernels" / "dies"
        spec.mkdir(parents=True)
        (spec / "kernel.json").write_text(json.dumps(
            {"argv": ["/bin/sh", "-c", "exit 7", "{connection_file}"], "display_name": "Dies", "language": "x"}))
        srv.start()
        r = call(srv, "POST", "api/sessions",
                 json={"path": "d", "type": "file", "name": "d", "kernel": {"name": "dies"}})
        assert r.status_code == 201, r.text
        kid = r.json()["kernel"]["id"]
        wait_for(lambda: call(srv, "GET", f"api/kernels/{kid}").status_code == 404, 60)
        assert call(srv, "GET", "api/sessions").json() == []
        assert re.search(r"exit\w* (code |with )?.*7", srv.log)


def test_23_hidden_files_and_odd_entries(srv):
    d = srv.root / "odd"
    (d / ".hdir").mkdir(parents=True)
    for p in (".hidden", ".hdir/in", "ok.txt"):
        (d / p).write_text("x")
    os.symlink("nowhere", d / "dangling")
    os.symlink("loop", d / "loop")
    os.mkfifo(d / "fifo")
    with open(os.path.join(os.fsencode(d), b"\xff.txt"), "w"):
        pass
    names = {e["name"] for e in call(srv, "GET", "api/contents/odd").json()["content"]}
    assert "ok.txt" in names and "dangling" in names
    assert not names & {".hidden", ".hdir", "fifo"}
    for p in ("odd/.hidden", "odd/.hdir", "odd/.hdir/in"):
        assert call(srv, "GET", f"api/contents/{p}").status_code == 404
        assert call(srv, "DELETE", f"api/contents/{p}").status_code == 400
        assert call(srv, "PATCH", f"api/contents/{p}", json={"path": "odd/x"}).status_code == 400
    assert call(srv, "GET", "files/odd/.hidden").status_code == 404
    body = {"type": "file", "format": "text", "content": ""}
    assert call(srv, "PUT", "api/contents/odd/.new", json=body).status_code == 400
    assert call(srv, "PATCH", "api/contents/odd/ok.txt", json={"path": "odd/.ok"}).status_code == 400
    assert call(srv, "GET", "api/contents/odd/fifo").status_code == 400
    assert call(srv, "GET", "api/contents/odd/fifo?content=0").status_code == 200


def test_24_paths_cannot_leave_the_root_nor_redirects_the_host(srv):
    (srv.root.parent / "secret.txt").write_text("s3cret")
    for p in ("../secret.txt", "%2e%2e/secret.txt", "a/../../secret.txt", "..%2fsecret.txt",
              "%2e%2e%2fsecret.txt", "..%5csecret.txt"):
        for where, codes in (("api/contents/", (b"404", b"400")), ("files/", (b"403", b"404"))):
            answer = raw_get(srv, srv.base_url + where + p, whole=True)
            assert answer.split()[1] in codes, (where, p, answer[:200])
            assert b"s3cret" not in answer
    os.symlink(srv.root.parent / "secret.txt", srv.root / "link.txt")
    assert call(srv, "GET", "api/contents/link.txt").json()["content"] == "s3cret"
    head = raw_get(srv, "//evil.example/x/").decode()
    assert head.split()[1] == "302" and re.search(r"(?im)^location: /evil.example/x\r$", head)
    for nxt in ("//evil.example", "https://evil.example", "\\\\evil.example", "/\\evil.example",
                "http:evil.example", "http:///evil.example"):
        r = browser(srv).get(srv.url + "login", params={"next": nxt}, allow_redirects=False)
        assert r.status_code == 302
        assert not re.match(r"^(\w+:)?[/\\]{2}", r.headers["Location"]), (nxt, r.headers["Location"])


def test_24_root_directory_slash(make_server):
    with make_server(root="/") as srv:
        assert call(srv, "GET", "api/contents/etc/hostname").status_code == 200
        assert any(e["name"] == "etc" for e in call(srv, "GET", "api/contents").json()["content"])


def test_25_trailing_slashes_and_unknown_paths(srv):
    def get(path):
        return call(srv, "GET", path)

    (srv.root / "dir25").mkdir()
    assert get("api/contents/").status_code == 200
    r = get("api/contents/dir25/?content=1")
    assert r.status_code == 302 and r.headers["Location"].endswith("api/contents/dir25?content=1")
    assert raw_get(srv, srv.base_url + "api/contents/a//b").split()[1] == b"404"
    r = get("lab/tree/dir25/")
    assert r.status_code == 301 and r.headers["Location"].split("?")[0].endswith("/lab/tree/dir25")
    for p in ("lab/api/settings", "lab/api/workspaces", "lab/api/translations"):
        assert get(p).status_code == 200 and get(p + "/").status_code == 200
    r = get("lab/unknown")
    assert r.status_code == 200 and "notFoundUrl" in r.text
    r = get("nowhere")
    assert r.status_code == 404 and r.headers["Content-Type"].startswith("text/html")
    for p in ("labfoo", "doc/unknown", "api/kernels/not-an-id"):
        assert get(p).status_code == 404
    assert call(srv, "PUT", "api/status").status_code == 405


def test_26_base_url_with_percent_escapes(make_server):
    with make_server(base_url="/a%40b/") as srv:
        origin = f"http://127.0.0.1:{srv.port}"
        assert srv.base_url == "/a%40b/"
        r = requests.get(srv.url + "lab", params={"token": srv.token})
        assert r.status_code == 200
        for line in r.raw.headers.getlist("set-cookie"):
            assert "path=/a%40b/" in line.lower(), line
        cfg = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', r.text, re.S)[1])
        assert cfg["baseUrl"] == "/a%40b/" and cfg["fullStaticUrl"] == "/a%40b/static/lab"
        main = re.search(r'src="([^"]*main\.[^"]*)"', r.text)[1]
        assert main.startswith("/a%40b/static/lab/") and requests.get(origin + main).status_code == 200
        r = call(srv, "POST", "api/contents", json={"type": "file"})
        assert r.headers["Location"].startswith("/a%40b/api/contents/")
        for u in call(srv, "GET", "api/kernelspecs").json()["kernelspecs"]["python3"]["resources"].values():
            assert u.startswith("/a%40b/kernelspecs/python3/")
            assert requests.get(origin + u, headers=token(srv)).status_code == 200
        r = requests.get(srv.url + "lab", allow_redirects=False)
        assert r.status_code == 302 and r.headers["Location"].startswith("/a%40b/login?next=")
        assert srv.connect(start_kernel(srv)).execute("6*7").value == "42"


def test_27_timestamps(srv):
    def modified(ns):
        os.utime(srv.root / "time.txt", ns=(10 ** 18, ns))
        return call(srv, "GET", "api/contents/time.txt")

    put_text(srv, "time.txt", "x")
    r = modified(1714566896789012345)
    assert r.json()["last_modified"] == "2024-05-01T12:34:56.789012Z"
    assert r.headers["Last-Modified"] == "Wed, 01 May 2024 12:34:56 GMT"
    assert modified(1714566896000000000).json()["last_modified"] == "2024-05-01T12:34:56Z"
    assert modified(1714566896000000999).json()["last_modified"] == "2024-05-01T12:34:56.000001Z"
    call(srv, "PUT", "lab/api/workspaces/t27", json={"data": {}, "metadata": {"id": "t27"}})
    w = call(srv, "GET", "lab/api/workspaces/t27").json()
    assert w["metadata"]["last_modified"].endswith("+00:00")
    call(srv, "PUT", f"lab/api/settings/{THEMES}", json={"raw": "{}"})
    assert call(srv, "GET", f"lab/api/settings/{THEMES}").json()["last_modified"].endswith("+00:00")


def test_28_settings(make_server):
    with make_server(start=False) as srv:
        bad = srv.data_dir / "labextensions/bad/schemas/bad"
        bad.mkdir(parents=True)
        (bad / "plugin.json").write_text("{ no json")
        over = srv.config_dir / "labconfig"
        over.mkdir(parents=True)
        (over / "default_setting_overrides.json").write_text(json.dumps({THEMES: {"theme": "JupyterLab Dark"}}))
        srv.start()
        ids = [x["id"] for x in call(srv, "GET", "lab/api/settings").json()["settings"]]
        assert len(ids) > 50 and ids == sorted(ids, reverse=True)
        only = call(srv, "GET", "lab/api/settings?ids_only=true").json()["settings"]
        assert [x["id"] for x in only if x["id"] in ids] == ids and set(only[0]) == {"id"}
        one = call(srv, "GET", f"lab/api/settings/{THEMES}").json()
        assert one["schema"]["properties"]["theme"]["default"] == "JupyterLab Dark"
        assert one["raw"] == "{}" and one["settings"] == {} and one["last_modified"] is None
        raw = "{\n  // chosen by hand\n  'theme': \"JupyterLab Light\",\n}"
        assert call(srv, "PUT", f"lab/api/settings/{THEMES}", json={"raw": raw}).status_code == 204
        one = call(srv, "GET", f"lab/api/settings/{THEMES}").json()
        assert one["raw"] == raw and one["settings"] == {"theme": "JupyterLab Light"}
        assert call(srv, "PUT", f"lab/api/settings/{THEMES}", json={"raw": '{"theme": 5}'}).status_code == 400
        assert call(srv, "GET", f"lab/api/settings/{THEMES}").json()["raw"] == raw
        assert call(srv, "GET", "lab/api/settings/none:such").status_code == 404


def page_config(srv, path="lab"):
    m = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', call(srv, "GET", path).text, re.S)
    return json.loads(m[1]), m[1]


def test_29_page_config(make_server):
    with make_server(start=False) as srv:
        # JUPYTER_CONFIG_PATH outranks the user's directory (contract 0.1)
        high = srv.tmp / "high"
        srv.environ["JUPYTER_CONFIG_PATH"] = str(high)
        (high / "labconfig").mkdir(parents=True)
        (high / "labconfig/page_config.json").write_text(json.dumps({"disabledExtensions": {"b": False}}))
        user = srv.config_dir / "labconfig"
        (user / "page_config.d").mkdir(parents=True)
        (user / "page_config.json").write_text(json.dumps(
            {"disabledExtensions": {"a": True, "b": True}, "custom": "</script><b>'&"}))
        (user / "page_config.d/empty.json").write_text("")
        srv.start()
        cfg, raw = page_config(srv)
        dis = cfg["disabledExtensions"]
        assert isinstance(dis, list) and "a" in dis and "b" not in dis
        assert cfg["custom"] == "</script><b>'&"
        assert not set("<>&'") & set(raw)
        assert isinstance(cfg["federated_extensions"], list)
        assert isinstance(cfg["notebookVersion"], str) and json.loads(cfg["notebookVersion"])[0] == 2
        assert cfg["token"] == srv.token and cfg["terminalsAvailable"] in (True, "true")
        for key in ("baseUrl", "wsUrl", "appUrl", "fullStaticUrl", "fullLabextensionsUrl", "settingsUrl", "themesUrl",
                    "workspacesApiUrl", "translationsApiUrl", "treeUrl", "mode", "workspace", "treePath"):
            assert key in cfg, key
        assert page_config(srv, "lab/workspaces/w1/tree/d%20x")[0]["treePath"] == "d x"
        assert page_config(srv, "lab/workspaces/w1/tree/d%20x")[0]["workspace"] == "w1"
        assert page_config(srv, "doc")[0]["mode"] == "single-document"


def test_30_workspaces(srv):
    def put(name, mid):
        return call(srv, "PUT", f"lab/api/workspaces/{name}",
                    json={"data": {"k": 1}, "metadata": {"id": mid}}).status_code

    r = call(srv, "GET", "lab/api/workspaces/nothere")
    assert r.status_code == 200 and r.json() == {"data": {}, "metadata": {"id": "/nothere"}}
    assert put("default", "default") == 204 and put("default", "/default") == 204
    assert (srv.config_dir / "lab/workspaces/default-37a8.jupyterlab-workspace").exists()
    assert put("default", "other") == 400
    assert "/default" in call(srv, "GET", "lab/api/workspaces").json()["workspaces"]["ids"]
    assert call(srv, "DELETE", "lab/api/workspaces/nothere").status_code == 404


# the slips named below the list -----------------------------------------------------------------------


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
