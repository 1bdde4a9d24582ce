"""Start, idle memory and wake-ups: what a server costs that nobody uses."""
import os
import time

from measure import Figure, Pair, client, lw, median, private_kib, settle, switches


def start_ms(ref):
    s = lw.Server(ref=ref, start=False)
    try:
        argv = s.command()
        argv[0] = argv[0] if os.path.isabs(argv[0]) else os.path.abspath(argv[0])
        return client(s, "start", *argv, env=s.environ, cwd=s.root)["ms"]
    finally:
        s.close()


def start(scale):
    got = {False: [], True: []}
    for i in range(scale(9)):
        got[False].append(start_ms(False))
        if i % 3 == 0:
            got[True].append(start_ms(True))
    yield Figure("start to the first answer", "ms", median(got[False]), median(got[True]), 20)


def idle(scale):
    seconds = scale(10)
    with Pair() as pair:
        for s in pair.servers:
            s.api("GET", "api/status", status=200)
            s.http.close()
        for s in pair.servers:
            settle(s)
        memory = [private_kib(s) for s in pair.servers]
        before = [switches(s) for s in pair.servers]
        time.sleep(seconds)
        woken = [(switches(s) - b) / seconds for s, b in zip(pair.servers, before)]
    yield Figure("idle: private memory", "MB", *(m * 1024 / 1e6 for m in memory), 5)
    yield Figure("idle: wake-ups", "/s", *woken, 1)
