"""hub.py ENVIRONMENT PROXY - `labwright serve` beside JupyterHub, whose environment and configurable-http-proxy are given

Both run one after the other for what memory is about, and at the same time for requests, which alternate.  A start is from
the request of the page's button to the first answer of the workspace's own server through the way in.  Ours makes a sandbox
each time; JupyterHub's SimpleLocalProcessSpawner starts a process.  LW_QUICK=1: fewer repetitions.
"""
import os
import sys
import time

from bench import show
from hub_pair import Ours, Theirs, until_all_answer
from measure import Figure, client, median

MB = 1e6
quick = bool(os.environ.get("LW_QUICK"))
missed = []


def tell(*figures):
    for f in figures:
        show(f)
        if f.met is False:
            missed.append(f.name)


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(len(values) * q))]


def memory_empty(ours, theirs):
    tell(Figure("hub, empty: all its processes, PSS", "MB", ours.memory() / MB, theirs.memory() / MB, 20))


def starts(ours, theirs):
    def some(hub, n):
        taken = []
        for space in hub.spaces(n):
            taken.append(until_all_answer(hub, [space]) * 1000)
            hub.stop(space)
        return taken
    mine, other = some(ours, 10 if quick else 30), some(theirs, 1 if quick else 3)
    tell(Figure("start to first answer, p50", "ms", median(mine), median(other), 50),
         Figure("start to first answer, p99", "ms", quantile(mine, .99), max(other)))
    many, few = (10, 2) if quick else (20, 5)
    mine, other = until_all_answer(ours, ours.spaces(many)), until_all_answer(theirs, theirs.spaces(few))
    tell(Figure(f"{many} starts at once ({few} of theirs)", "s", mine, other))


def idle_memory(ours, theirs):
    """Those of the starts run; what is used by one is the slope."""
    for hub, name, steps in ((ours, "ours", (1, 10, 100) if not quick else (1, 10)), (theirs, "theirs", (1, 5))):
        made, base, hub_base = 0, hub.space_memory(), hub.memory()
        for n in steps:
            until_all_answer(hub, hub.spaces(n - made))
            made = n
            awake = hub.space_memory() - base
            if not hub.ref:  # the server inside goes to sleep when nobody has asked it anything for a minute
                time.sleep(75)
            print(f"  {name}: {n:3} idle workspaces use {(hub.space_memory() - base) / MB:8.1f} MB in all"
                  f" ({awake / MB:.1f} MB just after their first answer), the hub {(hub.memory() - hub_base) / MB:+.1f} MB", flush=True)
        yield (hub.space_memory() - base) / MB / made


def gateway(ours, theirs):
    spaces = {hub: hub.spaces(1)[0] for hub in (ours, theirs)}
    for hub, space in spaces.items():
        until_all_answer(hub, [space])
    rates, times = {ours: [], theirs: []}, {ours: [], theirs: []}
    for _ in range(1 if quick else 3):
        for hub, space in spaces.items():
            rates[hub].append(client(hub, "load", hub.path(space), 16, 2)["rate"])
            times[hub].append(client(hub, "time", "GET", hub.path(space), 300))
    tell(Figure("requests through the gateway, 16 connections", "/s", median(rates[ours]), median(rates[theirs]), more=True),
         *(Figure(f"a request through the gateway, {q}", "ms", *(median([t[q] for t in times[h]]) for h in (ours, theirs)))
           for q in ("p50", "p99")))


def switches(ours):
    space = ours.spaces(1)[0]
    until_all_answer(ours, [space])
    for name, machines in (("cpus and memory", ("cpu2", "cpu")), ("a device", ("node", "cpu2"))):
        ours.switch(space, machines[0])
        taken = []
        for i in range(40 if quick else 200):
            began = time.monotonic()
            ours.switch(space, machines[(i + 1) % 2])
            taken.append((time.monotonic() - began) * 1000)
        tell(Figure(f"gate switch, {name}, p50", "ms", median(taken), aim=100),
             Figure(f"gate switch, {name}, p99", "ms", quantile(taken, .99), aim=100))


def main():
    environment, proxy = sys.argv[1:3]
    print(f"{'':48s}{'ours':>10s}{'theirs':>11s}{'ratio':>8s}  {'unit':6s}{'aim':>10s}")
    with Ours() as ours, Theirs(environment, proxy) as theirs:
        memory_empty(ours, theirs)
        gateway(ours, theirs)
        switches(ours)
        starts(ours, theirs)
    with Ours() as ours, Theirs(environment, proxy) as theirs:
        tell(Figure("an idle workspace, of the most measured", "MB", *idle_memory(ours, theirs)))
    print(f"aims missed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
