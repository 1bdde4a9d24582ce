"""The documents of the hub: the dashboard with its files kept for ever, or the plain page where it was not built."""
import shutil
import tempfile
from pathlib import Path

import pytest
import requests
from lw import default_binary
from lwhub import Hub

STATIC = Path(__file__).resolve().parents[2] / "data" / "static"
PLACES = ["/", "/projects", "/projects/create", "/run?template=x", "/workspaces", "/settings/keys", "/admin/users",
          "/root/projects/mnist", "/root/projects/mnist/settings", "/root/workspaces/run_x", "/root/workspaces/run_x/settings"]


class Tree:
    """The program as in a build tree of its own, with or without a dashboard."""

    def __init__(self, dashboard):
        self.dir = Path(tempfile.mkdtemp(prefix="lwtree-"))
        self.dir.chmod(0o755)
        (self.dir / "build").mkdir()
        shutil.copy(default_binary(), self.dir / "build" / "labwright")
        shutil.copytree(STATIC / "hub", self.dir / "data" / "static" / "hub")
        if dashboard:
            place = self.dir / "data" / "static" / "dashboard"
            place.mkdir()
            (place / "index.html").write_text("<!DOCTYPE html><title>The dashboard</title>")
            for name, text in {"main-1a.js": "let a", "main-1a.js.gz": "zipped", "main-1a.js.br": "brotli"}.items():
                (place / name).write_text(text)


@pytest.fixture(params=[True, False], ids=["built", "not built"])
def town(request, monkeypatch):
    tree = Tree(request.param)
    monkeypatch.setenv("LABWRIGHT", str(tree.dir / "build" / "labwright"))
    hub = Hub()
    hub.binary = str(tree.dir / "build" / "labwright")
    with hub:
        hub.set_up("root")
        yield hub, request.param
    shutil.rmtree(tree.dir, ignore_errors=True)


def get(hub, path, **headers):
    return requests.get(hub.url + path, headers=headers, cookies=hub.admin.browser.cookies, allow_redirects=False, timeout=20)


def test_every_address_is_the_same_document(town):
    hub, built = town
    for path in PLACES:
        answer = get(hub, path)
        assert answer.status_code == 200, path
        assert ("The dashboard" in answer.text) == built, path
        assert answer.headers["Content-Type"].lower() == "text/html; charset=utf-8"
        assert "no-cache" in answer.headers["Cache-Control"]


def test_nothing_inline_is_run(town):
    hub, _ = town
    policy = get(hub, "/projects").headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "require-trusted-types-for 'script'" in policy and "frame-ancestors 'none'" in policy


def test_who_is_not_logged_in_is_led_to_the_login(town):
    hub, _ = town
    answer = requests.get(hub.url + "/root/projects/mnist/settings", allow_redirects=False, timeout=20)
    assert answer.status_code == 302 and answer.headers["Location"] == "/login?next=%2Froot%2Fprojects%2Fmnist%2Fsettings"
    assert requests.get(hub.url + "/login", timeout=20).status_code == 200


def test_files_named_by_their_content_are_kept(town):
    hub, built = town
    plain = get(hub, "/static/dashboard/main-1a.js", **{"Accept-Encoding": "identity"})
    assert plain.status_code == (200 if built else 404)
    if built:
        assert "immutable" in plain.headers["Cache-Control"] and plain.text == "let a"
        assert "javascript" in plain.headers["Content-Type"]
        for coding, text in (("gzip", b"zipped"), ("br", b"brotli")):
            with requests.get(hub.url + "/static/dashboard/main-1a.js", headers={"Accept-Encoding": coding}, stream=True,
                              timeout=20) as answer:
                assert answer.headers["Content-Encoding"] == coding and "Accept-Encoding" in answer.headers["Vary"]
                assert answer.raw.read(decode_content=False) == text


def test_no_way_out_of_the_folder(town):
    hub, _ = town
    for path in ("/static/dashboard/..%2f..%2f..%2fbuild/labwright", "/static/dashboard/%2e%2e/hub/hub.js", "/static/dashboard/"):
        assert get(hub, path).status_code in (400, 403, 404), path
