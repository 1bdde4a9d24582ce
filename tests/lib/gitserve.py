"""gitserve.py - public git repositories on a loopback port, and the ways in which a server can be none

    with GitServer(tmp_path) as g:
        g.repository("engine", {"floyd.yml": "env: x\\n"}, branches={"dev": {"a": "2"}})
        g.url("engine")             smart: git's own http-backend
        g.url("engine", "dumb")     files only
        g.url("engine", "moved")    redirected to the smart one; also "private" (401), "hangs", "page", "slow"
"""
import contextlib
import os
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

_ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}


def git(*args, cwd):
    subprocess.run(["git", *args], cwd=cwd, env=_ENV, check=True, capture_output=True)


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        kind, _, self.path = self.path.lstrip("/").partition("/")
        self.path = "/" + self.path
        getattr(self, kind)()

    do_POST = do_GET

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def dumb(self):
        path = self.server.root / self.path.partition("?")[0].lstrip("/")
        if path.is_file():
            self.answer(200, path.read_bytes(), Content_Type="text/plain")
        else:
            self.answer(404)

    def smart(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        r = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env={
            **_ENV, "GIT_PROJECT_ROOT": str(self.server.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
            "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type") or "",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol") or ""})
        head, _, data = r.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200 OK").split()[0])
        headers.pop("Content-Length", None)
        self.answer(status, data, **{k.replace("-", "_"): v for k, v in headers.items()})

    def moved(self):
        self.answer(301, Location="/smart" + self.path)

    def dotgit(self):
        """As some services do: the address without .git leads to the one with it."""
        name = self.path.split("/")[1]
        if name.endswith(".git"):
            self.smart()
        else:
            self.answer(301, Location="/dotgit" + self.path.replace(name, name + ".git", 1))

    def private(self):
        self.answer(401, WWW_Authenticate='Basic realm="x"')

    def page(self):
        self.answer(200, b"<!doctype html><p>not git", Content_Type="text/html")

    def hangs(self):
        self.server.over.wait(60)
        self.close_connection = True


class GitServer:
    def __init__(self, tmp):
        self.root = tmp / "repositories"
        self.root.mkdir()
        self.work = tmp / "work"

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.server.root, self.server.over, self.server.asked = self.root, threading.Event(), []
        self.asked = self.server.asked
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.server.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def repository(self, name, files, branches=None, commits=1):
        work = self.work / name
        work.mkdir(parents=True)
        git("init", "-q", "-b", "main", cwd=work)
        for n in range(commits - 1):
            git("commit", "-q", "--allow-empty", "-m", f"before {n}", cwd=work)
        self._commit(work, files)
        for branch, more in (branches or {}).items():
            git("checkout", "-q", "-b", branch, "main", cwd=work)
            self._commit(work, more)
        if branches:
            git("checkout", "-q", "main", cwd=work)
        bare = self.root / f"{name}.git"
        git("clone", "-q", "--bare", str(work), str(bare), cwd=self.root)
        git("update-server-info", cwd=bare)
        with contextlib.suppress(FileExistsError):
            (self.root / name).symlink_to(bare)
        return bare

    def _commit(self, work, files):
        for path, text in files.items():
            target = work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(text, tuple):
                os.symlink(text[0], target)
            else:
                target.write_text(text) if isinstance(text, str) else target.write_bytes(text)
        git("add", "-A", cwd=work)
        git("commit", "-q", "-m", "files", cwd=work)

    def url(self, name, kind="smart"):
        return f"http://127.0.0.1:{self.server.server_address[1]}/{kind}/{name}"
