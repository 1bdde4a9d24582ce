"""What breaks under a hub: a full disk, a broken database file, an environment that is gone, a git server that hangs, no free
machine, no spawner.  Each time: what the API and the command line say, that the hub's books and what runs agree, and that it
goes on when it is mended, with nothing lost that was acknowledged.
"""
import contextlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
import requests
from fake_spawner import FakeSpawner
from lw import default_binary, wait_for
from lwhub import Hub, Person
from lwlabs import Window
from test_whole import Way, Whole, plain, running

pytestmark = pytest.mark.ours

ONE = "default: cpu\nmachines:\n  cpu: {cpus: 1, memory: 1G, slots: 1}\n  free: {cpus: 1, memory: 1G}\n"
ENVIRONMENT = "title: Mine\naliases: [default]\ncpu: host\n"


def figure(text):
    """For tests/accept/hub/10-broken.sh: one line a case."""
    if where := os.environ.get("LW_FIGURES"):
        with open(where, "a") as f:
            f.write(text + "\n")


class World:
    """A hub, a spawner that starts nothing, ada and her project; and the command line as she types it."""

    def __init__(self, state, machines=ONE, args=()):
        self.state = Path(state)
        self.state.mkdir(mode=0o711, exist_ok=True)
        (self.state / "machines.yml").write_text(machines)
        self.spawner, self.hub = FakeSpawner(self.state), Hub(*args, state=self.state)

    def __enter__(self):
        self.spawner.back()
        self.hub.start()
        self.hub.set_up("root")
        self.ada = self.hub.person("ada")
        self.ada.api("POST", "projects/", status=201, json={"name": "d"})
        self.key = self.ada.key()
        return self

    def __exit__(self, *_):
        self.hub.close()
        self.spawner.gone()

    def cli(self, *args, timeout=30):
        return subprocess.run([default_binary(), *args], capture_output=True, text=True, timeout=timeout, env=self.cli_environ())

    def cli_environ(self):
        return {**os.environ, "HOME": str(self.state.parent), "XDG_CONFIG_HOME": str(self.state.parent / "config"),
                "LABWRIGHT_URL": self.hub.url, "LABWRIGHT_APIKEY": self.key}

    def create(self, name="w", status=201, **more):
        return self.ada.api("POST", "workspaces/", status=status, json={"family_id": "ada/projects/d", "name": name, **more}).json()

    def get(self, wid):
        return self.ada.api("GET", f"workspaces/{wid}", status=200).json()

    def wait(self, wid, state):
        return wait_for(lambda: (i := self.get(wid))["state"] == state and i, 20, f"{state}: {self.get(wid)}")

    def running(self, name="w"):
        return self.wait(self.create(name)["id"], "running")["id"]

    def stored(self, wid):
        with contextlib.closing(sqlite3.connect(f"file:{self.state}/hub/hub.db?mode=ro", uri=True)) as db:
            return db.execute("SELECT state FROM workspace WHERE id = ?", (wid,)).fetchone()[0]

    def agree(self):
        """What the API says, what the database says, and what runs."""
        for w in self.ada.api("GET", "workspaces", status=200).json()["workspaces"]:
            assert self.stored(w["id"]) == w["state"], w
            assert (w["id"] in self.spawner.running) == (w["state"] == "running"), w


class Silent:
    """A server that takes every connection and never says a word."""

    def __enter__(self):
        self.listener, self.taken = socket.create_server(("127.0.0.1", 0)), []
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/engine"
        threading.Thread(target=self.take, daemon=True).start()
        return self

    def take(self):
        with contextlib.suppress(OSError):
            while True:
                self.taken.append(self.listener.accept()[0])

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.taken:
            s.close()


HOST_NETWORK = "machines:\n  cpu: {cpus: 1, memory: 1G, disk: 2G, pids: 500, network: host}\n"


class Cloning(Whole):
    """The whole of it, with a workspace that waits for such a server."""

    def __init__(self):
        super().__init__()
        self.args = [*self.args, "--git-private"]
        (self.state / "machines.yml").write_text(HOST_NETWORK)
        (self.state / "environments/lean.yml").write_text(f"title: Lean\ncpu: {{ prefix: {self.tmp}/lean }}\n")
        (Path(self.tmp) / "lean/bin").mkdir(parents=True)

    def begin(self, url):
        self.set_up("root")
        self.ada = self.person("ada")
        self.ada.api("POST", "projects/", status=201, json={"name": "d"})
        self.waits, self.given_up = (self.create(name, git_url=url)["id"] for name in ("waits", "given up"))
        return self

    def create(self, name, **more):
        return self.ada.api("POST", "workspaces/", status=201, json={"family_id": "ada/projects/d", "name": name, **more}).json()


@pytest.fixture(scope="module", autouse=True)
def slow():
    """What takes git's own half a minute goes on beside all other tests: a repository that is looked at, and one that is cloned."""
    def look_at(world, url):
        with contextlib.suppress(requests.RequestException):  # nobody asks for it: the hub ends before
            world.looked = requests.get(f"{world.hub.url}/api/v1/templates/inspect", params={"git_url": url}, timeout=80,
                                        headers={"Authorization": f"apikey {world.key}"})

    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(Silent())
        d = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lwhub-")))
        d.chmod(0o711)
        world = stack.enter_context(World(d / "state", args=["--git-private"]))
        look = threading.Thread(target=look_at, args=(world, silent.url), daemon=True)
        look.start()
        world.look, world.silent = look, silent
        world.whole = None if plain else stack.enter_context(Cloning()).begin(silent.url)
        yield world


@pytest.fixture
def tmp():
    with tempfile.TemporaryDirectory(prefix="lwhub-") as d:
        os.chmod(d, 0o711)
        yield Path(d)


@pytest.fixture
def world(tmp):
    with World(tmp / "state") as w:
        yield w


def refused(answer, status, slug, words):
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert said["slug"] == slug and re.search(words, said["message"]), said


# ---- a full disk ----

@pytest.fixture
def small(tmp):
    """STATE on a disk of 8 MB of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    state = tmp / "state"
    state.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=711", "lwsmall", state], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield state
    finally:
        subprocess.run(["umount", "-l", state], check=True)


def fill(state):
    """To the last byte."""
    ballast = state / "ballast"
    with contextlib.suppress(OSError), open(ballast, "ab", buffering=0) as f:
        for size in (65536, 4096, 512, 1):
            with contextlib.suppress(OSError):
                while f.write(b"x" * size):
                    pass
    return ballast


FULL = "disk of the hub is full.*make room"


def test_a_full_disk(small):
    with World(small) as w:
        kept, ends = w.running("kept"), w.create("ends", instance_type="free")["id"]
        w.wait(ends, "running")
        rows = []
        while True:  # until the write-ahead log has no room left for another page
            ballast = fill(small)
            answer = w.ada.api("POST", "projects/", json={"name": f"p{len(rows)}"})
            if answer.status_code != 201:
                break
            rows.append(answer.json()["name"])
        refused(answer, 507, "no-space", FULL)
        refused(w.ada.api("POST", "workspaces/", json={"family_id": "ada/projects/d"}), 507, "no-space", FULL)
        refused(w.ada.api("POST", f"workspaces/{kept}/stop"), 507, "no-space", FULL)
        refused(Person(w.hub, "ada").log_in(status=None), 507, "no-space", FULL)
        cli = w.cli("project", "create", "another")
        assert cli.returncode and re.search(FULL, cli.stderr), cli
        cli = w.cli("workspace", "stop", kept)
        assert cli.returncode and re.search(FULL, cli.stderr), cli
        assert w.get(kept)["state"] == w.stored(kept) == "running"
        # one ends while nothing can be written down: it is told, and written down as soon as there is room
        w.spawner.end(ends, code=1, reason="ended with status 1")
        wait_for(lambda: re.search(FULL, w.get(ends)["reason"] or ""), 10, "that the end is not written down")
        assert w.hub.log.count("was not written down") == 1
        ballast.unlink()
        assert w.wait(ends, "failed")["reason"] == "ended with status 1"
        w.ada.api("POST", f"workspaces/{kept}/stop", status=200)
        w.wait(kept, "stopped")
        w.agree()
        w.cli("project", "create", "another").check_returncode()
        names = {p["name"] for p in w.ada.api("GET", "projects", status=200).json()["projects"]}
        assert set(rows) | {"ada/projects/d", "ada/projects/another"} <= names
        w.hub.kill9()
        w.hub.start()
        w.agree()
        figure(f"full disk: 507 no-space and exit {cli.returncode}, all {len(rows) + 2} acknowledged projects kept, an end that could "
               "not be written down told, and written down without a restart")


def test_a_start_that_could_not_be_written_down_goes_on(small):
    with World(small) as w:
        w.spawner.gone()
        wait_for(lambda: "hung up" in w.hub.log, 10)
        wid = w.create()["id"]
        w.wait(wid, "starting")
        ballast = fill(small)
        while w.ada.api("POST", "projects/", json={"name": "x" + os.urandom(4).hex()}).status_code == 201:
            fill(small)
        w.spawner.back()  # it starts there, and nobody can write that down
        wait_for(lambda: wid in w.spawner.running and re.search(FULL, w.get(wid)["reason"] or ""), 20, "the start")
        assert w.get(wid)["state"] == w.stored(wid) == "starting"
        ballast.unlink()
        w.wait(wid, "running")
        w.agree()
        assert [r["do"] for r in w.spawner.asked].count("create") == 1


# ---- a broken database file ----

def serve(state, *args):
    """Its exit status, and what it said."""
    r = subprocess.run([default_binary(), "serve", *args, "--state", state, "--port", "0"], capture_output=True, text=True, timeout=30)
    return r.returncode, r.stderr


def torn(path):
    """A page of a table in the middle, as half a write leaves it."""
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    with contextlib.closing(sqlite3.connect(path)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'workspace'").fetchone()[0]
    data[(page - 1) * size:(page - 1) * size + size // 2] = b"\xa5" * (size // 2)
    path.write_bytes(data)


def newer(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 999")


DAMAGED = r"database is damaged.*labwright restore"


@pytest.mark.parametrize("how,words", [
    ("garbage", DAMAGED), ("cut", DAMAGED), ("torn", DAMAGED), ("newer", "newer version of labwright"),
    ("foreign", "does not belong to uid .*chown")])
def test_a_broken_database_file(world, how, words):
    wid = world.running()
    assert world.hub.stop() == 0
    path, owner = world.state / "hub/hub.db", world.state.stat().st_uid
    good = path.read_bytes()
    assert not Path(f"{path}-wal").exists(), "a hub that ended has put its log away"
    mend = lambda: path.write_bytes(good)  # noqa: E731
    if how == "garbage":
        path.write_bytes(os.urandom(20000))
    elif how == "cut":
        path.write_bytes(good[:len(good) // 2])
    elif how == "foreign":
        if os.geteuid() != 0:
            pytest.skip("needs root to give a file away")
        for place in (world.state / "hub", world.state / "hub/lock", world.state / "hub/secret"):
            os.chown(place, 1234, 1234)  # the hub is that one; the database is not its own
        os.chown(path, 4321, 4321)
        mend = lambda: os.chown(path, 1234, 1234)  # noqa: E731
    else:
        {"torn": torn, "newer": newer}[how](path)
    broken = path.read_bytes()
    status, said = serve(world.state, "--hub")
    assert status == 1 and re.search(words, said) and str(path) in said, said
    assert path.read_bytes() == broken and wid in world.spawner.running, "nothing was made worse"
    r = subprocess.run([default_binary(), "admin", "token", "ada", "--state", world.state], capture_output=True, text=True)
    assert r.returncode and re.search(words, r.stderr), r
    mend()
    world.hub.start()
    assert world.get(wid)["state"] == "running" and world.stored(wid) == "running"
    world.agree()
    assert owner == world.state.stat().st_uid
    figure(f"database file {how}: serve exits {status} and says what to do, the file is left as it is, put back everything goes on")


def test_the_whole_of_serve_ends_over_a_broken_database(world):
    world.hub.stop()
    (world.state / "hub/hub.db").write_bytes(b"no database" * 1000)
    world.spawner.gone()
    status, said = serve(world.state)
    assert status == 1 and re.search(DAMAGED, said), said


def test_a_log_that_is_gone(world):
    """A copy without the latest changes: what runs and is not in it is left alone, and named."""
    wid = world.running()
    world.hub.stop()
    old = (world.state / "hub/hub.db").read_bytes()
    world.hub.start()
    world.ada.api("POST", f"workspaces/{wid}/stop", status=200)
    world.wait(wid, "stopped")
    new = world.running("new")
    world.hub.kill9()
    for end in ("-wal", "-shm"):
        (world.state / f"hub/hub.db{end}").unlink(missing_ok=True)
    (world.state / "hub/hub.db").write_bytes(old)
    world.hub.start()
    wait_for(lambda: world.get(wid)["state"] == "failed", 10, "that the old one does not run")
    assert new in world.spawner.running
    wait_for(lambda: f"sandbox {new} runs, and nobody knows it: left alone" in world.hub.log, 10)


def test_damage_under_a_running_hub_is_said(world):
    """Whoever asks is told, and nothing is made up."""
    wid, path = world.running(), world.state / "hub/hub.db"
    point = "UPDATE sqlite_master SET rootpage = ? WHERE name = 'workspace'"
    with contextlib.closing(sqlite3.connect(path)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'workspace'").fetchone()[0]
        db.execute("PRAGMA writable_schema = ON")
        db.execute(point, (99999,))
        db.execute("PRAGMA schema_version = 1000")
        db.commit()
        refused(world.hub.api("GET", "workspaces", key=world.key), 500, "internal", DAMAGED)
        refused(world.ada.api("GET", "session"), 500, "internal", DAMAGED)
        cli = world.cli("workspace", "list")
        assert cli.returncode == 1 and re.search(DAMAGED, cli.stderr), cli
        world.hub.api("GET", "cli_version", status=200)
        assert wid in world.spawner.running
        db.execute(point, (page,))
        db.execute("PRAGMA schema_version = 1001")
        db.commit()
    world.agree()


# ---- an environment that is gone ----

def test_an_environment_that_is_gone(world):
    files = world.state / "environments"
    files.mkdir(exist_ok=True)
    (files / "mine.yml").write_text(ENVIRONMENT)
    known = lambda: "mine" in [e["name"] for e in world.ada.api("GET", "environments").json()["environments"]]  # noqa: E731
    wait_for(known, 20, "the environment")
    wid = world.create(env="mine")["id"]
    world.wait(wid, "running")
    (files / "mine.yml").unlink()
    wait_for(lambda: not known(), 20, "that it is gone")
    assert world.get(wid)["state"] == "running", "what runs goes on"
    world.ada.api("POST", f"workspaces/{wid}/stop", status=200)
    world.wait(wid, "stopped")
    words = "no environment 'mine' here.*These are there"
    refused(world.ada.api("POST", "workspaces/", json={"family_id": "ada/projects/d", "env": "mine"}), 400, "invalid", words)
    world.ada.api("POST", f"workspaces/{wid}/start")
    assert re.search(words, world.wait(wid, "failed")["reason"])
    cli = world.cli("workspace", "start", wid)
    assert cli.returncode == 1 and re.search(words, cli.stderr), cli
    cli = world.cli("workspace", "create", "d", "--env", "mine")
    assert cli.returncode and re.search(words, cli.stderr), cli
    world.agree()
    (files / "mine.yml").write_text(ENVIRONMENT)
    wait_for(known, 20, "the environment again")
    world.cli("workspace", "start", wid).check_returncode()
    world.agree()
    figure("missing environment: what runs goes on, a start is refused with the names that are there, put back it starts")


# ---- no free slot ----

def test_no_free_slot(world):
    first, third = world.running("first"), world.create("third", start=False)["id"]
    cli = subprocess.Popen([default_binary(), "workspace", "create", "d", "--name", "second"], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, env=world.cli_environ())
    try:
        line = cli.stderr.readline()
        while line and "in use" not in line:
            line = cli.stderr.readline()
        assert line == "queued: place 1 in the line: All machines of kind cpu are in use (1 of 1)\n"
        world.ada.api("POST", f"workspaces/{third}/start", status=200)
        item = wait_for(lambda: (i := world.get(third))["reason"] and i, 10)
        assert item["position"] == 2 and "All machines of kind cpu are in use (1 of 1)" in item["reason"]
        machine = next(m for m in world.ada.api("GET", "machines").json()["machines"] if m["name"] == "cpu")
        assert machine["free"] == 0 and "waits for its turn" in machine["why"]
        world.agree()
        world.hub.kill9()  # the line is kept, in its order
        world.hub.start()
        wait_for(lambda: world.get(third)["position"] == 2, 20)
        world.ada.api("POST", f"workspaces/{first}/stop", status=200)
        out, err = cli.communicate(timeout=30)
        assert cli.returncode == 0 and "running" in out, (out, err)
    finally:
        cli.kill()
        cli.wait()
    assert world.get(third)["position"] == 1
    world.ada.api("POST", f"workspaces/{third}/restart", status=200, json={"instance_type": "free"})
    world.wait(third, "running")
    world.agree()
    figure("no free slot: place in the line and the reason on the command line, the line kept over kill -9, the next starts by itself")


def test_pages_hear_that_they_came_forward(world):
    first, second, third = world.running("1"), world.create("2")["id"], world.create("3")["id"]
    wait_for(lambda: world.get(third)["position"] == 2, 10)
    with requests.get(f"{world.hub.url}/api/v1/events", headers={"Authorization": f"apikey {world.key}"}, stream=True, timeout=20) as r:
        lines = r.iter_lines(chunk_size=1)
        next(lines)
        world.ada.api("POST", f"workspaces/{second}/stop", status=200)
        for line in lines:
            if line.startswith(b"data:") and json.loads(line[5:])["subject"] == third:
                assert json.loads(line[5:])["body"]["position"] == 1
                break
    assert world.get(first)["state"] == "running"


# ---- no spawner ----

NOBODY = "spawner, which starts and ends workspaces, does not run"


def test_no_spawner(world):
    goes, stops = world.running("goes"), world.create("stops", instance_type="free")["id"]
    world.wait(stops, "running")
    now = lambda: world.hub.admin.api("GET", "admin/now", status=200).json()  # noqa: E731
    assert now()["spawner"] == {"up": True, "trouble": None}
    world.spawner.gone()
    wait_for(lambda: not now()["spawner"]["up"], 10)
    wait_for(lambda: re.search("systemctl start labwright-spawner.*spawner.sock", now()["spawner"]["trouble"]), 10)
    refused(world.ada.api("GET", "admin/now"), 403, "forbidden", "")
    refused(world.ada.api("DELETE", f"workspaces/{goes}"), 503, "unavailable", NOBODY)
    cli = world.cli("workspace", "delete", goes, "--yes")
    assert cli.returncode == 1 and re.search(NOBODY, cli.stderr), cli
    world.ada.api("POST", f"workspaces/{stops}/stop", status=200)
    wait_for(lambda: re.search(NOBODY, world.get(stops)["reason"]), 10, "why it does not stop")
    cli = subprocess.Popen([default_binary(), "workspace", "create", "d", "--machine", "free"], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, env=world.cli_environ())
    try:
        line = cli.stderr.readline()
        while line and not re.search(NOBODY, line):
            line = cli.stderr.readline()
        assert line.startswith("starting: "), line
        assert world.get(goes)["state"] == "running"
        world.spawner.back()
        out, err = cli.communicate(timeout=30)
        assert cli.returncode == 0 and "running" in out, (out, err)
    finally:
        cli.kill()
        cli.wait()
    assert world.wait(stops, "stopped")["reason"] == "ada stopped it"
    assert now()["spawner"]["up"] and world.get(goes)["state"] == "running"
    world.agree()
    figure("no spawner: what runs goes on, what was asked for waits with the reason and is done when it is back; a delete exits 1")


# ---- a git server that hangs ----

def test_a_repository_that_does_not_answer_is_given_up(slow):
    slow.look.join(75)
    refused(slow.looked, 504, "timeout", "sends nothing any more: try again later")
    wait_for(lambda: not list((slow.state / "hub/tmp").glob("*")), 10, "the end of its directory")
    slow.create(status=201)
    figure("git server that hangs: 504 with a sentence after git's half a minute; nothing of it is left")


@pytest.mark.skipif(plain, reason="needs root and labwright-spawner")
def test_a_clone_that_hangs_can_be_stopped(slow):
    w = slow.whole
    running(w.ada, w.given_up)
    w.ada.api("POST", f"workspaces/{w.given_up}/stop", status=200)
    # well before the 20 s after which everything in it is killed
    wait_for(lambda: w.ada.api("GET", f"workspaces/{w.given_up}").json()["state"] == "stopped", 15, "the stop")
    w.ada.api("DELETE", f"workspaces/{w.given_up}", status=204)


@pytest.mark.skipif(plain, reason="needs root and labwright-spawner")
def test_a_clone_that_hangs_is_given_up(slow):
    w = slow.whole
    running(w.ada, w.waits)
    window = Window(w, w.waits)
    window.enter(w.ada)
    names = lambda: [f["name"] for f in Way(window).api("GET", "api/contents/home", status=200).json()["content"]]  # noqa: E731
    assert wait_for(names, 75, "JupyterLab without the repository") == ["GIT-CLONE-FAILED.txt"]
    said = w.ada.api("GET", f"resources/{w.waits}/GIT-CLONE-FAILED.txt", status=200).text
    assert "sends nothing any more: try again later" in said
    w.ada.api("DELETE", f"workspaces/{w.waits}", status=204)
    figure("git server that hangs while a workspace begins: it opens without, a file says why; a stop meanwhile ends it")


# ---- with real sandboxes ----

@pytest.mark.skipif(plain, reason="needs root and labwright-spawner")
def test_a_prefix_that_is_gone(slow):
    """The environment is known, but its directory is not there (any more)."""
    w = slow.whole
    prefix = Path(w.tmp) / "lean"
    prefix.rename(prefix.with_name("aside"))
    wid = w.create("lean", env="lean")["id"]
    item = wait_for(lambda: (i := w.ada.api("GET", f"workspaces/{wid}").json())["state"] == "failed" and i, 30, "the failure")
    assert "environment" in item["reason"] and str(prefix) in item["reason"], item
    prefix.with_name("aside").rename(prefix)
    w.ada.api("POST", f"workspaces/{wid}/start", status=200)
    running(w.ada, wid)
    w.ada.api("DELETE", f"workspaces/{wid}", status=204)


@pytest.mark.skipif(plain, reason="needs root and labwright-spawner")
def test_the_spawner_is_killed_and_something_is_started_meanwhile(slow):
    w = slow.whole
    wid = w.create("through")["id"]
    running(w.ada, wid)
    for pid in w.pids("labwright-spawner"):
        os.kill(pid, 9)
    other = w.create("meanwhile")["id"]
    running(w.ada, other)
    assert w.ada.api("GET", f"workspaces/{wid}").json()["state"] == "running"
    for one in (wid, other):
        w.ada.api("DELETE", f"workspaces/{one}", status=204)
