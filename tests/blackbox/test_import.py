"""labwright worker gitclone and gitinspect: a stranger's repository becomes a home, or says why not"""
import json
import os
import signal
import subprocess

import pytest
from gitserve import GitServer, git
from lw import default_binary, wait_for

FILES = {"floyd.yml": "env: pytorch-2.5\nmachine: gpu\ninput:\n- ada/datasets/mnist:mnist\n", "a b/c.txt": "see\n", ".hidden": "x"}


@pytest.fixture
def g(tmp_path):
    with GitServer(tmp_path) as g:
        yield g


@pytest.fixture
def home(tmp_path):
    d = tmp_path / "home"
    d.mkdir()
    return d


def clone(home, url, *args, env=None):
    r = subprocess.run([default_binary(), "worker", "gitclone", "--into", str(home), "--url", url, *args], capture_output=True, text=True,
                       timeout=50, env={**os.environ, "LABWRIGHT_GIT_PRIVATE": "1", **(env or {})})
    return r.returncode, [json.loads(line) for line in r.stdout.splitlines() if line.startswith("{")], r


def inspect(tmp_path, url, **more):
    r = subprocess.run([default_binary(), "worker", "gitinspect"], capture_output=True, text=True, timeout=90,
                       input=json.dumps({"git_url": url, "dir": str(tmp_path / "looking"), "allow_private": True, **more}))
    return json.loads(r.stdout)


@pytest.mark.parametrize("kind", ["smart", "dumb", "dotgit"])
def test_a_repository_becomes_the_home(g, home, kind):
    g.repository("engine", FILES, commits=3)
    code, lines, _ = clone(home, g.url("engine.git" if kind == "dumb" else "engine", kind))
    assert code == 0 and lines[-1] == {"cloned": True}
    assert (home / "a b/c.txt").read_text() == "see\n" and (home / ".hidden").exists()
    git("status", cwd=home)
    assert subprocess.run(["git", "status", "--porcelain"], cwd=home, capture_output=True, text=True).stdout == ""
    commits = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=home, capture_output=True, text=True).stdout.strip()
    assert commits == ("3" if kind == "dumb" else "1")
    assert not any("Authorization" in headers for _, _, headers in g.asked)


def test_a_branch(g, home):
    g.repository("engine", FILES, branches={"dev": {"only-dev": "2"}})
    assert clone(home, g.url("engine"), "--branch", "dev")[0] == 0
    assert (home / "only-dev").exists()


def test_a_home_that_is_in_use_stays_as_it_is(g, home):
    g.repository("engine", FILES)
    (home / "mine").write_text("1")
    code, lines, r = clone(home, g.url("engine"), "--then", "echo", "on it goes")
    assert code == 0 and lines == [{"cloned": False}] and "on it goes" in r.stdout
    assert sorted(os.listdir(home)) == ["mine"] and g.asked == []


def test_what_comes_after_runs_also_when_the_clone_fails_and_the_next_start_tries_again(g, home):
    code, lines, r = clone(home, g.url("engine"), "--then", "sh", "-c", "echo after; exit 7")
    assert code == 7 and lines[-1]["problem"] == "not-found" and r.stdout.endswith("after\n")
    assert "there is no repository at" in (home / "GIT-CLONE-FAILED.txt").read_text()
    g.repository("engine", FILES)
    assert clone(home, g.url("engine"))[0] == 0
    assert not (home / "GIT-CLONE-FAILED.txt").exists() and (home / "floyd.yml").exists()


@pytest.mark.parametrize("kind,problem,words", [
    ("private", "not-found", "is private: only public"), ("page", "not-found", "is empty, or is no git"),
    ("moved", "not-found", "has moved"), ("smart", "not-found", "there is no repository")])
def test_servers_that_have_none(g, home, kind, problem, words):
    code, lines, _ = clone(home, g.url("engine.git", kind))
    assert code != 0 and lines[-1]["problem"] == problem and words in lines[-1]["error"]
    assert sorted(os.listdir(home)) == [".labwright", "GIT-CLONE-FAILED.txt"] and os.listdir(home / ".labwright") == []


def test_no_such_branch(g, home):
    g.repository("engine", FILES)
    _, lines, _ = clone(home, g.url("engine"), "--branch", "nope")
    assert "has no branch or tag 'nope'" in lines[-1]["error"]


@pytest.mark.parametrize("url", ["file:///etc", "/etc", "ssh://git@localhost/x", "ext::sh -c id", "http://ada:pw@localhost/x", "--upload-pack=id"])
def test_addresses_that_are_none(home, url):
    code, lines, r = clone(home, url)
    assert code != 0 and lines[-1]["problem"] == "invalid" and "pw" not in r.stdout + r.stderr


@pytest.mark.parametrize("branch", ["--upload-pack=id", "a b", "../x"])
def test_branches_that_are_none(g, home, branch):
    assert clone(home, g.url("engine"), f"--branch={branch}")[1][-1]["problem"] == "invalid"
    assert g.asked == []


def test_private_networks_are_asked_for(g, home):
    g.repository("engine", FILES)
    for url in (g.url("engine"), g.url("engine").replace("127.0.0.1", "localhost"), g.url("engine").replace("127.0.0.1", "[::ffff:127.0.0.1]")):
        _, lines, _ = clone(home, url, env={"LABWRIGHT_GIT_PRIVATE": ""})
        assert lines[-1]["problem"] == "forbidden" and "private network" in lines[-1]["error"]
    assert g.asked == []


def test_settings_of_whoever_starts_it_count_for_nothing(g, home, tmp_path):
    """Hooks, templates, credentials and rewrites that are set up for the caller are not used."""
    bare = g.repository("engine", FILES)
    theirs = tmp_path / "theirs"
    (theirs / "hooks").mkdir(parents=True)
    (theirs / "hooks/post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    (theirs / "hooks/post-checkout").chmod(0o755)
    (theirs / ".gitconfig").write_text(f"[core]\nhooksPath = {theirs}/hooks\n[init]\ntemplateDir = {theirs}\n"
                                       f'[url "file://{bare.parent}/"]\ninsteadOf = "{g.url("")}"\n'
                                       f"[credential]\nhelper = !touch {tmp_path}/asked\n")
    env = {"HOME": str(theirs), "GIT_CONFIG_GLOBAL": str(theirs / ".gitconfig"), "GIT_TEMPLATE_DIR": str(theirs), "GIT_DIR": str(tmp_path / "dir"),
           "GIT_SSH_COMMAND": "false", "GIT_ASKPASS": f"touch {tmp_path}/asked"}
    assert clone(home, g.url("engine"), env=env)[1][-1] == {"cloned": True}
    assert clone(tmp_path / "home", g.url("x", "private"), env=env)[0] == 0  # not new any more
    assert g.asked and not (tmp_path / "hooked").exists() and not (tmp_path / "asked").exists()


def test_submodules_stay_where_they_are(g, home):
    g.repository("engine", {".gitmodules": f'[submodule "s"]\n\tpath = s\n\turl = {g.url("secret")}\n', "a": "1"})
    assert clone(home, g.url("engine"))[1][-1] == {"cloned": True}
    assert not any("secret" in path for _, path, _ in g.asked)


def test_a_server_that_hangs_holds_up_nobody_who_stops_the_workspace(g, home):
    p = subprocess.Popen([default_binary(), "worker", "gitclone", "--into", str(home), "--url", g.url("engine", "hangs"), "--allow-private",
                          "--then", "echo", "opened"], stdout=subprocess.PIPE, text=True)
    wait_for(lambda: g.asked, 30, "the server to be asked")
    p.send_signal(signal.SIGTERM)
    out, _ = p.communicate(timeout=20)
    assert json.loads(out.splitlines()[-1])["problem"] == "cancelled" and p.returncode == 10
    assert os.listdir(home) in ([], [".labwright"])


def test_presets_of_a_repository(g, tmp_path):
    g.repository("engine", FILES, branches={"old": {"floyd.yml": "env: [\n"}, "early": {"floydhub.yml": "machine: cpu2\n"}})
    got = inspect(tmp_path, g.url("engine"))
    assert got["found"] and got["name"] == "engine" and got["presets"] == {
        "env": "pytorch-2.5", "machine": "gpu", "description": "", "input": [{"source": "ada/datasets/mnist", "destination": "mnist"}]}
    got = inspect(tmp_path, g.url("engine"), git_branch="old")
    assert got["found"] and got["presets"] is None and got["problem"].startswith("floyd.yml:")
    assert os.listdir(tmp_path / "looking") == []


def test_a_repository_without_presets(g, tmp_path):
    g.repository("plain", {"a": "1"})
    assert inspect(tmp_path, g.url("plain")) | {"confined": None} == {
        "name": "plain", "found": False, "presets": None, "problem": None, "confined": None}
    g.repository("early", {"floydhub.yml": "machine: cpu2\n"})
    assert inspect(tmp_path, g.url("early"))["presets"]["machine"] == "cpu2"


def test_a_preset_that_is_a_link_leads_nowhere(g, tmp_path):
    g.repository("link", {"floyd.yml": ("/etc/passwd",)})
    got = inspect(tmp_path, g.url("link"))
    assert got["presets"] is None and "root:" not in json.dumps(got)
