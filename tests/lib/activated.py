"""activated.py - a keeper that owns the listening socket, as in a sandbox, and HTTP over that socket

    with Activated([binary, "lab", ...]) as a:
        a.api("GET", "api/status", status=200).json()     # the first connection starts the command
        a.servers()                                       # its process ids
        a.keeper.send_signal(SIGTERM)

Without arguments the command is `labwright lab` with the directories of an lw.Server.
"""
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess

import websocket

from kernelws import V1, KernelWS
from lw import Server, wait_for
from page import Page

_dumps = json.dumps


XSRF = "0123456789abcdef" * 2


class Answer:
    def __init__(self, response):
        self.status_code, self.headers, self.content = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.content)

    @property
    def text(self):
        return self.content.decode(errors="replace")


class Activated:
    def __init__(self, command=None, args=(), env=None, config=None, base_url="/notebooks/run_1/", through=(), keep_args=()):
        """THROUGH: words of a command that executes the keeper, for example unshare."""
        self.base = Server(start=False, config=config, token="", env={
            "LABWRIGHT_USER": "ada", "LABWRIGHT_WORKSPACE": "run_1", **(env or {})})
        self.base_url, self.dir = base_url, self.base.tmp / "keep"
        self.path = str(self.base.tmp / "lab.sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        if command is None:
            command = [self.base.binary, "lab", "--allow-root", f"--ServerApp.base_url={base_url}",
                       f"--ServerApp.root_dir={self.base.root}", *args]
        self.command, self.through, self.keep_args = command, list(through), list(keep_args)
        self.keeper, self.sockets = None, []
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        fd = self.listener.fileno()
        ready, told = os.pipe()
        with open(self.base.tmp / "keeper.err", "ab") as log:
            self.keeper = subprocess.Popen(
                [*self.through, self.base.binary, "keep", "--dir", str(self.dir), "--fd", str(told), *self.keep_args,
                 "--listen-fd", str(fd), "--", *self.command], cwd=self.base.root, env=self.base.environ,
                pass_fds=[fd, told], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        os.close(told)
        with os.fdopen(ready, "rb") as f:
            assert f.read(1) == b"\n", (self.base.tmp / "keeper.err").read_text()

    @property
    def log(self):
        return (self.dir / "keep.log").read_text(errors="replace")

    def servers(self):
        """Pids that were started, oldest first."""
        return [int(p) for p in re.findall(r"the server begins pid=(\d+)", self.log)]

    def connect(self, timeout=30):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(timeout)
        s.connect(self.path)
        return s

    # -- like lw.Server

    root = property(lambda self: self.base.root)
    tmp = property(lambda self: self.base.tmp)

    def api(self, method, path, *, status=None, headers=None, timeout=30, json=None, data=None):
        """PATH below base_url. Sends the XSRF cookie and header, as a page does."""
        headers = {"Connection": "close", "Cookie": f"_xsrf={XSRF}", "X-XSRFToken": XSRF, **(headers or {})}
        c = http.client.HTTPConnection("localhost", timeout=timeout)
        c.sock = self.connect(timeout)
        try:
            c.request(method, self.base_url + path.lstrip("/"), body=_dumps(json) if json is not None else data,
                      headers=headers)
            answer = Answer(c.getresponse())
        finally:
            c.close()
        if status is not None:
            want = status if isinstance(status, tuple) else (status,)
            assert answer.status_code in want, (answer.status_code, answer.text[:500], self.log[-3000:])
        return answer

    def ws(self, path, *, protocols=None, headers=None, timeout=30):
        w = websocket.create_connection(f"ws://localhost{self.base_url}{path}", socket=self.connect(timeout),
                                        timeout=timeout, subprotocols=protocols, header=headers or {},
                                        suppress_origin=True)
        self.sockets.append(w)
        return w

    def connect_kernel(self, kernel_id, session_id=None, protocol=V1, **kw):
        return KernelWS(self, kernel_id, session_id, protocol, **kw)

    def page(self, *args, **kw):
        """A Page of this server."""
        return Page(_ForPages(self), *args, **kw)

    def wait_asleep(self, timeout=20):
        """Until no server runs: the last one ended and nobody waits for another."""
        def asleep():
            pids = self.servers()
            return not pids or re.search(rf"the server pid={pids[-1]} ended", self.log)
        wait_for(asleep, timeout, "the server to end")

    def stop(self, timeout=20):
        self.keeper.send_signal(signal.SIGTERM)
        return self.keeper.wait(timeout)

    def close(self):
        for w in self.sockets:
            with contextlib.suppress(Exception):
                w.close()
        try:
            if self.keeper and self.keeper.poll() is None:
                try:
                    self.stop()
                except subprocess.TimeoutExpired:
                    self.keeper.kill()
                    self.keeper.wait()
        finally:
            self.listener.close()
            self.base.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class _ForPages:
    """What page.Page asks of a server; `connect` is a kernel's websocket there."""

    def __init__(self, a):
        self.api, self.root, self.tmp, self.ws, self.connect = a.api, a.root, a.tmp, a.ws, a.connect_kernel
