"""Every row of the hub's route tables, against every kind of stranger.

The rows come out of the program (labwright serve --hub --routes), and so do their flags; the verdict that each
request must get follows from the flags alone.  A row that somebody adds is in here by itself.
"""
import itertools
import json
import re

import pytest

from lwhub import Hub, OneConnection, Person

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
WHO = ["anonymous", "wrong user", "right user", "admin", "right user's key", "unknown key"]
SITES = [None, "none", "same-origin", "same-site", "cross-site"]
ORIGINS = [None, "own", "labs", "https://evil.example", "null"]
# What the gate itself says; a handler that was reached says something else.
GATE = re.compile(r"Log in first|not known here|Only an admin|X-XSRFToken|Another site's page|no websocket here|"
                  r"This hub is reached at")


@pytest.fixture(scope="module")
def town():
    with Hub() as h:
        h.set_up("root")
        yield Town(h)


class Town(OneConnection):
    """The people, what belongs to alice, and one connection."""

    def __init__(self, hub):
        self.hub = hub
        self.people = {"anonymous": Person(hub), "wrong user": hub.person("bob"), "right user": hub.person("alice"),
                       "admin": hub.admin}
        alice = self.people["right user"]
        self.project = alice.api("POST", "projects/", status=201, json={"name": "private"}).json()["id"]
        self.keys = {"right user's key": alice.key(), "unknown key": "lw-" + "x" * 40}

    def path(self, row):
        """The row's pattern with alice's things in it."""
        path = row["path"]
        if path.startswith("/api/v1/projects"):
            path = path.replace("{ns}", "alice").replace("{name}", "private" if "{ns}" in row["path"] else self.project)
        path = path.replace("/users/{name}", "/users/alice").replace("static/{path**}", "static/nonesuch").replace("dashboard/{path**}", "dashboard/nonesuch")
        return re.sub(r"\{[^}]*\*\}", "", re.sub(r"\{\w+(:\w+)?\}", "nonesuch", path))

    def headers(self, who, token):
        if who in self.keys:
            return {"Authorization": f"apikey {self.keys[who]}"}
        person = self.people[who]
        cookies = {c.name: c.value for c in person.browser.cookies}
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
        return headers | ({"X-XSRFToken": cookies["_xsrf"]} if token else {})

    def back_in(self, who):
        """After a request that may have ended the login."""
        if who in self.people and who != "anonymous" and not self.people[who].load()["user"]:
            self.people[who].log_in()


def gate_verdict(row, method, who, token, origin, site, upgrade):
    """The status that the gate answers with, or None: the handler is reached."""
    flags, safe = row["flags"], method in ("GET", "HEAD")
    if upgrade and "websocket" not in flags:
        return 400
    if site in ("same-site", "cross-site") or origin not in (None, "own"):
        return 403
    if "public" not in flags and who in ("anonymous", "unknown key"):
        return 302 if "page" in flags and safe and who == "anonymous" else 401
    if "admin" in flags and who != "admin":
        return 403
    if not safe and "no-xsrf" not in flags and who in ("anonymous", "wrong user", "right user", "admin") and not token:
        return 403
    return None


def hub_rows():
    return [row for row in Hub.routes() if "labs" not in row["flags"]]


def methods_of(row):
    return row["methods"] + (["HEAD"] if "GET" in row["methods"] and "websocket" not in row["flags"] else [])


def name_of(row):
    return f"{'|'.join(row['methods'])} {row['path']}"


@pytest.mark.parametrize("row", hub_rows(), ids=name_of)
def test_every_stranger_gets_the_verdict_of_the_flags(town, row):
    path, wrong = town.path(row), []
    for method, who, token, origin, site, upgrade in itertools.product(
            methods_of(row), WHO, (True, False), ORIGINS, SITES, (False, True)):
        headers = town.headers(who, token) | (UPGRADE if upgrade else {})
        if origin:
            headers["Origin"] = {"own": town.hub.url, "labs": town.hub.labs}.get(origin, origin)
        if site:
            headers["Sec-Fetch-Site"] = site
        status, text, _ = town.ask(method, path, headers)
        want = gate_verdict(row, method, who, token, origin, site, upgrade)
        fine = status == want if want else not GATE.search(text) and status < 500
        if not fine:
            wrong.append(f"{method} {path} by {who}, token {token}, Origin {origin}, site {site}, "
                         f"upgrade {upgrade}: {status} {text[:80]}, not {want or 'the handler'}")
        if want is None and method not in ("GET", "HEAD"):
            town.back_in(who)
    assert not wrong, f"{len(wrong)} wrong, such as\n" + "\n".join(wrong[:5])


@pytest.mark.parametrize("row", hub_rows(), ids=name_of)
def test_other_hosts_and_other_methods(town, row):
    path = town.path(row)
    for method in methods_of(row):
        headers = town.headers("right user", True)
        for host in ("evil.example", f"localhost:{town.hub.port + 1}", f"localhost.evil:{town.hub.port}"):
            status, text, _ = town.ask(method, path, headers | {"Host": host})
            assert status == 403 and (method == "HEAD" or "This hub is reached at" in text)
        status, _, _ = town.ask(method, path, headers | {"Host": f"127.0.0.1:{town.hub.port}"})
        assert status in ((404, 302) if path == "/" else (404,)), "a row of the hub is not on the labs origin"
    others = {m for r in hub_rows() if r["path"] == row["path"] for m in methods_of(r)}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - others:
        status, _, _ = town.ask(method, path, town.headers("admin", True))
        assert status == 405


@pytest.mark.parametrize("row", [r for r in Hub.routes() if "labs" in r["flags"]], ids=name_of)
def test_rows_of_the_labs_origin_are_not_on_the_hub(town, row):
    for method in row["methods"]:
        status, _, _ = town.ask(method, town.path(row), town.headers("right user", True) | (
            UPGRADE if "websocket" in row["flags"] else {}))
        assert status == 404


def test_the_wrong_user_finds_nothing(town):
    """Rows that name something of alice's: for bob it does not exist, or is an admin's affair."""
    empty = town.ask("GET", "/login", {})[1]
    for row in hub_rows():
        if "{" not in row["path"]:
            continue
        for method in row["methods"]:
            status, text, _ = town.ask(method, town.path(row), town.headers("wrong user", True))
            if "page" in row["flags"] and status == 200:
                assert text == empty, f"{row['path']} is more than the document that asks the API"
                continue
            assert status in (400, 404, 405) or "Only an admin" in text, f"{method} {row['path']}: {status} {text}"


def test_a_link_from_elsewhere_leads_to_a_page_but_no_frame_does(town):
    """Pages may be navigated to from anywhere, in a window of their own."""
    for path in ("/", "/login", "/setup"):
        for dest, want in (("document", 200), ("iframe", 403), ("embed", 403), ("script", 403)):
            headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": dest}
            status, text, _ = town.ask("GET", path, town.headers("right user", False) | headers)
            assert status == want and ("<noscript>" in text) == (want == 200)
    status, _, headers = town.ask("GET", "/?x=a%2Fb", {})
    assert status == 302 and headers["Location"] == "/login?next=%2F%3Fx%3Da%252Fb"


def test_static_files_stay_in_their_directory(town):
    status, text, headers = town.ask("GET", "/static/hub/hub.js", {})
    assert status == 200 and headers["Content-Type"].startswith("application/javascript") and "innerHTML" not in text
    for path in ("../api.yaml", "%2e%2e/api.yaml", "hub/../../api.yaml", "/etc/passwd", "..%2fapi.yaml", "hub%00.js"):
        status, text, _ = town.ask("GET", f"/static/{path}", {})
        assert status in (403, 404) and "root:" not in text


def test_a_token_is_only_good_for_its_login(town):
    """Whoever can set cookies for us (a sibling host) must not be able to choose the token."""
    bob, alice = town.headers("wrong user", True), town.headers("right user", True)
    login = next(c for c in alice["Cookie"].split("; ") if c.startswith("labwright="))
    for token in (bob["X-XSRFToken"], town.headers("anonymous", True)["X-XSRFToken"], "x", "." * 97):
        headers = {"Cookie": f"{login}; _xsrf={token}", "X-XSRFToken": token}
        status, text, _ = town.ask("POST", "/api/v1/projects/", headers)
        assert status == 403 and "X-XSRFToken" in text


def test_answers_of_the_hub_cannot_be_framed_or_sniffed(town):
    for path in ("/api/v1/session", "/nonesuch", "/metrics"):
        _, _, headers = town.ask("GET", path, {})
        assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in headers
    status, text, _ = town.ask("GET", "/nonesuch", {})
    assert status == 404 and json.loads(text)["slug"] == "not-found"
