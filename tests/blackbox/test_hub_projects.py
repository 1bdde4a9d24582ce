"""Projects of a hub: names, who may see and change them, and what pages hear of it."""
import http.client
import json
import queue
import socket
import threading

import pytest

from lwhub import Hub, Person


@pytest.fixture(scope="module")
def hub():
    with Hub() as h:
        h.set_up("root")
        yield h


@pytest.fixture(scope="module")
def alice(hub):
    return hub.person("alice")


@pytest.fixture(scope="module")
def bob(hub):
    return hub.person("bob")


def make(who, name, **more):
    return who.api("POST", "projects/", status=201, json={"name": name} | more).json()


def test_what_the_original_cli_needs_of_a_project(hub, alice):
    made = make(alice, "mnist", description="digits", public=False)
    for ref in ("alice/mnist", "alice/projects/mnist", made["id"], "ALICE/Mnist"):
        p = hub.api("GET", f"projects/{ref}", status=200, key=alice.key()).json()
        assert p["name"] == "alice/projects/mnist" and p["id"] == made["id"] and p["description"] == "digits"
        assert p["public"] is False and p["latest_experiment_name"] is None and p["created"].endswith("Z")
    listed = alice.api("GET", "projects", status=200).json()["projects"]
    assert made["id"] in [p["id"] for p in listed]
    assert alice.api("GET", "projects/alice/none", status=404).json()["message"]


@pytest.mark.parametrize("body", [
    {}, {"name": ""}, {"name": "a/b"}, {"name": "x."}, {"name": ".."}, {"name": "x" * 65}, {"name": 5},
    {"name": "taken"}, {"name": "TAKEN"}, {"name": "n", "public": "yes"}, {"name": "n", "tags": "x"},
    {"name": "n", "tags": [1]}, {"name": "n", "tags": ["x"] * 21}, {"name": "n", "description": "x" * 4097},
    {"name": "n", "notes": "a\0b"}])
def test_a_project_that_cannot_be_made_says_why(hub, body):
    if not Person(hub, "root").log_in().ok:
        pytest.fail("root cannot log in")
    who = hub.admin
    who.api("POST", "projects/", json={"name": "taken"})
    answer = who.api("POST", "projects/", status=400, json=body).json()
    assert answer["message"] and answer["slug"] in ("invalid", "conflict")


def test_private_projects_do_not_exist_for_others(hub, alice, bob):
    private, public = make(alice, "private"), make(alice, "public", public=True)
    nobody = Person(hub)
    for who in (bob, nobody):
        for ref in ("alice/private", private["id"]):
            who.api("GET", f"projects/{ref}", status=404)
        assert who.api("GET", "projects/alice/public", status=200).json()["id"] == public["id"]
    bob.api("PATCH", "projects/alice/private", status=404, json={"public": True})
    bob.api("DELETE", "projects/alice/private", status=404)
    assert "not yours" in bob.api("PATCH", "projects/alice/public", status=403, json={}).json()["message"]
    bob.api("DELETE", "projects/alice/public", status=403)
    assert [p["name"] for p in bob.api("GET", "projects?namespace=alice", status=200).json()["projects"]
            if p["short_name"] in ("private", "public")] == ["alice/projects/public"]
    bob.api("POST", "projects/", status=403, json={"name": "mine", "namespace": "alice"})
    hub.admin.api("GET", "projects/alice/private", status=200)


def test_a_project_is_changed_and_deleted(hub, alice):
    p = make(alice, "first", tags=["a"], notes="# Notes\n")
    q = alice.api("PATCH", "projects/alice/first", status=200,
                  json={"name": "second", "public": True, "tags": ["b", "c"], "description": "more"}).json()
    assert q["id"] == p["id"] and q["name"] == "alice/projects/second" and q["notes"] == "# Notes\n"
    assert q["tags"] == ["b", "c"] and q["public"] is True and q["description"] == "more"
    alice.api("GET", "projects/alice/first", status=404)
    make(alice, "first")
    assert "already" in alice.api("PATCH", "projects/alice/first", status=400, json={"name": "second"}).json()["message"]
    alice.api("DELETE", "projects/alice/second", status=204)
    alice.api("DELETE", "projects/alice/second", status=404)


class Listener:
    """Reads /events in a thread; events come out of a queue, None at the end."""

    def __init__(self, who, **headers):
        cookie = "; ".join(f"{c.name}={c.value}" for c in who.browser.cookies)
        self.connection = http.client.HTTPConnection("localhost", who.hub.port, timeout=30)
        self.connection.request("GET", "/api/v1/events", headers={"Cookie": cookie} | headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200 and self.answer.headers["Content-Type"] == "text/event-stream"
        self.socket = self.answer.fp.raw._sock
        self.events = queue.Queue()
        assert self.answer.readline().startswith(b"retry:")
        self.begin = int(self.answer.readline().split()[1])
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        event = {}
        try:
            while line := self.answer.readline().decode():
                key, _, value = line.rstrip("\n").partition(": ")
                if line == "\n" and "data" in event:
                    self.events.put(event | {"data": json.loads(event["data"])})
                    event = {}
                elif key:
                    event[key] = value
        except (http.client.HTTPException, OSError):
            pass
        self.events.put(None)

    def next(self):
        return self.events.get(timeout=20)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        assert self.next() is None


def test_pages_hear_of_what_they_may_see(hub, alice, bob):
    a, b, root = Listener(alice), Listener(bob), Listener(hub.admin)
    make(alice, "heard", public=True)
    make(bob, "his")
    event = a.next()
    assert event["event"] == "project.create" and int(event["id"]) > a.begin
    assert event["data"]["namespace"] == "alice" and event["data"]["body"]["short_name"] == "heard"
    assert b.next()["data"]["body"]["short_name"] == "his"
    assert [root.next()["data"]["body"]["short_name"] for _ in range(2)] == ["heard", "his"]
    assert a.events.empty()
    for one in (a, b, root):
        one.close()


def test_a_page_that_comes_back_misses_nothing(hub, alice):
    first = Listener(alice)
    names = [f"missed-{i}" for i in range(250)]
    make(alice, names[0])
    last = first.next()["id"]
    first.close()
    for name in names[1:]:
        make(alice, name)
    hub.kill9()
    hub.start()
    again = Listener(alice, **{"Last-Event-ID": last})
    assert [again.next()["data"]["body"]["short_name"] for _ in names[1:]] == names[1:]
    make(alice, "after")
    assert again.next()["data"]["body"]["short_name"] == "after"
    again.close()


def test_a_hub_that_stops_ends_the_streams(hub, alice):
    listener = Listener(alice)
    assert hub.stop() == 0
    assert listener.next() is None
    hub.start()
    alice.api("GET", "user/", status=200)
