"""activated.py - a keeper that owns the listening socket, as in a sandbox, and HTTP over that socket

    with Activated([binary, "lab", ...]) as a:
        a.get("/api/status", status=200).json()          # the first connection starts the command
        a.servers()                                       # its process ids
        a.keeper.send_signal(SIGTERM)

Without arguments the command is `labwright lab` with the directories of an lw.Server.
"""
import http.client
import json
import os
import re
import signal
import socket
import subprocess

from lw import Server, wait_for


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)


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
        self.keeper = None
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

    def request(self, method, path, body=None, headers=None, status=None, timeout=30):
        """PATH below base_url, or absolute with '//' in front."""
        c = http.client.HTTPConnection("localhost", timeout=timeout)
        c.sock = self.connect(timeout)
        try:
            url = path[1:] if path.startswith("//") else self.base_url + path.lstrip("/")
            c.request(method, url, body=body, headers={"Connection": "close", **(headers or {})})
            answer = Answer(c.getresponse())
        finally:
            c.close()
        if status is not None:
            assert answer.status == status, (answer.status, answer.body[:500], self.log[-3000:])
        return answer

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def wait_asleep(self, timeout=20):
        """Until no server runs."""
        def asleep():
            pids = self.servers()
            return not pids or re.search(rf"the server pid={pids[-1]} ended", self.log)
        wait_for(asleep, timeout, "the server to end")

    def stop(self, timeout=20):
        self.keeper.send_signal(signal.SIGTERM)
        return self.keeper.wait(timeout)

    def close(self):
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
