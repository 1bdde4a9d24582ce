"""GET templates/inspect: what a stranger's repository asks for, before there is a project"""
import contextlib
import os
import threading

import pytest
import requests
from gitserve import GitServer
from lw import wait_for
from lwhub import Hub


@pytest.fixture
def g(tmp_path):
    with GitServer(tmp_path) as g:
        yield g


@pytest.fixture
def ada():
    with Hub("--git-private") as h:
        h.set_up("root")
        yield h.person("ada")


def look(person, url, status=200, **more):
    return person.api("GET", "templates/inspect", status=status, params={"git_url": url, **more}).json()


def ask_in_vain(person, url):
    with contextlib.suppress(requests.ConnectionError):
        person.api("GET", "templates/inspect", params={"git_url": url})


def test_presets_in_the_words_of_this_hub(ada, g):
    g.repository("engine", {"floyd.yml": "machine: c1\nenv: no-such\ndescription: |\n  An\n  engine\ninput:\n- ada/mnist:m\n"})
    got = look(ada, g.url("engine"))
    assert got["name"] == "engine" and got["found"] and got["description"] == "An engine"
    assert got["instance_type"] == "cpu" and got["env"] is None
    assert got["input"] == [{"source": "ada/mnist", "destination": "m"}]
    assert len(got["notes"]) == 1 and got["notes"][0].startswith("floyd.yml asks for the environment 'no-such': ")


def test_nothing_is_left_behind(ada, g):
    g.repository("engine", {"a": "1"})
    assert look(ada, g.url("engine"))["found"] is False
    tmp = ada.hub.state / "hub/tmp"
    wait_for(lambda: os.listdir(tmp) == [], 10, "the directory to be removed")


@pytest.mark.parametrize("kind,status,words", [("private", 404, "is private"), ("smart", 404, "there is no repository"), ("moved", 404, "moved")])
def test_what_cannot_be_had_says_why(ada, g, kind, status, words):
    got = look(ada, g.url("engine.git", kind), status=status)
    assert words in got["message"] and got["slug"]


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ssh://x/y", "http://a:b@c/d", "-x"])
def test_addresses_that_are_none(ada, url):
    assert "git_url" in look(ada, url, status=400)["message"]


def test_branches_that_are_none(ada, g):
    assert "git_branch" in look(ada, g.url("x"), status=400, git_branch="--upload-pack=id")["message"]
    assert g.asked == []


def test_private_networks_are_closed_unless_an_administrator_opens_them(g):
    with Hub() as h:
        h.set_up("root")
        got = look(h.person("ada"), g.url("engine"), status=403)
        assert "private network" in got["message"] and g.asked == []


def test_servers_that_hang_use_up_no_more_than_their_places(ada, g):
    """The fifth at a time is told to try again; the hub answers everybody else, and ends at once."""
    people = [ada.hub.person(f"person-{i}") for i in range(4)]
    threads = [threading.Thread(target=ask_in_vain, args=(p, g.url("x", "hangs"))) for p in people]
    for t in threads:
        t.start()
    wait_for(lambda: len(g.asked) == 4, 30, "four of them to hang")
    assert look(ada, g.url("x", "hangs"), status=503)["slug"] == "busy"
    assert ada.api("GET", "machines", status=200)
    ada.hub.stop()
    for t in threads:
        t.join(20)
        assert not t.is_alive()


def test_what_a_killed_hub_left_is_removed(ada, g):
    h = ada.hub
    thread = threading.Thread(target=ask_in_vain, args=(ada, g.url("x", "hangs")))
    thread.start()
    wait_for(lambda: g.asked, 30, "the server to be asked")
    h.kill9()
    thread.join(20)
    (h.state / "hub/tmp/old").mkdir(parents=True, exist_ok=True)
    h.start()
    wait_for(lambda: not any((h.state / "hub" / d).exists() for d in ("tmp", "tmp.old")), 10, "the rest to be removed")


def test_strangers_look_at_nothing(ada, g):
    assert requests.get(f"{ada.hub.url}/api/v1/templates/inspect", params={"git_url": g.url("x")}, timeout=10).status_code == 401
    assert g.asked == []
