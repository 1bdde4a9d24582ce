"""Sessions: which document has which kernel (jupyter-contract 3.7)."""
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from lw import wait_for

SH = ["/bin/sh", "-c", "sleep 1000", "{connection_file}"]


@pytest.fixture(scope="module")
def srv(shared):
    for name in ("quick", "other"):
        d = shared.data_dir / "kernels" / name
        d.mkdir(parents=True)
        (d / "kernel.json").write_text(json.dumps({"argv": SH, "display_name": name, "language": "sh"}))
    return shared


@pytest.fixture(autouse=True)
def clean(srv):
    yield
    for k in srv.api("GET", "api/kernels").json():
        srv.api("DELETE", f"api/kernels/{k['id']}")


def post(srv, path, name="quick", **more):
    body = {"path": path, "type": "notebook", "name": path.split("/")[-1], "kernel": {"name": name}, **more}
    return srv.api("POST", "api/sessions", json=body, status=201).json()


def kernels(srv):
    return [k["id"] for k in srv.api("GET", "api/kernels", status=200).json()]


def test_model_location_list_order(srv):
    r = srv.api("POST", "api/sessions", status=201,
                json={"path": "d/a.ipynb", "type": "notebook", "name": "a.ipynb", "kernel": {"name": "quick"}})
    s = r.json()
    assert r.headers["Location"] == f"/api/sessions/{s['id']}"
    assert set(s) == {"id", "path", "name", "type", "kernel", "notebook"}
    assert s["notebook"] == {"path": "d/a.ipynb", "name": "a.ipynb"}
    assert s["kernel"]["name"] == "quick" and s["kernel"]["id"] in kernels(srv)
    c = post(srv, "console-1", type="console")
    assert "notebook" not in c
    assert [x["id"] for x in srv.api("GET", "api/sessions", status=200).json()] == [s["id"], c["id"]]
    assert srv.api("GET", f"api/sessions/{s['id']}", status=200).json()["id"] == s["id"]


@pytest.mark.parametrize("body,message", [
    (None, "No JSON data provided"), ({}, "Missing field in JSON data: path"),
    ({"path": "a"}, "Missing field in JSON data: type")])
def test_what_a_body_needs(srv, body, message):
    r = srv.api("POST", "api/sessions", status=400, **({"json": body} if body is not None else {}))
    assert r.json()["message"] == message


def test_names_are_never_null(srv):
    for body in ({}, {"name": None}):
        s = srv.api("POST", "api/sessions", status=201,
                    json={"path": f"p{len(body)}", "type": "file", "kernel": {"name": "quick"}, **body}).json()
        assert s["name"] == ""
    for s in srv.api("GET", "api/sessions").json():
        assert all(isinstance(s[k], str) for k in ("id", "path", "name", "type"))


def test_bodies_of_old_clients(srv):
    s = srv.api("POST", "api/sessions", status=201,
                json={"notebook": {"path": "old.ipynb"}, "kernel": {"name": "quick"}}).json()
    assert s["path"] == "old.ipynb" and s["type"] == "notebook"
    s = srv.api("PATCH", f"api/sessions/{s['id']}", json={"notebook": {"path": "new.ipynb"}}, status=200).json()
    assert s["path"] == "new.ipynb"


def test_one_path_one_kernel(srv):
    first = post(srv, "same.ipynb")
    again = post(srv, "same.ipynb", name="other")
    assert again["id"] == first["id"] and again["kernel"]["id"] == first["kernel"]["id"]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: post(srv, "at once.ipynb"), range(8)))
    assert len({m["id"] for m in made}) == 1 and len({m["kernel"]["id"] for m in made}) == 1
    assert len(kernels(srv)) == 2


def test_kernel_by_id(srv):
    k = srv.api("POST", "api/kernels", json={"name": "quick"}, status=201).json()["id"]
    s = post(srv, "attached.ipynb", kernel={"id": k, "name": "other"})
    assert s["kernel"]["id"] == k and len(kernels(srv)) == 1
    wanted = str(uuid.uuid4())
    s = post(srv, "named.ipynb", kernel={"id": wanted, "name": "quick"})
    assert s["kernel"]["id"] == wanted
    s = post(srv, "default.ipynb", kernel={})
    assert s["kernel"]["name"] == srv.api("GET", "api/kernelspecs").json()["default"]


def test_unknown_kernelspec(srv):
    r = srv.api("POST", "api/sessions", json={"path": "x", "type": "notebook", "kernel": {"name": "nosuch"}}, status=501)
    assert r.json()["short_message"] == "nosuch not found" and "nosuch" in r.json()["message"]
    assert "reason" not in r.json()
    assert srv.api("GET", "api/sessions").json() == [] and kernels(srv) == []


def test_path_outside_the_root(srv):
    srv.api("POST", "api/sessions", status=(404, 500),
            json={"path": "../../x.ipynb", "type": "notebook", "kernel": {"name": "quick"}})


def test_unknown_session(srv):
    sid = str(uuid.uuid4())
    for method in ("GET", "PATCH", "DELETE"):
        r = srv.api(method, f"api/sessions/{sid}", status=404, **({"json": {}} if method == "PATCH" else {}))
        assert r.json()["message"] == f"Session not found: session_id='{sid}'"


def test_rename(srv):
    s = post(srv, "a.ipynb")
    r = srv.api("PATCH", f"api/sessions/{s['id']}", json={"path": "b/c.ipynb", "name": "c.ipynb"}, status=200).json()
    assert (r["path"], r["name"], r["kernel"]["id"]) == ("b/c.ipynb", "c.ipynb", s["kernel"]["id"])
    assert post(srv, "b/c.ipynb")["id"] == s["id"]
    assert post(srv, "a.ipynb")["id"] != s["id"]
    srv.api("PATCH", f"api/sessions/{s['id']}", status=400)


def test_change_of_kernel(srv):
    s = post(srv, "a.ipynb")
    old = s["kernel"]["id"]
    r = srv.api("PATCH", f"api/sessions/{s['id']}", json={"kernel": {"name": "other"}}, status=200).json()
    assert r["kernel"]["name"] == "other" and r["kernel"]["id"] != old and kernels(srv) == [r["kernel"]["id"]]
    k = srv.api("POST", "api/kernels", json={"name": "quick"}, status=201).json()["id"]
    r = srv.api("PATCH", f"api/sessions/{s['id']}", json={"kernel": {"id": k}}, status=200).json()
    assert r["kernel"]["id"] == k and kernels(srv) == [k]
    r = srv.api("PATCH", f"api/sessions/{s['id']}", json={"kernel": {"id": str(uuid.uuid4())}}, status=400)
    assert r.json()["message"].startswith("No such kernel: ")
    r = srv.api("PATCH", f"api/sessions/{s['id']}", json={"kernel": {"name": "nosuch"}}, status=501).json()
    assert r["short_message"] == "Error starting kernel nosuch" and r["message"].startswith("The 'nosuch' kernel could not")
    assert srv.api("GET", f"api/sessions/{s['id']}").json()["kernel"]["id"] == k


def test_delete(srv):
    s = post(srv, "a.ipynb")
    assert srv.api("DELETE", f"api/sessions/{s['id']}", status=204).content == b""
    assert kernels(srv) == [] and srv.api("GET", "api/sessions").json() == []
    s = post(srv, "b.ipynb")
    srv.api("DELETE", f"api/kernels/{s['kernel']['id']}", status=204)
    assert srv.api("DELETE", f"api/sessions/{s['id']}", status=410).json()["message"] == "Kernel deleted before session"
    s = post(srv, "c.ipynb")
    srv.api("DELETE", f"api/kernels/{s['kernel']['id']}", status=204)
    assert srv.api("GET", "api/sessions").json() == []
    srv.api("GET", f"api/sessions/{s['id']}", status=404)


def test_the_kernel_knows_its_document(srv):
    (srv.root / "sub").mkdir(exist_ok=True)
    s = post(srv, "sub/n.ipynb", name="python3")
    k = srv.connect(s["kernel"]["id"])
    code = "import os; (os.getcwd(), os.environ['JPY_SESSION_NAME'])"
    assert eval(k.execute(code).value) == (str(srv.root / "sub"), str(srv.root / "sub" / "n.ipynb"))
    srv.api("PATCH", f"api/sessions/{s['id']}", json={"path": "sub/m.ipynb", "name": "m.ipynb"}, status=200)
    srv.api("POST", f"api/kernels/{k.id}/restart", status=200)
    assert eval(k.execute(code).value)[1] == str(srv.root / "sub" / "m.ipynb")


@pytest.mark.parametrize("data", ["{", "[]", '"x"', "7", '{"path": {}, "type": []}', '{"path": "a", "type": "b", "kernel": 7}'])
def test_odd_bodies(srv, data):
    assert srv.api("POST", "api/sessions", data=data).status_code in (400, 201)
    srv.api("GET", "api/sessions", status=200)


def test_malformed_ids_are_no_route(srv):
    r = srv.api("GET", "api/sessions/not-an-id", status=404)
    assert r.headers["Content-Type"].startswith("text/html")
