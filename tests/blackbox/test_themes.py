"""Themes: files, and addresses in stylesheets (contract 4.5)."""

import json

LIGHT = "lab/api/themes/@jupyterlab/theme-light-extension/index.css"


def add_theme(srv, css):
    d = srv.data_dir / "labextensions/@mine/theme"
    (d / "themes/@mine/theme/img").mkdir(parents=True)
    (d / "package.json").write_text(json.dumps({"name": "@mine/theme", "jupyterlab": {"_build": {"load": "x"}}}))
    (d / "themes/@mine/theme/index.css").write_text(css)
    (d / "themes/@mine/theme/img/x.svg").write_text("<svg/>")


def test_stock_theme(shared):
    r = shared.api("GET", LIGHT, auth=False, status=200)
    assert r.headers["Content-Type"].startswith("text/css") and "--jp-" in r.text
    assert r.headers["Last-Modified"] and r.headers["Cache-Control"] == "no-cache"


def test_addresses_are_rewritten(make_server):
    srv = make_server()
    add_theme(srv, "a{b:url('img/x.svg')}c{d:url('/abs')}e{f:url('https://h/x')}g{h:url(\"q\")}")
    r = srv.api("GET", "lab/api/themes/@mine/theme/index.css", auth=False, status=200)
    prefix = "/lab/api/themes/@mine/theme"
    assert f"url('{prefix}/img/x.svg')" in r.text.replace("%40", "@")
    assert "url('/abs')" in r.text and "url('https://h/x')" in r.text and 'url("q")' in r.text
    r = srv.api("GET", "lab/api/themes/@mine/theme/img/x.svg", auth=False, status=200)
    assert r.headers["Content-Type"].startswith("image/svg+xml") and r.text == "<svg/>"


def test_base_url_is_in_the_addresses(make_server):
    srv = make_server(base_url="/b/")
    add_theme(srv, "a{b:url('img/x.svg')}")
    r = srv.api("GET", "lab/api/themes/@mine/theme/index.css", auth=False, status=200)
    if not srv.ref:  # the original leaves the base URL out, which breaks the image
        assert "url('/b/lab/api/themes/%40mine/theme/img/x.svg')" in r.text


def test_missing(shared):
    for path in ("x", "%2e%2e/package.json", "..%2f..%2f..%2fetc%2fpasswd", "", "@jupyterlab"):
        shared.api("GET", f"lab/api/themes/{path}", auth=False, status=(403, 404))
