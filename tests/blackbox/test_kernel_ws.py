"""The channels of a kernel, in both protocols (jupyter-contract 6.1 to 6.9)."""
import fcntl
import json
import re
import socket
import struct
import termios
import threading
import uuid

import pytest
import websocket
from kernelws import LEGACY, V1, encode_legacy, encode_v1
from lw import wait_for

def stdout(messages):
    return "".join(m["content"]["text"] for m in messages
                   if m["header"]["msg_type"] == "stream" and m["content"]["name"] == "stdout")


BOTH = pytest.mark.parametrize("protocol", [V1, LEGACY], ids=["v1", "legacy"])


@BOTH
def test_every_kind_of_output(shared, protocol):
    k = shared.kernel(protocol=protocol)
    r = k.execute("import sys\nprint('out'); print('err', file=sys.stderr)\n6*7")
    assert r.text == "out\n" and r.value == "42" and r.status == "ok"
    assert r.types[0] == "status" and r.types[1] == "execute_input"
    assert any(m["content"]["name"] == "stderr" for m in r.of("stream"))
    assert k.execute("1/0").reply["content"]["ename"] == "ZeroDivisionError"


@BOTH
def test_input_goes_to_the_asker_only(shared, protocol):
    a = shared.kernel(protocol=protocol)
    b = shared.connect(a.id, protocol=LEGACY if protocol else V1)
    r = a.execute("a = input('name? '); b = input(); print(a + b)", answers=["ada ", "l."])
    assert r.text == "ada l.\n"
    seen = b.drain()
    assert [m for m in seen if m["header"]["msg_type"] == "stream"]
    assert not [m for m in seen if m["header"]["msg_type"] in ("input_request", "execute_reply")]


@BOTH
def test_comm_with_buffers_both_ways(shared, protocol):
    k = shared.kernel(protocol=protocol)
    k.execute("from comm import create_comm\n"
              "import comm as _c\ngot = []\n"
              "def opened(c, msg):\n"
              "    got.append([bytes(b) for b in msg['buffers']])\n"
              "    c.send({'echo': 1}, buffers=[bytes(b)[::-1] for b in msg['buffers']])\n"
              "_c.get_comm_manager().register_target('echo', opened)")
    buffers = [b"", b"\x00\xff" * 1000, bytes(range(256)) * 4000]
    mid = k.send("comm_open", {"comm_id": uuid.uuid4().hex, "target_name": "echo", "data": {}}, buffers=buffers)
    back = k.until(lambda m: m["header"]["msg_type"] == "comm_msg" and m["parent_header"]["msg_id"] == mid)[-1]
    assert back["content"]["data"] == {"echo": 1}
    assert [bytes(b) for b in back["buffers"]] == [b[::-1] for b in buffers]
    assert k.execute("[len(b) for b in got[0]]").value == "[0, 2000, 1024000]"


@BOTH
def test_big_messages_both_ways(make_server, protocol):
    srv = make_server(args=["--ServerApp.tornado_settings={'websocket_max_message_size': 67108864}"])
    k = srv.kernel(protocol=protocol)
    n = {V1: 20, LEGACY: 12}[protocol] << 20  # both above the usual limit; JSON in JSON takes its time
    text = "x" * n
    assert k.execute(f"s = '{text}'; len(s)", timeout=100).value == str(n)
    assert len(k.execute("print(s)", timeout=100).text) == n + 1


def test_a_message_above_the_limit_closes_with_1009(shared):
    k = shared.kernel()
    k.ws.send_binary(bytes(11 << 20))
    with pytest.raises(websocket.WebSocketConnectionClosedException):
        while True:
            opcode, data = k.ws.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                assert struct.unpack(">H", data[:2])[0] == 1009
                raise websocket.WebSocketConnectionClosedException
    assert shared.connect(k.id).execute("1+1").value == "2"


@BOTH
def test_fragmented_frames(shared, protocol):
    k = shared.kernel(protocol=protocol)
    msg = k.message("execute_request", {"code": "2+3", "silent": False, "store_history": True, "user_expressions": {},
                                        "allow_stdin": False, "stop_on_error": True})
    data = encode_v1(msg) if protocol else encode_legacy(msg).encode()
    first = websocket.ABNF.OPCODE_BINARY if protocol else websocket.ABNF.OPCODE_TEXT
    pieces = [data[i:i + 100] for i in range(0, len(data), 100)]
    for i, piece in enumerate(pieces):
        opcode = websocket.ABNF.OPCODE_CONT if i else first
        k.ws.send_frame(websocket.ABNF(int(i == len(pieces) - 1), 0, 0, 0, opcode, 1, piece))
        if i == 1:
            k.ws.ping("between")
    assert k.finish(msg["header"]["msg_id"]).value == "5"


def test_subprotocols(make_server):
    srv = make_server()
    k = srv.kernel()
    for offer, chosen in (([V1], V1), (None, None), (["x.y", V1], V1), (["x.y"], None)):
        try:
            w = srv.ws(f"api/kernels/{k.id}/channels", protocols=offer)
        except websocket.WebSocketException as e:  # the library wants one of those it offered
            assert chosen is None and "Header" in str(e)
            continue
        assert w.subprotocol == chosen
    legacy = make_server(args=["--ZMQChannelsWebsocketConnection.kernel_ws_protocol="])
    w = legacy.kernel(protocol=LEGACY)
    assert w.execute("1").value == "1"
    raw = legacy.raw((f"GET /api/kernels/{w.id}/channels HTTP/1.1\r\nHost: 127.0.0.1:{legacy.port}\r\n"
                      f"Authorization: token {legacy.token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      f"Sec-WebSocket-Protocol: {V1}\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode(), timeout=1)
    assert raw.split()[1] == b"101" and b"sec-websocket-protocol" not in raw.split(b"\r\n\r\n")[0].lower()


def test_unknown_kernel_and_no_login(shared):
    for path, auth, code in ((f"api/kernels/{uuid.uuid4()}/channels", True, 404),
                             (f"api/kernels/{shared.kernel().id}/channels", False, 403)):
        with pytest.raises(websocket.WebSocketBadStatusException) as e:
            shared.ws(path, auth=auth)
        assert e.value.status_code == code


@BOTH
def test_hostile_frames_disturb_nobody(shared, protocol):
    k = shared.kernel(protocol=protocol)
    k.execute("alive = 1")
    good = k.message("kernel_info_request", {})
    frames = [b"", b"\0", bytes(8), struct.pack("<Q", 2 ** 63), struct.pack("<Q", 2 ** 64 - 1) + bytes(100),
              struct.pack("<7Q", 6, 56, 61, 60, 65, 67, 69) + b"shell" + b"{}" * 4,
              struct.pack("<7Q", 6, 56, 61, 63, 65, 67, 2 ** 40) + b"shell" + b"{}" * 4,
              struct.pack("<7Q", 6, 56, 61, 63, 65, 67, 69) + b"shall" + b"{}" * 4,
              struct.pack("<7Q", 6, 56, 61, 63, 65, 67, 69) + b"iopub" + b"{}" * 4,
              struct.pack("<7Q", 6, 56, 61, 63, 65, 67, 69) + b"shell" + b"][" * 4,
              struct.pack("<Q", 4096) + bytes(4096 * 8), struct.pack(">I", 2 ** 32 - 1), struct.pack(">II", 1, 2 ** 31),
              struct.pack(">III", 2, 12, 5) + b"{}", encode_v1(dict(good, channel="hb")) if protocol else b"x"]
    for f in frames:
        k.ws.send_binary(f)
    for t in ("", "{", "[]", "null", '"x"', "{}", '{"channel": 5}', '{"channel": "nosuch", "header": {}}',
              '{"channel":"shell","header":7,"content":[]}', json.dumps({"channel": "shell", "header": {"a" * 100000: 1}}),
              "[" * 100000):
        k.ws.send(t)
    other = shared.connect(k.id)
    assert other.execute("alive").value == "1"
    assert k.execute("alive").value == "1"
    assert shared.api("GET", f"api/kernels/{k.id}").json()["connections"] == 2


@pytest.mark.ours
def test_session_ids_that_cannot_be_used(shared):
    k = shared.kernel()
    for sid in ("x" * 5000, "%ff"):
        with pytest.raises(websocket.WebSocketBadStatusException) as e:
            shared.ws(f"api/kernels/{k.id}/channels?session_id={sid}")
        assert e.value.status_code == 400
    w = shared.ws(f"api/kernels/{k.id}/channels?session_id=%C3%A5%20%22%5C%0A", protocols=[V1])
    assert w.connected


def test_a_session_that_comes_back_gets_what_it_missed(shared):
    k = shared.kernel()
    mid = k.start_execute("import time\nfrom pathlib import Path\nfor i in range(30):\n    print(i, flush=True); time.sleep(.03)\n"
                          "Path('said').touch()")
    k.until(lambda m: m["header"]["msg_type"] == "stream")
    k.drop()
    wait_for((shared.root / "said").exists, 30, "output that nobody hears")
    back = shared.connect(k.id, k.session)
    back.until(lambda m: m["header"]["msg_type"] == "status" and m["content"]["execution_state"] == "idle"
               and m["parent_header"].get("msg_id") == mid)
    assert stdout(k.seen + back.seen).split() == [str(i) for i in range(30)]

    def is_reply(m):
        return m["header"]["msg_type"] == "execute_reply" and m["parent_header"]["msg_id"] == mid

    if not any(map(is_reply, back.seen)):  # of another socket: it may come after the idle
        back.until(is_reply)


@pytest.mark.ours
def test_nothing_is_lost_in_a_connection_that_breaks_while_full(shared):
    """The client stops reading; what its system never took comes again."""
    k = shared.kernel()
    k.ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    mid = k.start_execute("for i in range(4000):\n    print(f'<{i}>' + 'x' * 1000, flush=True)")
    probe = shared.connect(k.id)
    probe.until(lambda m: m["header"]["msg_type"] == "stream" and "<3999>" in m["content"]["text"], 60)
    got = b""
    k.ws.sock.setblocking(False)
    sock = k.ws.sock
    queued = int.from_bytes(fcntl.ioctl(sock.fileno(), termios.FIONREAD, bytes(4)), "little")
    while len(got) < queued:
        got += sock.recv(queued - len(got))
    k.drop()
    last = max((int(x) for x in re.findall(rb"<(\d+)>x{1000}", got)), default=-1)
    back = shared.connect(k.id, k.session)
    back.until(lambda m: m["header"]["msg_type"] == "execute_reply" and m["parent_header"].get("msg_id") == mid, 60)
    back.drain()
    numbers = [int(x) for x in re.findall(r"<(\d+)>", stdout(back.seen))]
    assert numbers == list(range(numbers[0], 4000))
    assert numbers[0] <= last + 1, f"{last} came, the rest begins with {numbers[0]}"


def test_without_buffering_it_begins_anew(make_server):
    srv = make_server(args=["--MappingKernelManager.buffer_offline_messages=false"])
    k = srv.kernel()
    k.execute("1")
    other = srv.connect(k.id)
    k.drop()
    wait_for(lambda: srv.api("GET", f"api/kernels/{k.id}").json()["connections"] == 1, 10)
    other.execute("print('missed')")
    back = srv.connect(k.id, k.session)
    back.execute("print('seen')")
    assert "missed" not in json.dumps([m["content"] for m in back.seen])


def test_two_of_one_session(shared):
    k = shared.kernel()
    k.execute("1")
    twin = shared.connect(k.id, k.session)
    with pytest.raises((websocket.WebSocketConnectionClosedException, TimeoutError, ConnectionError)) as e:
        while True:
            opcode, data = k.ws.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                assert len(data) < 2 or struct.unpack(">H", data[:2])[0] not in (1000, 1001)
                raise websocket.WebSocketConnectionClosedException
    assert e.type is websocket.WebSocketConnectionClosedException
    assert twin.execute("print(2)").text == "2\n"
    assert shared.api("GET", f"api/kernels/{k.id}").json()["connections"] == 1


def test_many_clients_at_their_own_pace(shared):
    """One that does not read holds up nobody, and finds everything when it reads."""
    lazy = shared.kernel()
    fast = [shared.connect(lazy.id) for _ in range(3)]
    mid = fast[0].start_execute("for i in range(300):\n    print(f'{i:06}' + 'y' * 20000, flush=True)")
    for f in fast:
        f.until(lambda m: m["header"]["msg_type"] == "status" and m["content"]["execution_state"] == "idle"
                and m["parent_header"].get("msg_id") == mid, 60)
        assert len(stdout(f.seen)) == 300 * 20007
    lazy.until(lambda m: m["header"]["msg_type"] == "status" and m["content"]["execution_state"] == "idle"
               and m["parent_header"].get("msg_id") == mid, 60)
    assert [l[:6] for l in stdout(lazy.seen).split()] == [f"{i:06}" for i in range(300)]


def test_allowed_message_types(make_server):
    srv = make_server(args=["--MappingKernelManager.allowed_message_types=['kernel_info_request','execute_request']"])
    k = srv.kernel()
    assert k.execute("1+1").value == "2"
    k.send("complete_request", {"code": "pri", "cursor_pos": 3})
    assert k.execute("2+2").value == "4"
    assert not [m for m in k.seen if m["header"]["msg_type"] == "complete_reply"]
    assert "complete_request" in srv.log


@BOTH
def test_hidden_tracebacks(make_server, protocol):
    srv = make_server(args=["--MappingKernelManager.allow_tracebacks=false",
                            "--MappingKernelManager.traceback_replacement_message=nothing to see"])
    k = srv.kernel(protocol=protocol)
    e = k.execute("raise ValueError('secret')").of("error")[0]["content"]
    assert e == {"ename": "ExecutionError", "evalue": "Execution error", "traceback": ["nothing to see"]}


@BOTH
def test_rate_limit_where_one_is_set(make_server, protocol):
    srv = make_server(args=["--ServerApp.iopub_msg_rate_limit=20"])
    k = srv.kernel(protocol=protocol)
    r = k.execute("import sys\nfor i in range(500):\n    print(i, flush=True)")
    warned = [m for m in r.of("stream") if m["content"]["name"] == "stderr"]
    assert len(warned) == 1 and warned[0]["content"]["text"].startswith("IOPub message rate exceeded.")
    assert "iopub_msg_rate_limit=20" in warned[0]["content"]["text"]
    assert len(r.of("stream")) < 100
    assert k.execute("print('after')").text == "after\n"


def test_no_rate_limit_by_default(shared):
    k = shared.kernel()
    assert len(k.execute("import sys\nfor i in range(20000):\n    sys.stdout.write(f'{i}\\n'); i % 5 or sys.stdout.flush()",
                         timeout=90).text.split()) == 20000


def test_dead_kernels_are_said_to_be_dead(make_server):
    srv = make_server(args=["--KernelManager.autorestart=false"])
    k = srv.kernel()
    k.execute("1")
    k.start_execute("import os; os._exit(1)")
    m = k.wait_state("dead", 30)[-1]
    assert m["parent_header"] == {} and m["channel"] == "iopub"
    wait_for(lambda: srv.api("GET", f"api/kernels/{k.id}").status_code == 404, 30)


def test_connections_are_counted(shared):
    k = shared.kernel()
    more = [shared.connect(k.id) for _ in range(4)]

    def connections():
        return shared.api("GET", f"api/kernels/{k.id}").json()["connections"]
    assert connections() == 5
    for m in more:
        m.close()
    wait_for(lambda: connections() == 1, 10)
    k.drop()
    wait_for(lambda: connections() == 0, 10)


def test_messages_sent_before_the_kernel_is_up(shared):
    """Nothing waits for `idle` before it asks."""
    kid = shared.api("POST", "api/kernels", status=201).json()["id"]
    k = shared.connect(kid)
    ids = [k.start_execute(f"print({i})") for i in range(10)]
    for i, mid in enumerate(ids):
        assert k.finish(mid).text == f"{i}\n"


def test_a_flood_from_the_client_is_slowed_not_dropped(shared):
    k = shared.kernel()
    k.execute("n = 0")
    k.start_execute("import time; time.sleep(2)")
    pad = "#" * 100000

    def flood():
        for i in range(300):
            k.start_execute(f"n += 1 {pad}", silent=True, store_history=False)
    sender = threading.Thread(target=flood)
    sender.start()
    sender.join(60)
    assert not sender.is_alive()
    assert k.execute("n", timeout=60).value == "300"
