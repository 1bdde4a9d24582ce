"""Panels of JupyterLab: licences, news, listings, extensions, plugins, build, language servers
(contract 4.7 to 4.12, 8)."""

import csv
import io
import json

import pytest

APP = "@jupyterlab/application-top"


def test_news_and_updates(shared):
    if not shared.ref:  # the original asks the network
        assert shared.api("GET", "lab/api/news", status=200).json() == {"news": []}
        assert shared.api("GET", "lab/api/update", status=200).json() == {"notification": None}


def test_listings(shared):
    j = shared.api("GET", "lab/api/listings/@jupyterlab/extensionmanager-extension/listings.json", status=200).json()
    assert j == {"blocked_extensions_uris": [], "allowed_extensions_uris": [], "blocked_extensions": [],
                 "allowed_extensions": []}
    shared.api("GET", "lab/api/listings/other", status=400)


def test_licenses(shared):
    j = shared.api("GET", "lab/api/licenses/", status=200).json()["bundles"]
    assert {"name", "versionInfo", "licenseId", "extractedText"} == set(j[APP]["packages"][0])
    r = shared.api("GET", "lab/api/licenses/?bundles=nothing", status=200)
    assert r.json() == {"bundles": {}}


def test_licenses_as_text(shared):
    r = shared.api("GET", "lab/api/licenses/?format=csv&download=1", status=200)
    assert r.headers["Content-Type"].startswith("text/csv")
    assert r.headers["Content-Disposition"] == "attachment; filename*=utf-8''jupyterlab-licenses.csv"
    rows = list(csv.reader(io.StringIO(r.text, newline="")))
    assert rows[0] == ["bundle", "name", "versionInfo", "licenseId", "extractedText"]
    packages = shared.api("GET", "lab/api/licenses/", status=200).json()["bundles"][APP]["packages"]
    got = [row for row in rows if row[0] == APP]
    assert [(p["name"], p["versionInfo"]) for p in packages] == [(row[1], row[2]) for row in got]
    r = shared.api("GET", f"lab/api/licenses/?format=markdown&full_text=false&bundles={APP}", status=200)
    assert r.headers["Content-Type"].startswith("text/markdown") and r.text.startswith(f"# {APP}\n\n## **")
    assert "<pre/>" not in r.text
    assert "<pre/>" in shared.api("GET", "lab/api/licenses/?format=markdown", status=200).text


@pytest.mark.ours
def test_licenses_refuse(shared):
    shared.api("GET", "lab/api/licenses/?format=xml", status=400)
    shared.api("GET", "lab/api/licenses/?bundles=(", status=400)
    shared.api("GET", "lab/api/licenses/", auth=False, status=403)


def add_extension(srv, name, **package):
    d = srv.data_dir / "labextensions" / name
    d.mkdir(parents=True)
    package.setdefault("jupyterlab", {"_build": {"load": "x"}})
    (d / "package.json").write_text(json.dumps({"name": name, **package}))
    return d


@pytest.mark.ours
def test_extensions(lab):
    d = add_extension(lab, "@mine/ext", version="1.2.3", description="does things", author={"name": "me"},
                      license="MIT", homepage="https://h", repository={"url": "https://r"})
    (d / "install.json").write_text('{"packageManager": "python", "packageName": "mine"}')
    e = next(x for x in lab.api("GET", "lab/api/extensions?refresh=0", status=200).json() if x["name"] == "@mine/ext")
    assert e["installed"] and e["enabled"] and e["installed_version"] == "1.2.3" and e["pkg_type"] == "prebuilt"
    assert e["author"] == "me" and e["license"] == "MIT" and e["homepage_url"] == "https://h"
    assert e["repository_url"] == "https://r" and e["install"]["packageName"] == "mine" and e["status"] == "ok"
    assert lab.api("GET", "lab/api/extensions?query=zzz", status=200).json() == []
    r = lab.api("POST", "lab/api/extensions", json={"cmd": "install", "extension_name": "x"}, status=500)
    assert r.json()["status"] == "error" and r.json()["message"] and r.json()["needs_restart"] == []
    lab.api("POST", "lab/api/extensions", json={"cmd": "disable", "extension_name": "@mine/ext"}, status=201)
    e = next(x for x in lab.api("GET", "lab/api/extensions", status=200).json() if x["name"] == "@mine/ext")
    assert e["enabled"] is False
    lab.api("POST", "lab/api/extensions", json={"cmd": "x", "extension_name": "y"}, status=422)


@pytest.mark.ours
def test_extension_pages(lab):
    for i in range(5):
        add_extension(lab, f"paged{i}")
    r = lab.api("GET", "lab/api/extensions?query=paged&page=2&per_page=2", status=200)
    assert [e["name"] for e in r.json()] == ["paged2", "paged3"]
    for rel in ("first", "prev", "next", "last"):
        assert f'rel="{rel}"' in r.headers["Link"]


@pytest.mark.ours
def test_plugins(lab):
    assert lab.api("GET", "lab/api/plugins", status=200).json() == {"lockRules": [], "allLocked": False}
    r = lab.api("POST", "lab/api/plugins", json={"cmd": "disable", "plugin_name": "p:q"}, status=201)
    assert r.json() == {"status": "ok", "message": None, "needs_restart": ["frontend"]}
    stored = lab.config_dir / "labconfig/page_config.json"
    assert json.loads(stored.read_text()) == {"disabledExtensions": {"p:q": True}}
    assert '"disabledExtensions":["p:q"]' in lab.api("GET", "lab", status=200).text.replace(" ", "")
    lab.api("POST", "lab/api/plugins", json={"cmd": "enable", "plugin_name": "p:q"}, status=201)
    assert json.loads(stored.read_text()) == {"disabledExtensions": {"p:q": False}}
    r = lab.api("POST", "lab/api/plugins", json={"cmd": "foo", "plugin_name": "x"}, status=422)
    assert r.json()["message"] == "Could not process instruction 'foo' with plugin name 'x'"
    lab.api("POST", "lab/api/plugins", data="bad", status=400)


@pytest.mark.ours
def test_switching_extensions(lab):
    r = lab.api("POST", "lab/api/extensions", json={"cmd": "disable", "extension_name": "ext"}, status=201)
    assert r.json() == {"status": "ok", "message": None, "needs_restart": ["frontend"]}
    stored = lab.config_dir / "labconfig/page_config.json"
    assert json.loads(stored.read_text()) == {"disabledExtensions": {"ext": True}}
    for cmd in ("install", "uninstall"):
        r = lab.api("POST", "lab/api/extensions", json={"cmd": cmd, "extension_name": "ext"}, status=500)
        assert r.json()["status"] == "error" and "package manager" in r.json()["message"]
    for body in ({"cmd": "install"}, {"cmd": "enable", "plugin_name": "ext"}, {"extension_name": "ext"}):
        lab.api("POST", "lab/api/extensions", json=body, status=422)
    assert json.loads(stored.read_text()) == {"disabledExtensions": {"ext": True}}


@pytest.mark.ours
def test_locked_plugins(make_server):
    srv = make_server(start=False)
    (srv.config_dir / "labconfig").mkdir()
    (srv.config_dir / "labconfig/page_config.json").write_text('{"lockedExtensions": {"a": true, "b:c": true}}')
    srv.start()
    assert srv.api("GET", "lab/api/plugins").json() == {"lockRules": ["a", "b:c"], "allLocked": False}
    for name, status in (("a:x", 500), ("b:c", 500), ("b:d", 201)):
        r = srv.api("POST", "lab/api/plugins", json={"cmd": "disable", "plugin_name": name}, status=status)
        assert (r.json()["status"] == "error") == (status == 500)
    srv = make_server(config={"LabApp": {"lock_all_plugins": True}})
    assert srv.api("GET", "lab/api/plugins").json()["allLocked"] is True
    srv.api("POST", "lab/api/plugins", json={"cmd": "disable", "plugin_name": "z"}, status=500)


def test_build(shared):
    assert shared.api("GET", "lab/api/build", status=200).json() == {"status": "stable", "message": ""}
    if not shared.ref:
        shared.api("POST", "lab/api/build", status=501)
        shared.api("DELETE", "lab/api/build", status=204)


def test_language_servers(shared):
    j = shared.api("GET", "lsp/status", status=200).json()
    assert j["version"] == 2 and j["sessions"] == {} and isinstance(j["specs"], dict)
    shared.api("GET", "lsp/status", auth=False, status=403)
