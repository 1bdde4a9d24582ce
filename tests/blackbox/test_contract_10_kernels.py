"""Kernels, sessions and their websockets: behaviours 12 to 22 of jupyter-contract section 10."""

import json
import os
import re
import socket
import struct
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract10 import call, close_code, is_stream, kernel, kind, srv, start_kernel, streamed  # noqa: F401
from kernelws import LEGACY, V1, decode_v1, encode_v1
from lw import wait_for


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
    a.execute("import time\nfrom pathlib import Path")
    mid = a.start_execute("for i in range(40):\n print(i, flush=True)\n if i == 20:\n  Path('half').touch()\n"
                          "  while not Path('go').exists(): time.sleep(.02)\n if i in (0, 20): time.sleep(.5)")
    a.until(is_stream("0"))
    a.drop()
    wait_for(lambda: call(srv, "GET", f"api/kernels/{kernel}").json()["connections"] == 0, 10)
    wait_for((srv.root / "half").exists, 30, "output that nobody hears")
    stranger = srv.connect(kernel)
    (srv.root / "go").touch()
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
