"""Browsing, opening, saving, copying, moving and deleting files (contract 3.4)."""
import base64
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lw import TREE, default_refenv, wait_for

KEYS = {"name", "path", "type", "created", "last_modified", "writable", "size", "mimetype", "format", "content",
        "hash", "hash_algorithm"}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$")


def check_model(m, **want):
    assert KEYS <= m.keys()
    assert ISO.match(m["created"]) and ISO.match(m["last_modified"])
    for k, v in want.items():
        assert m[k] == v, k


def get(s, path, status=200, **args):
    r = s.api("GET", f"api/contents/{path}", params=args, status=status)
    return r.json() if r.headers.get("Content-Type", "").startswith("application/json") and r.text[:1] in "{[" else r


def save(s, path, text, status=(200, 201), **kw):
    return s.api("PUT", f"api/contents/{path}", json={"type": "file", "format": "text", "content": text, **kw}, status=status)


def names(s, path=""):
    return {m["name"] for m in get(s, path)["content"]}


# ---- reading --------------------------------------------------------------------------------------------------


def test_models(shared):
    root = shared.root
    (root / "m").mkdir()
    (root / "m/a.txt").write_bytes("é\r\n\ufeff".encode())
    (root / "m/b.bin").write_bytes(b"\xff" * 100)
    (root / "m/n.ipynb").write_text("not parsed for a listing")
    check_model(get(shared, "m"), name="m", path="m", type="directory", size=None, mimetype=None, format="json")
    check_model(get(shared, "m", content=0), content=None, format=None)
    listing = {c["name"]: c for c in get(shared, "m")["content"]}
    assert set(listing) == {"a.txt", "b.bin", "n.ipynb"}
    for c in listing.values():
        check_model(c, content=None, format=None, hash=None)
    assert listing["n.ipynb"]["type"] == "notebook" and listing["n.ipynb"]["mimetype"] is None
    m = get(shared, "m/a.txt")
    check_model(m, type="file", content="é\r\n\ufeff", format="text", mimetype="text/plain", size=7)
    b = get(shared, "m/b.bin")
    check_model(b, format="base64", mimetype="application/octet-stream", content=base64.encodebytes(b"\xff" * 100).decode())
    assert get(shared, "m/a.txt", format="base64")["content"] == base64.encodebytes("é\r\n\ufeff".encode()).decode()
    t = os.lstat(root / "m/a.txt").st_mtime_ns
    assert abs(time.mktime(time.strptime(m["last_modified"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone - t // 10**9) <= 1


def test_root_and_slashes(shared):
    check_model(get(shared, ""), name="", path="", type="directory")
    assert shared.api("GET", "api/contents").json()["path"] == ""
    r = shared.api("GET", "api/contents/m/", status=302)
    assert r.headers["Location"] == "/api/contents/m"
    shared.api("GET", "api/contents/m//a.txt", status=404)


def test_validators(shared):
    save(shared, "v.txt", "1")
    r = shared.api("GET", "api/contents/v.txt", status=200)
    assert re.fullmatch('"[0-9a-f]{40}"', r.headers["ETag"])
    assert hashlib.sha1(r.content).hexdigest() == r.headers["ETag"].strip('"')
    assert "Location" not in r.headers and r.headers["Last-Modified"].endswith(" GMT")
    for tag in (r.headers["ETag"], "W/" + r.headers["ETag"], '"x", ' + r.headers["ETag"], "*"):
        again = shared.api("GET", "api/contents/v.txt", headers={"If-None-Match": tag}, status=304)
        assert again.content == b"" and "Content-Type" not in again.headers
    shared.api("GET", "api/contents/v.txt", headers={"If-None-Match": '"x"'}, status=200)


def test_validator_of_a_hashed_notebook(shared):
    """It changes with the bytes, and with the verdict about their trust."""
    out = {"output_type": "display_data", "data": {"text/html": ["<b>"]}, "metadata": {}}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": [], "execution_count": 1, "outputs": [out]}
    nb = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = shared.root / "tag.ipynb"
    tags = []
    for source in (["1"], ["2"]):
        cell["source"] = source
        path.write_text(json.dumps(nb))
        os.utime(path, (1700000000, 1700000000))
        tags.append(shared.api("GET", "api/contents/tag.ipynb?hash=1", status=200).headers["ETag"])
    shared.api("POST", "api/contents/tag.ipynb/trust", status=201)
    r = shared.api("GET", "api/contents/tag.ipynb?hash=1", status=200)
    tags.append(r.headers["ETag"])
    assert r.json()["content"]["cells"][0]["metadata"]["trusted"] is True
    assert len(set(tags)) == 3
    shared.api("GET", "api/contents/tag.ipynb?hash=1", headers={"If-None-Match": tags[2]}, status=304)


def test_hash_is_of_the_bytes_on_disk(shared):
    body = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (shared.root / "h.ipynb").write_text(json.dumps(body))  # not in normal form
    want = hashlib.sha256((shared.root / "h.ipynb").read_bytes()).hexdigest()
    for args in ({"content": 1}, {"content": 0}, {"type": "file"}):
        check_model(get(shared, "h.ipynb", hash=1, **args), hash=want, hash_algorithm="sha256")
    saved = shared.api("PUT", "api/contents/h.ipynb", json={"type": "notebook", "content": body}, status=200).json()
    assert saved["hash"] is None
    after = get(shared, "h.ipynb", content=0, hash=1)
    assert after["hash"] == hashlib.sha256((shared.root / "h.ipynb").read_bytes()).hexdigest()
    assert after["last_modified"] == saved["last_modified"]
    assert get(shared, "", hash=1)["hash"] is None


def test_query(shared):
    save(shared, "q.txt", "1")
    for q in ("content=2", "hash=x", "format=json", "content="):
        shared.api("GET", f"api/contents/q.txt?{q}", status=400)
    for q in ("1712345678901", "content=1&1712345678901", "contentProviderId=x", "type=weird", "content=0&content=1"):
        shared.api("GET", f"api/contents/q.txt?{q}", status=200)
    r = shared.api("GET", "api/contents/q.txt?type=directory", status=400)
    assert r.reason == "bad type" and r.json()["reason"] == "bad type"
    (shared.root / "latin.txt").write_bytes(b"\xe9")
    r = shared.api("GET", "api/contents/latin.txt?format=text", status=400)
    assert r.json()["reason"] == "bad format"


def test_odd_entries_never_break_a_listing(shared):
    d = shared.root / "odd"
    d.mkdir()
    os.mkfifo(d / "fifo")
    os.symlink("nowhere", d / "dangling")
    os.symlink("loop", d / "loop")
    os.symlink(".", d / "self")
    (d / "plain").write_text("")
    Path(os.fsdecode(os.fsencode(d) + b"/\xff.txt")).write_text("")
    for n in ("__pycache__", "a.pyc", "b.pyo", ".DS_Store", "c~", ".hidden"):
        (d / n).write_text("")
    assert names(shared, "odd") == {"dangling", "self", "plain"}
    started = time.monotonic()
    get(shared, "odd/fifo", status=400)
    get(shared, "odd/dangling", status=400)
    get(shared, "odd/fifo", content=0)
    assert time.monotonic() - started < 2


def test_confinement(shared):
    for path in ("..%2f..%2fetc%2fpasswd", "x/..%2f..%2f..%2fetc/passwd", "%2e%2e%2fx", "a%00b"):
        shared.api("GET", f"api/contents/{path}", status=404)
    shared.api("GET", "api/contents/%ff", status=400)
    outside = shared.tmp / "outside.txt"
    outside.write_text("linked")
    os.symlink(outside, shared.root / "out.txt")
    assert get(shared, "out.txt")["content"] == "linked"  # links may lead out
    save(shared, "..%2fevil.txt", "x", status=404)
    assert not (shared.tmp / "evil.txt").exists()


@pytest.mark.ours
def test_a_large_directory_delays_nobody(shared):
    d = shared.root / "many"
    d.mkdir()
    for i in range(20000):
        (d / f"file-{i:06}.txt").touch()
    took, delays, stop = [], [], threading.Event()

    def other():
        while not stop.is_set():
            t = time.monotonic()
            shared.session().get(shared.url + "api", timeout=5)
            delays.append(time.monotonic() - t)

    watcher = threading.Thread(target=other)
    watcher.start()
    for _ in range(3):
        t = time.monotonic()
        assert len(get(shared, "many")["content"]) == 20000
        took.append(time.monotonic() - t)
    stop.set()
    watcher.join()
    assert min(took) < 2
    assert sorted(delays)[len(delays) // 2] < 0.1


# ---- creating --------------------------------------------------------------------------------------------------


def test_untitled(lab):
    def new(body, path=""):
        r = lab.api("POST", f"api/contents{path}", json=body, status=201)
        m = r.json()
        check_model(m, content=None, format=None)
        assert r.headers["Location"].endswith("/api/contents/" + m["path"].replace(" ", "%20"))
        return m["path"]

    assert lab.api("POST", "api/contents", status=201).json()["path"] == "untitled"
    assert [new({}), new({"type": "notebook"}), new({"ext": ".ipynb"})] == ["untitled1", "Untitled.ipynb", "Untitled1.ipynb"]
    assert [new({"type": "directory"}), new({"type": "directory"})] == ["Untitled Folder", "Untitled Folder 1"]
    assert new({"type": "file", "ext": ".py", "path": "ignored"}, "/Untitled Folder") == "Untitled Folder/untitled.py"
    assert get(lab, "Untitled.ipynb")["content"] == {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    lab.api("POST", "api/contents/nope", json={}, status=404)
    assert lab.api("POST", "api/contents/untitled", json={}, status=400).json()["message"] == "Cannot POST to files, use PUT instead."


def test_many_new_files_at_once(lab):
    paths = []

    def create():
        with lab.session() as http:
            r = http.post(lab.url + "api/contents", headers={"Authorization": f"token {lab.token}"}, json={"type": "file"})
            paths.append(r.json()["path"])

    threads = [threading.Thread(target=create) for _ in range(12)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(set(paths)) == 12
    assert set(paths) == {"untitled", *(f"untitled{i}" for i in range(1, 12))}


def test_copy(lab):
    (lab.root / "a.txt").write_bytes(b"\xff\r\n")
    (lab.root / "d/sub").mkdir(parents=True)
    (lab.root / "d/sub/x").write_text("x")

    def copy(source, to=""):
        return lab.api("POST", f"api/contents/{to}", json={"copy_from": source}, status=201).json()["path"]

    assert [copy("a.txt"), copy("a.txt"), copy("a-Copy1.txt")] == ["a-Copy1.txt", "a-Copy2.txt", "a-Copy3.txt"]
    assert (lab.root / "a-Copy1.txt").read_bytes() == b"\xff\r\n"
    assert [copy("a-Copy1.txt", "d"), copy("/a.txt/", "d")] == ["d/a.txt", "d/a-Copy1.txt"]
    assert copy("d") == "d-Copy1" and (lab.root / "d-Copy1/sub/x").read_text() == "x"
    lab.api("POST", "api/contents", json={"copy_from": "nope"}, status=404)
    lab.api("POST", "api/contents/no/no", json={"copy_from": "a.txt"}, status=404)
    assert copy("a.txt", "plain.txt") == "plain.txt"


# ---- saving ----------------------------------------------------------------------------------------------------


def test_save_keeps_bytes(lab):
    text = "a\r\nb\rc\n\u2028é\ufeff\0"
    r = save(lab, "t.txt", text, status=201)
    check_model(r.json(), content=None, format=None, size=len(text.encode()))
    assert r.headers["Location"] == "/api/contents/t.txt"
    assert (lab.root / "t.txt").read_bytes() == text.encode()
    save(lab, "t.txt", "", status=200)
    assert (lab.root / "t.txt").read_bytes() == b""
    raw = os.urandom(5000)
    lab.api("PUT", "api/contents/b", json={"type": "file", "format": "base64", "content": base64.encodebytes(raw).decode()}, status=201)
    assert (lab.root / "b").read_bytes() == raw
    lab.api("PUT", "api/contents/b", json={"type": "file", "format": "base64", "content": "YQ"}, status=400)
    assert (lab.root / "b").read_bytes() == raw


def test_save_in_place(lab):
    f = lab.root / "f.txt"
    f.write_text("old")
    f.chmod(0o640)
    os.link(f, lab.root / "hard")
    os.symlink("f.txt", lab.root / "soft")
    inode = f.stat().st_ino
    save(lab, "soft", "new", status=200)
    assert (lab.root / "soft").is_symlink() and (lab.root / "hard").read_text() == "new"
    assert f.stat().st_ino == inode and f.stat().st_mode & 0o777 == 0o640
    assert not (lab.root / ".~f.txt").exists()


def test_directories(lab):
    def put(path, status):
        return lab.api("PUT", f"api/contents/{path}", json={"type": "directory"}, status=status)

    put("d", 201)
    put("d", 201)
    put("d/e/f", 500)
    put("d/e", 201)
    save(lab, "d/x", "x")
    put("d/x", 400)
    assert (lab.root / "d/e").is_dir()


def test_upload_in_chunks(lab):
    data = os.urandom((2 << 20) + 12345)
    pieces = [data[i:i + (1 << 20)] for i in range(0, len(data), 1 << 20)]
    for i, piece in enumerate(pieces):
        r = lab.api("PUT", "api/contents/up.ipynb", status=201 if i == 0 else 200, json={
            "type": "file", "format": "base64", "name": "up.ipynb", "chunk": i + 1 if i + 1 < len(pieces) else -1,
            "content": base64.b64encode(piece).decode()})
        check_model(r.json(), content=None)
    assert (lab.root / "up.ipynb").read_bytes() == data
    lab.api("PUT", "api/contents/x", json={"type": "notebook", "chunk": 1, "content": {}}, status=400)


def test_saves_of_one_file_do_not_interleave(lab):
    texts = [chr(97 + i) * 400_000 for i in range(8)]

    def write(text):
        for _ in range(4):
            with lab.session() as http:
                http.put(lab.url + "api/contents/race.txt", headers={"Authorization": f"token {lab.token}"},
                         json={"type": "file", "format": "text", "content": text}).raise_for_status()

    threads = [threading.Thread(target=write, args=(t,)) for t in texts]
    [t.start() for t in threads]
    seen = set()
    while any(t.is_alive() for t in threads):
        r = lab.api("GET", "api/contents/race.txt")
        if r.status_code == 200:
            seen.add(r.json()["content"])
    [t.join() for t in threads]
    assert seen <= set(texts)
    assert (lab.root / "race.txt").read_text() in texts


@pytest.mark.ours  # the original leaves what it could not write
def test_full_disk_keeps_the_old_content(make_server, root_user, tmp_path):
    mount = tmp_path / "small"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(mount)], capture_output=True).returncode:
        pytest.skip("cannot mount a tmpfs")
    try:
        s = make_server(root=mount)
        save(s, "a.txt", "precious")
        r = save(s, "a.txt", "x" * 400_000, status=500)
        assert r.json()["message"].startswith("Unexpected error while saving file: a.txt ")
        assert (mount / "a.txt").read_text() == "precious" and not (mount / ".~a.txt").exists()
        save(s, "new.txt", "x" * 400_000, status=500)
        (mount / "n.ipynb").write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
        nb = {"cells": [], "metadata": {"x": "x" * 400_000}, "nbformat": 4, "nbformat_minor": 5}
        s.api("PUT", "api/contents/n.ipynb", json={"type": "notebook", "content": nb}, status=500)
        assert json.loads((mount / "n.ipynb").read_text())["metadata"] == {}
        save(s, "c.bin", "x" * 400_000, chunk=1, status=500)
        save(s, "a.txt", "x" * 400_000, chunk=-1, status=500)
        assert (mount / "a.txt").read_text() == "precious"
        assert not any((mount / n).exists() for n in ("new.txt", "c.bin", ".~n.ipynb"))
        save(s, "a.txt", "better", status=200)
        s.close()
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


@pytest.mark.ours  # the original calls most of these 500 when it is not EACCES
def test_read_only_file_system(lab, root_user):
    """EROFS is a permission too: 403 for everything that would write, and nothing is changed."""
    ro = lab.root / "ro"
    (ro / "d").mkdir(parents=True)
    (ro / "a.txt").write_text("old")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(ro / "d")], capture_output=True).returncode:
        pytest.skip("cannot mount a tmpfs")
    try:
        for path, extra in (("n.txt", {}), ("c.bin", {"chunk": 1}), ("e.txt", {"chunk": -1})):
            assert save(lab, f"ro/d/{path}", "x", status=403, **extra).json()["message"] == f"Permission denied: ro/d/{path}"
        for body in ({"type": "notebook"}, {"type": "directory"}, {"type": "file"}, {"copy_from": "ro/a.txt"}):
            r = lab.api("POST", "api/contents/ro/d", json=body, status=403)
            assert r.json()["message"].startswith("Permission denied: ro/d/")
        lab.api("PUT", "api/contents/ro/d/dir", json={"type": "directory"}, status=403)
        lab.api("PATCH", "api/contents/ro/a.txt", json={"path": "ro/d/a.txt"}, status=403)
        assert (ro / "a.txt").read_text() == "old" and os.listdir(ro / "d") == []
    finally:
        subprocess.run(["umount", "-l", str(ro / "d")], check=True)


def test_read_only(lab, not_root):
    (lab.root / "ro.txt").write_text("old")
    (lab.root / "ro.txt").chmod(0o444)
    assert save(lab, "ro.txt", "new", status=403).json()["message"] == "Permission denied: ro.txt"
    (lab.root / "closed").mkdir()
    (lab.root / "closed/w.txt").write_text("old")
    (lab.root / "closed").chmod(0o555)
    save(lab, "closed/w.txt", "new", status=200)
    save(lab, "closed/n.txt", "new", status=403)
    (lab.root / "closed").chmod(0o755)


# ---- moving and deleting ---------------------------------------------------------------------------------------


def test_rename(lab):
    save(lab, "a.txt", "a")
    save(lab, "b.txt", "b")
    r = lab.api("PATCH", "api/contents/a.txt", json={"path": "å c.txt"}, status=200)
    assert r.headers["Location"] == "/api/contents/%C3%A5%20c.txt"
    check_model(r.json(), path="å c.txt", content=None)
    assert lab.api("PATCH", "api/contents/b.txt", json={"path": "å c.txt"}, status=409).json()["message"] == "File already exists: å c.txt"
    lab.api("PATCH", "api/contents/nope", json={"path": "x"}, status=404)
    lab.api("PATCH", "api/contents/b.txt", status=400)
    lab.api("PATCH", "api/contents/b.txt", json={"path": "b.txt"}, status=200)
    lab.api("PATCH", "api/contents/b.txt", json={"path": ".b"}, status=400)
    lab.api("PATCH", "api/contents/b.txt", json={"path": "../b"}, status=404)
    assert names(lab) == {"å c.txt", "b.txt"}


def test_delete_goes_to_the_trash(lab):
    save(lab, "a.txt", "precious")
    (lab.root / "d").mkdir()
    (lab.root / "d/x").write_text("x")
    r = lab.api("DELETE", "api/contents/a.txt", status=204)
    assert r.content == b"" and "Content-Type" not in r.headers
    lab.api("DELETE", "api/contents/d", status=204)
    lab.api("DELETE", "api/contents/d", status=404)
    assert lab.api("DELETE", "api/contents", status=400).json()["message"] == "Can't delete root"
    trash = lab.home / ".local/share/Trash"
    if trash.exists():  # on the file system of the home
        assert (trash / "files/a.txt").read_text() == "precious" and (trash / "files/d/x").read_text() == "x"
        info = (trash / "info/a.txt.trashinfo").read_text()
        assert info.startswith("[Trash Info]\n") and f"Path={lab.root}/a.txt\n" in info
        assert re.search(r"DeletionDate=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\n", info)


def test_delete_for_good(make_server):
    s = make_server(args=["--FileContentsManager.delete_to_trash=False"])
    (s.root / "d").mkdir()
    (s.root / "d/x").write_text("x")
    assert "not empty" in s.api("DELETE", "api/contents/d", status=400).json()["message"]
    s.api("DELETE", "api/contents/d/x", status=204)
    (s.root / "d/.ipynb_checkpoints").mkdir(exist_ok=True)
    s.api("DELETE", "api/contents/d", status=204)
    assert not (s.root / "d").exists()


# ---- hidden ----------------------------------------------------------------------------------------------------


def test_hidden(lab):
    (lab.root / ".h").mkdir()
    (lab.root / ".h/x.txt").write_text("x")
    save(lab, "a.txt", "a")
    assert names(lab) == {"a.txt"}
    for path in (".h", ".h/x.txt", ".nope"):
        get(lab, path, status=404)
        lab.api("DELETE", f"api/contents/{path}", status=400)
        save(lab, path, "y", status=400)
    lab.api("PUT", "api/contents/.d", json={"type": "directory"}, status=400)
    lab.api("POST", "api/contents", json={"copy_from": ".h/x.txt"}, status=400)
    assert (lab.root / ".h/x.txt").read_text() == "x"


def test_allow_hidden(make_server):
    s = make_server(args=["--ContentsManager.allow_hidden=True"])
    (s.root / ".h").mkdir()
    (s.root / ".h/x.txt").write_text("x")
    assert ".h" in names(s)
    assert get(s, ".h/x.txt")["content"] == "x"
    save(s, ".h/x.txt", "y", status=200)


# ---- around it -------------------------------------------------------------------------------------------------


def test_events(lab):
    w = lab.ws("api/events/subscribe")
    save(lab, "e.txt", "1")
    lab.api("PATCH", "api/contents/e.txt", json={"path": "f.txt"})
    lab.api("DELETE", "api/contents/f.txt")
    got = []
    w.settimeout(5)

    def seen():
        got.append(json.loads(w.recv()))
        return any(e["action"] == "delete" for e in got)
    wait_for(seen, 10, "delete event")
    assert {"save", "rename", "delete"} <= {e["action"] for e in got}
    rename = next(e for e in got if e["action"] == "rename")
    assert (rename["path"], rename["source_path"]) == ("f.txt", "e.txt")


def test_base_url(make_server):
    s = make_server(base_url="/a%40b/")
    assert save(s, "x y.txt", "1", status=201).headers["Location"] == "/a%40b/api/contents/x%20y.txt"


@pytest.mark.ours
def test_same_answers_as_the_reference():
    if not (Path(default_refenv()) / "bin/jupyter-lab").exists():
        pytest.skip("no reference environment (./dev refenv)")
    done = subprocess.run([sys.executable, str(TREE / "tests/lib/compare.py"), "contents"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


# ---- long listings

def many(server, count=6000):
    """A directory whose listing does not fit into one piece; its names."""
    folder = server.root / "many"
    folder.mkdir()
    names = [f"a file with a long name, so that few are enough for several pieces {i:05d}.txt" for i in range(count)]
    for name in names:
        (folder / name).touch()
    return names


@pytest.mark.ours
def test_a_long_listing_comes_in_pieces(lab):
    names = many(lab)
    r = lab.api("GET", "api/contents/many", status=200)
    assert r.headers["Transfer-Encoding"] == "chunked" and "Last-Modified" in r.headers and "ETag" not in r.headers
    model = r.json()
    assert sorted(c["name"] for c in model["content"]) == names and model["type"] == "directory"
    assert all(c["path"] == f"many/{c['name']}" and c["mimetype"] == "text/plain" for c in model["content"])
    r = lab.api("GET", "api/contents/", status=200)
    assert "ETag" in r.headers and [c["name"] for c in r.json()["content"]] == ["many"]


@pytest.mark.ours
def test_a_client_leaves_in_the_middle_of_a_listing(lab):
    many(lab)
    lab.api("GET", "api/contents/", status=200)
    fds = lambda: len(os.listdir(f"/proc/{lab.proc.pid}/fd"))  # noqa: E731
    before = fds()
    for _ in range(20):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect(("127.0.0.1", lab.port))
            s.sendall(f"GET /api/contents/many HTTP/1.1\r\nHost: 127.0.0.1:{lab.port}\r\nAuthorization: token {lab.token}\r\n\r\n".encode())
            assert s.recv(100).startswith(b"HTTP/1.1 200")
    assert len(lab.api("GET", "api/contents/many", status=200).json()["content"]) == 6000
    wait_for(lambda: fds() <= before, 10, "directories and sockets closed")
