"""The whole of it: `labwright serve`, a person, a project, a workspace, JupyterLab and kernels in it.

With labwright-spawner beside the program and as root, where sandboxes can be made, workspaces are sandboxes; otherwise tests/lib/plain_spawner.py starts
what runs in them (LW_PLAIN=1: always), in a room if LW_ROOM names room_run.
"""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from kernelws import KernelWS
from lw import TREE, default_binary, default_env, free_port, marked, wait_for
from lwhub import Hub
from lwlabs import NAVIGATE, RealLab, Window

pytestmark = pytest.mark.ours

REAL = Path(default_binary()).parent / "labwright-spawner"


def sandboxes_work():
    """Not in every container."""
    if os.environ.get("LW_PLAIN") or os.geteuid() != 0 or not REAL.exists():
        return False
    with tempfile.TemporaryDirectory(prefix="lwroom-") as state:
        os.chmod(state, 0o711)
        os.mkdir(state + "/ws")
        return subprocess.run([REAL.parent / "room_run", "--state", state, "--id", "a", "--net", "nat", "--", "true"],
                              capture_output=True).returncode == 0


plain = not sandboxes_work()


UID = 1234
AS_SOMEBODY = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]


def rootless_works():
    """Can somebody else enter this tree, and make a user namespace?"""
    return not plain and all(subprocess.run([*AS_SOMEBODY, *words], capture_output=True).returncode == 0 for words in (
        ["test", "-x", default_binary()], ["test", "-x", default_env() + "/bin/python"], ["unshare", "--user", "true"]))


class Whole(Hub):
    """`labwright serve` in place of the hub alone."""

    def __init__(self, through=()):
        super().__init__()
        self.through = list(through)
        self.port = free_port()
        self.mark = os.urandom(8).hex()
        self.prepare_environment()
        if plain:
            self.binary = self.copy_program()

    def prepare_environment(self):
        files = self.state / "environments"
        files.mkdir(parents=True)
        self.state.chmod(0o711)
        (files / "python3.yml").write_text(f"title: Python 3\naliases: [default]\ncpu: {{ prefix: {default_env()} }}\n")
        files.chmod(0o755)
        if self.through:
            for d in (Path(self.tmp), self.state, files, files / "python3.yml"):
                os.chown(d, UID, UID)

    def copy_program(self):
        """The layout of a build tree, with another spawner."""
        tree = Path(self.tmp) / "program"
        (tree / "build").mkdir(parents=True)
        (tree / "src").mkdir()
        (tree / "src/main.c").touch()
        built = Path(default_binary()).parent
        for name in ("labwright", "labwright-bash-kernel"):
            shutil.copy(built / name, tree / "build" / name)
        shutil.copytree(built / "share", tree / "build/share")
        spec = tree / "build/share/jupyter/kernels/bash/kernel.json"
        spec.write_text(spec.read_text().replace(str(built.resolve()), str(tree / "build")))
        (tree / "build/labwright-spawner").write_text(
            f"#!/bin/sh\nLW_TEST_LIB={TREE}/tests/lib exec python3 {TREE}/tests/lib/plain_spawner.py --program $0 \"$@\"\n")
        (tree / "build/labwright-spawner").chmod(0o755)
        for name in ("data", "conf", "kernels", "web/extension/labextension", ".cache/lab"):
            if (TREE / name).exists():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                if os.environ.get("LW_ROOM"):  # the tree is all that a room sees
                    shutil.copytree(TREE / name, tree / name)
                else:
                    (tree / name).symlink_to((TREE / name).resolve())
        return str(tree / "build/labwright")

    def command(self):
        return [*self.through, self.binary, "serve", "--state", self.state, "--port", str(self.port), *self.args]

    def environ(self):
        return {**os.environ, "LW_TEST_MARK": self.mark, "PATH": f"{default_env()}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}

    def pids(self, word):
        """Of our hub or spawner."""
        found = []
        for p in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                line = (p / "cmdline").read_bytes().split(b"\0")
                if str(self.state).encode() in line and word.encode() in b" ".join(line):
                    found.append(int(p.name))
        return found

    def close(self):
        if self.process and self.process.poll() is None:
            for item in self.admin.api("GET", "workspaces?all=1").json().get("workspaces", []) if self.admin else []:
                with contextlib.suppress(Exception):
                    self.admin.api("DELETE", f"workspaces/{item['id']}")
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        for pid in marked(self.mark):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        super().close()


class Way(RealLab):
    """Into a workspace, as a page goes."""

    def __init__(self, window):
        self.window, self.hub, self.sockets = window, window.hub, []

    def kernel(self, name):
        self.api("GET", "lab", headers=NAVIGATE, status=200)  # its XSRF cookie
        k = self.api("POST", "api/kernels", json={"name": name}, status=201).json()
        return KernelWS(self, k["id"])


@pytest.fixture(scope="module")
def whole():
    with Whole() as h:
        h.set_up("root")
        h.alice = h.person("alice")
        yield h


def running(person, wid, timeout=60):
    def look():
        item = person.api("GET", f"workspaces/{wid}", status=200).json()
        assert item["state"] not in ("failed",), item
        return item["state"] == "running" and item
    return wait_for(look, timeout, "the workspace to run")


@pytest.fixture(scope="module")
def workspace(whole):
    p = whole.alice.api("POST", "projects/", status=201, json={"name": "first"}).json()
    w = whole.alice.api("POST", "workspaces/", status=201, json={"family_id": p["id"], "name": "Ten Digits: one"}).json()
    return running(whole.alice, w["id"])["id"]


@pytest.fixture
def way(whole, workspace):
    window = Window(whole, workspace)
    window.enter(whole.alice)
    way = Way(window)
    yield way
    for w in way.sockets:
        w.close()


def test_jupyterlab_answers(way, workspace):
    page = way.api("GET", "lab", headers=NAVIGATE, status=200)
    config = page.text.split('id="jupyter-config-data"', 1)[1].split(">", 1)[1].split("</script>", 1)[0]
    assert json.loads(config)["baseUrl"] == f"/notebooks/{workspace}/"
    assert way.api("GET", "api/me", status=200).json()["identity"]["username"] == "alice"


@pytest.mark.parametrize("name,code,text", [("bash", "echo $((6 * 7))", "42\n"), ("python3", "print(6 * 7)", "42\n")])
def test_a_kernel_runs(way, name, code, text):
    k = way.kernel(name)
    assert k.execute(code).text == text


@pytest.mark.skipif(plain, reason="only a sandbox has a host name of its own")
def test_what_people_see_of_it_inside(way):
    """The host has the workspace's name, as prompts of terminals show it; the first process is the keeper."""
    k = way.kernel("bash")
    assert k.execute("tr '\\0' ' ' </proc/1/cmdline").text.startswith("labwright keep --dir ")
    assert k.execute("hostname; cat /etc/hostname; grep -c 'localhost Ten-Digits-one' /etc/hosts").text == \
        "Ten-Digits-one\nTen-Digits-one\n1\n"


def test_what_is_left_when_hub_and_spawner_are_killed(whole, way, workspace):
    k = way.kernel("bash")
    k.execute("x=41")
    pid = k.execute("echo $$").text
    k.ws.close()
    words = ("--hub",) if plain else ("--hub", "labwright-spawner")
    for word in words:
        before = whole.pids(word)
        for p in before:
            os.kill(p, signal.SIGKILL)
        wait_for(lambda word=word, before=before: set(whole.pids(word)) - set(before), 30, f"another {word}")
    running(whole.alice, workspace)
    again = KernelWS(way, k.id)
    assert again.execute("echo $((x + 1))").text == "42\n"
    assert again.execute("echo $$").text == pid


def test_files_are_there_after_a_stop(whole, way, workspace):
    k = way.kernel("bash")
    k.execute("echo kept > ~/kept.txt; cd ~; pwd")
    whole.alice.api("POST", f"workspaces/{workspace}/stop")
    wait_for(lambda: whole.alice.api("GET", f"workspaces/{workspace}").json()["state"] == "stopped", 60)
    assert way.api("GET", "lab", headers=NAVIGATE).status_code == 503  # the waiting page
    whole.alice.api("POST", f"workspaces/{workspace}/start")
    running(whole.alice, workspace)
    k = way.kernel("bash")
    assert k.execute("cat ~/kept.txt").text == "kept\n"


def test_the_end_leaves_nothing(whole, workspace):
    whole.alice.api("DELETE", f"workspaces/{workspace}", status=204)
    wait_for(lambda: not (whole.state / "ws" / workspace / "home").exists(), 30)


@pytest.mark.skipif(not rootless_works(), reason="needs root to become somebody else, a tree that is open to others, and "
                    "user namespaces")
def test_typed_by_somebody_who_is_not_root():
    with Whole(AS_SOMEBODY) as h:
        bob = h.set_up("bob")
        p = bob.api("POST", "projects/", status=201, json={"name": "first"}).json()
        w = bob.api("POST", "workspaces/", status=201, json={"family_id": p["id"], "name": "one"}).json()
        window = Window(h, running(bob, w["id"])["id"])
        window.enter(bob)
        way = Way(window)
        k = way.kernel("bash")
        assert k.execute("echo $((6 * 7)) $(id -u)").text == "42 0\n"
        k.ws.close()
        assert (h.state / "ws" / w["id"] / "home").stat().st_uid == UID
        assert bob.api("DELETE", f"workspaces/{w['id']}").status_code == 204
