"""The files of a workspace that does not run: looked at, downloaded, by nobody else."""
import io
import os
import socket
import subprocess
import tarfile
import threading

import pytest
from fake_spawner import FakeSpawner
from lw import default_binary, wait_for
from test_hub_workspaces import World


class Rooms(FakeSpawner):
    """Starts what shows files, since that needs no root; the home is STATE/ws/ID/home."""

    def __init__(self, state):
        super().__init__(state)
        self.state, self.processes = state, {}
        self.dead = None  # instead of the worker: said on each connection

    def home(self, workspace):
        path = self.state / "ws" / workspace / "home"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def do_create(self, request):
        spec = request["spec"]
        state = super().do_create(request)
        if spec["kind"] == "job":
            self.serve_files(spec, state["socket"])
        return state

    def serve_files(self, spec, path):
        assert spec["argv"][:3] == ["labwright", "worker", "home"] and spec["network"] == "none"
        bind, = spec["binds"]
        assert bind["read_only"] and bind["target"] == spec["argv"][3]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            os.unlink(path)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        os.chmod(path, 0o666)
        listener.listen(8)
        if self.dead is not None:
            threading.Thread(target=self.say, args=(listener, self.dead), daemon=True).start()
            return
        self.processes[spec["id"]] = subprocess.Popen(
            [default_binary(), "worker", "home", str(self.home(bind["id"]))], stdin=subprocess.DEVNULL, pass_fds=[3],
            preexec_fn=lambda: os.dup2(listener.fileno(), 3))
        listener.close()

    @staticmethod
    def say(listener, data):
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                try:
                    line.recv(1 << 16)
                    line.sendall(data)
                except OSError:
                    pass

    def end_views(self):
        for name, process in list(self.processes.items()):
            process.kill()
            process.wait()
            del self.processes[name]
            self.end(name, reason="ended with status 0")


@pytest.fixture
def world():
    w = World(Rooms)
    yield w
    w.spawner.end_views()
    w.close()


@pytest.fixture
def stopped(world):
    wid = world.running()
    world.post(wid, "stop")
    world.wait(wid, "stopped")
    return wid


def test_look_and_download(world, stopped):
    home = world.spawner.home(stopped)
    (home / "d").mkdir()
    (home / "d" / "ü x.py").write_text("print(1)\n")
    (home / "page.html").write_text("<script>alert(1)</script>")
    (home / "p.png").write_bytes(b"\x89PNG\0")
    (home / "big").write_bytes(os.urandom(3_000_000))
    alice = world.alice
    told = alice.api("GET", f"resources/{stopped}/", status=200).json()
    assert [(f["name"], f["type"]) for f in told["files"]] == [("big", "file"), ("d", "directory"), ("p.png", "file"),
                                                             ("page.html", "file")]
    inside = alice.api("GET", f"resources/{stopped}/d?content=true", status=200).json()
    f = inside["files"][0]
    r = alice.api("GET", f"resources/{stopped}/d/{f['href']}?content=true", status=200)
    assert r.text == "print(1)\n" and r.headers["Content-Type"] == "text/plain; charset=utf-8"
    r = alice.api("GET", f"resources/{stopped}/page.html", status=200)
    assert r.headers["Content-Type"].startswith("text/plain") and r.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in r.headers["Content-Security-Policy"]
    assert alice.api("GET", f"resources/{stopped}/p.png").headers["Content-Type"] == "image/png"
    r = alice.api("GET", f"resources/{stopped}/big?download=true", status=200)
    assert r.content == (home / "big").read_bytes() and r.headers["Content-Disposition"].endswith("big")
    r = alice.api("GET", f"resources/{stopped}?content=true&download=true", status=200)
    assert r.headers["Content-Disposition"].endswith("home.tar")
    tar = tarfile.open(fileobj=io.BytesIO(r.content))
    assert tar.extractfile("home/d/ü x.py").read() == b"print(1)\n"
    alice.api("GET", f"resources/{stopped}/nothing", status=404)
    task = world.get(stopped)["task_instance_id"]
    alice.api("GET", f"resources/{task}", status=200)
    # One sandbox was enough for all of this.
    assert len([r for r in world.spawner.asked if r["do"] == "create" and r["spec"]["kind"] == "job"]) == 1


@pytest.mark.parametrize("path", ["..%2f..%2f", "%2e%2e/secret", "out/x", "a%2f..%2f..%2fx", "%2fetc%2fpasswd", "%00", "%ff"])
def test_never_leaves(world, stopped, path):
    home = world.spawner.home(stopped)
    (home / "out").symlink_to("/")
    (home.parent / "x").write_text("secret")
    r = world.alice.api("GET", f"resources/{stopped}/{path}")
    assert r.status_code in (400, 403, 404) and "secret" not in r.text, r.text
    assert f"resources/{stopped}/{path}?download=true"


def test_only_for_the_owner(world, stopped):
    bob = world.hub.person("bob")
    (world.spawner.home(stopped) / "x").write_text("mine")
    bob.api("GET", f"resources/{stopped}/x", status=404)
    world.hub.api("GET", f"resources/{stopped}/x", status=401)
    assert world.hub.admin.api("GET", f"resources/{stopped}/x", status=200).text == "mine"


def test_before_the_first_start_it_is_empty(world):
    wid = world.create(start=False)["id"]
    assert world.alice.api("GET", f"resources/{wid}", status=200).json()["files"] == []
    world.alice.api("GET", f"resources/{wid}/x", status=404)


def test_the_viewer_ended_meanwhile(world, stopped):
    (world.spawner.home(stopped) / "x").write_text("still")
    assert world.alice.api("GET", f"resources/{stopped}/x", status=200).text == "still"
    world.spawner.end_views()
    assert world.alice.api("GET", f"resources/{stopped}/x", status=200).text == "still"


def test_the_spawner_is_away(world, stopped):
    world.spawner.gone()
    wait_for(lambda: world.alice.api("GET", f"resources/{stopped}").status_code == 503, 10, "a clear answer")
    world.spawner.back()
    wait_for(lambda: world.alice.api("GET", f"resources/{stopped}").ok, 10, "files again")


@pytest.mark.parametrize("said", [b"", b"\n", b"{}\n", b"[]\n", b'{"type": "file"}\n', b'{"type": "file", "size": -5}\nxx',
                                  b'{"error": 5}\n', b'{"error": {"slug": "x\\u0000", "message": "m"}}\n', b"x" * (5 << 20),
                                  b'{"type": "file", "name": "a\\r\\nX: y", "size": 2}\nxxtoo much'])
def test_a_viewer_that_lies(world, stopped, said):
    """The worker is the user's process: nothing it says may hurt the hub."""
    world.spawner.dead = said
    r = world.alice.api("GET", f"resources/{stopped}?download=true")
    assert r.status_code in (200, 500, 503) and "X" not in r.headers
    if r.status_code == 200:
        assert len(r.content) <= 2
    world.alice.api("GET", "workspaces", status=200)


def test_a_file_that_is_shorter_than_it_was(world, stopped):
    world.spawner.dead = b'{"type": "file", "name": "a", "size": 100}\nshort'
    with pytest.raises(Exception):  # noqa: B017 - requests says it as one of several
        world.alice.api("GET", f"resources/{stopped}/a")
    world.alice.api("GET", "workspaces", status=200)


def test_a_client_that_leaves_in_the_middle(world, stopped):
    (world.spawner.home(stopped) / "big").write_bytes(b"x" * 50_000_000)
    for _ in range(5):
        r = world.alice.browser.get(f"{world.hub.url}/api/v1/resources/{stopped}/big", stream=True, timeout=30)
        r.raw.read(1000)
        r.close()
    assert world.alice.api("GET", f"resources/{stopped}", status=200).json()["total_files"] == 1
