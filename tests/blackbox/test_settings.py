"""Settings of plugins (contract 4.3, 5.6) and translations (4.6)."""

import json
import re

import pytest

THEMES = "@jupyterlab/apputils-extension:themes"


def get(srv, plugin, status=200):
    return srv.api("GET", f"lab/api/settings/{plugin}", status=status).json()


def put(srv, plugin, raw, status=204):
    return srv.api("PUT", f"lab/api/settings/{plugin}", data=json.dumps({"raw": raw}), status=status)


def user_file(srv, plugin):
    package, name = plugin.split(":")
    return srv.config_dir / "lab/user-settings" / package / f"{name}.jupyterlab-settings"


def item(srv, plugin):
    return next(i for i in srv.api("GET", "lab/api/settings", status=200).json()["settings"] if i["id"] == plugin)


def add_schema(srv, plugin, schema, extension="@mine/ext", version="9.8.7"):
    package, name = plugin.split(":")
    d = srv.data_dir / "labextensions" / extension
    (d / "schemas" / package).mkdir(parents=True, exist_ok=True)
    (d / "package.json").write_text(json.dumps({"name": extension, "jupyterlab": {"_build": {"load": "x"}}}))
    (d / "schemas" / package / f"{name}.json").write_text(schema if isinstance(schema, str) else json.dumps(schema))
    (d / "schemas" / package / "package.json.orig").write_text(json.dumps({"version": version}))


def test_list(shared):
    for path in ("lab/api/settings", "lab/api/settings/", "lab/api/settings?1712345678901"):
        items = shared.api("GET", path, status=200).json()["settings"]
        ids = [i["id"] for i in items]
        assert len(ids) > 60 and ids == sorted(ids, reverse=True)
    one = next(i for i in items if i["id"] == THEMES)
    assert one["raw"] == "{}" and one["settings"] == {} and one["warning"] is None
    assert one["last_modified"] is None and one["created"] is None
    assert re.match(r"\d", one["version"]) and one["schema"]["properties"]["theme"]["default"]


def test_ids_only(shared):
    items = shared.api("GET", "lab/api/settings?ids_only=true", status=200).json()["settings"]
    assert {"id": THEMES} in items and all(list(i) == ["id"] for i in items)
    full = shared.api("GET", "lab/api/settings", status=200).json()["settings"]
    assert [i["id"] for i in items] == [i["id"] for i in full]


@pytest.mark.ours
def test_list_comes_compressed(shared):
    plain = shared.api("GET", "lab/api/settings", headers={"Accept-Encoding": "identity"}, status=200)
    assert "Content-Encoding" not in plain.headers
    r = shared.api("GET", "lab/api/settings", headers={"Accept-Encoding": "gzip"}, status=200)
    assert r.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in r.headers["Vary"]
    assert r.json() == plain.json() and int(r.headers["Content-Length"]) < len(plain.content) / 3


def test_get_one(shared):
    one = get(shared, THEMES)
    assert one["id"] == THEMES and one["raw"] == "{}"
    encoded = THEMES.replace("@", "%40").replace("/", "%2F").replace(":", "%3A")
    assert get(shared, encoded)["id"] == THEMES


def test_raw_text_is_kept(lab):
    raw = '{\n  // dark is kind\n  theme: \'JupyterLab Dark\', /* é */\n  "adaptive-theme": false,\n}\n'
    put(lab, THEMES, raw)
    assert user_file(lab, THEMES).read_text() == raw
    one = get(lab, THEMES)
    assert one["raw"] == raw and one["settings"] == {"theme": "JupyterLab Dark", "adaptive-theme": False}
    for key in ("last_modified", "created"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00", one[key])
    assert item(lab, THEMES)["raw"] == raw


@pytest.mark.parametrize("body, message", [
    ("bad", "Failed parsing JSON payload"), ("", "Failed parsing JSON payload"),
    ('{"x": 1}', "Invalid format for JSON payload. Must be in the form {'raw': ...}"),
    ('{"raw": 3}', "Invalid format for JSON payload. Must be in the form {'raw': ...}"),
    ('{"raw": "{theme: 3}"}', "Failed validating input"), ('{"raw": "[]"}', "Failed validating input"),
    ('{"raw": "3"}', "Failed validating input"),
])
def test_put_refuses(shared, body, message):
    r = shared.api("PUT", f"lab/api/settings/{THEMES}", data=body, status=400)
    assert r.json()["message"].startswith(message)
    assert not user_file(shared, THEMES).exists()


@pytest.mark.ours
def test_put_refuses_broken_json5(shared):
    put(shared, THEMES, "{", status=400)


@pytest.mark.parametrize("plugin", ["nope", "a:b", "@jupyterlab/apputils-extension:nope", "%2e%2e/x:y", "a:..%2fb"])
def test_unknown_plugin(shared, plugin):
    r = shared.api("GET", f"lab/api/settings/{plugin}", status=404)
    assert "not found" in r.json()["message"]
    if ":" in plugin:
        put(shared, plugin, "{}", status=404)


def test_path_cannot_leave_the_settings(shared):
    put(shared, "%2e%2e%2f%2e%2e%2fpwned:x", "{}", status=404)
    put(shared, "a%2f%2e%2e%2fb:x", "{}", status=404)
    assert not [p for p in shared.home.rglob("*") if "pwned" in p.name]


def test_invalid_settings_are_reset_and_stay(lab):
    f = user_file(lab, THEMES)
    f.parent.mkdir(parents=True)
    f.write_text('{"theme": 3}')
    one = item(lab, THEMES)
    assert one["raw"] == "{}" and one["settings"] == {}
    assert lab.ref or "Failed validating" in one["warning"]
    assert get(lab, THEMES)["settings"] == {} and f.read_text() == '{"theme": 3}'


@pytest.mark.ours
def test_unreadable_settings_do_not_take_the_list_down(lab):
    f = user_file(lab, THEMES)
    f.parent.mkdir(parents=True)
    f.write_text("{theme: ")
    one = item(lab, THEMES)
    assert one["settings"] == {} and "Failed loading settings" in one["warning"]
    r = lab.api("GET", f"lab/api/settings/{THEMES}", status=500)
    assert r.json()["message"].startswith(f"Failed loading settings ({THEMES})")


def test_schema_of_an_extension(lab):
    add_schema(lab, "@mine/ext:plugin", {"title": "Mine", "type": "object", "properties": {}})
    one = get(lab, "@mine/ext:plugin")
    assert one["schema"]["title"] == "Mine" and one["version"] == "9.8.7"
    assert item(lab, "@mine/ext:plugin")["schema"]["title"] == "Mine"
    # wins over the application's (in the original only in the list)
    add_schema(lab, THEMES, {"title": "Replaced", "type": "object"})
    assert item(lab, THEMES)["schema"]["title"] == "Replaced"
    assert lab.ref or get(lab, THEMES)["schema"]["title"] == "Replaced"
    # and a change shows at once
    add_schema(lab, "@mine/ext:plugin", {"title": "Changed"})
    assert get(lab, "@mine/ext:plugin")["schema"]["title"] == "Changed"


@pytest.mark.ours
def test_broken_schema_does_not_take_the_list_down(lab):
    add_schema(lab, "@mine/ext:broken", "{")
    assert THEMES in [i["id"] for i in lab.api("GET", "lab/api/settings", status=200).json()["settings"]]
    lab.api("GET", "lab/api/settings/@mine/ext:broken", status=500)


def test_default_overrides(make_server):
    srv = make_server(start=False)
    d = srv.config_dir / "labconfig/default_setting_overrides.d"
    d.mkdir(parents=True)
    (d / "a.json").write_text(json.dumps({THEMES: {"theme": "Low", "theme-scrollbars": True}}))
    (d.parent / "default_setting_overrides.json").write_text(json.dumps({THEMES: {"theme": "High", "new": 7}}))
    srv.start()
    p = get(srv, THEMES)["schema"]["properties"]
    assert p["theme"]["default"] == "High" and p["theme-scrollbars"]["default"] is True
    assert p["new"] == {"default": 7}
    assert item(srv, THEMES)["schema"]["properties"]["theme"]["default"] == "High"


@pytest.mark.ours
def test_nobody_is_asked_about_news(shared):
    p = get(shared, "@jupyterlab/apputils-extension:notification")["schema"]["properties"]
    assert p["fetchNews"]["default"] == "false"


def test_needs_login(shared):
    for method, path in (("GET", "lab/api/settings"), ("GET", f"lab/api/settings/{THEMES}"),
                         ("PUT", f"lab/api/settings/{THEMES}")):
        shared.api(method, path, auth=False, status=403)


# -- translations -------------------------------------------------------------------------------

def test_translations(shared):
    for path in ("lab/api/translations", "lab/api/translations/"):
        j = shared.api("GET", path, status=200).json()
        assert j["message"] == "" and j["data"]["en"] == {"displayName": "English", "nativeName": "English"}
    assert shared.api("GET", "lab/api/translations/default", status=200).json()["data"] == {}
    j = shared.api("GET", "lab/api/translations/de_DE", status=200).json()
    assert j == {"data": {}, "message": "Language pack 'de_DE' not installed!"}
    j = shared.api("GET", "lab/api/translations/xx", status=200).json()
    assert j == {"data": {}, "message": "Language pack 'xx' not valid!"}


@pytest.mark.ours
@pytest.mark.parametrize("locale", ["..%2f..", "%ff", "%00", "fr%2fFR", "a" * 300])
def test_translations_are_always_200(shared, locale):
    assert shared.api("GET", f"lab/api/translations/{locale}", status=200).json()["data"] == {}


@pytest.mark.ours
def test_language_pack(make_server):
    srv = make_server(start=False)
    d = (srv.home / ".local/lib/python3.11/site-packages/jupyterlab_language_pack_it_IT/locale/it_IT/LC_MESSAGES")
    d.mkdir(parents=True)
    pack = {"": {"domain": "jupyterlab", "language": "it-IT"}, "Open": ["Apri"],
            "schema\u0004Theme": ["Tema"], "settings\u0004Selected Theme": ["Tema scelto"]}
    (d / "jupyterlab.json").write_text(json.dumps(pack))
    srv.start()
    listed = srv.api("GET", "lab/api/translations", status=200).json()["data"]
    assert listed["it_IT"] == {"displayName": "Italian (Italy)", "nativeName": "Italiano (Italia)"}
    assert get(srv, THEMES)["schema"]["title"] == "Theme"
    j = srv.api("GET", "lab/api/translations/it_IT", status=200).json()
    assert j["message"] == "" and j["data"]["jupyterlab"]["Open"] == ["Apri"]
    schema = get(srv, THEMES)["schema"]
    assert schema["title"] == "Tema" and schema["properties"]["theme"]["title"] == "Tema scelto"
