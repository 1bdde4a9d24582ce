"""labwright login, project, workspace: a person's terminal, against a hub whose spawner only keeps books."""
import json
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from fake_spawner import FakeSpawner
from lw import default_binary, wait_for
from lwhub import PASSWORD, Hub
from lwlabs import Labs, RealLab, Window

pytestmark = pytest.mark.ours

MACHINES = """\
default: cpu
machines:
  cpu: {cpus: 1, memory: 1G, aliases: [c1], slots: 50}
  big: {cpus: 2, memory: 2G, slots: 1}
  gpu: {cpus: 1, memory: 1G, gpus: 32, aliases: [g1]}
"""


class Terminal:
    """A person's home directory, and the program in it."""

    def __init__(self, url):
        self.home, self.url = Path(tempfile.mkdtemp(prefix="lwcli-")), url
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "no_proxy": "*", "LC_ALL": "C"}

    def __call__(self, *args, code=0, feed="", **env):
        done = subprocess.run([default_binary(), *args], input=feed, capture_output=True, text=True, timeout=60,
                              env=self.env | env)
        assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *args, **kwargs):
        return json.loads(self(*args, "--json", **kwargs).stdout)

    @property
    def login_file(self):
        return self.home / ".config/labwright/login.json"

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)


class World:
    def __init__(self):
        self.tmp = tempfile.mkdtemp(prefix="lwhub-")
        os.chmod(self.tmp, 0o711)
        state = Path(self.tmp) / "state"
        state.mkdir(mode=0o711)
        (state / "machines.yml").write_text(MACHINES)
        self.spawner = FakeSpawner(state)
        self.spawner.back()
        self.hub = Hub(state=state).start()
        self.hub.set_up()
        self.alice = self.hub.person("alice")
        self.bob = self.hub.person("bob")

    def close(self):
        self.hub.close()
        self.spawner.gone()
        shutil.rmtree(self.tmp, ignore_errors=True)


@pytest.fixture(scope="module")
def world():
    w = World()
    yield w
    w.close()


@pytest.fixture
def alone(world):
    t = Terminal(world.hub.url)
    yield t
    t.close()


@pytest.fixture
def alice(world, alone):
    alone("login", "--url", world.hub.url, "-u", "alice", feed=PASSWORD + "\n")
    return alone


@pytest.fixture
def project(alice, request):
    name = request.node.name.replace("[", "-").rstrip("]")[:40]
    alice("project", "create", name)
    return name


# ---- login -----------------------------------------------------------------------------------------------------------


def test_login_with_a_password(world, alone):
    done = alone("login", "--url", world.hub.url + "/", "-u", "alice", feed=PASSWORD + "\n")
    assert done.stdout == f"Logged in at {world.hub.url} as alice\n"
    kept = json.loads(alone.login_file.read_text())
    assert kept["url"] == world.hub.url and kept["username"] == "alice" and kept["apikey"].startswith("lw-")
    assert stat.S_IMODE(alone.login_file.stat().st_mode) == 0o600
    assert PASSWORD not in alone.login_file.read_text() and not (alone.home / ".floydconfig").exists()
    assert alone("workspace", "list").stdout.split()[:2] == ["ID", "NAME"]
    alone("logout")
    assert not alone.login_file.exists()
    assert "nobody is logged in" in alone("workspace", "list", code=5).stderr
    alone("logout")


def test_login_with_a_key_or_a_token(world, alone):
    key = world.alice.key("cli")
    alone("login", "--url", world.hub.url, "--apikey", key, "--floyd")
    assert json.loads((alone.home / ".floydconfig").read_text()) == {"username": "alice", "apikey": key}
    alone("logout")
    assert not (alone.home / ".floydconfig").exists()
    alone("login", "--url", world.hub.url, "-k", "-", feed=key + "\n")
    token = world.hub.api("POST", "user/login", json={"username": "alice", "password": PASSWORD}).json()["access_token"]
    assert alone.json("login", "--url", world.hub.url, "--token", "-", feed=token) == \
        {"username": "alice", "url": world.hub.url}
    assert alone("project", "list").stdout.startswith("PROJECT")


@pytest.mark.parametrize("args,feed,code,says", [
    (("-u", "alice"), "wrong password\n", 1, "wrong name or password"),
    (("-u", "alice"), "", 1, "standard input is empty"),
    (("-k", "lw-" + "x" * 40), "", 1, "does not know this key"),
    (("-k", "a b"), "", 1, "that is no API key"),
    (("-k", "x", "-u", "y"), "", 2, "one of --apikey"),
    (("--nonsense",), "", 2, "no such option"),
    (("word",), "", 2, "what is 'word'"),
])
def test_login_refused(world, alone, args, feed, code, says):
    assert says in alone("login", "--url", world.hub.url, *args, code=code, feed=feed).stderr
    assert not alone.login_file.exists()


@pytest.mark.parametrize("url", ["hub.example", "ftp://x", "http://", "http://a@b", "http://x/?q=1", "http://x y"])
def test_no_address(alone, url):
    assert "is no address of a hub" in alone("login", "--url", url, "-k", "x", code=1).stderr


def test_the_original_clis_login(world, alone):
    key = world.alice.key("floyd")
    (alone.home / ".floydconfig").write_text(json.dumps({"username": "alice", "apikey": key}))
    os.chmod(alone.home / ".floydconfig", 0o600)
    assert alone("project", "list", "--url", world.hub.url).returncode == 0


def test_by_environment(world, alone):
    key = world.bob.key("ci")
    alone("project", "list", LABWRIGHT_URL=world.hub.url, LABWRIGHT_APIKEY=key)
    assert "does not know this login" in alone("project", "list", code=5, LABWRIGHT_URL=world.hub.url,
                                               LABWRIGHT_APIKEY="lw-nonsense").stderr


def test_a_key_goes_to_its_own_hub_only(alice):
    # Somebody else's server gets the request of a person who is not logged in there: nothing.
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.5)
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        assert "nobody is logged in" in alice("project", "list", "--url", url, code=5).stderr
        with pytest.raises(TimeoutError):
            other.accept()


def answer_once(listener, answer):
    peer, _ = listener.accept()
    with peer:
        got = peer.recv(65536)
        peer.sendall(answer)
    return got


@pytest.mark.parametrize("answer,says", [
    (b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n", "leads elsewhere"),
    (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "which is no hub's way"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "does not answer as a hub does"),
    (b"HTTP/1.1 403 No\r\nContent-Length: 35\r\n\r\n" + b'{"message":"\\u001b[31mred \\u0007x"}', "Error: ?[31mred ?x"),
    (b"", "is not reached"),
])
def test_what_is_no_hub(alone, answer, says):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_once, args=(listener, answer), daemon=True)
        thread.start()
        done = alone("project", "list", code=1, LABWRIGHT_APIKEY="k",
                     LABWRIGHT_URL=f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert says in done.stderr and "\x1b" not in done.stderr
        thread.join(20)


def test_a_hub_that_is_not_there(alone):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    done = alone("workspace", "list", code=1, LABWRIGHT_URL=url, LABWRIGHT_APIKEY="k")
    assert f"Error: the hub at {url} is not reached" in done.stderr and "is it running" in done.stderr


def test_proxy_of_the_environment(world, alone):
    key = world.alice.key("proxy")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        body = b'{"projects": []}'
        got = []
        thread = threading.Thread(target=lambda: got.append(answer_once(
            proxy, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))), daemon=True)
        thread.start()
        alone("project", "list", LABWRIGHT_URL="http://hub.example", LABWRIGHT_APIKEY=key, no_proxy="",
              http_proxy=f"http://127.0.0.1:{proxy.getsockname()[1]}")
        thread.join(20)
        assert got[0].startswith(b"GET http://hub.example/api/v1/projects HTTP/1.1")


# ---- projects --------------------------------------------------------------------------------------------------------


def test_projects(world, alice):
    assert alice("project", "create", "größe", code=1).stderr.startswith("Error: ")
    made = alice.json("project", "create", "alice/vision", "--description", "数据", "--public", "--tag", "a", "--tag", "b")
    assert made["name"] == "alice/projects/vision" and made["public"] and made["tags"] == ["a", "b"]
    lines = alice("project", "list").stdout.splitlines()
    row = next(line for line in lines if "vision" in line)
    assert "just now" in row and "public" in row and row.endswith("数据")
    assert set(lines[1]) == {"-", " "}
    assert alice("project", "create", "vision", code=1).stderr.startswith("Error: ")
    assert alice("project", "delete", "vision", code=1).stderr.startswith("Error: Delete the project alice/projects/vision")
    alice("project", "delete", "alice/projects/vision", "--yes")
    assert "vision" not in alice("project", "list").stdout
    assert "Error" in alice("project", "delete", "vision", "--yes", code=1).stderr
    assert "is no name of a project" in alice("project", "create", "a/b/c/d", code=1).stderr


@pytest.mark.parametrize("verb", ["project", "workspace"])
def test_usage(alone, verb):
    for args in ((), ("nonsense",), ("list", "too", "many"), ("delete",), ("--nonsense", "list")):
        assert alone(verb, *args, code=2).stderr
    assert alone(verb, "--help").stdout.startswith(f"usage: labwright {verb} ")


# ---- workspaces ------------------------------------------------------------------------------------------------------


def test_a_life(world, alice, project):
    done = alice("workspace", "create", project, "--name", "first one")
    wid, rest = done.stdout.split("  ", 1)
    assert rest == "first one  running\n" and wid.startswith("run_")
    assert done.stderr.splitlines()[-1] == "running"
    row = next(line for line in alice("workspace", "list").stdout.splitlines() if wid in line)
    assert "first one" in row and f"alice/projects/{project}" in row and " cpu " in row
    # The ways to say which one.
    for word in (wid, "first one", f"{project}/first one", f"alice/{project}/first one",
                 f"alice/projects/{project}/first one"):
        assert alice("workspace", "url", word).stdout.startswith("http://127.0.0.1:")
    assert "/_enter?token=" in alice.json("workspace", "url", wid)["url"]
    assert alice("workspace", "stop", "first one").stdout.endswith("stopped\n")
    assert alice("workspace", "start", wid, "--cpu").stdout.endswith("running\n")
    assert alice("workspace", "delete", wid, code=1).stderr.startswith("Error: Delete the workspace first one")
    alice("workspace", "delete", wid, "--yes")
    assert wid not in alice("workspace", "list").stdout


def test_json(world, alice, project):
    made = alice.json("workspace", "create", project, "--name", "j", "--no-start")
    assert made["state"] == "stopped" and made["name"] == "j"
    assert alice.json("workspace", "start", made["id"])["state"] == "running"
    listed = alice.json("workspace", "list", "--project", project)
    assert [w["id"] for w in listed] == [made["id"]]
    assert alice.json("workspace", "list", "--project", "alice/nonesuch") == []
    assert alice.json("workspace", "delete", made["id"], "--yes")["id"] == made["id"]


def test_which_one(world, alice, project):
    alice("project", "create", project + "2")
    ids = [alice.json("workspace", "create", p, "--name", "same", "--no-start")["id"] for p in (project, project + "2")]
    done = alice("workspace", "stop", "same", code=1)
    assert "'same' is not clear" in done.stderr and all(i in done.stderr for i in ids)
    assert "there is no workspace 'nonesuch'" in alice("workspace", "start", "nonesuch", code=1).stderr
    bob = Terminal(world.hub.url)
    bob("login", "--url", world.hub.url, "-u", "bob", feed=PASSWORD + "\n")
    assert "there is no workspace" in bob("workspace", "stop", ids[0], code=1).stderr
    bob.close()


def test_restart_says_what_is_lost(world, alice, project):
    wid = alice.json("workspace", "create", project, "--name", "r")["id"]
    done = alice("workspace", "restart", wid, "--machine", "big")
    assert "while everything goes on" in done.stderr and done.stdout.endswith("running\n")
    assert world.spawner.running[wid]["machine"] == "big"
    world.spawner.refuse["gate"] = ("conflict", "python3 (pid 7) has /dev/null open")
    said = alice("workspace", "restart", wid, "--machine", "cpu", "--dry-run").stderr
    del world.spawner.refuse["gate"]
    assert "because: python3 (pid 7) has /dev/null open\n" in said and "lost: Kernels end" in said
    # Neither a machine nor an environment: it is started anew where it is.
    plan = alice.json("workspace", "restart", wid, "--dry-run")
    assert plan["layer"] == "restart" and plan["lost"] and plan["item"]["instance_type"] == "big"
    assert "Restart it? --yes says so" in alice("workspace", "restart", wid, code=1).stderr
    generation = world.spawner.running[wid]["generation"]
    done = alice("workspace", "restart", wid, "--yes")
    assert "what runs ends" in done.stderr and done.stdout.endswith("running\n")
    assert world.spawner.running[wid]["generation"] > generation and world.spawner.running[wid]["machine"] == "big"
    alice("workspace", "delete", wid, "--yes")


@pytest.mark.parametrize("args,says", [
    (("--machine", "cray"), "There is no machine 'cray' here"),
    (("--gpu",), "GPU"),
    (("--env", "cobol"), "There is no environment 'cobol' here"),
], ids=["machine", "gpu", "env"])
def test_refused_machines(alice, project, args, says):
    assert says in alice("workspace", "create", project, *args, code=1).stderr


def test_one_machine(alice):
    assert "one machine, not two" in alice("workspace", "start", "x", "--cpu", "--machine", "big", code=2).stderr


def test_waiting_in_the_line(world, alice, project):
    first = alice.json("workspace", "create", project, "--name", "a", "--machine", "big")["id"]
    second = subprocess.Popen([default_binary(), "workspace", "create", project, "--name", "b", "--machine", "big"],
                              env=alice.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = second.stderr.readline()
    while not line.startswith("queued: place 1"):
        assert line, "it does not wait"
        line = second.stderr.readline()
    alice("workspace", "stop", first)
    out, err = second.communicate(timeout=30)
    assert second.returncode == 0 and out.endswith("b  running\n") and "running" in err
    alice("workspace", "delete", out.split()[0], "--yes")


def test_a_start_that_fails(world, alice, project):
    world.spawner.refuse["create"] = ("no-space", "The disk of this host is full")
    try:
        done = alice("workspace", "create", project, "--name", "f", code=1)
    finally:
        world.spawner.refuse.clear()
    assert "Error: the workspace is failed: " in done.stderr and "disk of this host is full" in done.stderr


def test_open_keeps_the_token_off_command_lines(world, alice, project):
    wid = alice.json("workspace", "create", project, "--name", "o")["id"]
    browser, seen = alice.home / "browser", alice.home / "seen"
    browser.write_text(f'#!/bin/sh\necho "$@" > {seen}\n')
    browser.chmod(0o755)
    alice("workspace", "open", wid, BROWSER=str(browser), XDG_RUNTIME_DIR=str(alice.home))
    page = alice.home / "labwright/open.html"
    assert seen.read_text() == f"file://{page}\n" and "_enter?token=" in page.read_text()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    # Nobody's browser: the address is printed.
    assert "/_enter?token=" in alice("workspace", "open", wid).stdout
    alice("workspace", "delete", wid, "--yes")


# ---- exec ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inside(world):
    """A running workspace with a real server."""
    labs = Labs(world.hub)
    wid, _ = labs.workspace(world.alice)
    made = RealLab(labs, Window(world.hub, wid))
    yield wid
    labs.end()


def test_exec(alice, inside):
    done = alice("workspace", "exec", inside, "echo out; echo err >&2; exit 3", code=3)
    assert (done.stdout, done.stderr) == ("out\n", "err\n")
    done = alice("workspace", "exec", inside, "--", "printf", "%s|", "a b", "'q'", "$HOME", "--json")
    assert done.stdout == "a b|'q'|$HOME|--json|"
    assert alice("workspace", "exec", inside, "false", code=1).stdout == ""
    assert "not found" in alice("workspace", "exec", inside, "no-such-program-here", code=127).stderr
    assert alice("workspace", "exec", inside, "kill -9 $$", code=137).stdout == ""
    big = alice("workspace", "exec", inside, "head -c 300000 /dev/zero | tr '\\0' x; echo [labwright-exec-").stdout
    assert big == "x" * 300000 + "[labwright-exec-\n"
    assert alice("workspace", "exec", inside, "cat; echo end").stdout == "end\n"


def test_exec_where_nothing_runs(alice, project):
    wid = alice.json("workspace", "create", project, "--name", "s", "--no-start")["id"]
    done = alice("workspace", "exec", wid, "true", code=1)
    assert "the workspace is stopped: labwright workspace start" in done.stderr


def test_exec_leaves_no_kernel(world, alice, inside):
    alice("workspace", "exec", inside, "true")
    key = world.alice.key("look")
    import requests
    url = f"{world.hub.labs}/notebooks/{inside}/api/kernels"
    wait_for(lambda: requests.get(url, headers={"Authorization": f"apikey {key}"}, timeout=10).json() == [], 10,
             "the kernel's end")
