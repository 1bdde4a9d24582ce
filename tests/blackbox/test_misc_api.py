"""Small endpoints about the server itself (contract 1.2 - 1.5, 3.1, 3.9, 6.11)."""

import json
import re

import pytest

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"
CSP = "frame-ancestors 'self'; report-uri /api/security/csp-report"
CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"


def test_version(shared):
    r = shared.api("GET", "api", auth=False, status=200)
    assert re.match(r"2\.\d+\.\d+", r.json()["version"])
    assert r.headers["Content-Type"] == "application/json"


def test_status(shared):
    r = shared.api("GET", "api/status?1712345678901", status=200)
    assert list(r.json()) == ["connections", "kernels", "last_activity", "started"]
    assert re.fullmatch(STAMP, r.json()["started"]) and re.fullmatch(STAMP, r.json()["last_activity"])
    assert isinstance(r.json()["kernels"], int)


def test_activity_tracking(shared):
    def last():
        return shared.api("GET", "api/status").json()["last_activity"]

    before = last()
    shared.api("GET", "api/config/x?no_track_activity=1", status=200)
    shared.api("GET", "api", status=200)
    assert last() == before
    shared.api("GET", "api/config/x", status=200)
    assert last() > before


def test_me_permissions(shared):
    r = shared.api("GET", 'api/me?permissions={"contents":["read","write"],"x":[]}', status=200)
    permissions = r.json()["permissions"]
    assert permissions["contents"] == ["read", "write"] and permissions["x"] == []
    assert "updatable_fields" in permissions
    for bad in ("[]", '"x"', '{"a":"b"}', "nonsense"):
        r = shared.api("GET", f"api/me?permissions={bad}", status=400)
        assert r.json()["message"].startswith("permissions should be a JSON dict of")


@pytest.mark.ours
def test_me_patch(shared):
    s = shared.session()
    s.get(shared.url + "login?token=" + shared.token, timeout=30)
    headers = {"Authorization": f"token {shared.token}"}
    r = s.patch(shared.url + "api/me", json={"name": "Ann", "color": "red"}, headers=headers, timeout=30)
    assert r.status_code == 200 and r.json()["status"] == "success"
    assert r.json()["identity"]["name"] == "Ann" and r.headers["Content-Type"] == "application/json"
    assert s.get(shared.url + "api/me", timeout=30).json()["identity"]["color"] == "red"
    for body in (b"", b"{}", b'{"username": "root"}', b'{"name": 3}'):
        assert s.patch(shared.url + "api/me", data=body, headers=headers, timeout=30).status_code == 400


def test_resolve_path(shared):
    (shared.root / "sub").mkdir(exist_ok=True)
    (shared.root / "sub" / "file.py").write_text("")
    found = [{"scope": "server", "path": "sub/file.py"}]
    for path in ("sub/file.py", "/sub/file.py", str(shared.root / "sub/file.py")):
        assert shared.api("GET", "api/resolvePath", params={"path": path}).json()["resolved"] == found
    for path in ("nothing", "/etc/passwd", "../../etc/passwd", "~root", "~/.bashrc"):
        assert shared.api("GET", "api/resolvePath", params={"path": path}).json()["resolved"] == []
    shared.api("GET", "api/resolvePath", status=400)
    r = shared.api("GET", "api/resolvePath", params={"path": "x", "kernel": "1-2-3-4-5"}).json()
    assert r["unresolved"][0]["scope"] == "kernel"


def test_spec(shared):
    r = shared.api("GET", "api/spec.yaml", status=200)
    assert r.headers["Content-Type"] == "text/x-yaml" and "swagger" in r.text
    assert "default-src" not in r.headers["Content-Security-Policy"]


def test_csp_report(shared):
    shared.api("POST", "api/security/csp-report", auth=False, data="x", status=403)
    s = shared.session()
    s.get(shared.url + "api/me?token=" + shared.token, timeout=30)
    r = s.post(shared.url + "api/security/csp-report", data='{"csp-report": {}}', timeout=30,
               headers={"Origin": "https://evil.example"})
    assert r.status_code == 200 and r.content == b""


def test_metrics(shared):
    shared.api("GET", "metrics", auth=False, status=403)
    r = shared.api("GET", "metrics", status=200)
    assert r.headers["Content-Type"].startswith("text/plain; version=")
    for name in ("http_request_duration_seconds_bucket", "terminal_currently_running_total",
                 "jupyter_server_info", "jupyter_server_started_timestamp_seconds"):
        assert name in r.text


def test_metrics_public(make_server):
    s = make_server(["--ServerApp.authenticate_prometheus=False"])
    s.api("GET", "metrics", auth=False, status=200)


# ---- headers, errors, redirects ------------------------------------------------------------------------


def test_headers(shared):
    api = shared.api("GET", "api/status").headers
    assert api["Content-Security-Policy"] == CSP + "; default-src 'none'"
    assert api["X-Content-Type-Options"] == "nosniff" and "Server" in api and "Date" in api
    assert re.fullmatch('"[0-9a-f]{40}"', api["ETag"])
    page = shared.api("GET", "login", auth=False).headers
    assert page["Content-Security-Policy"] == CSP and page["Content-Type"] == "text/html; charset=UTF-8"


def test_configured_headers(make_server):
    settings = {"headers": {"X-Mine": "yes", "Content-Security-Policy": "sandbox allow-scripts"}}
    s = make_server(config={"ServerApp": {"tornado_settings": settings}})
    r = s.api("GET", "api/status", status=200)
    assert r.headers["X-Mine"] == "yes"
    assert r.headers["Content-Security-Policy"] == "sandbox allow-scripts; default-src 'none'"


def test_not_modified(shared):
    etag = shared.api("GET", "api").headers["ETag"]
    for value in (etag, "W/" + etag, '"x", ' + etag, "*"):
        r = shared.api("GET", "api", headers={"If-None-Match": value}, status=304)
        assert r.content == b""
    shared.api("GET", "api", headers={"If-None-Match": '"x"'}, status=200)


def test_wrong_method(shared):
    r = shared.api("DELETE", "api/status", status=405)
    assert r.json() == {"message": "Method Not Allowed", "reason": None}
    shared.api("PUT", "login", status=405)


def test_error_page(shared):
    r = shared.api("GET", "nothing/<b>/here", status=404)
    assert r.headers["Content-Type"].startswith("text/html") and "<b>" not in r.text


@pytest.mark.parametrize("path,where", [
    ("api/status/", "/api/status"), ("nothing//", "/nothing"), ("x/?a=b", "/x?a=b"),
    ("api/contents/x/", "/api/contents/x"), ("api/notebooks/a/b.ipynb", "/api/contents/a/b.ipynb"),
    ("", "/lab?"), ("?a=b", "/lab?a=b"),
])
def test_redirects(shared, path, where):
    r = shared.api("GET", path, auth=False, status=302)
    assert r.headers["Location"] == where


def test_no_open_redirect(shared):
    head = shared.raw(b"GET //evil.example/x/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b" 302 " in head and b"Location: /evil.example/x\r\n" in head


def test_default_url(make_server):
    s = make_server(["--LabApp.default_url=/doc?x=1"], base_url="/b/")
    assert s.api("GET", "?y=2", auth=False).headers["Location"] == "/b/doc?x=1&y=2"


def test_static(shared):
    for name in ("favicon.ico", "favicon-busy-1.ico", "favicon-busy-2.ico", "favicon-busy-3.ico",
                 "favicon-file.ico", "favicon-notebook.ico", "favicon-terminal.ico"):
        r = shared.api("GET", "static/favicons/" + name, auth=False, status=200)
        assert r.content[:4] == b"\0\0\1\0" and "Last-Modified" in r.headers
    r = shared.api("GET", "static/logo/logo.png", auth=False, status=200)
    assert r.content[:8] == b"\x89PNG\r\n\x1a\n" and r.headers["Content-Type"] == "image/png"
    assert shared.api("GET", "static/style/index.css", auth=False).headers["Content-Type"].startswith("text/css")
    shared.api("GET", "favicon.ico", auth=False, status=200)
    shared.api("GET", "static/nothing", auth=False, status=404)
    shared.api("GET", "static/..%2F..%2Fapi.yaml", auth=False, status=(403, 404))
    shared.api("GET", "robots.txt", auth=False, status=404)


def test_terminals_can_be_switched_off(make_server):
    s = make_server(["--ServerApp.terminals_enabled=False"])
    s.api("GET", "api/terminals", status=404)
    s.api("GET", "api/kernels", status=200)


# ---- events --------------------------------------------------------------------------------------------


def test_events(shared):
    ws = shared.ws("api/events/subscribe")
    event = {"schema_id": CONTENTS, "version": "1", "data": {"action": "save", "path": "a.txt"}}
    shared.api("POST", "api/events", json=event, status=204)
    got = json.loads(ws.recv())
    assert got["schema_id"] == CONTENTS and got["action"] == "save" and got["path"] == "a.txt"
    event["timestamp"] = "2022-05-26T13:50:00+05:00Z"
    shared.api("POST", "api/events", json=event, status=204)
    bad = [
        {}, {**event, "schema_id": "x"}, {**event, "version": "2"}, {**event, "timestamp": "yesterday"},
        {**event, "data": {"action": "explode", "path": "x"}}, {**event, "data": {"action": "get"}},
        {k: v for k, v in event.items() if k != "data"},
    ]
    for body in bad:
        shared.api("POST", "api/events", json=body, status=400)
    shared.api("POST", "api/events", status=400)
    ws.close()
