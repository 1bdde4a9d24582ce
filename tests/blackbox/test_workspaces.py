"""Saved window layouts, "workspaces" in JupyterLab's words (contract 4.4)."""

import json
import re

import pytest


def put(srv, name, body, status=204):
    return srv.api("PUT", f"lab/api/workspaces/{name}", status=status,
                   data=body if isinstance(body, (str, bytes)) else json.dumps(body))


def layout(name, **data):
    return {"data": data, "metadata": {"id": name}}


def files(srv):
    return sorted(p.name for p in (srv.config_dir / "lab/workspaces").glob("*"))


def test_missing_is_empty(shared):
    j = shared.api("GET", "lab/api/workspaces/never", status=200).json()
    assert j == {"data": {}, "metadata": {"id": "/never"}}


def test_life(lab):
    body = ' {"data": {"a": 1.50},\n "metadata": {"id": "default"}}\n'
    put(lab, "default", body)
    f = lab.config_dir / "lab/workspaces/default-37a8.jupyterlab-workspace"
    assert f.read_text() == body.strip()
    j = lab.api("GET", "lab/api/workspaces/default", status=200).json()
    assert j["data"] == {"a": 1.5} and j["metadata"]["id"] == "default"
    for key in ("last_modified", "created"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00", j["metadata"][key])
    put(lab, "foo", layout("/foo"))
    for path in ("lab/api/workspaces", "lab/api/workspaces/"):
        w = lab.api("GET", path, status=200).json()["workspaces"]
        assert w["ids"] == ["default", "/foo"] and w["values"][0]["data"] == {"a": 1.5}
    lab.api("DELETE", "lab/api/workspaces/default", status=204)
    r = lab.api("DELETE", "lab/api/workspaces/default", status=404)
    assert r.json()["message"] == "Workspace 'default' ('default-37a8') not found"
    assert files(lab) == ["foo-2c26.jupyterlab-workspace"]


@pytest.mark.parametrize("url, name, file", [
    ("My%20Work", "My Work", "my-work-c2fe"), ("a%2Fb", "a/b", "ab-c14c"), ("x/y", "x/y", None),
    ("%C3%9Cn%C3%AFcode", "Ünïcode", "ncode-00b2"), ("x" * 200, "x" * 200, "x" * 102 + "-aa20"),
])
def test_names(lab, url, name, file):
    put(lab, url, layout(name))
    assert lab.api("GET", f"lab/api/workspaces/{url}", status=200).json()["metadata"]["id"] == name
    if file:
        assert files(lab) == [file + ".jupyterlab-workspace"]


@pytest.mark.parametrize("body", ["{", "", '{"metadata": {"id": "other"}}', '{"metadata": {"id": "/other"}}'])
def test_refused(shared, body):
    r = put(shared, "mine", body, status=400)
    if "other" in body:
        assert "Workspace metadata ID mismatch: expected 'mine'" in r.json()["message"]


@pytest.mark.ours
@pytest.mark.parametrize("body", ['{"data": {}}', '{"metadata": {"id": 3}}', "[]", '{"metadata": []}'])
def test_refused_without_id(shared, body):
    put(shared, "mine", body, status=400)


def test_name_is_required(shared):
    shared.api("PUT", "lab/api/workspaces", data="{}", status=400)
    shared.api("PUT", "lab/api/workspaces/", data="{}", status=400)
    shared.api("DELETE", "lab/api/workspaces/", status=(400, 500))


@pytest.mark.ours
def test_broken_file_is_no_layout(lab):
    put(lab, "default", layout("default", x=1))
    (lab.config_dir / "lab/workspaces/default-37a8.jupyterlab-workspace").write_text("")
    assert lab.api("GET", "lab/api/workspaces/default", status=200).json()["data"] == {}
    assert lab.api("GET", "lab/api/workspaces", status=200).json()["workspaces"]["ids"] == []


def test_needs_login(shared):
    for method in ("GET", "PUT", "DELETE"):
        shared.api(method, "lab/api/workspaces/x", auth=False, status=403)
