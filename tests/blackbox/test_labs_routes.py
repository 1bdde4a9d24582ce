"""Every row of the labs origin, against every kind of stranger.

The rows come out of the program (labwright serve --hub --routes), and so do their flags; the verdict that each
request must get follows from the flags alone (src/hub/gate_labs.h).  A row that somebody adds is in here by itself.
"""
import itertools
import re

import pytest

from lwhub import Hub, OneConnection
from lwlabs import Labs, Window

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
RIGHT = ("right user", "right user's key")
WHO = [*RIGHT, "anonymous", "login of the hub", "wrong user", "wrong user's key", "unknown key"]
SITES = [None, "none", "same-origin", "same-site", "cross-site"]
ORIGINS = [None, "own", "hub", "https://evil.example", "null"]
KINDS = {"call": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
         "window": {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
         "frame": {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
         "program": {"Accept": "*/*"}}
GATE = re.compile(r"Open this workspace from|Another site's page|no websocket here|X-Labwright is missing|nothing at this address")


class Quarter(OneConnection):
    """Alice's workspace, bob's, and one connection."""

    def __init__(self, hub):
        self.host, self.hub, self.labs = "127.0.0.1", hub, Labs(hub)
        alice, bob = hub.person("alice"), hub.person("bob")
        self.wid, _ = self.labs.workspace(alice)
        self.labs.lab(self.wid)
        mine = self.enter(alice, self.wid)
        his = self.enter(bob, self.labs.workspace(bob)[0]).split("=", 1)[1]
        login = next(f"{c.name}={c.value}" for c in alice.browser.cookies if c.name == "labwright")
        self.headers = {"right user": {"Cookie": mine}, "anonymous": {}, "login of the hub": {"Cookie": login},
                        "wrong user": {"Cookie": f"labwright-ws-{self.wid}={his}"},
                        "right user's key": {"Authorization": f"apikey {alice.key()}"},
                        "wrong user's key": {"Authorization": f"apikey {bob.key()}"},
                        "unknown key": {"Authorization": "apikey lw-" + "x" * 40}}

    def enter(self, person, wid):
        window = Window(self.hub, wid)
        window.enter(person)
        return window.cookie


@pytest.fixture(scope="module")
def quarter():
    with Hub() as h:
        h.set_up("root")
        q = Quarter(h)
        try:
            yield q
        finally:
            q.labs.end()


def verdict(row, method, who, token, origin, site, kind, upgrade):
    """The status that the gate answers with, or None: the handler, or the workspace's server, is reached."""
    relayed, public = "stream" in row["flags"], "public" in row["flags"]
    safe = method in ("GET", "HEAD", "OPTIONS")
    window = kind == "window" and method in ("GET", "HEAD")
    if site in ("same-site", "cross-site") and not (window and (relayed or public)):
        return 403
    if origin not in (None, "own"):
        return 403
    if not relayed and upgrade:
        return 400
    if not relayed and not safe and not token:
        return 403
    if not public and who not in RIGHT:
        return 302 if window and not upgrade else 401
    return None


def rows():
    return [row for row in Hub.routes() if "labs" in row["flags"]]


def methods_of(row):
    return row["methods"] + (["HEAD"] if "GET" in row["methods"] and "HEAD" not in row["methods"] else [])


def name_of(row):
    return f"{'|'.join(row['methods'])} {row['path']}"


@pytest.mark.parametrize("row", rows(), ids=name_of)
def test_every_stranger_gets_the_verdict_of_the_flags(quarter, row):
    path = row["path"].replace("{id}", quarter.wid).replace("{path**}", "api/x")
    wrong, reached = [], 0
    for method, who, token, origin, site, kind, upgrade in itertools.product(
            methods_of(row), WHO, (True, False), ORIGINS, SITES, KINDS, (False, True)):
        want = verdict(row, method, who, token, origin, site, kind, upgrade)
        if want is None and method == "POST" and who in RIGHT and (site, kind) != ("same-origin", "call"):
            continue  # enough of them changed something
        headers = quarter.headers[who] | KINDS[kind] | (UPGRADE if upgrade else {}) | ({"X-Labwright": "1"} if token else {})
        if origin:
            headers["Origin"] = {"own": quarter.hub.labs, "hub": quarter.hub.url}.get(origin, origin)
        if site:
            headers["Sec-Fetch-Site"] = site
        status, text, _ = quarter.ask(method, path, headers)
        reached += want is None
        if not (status == want if want else not GATE.search(text) and status not in (401, 500)):
            wrong.append(f"{method} {path} by {who}, X-Labwright {token}, Origin {origin}, site {site}, {kind}, "
                         f"upgrade {upgrade}: {status} {text[:80]}, not {want or 'the handler'}")
    assert not wrong, f"{len(wrong)} wrong, such as\n" + "\n".join(wrong[:5])
    assert reached


@pytest.mark.parametrize("row", rows(), ids=name_of)
def test_other_hosts_and_other_ids(quarter, row):
    for method in methods_of(row):
        for wid in ("run_1", "x", quarter.wid + "x", quarter.wid.upper(), "run_" + "0" * 24):
            path = row["path"].replace("{id}", wid).replace("{path**}", "api/x")
            status, _, _ = quarter.ask(method, path, quarter.headers["right user"] | {"X-Labwright": "1"})
            assert status == 404, "no such form of an id"
        path = row["path"].replace("{id}", quarter.wid).replace("{path**}", "api/x")
        for host in ("evil.example", f"127.0.0.1:{quarter.hub.port + 1}", f"127.0.0.1.evil:{quarter.hub.port}"):
            assert quarter.ask(method, path, quarter.headers["right user"] | {"Host": host})[0] == 403
        assert quarter.ask(method, path, quarter.headers["right user"] | {"Host": f"localhost:{quarter.hub.port}"})[0] == 404


def test_a_row_of_the_hub_does_not_do_for_the_labs_origin(quarter):
    """Whoever has a pass, or a key, finds nothing of the hub at the address of the labs."""
    for row in Hub.routes():
        if "labs" in row["flags"] or row["path"] == "/":
            continue
        path = re.sub(r"\{[^}]*\}", "x", row["path"])
        for who in RIGHT:
            assert quarter.ask(row["methods"][0], path, quarter.headers[who] | {"X-Labwright": "1"})[0] == 404
