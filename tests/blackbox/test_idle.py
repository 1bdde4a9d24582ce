"""The idle rule at work: what the hub looks at, what it says, whom it freezes and whom it lets go on.

The rule itself is a unit test (tests/unit/hub/test_idle.c).  Timeouts are seconds here, written into the database,
because nobody waits a quarter of an hour; the minute for which a workspace stands still before it ends is seen
to pass in tests/load/idle_day.py.
"""
import time
from datetime import datetime

import pytest
from lw import wait_for
from lwlabs import NAVIGATE, Labs, Window
from lwworld import World


class Watched:
    """A running workspace with a server, whose timeout is SECONDS."""

    def __init__(self, world, seconds=2):
        self.world, self.wid = world, world.running()
        self.labs = Labs(world.hub)
        self.lab = self.labs.lab(self.wid)
        self.activity(busy_kernels=0)
        self.cpu_us, self.t_us = 0, int(time.time() * 1e6) - 60_000_000
        self.sample(0)
        self.sample(0)
        self.timeout(seconds)

    def timeout(self, seconds):
        self.labs.sql("UPDATE workspace SET idle_s = ? WHERE id = ?", seconds, self.wid)
        self.world.post(self.wid, "rename", name="read anew")

    def activity(self, **said):
        self.lab.answers[f"/notebooks/{self.wid}/api/labwright/activity"] = {"kernels": [], "terminals": [], **said}

    def asked(self):
        return [path for _, path, *_ in self.lab.seen if path.endswith("api/labwright/activity")]

    def sample(self, cores):
        """Ten seconds in which CORES were busy."""
        self.t_us += 10_000_000
        self.cpu_us += int(cores * 10_000_000)
        self.world.spawner.tell_sample(self.wid, t_us=self.t_us, cpu_us=self.cpu_us, cpu=cores)

    @property
    def idle(self):
        return self.world.get(self.wid)["idle"]

    @property
    def frozen(self):
        return self.world.spawner.running[self.wid]["state"] == "frozen"

    def until(self, condition, what):
        """Samples come meanwhile, as they do."""
        def look():
            self.sample(0)
            return condition()
        return wait_for(look, 30, lambda: f"{what}: {self.idle}")

    def stands_still(self):
        self.until(lambda: self.frozen, "it is not frozen")
        return self

    def stops_in(self):
        return datetime.fromisoformat(self.idle["stops_at"].replace("Z", "+00:00")).timestamp() - time.time()

    def window(self):
        window = Window(self.world.hub, self.wid)
        window.enter(self.world.alice)
        return window


@pytest.fixture(scope="module")
def world():
    w = World()
    yield w
    w.close()


@pytest.fixture
def watch(world):
    made = []
    yield lambda seconds=2: made.append(Watched(world, seconds)) or made[-1]
    for w in made:
        w.labs.end()


def test_nobody_uses_it(watch):
    w = watch()
    assert w.idle["timeout_seconds"] == 2 and not w.idle["frozen"]
    w.stands_still()
    assert w.asked(), "it was frozen without a look inside"
    assert w.idle["frozen"] and w.idle["warn"] and 0 < w.stops_in() <= 61
    assert w.idle["because"].startswith("Idle for ") and "since it was started" in w.idle["because"]


def test_a_timeout_that_is_long_bothers_nobody(watch):
    w = watch(3600)
    assert 3000 < w.stops_in() <= 3600 and w.idle["because"].startswith("Quiet for ")
    assert not w.asked()


def test_off(watch):
    w = watch()
    w.world.alice.api("PUT", f"workspaces/{w.wid}/settings", status=200, json={"idle_timeout_seconds": None})
    assert w.idle == {"timeout_seconds": None, "stops_at": None, "warn": False, "frozen": False,
                      "because": "The idle timeout is off: it runs until somebody stops it."}


@pytest.mark.parametrize("said, because", [
    ({"busy_kernels": 1}, "In use: a cell is running."),
    ({"busy_kernels": 3}, "In use: cells are running in 3 kernels."),
    ({"busy_kernels": 0, "terminals": [{"name": "1", "foreground": None}, {"name": "2", "foreground": "wget"}]},
     "In use: wget runs in terminal 2."),
])
def test_what_the_server_inside_says(watch, said, because):
    w = watch(3)
    w.activity(**said)
    w.until(lambda: len(w.asked()) > 2 and w.idle["because"] == because, because)
    assert w.idle["stops_at"] is None and not w.frozen


def test_processors_that_are_busy(watch):
    w = watch(3600)
    w.sample(0.7)
    wait_for(lambda: w.idle["because"] == "In use: programs keep 0.7 processors busy.", 10, lambda: w.idle)
    assert w.idle["stops_at"] is None


def test_a_server_that_says_nonsense_is_no_reason_to_end(watch):
    w = watch()
    w.lab.answers[f"/notebooks/{w.wid}/api/labwright/activity"] = ["?"]
    w.until(lambda: "does not answer (asked 1 time)" in w.idle["because"], "nonsense was believed")
    assert not w.frozen


def test_still_working(watch):
    w = watch().stands_still()
    answer = w.world.post(w.wid, "keepalive")
    assert not answer["idle"]["frozen"] and "you said that you are still working" in answer["idle"]["because"]
    wait_for(lambda: not w.frozen, 10, "it still stands still")


def test_a_page_that_is_gone_to_lets_it_go_on(watch):
    w = watch()
    window = w.window()
    w.stands_still()
    assert window.ask("lab", headers=NAVIGATE).status_code == 200
    wait_for(lambda: not w.frozen, 10, "it still stands still")
    assert "it was opened in a browser" in w.idle["because"]


def test_what_is_saved_counts_and_what_a_page_asks_by_itself_does_not(watch):
    w = watch()
    window = w.window()
    w.stands_still()
    window.ask("api/kernels")
    window.ask("lab/api/workspaces/default", "PUT", data="{}")  # JupyterLab writes its layout every ten seconds
    w.sample(0)
    assert w.frozen
    window.ask("api/contents/a.ipynb", "PUT", data="{}")
    wait_for(lambda: not w.frozen, 10, "it still stands still")
    assert "something was last changed in the browser" in w.idle["because"]


def test_from_the_page_of_the_workspace(watch):
    w = watch().stands_still()
    window = w.window()
    assert window.ask("labwright/keepalive", "POST", json={}).status_code == 403
    answer = window.ask("labwright/keepalive", "POST", json={}, headers={"X-Labwright": "1", "Origin": w.world.hub.labs})
    assert answer.status_code == 200 and "still working" in answer.json()["idle"]["because"]


def test_who_stops_it_meanwhile_stops_it(watch):
    w = watch().stands_still()
    w.world.post(w.wid, "stop")
    assert w.world.wait(w.wid, "stopped")["reason"] == "alice stopped it"
    assert w.world.get(w.wid)["idle"] is None


def test_a_hub_that_was_killed_lets_it_go_on(watch):
    w = watch().stands_still()
    w.timeout(3600)
    w.sample(0)
    w.world.spawner.running[w.wid]["state"] = "frozen"
    w.world.hub.kill9()
    w.world.hub.start()
    wait_for(lambda: not w.frozen, 10, "it still stands still")
    w.world.alice.log_in()
    assert "since the hub was started" in wait_for(lambda: w.idle, 10, "no idle")["because"]


def test_the_page_is_told(watch):
    w = watch()
    with w.world.alice.browser.get(f"{w.world.hub.url}/api/v1/events", stream=True, timeout=30,
                                   headers={"Sec-Fetch-Site": "same-origin"}) as stream:
        lines = stream.iter_lines()
        w.stands_still()
        assert any(line == b"event: workspace.idle" for line in lines)
