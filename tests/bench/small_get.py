"""Small authenticated requests: the server on one processor, the client on another."""
import os

from measure import Figure, Pair, client, median, own_pids

PATH = "api/kernels"


def pin(server, cpus):
    for pid in own_pids(server):
        for task in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(task), cpus)


def small_get(scale):
    with Pair() as pair:
        first, *others = sorted(os.sched_getaffinity(0))
        for s in pair.servers:
            pin(s, {first})
        if others:
            os.sched_setaffinity(0, set(others))
        try:
            rates = pair.each(scale(3), lambda s: client(s, "load", PATH, 16, 2)["rate"])
            times = pair.each(scale(3), lambda s: client(s, "time", "GET", PATH, 300)["p50"])
        finally:
            os.sched_setaffinity(0, {first, *others})
    yield Figure("small GET, one core, 16 connections", "/s", *map(median, rates), 40000, more=True)
    yield Figure("small GET, one connection, p50", "ms", *map(median, times))
