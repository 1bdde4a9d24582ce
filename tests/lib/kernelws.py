"""kernelws.py - a kernel's websocket, in both protocols (jupyter-contract 6.2 to 6.5)

The codecs are written from the contract, apart from the server's, so that a mistake in one does not
excuse the same mistake in the other.
"""
import contextlib
import json
import struct
import time
import uuid
from datetime import datetime, timezone

import websocket

V1 = "v1.kernel.websocket.jupyter.org"
LEGACY = None
PARTS = ("header", "parent_header", "metadata", "content")


def encode_v1(msg):
    parts = [msg["channel"].encode()] + [json.dumps(msg[p]).encode() for p in PARTS] + list(msg["buffers"])
    n = len(parts) + 1
    offsets = [8 * (1 + n)]
    for p in parts:
        offsets.append(offsets[-1] + len(p))
    return struct.pack(f"<{1 + n}Q", n, *offsets) + b"".join(parts)


def decode_v1(data):
    n = struct.unpack_from("<Q", data)[0]
    offsets = struct.unpack_from(f"<{n}Q", data, 8)
    parts = [data[a:b] for a, b in zip(offsets, offsets[1:])]
    msg = {"channel": parts[0].decode(), "raw": parts[1:5], "buffers": parts[5:]}
    msg.update(zip(PARTS, (json.loads(p) for p in parts[1:5])))
    return msg


def encode_legacy(msg):
    body = {p: msg[p] for p in ("channel", *PARTS)}
    if not msg["buffers"]:
        return json.dumps(dict(body, buffers=[]))
    parts = [json.dumps(body).encode(), *msg["buffers"]]
    offset, offsets = 4 * (len(parts) + 1), []
    for p in parts:
        offsets.append(offset)
        offset += len(p)
    return struct.pack(f">{1 + len(parts)}I", len(parts), *offsets) + b"".join(parts)


def decode_legacy(data):
    if isinstance(data, str):
        msg = json.loads(data)
        msg.setdefault("buffers", [])
        return msg
    n = struct.unpack_from(">I", data)[0]
    offsets = list(struct.unpack_from(f">{n}I", data, 4)) + [len(data)]
    parts = [data[a:b] for a, b in zip(offsets, offsets[1:])]
    return dict(json.loads(parts[0]), buffers=parts[1:])


class Result:
    """What one request brought: its messages in order, its reply, and handy views of the outputs."""

    def __init__(self, messages, reply):
        self.messages, self.reply = messages, reply

    def of(self, *types):
        return [m for m in self.messages if m["header"]["msg_type"] in types]

    @property
    def status(self):
        return self.reply["content"].get("status")

    @property
    def text(self):
        """stdout as one string."""
        return "".join(m["content"]["text"] for m in self.of("stream") if m["content"]["name"] == "stdout")

    @property
    def value(self):
        """text/plain of the result, or None."""
        got = self.of("execute_result")
        return got[0]["content"]["data"]["text/plain"] if got else None

    @property
    def types(self):
        return [m["header"]["msg_type"] for m in self.messages]


class KernelWS:
    """One client of one kernel.  SESSION_ID is both the query argument and the messages' session."""

    def __init__(self, server, kernel_id, session_id=None, protocol=V1, offer=None, **kw):
        self.server, self.id, self.protocol = server, kernel_id, protocol
        self.session = session_id or str(uuid.uuid4())
        self.seen = []  # every message received, in order
        self.pending = []  # received by request() but not part of its answer
        protocols = offer if offer is not None else ([protocol] if protocol else None)
        self.ws = server.ws(f"api/kernels/{kernel_id}/channels?session_id={self.session}",
                            protocols=protocols, timeout=kw.pop("timeout", 90), **kw)

    def message(self, msg_type, content, channel="shell", parent=None, metadata=None, buffers=()):
        header = {"msg_id": str(uuid.uuid4()), "msg_type": msg_type, "username": "tester",
                  "session": self.session, "version": "5.4",
                  "date": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")}
        return {"channel": channel, "header": header, "parent_header": parent or {},
                "metadata": metadata or {}, "content": content, "buffers": list(buffers)}

    def send(self, msg_type, content=None, channel="shell", **kw):
        """Send one message; its msg_id is the result."""
        msg = self.message(msg_type, content if content is not None else {}, channel, **kw)
        data = encode_v1(msg) if self.protocol else encode_legacy(msg)
        if isinstance(data, str):
            self.ws.send(data)
        else:
            self.ws.send_binary(data)
        return msg["header"]["msg_id"]

    def recv(self, timeout=30):
        """The next message; TimeoutError if none comes."""
        if self.pending:
            return self.pending.pop(0)
        return self._read(timeout)

    def _read(self, timeout):
        self.ws.settimeout(max(timeout, 0.001))
        try:
            data = self.ws.recv()
        except websocket.WebSocketTimeoutException:
            raise TimeoutError(f"no message within {timeout:.1f} s; last seen: {self.tail()}") from None
        msg = decode_v1(data) if self.protocol else decode_legacy(data)
        self.seen.append(msg)
        return msg

    def tail(self, n=5):
        return [(m["channel"], m["header"].get("msg_type"), m["content"].get("execution_state"))
                for m in self.seen[-n:]]

    def until(self, predicate, timeout=30):
        """Read until PREDICATE(message); all messages read, that one last, are the result."""
        deadline, got = time.monotonic() + timeout, []
        while True:
            got.append(self.recv(deadline - time.monotonic()))
            if predicate(got[-1]):
                return got

    def drain(self, quiet=0.3):
        """Everything that comes until QUIET seconds pass without a message."""
        got = []
        with contextlib.suppress(TimeoutError):
            while True:
                got.append(self.recv(quiet))
        return got

    def wait_state(self, state, timeout=30):
        return self.until(lambda m: m["header"]["msg_type"] == "status"
                          and m["content"]["execution_state"] == state, timeout)

    def request(self, msg_type, content=None, channel="shell", timeout=60, answers=(), **kw):
        """Send a request and wait for its reply and its idle.  ANSWERS are given to input_requests.
        Messages with another parent are kept for recv()."""
        msg_id = self.send(msg_type, content, channel, **kw)
        return self.finish(msg_id, timeout, answers)

    def finish(self, msg_id, timeout=60, answers=()):
        """Wait for the reply and the idle of a request that send() sent."""
        answers = list(answers)
        deadline, mine, other, reply, idle = time.monotonic() + timeout, [], [], None, False
        queue, self.pending = self.pending, []
        while reply is None or not idle:
            m = queue.pop(0) if queue else self._read(deadline - time.monotonic())
            if (m["parent_header"] or {}).get("msg_id") != msg_id:
                other.append(m)
                continue
            mine.append(m)
            kind = m["header"]["msg_type"]
            if kind == "input_request":
                self.send("input_reply", {"value": answers.pop(0)}, "stdin", parent=m["header"])
            elif kind == "status":
                idle = idle or m["content"]["execution_state"] == "idle"
            elif kind.endswith("_reply"):
                reply = m
        self.pending = other + queue
        return Result(mine, reply)

    def execute(self, code, timeout=60, answers=(), **content):
        body = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                "allow_stdin": bool(answers), "stop_on_error": True}
        body.update(content)
        return self.request("execute_request", body, timeout=timeout, answers=answers)

    def start_execute(self, code, **content):
        """Send an execute_request and return its msg_id at once."""
        return self.send("execute_request", {"code": code, "silent": False, "store_history": True,
                                             "user_expressions": {}, "allow_stdin": False,
                                             "stop_on_error": True, **content})

    def close(self):
        with contextlib.suppress(Exception):
            self.ws.close(timeout=2)

    def drop(self):
        """Lose the connection as a cut cable does: no close frame."""
        with contextlib.suppress(Exception):
            self.ws.sock.close()
            self.ws.sock = None
