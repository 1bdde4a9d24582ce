"""The way into workspaces: tokens, passes, and what is relayed to their servers.

The hub is real; the workspaces are rows of its database, and their servers are played by this file on the sockets
where a spawner would have put them.
"""
import json
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from lw import SANITIZED, free_port, wait_for
from lwhub import Hub
from lwlabs import NAVIGATE, Labs, Window, short

pytestmark = pytest.mark.ours

RESTARTS = b"\x88\x02\x03\xf4"


@pytest.fixture(scope="module")
def hub():
    with Hub() as h:
        h.set_up("root")
        h.alice, h.bob = h.person("alice"), h.person("bob")
        yield h


@pytest.fixture
def labs(hub):
    made = Labs(hub)
    yield made
    made.end()


@pytest.fixture
def inside(hub, labs):
    """A workspace of alice's that runs, and a window that was let in."""
    wid, task = labs.workspace(hub.alice)
    window = Window(hub, wid)
    window.task, window.lab = task, labs.lab(wid)
    window.enter(hub.alice)
    return window


# ---- the way in ----


def test_a_token_becomes_a_cookie_bound_to_the_path(hub, labs):
    wid, _ = labs.workspace(hub.alice)
    lab = labs.lab(wid)
    url = hub.alice.api("GET", f"workspaces/{wid}/url?next=/notebooks/{wid}/lab/tree/a.ipynb", status=200).json()["url"]
    assert url.startswith(f"{hub.labs}/notebooks/{wid}/_enter?token=") and len(parse_qs(urlsplit(url).query)["token"][0]) == 64
    window = Window(hub, wid)
    answer = window.ask(url, headers=NAVIGATE | {"Sec-Fetch-Site": "cross-site"})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"labwright-ws-{wid}=") and f"; Path=/notebooks/{wid}/; HttpOnly; SameSite=Lax" in cookie
    assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"
    second = window.ask(hub.labs + answer.headers["Location"], headers=NAVIGATE)
    assert second.headers["Location"] == f"/notebooks/{wid}/lab/tree/a.ipynb"
    assert window.ask("lab/tree/a.ipynb").json()["path"] == f"/notebooks/{wid}/lab/tree/a.ipynb" and len(lab.seen) == 1


def test_a_token_works_once(hub, labs):
    wid, _ = labs.workspace(hub.alice)
    url = hub.alice.api("GET", f"workspaces/{wid}/url", status=200).json()["url"]
    Window(hub, wid).go(url)
    again = Window(hub, wid).ask(url, headers=NAVIGATE)
    assert again.status_code == 302 and again.headers["Location"].startswith(f"{hub.url}/api/v1/workspaces/{wid}/enter?")
    assert "Set-Cookie" not in again.headers


def test_a_token_is_for_one_workspace(hub, labs):
    (one, _), (other, _) = labs.workspace(hub.alice), labs.workspace(hub.alice)
    url = hub.alice.api("GET", f"workspaces/{one}/url", status=200).json()["url"]
    assert "Set-Cookie" not in Window(hub, other).ask(url.replace(one, other), headers=NAVIGATE).headers
    Window(hub, one).go(url)  # and was not used up by that


def test_without_cookies_one_is_told_and_not_sent_round(hub, labs):
    wid, _ = labs.workspace(hub.alice)
    window = Window(hub, wid)
    answer = window.ask(f"_enter?next=/notebooks/{wid}/lab", headers=NAVIGATE)
    assert answer.status_code == 403 and "did not keep the cookie" in answer.text


def test_a_bookmark_leads_through_the_hub_and_back(hub, labs):
    wid, task = labs.workspace(hub.alice)
    for name in (wid, task):
        away = requests.get(f"{hub.labs}/notebooks/{name}/lab/tree/x?y=1", headers=NAVIGATE, allow_redirects=False, timeout=30)
        assert away.status_code == 302 and away.headers["Location"].startswith(f"{hub.url}/api/v1/workspaces/{name}/enter?next=")
        anyone = requests.get(away.headers["Location"], headers=NAVIGATE, allow_redirects=False, timeout=30)
        assert anyone.headers["Location"].startswith("/login?next=")
        path = away.headers["Location"].split("/api/v1/")[1]
        back = hub.alice.api("GET", path, status=302, headers=NAVIGATE | {"Sec-Fetch-Site": "cross-site"})
        assert Window(hub, wid).go(back.headers["Location"]) == f"/notebooks/{wid}/lab/tree/x?y=1"


@pytest.mark.parametrize("next_", ["https://evil/", "//evil/", "/notebooks/{other}/lab", "/api/v1/user/", "/notebooks/{wid}/../x",
                                   "/notebooks/{wid}/a%0d%0aSet-Cookie:x", "/notebooks/{wid}//evil", "/notebooks/{wid}/_enter?token=x",
                                   "/notebooks/{wid}", "\\\\evil", "javascript:alert(1)"])
def test_next_stays_inside(hub, labs, next_):
    (wid, _), (other, _) = labs.workspace(hub.alice), labs.workspace(hub.alice)
    text = next_.format(wid=wid, other=other)
    url = hub.alice.api("GET", f"workspaces/{wid}/url", status=200, params={"next": text.replace("%0d%0a", "\r\n")}).json()["url"]
    assert Window(hub, wid).go(url) == f"/notebooks/{wid}/lab"
    again = Window(hub, wid)
    again.enter(hub.alice)
    assert again.ask("_enter", params={"next": text.replace("%0d%0a", "\r\n")}).headers["Location"] == f"/notebooks/{wid}/lab"


def test_only_the_owner_is_let_in(hub, labs):
    private, _ = labs.workspace(hub.alice)
    public, _ = labs.workspace(hub.alice, public=True)
    for who in (hub.bob, hub.admin):
        seen = who is hub.admin
        for call in ("url", "enter"):
            who.api("GET", f"workspaces/{public}/{call}", status=403)
            who.api("GET", f"workspaces/{private}/{call}", status=403 if seen else 404)
    hub.bob.api("GET", f"workspaces/run_{short(24)}/url", status=404)


def test_a_key_opens_what_is_its_owners(hub, labs, inside):
    key, other = hub.alice.key(), hub.bob.key()
    url = f"{hub.labs}/notebooks/{inside.wid}/api/status"
    answer = requests.get(url, headers={"Authorization": f"apikey {key}"}, timeout=30)
    assert answer.status_code == 200 and "Authorization" not in inside.lab.seen[-1][2]
    for wrong in (other, "lw-" + "x" * 40, ""):
        assert requests.get(url, headers={"Authorization": f"Bearer {wrong}"}, timeout=30).status_code == 401
    entered = hub.api("GET", f"workspaces/{inside.wid}/url", status=200, key=key).json()["url"]
    window = Window(hub, inside.wid)
    window.go(entered)
    assert window.ask().status_code == 200
    kid = [k["id"] for k in hub.alice.api("GET", "apikeys/", status=200).json()["apikeys"]][0]
    hub.alice.api("DELETE", f"apikeys/{kid}", status=204)
    wait_for(lambda: window.ask().status_code == 401, 10, "the end of what hung on the key")


# ---- the end of a pass ----


def test_a_forged_pass_is_none(hub, labs, inside):
    name = f"labwright-ws-{inside.wid}"
    good = inside.browser.cookies[name]
    user, expires, proof, mac = good.split(".")
    bob = labs.sql("SELECT id FROM user WHERE name = 'bob'")[0][0]
    other, _ = labs.workspace(hub.alice)
    for bad in (good[:-1], good + "0", f"{bob}.{expires}.{proof}.{mac}", f"{user}.{int(expires) + 1}.{proof}.{mac}",
                f"{user}.{expires}.{'0' * 64}.{mac}", mac, "", "...", "x" * 5000, f"{user}.{expires}.{proof}.{mac}.{mac}"):
        assert requests.get(f"{hub.labs}/notebooks/{inside.wid}/lab", cookies={name: bad}, timeout=30).status_code == 401, bad
    stolen = {f"labwright-ws-{other}": good}
    assert requests.get(f"{hub.labs}/notebooks/{other}/lab", cookies=stolen, timeout=30).status_code == 401


@pytest.mark.parametrize("end", ["logout", "password", "disabled", "deleted", "given away"])
def test_a_pass_ends_with_what_it_hangs_on(hub, labs, end):
    carol = hub.person(f"c{short(10)}")
    wid, _ = labs.workspace(carol)
    labs.lab(wid)
    window = Window(hub, wid)
    window.enter(carol)
    sock, status = window.websocket()
    assert status == 101 and window.ask().status_code == 200
    if end == "logout":
        carol.api("POST", "user/logout", status=204)
    elif end == "password":
        other = type(carol)(hub, carol.name)
        other.log_in()
        other.api("POST", "user/password", status=204, json={"old_password": carol.password, "new_password": "another good one"})
    elif end == "disabled":
        hub.admin.api("PATCH", f"users/{carol.name}", status=200, json={"disabled": True})
    elif end == "deleted":
        labs.sql("DELETE FROM workspace WHERE id = ?", wid)
    else:
        labs.sql("UPDATE workspace SET owner = (SELECT id FROM user WHERE name = 'bob') WHERE id = ?", wid)
    wait_for(lambda: window.ask().status_code == 401, 10, "the end of the pass")
    assert sock.recv(100) == RESTARTS, "what was open ends too"
    sock.close()


def test_a_pass_outlives_the_hub(hub, labs, inside):
    hub.kill9()
    hub.start()
    assert inside.ask().status_code == 200


# ---- what passes ----


def test_what_the_server_sees(hub, inside):
    inside.browser.cookies.set("labwright", "secret")
    inside.browser.cookies.set("labwright-ws-other", "secret")
    inside.browser.cookies.set("_xsrf", "2|x")
    inside.ask("api/x%2Fy?z=%20", headers={"X-Forwarded-For": "6.6.6.6", "X-Forwarded-User": "root", "Authorization": "Basic eDp5"})
    method, path, headers, _ = inside.lab.seen[-1]
    assert (method, path) == ("GET", f"/notebooks/{inside.wid}/api/x%2Fy?z=%20")
    assert headers["Cookie"] == "_xsrf=2|x" and headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Host"] == headers["Host"] == hub.labs[7:] and headers["X-Forwarded-Proto"] == "http"
    assert headers["X-Forwarded-User"] is None and headers["Authorization"] is None


def test_what_the_browser_sees(hub, inside):
    inside.lab.headers = [("Set-Cookie", "mine=1; Path=/; Domain=localhost"), ("Set-Cookie", "labwright=evil; Path=/"),
                          ("Set-Cookie", f"labwright-ws-{inside.wid}=evil"), ("Clear-Site-Data", '"*"'),
                          ("Service-Worker-Allowed", "/"), ("Strict-Transport-Security", "max-age=9"), ("X-Own", "1")]
    answer = inside.ask()
    assert answer.headers["Set-Cookie"] == f"mine=1; Path=/notebooks/{inside.wid}/"
    assert answer.headers["X-Own"] == "1" and f"frame-ancestors 'self' {hub.url}" in answer.headers["Content-Security-Policy"]
    assert not {"Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security"} & set(answer.headers)


def test_every_method_and_a_large_body(inside):
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = inside.ask("api/contents/x", method=method, data=bytes(100 << 20) if method == "PUT" else None)
        assert answer.status_code == 200 and inside.lab.seen[-1][0] == method
    assert {"body": 100 << 20}.items() <= inside.ask("x", method="PUT", data=bytes(100 << 20)).json().items()


# ---- who may ask ----

SITES = [(None, True), ("none", True), ("same-origin", True), ("same-site", False), ("cross-site", False)]


@pytest.mark.parametrize("site, may", SITES)
def test_other_sites_may_only_lead_here(hub, inside, site, may):
    for method in ("GET", "POST"):
        assert (inside.ask("api/status", method=method, headers={"Sec-Fetch-Site": site}).status_code == 200) is may
    assert inside.ask("lab", headers=NAVIGATE | {"Sec-Fetch-Site": site}).status_code == 200
    assert (inside.ask("lab", method="POST", headers=NAVIGATE | {"Sec-Fetch-Site": site}).status_code == 200) is may
    framed = NAVIGATE | {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": site}
    assert (inside.ask("lab", headers=framed).status_code == 200) is may
    sock, status = inside.websocket(Sec_Fetch_Site=site)
    assert (status == 101) is may
    sock.close()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "hub"])
def test_other_origins_may_not_ask(hub, inside, origin):
    origin = hub.url if origin == "hub" else origin
    for method in ("GET", "POST"):
        assert inside.ask("api/status", method=method, headers={"Origin": origin}).status_code == 403
    sock, status = inside.websocket(Origin=origin)
    assert status == 403
    sock.close()


def test_strangers_start_nothing_and_learn_nothing(hub, labs, inside):
    stopped, _ = labs.workspace(hub.alice, state="stopped")
    for wid in (stopped, inside.wid, f"run_{short(24)}"):
        url = f"{hub.labs}/notebooks/{wid}/lab"
        page = requests.get(url, headers=NAVIGATE, allow_redirects=False, timeout=30)
        assert page.status_code == 302 and page.headers["Location"].startswith(hub.url)
        assert requests.get(url, timeout=30).status_code == 401
        assert requests.post(url, timeout=30).status_code == 401
        sock, status = Window(hub, wid).websocket()
        assert status == 401
        sock.close()
    assert not inside.lab.seen


def test_what_is_no_workspace(hub):
    for path in ("/notebooks/", "/notebooks/x/lab", "/notebooks/run_1/lab", "/notebooks/../api/v1/user/", "/x"):
        assert requests.get(hub.labs + path, timeout=30).status_code == 404
    assert requests.get(f"{hub.url}/notebooks/run_{short(24)}/lab", timeout=30).status_code == 404, "not at the hub's address"


# ---- servers that are not there ----


def test_the_events_of_one_workspace(hub, labs, inside):
    other, _ = labs.workspace(hub.alice)
    with inside.browser.get(f"{hub.labs}/notebooks/{inside.wid}/labwright/events", stream=True, timeout=30) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert next(lines) == "retry: 1000"
        for wid in (other, inside.wid):
            labs.sql("INSERT INTO event (at, kind, subject, namespace, body) VALUES (1, 'workspace.state', ?, 'alice', '{}')", wid)
        hub.alice.api("POST", "projects/", status=201, json={"name": f"p{short(8)}"})  # wakes the stream
        data = next(line for line in lines if line.startswith("data: "))
        assert json.loads(data[6:])["subject"] == inside.wid


def test_while_the_server_is_not_there(hub, labs):
    wid, _ = labs.workspace(hub.alice, state="starting")
    window = Window(hub, wid)
    window.enter(hub.alice)
    page = window.ask("lab", headers=NAVIGATE)
    assert page.status_code == 503 and "labwright/waiting.js" in page.text and page.headers["Retry-After"] == "2"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for name in ("waiting.js", "waiting.css"):
        assert window.ask(f"labwright/{name}").status_code == 200
    call = window.ask("api/status")
    assert call.status_code == 503 and call.json()["slug"] == "unavailable" and call.headers["Retry-After"] == "2"
    sock, status = window.websocket()
    assert status == 503
    sock.close()
    labs.lab(wid)
    assert window.ask("api/status").status_code == 200
    assert window.ask("lab", headers=NAVIGATE).status_code == 503, "it is not said to run"
    labs.sql("UPDATE workspace SET state = 'running' WHERE id = ?", wid)
    assert window.ask("lab", headers=NAVIGATE).status_code == 200


def test_a_server_that_dies_under_a_page(hub, labs, inside):
    sock, status = inside.websocket()
    frame = b"\x81\x82\0\0\0\0hi"
    sock.sendall(frame)
    assert status == 101 and sock.recv(100) == frame
    inside.lab.shutdown()
    inside.lab.server_close()
    os.unlink(labs.path(inside.wid))
    assert inside.ask("lab", headers=NAVIGATE).status_code == 503
    sock.close()


def test_the_end_of_the_hub_is_a_service_that_restarts(hub, labs, inside):
    sock, _ = inside.websocket()
    hub.stop()
    assert sock.recv(100) == RESTARTS
    sock.close()
    hub.start()
    sock, status = inside.websocket()
    assert status == 101
    sock.close()


# ---- the hub's own calls for the page of a workspace ----


def test_the_page_of_a_workspace_has_the_same_calls(hub, labs, inside):
    mine = hub.alice.api("GET", f"workspaces/{inside.wid}", status=200).json()
    assert inside.ask("labwright/").json() | {"session_seconds": 0} == mine | {"session_seconds": 0}
    assert mine["page_url"] == f"{hub.url}/alice/workspaces/{inside.wid}"
    for name in ("settings", "config", "metrics"):
        there, here = hub.alice.api("GET", f"workspaces/{inside.wid}/{name}"), inside.ask(f"labwright/{name}")
        assert (here.status_code, here.headers["Content-Type"]) == (there.status_code, there.headers["Content-Type"])
    for name in ("machines", "env"):
        assert inside.ask(f"labwright/{name}").json() == hub.alice.api("GET", name, status=200).json()
    wanted = {"idle_timeout_seconds": 3600}
    for headers, status in (({}, 403), ({"X-Labwright": "2"}, 403), ({"X-Labwright": "1", "Sec-Fetch-Site": "cross-site"}, 403),
                            ({"X-Labwright": "1", "Origin": hub.url}, 403), ({"X-Labwright": "1", "Origin": hub.labs}, 200)):
        assert inside.ask("labwright/settings", "PUT", headers, json=wanted).status_code == status
    assert inside.ask("labwright/settings").json()["idle_timeout_seconds"] == 3600
    assert not inside.lab.seen, "none of these is relayed"
    assert inside.ask("labwright/api/kernels/x/cells").status_code == 200 and len(inside.lab.seen) == 1


def test_a_pass_is_good_for_its_workspace_only(hub, labs, inside):
    other, _ = labs.workspace(hub.alice)
    assert inside.ask(f"{hub.labs}/notebooks/{other}/labwright/", headers={"Cookie": inside.cookie}).status_code == 401
    cookie = {"Cookie": inside.cookie}
    for path in ("user/", "workspaces", "events"):
        assert requests.get(f"{hub.url}/api/v1/{path}", headers=cookie, timeout=30).status_code == 401


def test_a_thousand_websockets(hub, inside):
    """Each its own; those beyond the ceiling of one workspace are told, and the hub stays small."""
    socks, before = [], memory(hub)
    for _ in range(1000):
        sock, status = inside.websocket()
        assert status == 101
        socks.append(sock)
    for i, sock in enumerate(socks):
        sock.sendall(b"\x81\x84\0\0\0\0%04d" % i)
    for i, sock in enumerate(socks):
        assert sock.recv(100) == b"\x81\x84\0\0\0\0%04d" % i
    if not SANITIZED:
        assert memory(hub) - before < 64 << 10
    assert inside.ask("api/x").status_code == 200
    for sock in socks:
        sock.close()
    wait_for(lambda: inside.websocket()[1] == 101, 20)


def memory(hub):
    return int(re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{hub.process.pid}/status").read_text())[1])


# ---- one name for both origins ----


def test_one_host_name_does():
    port = free_port()
    h = Hub("--hub-url", f"http://localhost:{port}")
    h.port = port
    with h:
        h.set_up("root")
        h.alice = h.person("alice")
        labs = Labs(h)
        h.labs = h.url
        wid, _ = labs.workspace(h.alice)
        lab = labs.lab(wid)
        try:
            window = Window(h, wid)
            assert window.enter(h.alice) == f"/notebooks/{wid}/lab"
            for cookie in h.alice.browser.cookies:  # what a browser sends to the one name
                window.browser.cookies.set(cookie.name, cookie.value)
            window.browser.cookies.set("_xsrf", "2|the|server's", path=f"/notebooks/{wid}/")
            assert window.ask("api/x", headers={"Origin": h.url}).status_code == 200
            assert lab.seen[-1][2]["Cookie"] == "_xsrf=2|the|server's", "nothing of the hub's comes along"
            assert window.ask("api/x", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
            assert window.ask("lab", headers=NAVIGATE | {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}).status_code == 403
            assert f"frame-ancestors 'self' {h.url}" in window.ask().headers["Content-Security-Policy"]
            assert requests.get(f"{h.url}/notebooks/{wid}/lab", timeout=30).status_code == 401
        finally:
            labs.end()
