"""Who may do what: credentials, XSRF, Origin, Host, CORS, login and logout (contract 2).

The matrix walks every kind of row with every kind of stranger; the table says which status each must get.
"""

import base64
import hashlib
import hmac
import json
import re
import time
import urllib.parse

import pytest
import requests
import websocket

EVIL = "https://evil.example"

# path, method, kind: what the contract calls the handler
API, PAGE, PUBLIC_API, PUBLIC_PAGE, STATIC = "api", "page", "public api", "public page", "static"
ROWS = [
    ("GET", "api", PUBLIC_API),
    ("GET", "api/status", API),
    ("GET", "api/me", API),
    ("PATCH", "api/me", API),
    ("GET", "api/resolvePath?path=x", API),
    ("GET", "api/config/notebook", API),
    ("PUT", "api/config/notebook", API),
    ("PATCH", "api/config/notebook", API),
    ("GET", "api/contents", API),
    ("GET", "api/contents/x.txt", API),
    ("POST", "api/contents", API),
    ("PUT", "api/contents/x.txt", API),
    ("PATCH", "api/contents/x.txt", API),
    ("DELETE", "api/contents/x.txt", API),
    ("GET", "api/contents/x.txt/checkpoints", API),
    ("POST", "api/contents/x.txt/checkpoints", API),
    ("POST", "api/contents/x.txt/trust", API),
    ("GET", "api/kernels", API),
    ("POST", "api/kernels", API),
    ("DELETE", "api/kernels/1-2-3-4-5", API),
    ("POST", "api/kernels/1-2-3-4-5/interrupt", API),
    ("GET", "api/kernelspecs", API),
    ("GET", "api/sessions", API),
    ("POST", "api/sessions", API),
    ("DELETE", "api/sessions/1-2-3-4-5", API),
    ("GET", "api/terminals", API),
    ("POST", "api/terminals", API),
    ("POST", "api/events", API),
    ("GET", "api/nbconvert", API),
    ("GET", "lab/api/settings", API),
    ("GET", "lab/api/workspaces", API),
    ("PUT", "lab/api/workspaces/x", API),
    ("GET", "lab/api/translations", API),
    ("GET", "lab/api/extensions", API),
    ("GET", "lab", PAGE),
    ("GET", "lab/tree/x", PAGE),
    ("GET", "doc", PAGE),
    ("GET", "view/x.txt", PAGE),
    ("GET", "api/spec.yaml", PAGE),
    ("POST", "api/shutdown", PAGE),
    ("GET", "", PUBLIC_PAGE),
    ("GET", "login", PUBLIC_PAGE),
    ("GET", "logout", PUBLIC_PAGE),
    ("GET", "api/status/", PUBLIC_PAGE),
    ("GET", "api/notebooks/x", PUBLIC_PAGE),
    ("GET", "nothing/here", PUBLIC_PAGE),
    ("GET", "static/style/index.css", STATIC),
    ("GET", "static/favicons/favicon.ico", STATIC),
    ("GET", "favicon.ico", STATIC),
]
WEBSOCKETS = ["api/kernels/1-2-3-4-5/channels", "terminals/websocket/1", "api/events/subscribe"]
SAFE = ("GET", "HEAD")


def row_id(row):
    return " ".join(row[:2])


def unauthenticated(method, kind):
    """What a stranger gets (None: whatever everybody gets, but no 403)."""
    if kind == API or (kind == PAGE and method not in SAFE):
        return 403
    return 302 if kind == PAGE else None


def foreign_origin(method, kind):
    if kind in (API, PUBLIC_API) or method not in SAFE:
        return 404
    return unauthenticated(method, kind)


@pytest.fixture(scope="module")
def browser(shared):
    """A cookie-authenticated browser, made by visiting a page with the token."""
    s = shared.session()
    r = s.get(shared.url + "lab?token=" + shared.token, timeout=30)
    assert r.status_code in (200, 500), r.text
    if "_xsrf" not in s.cookies:  # no application installed
        s.get(shared.url + "nothing/here", timeout=30)
    assert "_xsrf" in s.cookies
    return s


def xsrf(browser):
    return [c.value for c in browser.cookies if c.name == "_xsrf"][-1]


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_no_login(shared, row):
    method, path, kind = row
    r = shared.api(method, path, auth=False)
    want = unauthenticated(method, kind)
    if want is None:
        assert r.status_code != 403
        return
    assert r.status_code == want
    if want == 302:
        target = urllib.parse.quote(shared.base_url + path, safe="")
        assert r.headers["Location"] == f"{shared.base_url}login?next={target}"
    elif kind == API and method in SAFE:
        assert r.json() == {"message": "Forbidden", "reason": None}


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_wrong_token(shared, row):
    method, path, kind = row
    wants = unauthenticated(method, kind)
    for headers in ({"Authorization": "token wrong"}, {"Authorization": f"Bearer {shared.token}x"}):
        r = shared.api(method, path, auth=False, headers=headers)
        assert r.status_code == wants if wants else r.status_code != 403
    if path != "logout":
        assert "username-" not in r.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("row", [r for r in ROWS if r[0] not in SAFE], ids=row_id)
def test_cookie_without_xsrf(shared, browser, row):
    method, path, kind = row
    r = browser.request(method, shared.url + path, allow_redirects=False, timeout=30)
    assert r.status_code == 403
    if kind == API and not path.endswith("/trust"):  # which is a page handler in the original
        assert r.json()["message"] == "'_xsrf' argument missing from POST"
    r = browser.request(method, shared.url + path, headers={"X-XSRFToken": "2|a"}, timeout=30)
    assert r.status_code == 403


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_foreign_origin(shared, row):
    method, path, kind = row
    for origin in (EVIL, "null"):
        r = shared.api(method, path, auth=False, headers={"Origin": origin})
        want = foreign_origin(method, kind)
        assert r.status_code == want if want else r.status_code != 403
        assert "Access-Control-Allow-Origin" not in r.headers


@pytest.mark.parametrize("path", WEBSOCKETS)
def test_websocket_refused(shared, path):
    def status(headers=None, auth=False, **kw):
        with pytest.raises(websocket.WebSocketBadStatusException) as e:
            shared.ws(path, auth=auth, headers=headers, **kw)
        return e.value.status_code

    assert status() == 403
    assert status({"Authorization": "token wrong"}) == 403
    assert status({"Origin": EVIL}) == 403


def test_websocket_foreign_origin_with_cookie(shared, browser):
    cookie = "; ".join(f"{c.name}={c.value}" for c in browser.cookies)
    path = "api/events/subscribe"
    with pytest.raises(websocket.WebSocketBadStatusException) as e:
        shared.ws(path, auth=False, headers={"Origin": EVIL, "Cookie": cookie})
    assert e.value.status_code in (403, 404)  # 404: the API's own origin check
    shared.ws(path, auth=False, headers={"Origin": shared.origin, "Cookie": cookie}).close()
    shared.ws(path, headers={"Origin": EVIL}).close()  # by token any origin will do


# ---- the right token ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["token", "Token", "Bearer", "bearer   ", "TOKEN "])
def test_authorization_schemes(shared, scheme):
    shared.api("GET", "api/status", auth=False, status=200,
               headers={"Authorization": f"{scheme} {shared.token}"})


def test_token_argument(shared):
    shared.api("GET", f"api/status?token={shared.token}", auth=False, status=200)
    shared.api("GET", "api/status?token=&x", headers={}, status=200)  # an empty one is none
    shared.api("GET", f"api/status?token=wrong&token={shared.token}", auth=False, status=200)


def test_token_skips_xsrf_and_origin(shared):
    r = shared.api("POST", "api/events", headers={"Origin": EVIL}, status=400)
    assert "Access-Control-Allow-Origin" not in r.headers  # the error writer starts afresh
    r = shared.api("GET", "api/status", headers={"Origin": EVIL}, status=200)
    assert r.headers["Access-Control-Allow-Origin"] == EVIL
    r = shared.api("GET", "api/status", status=200)
    assert r.headers["Access-Control-Allow-Origin"] == ""


def test_cookie_is_set_once_and_names_the_user(shared):
    s = shared.session()
    s.get(shared.url + f"api/me?token={shared.token}", timeout=30)
    name = "username-127-0-0-1-%d" % shared.port
    assert name in s.cookies
    one = s.get(shared.url + "api/me", timeout=30)
    two = s.get(shared.url + "api/me", timeout=30)
    assert one.json()["identity"]["username"] == two.json()["identity"]["username"]
    assert "Set-Cookie" not in one.headers
    by_token = s.get(shared.url + "api/me", headers={"Authorization": f"token {shared.token}"}, timeout=30)
    assert by_token.json()["identity"] == one.json()["identity"]
    identity = one.json()["identity"]
    assert re.fullmatch("[0-9a-f]{32}", identity["username"])
    assert identity["name"] == identity["display_name"] and identity["name"].startswith("Anonymous ")
    assert identity["initials"] == "A" + identity["name"].split()[1][0]
    assert identity["color"] is None and identity["avatar_url"] is None


def test_cookie_attributes(shared):
    r = shared.api("GET", "api/me", status=200)
    cookie = r.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "Path=/" in cookie and "expires=" in cookie.lower()
    assert "SameSite" not in cookie and "Secure" not in cookie
    value = cookie.split(";")[0].split("=", 1)[1].strip('"')
    fields = value.split("|")
    assert fields[:2] == ["2", "1:0"] and fields[3].split(":", 1)[1].startswith("username-")
    payload = json.loads(base64.b64decode(fields[4].split(":", 1)[1]))
    assert set(payload) == {"username", "name", "display_name", "initials", "color", "avatar_url"}
    assert re.fullmatch("[0-9a-f]{64}", fields[5])


def sign(key, name, payload, made):
    """What tornado's create_signed_value does, version 2."""
    def field(s):
        return f"{len(s)}:{s}|"

    encoded = base64.b64encode(json.dumps(payload).encode()).decode()
    text = "2|1:0|" + field(str(int(made))) + field(name) + field(encoded)
    return text + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def test_cookie_signed_elsewhere(shared):
    """A login made by the original server with the same secret file is one here, and the other way round."""
    secret = (shared.runtime_dir / "jupyter_cookie_secret").read_bytes()
    key = hmac.new(secret, b"", hashlib.sha256).digest()
    name = f"username-127-0-0-1-{shared.port}"
    user = {"username": "ann", "name": "Ann", "display_name": "Ann", "initials": "A", "color": None,
            "avatar_url": None}

    def me(value):
        return shared.api("GET", "api/me", auth=False, headers={"Cookie": f'{name}="{value}"'})

    good = me(sign(key, name, user, time.time()))
    assert good.status_code == 200 and good.json()["identity"]["username"] == "ann"
    for bad in (sign(b"x", name, user, time.time()), sign(key, name + "x", user, time.time()),
                sign(key, name, user, time.time() - 32 * 86400), "garbage", ""):
        r = me(bad)
        assert r.status_code == 403
        cleared = r.headers["Set-Cookie"]
        assert cleared.startswith(f'{name}=') and "expires=" in cleared.lower()
    assert "Set-Cookie" not in shared.api("GET", "api/me", auth=False).headers


# ---- XSRF --------------------------------------------------------------------------------------------


def test_xsrf_header_argument_and_cookie(shared, browser):
    url = shared.url + "api/config/xsrftest"
    token = xsrf(browser)
    ok = {"json": {"a": 1}, "timeout": 30}
    assert browser.put(url, headers={"X-XSRFToken": token}, **ok).status_code == 204
    assert browser.put(url, headers={"X-Csrftoken": token}, **ok).status_code == 204
    assert browser.put(url + "?_xsrf=" + urllib.parse.quote(token), **ok).status_code == 204
    other = "2|" + token.split("|", 1)[1].replace(token.split("|")[2], "0" * 32)
    r = browser.put(url, headers={"X-XSRFToken": other}, **ok)
    assert r.status_code == 403
    assert r.json()["message"] == "XSRF cookie does not match POST argument"
    assert browser.put(url, headers={"X-XSRFToken": token, "Origin": EVIL}, **ok).status_code == 404


def test_last_xsrf_cookie_counts(shared, browser):
    login = next(c for c in browser.cookies if c.name.startswith("username-"))
    headers = {"Cookie": f"_xsrf=aaaa; {login.name}={login.value}; _xsrf=bbbb", "X-XSRFToken": "bbbb"}
    shared.api("PUT", "api/config/xsrftest", auth=False, json={}, headers=headers, status=204)
    headers["X-XSRFToken"] = "aaaa"
    shared.api("PUT", "api/config/xsrftest", auth=False, json={}, headers=headers, status=403)


def test_xsrf_cookie_only_on_pages(shared):
    assert "_xsrf" not in shared.api("GET", "api/status").headers.get("Set-Cookie", "")
    cookie = shared.api("GET", "login", auth=False).headers["Set-Cookie"]
    assert "_xsrf=2|" in cookie and "HttpOnly" not in cookie and "Path=/" in cookie
    if not shared.ref:  # the original forgets that it is a session cookie after somebody logged in
        assert "expires" not in cookie.lower()


def test_files_need_referer_or_xsrf(shared, browser):
    (shared.root / "f.txt").write_text("text")
    url = shared.url + "files/f.txt"
    r = browser.get(url, timeout=30)
    assert r.status_code == 403 and "Blocking request from unknown origin" in r.text
    assert browser.get(url, headers={"Referer": shared.url + "lab"}, timeout=30).status_code == 200
    r = browser.get(url, headers={"Referer": EVIL + "/x"}, timeout=30)
    assert r.status_code == 403 and "Blocking Cross Origin request from" in r.text
    assert browser.get(url + "?_xsrf=" + urllib.parse.quote(xsrf(browser)), timeout=30).status_code == 200
    assert shared.api("GET", "files/f.txt", auth=False).status_code == 302


# ---- CORS --------------------------------------------------------------------------------------------


def test_preflight_by_default(shared):
    r = shared.api("OPTIONS", "api/contents", auth=False,
                   headers={"Origin": EVIL, "Access-Control-Request-Headers": "authorization"})
    assert r.status_code in (200, 204)
    assert "Access-Control-Allow-Origin" not in r.headers
    assert r.headers["Access-Control-Allow-Headers"] == "accept, content-type, authorization, x-xsrftoken"
    assert r.headers["Access-Control-Allow-Methods"] == "GET, PUT, POST, PATCH, DELETE, OPTIONS"


def test_allow_origin(make_server):
    s = make_server(["--ServerApp.allow_origin=https://a.example", "--ServerApp.allow_credentials=True"])
    r = s.api("GET", "api", auth=False, headers={"Origin": "https://a.example"}, status=200)
    assert r.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert r.headers["Access-Control-Allow-Credentials"] == "true"
    s.api("GET", "api", auth=False, headers={"Origin": "https://a.example.evil"}, status=404)
    r = s.api("OPTIONS", "api/contents", auth=False, headers={
        "Origin": "https://b.example", "Access-Control-Request-Headers": "authorization"})
    assert r.headers["Access-Control-Allow-Origin"] == "https://b.example"


def test_allow_origin_pat(make_server):
    s = make_server(["--ServerApp.allow_origin_pat=https://.*\\.a\\.example"])
    r = s.api("GET", "api", auth=False, headers={"Origin": "https://x.a.example"}, status=200)
    assert r.headers["Access-Control-Allow-Origin"] == "https://x.a.example"
    s.api("GET", "api", auth=False, headers={"Origin": "https://x.a.example.evil.example"}, status=404)


# ---- Host --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host,ok", [
    ("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("127.8.8.8:1", True),
    ("evil.example", False), ("10.1.2.3", False), ("localhost.evil.example", False),
])
def test_host(shared, host, ok):
    for path in ("api", "static/style/index.css", "lab"):
        r = shared.api("GET", path, headers={"Host": host}, auth=False)
        assert (r.status_code != 403) == ok
    r = shared.api("GET", "api/status", headers={"Host": host})
    assert r.status_code == (200 if ok else 403)


def test_remote_access(make_server):
    s = make_server(["--ServerApp.allow_remote_access=True"])
    s.api("GET", "api", headers={"Host": "evil.example"}, status=200)


# ---- login and logout ----------------------------------------------------------------------------------


def form_token(page):
    return re.search(r'name="_xsrf" value="([^"]+)"', page).group(1)


def log_in(server, password, new_password=None, next_url=None):
    s = server.session()
    url = server.url + "login" + ("?next=" + urllib.parse.quote(next_url, safe="") if next_url else "")
    page = s.get(url, timeout=30)
    data = {"_xsrf": form_token(page.text), "password": password}
    if new_password:
        data["new_password"] = new_password
    return s, s.post(url, data=data, allow_redirects=False, timeout=30)


@pytest.mark.parametrize("next_url,where", [
    (None, "/"), ("/lab/tree/x", "/lab/tree/x"), ("//evil.example", "/"), ("https://evil.example", "/"),
    ("https:///evil.example", "/"), ("\\\\evil.example", "/"), ("/\\evil.example", "/%5Cevil.example"),
    ("lab", "/"), ("javascript:alert(1)", "/"),
])
def test_login_with_token(shared, next_url, where):
    s, r = log_in(shared, shared.token, next_url=next_url)
    assert r.status_code == 302 and r.headers["Location"] == where
    assert s.get(shared.url + "api/status", timeout=30).status_code == 200
    r = s.get(shared.url + "login?next=/lab", allow_redirects=False, timeout=30)
    assert r.status_code == 302 and r.headers["Location"] == "/lab"


def test_login_wrong(shared):
    s, r = log_in(shared, "wrong")
    assert r.status_code == 401 and "Invalid credentials" in r.text and 'name="password"' in r.text
    assert s.get(shared.url + "api/status", timeout=30).status_code == 403
    r = requests.post(shared.url + "login", data={"password": shared.token}, timeout=30)
    assert r.status_code == 403


def test_login_page_escapes_next(shared):
    r = shared.api("GET", 'login?next=/"><script>alert(1)</script>', auth=False, status=200)
    assert "<script>alert" not in r.text


def test_logout(shared):
    s, r = log_in(shared, shared.token)
    r = s.get(shared.url + "logout", timeout=30)
    assert r.status_code == 200 and "Successfully logged out" in r.text
    assert s.get(shared.url + "api/status", timeout=30).status_code == 403


def test_password(make_server):
    hashed = "sha1:0e112c3ddfce:a68df677475c2b47b6e86d0467eec97ac5f4b85a"  # mypassword
    s = make_server(config={"IdentityProvider": {"hashed_password": hashed}}, env={"JUPYTER_TOKEN": None})
    s.api("GET", "api/status", auth=False, status=403)
    _, r = log_in(s, "mypassword")
    assert r.status_code == 302
    _, r = log_in(s, "mypasswordx")
    assert r.status_code == 401
    assert "?token=" not in s.log


def test_password_set_on_the_login_page(make_server):
    s = make_server()
    _, r = log_in(s, s.token, "new secret")
    assert r.status_code == 302
    path = s.config_dir / "jupyter_server_config.json"
    stored = json.loads(path.read_text())["IdentityProvider"]["hashed_password"]
    assert stored.startswith("argon2:$argon2id$v=19$m=10240,t=10,p=8$")
    assert path.stat().st_mode & 0o777 == 0o600
    session, r = log_in(s, "new secret")
    assert r.status_code == 302
    assert session.get(s.url + "api/status", timeout=30).status_code == 200


def test_password_change_forbidden(make_server):
    s = make_server(["--ServerApp.allow_password_change=False"])
    _, r = log_in(s, s.token, "new secret")
    assert r.status_code == 302
    assert not (s.config_dir / "jupyter_server_config.json").exists()


def test_no_authentication(make_server):
    s = make_server(token="")
    browser = s.session()
    me = browser.get(s.url + "api/me", timeout=30)
    assert me.status_code == 200 and "username-" in me.headers["Set-Cookie"]
    assert browser.get(s.url + "api/me", timeout=30).json()["identity"] == me.json()["identity"]
    assert browser.get(s.url + "login", timeout=30).status_code == 404
    assert browser.get(s.url + "logout", timeout=30).status_code == 200
    # XSRF and Origin still count
    assert browser.put(s.url + "api/config/x", json={}, timeout=30).status_code == 403
    assert browser.get(s.url + "api/status", headers={"Origin": EVIL}, timeout=30).status_code == 404


def test_base_url(make_server):
    s = make_server(base_url="/a%40b/")
    r = s.api("GET", "lab", auth=False, status=302)
    assert r.headers["Location"] == "/a%40b/login?next=%2Fa%2540b%2Flab"
    r = s.api("GET", "api/me", status=200)
    assert "Path=/a%40b/" in r.headers["Set-Cookie"]
    r = s.api("GET", "login", auth=False, status=200)
    assert "Path=/a%40b/" in r.headers["Set-Cookie"]
    assert 'action="/a%40b/login' in r.text
    _, r = log_in(s, s.token)
    assert r.headers["Location"] == "/a%40b/"
    _, r = log_in(s, s.token, next_url="/elsewhere")
    assert r.headers["Location"] == "/a%40b/"


def test_trusted_proxy_makes_the_cookie_secure(make_server):
    s = make_server(["--ServerApp.trust_xheaders=True"])
    r = s.api("GET", "api/me", headers={"X-Forwarded-Proto": "https"}, status=200)
    assert "secure" in r.headers["Set-Cookie"].lower()
    r = s.api("GET", "api/me", status=200)
    assert "secure" not in r.headers["Set-Cookie"].lower()
