"""Terminals: how much a program can print, how long a key takes, what a viewer that does not read costs."""
from measure import Figure, Pair, client, lw, median, memory_growth

BYTES = {False: 200_000_000, True: 40_000_000}


def new_terminal(s):
    return s.api("POST", "api/terminals", json={}, status=200).json()["name"]


def end_terminal(s, name):
    s.api("DELETE", f"api/terminals/{name}", status=204)


def throughput(s):
    name = new_terminal(s)
    try:
        return client(s, "terminal", name, BYTES[s.ref])["mb_s"]
    finally:
        end_terminal(s, name)


def echo(s):
    name = new_terminal(s)
    try:
        return client(s, "echo", name, 300)
    finally:
        end_terminal(s, name)


def stuck(s):
    """One viewer reads nothing, another reads all."""
    name = new_terminal(s)
    stuck = lw.TermWS(s, name)
    try:
        with memory_growth(s) as growth:
            client(s, "terminal", name, BYTES[s.ref])
        return growth["mb"]
    finally:
        stuck.ws.sock.close()
        end_terminal(s, name)


def terminals(scale):
    with Pair() as pair:
        pty = median([client(None, "pty", BYTES[False])["mb_s"] for _ in range(scale(3))])
        rates = [median(r) for r in pair.each(scale(3), throughput)]
        yield Figure("terminal throughput", "MB/s", *rates, 200, more=True)
        yield Figure("terminal: of what its pty gives", "%", *(100 * r / pty for r in rates), more=True)
        ours, theirs = pair.each(scale(3), echo)
        for q in ("p50", "p99"):
            yield Figure(f"terminal echo: {q}", "ms", median([e[q] for e in ours]), median([e[q] for e in theirs]))
        yield Figure("terminal: growth with a stuck viewer", "MB", *map(median, pair.each(scale(2), stuck)), 1)
