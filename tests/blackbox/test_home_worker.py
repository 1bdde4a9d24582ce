"""What `labwright worker home` shows of a directory, and that nothing makes it leave that directory."""
import io
import json
import os
import socket
import subprocess
import tarfile
from pathlib import Path
from urllib.parse import quote

import pytest

from lw import default_binary


class Worker:
    def __init__(self, home, where):
        self.path = str(where / "s")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path)
        listener.listen(16)
        self.process = subprocess.Popen([default_binary(), "worker", "home", str(home)], stdin=subprocess.DEVNULL,
                                        pass_fds=[3], preexec_fn=lambda: os.dup2(listener.fileno(), 3))
        listener.close()

    def close(self):
        self.process.kill()
        self.process.wait()

    def raw(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(self.path)
            s.sendall(line)
            s.shutdown(socket.SHUT_WR)
            with s.makefile("rb") as f:
                return json.loads(f.readline()), f.read()

    def ask(self, path=b"", **more):
        return self.raw(json.dumps({"path": quote(path, safe="/"), **more}).encode() + b"\n")


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret").write_text("of somebody else")
    return home


@pytest.fixture
def worker(home, tmp_path):
    w = Worker(home, tmp_path)
    yield w
    w.close()


def test_directories_and_files(home, worker):
    (home / "a dir").mkdir()
    (home / "a dir" / "x.txt").write_text("ä" * 100)
    (home / "b.bin").write_bytes(bytes(range(256)) * 5000)
    (home / "empty").touch()
    head, _ = worker.ask()
    assert head["type"] == "directory" and head["total_files"] == 3 and head["skipped_files"] == 0
    assert [(f["name"], f["type"], f["size"]) for f in head["files"]] == [("a dir", "directory", 0),
                                                                       ("b.bin", "file", 1280000), ("empty", "file", 0)]
    head, body = worker.ask(b"a dir/x.txt")
    assert head["type"] == "file" and head["text"] and body.decode() == "ä" * 100
    head, body = worker.ask(b"b.bin")
    assert not head["text"] and body == (home / "b.bin").read_bytes() and head["size"] == len(body)
    assert worker.ask(b"empty")[1] == b""
    assert worker.ask(b"nothing")[0]["error"]["slug"] == "not-found"
    assert worker.ask(b"empty/x")[0]["error"]["slug"] == "not-found"


def test_names_of_any_bytes(home, worker):
    for name in (b"\xff\xfe", "ü".encode(), b"new\nline", b'q"uote\\', b"%2e%2e", b"-rf"):
        (Path(os.fsdecode(bytes(home))) / os.fsdecode(name)).write_bytes(b"is " + name)
    head, _ = worker.ask()
    assert head["total_files"] == 6
    for f in head["files"]:
        answer, body = worker.raw(json.dumps({"path": f["href"]}).encode() + b"\n")
        assert answer["type"] == "file" and body.startswith(b"is "), (f, answer)


@pytest.mark.parametrize("path", [b"..", b"../secret", b"a/../../secret", b"/etc/passwd", b"out", b"out/secret", b"file-out",
                                  b"loop", b"proc/root/etc/passwd", b"a/up/../secret"])
def test_never_leaves(home, worker, path):
    (home / "a").mkdir()
    (home / "a" / "up").symlink_to("../..")
    (home / "out").symlink_to("..")
    (home / "file-out").symlink_to("../secret")
    (home / "loop").symlink_to("loop")
    (home / "proc").symlink_to("/proc/self")
    head, body = worker.ask(path)
    assert head["error"]["slug"] in ("forbidden", "not-found"), head
    assert body == b""
    head, body = worker.ask(path, tar=True)
    assert "error" in head and body == b""


def test_links_that_stay(home, worker):
    (home / "data").mkdir()
    (home / "data" / "x").write_text("x")
    (home / "data" / "back").symlink_to("../data")
    (home / "here").symlink_to("data")
    (home / "there").symlink_to("/etc")
    types = {f["name"]: f["type"] for f in worker.ask()[0]["files"]}
    assert types == {"data": "directory", "here": "directory", "there": "link"}
    assert worker.ask(b"here/back/x")[1] == b"x"
    assert {f["name"]: f["type"] for f in worker.ask(b"data")[0]["files"]} == {"back": "directory", "x": "file"}


def test_special_files(home, worker):
    os.mkfifo(home / "fifo")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(home / "sock"))
    assert {f["type"] for f in worker.ask()[0]["files"]} == {"other"}
    for name in (b"fifo", b"sock"):
        assert worker.ask(name)[0]["error"]["slug"] == "invalid"
    names = tarfile.open(fileobj=io.BytesIO(worker.ask(tar=True)[1])).getnames()
    assert names == ["home"]


def test_archive(home, worker):
    deep = home / ("d" * 200) / ("e" * 200)
    deep.mkdir(parents=True)
    (deep / "ü.txt").write_text("deep")
    (home / os.fsdecode(b"\xff")).write_text("bytes")
    (home / "link").symlink_to("/etc/passwd")
    (home / "run.sh").write_text("#!/bin/sh\n")
    (home / "run.sh").chmod(0o4755)
    with open(home / "sparse", "wb") as f:
        f.truncate(50_000_000)
    head, body = worker.ask(tar=True)
    assert head == {"type": "tar", "name": "home"}
    tar = tarfile.open(fileobj=io.BytesIO(body))
    found = {os.fsencode(m.name): m for m in tar}
    assert found[b"home/link"].linkname == "/etc/passwd" and found[b"home/link"].issym()
    assert found[b"home/run.sh"].mode == 0o755  # never setuid
    assert found[b"home/\xff"].size == 5
    assert found[b"home/sparse"].size == 50_000_000
    assert tar.extractfile(f"home/{'d' * 200}/{'e' * 200}/ü.txt").read() == b"deep"
    head, body = worker.ask(b"d" * 200, tar=True)
    assert head["name"] == "d" * 200
    assert tarfile.open(fileobj=io.BytesIO(body)).getnames()[0] == "d" * 200


def test_large_directory(home, worker):
    for i in range(10_050):
        (home / f"{i:05}{'x' * (i % 7)}").touch()
    head, _ = worker.ask()
    assert head["total_files"] == 10_050 and len(head["files"]) == 10_000 and head["skipped_files"] == 50


def test_long_names_fit_the_line(home, worker):
    for i in range(3000):
        (home / (f"{i:04}" + "\x01" * 240)).touch()
    head, _ = worker.ask()
    assert head["total_files"] == 3000 and head["skipped_files"] == 3000 - len(head["files"]) > 0


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"{\n", b'{"path": 3}\n', b'{"path": "%00"}\n', b"", b"x" * 20000 + b"\n",
                                  b'{"path": "' + b"a/" * 5000 + b'"}\n'])
def test_nonsense(home, worker, line):
    try:
        head, _ = worker.raw(line)
        assert "error" in head or head["type"] == "directory"
    except ConnectionError:
        assert len(line) > 16384  # it did not read on
    assert worker.ask()[0]["type"] == "directory"


def test_a_reader_that_takes_nothing_holds_up_nobody(home, worker):
    (home / "big").write_bytes(b"x" * 5_000_000)
    stuck = []
    for _ in range(5):
        s = socket.socket(socket.AF_UNIX)
        s.connect(worker.path)
        s.sendall(b'{"path": "big"}\n')
        stuck.append(s)
    assert worker.ask()[0]["type"] == "directory"
    for s in stuck:
        s.close()
