"""contract10.py - what the tests of jupyter-contract section 10 share: fixtures, plain requests, raw bytes,
notebooks, messages"""

import json
import re
import socket
import struct

import pytest
import requests
import websocket


@pytest.fixture
def srv(shared):
    return shared


@pytest.fixture
def kernel(srv):
    kid = start_kernel(srv)
    yield kid
    call(srv, "DELETE", f"api/kernels/{kid}")


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


def page_config(srv, path="lab"):
    m = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', call(srv, "GET", path).text, re.S)
    return json.loads(m[1]), m[1]
