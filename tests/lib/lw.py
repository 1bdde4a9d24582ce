"""lw.py - a Labwright server under test, and the clients that talk to it

Each Server has a directory, a home, Jupyter directories, a port and a token of its own, and leaves no
process behind: everything it starts inherits a mark in its environment, and close() ends what still
bears it.

    with Server() as s:                                  # or Server(ref=True): the reference server
        s.api("GET", "api/status", status=200).json()
        k = s.kernel()                                   # POST api/kernels, then its websocket
        assert k.execute("print(6 * 7)").text == "42\\n"
        t = s.terminal(); t.send("echo hi\\r"); t.expect("hi")
        s.kill9(); s.start(); s.api("GET", "api/kernels")

Chosen by the environment:
    LABWRIGHT   the program              (default: build/labwright beside this tree)
    LW_ENV      environment with kernels (default: .cache/venv of the tree; see `./dev env`)
    LW_REFENV   environment with jupyterlab, for ref=True (default: .cache/refvenv; see `./dev refenv`)
    LW_KEEP=1   keep the directories of the servers
"""
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import requests
import websocket

from kernelws import V1, KernelWS
from termws import TermWS

TREE = Path(__file__).resolve().parents[2]

# AddressSanitizer keeps freed memory back: what a process takes then says nothing.
SANITIZED = "ASAN_OPTIONS" in os.environ


def default_binary():
    return os.environ.get("LABWRIGHT") or str(TREE / "build" / "labwright")


def default_env():
    return os.environ.get("LW_ENV") or str(TREE / ".cache" / "venv")


def default_refenv():
    return os.environ.get("LW_REFENV") or str(TREE / ".cache" / "refvenv")


def wait_for(condition, timeout=10.0, what="condition", interval=0.02):
    """Call CONDITION until it returns something true; that is the result.  Its exceptions count as false.
    WHAT was waited for, or a function that says so at the end."""
    deadline, last = time.monotonic() + timeout, None
    while True:
        try:
            value = condition()
            if value:
                return value
        except Exception as e:  # a server that is not there yet
            last = e
        if time.monotonic() > deadline:
            what = what() if callable(what) else what
            raise AssertionError(f"{what}: not within {timeout} s" + (f" ({last!r})" if last else ""))
        time.sleep(interval)


def free_port():
    """A port that is free on 127.0.0.1 and on ::1."""
    for _ in range(100):
        with socket.socket() as a:
            a.bind(("127.0.0.1", 0))
            port = a.getsockname()[1]
            with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as b:
                b.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                try:
                    b.bind(("::1", port))
                except OSError as e:
                    if e.errno == 98:  # taken on ::1 only
                        continue
            return port
    raise AssertionError("no free port")


def marked(mark):
    """Pids of the living processes that have MARK in their environment."""
    pids = []
    for p in os.listdir("/proc"):
        if not p.isdigit() or int(p) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if f"LW_TEST_MARK={mark}".encode() in Path("/proc", p, "environ").read_bytes().split(b"\0"):
                if Path("/proc", p, "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    pids.append(int(p))
    return pids


class Server:
    def __init__(self, args=(), env=None, config=None, *, ref=False, token=None, base_url="/", root=None,
                 tmp=None, port=None, verb="lab", binary=None, start=True, timeout=30):
        """ARGS are added to the command line, ENV to the environment (None removes a variable); CONFIG
        (a dict) becomes jupyter_server_config.json.  TOKEN "" turns token authentication off.  The path
        of TMP is kept short: unix sockets live below it.  START False: only prepare the directories."""
        self.ref, self.verb, self.args, self.base_url = ref, verb, list(args), base_url
        self.token = secrets.token_hex(8) if token is None else token
        self.tmp = Path(tmp or tempfile.mkdtemp(prefix="lw-"))
        self.own_tmp = tmp is None
        self.home = self.tmp / "home"
        self.root = Path(root or self.tmp / "work")
        self.config_dir, self.data_dir = self.home / ".jupyter", self.home / ".local/share/jupyter"
        self.runtime_dir = self.tmp / "run"
        for d in (self.home, self.root, self.config_dir, self.data_dir):
            d.mkdir(parents=True, exist_ok=True)
        self.runtime_dir.mkdir(mode=0o700, exist_ok=True)
        if config is not None:
            (self.config_dir / "jupyter_server_config.json").write_text(json.dumps(config))
        self.port = port or free_port()
        self.binary = binary or default_binary()
        self.timeout = timeout
        self.mark = uuid.uuid4().hex
        self.environ = self._environ(env or {})
        self.log_path = self.tmp / "server.log"
        self.proc = None
        self.http = requests.Session()
        self.http.trust_env = False
        self.sockets = []
        if start:
            try:
                self.start()
            except BaseException:
                self.close()
                raise

    def _environ(self, extra):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("JUPYTER", "XDG_", "LW_", "CONDA", "VIRTUAL_ENV", "PYTEST", "IPYTHON"))}
        env.update(HOME=str(self.home), JUPYTER_RUNTIME_DIR=str(self.runtime_dir), LW_TEST_MARK=self.mark,
                   JUPYTER_TOKEN=self.token, SHELL="/bin/bash", LANG="C.UTF-8", MPLBACKEND="",
                   IPYTHONDIR=str(self.home / ".ipython"), PYTHONDONTWRITEBYTECODE="1")
        env.pop("MPLBACKEND")
        prefix = default_refenv() if self.ref else default_env()
        env["PATH"] = f"{prefix}/bin:" + os.environ.get("PATH", "/usr/bin:/bin")
        if not self.ref and os.environ.get("LW_ENV"):
            env["VIRTUAL_ENV"] = prefix
        if not self.token:
            del env["JUPYTER_TOKEN"]
        for k, v in extra.items():
            env.pop(k, None)
            if v is not None:
                env[k] = str(v)
        return env

    # -- life ------------------------------------------------------------------------------------

    def command(self):
        argv = [default_refenv() + "/bin/jupyter-lab"] if self.ref else [self.binary, self.verb]
        argv += ["--no-browser", "--allow-root", f"--port={self.port}", "--port-retries=0"]
        if self.base_url != "/":
            argv.append(f"--ServerApp.base_url={self.base_url}")
        if not self.token:
            argv += ["--IdentityProvider.token=", "--PasswordIdentityProvider.hashed_password="]
        return argv + [str(a) for a in self.args]

    def start(self, wait=True, through=()):
        """Start (or start again, in the same directories) and wait until it answers.  THROUGH: words of a
        command that executes the rest of its arguments."""
        with open(self.log_path, "ab") as log:
            self.proc = subprocess.Popen([*through, *self.command()], cwd=self.root, env=self.environ, stdout=log,
                                         stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def answers():
            if self.proc.poll() is not None:
                return True
            return self.http.get(self.url + "api", timeout=5).status_code == 200
        wait_for(answers, self.timeout, f"answer of {self.url}api; log:\n{self.log[-4000:]}")
        if self.proc.poll() is not None:
            raise AssertionError(f"server ended with {self.proc.returncode}; log:\n{self.log[-4000:]}")

    def stop(self, sig=signal.SIGTERM, timeout=15):
        """End it politely; the exit status is the result."""
        if self.proc and self.proc.poll() is None:
            self.proc.send_signal(sig)
        return self.proc.wait(timeout) if self.proc else None

    def kill9(self):
        """Kill the server process alone; its keeper (and with it kernels and terminals) lives on."""
        self.proc.kill()
        self.proc.wait()

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        for w in self.sockets:
            with contextlib.suppress(Exception):
                w.close()
        try:
            if self.proc and self.proc.poll() is None:
                try:
                    self.stop()
                except subprocess.TimeoutExpired:
                    self.kill9()
        finally:
            self.kill_marked()
            self.http.close()
            if self.own_tmp and not os.environ.get("LW_KEEP"):
                shutil.rmtree(self.tmp, ignore_errors=True)

    def kill_marked(self):
        """End every process that this server left."""
        deadline = time.monotonic() + 5
        while (pids := marked(self.mark)) and time.monotonic() < deadline:
            for p in pids:
                with contextlib.suppress(OSError):
                    os.kill(p, signal.SIGKILL)
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    @property
    def log(self):
        try:
            return self.log_path.read_text(errors="replace")
        except OSError:
            return ""

    @property
    def pids(self):
        """Every living process of this server: itself, keeper, kernels, shells."""
        return marked(self.mark)

    # -- HTTP ------------------------------------------------------------------------------------

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.base_url}"

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def api(self, method, path, *, status=None, auth=True, headers=None, timeout=30, **kw):
        """One request.  PATH is below the base URL.  STATUS: an int or a tuple that the answer must have.
        AUTH False sends no token.  Redirects are not followed and cookies not kept (see session())."""
        headers = dict(headers or {})
        if auth and self.token:
            headers.setdefault("Authorization", f"token {self.token}")
        kw.setdefault("allow_redirects", False)
        r = self.http.request(method, self.url + path.lstrip("/"), headers=headers, timeout=timeout, **kw)
        self.http.cookies.clear()
        if status is not None:
            want = status if isinstance(status, tuple) else (status,)
            assert r.status_code in want, f"{method} {path}: {r.status_code}, not {want}: {r.text[:1000]}"
        return r

    def raw(self, data, timeout=10, read=True):
        """Send bytes as they are, return what comes back until the server closes or TIMEOUT passes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as c:
            c.sendall(data)
            got = b""
            with contextlib.suppress(socket.timeout, ConnectionError):
                while read and (piece := c.recv(65536)):
                    got += piece
            return got

    def session(self):
        """A requests.Session that keeps cookies, as a browser does, and sends no token."""
        s = requests.Session()
        s.trust_env = False
        return s

    # -- websockets --------------------------------------------------------------------------------

    def ws(self, path, *, protocols=None, headers=None, auth=True, timeout=30, **kw):
        """Open a websocket below the base URL (websocket-client's object)."""
        headers = dict(headers or {})
        if auth and self.token:
            headers.setdefault("Authorization", f"token {self.token}")
        kw.setdefault("suppress_origin", True)
        w = websocket.create_connection(self.url.replace("http", "ws", 1) + path.lstrip("/"),
                                        timeout=timeout, subprotocols=protocols, header=headers, **kw)
        self.sockets.append(w)
        return w

    def kernel(self, name="python3", protocol=V1, session_id=None, path=None):
        """Start a kernel and connect to it."""
        body = {"name": name}
        if path is not None:
            body["path"] = path
        k = self.api("POST", "api/kernels", json=body, status=201, timeout=90).json()
        return self.connect(k["id"], session_id, protocol)

    def connect(self, kernel_id, session_id=None, protocol=V1, **kw):
        return KernelWS(self, kernel_id, session_id, protocol, **kw)

    def terminal(self, name=None, **kw):
        """Open a terminal (a new one unless NAME) and connect to it."""
        if name is None:
            name = self.api("POST", "api/terminals", json={}, status=200).json()["name"]
        return TermWS(self, name, **kw)

    def put(self, path, content, type="file", format="text"):
        """Save through the contents API."""
        return self.api("PUT", f"api/contents/{path}", status=(200, 201),
                        json={"type": type, "format": format, "content": content}).json()


def notebook(*sources, **metadata):
    """A notebook (nbformat 4.5) of code cells."""
    cells = [{"cell_type": "code", "id": f"c{i}", "execution_count": None, "metadata": {}, "outputs": [],
              "source": s} for i, s in enumerate(sources)]
    metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"})
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
