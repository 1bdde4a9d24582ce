#!/usr/bin/env python3
"""Twelve ways to use a workspace under three idle timeouts, each in a sandbox of its own: who is ended, when and why.

    idle_day.py          prints a table; exit status 1: a decision was wrong, or not explained

Timeouts are a short and a longer one in seconds, written into the database, and none; the minute in which a
workspace stands still before its end is as in the product.  A busy GPU and a server that does not answer are left
to the unit test of the rule.
"""
import re
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1] / "lib"), str(HERE.parents[1] / "blackbox")]

from kernelws import KernelWS  # noqa: E402
from lw import wait_for  # noqa: E402
from lwlabs import NAVIGATE, Window  # noqa: E402
from test_whole import Way, Whole, plain  # noqa: E402

POLICIES = [20, 60, None]
STILL_S = 60  # it stands still for so long before it ends
LATE_S = 75  # samples come every ten seconds, the server inside is asked, and this machine is busy
BUSY = "import time\nwhile True:\n    t = time.time() + .06\n    while time.time() < t: pass\n    time.sleep(.03)\n"
QUIET = "processors were last busy|changed in the browser|opened in a browser"


class Workload:
    """Somebody's way to use a workspace; STAYS: it is in use all the time."""
    stays, because = False, "it was started"

    def __init__(self, world, timeout, wid):
        self.world, self.timeout, self.wid = world, timeout, wid
        self.used, self.ended, self.frozen = 0, None, False

    def way(self):
        window = Window(self.world.hub, self.wid)
        window.enter(self.world.ada)
        return Way(window)

    def begin(self):
        pass

    def step(self):
        pass

    def terminal(self, line):
        self.at = self.way()
        self.at.api("GET", "lab", headers=NAVIGATE, status=200)  # its XSRF cookie
        name = self.at.api("POST", "api/terminals", status=200).json()["name"]
        self.ws = self.at.ws(f"terminals/websocket/{name}")
        if line:
            self.ws.send('["stdin", "%s\\r"]' % line)

    def item(self):
        return self.world.ada.api("GET", f"workspaces/{self.wid}", status=200).json()


class Nothing(Workload):
    pass


class AnOpenPage(Workload):
    because = "An open page alone does not count"

    def begin(self):
        self.ws = self.way().ws("api/events/subscribe")


class ACellThatComputes(Workload):
    stays, because = True, "processors busy|a cell is running"

    def begin(self):
        self.kernel = self.way().kernel("python3")
        self.kernel.send("execute_request", {"code": BUSY, "silent": False})


class ACellThatSleeps(Workload):
    stays, because = True, "a cell is running"

    def begin(self):
        self.kernel = self.way().kernel("python3")
        self.kernel.send("execute_request", {"code": "import time; time.sleep(3600)", "silent": False})


class CellsThenLunch(Workload):
    because = "the last cell ended|processors were last busy"
    cells = 3

    def begin(self):
        self.at = self.way()
        self.kernel = self.at.kernel("python3")
        self.kernel.execute("1 + 1")

    def step(self):
        if self.cells and time.time() - self.used > 5:
            again = KernelWS(self.at, self.kernel.id)  # the first one answers no pings while the others begin
            again.execute("1 + 1")
            again.ws.close()
            self.cells, self.used = self.cells - 1, time.time()


class ABackgroundProcess(Workload):
    stays, because = True, "processors busy"

    def begin(self):
        self.at = self.way()
        k = self.at.kernel("python3")
        k.execute(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BUSY!r}])")


class ATerminalAtItsPrompt(Workload):
    because = QUIET

    def begin(self):
        self.terminal("")


class AProgramInATerminal(Workload):
    stays, because = True, "cat runs in terminal 1"

    def begin(self):
        self.terminal("cat")


class ADaemonThatPolls(Workload):
    because = QUIET

    def begin(self):
        self.terminal("(while :; do sleep 1; done) &")


class SavesNowAndThen(Workload):
    because = "changed in the browser"

    def begin(self):
        self.at = self.way()
        self.at.api("GET", "lab", headers=NAVIGATE, status=200)

    def step(self):
        if time.time() - self.world.began < 30 and time.time() - self.used > 4:
            self.at.api("PUT", "api/contents/home/a.txt", json={"type": "file", "format": "text", "content": "x"})
            self.used = time.time()


class StillWorking(Workload):
    because = "you said that you are still working"

    def step(self):
        idle = self.item()["idle"]
        if idle and idle["stops_at"] and not self.used and self.timeout:
            left = datetime.fromisoformat(idle["stops_at"].replace("Z", "+00:00")).timestamp() - time.time()
            if left < self.timeout / 3:
                self.world.ada.api("POST", f"workspaces/{self.wid}/keepalive", status=200, json={})
                self.used = time.time()


class ComesBackInTheLastMinute(Workload):
    because = "it was opened in a browser"
    back = False

    def step(self):
        idle = self.item()["idle"]
        if idle and idle["frozen"] and not self.back:
            self.way().api("GET", "lab", headers=NAVIGATE, status=200)
            self.back, self.used = True, time.time()


WORKLOADS = [Nothing, AnOpenPage, ACellThatComputes, ACellThatSleeps, CellsThenLunch, ABackgroundProcess, ATerminalAtItsPrompt,
             AProgramInATerminal, ADaemonThatPolls, SavesNowAndThen, StillWorking, ComesBackInTheLastMinute]


class World:
    def __init__(self, hub):
        self.hub, self.began = hub, 0
        hub.set_up()
        self.ada = hub.person("ada")
        self.ada.api("POST", "projects/", status=201, json={"name": "p"})
        self.all = [kind(self, timeout, self.create(kind.__name__)) for kind in WORKLOADS for timeout in POLICIES]
        wait_for(lambda: all(w.item()["state"] == "running" for w in self.all), 120,
                 lambda: f"all run: {[(w.wid, w.item()['state'], w.item()['reason']) for w in self.all if w.item()['state'] != 'running']}")

    def create(self, name):
        return self.ada.api("POST", "workspaces/", status=201, json={"family_id": "ada/p", "name": name}).json()["id"]

    def begin(self):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda w: w.begin(), self.all))
        time.sleep(11)  # what the beginnings cost belongs to a sample before
        with sqlite3.connect(self.hub.state / "hub/hub.db", timeout=20) as db:
            for w in self.all:
                db.execute("UPDATE workspace SET idle_s = ? WHERE id = ?", (w.timeout, w.wid))
        self.began = time.time()
        for w in self.all:
            self.ada.api("POST", f"workspaces/{w.wid}/rename", status=200, json={"name": type(w).__name__})

    def turn(self):
        now = time.time()
        for w in self.all:
            if w.ended:
                continue
            item = w.item()
            if item["state"] == "running":
                w.step()
            else:
                w.ended, w.said = now, item["reason"]

    def expected(self, w):
        return not w.stays and w.timeout is not None


def verdict(w, expected):
    """What is wrong with what became of it, or an empty string."""
    said = w.said if w.ended else (w.item()["idle"] or {}).get("because", "")
    because = "timeout is off" if w.timeout is None else w.because
    if bool(w.ended) != expected:
        return f"{'ended' if w.ended else 'goes on'}: {said}"
    if not re.search(because, said):
        return f"not explained by {because}: {said}"
    if w.ended and w.used and w.ended < w.used + w.timeout + STILL_S - 1:
        return f"ended {w.ended - w.used:.0f} s after it was used"
    return ""


def main():
    if plain:
        print("figure: needs root and labwright-spawner")
        return 1
    wrong = 0
    with Whole() as hub:
        world = World(hub)
        world.begin()
        longest = 2 * max(p for p in POLICIES if p) + 2 * STILL_S + LATE_S
        wait_for(lambda: world.turn() or all(w.ended for w in world.all if world.expected(w)) or
                 time.time() - world.began > longest, longest + 60, "the day to end", interval=0.5)
        for w in world.all:
            bad = verdict(w, world.expected(w))
            wrong += bool(bad)
            said = w.said if w.ended else (w.item()["idle"] or {}).get("because", "")
            after = f"ended after {w.ended - world.began:3.0f} s" if w.ended else "goes on         "
            print(f"  {type(w).__name__:26} {w.timeout or 'off':>4}  {after}  {'WRONG: ' + bad if bad else said}")
        print(f"{len(world.all) - wrong} of {len(world.all)} decisions right and explained")
    return 1 if wrong else 0


sys.exit(main())
