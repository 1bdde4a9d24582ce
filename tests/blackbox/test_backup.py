"""labwright backup and restore: a hub as one file while it runs, checked, and back; nothing is overwritten."""
import gzip
import io
import os
import shutil
import socket
import stat
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from lw import default_binary
from lwhub import PASSWORD, Hub, Person


def verb(name, *args, code=0):
    done = subprocess.run([default_binary(), name, *map(str, args)], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A hub with people and files, backed up while it runs; and what was in it."""
    folder = tmp_path_factory.mktemp("backup")
    with Hub() as h:
        h.set_up("root")
        alice = h.person("alice")
        alice.api("POST", "projects/", status=201, json={"name": "mnist"})
        key = alice.key()
        home = h.state / "ws/run_x/home"
        home.mkdir(parents=True)
        (home / "数据.txt").write_text("files of people")
        (home / "big").write_bytes(os.urandom(300000))
        (home / "sparse").write_bytes(b"")
        os.truncate(home / "sparse", 1 << 20)
        (home / "link").symlink_to("/etc/passwd")
        (home / "run.sh").write_text("x")
        (home / "run.sh").chmod(0o750)
        (home / b"\xff\xfe".decode(errors="surrogateescape")).write_text("no UTF-8")
        (h.state / "ws/run_x/work").mkdir()
        (h.state / "ws/run_x/work/junk").write_text("x")
        os.mkfifo(home / "fifo")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(home / "sock"))
        (h.state / "machines.yml").write_text("machines: {cpu: {}}\n")
        done = verb("backup", folder / "b.tar.gz", "--state", h.state)
        # Later changes are not in it.
        h.person("later")
        big = (home / "big").read_bytes()
        assert sorted(p.name for p in folder.iterdir()) == ["b.tar.gz"]
        yield {"file": folder / "b.tar.gz", "key": key, "big": big, "said": done.stdout, "state": h.state, "hub": h}


def test_private_and_complete(saved):
    assert stat.S_IMODE(saved["file"].stat().st_mode) == 0o600
    with tarfile.open(saved["file"]) as t:
        names = t.getnames()
    assert names[0] == "labwright-backup.json" and names[-1] == "labwright-backup.end"
    assert "hub/hub.db" in names and "hub/secret" in names and "machines.yml" in names
    for part in ("work/junk", "fifo", "sock", "hub.db-wal", "hub/lock"):
        assert not any(part in n for n in names), part
    assert str(len(names)) in saved["said"]


@pytest.fixture
def place():
    """A directory that the hub's own user can get through."""
    path = Path(tempfile.mkdtemp(prefix="lwback-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


def test_back_again(saved, place):
    state = place / "state"
    verb("restore", saved["file"], "--state", state)
    home = state / "ws/run_x/home"
    assert (home / "数据.txt").read_text() == "files of people"
    assert (home / "big").read_bytes() == saved["big"] and (home / "sparse").stat().st_size == 1 << 20
    assert os.readlink(home / "link") == "/etc/passwd" and stat.S_IMODE((home / "run.sh").stat().st_mode) == 0o750
    assert (home / b"\xff\xfe".decode(errors="surrogateescape")).read_text() == "no UTF-8"
    assert stat.S_IMODE(state.stat().st_mode) == 0o711 and stat.S_IMODE((state / "hub").stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "hub/hub.db").stat().st_mode) == 0o600
    assert (state / "hub/hub.db").stat().st_uid == (saved["state"] / "hub/hub.db").stat().st_uid
    assert [p.name for p in place.iterdir()] == ["state"]
    with Hub(state=state) as h:
        alice = Person(h, "alice")
        alice.log_in()
        assert '"alice/projects/mnist"' in h.api("GET", "projects", key=saved["key"], status=200).text
        h.api("POST", "user/login", status=401, json={"username": "later", "password": PASSWORD})


def test_nothing_is_overwritten(saved, tmp_path):
    assert "is there already" in verb("backup", saved["file"], "--state", saved["state"], code=1).stderr
    (tmp_path / "state").mkdir()
    (tmp_path / "state/x").write_text("mine")
    assert "is not empty" in verb("restore", saved["file"], "--state", tmp_path / "state", code=1).stderr
    assert "is not empty" in verb("restore", saved["file"], "--state", saved["state"], code=1).stderr
    (tmp_path / "empty").mkdir()
    verb("restore", saved["file"], "--state", tmp_path / "empty")


def damaged(saved, how):
    data = gzip.decompress(saved["file"].read_bytes())
    if how == "cut":
        return saved["file"].read_bytes()[:-1000]
    if how == "cut inside":
        return gzip.compress(data[: len(data) // 2])
    if how == "changed":
        at = data.index(b"files of people")
        return gzip.compress(data[:at] + b"FILES" + data[at + 5:])
    if how == "bit":
        raw = bytearray(saved["file"].read_bytes())
        raw[len(raw) // 2] ^= 1
        return bytes(raw)
    if how == "other":
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as t:
            t.addfile(tarfile.TarInfo("../../evil"), io.BytesIO(b""))
        return out.getvalue()
    return b"" if how == "empty" else b"no archive at all" * 100


@pytest.mark.parametrize("how", ["cut", "cut inside", "changed", "bit", "other", "empty", "text"])
def test_damaged_is_refused_before_anything_is_written(saved, tmp_path, how):
    (tmp_path / "b").write_bytes(damaged(saved, how))
    done = verb("restore", tmp_path / "b", "--state", tmp_path / "state", code=1)
    assert done.stderr.startswith("labwright restore: ")
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def forge(path, entries):
    """A backup with a right sum and whatever is in ENTRIES: (name, type, link or content)."""
    import hashlib
    import json
    digest, count = hashlib.sha256(), 0
    head = json.dumps({"format": 1, "labwright": "x", "created": "", "files": True}).encode()
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as t:
        for name, kind, what in [("labwright-backup.json", tarfile.REGTYPE, head), *entries]:
            info = tarfile.TarInfo(name)
            info.type, data = kind, what if kind == tarfile.REGTYPE else b""
            info.linkname = "" if kind == tarfile.REGTYPE else what
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
            digest.update(name.encode() + b"\0" + len(data).to_bytes(8, "little") + data)
            count += 1
        end = json.dumps({"entries": count, "sha256": digest.hexdigest()}, separators=(",", ":")).encode()
        info = tarfile.TarInfo("labwright-backup.end")
        info.size = len(end)
        t.addfile(info, io.BytesIO(end))


@pytest.mark.parametrize("entries", [
    [("../evil", tarfile.REGTYPE, b"x")],
    [("/tmp/lw-evil-of-a-test", tarfile.REGTYPE, b"x")],
    [("a", tarfile.SYMTYPE, ".."), ("a/evil", tarfile.REGTYPE, b"x")],
    [("a", tarfile.LNKTYPE, "/etc/passwd")],
    [("hub/hub.db", tarfile.REGTYPE, b"no database")],
], ids=["dotdot", "absolute", "symlink", "hardlink", "database"])
def test_hostile(tmp_path, entries):
    (tmp_path / "in").mkdir()
    forge(tmp_path / "in/b", entries)
    verb("restore", tmp_path / "in/b", "--state", tmp_path / "in/state", code=1)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["b", "in"]
    assert not os.path.exists("/tmp/lw-evil-of-a-test")


def test_without_files(saved, tmp_path):
    verb("backup", tmp_path / "small", "--no-files", "--state", saved["state"])
    with tarfile.open(tmp_path / "small") as t:
        names = t.getnames()
    assert "hub/hub.db" in names and not any(n.startswith("ws/run_x/") for n in names)


def test_errors(tmp_path):
    assert "is this the state directory" in verb("backup", tmp_path / "x", "--state", tmp_path, code=1).stderr
    assert [p.name for p in tmp_path.iterdir()] == []
    for name in ("backup", "restore"):
        verb(name, code=2)
        verb(name, "a", "b", code=2)
        verb(name, "--nonsense", code=2)
        assert verb(name, "--help").stdout.startswith(f"usage: labwright {name}")
