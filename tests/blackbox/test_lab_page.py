"""The index page: addresses, page config, federated extensions, static files (contract 4.1, 4.2, 5)."""

import json
import re
from html import unescape

import pytest
import requests

SCRIPT = re.compile(r'<script id="jupyter-config-data" type="application/json">(.*?)</script>', re.S)


def page_config(text):
    return json.loads(SCRIPT.search(text).group(1))


def config(srv, path="lab"):
    r = srv.api("GET", path, status=200)
    assert r.headers["Content-Type"].startswith("text/html")
    return page_config(r.text)


def add_extension(srv, name, **jupyterlab):
    """A federated extension in the user's data directory."""
    d = srv.data_dir / "labextensions" / name
    (d / "static").mkdir(parents=True)
    jupyterlab.setdefault("_build", {"load": "static/remoteEntry.1.js", "extension": "./extension"})
    (d / "package.json").write_text(json.dumps({"name": name, "version": "1.2.3", "jupyterlab": jupyterlab}))
    (d / "static/remoteEntry.1.js").write_text("// entry")
    return d


def names(c):
    return [e["name"] for e in c["federated_extensions"]]


@pytest.mark.parametrize("path, mode, workspace, tree, lost", [
    ("lab", "multiple-document", "default", "", None),
    ("lab/tree/a%20b/c+d", "multiple-document", "default", "a b/c+d", None),
    ("lab/workspaces/foo", "multiple-document", "foo", "", None),
    ("lab/workspaces/f-o_1/tree/x.ipynb", "multiple-document", "f-o_1", "x.ipynb", None),
    ("doc", "single-document", "default", "", None),
    ("doc/workspaces/w/tree/y", "single-document", "w", "y", None),
    ("lab/unknown", "multiple-document", "default", "", "/lab/unknown"),
    ("lab/api/unknown", "multiple-document", "default", "", "/lab/api/unknown"),
    ("lab/api/licenses", "multiple-document", "default", "", "/lab/api/licenses"),
    ("lab/workspaces/a%20b", "multiple-document", "default", "", "/lab/workspaces/a%20b"),
])
def test_addresses(shared, path, mode, workspace, tree, lost):
    c = config(shared, path)
    assert (c["mode"], c["workspace"], c["treePath"], c.get("notFoundUrl")) == (mode, workspace, tree, lost)


@pytest.mark.parametrize("path, status, to", [
    ("lab/", 301, "/lab"), ("lab/tree/x/", 301, "/lab/tree/x"), ("lab/tree/x//?a=b", 301, "/lab/tree/x?a=b"),
    ("doc/", 302, "/doc"), ("labfoo", 404, None), ("docfoo", 404, None), ("doc/unknown", 404, None),
    ("doc/tree", 404, None),
])
def test_no_page(shared, path, status, to):
    r = shared.api("GET", path, status=status)
    assert r.headers.get("Location") == to


def test_slash_asks_for_login_first(shared):
    r = shared.api("GET", "lab/", auth=False, status=302)
    assert r.headers["Location"] == "/login?next=%2Flab%2F"


def test_vital_keys(shared):
    c = config(shared)
    assert c["baseUrl"] == "/" and c["wsUrl"] == "" and c["appUrl"] == "/lab"
    assert c["fullStaticUrl"] == "/static/lab" and c["fullLabextensionsUrl"] == "/lab/extensions"
    assert c["settingsUrl"] == "/lab/api/settings" and c["themesUrl"] == "/lab/api/themes"
    assert c["workspacesApiUrl"] == "/lab/api/workspaces"
    assert c["translationsApiUrl"] == "/lab/api/translations"
    assert c["treeUrl"] == "/lab/tree" and c["token"] == shared.token
    assert isinstance(c["federated_extensions"], list) and isinstance(c["disabledExtensions"], list)
    version = json.loads(c["notebookVersion"])
    assert isinstance(c["notebookVersion"], str) and version[:1] == [2]
    assert re.match(r"\d+\.\d+", c["appVersion"]) and len(c["untracked_message_types"]) == 21
    assert c["serverRoot"] and c["preferredPath"] == "/" and isinstance(c["store_id"], int)
    assert c["terminalsAvailable"] is True and c["cacheFiles"] is False
    assert c["notebookStartsKernel"] is True


@pytest.mark.ours
def test_nothing_to_build(shared):
    c = config(shared)
    assert c["buildAvailable"] is False and c["buildCheck"] is False
    assert c["extensionManager"]["can_install"] is False


def test_page_sets_the_xsrf_cookie(shared):
    s = shared.session()
    r = s.get(shared.url + "lab", params={"token": shared.token}, timeout=30)
    assert r.status_code == 200 and "_xsrf" in s.cookies
    cookie = next(c for c in s.cookies if c.name == "_xsrf")
    assert cookie.path == "/" and not cookie.has_nonstandard_attr("HttpOnly")
    # ... with which a browser may write
    r = s.put(shared.url + "lab/api/workspaces/w", headers={"X-XSRFToken": s.cookies["_xsrf"]},
              json={"data": {}, "metadata": {"id": "w"}}, timeout=30)
    assert r.status_code == 204


def test_page_is_escaped(shared):
    r = shared.api("GET", "lab/tree/%3C/script%3E%3Cscript%3Ealert('x')&y", status=200)
    raw = SCRIPT.search(r.text).group(1)
    assert not set("<>&'") & set(raw)
    assert page_config(r.text)["treePath"] == "</script><script>alert('x')&y"


def test_page_script_and_icons(shared):
    r = shared.api("GET", "lab", status=200)
    src = re.search(r'<script defer="defer" src="([^"]*/main\.[^"]*)"', r.text).group(1)
    script = requests.get(shared.origin + unescape(src), timeout=30)
    assert script.status_code == 200 and "javascript" in script.headers["Content-Type"]
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    icon = re.search(r'href="([^"]*favicon.ico)" class="idle favicon"', r.text).group(1)
    assert requests.get(shared.origin + unescape(icon), timeout=30).status_code == 200
    assert 'class="busy favicon"' in r.text and "jp-ThemedContainer" in r.text


@pytest.mark.ours
def test_what_every_page_loads_is_announced(lab):
    """The browser need not wait for the start script to ask for the extensions and for the core."""
    add_extension(lab, "@mine/ext")
    text = lab.api("GET", "lab").text
    links = [unescape(u) for u in re.findall(r'<link rel="preload" as="script" href="([^"]+)">', text)]
    assert "/lab/extensions/@mine/ext/static/remoteEntry.1.js" in links
    assert any(re.fullmatch(r"/static/lab/jlab_core\.(\w+)\.js\?v=\1", u) for u in links)
    for u in links:
        assert requests.get(f"http://127.0.0.1:{lab.port}{u}", timeout=30).status_code == 200


def test_page_answers_with_etag(shared):
    assert re.fullmatch(r'"[0-9a-f]{40}"', shared.api("GET", "lab", status=200).headers["ETag"])


def test_page_needs_login(shared):
    r = shared.api("GET", "lab/tree/x?y=1", auth=False, status=302)
    assert r.headers["Location"] == "/login?next=%2Flab%2Ftree%2Fx%3Fy%3D1"


def test_base_url(make_server):
    srv = make_server(base_url="/a%40b/")
    c = config(srv)
    assert c["baseUrl"] == "/a%40b/" and c["appUrl"] == "/lab"
    assert c["fullStaticUrl"] == "/a%40b/static/lab" and c["fullSettingsUrl"] == "/a%40b/lab/api/settings"
    r = srv.api("GET", "lab/tree/x/", status=301)
    assert r.headers["Location"] == "/a%40b/lab/tree/x"
    r = srv.api("GET", "lab", status=200)
    assert 'src="/a%40b/static/lab/main.' in r.text and 'href="/a%40b/static/favicons/favicon.ico"' in r.text
    assert config(srv, "lab/nope")["notFoundUrl"] == "/a%40b/lab/nope"


def test_configured_values(make_server):
    srv = make_server(config={
        "ServerApp": {"quit_button": False, "terminals_enabled": False, "websocket_url": "ws://h:1",
                      "tornado_settings": {"page_config_data": {"mine": "x", "ignorePlugins": ["i"]}}},
        "ContentsManager": {"allow_hidden": True, "delete_to_trash": False},
        "LabServerApp": {"app_name": "<Mine>", "notebook_starts_kernel": False},
        "LabApp": {"expose_app_in_browser": True}})
    r = srv.api("GET", "lab", status=200)
    c = page_config(r.text)
    assert c["quitButton"] is False and c["terminalsAvailable"] is False and c["wsUrl"] == "ws://h:1"
    assert c["allow_hidden_files"] is True and c["delete_to_trash"] is False
    assert c["exposeAppInBrowser"] is True
    assert c["mine"] == "x" and c["ignorePlugins"] == ["i"]


def test_custom_css(make_server):
    assert "custom/custom.css" in make_server(args=["--custom-css"]).api("GET", "lab", status=200).text
    assert "custom/custom.css" not in make_server().api("GET", "lab", status=200).text


# -- on-disk page config and extensions (5.5) -------------------------------------------------------

def test_disabled_extensions_merge(make_server):
    srv = make_server(start=False)
    lab = srv.config_dir / "labconfig"
    (lab / "page_config.d").mkdir(parents=True)
    (lab / "page_config.d/10.json").write_text('{"disabledExtensions": {"low": true, "back": true}, "other": 1}')
    (lab / "page_config.d/20.json").write_text("")
    (lab / "page_config.json").write_text('{"disabledExtensions": {"back": false, "high": true}}')
    srv.start()
    c = config(srv)
    assert sorted(c["disabledExtensions"]) == ["high", "low"] and c["other"] == 1
    # no restart for a change
    (lab / "page_config.json").write_text('{"disabledExtensions": {"high": true}, "lockedExtensions": {"k": true}}')
    c = config(srv)
    assert sorted(c["disabledExtensions"]) == ["back", "high", "low"] and c["lockedExtensions"] == ["k"]


def test_administrators_win_over_options(make_server):
    srv = make_server(start=False)
    (srv.config_dir / "labconfig").mkdir()
    (srv.config_dir / "labconfig/page_config.json").write_text('{"appName": "Ours", "quitButton": false}')
    srv.start()
    c = config(srv)
    assert c["appName"] == "Ours" and c["quitButton"] is False


def test_extension_appears_without_restart(lab):
    assert "@mine/ext" not in names(config(lab))
    d = add_extension(lab, "@mine/ext", _build={"load": "static/remoteEntry.1.js", "extension": "./extension",
                                               "style": "./style"})
    entry = next(e for e in config(lab)["federated_extensions"] if e["name"] == "@mine/ext")
    assert entry == {"name": "@mine/ext", "load": "static/remoteEntry.1.js", "extension": "./extension",
                     "style": "./style", "entrypoints": None}
    r = lab.api("GET", "lab/extensions/@mine/ext/static/remoteEntry.1.js", auth=False, status=200)
    assert r.text == "// entry"
    if not lab.ref:  # the original knows only the extensions that were there when it started
        assert "immutable" in r.headers["Cache-Control"]
    assert "javascript" in r.headers["Content-Type"]
    r = lab.api("GET", "lab/extensions/@mine/ext/package.json", auth=False, status=200)
    assert r.headers["Cache-Control"] == "no-cache"
    (d / "package.json").write_text('{"name": "@mine/ext", "jupyterlab": {}}')
    assert "@mine/ext" not in names(config(lab))


@pytest.mark.ours
def test_extension_script_comes_compressed(lab):
    d = add_extension(lab, "@mine/ext")
    (d / "static/big.js").write_text("export const answer = 42;\n" * 1000)
    (d / "static/noise.bin").write_bytes(bytes(range(256)) * 40)
    (d / "static/small.js").write_text("1")

    def get(name, status=200, **headers):
        return lab.api("GET", f"lab/extensions/@mine/ext/static/{name}", auth=False, status=status, headers=headers)

    r = get("big.js", **{"Accept-Encoding": "gzip"})
    assert r.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in r.headers["Vary"]
    assert "immutable" in r.headers["Cache-Control"] and "javascript" in r.headers["Content-Type"]
    assert int(r.headers["Content-Length"]) < 1000 and r.text == (d / "static/big.js").read_text()
    assert get("big.js", 304, **{"Accept-Encoding": "gzip", "If-None-Match": r.headers["ETag"]}).content == b""
    for name, headers in (("big.js", {"Accept-Encoding": "identity"}), ("noise.bin", {"Accept-Encoding": "gzip"}),
                          ("small.js", {"Accept-Encoding": "gzip"})):
        r = get(name, **headers)
        assert "Content-Encoding" not in r.headers and r.content == (d / "static" / name).read_bytes()
    r = get("big.js", 206, **{"Accept-Encoding": "gzip", "Range": "bytes=0-5"})
    assert r.content == b"export" and "Content-Encoding" not in r.headers


def test_extension_disables_others(lab):
    add_extension(lab, "disabler", disabledExtensions=["victim:a", "victim:b"])
    assert {"victim:a", "victim:b"} <= set(config(lab)["disabledExtensions"])
    (lab.config_dir / "labconfig").mkdir(exist_ok=True)
    (lab.config_dir / "labconfig/page_config.json").write_text('{"disabledExtensions": {"victim:a": false}}')
    assert "victim:a" not in config(lab)["disabledExtensions"]
    (lab.config_dir / "labconfig/page_config.json").write_text('{"disabledExtensions": {"disabler": true}}')
    assert config(lab)["disabledExtensions"].count("victim:b") == 0


@pytest.mark.ours
def test_broken_extension_is_skipped(lab):
    add_extension(lab, "good")
    (add_extension(lab, "bad") / "package.json").write_text("{")
    assert "good" in names(config(lab)) and "bad" not in names(config(lab))


def test_linked_extension(lab, tmp_path):
    (tmp_path / "dev/static").mkdir(parents=True)
    (tmp_path / "dev/package.json").write_text(
        '{"name": "linked", "version": "1", "jupyterlab": {"_build": {"load": "static/x.js"}}}')
    (tmp_path / "dev/static/x.js").write_text("1")
    (lab.data_dir / "labextensions").mkdir()
    (lab.data_dir / "labextensions/linked").symlink_to(tmp_path / "dev")
    assert "linked" in names(config(lab))
    assert lab.api("GET", "lab/extensions/linked/static/x.js", auth=False, status=200).text == "1"


@pytest.mark.parametrize("path", [
    "static/lab/nope.js", "static/lab/..%2fschemas/x", "lab/extensions/nope/x", "lab/extensions/%2e%2e/x",
    "lab/extensions/..%2f..%2f..%2fetc%2fpasswd", "static/lab/%00", "lab/extensions/",
])
def test_no_such_file(shared, path):
    shared.api("GET", path, auth=False, status=(403, 404))


def test_static_files_are_public_and_typed(shared):
    r = shared.api("GET", "static/lab/package.json", auth=False, status=200)
    assert r.headers["X-Content-Type-Options"] == "nosniff"
    assert r.headers["Content-Type"].startswith("application/json")
    assert shared.api("HEAD", "static/lab/package.json", auth=False, status=200).content == b""


@pytest.mark.ours
@pytest.mark.parametrize("coding, magic", [("br", None), ("gzip", b"\x1f\x8b")])
def test_static_files_come_compressed(shared, coding, magic):
    main = re.search(r'/static/lab/(main[^"?]*)', shared.api("GET", "lab", status=200).text).group(1)
    plain = shared.api("GET", f"static/lab/{main}", auth=False, headers={"Accept-Encoding": "identity"})
    r = shared.api("GET", f"static/lab/{main}", auth=False, stream=True, headers={"Accept-Encoding": coding})
    if r.headers.get("Content-Encoding") != coding:
        pytest.skip("this lab directory was not compressed")
    body = r.raw.read()
    assert len(body) < len(plain.content) and "Accept-Encoding" in r.headers["Vary"]
    assert magic is None or body.startswith(magic)


def test_app_dir_without_application(make_server, tmp_path):
    srv = make_server(args=[f"--app-dir={tmp_path}"])
    r = srv.api("GET", "lab")
    assert r.headers["Content-Type"].startswith("text/html") and "jupyter-config-data" not in r.text
    srv.api("GET", "api", status=200)
