"""A relay between two ends that cannot be trusted: src/http/proxy.h.

The program in the middle is tests/fakes/fake_gateway.c; this file plays the client, and the server behind the socket.
"""
import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from lw import SANITIZED, default_binary, wait_for

pytestmark = pytest.mark.ours

UPGRADE = (b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
RESTARTS = b"\x88\x02\x03\xf4"  # close, 1012
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Talk:
    """One end of a connection."""

    def __init__(self, sock):
        self.sock, self.got = sock, b""
        sock.settimeout(30)

    def send(self, *parts):
        for part in parts:
            self.sock.sendall(part)
        return self

    def until(self, what):
        """What came up to and with WHAT; the rest stays."""
        while what not in self.got:
            data = self.sock.recv(65536)
            assert data, f"the connection ended: {self.got!r}"
            self.got += data
        at = self.got.index(what) + len(what)
        text, self.got = self.got[:at], self.got[at:]
        return text

    def take(self, n):
        while len(self.got) < n:
            data = self.sock.recv(65536)
            assert data, f"the connection ended after {len(self.got)} bytes"
            self.got += data
        text, self.got = self.got[:n], self.got[n:]
        return text

    def rest(self):
        """Until the other side closes, or resets."""
        with contextlib.suppress(ConnectionResetError):
            while data := self.sock.recv(65536):
                self.got += data
        text, self.got = self.got, b""
        return text

    def answer(self):
        """One whole answer: status, head, body."""
        head = self.until(b"\r\n\r\n")
        status = int(head.split()[1])
        if length := re.search(rb"\r\nContent-Length: (\d+)\r\n", head):
            return status, head, self.take(int(length[1]))
        if b"\r\nTransfer-Encoding: chunked\r\n" in head:
            return status, head, self.chunks()
        return status, head, b""

    def chunks(self):
        body = b""
        while size := int(self.until(b"\r\n"), 16):
            body += self.take(size)
            assert self.take(2) == b"\r\n"
        assert self.take(2) == b"\r\n"
        return body

    def close(self):
        self.sock.close()


class Between:
    """The gateway, and the socket behind it."""

    def __init__(self, tmp, listening=True):
        self.path = str(tmp / "lab.sock")
        self.server = None
        if listening:
            self.listen()
        program = Path(default_binary()).parent / "fake_gateway"
        self.process = subprocess.Popen([program, self.path], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.talks = []

    def listen(self, backlog=16):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen(backlog)
        self.server.settimeout(30)

    def client(self, *parts):
        talk = Talk(socket.create_connection(("127.0.0.1", self.port)))
        self.talks.append(talk)
        return talk.send(*parts)

    def accept(self):
        talk = Talk(self.server.accept()[0])
        self.talks.append(talk)
        return talk

    def get(self, path="/x", extra=b"", method=b"GET"):
        return self.client(method + b" " + path.encode() + b" HTTP/1.1\r\nHost: labs:1\r\n" + extra + b"\r\n")

    def websocket(self):
        client = self.get("/ws", UPGRADE)
        server = self.accept()
        server.until(b"\r\n\r\n")
        server.send(SWITCH)
        client.until(b"\r\n\r\n")
        return client, server

    def open(self):
        talk = Talk(socket.create_connection(("127.0.0.1", self.port)))
        talk.send(b"GET /_open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        told = json.loads(talk.answer()[2])
        talk.close()
        return told["open"], told["websockets"]

    def memory(self):
        return int(re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def nothing_is_open(self):
        wait_for(lambda: self.open() == (0, 0), 20, "the end of all relays")

    def close(self):
        for talk in self.talks:
            talk.close()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0
        self.process.stdout.close()
        if self.server:
            self.server.close()


@pytest.fixture
def between(tmp_path):
    b = Between(tmp_path)
    yield b
    b.close()


def headers_of(head):
    return [line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line]


# ---- heads ----


def test_what_the_server_sees(between):
    between.get("/a%2Fb//c/../d?x=%20&y", b"Cookie: a=1; labwright=secret; labwright-ws-x=y; b=2\r\nAccept: */*\r\n"
                b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nForwarded: for=6.6.6.6\r\n"
                b"X-Real-IP: 6.6.6.6\r\nX-Scheme: https\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nTE: trailers\r\n"
                b"Keep-Alive: 5\r\nProxy-Authorization: x\r\nAuthorization: apikey K\r\nOrigin: http://labs:1\r\n")
    head = between.accept().until(b"\r\n\r\n")
    assert head.startswith(b"GET /a%2Fb//c/../d?x=%20&y HTTP/1.1\r\n"), "the target goes through as it came"
    assert headers_of(head) == [["Host", "labs:1"], ["Cookie", "a=1; b=2"], ["Accept", "*/*"], ["Origin", "http://labs:1"],
                                ["X-Forwarded-For", "127.0.0.1"], ["X-Forwarded-Proto", "http"],
                                ["X-Forwarded-Host", "labs:1"]]


def test_cookies_that_are_all_ours_leave_no_header(between):
    between.get(extra=b"Cookie: labwright=secret\r\nCookie:  labwright-ws-1=y ;; c=3 \r\n")
    assert [h for h in headers_of(between.accept().until(b"\r\n\r\n")) if h[0] == "Cookie"] == [["Cookie", "c=3"]]


def test_what_the_client_sees(between):
    client = between.get()
    between.accept().send(b"HTTP/1.1 200 Fine\r\nContent-Type: text/x\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 9\r\n"
                          b"Set-Cookie: labwright=stolen; Path=/\r\nSet-Cookie: mine=1\r\nService-Worker-Allowed: /\r\n"
                          b"Date: yesterday\r\nServer: Them\r\nETag: \"1\"\r\nContent-Length: 3\r\n\r\nabc")
    status, head, body = client.answer()
    got = dict(headers_of(head))
    assert (status, body) == (200, b"abc") and got.pop("Date") != "yesterday"
    assert got == {"Content-Type": "text/x", "Set-Cookie": "mine=1", "Server": "Them", "ETag": '"1"', "Content-Length": "3"}


def test_a_connection_goes_on_after_an_answer(between):
    """Whatever the server does with its own."""
    client = between.get()
    for answer, want in ((OK, (200, b"ok")), (b"HTTP/1.1 204 No\r\n\r\n", (204, b"")),
                         (b"HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", (304, b"")),
                         (b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", (404, b"abc")),
                         (b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", (200, b""))):
        server = between.accept()
        server.until(b"\r\n\r\n")
        server.send(answer).close()
        status, _, body = client.answer()
        assert (status, body) == want
        client.send(b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
    between.accept().send(b"HTTP/1.0 200 OK\r\n\r\nuntil the end").close()
    assert client.answer()[2] == b"until the end"


def test_head_has_the_length_and_no_body(between):
    client = between.get(method=b"HEAD")
    between.accept().send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n")
    assert b"\r\nContent-Length: 1000\r\n" in client.until(b"\r\n\r\n")
    client.send(b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
    between.accept().send(OK)
    assert client.answer()[2] == b"ok"


# ---- connections that are used again ----


def test_what_can_be_said_again_shares_a_connection(between):
    server = None
    for method in (b"GET", b"HEAD", b"GET"):
        client = between.get(method=method)
        server = server or between.accept()
        assert server.until(b"\r\n\r\n").startswith(method)
        server.send(OK if method == b"GET" else OK[:-2])
        assert client.until(b"\r\n\r\n")
        wait_for(lambda: between.open() == (0, 0), 20, "the end of the relay")
    assert server.rest() == b"", "it is not kept for long: a server may end when nobody is connected"


@pytest.mark.parametrize("answer", [OK + b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                                    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"])
def test_what_does_not_share_a_connection(between, answer):
    for _ in range(2):
        client = between.get()
        server = between.accept()
        server.until(b"\r\n\r\n")
        server.send(answer)
        assert client.answer()[2] == b"ok"
        assert server.rest() == b""


def test_a_request_that_changes_something_is_said_once_and_on_its_own(between):
    client = between.get()
    spare = between.accept()
    spare.until(b"\r\n\r\n")
    spare.send(OK)
    assert client.answer()[2] == b"ok"
    client = between.get(method=b"POST", extra=b"Content-Length: 0\r\n")
    server = between.accept()
    assert b"\r\nConnection: close\r\n" in server.until(b"\r\n\r\n")
    server.close()
    assert client.answer()[0] == 503 and spare.rest() == b""


@pytest.mark.parametrize("how", ["closed before", "closed instead of an answer", "said something unasked"])
def test_a_connection_that_is_no_good_any_more(between, how):
    client = between.get()
    spare = between.accept()
    spare.until(b"\r\n\r\n")
    spare.send(OK)
    assert client.answer()[2] == b"ok"
    if how == "closed before":
        spare.close()
    elif how == "said something unasked":
        spare.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        assert spare.rest() == b""
    client = between.get("/again")
    if how == "closed instead of an answer":
        assert spare.until(b"\r\n\r\n").startswith(b"GET /again ")
        spare.close()
    server = between.accept()
    assert server.until(b"\r\n\r\n").startswith(b"GET /again ")
    server.close()
    assert client.answer()[0] == 503, "a new connection is not tried twice"


# ---- bodies ----


def test_a_large_body_each_way_and_little_memory(between):
    """200 MiB up and down, through a program that may keep less than one of them."""
    size, before = 200 << 20, between.memory()
    piece = os.urandom(1 << 20)
    want = hashlib.sha256(piece * 200).hexdigest()
    client = between.client(b"PUT /big HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
    server = between.accept()
    most, sums = 0, []

    def send(talk):
        for _ in range(200):
            talk.send(piece)

    for sender, receiver in ((client, server), (server, client)):
        if sender is server:
            server.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        receiver.until(b"\r\n\r\n")
        thread = threading.Thread(target=send, args=(sender,))
        thread.start()
        digest, n = hashlib.sha256(receiver.got), len(receiver.got)
        receiver.got = b""
        while n < size:
            data = receiver.sock.recv(1 << 20)
            assert data
            digest.update(data)
            n += len(data)
            most = max(most, between.memory())
        thread.join()
        sums.append(digest.hexdigest())
    assert sums == [want, want]
    if not SANITIZED:
        assert most - before < 8 << 10, f"grew by {most - before} KiB"


def test_who_does_not_read_stops_the_other(between):
    """Neither end may fill the gateway: the writer is stopped, for either direction."""
    before = between.memory()
    client = between.client(b"PUT /big HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
    server = between.accept()
    for talk, head in ((client, b""), (server, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")):
        talk.send(head)
        talk.sock.settimeout(1)
        sent = 0
        with pytest.raises(TimeoutError):
            while True:
                sent += talk.sock.send(bytes(1 << 16))
        assert 0 < sent < 16 << 20
    if not SANITIZED:
        assert between.memory() - before < 4 << 10
    client.close()
    server.close()
    between.nothing_is_open()


def test_a_server_that_is_gone_costs_nothing_while_its_client_is_slow(between):
    """It has hung up; that must not be told again and again while the client does not read."""
    client = between.get()
    server = between.accept()
    server.send(b"HTTP/1.0 200 OK\r\n\r\n")
    client.until(b"\r\n\r\n")
    server.sock.settimeout(0.5)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while True:
            sent += server.sock.send(bytes(1 << 16))
    server.close()
    before = between.cpu()
    between.server.settimeout(1)
    with pytest.raises(TimeoutError):  # a second in which nobody asks anything
        between.accept()
    assert between.cpu() - before < 0.5
    assert client.chunks() == bytes(sent)
    between.nothing_is_open()


def test_chunks_are_cut_anew(between):
    client = between.client(b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;evil=1\r\nabc\r\n")
    server = between.accept()
    head = server.until(b"\r\n\r\n")
    assert b"\r\nTransfer-Encoding: chunked\r\n" in head and b"Content-Length" not in head
    assert server.until(b"abc\r\n") == b"3\r\nabc\r\n"
    client.send(b"2\r\nde\r\n0\r\nTrailer: x\r\n\r\n")
    assert server.until(b"0\r\n\r\n") == b"2\r\nde\r\n0\r\n\r\n"
    server.send(OK)
    assert client.answer()[2] == b"ok"


def test_permission_to_send_is_ours_to_give(between):
    client = between.client(b"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    server = between.accept()
    assert b"Expect" not in server.until(b"\r\n\r\n")
    client.send(b"abc")
    assert server.take(3) == b"abc"
    server.send(OK)
    assert client.answer()[2] == b"ok"


def test_an_answer_before_the_body(between):
    """The server has had enough: its answer comes through, and the rest of the body does not stay in the way."""
    client = between.client(b"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nabc")
    server = between.accept()
    server.until(b"abc")
    server.send(b"HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno").close()
    status, head, body = client.answer()
    assert (status, body) == (413, b"no") and b"\r\nConnection: close\r\n" in head
    assert client.rest() == b""


def test_requests_cannot_be_smuggled(between):
    """Two lengths, a length and a coding, a coding that is none: refused before anything is dialled."""
    for bad in (b"Content-Length: 3\r\nContent-Length: 4\r\n", b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                b"Transfer-Encoding: chunked, gzip\r\n", b"Content-Length: +3\r\n", b"Bad Name: x\r\n"):
        assert between.get(extra=bad, method=b"POST").answer()[0] == 400
    between.server.settimeout(0.2)
    with pytest.raises(TimeoutError):
        between.accept()
    assert between.open() == (0, 0)


# ---- servers that are not there, or not well ----


def test_nobody_listens(tmp_path):
    b = Between(tmp_path, listening=False)
    try:
        assert b.get().answer()[::2] == (503, b"the server is not there")
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(b.path)
        stale.close()
        client = b.client(b"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345")
        status, head, _ = client.answer()
        assert status == 503 and b"\r\nX-Problem: unavailable\r\n" in head
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")  # the body was dropped, the connection goes on
        assert client.answer()[0] == 503
    finally:
        b.close()


def test_a_full_backlog_is_waited_for(tmp_path):
    b = Between(tmp_path, listening=False)
    b.listen(backlog=0)
    try:
        clients = [b.get(f"/{i}") for i in range(5)]
        wait_for(lambda: b.open()[0] == 5, 20, "five relays")
        for _ in clients:
            server = b.accept()
            path = server.until(b"\r\n\r\n").split()[1]
            server.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))
        assert [c.answer()[2] for c in clients] == [b"/%d" % i for i in range(5)]
    finally:
        b.close()


@pytest.mark.parametrize("said", [
    b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nA: b", b"HTTP/1.1 99 x\r\n\r\n", b"HTTP/1.1 101 S\r\n\r\n", SWITCH,
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000,
    b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200, b"HTTP/1.1 100 C\r\n\r\n" * 50], ids=lambda s: s[:24].decode() or "nothing")
def test_what_is_no_answer(between, said):
    client = between.get()
    server = between.accept()
    server.until(b"\r\n\r\n")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        server.send(said)
    server.close()
    status, head, _ = client.answer()
    assert status == 503 and b"X-Problem" in head
    between.nothing_is_open()


def test_a_body_that_breaks_off_is_not_taken_for_whole(between):
    for head in (b"Content-Length: 9\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                 b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nZZ\r\n"):
        client = between.get()
        server = between.accept()
        server.send(b"HTTP/1.1 200 OK\r\n", head).close()
        text = client.rest()
        assert text.startswith(b"HTTP/1.1 200 OK\r\n") and not text.endswith(b"0\r\n\r\n")
    between.nothing_is_open()


def test_a_server_cannot_begin_headers_in_ours(between):
    client = between.get()
    between.accept().send(b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\nY: c\r\nContent-Length: 0\r\n\r\n")
    status, head, _ = client.answer()
    assert status == 503 or b"\rSet-Cookie" not in head.replace(b"\r\n", b"")


def test_a_client_that_goes_away_takes_its_request_with_it(between):
    for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"):
        client = between.get()
        server = between.accept()
        server.until(b"\r\n\r\n")
        server.send(answer)
        if answer:
            client.until(b"abc")
        client.close()
        assert server.rest() == b"", "the server is told by the end of its connection"
    between.nothing_is_open()


def test_too_many_at_once(between):
    """The ceiling of one server; those beyond it are told."""
    clients = []
    for _ in range(1024):
        clients.append(between.get())
        between.accept()
    status, head, _ = between.get().answer()
    assert status == 503 and b"\r\nX-Problem: busy\r\n" in head
    for client in clients:
        client.close()
    between.nothing_is_open()


# ---- websockets ----


def test_frames_pass_as_they_are(between):
    client = between.get("/ws", UPGRADE + b"Sec-WebSocket-Protocol: v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n")
    server = between.accept()
    asked = dict(headers_of(server.until(b"\r\n\r\n")))
    assert asked["Sec-WebSocket-Protocol"] == "v1" and asked["Sec-WebSocket-Key"] == "dGhlIHNhbXBsZSBub25jZQ=="
    assert "Sec-WebSocket-Extensions" not in asked and asked["Connection"] == "Upgrade" and asked["Upgrade"] == "websocket"
    server.send(SWITCH[:-2] + b"Sec-WebSocket-Protocol: v1\r\n\r\n\x81\x02hi")
    head = client.until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ") and b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
    assert b"\r\nSec-WebSocket-Protocol: v1\r\n" in head and head.count(b"Upgrade: websocket") == 1
    assert client.take(4) == b"\x81\x02hi", "what came with the head is not lost"
    assert between.open() == (1, 1)
    client.send(b"\x81\x82\0\0\0\0yo")
    assert server.take(8) == b"\x81\x82\0\0\0\0yo"
    server.send(b"\x88\x02\x03\xe8").close()
    assert client.rest() == b"\x88\x02\x03\xe8", "its own close is the last word"
    between.nothing_is_open()


def test_what_is_sent_with_the_handshake_is_not_lost(between):
    client = between.client(b"GET /ws HTTP/1.1\r\nHost: x\r\n" + UPGRADE + b"\r\n\x81\x80\0\0\0\0")
    server = between.accept()
    server.until(b"\r\n\r\n")
    server.send(SWITCH)
    assert server.take(6) == b"\x81\x80\0\0\0\0"
    client.close()
    assert server.rest() == b""


def test_a_server_that_goes_is_a_service_that_restarts(between):
    for said, want in ((b"", RESTARTS), (b"\x81\x02hi", b"\x81\x02hi" + RESTARTS),
                       (b"\x81\x7e\x00\x80" + bytes(128), b"\x81\x7e\x00\x80" + bytes(128) + RESTARTS),
                       (b"\x81\x05hal", b"\x81\x05hal"), (b"\x81", b"\x81"), (b"\x88\x00", b"\x88\x00")):
        client, server = between.websocket()
        server.send(said).close()
        assert client.rest() == want
    between.nothing_is_open()


def test_an_upgrade_that_is_refused_is_an_answer(between):
    client = between.get("/ws", UPGRADE)
    server = between.accept()
    server.until(b"\r\n\r\n")
    server.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    assert client.answer()[::2] == (403, b"no")
    client.send(b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
    between.accept().send(OK)
    assert client.answer()[2] == b"ok"


def test_the_last_words_of_a_closed_tab_arrive(between):
    """A cell is run and the tab is closed: the server that was slow to read gets all of it."""
    client, server = between.websocket()
    words = bytes(3 << 20)
    thread = threading.Thread(target=lambda: (client.send(words), client.close()))
    thread.start()
    got = 0
    while data := server.sock.recv(1 << 16):
        got += len(data)
    thread.join()
    assert got == len(words)
    between.nothing_is_open()


def test_a_flood_waits_for_who_does_not_read(between):
    client, server = between.websocket()
    before = between.memory()
    for talk, head in ((client, b"\x82\xff\0\0\0\0\xff\xff\xff\xff\0\0\0\0"), (server, b"\x82\x7f\0\0\0\0\xff\xff\xff\xff")):
        talk.send(head)
        talk.sock.settimeout(1)
        with pytest.raises(TimeoutError):
            while True:
                talk.sock.send(bytes(1 << 16))
    if not SANITIZED:
        assert between.memory() - before < 4 << 10
    client.close()
    server.close()
    between.nothing_is_open()


def test_the_end_of_the_gateway(between):
    """A hub that stops: websockets are told, requests are answered, nothing hangs."""
    client, _ = between.websocket()
    waiting = between.get()
    between.accept()
    between.client(b"POST /_stop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").until(b"\r\n\r\n")
    assert client.rest() == RESTARTS
    assert waiting.answer()[0] == 503
    assert between.get().answer()[0] == 410
