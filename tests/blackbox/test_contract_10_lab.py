"""JupyterLab's settings, page and workspaces: behaviours 28 to 30 of jupyter-contract section 10."""

import json

import pytest

from contract10 import call, page_config

THEMES = "@jupyterlab/apputils-extension:themes"


@pytest.fixture
def srv(shared):
    return shared


def test_28_settings(make_server):
    with make_server(start=False) as srv:
        bad = srv.data_dir / "labextensions/bad/schemas/bad"
        bad.mkdir(parents=True)
        (bad / "plugin.json").write_text("{ no json")
        over = srv.config_dir / "labconfig"
        over.mkdir(parents=True)
        (over / "default_setting_overrides.json").write_text(json.dumps({THEMES: {"theme": "JupyterLab Dark"}}))
        srv.start()
        ids = [x["id"] for x in call(srv, "GET", "lab/api/settings").json()["settings"]]
        assert len(ids) > 50 and ids == sorted(ids, reverse=True)
        only = call(srv, "GET", "lab/api/settings?ids_only=true").json()["settings"]
        assert [x["id"] for x in only if x["id"] in ids] == ids and set(only[0]) == {"id"}
        one = call(srv, "GET", f"lab/api/settings/{THEMES}").json()
        assert one["schema"]["properties"]["theme"]["default"] == "JupyterLab Dark"
        assert one["raw"] == "{}" and one["settings"] == {} and one["last_modified"] is None
        raw = "{\n  // chosen by hand\n  'theme': \"JupyterLab Light\",\n}"
        assert call(srv, "PUT", f"lab/api/settings/{THEMES}", json={"raw": raw}).status_code == 204
        one = call(srv, "GET", f"lab/api/settings/{THEMES}").json()
        assert one["raw"] == raw and one["settings"] == {"theme": "JupyterLab Light"}
        assert call(srv, "PUT", f"lab/api/settings/{THEMES}", json={"raw": '{"theme": 5}'}).status_code == 400
        assert call(srv, "GET", f"lab/api/settings/{THEMES}").json()["raw"] == raw
        assert call(srv, "GET", "lab/api/settings/none:such").status_code == 404


def test_29_page_config(make_server):
    with make_server(start=False) as srv:
        # JUPYTER_CONFIG_PATH outranks the user's directory (contract 0.1)
        high = srv.tmp / "high"
        srv.environ["JUPYTER_CONFIG_PATH"] = str(high)
        (high / "labconfig").mkdir(parents=True)
        (high / "labconfig/page_config.json").write_text(json.dumps({"disabledExtensions": {"b": False}}))
        user = srv.config_dir / "labconfig"
        (user / "page_config.d").mkdir(parents=True)
        (user / "page_config.json").write_text(json.dumps(
            {"disabledExtensions": {"a": True, "b": True}, "custom": "</script><b>'&"}))
        (user / "page_config.d/empty.json").write_text("")
        srv.start()
        cfg, raw = page_config(srv)
        dis = cfg["disabledExtensions"]
        assert isinstance(dis, list) and "a" in dis and "b" not in dis
        assert cfg["custom"] == "</script><b>'&"
        assert not set("<>&'") & set(raw)
        assert isinstance(cfg["federated_extensions"], list)
        assert isinstance(cfg["notebookVersion"], str) and json.loads(cfg["notebookVersion"])[0] == 2
        assert cfg["token"] == srv.token and cfg["terminalsAvailable"] in (True, "true")
        for key in ("baseUrl", "wsUrl", "appUrl", "fullStaticUrl", "fullLabextensionsUrl", "settingsUrl", "themesUrl",
                    "workspacesApiUrl", "translationsApiUrl", "treeUrl", "mode", "workspace", "treePath"):
            assert key in cfg, key
        assert page_config(srv, "lab/workspaces/w1/tree/d%20x")[0]["treePath"] == "d x"
        assert page_config(srv, "lab/workspaces/w1/tree/d%20x")[0]["workspace"] == "w1"
        assert page_config(srv, "doc")[0]["mode"] == "single-document"


def test_30_workspaces(srv):
    def put(name, mid):
        return call(srv, "PUT", f"lab/api/workspaces/{name}",
                    json={"data": {"k": 1}, "metadata": {"id": mid}}).status_code

    r = call(srv, "GET", "lab/api/workspaces/nothere")
    assert r.status_code == 200 and r.json() == {"data": {}, "metadata": {"id": "/nothere"}}
    assert put("default", "default") == 204 and put("default", "/default") == 204
    assert (srv.config_dir / "lab/workspaces/default-37a8.jupyterlab-workspace").exists()
    assert put("default", "other") == 400
    assert "/default" in call(srv, "GET", "lab/api/workspaces").json()["workspaces"]["ids"]
    assert call(srv, "DELETE", "lab/api/workspaces/nothere").status_code == 404
