"""Files and notebooks: behaviours 7 to 11 and 23 of jupyter-contract section 10."""

import hashlib
import json
import os

import pytest

from contract10 import call, code_cell, notebook, put_nb, put_text


@pytest.fixture
def srv(shared):
    return shared


def test_07_contents_models_have_every_key(srv):
    put_text(srv, "seven.txt", "x")
    keys = {"name", "path", "type", "created", "last_modified", "writable", "size", "mimetype", "format",
            "content", "hash", "hash_algorithm"}
    for q in ("", "?content=0", "?hash=1"):
        assert keys <= set(call(srv, "GET", "api/contents/seven.txt" + q).json())
    listing = call(srv, "GET", "api/contents").json()
    assert keys <= set(listing)
    for e in listing["content"]:
        assert keys <= set(e)
        assert e["content"] is None and e["format"] is None


def test_08_hash_is_of_the_bytes_on_disk_and_times_agree_after_put(srv):
    put_nb(srv, "eight.ipynb", notebook([code_cell("a\nb")]))
    disk = (srv.root / "eight.ipynb").read_bytes()
    m = call(srv, "GET", "api/contents/eight.ipynb?hash=1&content=1").json()
    assert m["hash"] == hashlib.sha256(disk).hexdigest() and m["hash_algorithm"] == "sha256"
    p = put_nb(srv, "eight.ipynb", notebook([code_cell("a\nb\nc")])).json()
    g = call(srv, "GET", "api/contents/eight.ipynb?content=0&hash=1").json()
    assert p["last_modified"] == g["last_modified"] and p["hash"] is None
    assert g["hash"] == hashlib.sha256((srv.root / "eight.ipynb").read_bytes()).hexdigest()


def test_09_notebook_writer_normal_form(srv):
    out = {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m\nü\n"}
    nb = notebook([code_cell("a = 1\nb = 0.1", [out])], z=1, a={"k": 1e-05, "big": 10 ** 30})
    put_nb(srv, "nine.ipynb", nb)
    disk = (srv.root / "nine.ipynb").read_bytes().decode()
    nb["cells"][0]["source"] = ["a = 1\n", "b = 0.1"]
    nb["cells"][0]["outputs"][0]["text"] = ["\x1b[31mred\x1b[0m\n", "ü\n"]
    assert disk == json.dumps(nb, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": ")) + "\n"
    assert "\\u001b" in disk and "\\u001B" not in disk
    put_nb(srv, "nine.ipynb", call(srv, "GET", "api/contents/nine.ipynb").json()["content"])
    assert (srv.root / "nine.ipynb").read_bytes().decode() == disk, "saving what was read changes bytes"
    put_nb(srv, "nine2.ipynb", dict(notebook([]), nbformat_minor=2))
    assert json.loads((srv.root / "nine2.ipynb").read_text())["nbformat_minor"] == 2


def test_10_reader_joins_lists_but_not_json_outputs(srv):
    data = {"text/plain": ["a\n", "b"], "application/json": ["x", "y"],
            "application/vnd.plotly.v1+json": ["p", "q"], "text/html": ["<b>", "</b>"]}
    out = {"output_type": "display_data", "metadata": {}, "data": data}
    nb = notebook([dict(code_cell("", [out]), source=["1\n", "2"])])
    (srv.root / "ten.ipynb").write_text(json.dumps(nb))
    cell = call(srv, "GET", "api/contents/ten.ipynb").json()["content"]["cells"][0]
    assert cell["source"] == "1\n2"
    got = cell["outputs"][0]["data"]
    assert got["text/plain"] == "a\nb" and got["text/html"] == "<b></b>"
    assert got["application/json"] == ["x", "y"]
    assert got["application/vnd.plotly.v1+json"] == ["p", "q"]


def test_11_trust(srv):
    html = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>1</b>"}}

    def trusted(path):
        return call(srv, "GET", f"api/contents/{path}").json()["content"]["cells"][0]["metadata"]["trusted"]

    put_nb(srv, "t1.ipynb", notebook([code_cell("", [html], trusted=True)]))
    assert "trusted" not in (srv.root / "t1.ipynb").read_text()
    assert trusted("t1.ipynb") is True
    put_nb(srv, "t2.ipynb", notebook([code_cell("2", [html])]))
    assert trusted("t2.ipynb") is False
    put_nb(srv, "t3.ipynb", notebook([code_cell("3", [html], trusted=True), code_cell("4", [html], cid="d")]))
    assert trusted("t3.ipynb") is False
    raw = json.loads((srv.root / "t1.ipynb").read_text())
    raw["cells"][0]["outputs"][0]["data"]["text/html"] = ["<script>evil()</script>"]
    (srv.root / "t4.ipynb").write_text(json.dumps(raw))
    assert trusted("t4.ipynb") is False
    assert call(srv, "POST", "api/contents/t2.ipynb/trust").status_code == 201
    assert trusted("t2.ipynb") is True


def test_23_hidden_files_and_odd_entries(srv):
    d = srv.root / "odd"
    (d / ".hdir").mkdir(parents=True)
    for p in (".hidden", ".hdir/in", "ok.txt"):
        (d / p).write_text("x")
    os.symlink("nowhere", d / "dangling")
    os.symlink("loop", d / "loop")
    os.mkfifo(d / "fifo")
    with open(os.path.join(os.fsencode(d), b"\xff.txt"), "w"):
        pass
    names = {e["name"] for e in call(srv, "GET", "api/contents/odd").json()["content"]}
    assert "ok.txt" in names and "dangling" in names
    assert not names & {".hidden", ".hdir", "fifo"}
    for p in ("odd/.hidden", "odd/.hdir", "odd/.hdir/in"):
        assert call(srv, "GET", f"api/contents/{p}").status_code == 404
        assert call(srv, "DELETE", f"api/contents/{p}").status_code == 400
        assert call(srv, "PATCH", f"api/contents/{p}", json={"path": "odd/x"}).status_code == 400
    assert call(srv, "GET", "files/odd/.hidden").status_code == 404
    body = {"type": "file", "format": "text", "content": ""}
    assert call(srv, "PUT", "api/contents/odd/.new", json=body).status_code == 400
    assert call(srv, "PATCH", "api/contents/odd/ok.txt", json={"path": "odd/.ok"}).status_code == 400
    assert call(srv, "GET", "api/contents/odd/fifo").status_code == 400
    assert call(srv, "GET", "api/contents/odd/fifo?content=0").status_code == 200
