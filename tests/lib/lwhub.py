"""lwhub.py - a hub under test, and the people who use it

    with Hub() as h:                        # labwright serve --hub --state TMP --port 0
        h.set_up("root")                    # the first admin, by the token that the hub printed
        alice = h.person("alice")           # made by the admin; logged in like a browser: cookie and XSRF token
        alice.api("POST", "projects/", status=201, json={"name": "mnist"})
        h.kill9(); h.start(); alice.api("GET", "projects", status=200)

A Person is a browser (cookie, XSRF token, Origin, Sec-Fetch-Site); person.key() is an API key, and
h.api(..., key=key) asks with it.  Chosen by the environment: LABWRIGHT, the program.
"""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import requests

from lw import default_binary, wait_for

PASSWORD = "correct horse battery"


def check(answer, status):
    if status is not None:
        assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer


class OneConnection:
    """Asks hub.port at HOST, over and over on one connection."""

    host, connection = "localhost", None

    def ask(self, method, path, headers):
        """Status, text and headers; a stream is not read."""
        for attempt in range(2):
            try:
                self.connection = self.connection or http.client.HTTPConnection(self.host, self.hub.port, timeout=20)
                self.connection.request(method, path, body=b"" if method in ("GET", "HEAD") else b"{}", headers=headers)
                answer = self.connection.getresponse()
                break
            except (http.client.HTTPException, OSError):
                assert attempt == 0
                self.hang_up()
        stream = answer.headers.get("Content-Type") == "text/event-stream"
        text = "" if stream else answer.read().decode(errors="replace")
        if stream or "Upgrade" in headers:
            self.hang_up()
        return answer.status, text, answer.headers

    def hang_up(self):
        self.connection.close()
        self.connection = None


class Person:
    """Somebody in front of a page of the hub."""

    def __init__(self, hub, name=None, password=PASSWORD):
        self.hub, self.name, self.password = hub, name, password
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.load()

    def load(self):
        """What a page does first: it learns who it is and gets its token."""
        return self.api("GET", "session", status=200).json()

    @property
    def xsrf(self):
        return self.browser.cookies.get("_xsrf", "")

    def log_in(self, status=200):
        body = {"username": self.name, "password": self.password, "cookie": True}
        return self.api("POST", "user/login", status=status, json=body)

    def api(self, method, path, status=None, **kwargs):
        headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
        if method not in ("GET", "HEAD"):
            headers |= {"Origin": self.hub.url, "X-XSRFToken": self.xsrf}
        headers |= kwargs.pop("headers", {})
        headers = {k: v for k, v in headers.items() if v is not None}
        return check(self.browser.request(method, f"{self.hub.url}/api/v1/{path}", headers=headers, timeout=30,
                                          allow_redirects=False, **kwargs), status)

    def key(self, name="test"):
        return self.api("POST", "apikeys/", status=201, json={"name": name}).json()["apikey"]


class Hub:
    def __init__(self, *args, state=None):
        self.tmp = None if state else tempfile.mkdtemp(prefix="lwhub-")
        if self.tmp:
            os.chmod(self.tmp, 0o711)  # a hub that root starts is another uid's
        self.state = Path(state) if state else Path(self.tmp) / "state"
        self.args, self.process, self.binary = args, None, default_binary()
        self.port, self.token, self.admin = 0, None, None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    # ---- life ----

    def command(self):
        return [self.binary, "serve", "--hub", "--state", self.state, "--port", str(self.port), *self.args]

    def environ(self):
        return None  # ours

    def start(self):
        log = self.state.parent / "log"
        out = self.state.parent / "out"
        with open(log, "ab") as err, open(out, "wb") as stdout:
            self.process = subprocess.Popen(self.command(), stdout=stdout, stderr=err, stdin=subprocess.DEVNULL,
                                            env=self.environ())
        pattern = re.compile(r"^Labwright is at (https?://[^/]+):(\d+)/$", re.M)

        def announced():
            return self.process.poll() is not None or pattern.search(out.read_text())

        found = wait_for(announced, 20, "the hub's address")
        assert self.process.poll() is None, f"the hub ended: {log.read_text()}"
        self.url = f"{found[1]}:{found[2]}"
        self.port = int(found[2])
        self.labs = f"http://127.0.0.1:{self.port}"
        wait_for(lambda: requests.get(f"{self.url}/api/v1/cli_version", timeout=5).ok, 20, "the hub's answer")
        token = re.search(r"/setup\?token=(\w+)$", out.read_text(), re.M)
        self.token = token and token[1]
        return self

    @property
    def log(self):
        return (self.state.parent / "log").read_text()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def kill9(self):
        self.process.kill()
        return self.process.wait(20)

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill9()
        if self.tmp:
            shutil.rmtree(self.tmp, ignore_errors=True)

    # ---- people ----

    def set_up(self, name="root", password=PASSWORD):
        admin = Person(self, name, password)
        admin.api("POST", "setup", status=200, json={"token": self.token, "username": name, "password": password,
                                                     "cookie": True})
        self.admin = admin
        return admin

    def person(self, name, admin=False):
        self.admin.api("POST", "users/", status=201, json={"username": name, "password": PASSWORD, "admin": admin})
        who = Person(self, name)
        who.log_in()
        return who

    def api(self, method, path, status=None, key=None, **kwargs):
        """As a program asks: no cookie, no Origin."""
        headers = kwargs.pop("headers", {})
        if key:
            headers = {"Authorization": f"apikey {key}"} | headers
        return check(requests.request(method, f"{self.url}/api/v1/{path}", headers=headers, timeout=30,
                                      allow_redirects=False, **kwargs), status)

    def admin_verb(self, *args, feed=None):
        return subprocess.run([self.binary, "admin", *args, "--state", self.state], input=feed, text=True,
                              capture_output=True, timeout=30)

    @staticmethod
    def routes():
        """The rows that the program holds: path, methods, flags."""
        text = subprocess.run([default_binary(), "serve", "--hub", "--routes"], capture_output=True, text=True, check=True)
        return [json.loads(line) for line in text.stdout.splitlines()]
