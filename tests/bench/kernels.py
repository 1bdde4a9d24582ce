"""Kernels: latency beside direct ZeroMQ, floods, viewers, a new kernel's first result."""
import time

from measure import (FLOOD_KERNEL, PYTHON_KERNEL, Figure, Pair, client, connection_file, cpu_us, lw, median,
                     memory_growth, private_kib, settle, start_kernel)

PAGE_S = 2  # what a page takes to load, and a person to click


def latency(scale):
    """Turns of direct and through the server, with the same kernel."""
    with Pair() as pair:
        over = {}
        for s in pair.servers:
            kernel = start_kernel(s, PYTHON_KERNEL)
            file = connection_file(s, kernel)
            count = 40 if s.ref else 300
            client(s, "execute", kernel, 20, "")
            got = {"p50": [], "p99": []}
            for _ in range(scale(5)):
                direct = client(None, "execute-direct", file, count, "")
                ours = client(s, "execute", kernel, count, "")
                for q, values in got.items():
                    values.append(ours[q] - direct[q])
            over[s.ref] = got
        for q, aim in (("p50", 0.3), ("p99", 2)):
            yield Figure(f"execute to idle, over the kernel's own: {q}", "ms", median(over[False][q]),
                         median(over[True][q]), aim)


def rate(r):
    return r["messages"] / r["seconds"]


def flooded(s, kernel, code, count):
    """One flood through the server: messages and MB a second, CPU of the server for one, MB of growth."""
    with memory_growth(s) as growth:
        before = cpu_us(s)
        r = client(s, "flood", kernel, code)
        used = cpu_us(s) - before
    if r["messages"] != count:
        raise RuntimeError(f"{r['messages']} of {count} messages came")
    return {"rate": rate(r), "mb_s": r["bytes"] / r["seconds"] / 1e6, "cpu": used / count, "growth": growth["mb"]}


def flood(pair, repetitions, spec, code, counts):
    """Medians of `flooded` for both, and of what the kernel gives to a direct client."""
    kernels = [start_kernel(s, spec) for s in pair.servers]
    file = connection_file(pair.ours, kernels[0])
    direct, got = [], ([], [])
    for _ in range(repetitions):
        direct.append(rate(client(None, "flood-direct", file, code(counts[0]))))
        for s, kernel, count, values in zip(pair.servers, kernels, counts, got):
            values.append(flooded(s, kernel, code(count), count))
    for s, kernel in zip(pair.servers, kernels):
        s.api("DELETE", f"api/kernels/{kernel}", status=204)
    return median(direct), *({k: median([v[k] for v in values]) for k in values[0]} for values in got)


def display(size):
    html = f"'x' * {size}"
    return lambda n: ("from IPython.display import display_html\n"
                      f"for i in range({n}): display_html({html}, raw=True)")


def compiled(size):
    return lambda n: f"flood {n} {size}"


def floods(scale):
    with Pair() as pair:
        for who, spec, code, counts in (("ipykernel", PYTHON_KERNEL, display(100), (3000, 1000)),
                                        ("compiled", FLOOD_KERNEL, compiled(100), (200000, 4000))):
            direct, ours, theirs = flood(pair, scale(3), spec, code, counts)
            name = f"iopub of 100 B, {who} kernel"
            yield Figure(f"{name}", "msg/s", ours["rate"], theirs["rate"], more=True)
            yield Figure(f"{name}: of what it makes", "%", 100 * ours["rate"] / direct,
                         100 * theirs["rate"] / direct, 95, more=True)
            yield Figure(f"{name}: CPU of each", "us", ours["cpu"], theirs["cpu"], 15)
            yield Figure(f"{name}: growth", "MB", ours["growth"], theirs["growth"])


def large_outputs(scale):
    with Pair() as pair:
        for who, spec, code, counts, aim in (("ipykernel", PYTHON_KERNEL, display(1000000), (100, 40), None),
                                             ("compiled", FLOOD_KERNEL, compiled(1000000), (600, 100), 800)):
            direct, ours, theirs = flood(pair, scale(3), spec, code, counts)
            name = f"iopub of 1 MB, {who} kernel"
            yield Figure(name, "MB/s", ours["mb_s"], theirs["mb_s"], aim, more=True)
            yield Figure(f"{name}: of what it makes", "%", 100 * ours["rate"] / direct,
                         100 * theirs["rate"] / direct, more=True)
            yield Figure(f"{name}: growth", "MB", ours["growth"], theirs["growth"], 8)


def viewers(scale):
    """Private memory for each of 50 more websockets of one kernel."""
    more = 50

    def measure(s):
        kernel = start_kernel(s, PYTHON_KERNEL)
        sockets = [s.connect(kernel)]
        sockets[0].execute("1")
        settle(s)
        before = private_kib(s)
        sockets += [s.connect(kernel) for _ in range(more)]
        sockets[-1].execute("1")
        for w in sockets:
            w.drain(0.01)
        settle(s)
        return (private_kib(s) - before) / more

    with Pair() as pair:
        yield Figure("one more viewer of a kernel", "KiB", *map(median, pair.each(1, measure)), 32)


def first_result(scale):
    """The kernelspec that a new notebook takes: of a program that starts a kernel on a server that just started, and
    of a person, who has opened the page before, which is when a kernel may be prepared."""
    def measure(s):
        return client(s, "first", "python3", "6 * 7")["ms"]

    def with_a_page(s):
        s.api("GET", "lab", status=200)
        time.sleep(PAGE_S)
        settle(s, 0.5)
        return measure(s)

    with Pair() as pair:
        cold = [measure(s) for s in pair.servers]
        warm = pair.each(scale(5), with_a_page)
    yield Figure("a server's first Python kernel: POST to first result", "ms", *cold)
    yield Figure("new Python kernel, page open: POST to first result", "ms", *map(median, warm), 80)
