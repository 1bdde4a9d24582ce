"""HTTP, origins, paths and times: behaviours 1 to 6 and 24 to 27 of jupyter-contract section 10."""

import json
import os
import re

import pytest
import requests

from contract10 import browser, call, notebook, put_nb, put_text, raw_get, raw_http, start_kernel, token, xsrf

THEMES = "@jupyterlab/apputils-extension:themes"


@pytest.fixture
def srv(shared):
    return shared


def test_01_page_sets_xsrf_cookie_and_cookie_writes_need_it(srv):
    s = requests.Session()
    r = s.get(srv.url + "lab", params={"token": srv.token}, timeout=30)
    line = [v for v in r.raw.headers.getlist("set-cookie") if v.startswith("_xsrf=")]
    assert line, "the index page sets no _xsrf cookie"
    assert "httponly" not in line[0].lower()
    assert f"path={srv.base_url.lower()}" in line[0].lower()
    url = srv.url + "api/contents/one.txt"
    body = {"type": "file", "format": "text", "content": "x"}
    r = s.put(url, json=body)
    assert r.status_code == 403 and "_xsrf" in r.json()["message"]
    assert s.put(url, json=body, headers={"X-XSRFToken": "wrong"}).status_code == 403
    assert s.put(url, json=body, headers={"X-XSRFToken": xsrf(s)}).status_code == 201
    assert requests.put(url, json=body, headers=token(srv)).status_code == 200


def test_02_foreign_origin_is_404_for_api_403_for_websocket_and_patterns_match_whole(make_server):
    with make_server(args=[r"--ServerApp.allow_origin_pat=https://.*\.good\.example"]) as srv:
        s = browser(srv)

        def status(origin):
            return s.get(srv.url + "api/status", headers={"Origin": origin}).status_code

        assert status("https://evil.example") == 404
        assert status("https://a.good.example") == 200
        assert status("https://a.good.example.evil.example") == 404
        assert status("null") == 404
        kid = start_kernel(srv)
        cookie = "; ".join(f"{c.name}={c.value}" for c in s.cookies)
        for origin, code in (("https://evil.example", b"403"), ("https://a.good.example", b"101")):
            head = raw_http(srv, (
                f"GET {srv.base_url}api/kernels/{kid}/channels HTTP/1.1\r\nHost: 127.0.0.1:{srv.port}\r\n"
                f"Cookie: {cookie}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
            assert head.split()[1] == code, origin


def test_03_files_are_sandboxed_and_want_xsrf_or_referer(srv):
    put_text(srv, "page.html", "<script>1</script>")
    put_nb(srv, "dl.ipynb", notebook([]))
    s = browser(srv)
    u = srv.url + "files/page.html"
    assert s.get(u).status_code == 403
    assert s.get(u, headers={"Referer": "https://evil.example/x"}).status_code == 403
    r = s.get(u, headers={"Referer": srv.url + "lab"})
    assert r.status_code == 200
    assert "sandbox allow-scripts" in r.headers["Content-Security-Policy"]
    assert r.headers["X-Content-Type-Options"] == "nosniff"
    assert s.get(u, params={"_xsrf": xsrf(s)}).status_code == 200
    d = call(srv, "GET", "files/dl.ipynb").headers
    assert d["Content-Disposition"].startswith("attachment; filename*=utf-8''dl.ipynb")
    assert d["Content-Type"] == "application/x-ipynb+json"


@pytest.mark.parametrize("path", ["api", "api/status", "api/contents", "api/kernels", "api/sessions",
                                  "api/kernelspecs", "api/terminals", "api/me", "lab/api/settings",
                                  "lab/api/translations/default", "lab/api/workspaces/default"])
def test_04_bare_cache_busters_are_ignored(srv, path):
    assert call(srv, "GET", path + "?1712345678901").status_code == 200
    assert call(srv, "GET", path + "?a=1&1712345678901").status_code == 200


def test_05_success_codes(srv):
    def code(method, path, json=None):
        return call(srv, method, path, json=json).status_code

    r = call(srv, "POST", "api/terminals")
    assert r.status_code == 200
    assert code("DELETE", f"api/terminals/{r.json()['name']}") == 204
    kid = start_kernel(srv)
    assert code("POST", f"api/kernels/{kid}/interrupt") == 204
    assert code("POST", f"api/kernels/{kid}/restart") == 200
    assert code("DELETE", f"api/kernels/{kid}") == 204
    r = call(srv, "POST", "api/sessions", json={"path": "s5.txt", "type": "file", "name": "s5", "kernel": {}})
    assert r.status_code == 201
    sid = r.json()["id"]
    assert code("PATCH", f"api/sessions/{sid}", {"name": "n"}) == 200
    assert code("DELETE", f"api/sessions/{sid}") == 204
    r = call(srv, "POST", "api/contents", json={"type": "file"})
    assert r.status_code == 201
    assert code("PATCH", f"api/contents/{r.json()['path']}", {"path": "five.txt"}) == 200
    assert code("POST", "api/contents/five.txt/checkpoints") == 201
    assert code("POST", "api/contents/five.txt/checkpoints/checkpoint") == 204
    assert code("DELETE", "api/contents/five.txt/checkpoints/checkpoint") == 204
    assert code("DELETE", "api/contents/five.txt") == 204
    assert code("PUT", f"lab/api/settings/{THEMES}", {"raw": "{}"}) == 204
    assert code("PUT", "lab/api/workspaces/five", {"data": {}, "metadata": {"id": "five"}}) == 204
    assert code("DELETE", "lab/api/workspaces/five") == 204
    assert code("PUT", "api/config/five", {"a": 1}) == 204
    assert code("PATCH", "api/config/five", {"b": 1}) == 200
    assert code("POST", "api/events", {
        "schema_id": "https://events.jupyter.org/jupyter_server/contents_service/v1", "version": "1",
        "data": {"action": "get", "path": "x"}}) == 204


def test_06_strings_are_never_null(srv):
    s = call(srv, "POST", "api/sessions", json={"path": "six.txt", "type": "file", "kernel": {}}).json()
    for doc in [s] + call(srv, "GET", "api/sessions").json():
        for key in ("id", "path", "name", "type"):
            assert isinstance(doc[key], str), (key, doc)
    call(srv, "DELETE", f"api/sessions/{s['id']}")
    put_text(srv, "six2.txt", "x")
    for e in call(srv, "GET", "api/contents").json()["content"]:
        for key in ("name", "path", "type", "created", "last_modified"):
            assert isinstance(e[key], str), (key, e)
    specs = call(srv, "GET", "api/kernelspecs").json()["kernelspecs"]
    assert specs
    for spec in specs.values():
        assert isinstance(spec["spec"]["language"], str)
        assert isinstance(spec["spec"]["display_name"], str)
        assert isinstance(spec["spec"]["argv"], list)
        assert isinstance(spec["resources"], dict)


def test_24_paths_cannot_leave_the_root_nor_redirects_the_host(srv):
    (srv.root.parent / "secret.txt").write_text("s3cret")
    for p in ("../secret.txt", "%2e%2e/secret.txt", "a/../../secret.txt", "..%2fsecret.txt",
              "%2e%2e%2fsecret.txt", "..%5csecret.txt"):
        for where, codes in (("api/contents/", (b"404", b"400")), ("files/", (b"403", b"404"))):
            answer = raw_get(srv, srv.base_url + where + p, whole=True)
            assert answer.split()[1] in codes, (where, p, answer[:200])
            assert b"s3cret" not in answer
    os.symlink(srv.root.parent / "secret.txt", srv.root / "link.txt")
    assert call(srv, "GET", "api/contents/link.txt").json()["content"] == "s3cret"
    head = raw_get(srv, "//evil.example/x/").decode()
    assert head.split()[1] == "302" and re.search(r"(?im)^location: /evil.example/x\r$", head)
    for nxt in ("//evil.example", "https://evil.example", "\\\\evil.example", "/\\evil.example",
                "http:evil.example", "http:///evil.example"):
        r = browser(srv).get(srv.url + "login", params={"next": nxt}, allow_redirects=False)
        assert r.status_code == 302
        assert not re.match(r"^(\w+:)?[/\\]{2}", r.headers["Location"]), (nxt, r.headers["Location"])


def test_24_root_directory_slash(make_server):
    with make_server(root="/") as srv:
        assert call(srv, "GET", "api/contents/etc/hostname").status_code == 200
        assert any(e["name"] == "etc" for e in call(srv, "GET", "api/contents").json()["content"])


def test_25_trailing_slashes_and_unknown_paths(srv):
    def get(path):
        return call(srv, "GET", path)

    (srv.root / "dir25").mkdir()
    assert get("api/contents/").status_code == 200
    r = get("api/contents/dir25/?content=1")
    assert r.status_code == 302 and r.headers["Location"].endswith("api/contents/dir25?content=1")
    assert raw_get(srv, srv.base_url + "api/contents/a//b").split()[1] == b"404"
    r = get("lab/tree/dir25/")
    assert r.status_code == 301 and r.headers["Location"].split("?")[0].endswith("/lab/tree/dir25")
    for p in ("lab/api/settings", "lab/api/workspaces", "lab/api/translations"):
        assert get(p).status_code == 200 and get(p + "/").status_code == 200
    r = get("lab/unknown")
    assert r.status_code == 200 and "notFoundUrl" in r.text
    r = get("nowhere")
    assert r.status_code == 404 and r.headers["Content-Type"].startswith("text/html")
    for p in ("labfoo", "doc/unknown", "api/kernels/not-an-id"):
        assert get(p).status_code == 404
    assert call(srv, "PUT", "api/status").status_code == 405


def test_26_base_url_with_percent_escapes(make_server):
    with make_server(base_url="/a%40b/") as srv:
        origin = f"http://127.0.0.1:{srv.port}"
        assert srv.base_url == "/a%40b/"
        r = requests.get(srv.url + "lab", params={"token": srv.token})
        assert r.status_code == 200
        for line in r.raw.headers.getlist("set-cookie"):
            assert "path=/a%40b/" in line.lower(), line
        cfg = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', r.text, re.S)[1])
        assert cfg["baseUrl"] == "/a%40b/" and cfg["fullStaticUrl"] == "/a%40b/static/lab"
        main = re.search(r'src="([^"]*main\.[^"]*)"', r.text)[1]
        assert main.startswith("/a%40b/static/lab/") and requests.get(origin + main).status_code == 200
        r = call(srv, "POST", "api/contents", json={"type": "file"})
        assert r.headers["Location"].startswith("/a%40b/api/contents/")
        for u in call(srv, "GET", "api/kernelspecs").json()["kernelspecs"]["python3"]["resources"].values():
            assert u.startswith("/a%40b/kernelspecs/python3/")
            assert requests.get(origin + u, headers=token(srv)).status_code == 200
        r = requests.get(srv.url + "lab", allow_redirects=False)
        assert r.status_code == 302 and r.headers["Location"].startswith("/a%40b/login?next=")
        assert srv.connect(start_kernel(srv)).execute("6*7").value == "42"


def test_27_timestamps(srv):
    def modified(ns):
        os.utime(srv.root / "time.txt", ns=(10 ** 18, ns))
        return call(srv, "GET", "api/contents/time.txt")

    put_text(srv, "time.txt", "x")
    r = modified(1714566896789012345)
    assert r.json()["last_modified"] == "2024-05-01T12:34:56.789012Z"
    assert r.headers["Last-Modified"] == "Wed, 01 May 2024 12:34:56 GMT"
    assert modified(1714566896000000000).json()["last_modified"] == "2024-05-01T12:34:56Z"
    assert modified(1714566896000000999).json()["last_modified"] == "2024-05-01T12:34:56.000001Z"
    call(srv, "PUT", "lab/api/workspaces/t27", json={"data": {}, "metadata": {"id": "t27"}})
    w = call(srv, "GET", "lab/api/workspaces/t27").json()
    assert w["metadata"]["last_modified"].endswith("+00:00")
    call(srv, "PUT", f"lab/api/settings/{THEMES}", json={"raw": "{}"})
    assert call(srv, "GET", f"lab/api/settings/{THEMES}").json()["last_modified"].endswith("+00:00")
