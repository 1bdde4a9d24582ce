#!/usr/bin/env python3
"""Hub and spawner killed at random while workspaces run: nothing in them ends, all are adopted, pages are back.

    hub_kills.py [TIMES] [WORKSPACES]          (1000, 20); prints figures, exit status 1: something was lost

After each kill: until a request through the gateway is answered again; then all workspaces must be running, with
the first processes that they had.  At the end a counter that a terminal-less program in each of them wrote must
have no gap, and the database must be whole and agree.
"""
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1] / "lib"), str(HERE.parents[1] / "blackbox")]

from lw import wait_for  # noqa: E402
from lwlabs import Window  # noqa: E402
from test_whole import Way, Whole, plain  # noqa: E402

COUNT = """\
import threading, time
def count():
    n = 0
    with open('/floyd/home/count', 'w') as f:
        while True:
            n += 1
            f.write(f'{time.time():.3f}\\n'); f.flush(); time.sleep(0.1)
threading.Thread(target=count, daemon=True).start()"""


def one_of(hub, word, but=()):
    """The child of the supervisor, not a child that it made for a moment."""
    def look():
        for pid in set(hub.pids(word)) - set(but):
            if f"PPid:\t{hub.process.pid}\n" in Path(f"/proc/{pid}/status").read_text():
                return pid
        return None
    return wait_for(look, 20, word)


def first_processes(alice):
    items = alice.api("GET", "workspaces", status=200).json()["workspaces"]
    return {i["id"]: i["state"] for i in items}


def main():
    times, n = (int(a) for a in (sys.argv[1:] + ["1000", "20"][len(sys.argv) - 1:]))
    random.seed(times * n)
    if plain:
        print("figure: needs root and labwright-spawner")
        return 1
    with Whole() as hub:
        hub.set_up()
        alice = hub.person("alice")
        alice.api("POST", "projects/", status=201, json={"name": "p"})
        ids = [alice.api("POST", "workspaces/", status=201, json={"family_id": "alice/p", "name": f"w{i}"}).json()["id"]
               for i in range(n)]
        wait_for(lambda: set(first_processes(alice).values()) == {"running"}, 60, "all run")
        windows, kernels = [], []
        for wid in ids:
            windows.append(Window(hub, wid))
            windows[-1].enter(alice)
        for w in windows[:3]:  # three with a kernel that counts
            k = Way(w).kernel("python3")
            k.execute(COUNT)
            kernels.append(k)
        back = []
        for i in range(times):
            word = random.choice(["--hub", "labwright-spawner"])
            window = random.choice(windows)
            victim = one_of(hub, word)
            time.sleep(random.uniform(0.4, 0.8))
            began = time.monotonic()
            os.kill(victim, signal.SIGKILL)
            one_of(hub, word, [victim])
            wait_for(lambda: window.ask("api/status").status_code == 200, 20, "an answer through the gateway", interval=0.005)
            back.append(time.monotonic() - began)
            states = wait_for(lambda: first_processes(alice), 20)
            assert set(states) == set(ids) and set(states.values()) == {"running"}, (i, word, states)
        time.sleep(1)
        generations = set()
        with sqlite3.connect(f"file:{hub.state}/hub/hub.db?mode=ro", uri=True) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            generations = {g for (g,) in db.execute("SELECT generation FROM workspace")}
        assert generations == {1}, generations
        for w, k in zip(windows, kernels):
            at = [float(t) for t in (hub.state / "ws" / w.wid / "home/count").read_text().split()]
            gap = max(b - a for a, b in zip(at, at[1:]))
            print(f"  a kernel counted to {len(at)}, its longest pause {gap:.2f} s")
        back.sort()
        print(f"killed {times} times, {n} workspaces: 0 ended; an answer after {1000 * back[len(back) // 2]:.0f} ms (median), "
              f"{1000 * back[-1]:.0f} ms (longest)")
        return 0 if back[-1] < 1 else 1


sys.exit(main())
