"""lwlabs.py - workspaces of a hub without a spawner: rows of its database, and servers where it looks for them

    labs = Labs(hub)
    wid, task = labs.workspace(hub.alice)       # a row that says "running"
    lab = labs.lab(wid)                         # its server: answers what it was asked, echoes websockets
    window = Window(hub, wid); window.enter(hub.alice); window.ask("api/x")
    labs.end()
"""
import contextlib
import json
import os
import secrets
import socket
import socketserver
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler

import requests

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
NAVIGATE = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html"}


def short(n):
    return "".join(secrets.choice(ALPHABET) for _ in range(n))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        n = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(n)
        self.server.seen.append((self.command, self.path, self.headers, body))
        if self.headers.get("Upgrade"):
            self.switch()
            return
        said = self.server.answers.get(self.path, {"path": self.path, "body": len(body)})
        text = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    def switch(self):
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
        with contextlib.suppress(OSError):
            while data := self.connection.recv(65536):
                self.connection.sendall(data)
        self.close_connection = True

    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"


class Lab(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The server of a workspace."""
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path):
        self.seen, self.headers, self.answers = [], [], {}
        super().__init__(str(path), Handler)
        os.chmod(path, 0o666)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self.thread.start()

    def get_request(self):
        request, _ = super().get_request()
        return request, ("unix", 0)

    def end(self):
        self.shutdown()
        self.server_close()
        self.thread.join()


class Labs:
    """What a spawner would have made: rows, sockets."""

    def __init__(self, hub):
        self.hub, self.running = hub, []

    def sql(self, text, *args):
        with contextlib.closing(sqlite3.connect(self.hub.state / "hub/hub.db", timeout=20)) as db, db:
            return db.execute(text, args).fetchall()

    def workspace(self, person, state="running", public=False):
        project = person.api("POST", "projects/", status=201, json={"name": f"p{short(8)}", "public": public}).json()
        owner = self.sql("SELECT id FROM user WHERE name = ?", person.name)[0][0]
        wid, task = f"run_{short(24)}", short(22)
        self.sql("INSERT INTO workspace (id, task, project, owner, name, state, environment, machine, created, updated) "
                 "VALUES (?, ?, ?, ?, 'w', ?, '', 'cpu', 1, 1)", wid, task, project["id"], owner, state)
        return wid, task

    def path(self, wid):
        path = self.hub.state / "run/ws" / wid / "lab.sock"
        for folder in (path.parent.parent.parent, path.parent.parent, path.parent):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        return path

    def lab(self, wid):
        lab = Lab(self.path(wid))
        self.running.append(lab)
        return lab

    def end(self):
        for lab in self.running:
            lab.end()


class Window:
    """A browser's window on the labs origin: its cookies are its own."""

    def __init__(self, hub, wid):
        self.hub, self.wid = hub, wid
        self.browser = requests.Session()
        self.browser.trust_env = False

    def ask(self, path="lab", method="GET", headers=None, **kwargs):
        url = path if path.startswith("http") else f"{self.hub.labs}/notebooks/{self.wid}/{path}"
        sent = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"} | (headers or {})
        sent = {k: v for k, v in sent.items() if v is not None}
        return self.browser.request(method, url, headers=sent, allow_redirects=False, timeout=60, **kwargs)

    def enter(self, person):
        url = person.api("GET", f"workspaces/{self.wid}/url", status=200).json()["url"]
        return self.go(url)

    def go(self, url):
        first = self.ask(url, headers=NAVIGATE | {"Sec-Fetch-Site": "cross-site"})
        assert first.status_code == 302, first.text
        second = self.ask(self.hub.labs + first.headers["Location"], headers=NAVIGATE | {"Sec-Fetch-Site": "cross-site"})
        assert second.status_code == 302, second.text
        return second.headers["Location"]

    @property
    def cookie(self):
        return "; ".join(f"{c.name}={c.value}" for c in self.browser.cookies)

    def websocket(self, path="ws", **headers):
        sent = {"Host": self.hub.labs[7:], "Cookie": self.cookie, "Origin": self.hub.labs, "Connection": "Upgrade",
                "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        sent |= {k.replace("_", "-"): v for k, v in headers.items()}
        lines = "".join(f"{k}: {v}\r\n" for k, v in sent.items() if v is not None)
        sock = socket.create_connection(("127.0.0.1", self.hub.port), timeout=30)
        sock.sendall(f"GET /notebooks/{self.wid}/{path} HTTP/1.1\r\n{lines}\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            data = sock.recv(1)
            assert data, head
            head += data
        return sock, int(head.split()[1])


class RealLab:
    """A workspace's own `labwright lab` behind its keeper, as in a sandbox, reached through the hub by WINDOW."""

    def __init__(self, labs, window, **kw):
        from activated import Activated  # needs an environment with kernels
        self.window, self.hub, self.sockets = window, window.hub, []
        self.behind = Activated(base_url=f"/notebooks/{window.wid}/", **kw)
        self.behind.base.tmp.chmod(0o711)
        os.chmod(self.behind.path, 0o666)
        os.symlink(self.behind.path, labs.path(window.wid))
        labs.running.append(self)

    def api(self, method, path, *, status=None, headers=None, **kw):
        headers = dict(headers or {})
        if method not in ("GET", "HEAD"):
            headers = {"X-XSRFToken": self.window.browser.cookies.get("_xsrf", ""), "Origin": self.hub.labs} | headers
        answer = self.window.ask(path, method, headers, **kw)
        assert status is None or answer.status_code in (status if isinstance(status, tuple) else (status,)), answer.text
        return answer

    def ws(self, path, *, protocols=None, headers=None, timeout=30):
        import websocket
        url = f"{self.hub.labs.replace('http', 'ws', 1)}/notebooks/{self.window.wid}/{path}"
        made = websocket.create_connection(url, timeout=timeout, subprotocols=protocols, origin=self.hub.labs,
                                           header=(headers or {}) | {"Cookie": self.window.cookie})
        self.sockets.append(made)
        return made

    def end(self):
        for w in self.sockets:
            with contextlib.suppress(Exception):
                w.close()
        self.behind.close()
