"""bench.py [NAME...] - figures of ours beside those of the reference server: same client, same run

Prints one line for each quantity: ours, theirs, the ratio theirs/ours (above 1: ours is better).  The client is
Python, so that rates are those of client and server together; compare the columns, not with other machines.
"""
import re
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import lw  # noqa: E402

BENCHES = {}


def bench(unit, more_is_better=False):
    def add(run):
        BENCHES[run.__name__] = (run, unit, more_is_better)
        return run
    return add


def server(ref):
    return lw.Server(ref=ref, timeout=60)


def private_kib(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.M))


@bench("ms")
def start_to_first_answer(ref):
    times = []
    for _ in range(3):
        began = time.monotonic()
        with server(ref):
            times.append(time.monotonic() - began)
    return 1000 * statistics.median(times)


@bench("KiB")
def idle_private_memory(ref):
    with server(ref) as s:
        s.api("GET", "api/status", status=200)
        time.sleep(1)
        return sum(private_kib(p) for p in s.pids)


@bench("requests/s", more_is_better=True)
def small_authenticated_get(ref):
    with server(ref) as s:
        n, began = 1500, time.monotonic()
        for _ in range(n):
            s.api("GET", "api/kernels")
        return n / (time.monotonic() - began)


@bench("ms")
def list_20000_files(ref):
    with server(ref) as s:
        many = s.root / "many"
        many.mkdir()
        for i in range(20000):
            (many / f"f{i}.txt").touch()
        s.api("GET", "api/contents/many?content=1", status=200)
        began = time.monotonic()
        s.api("GET", "api/contents/many?content=1", status=200, timeout=120)
        return 1000 * (time.monotonic() - began)


def execute_times(ref, n=200):
    with server(ref) as s:
        k = s.kernel()
        k.execute("0")
        times = []
        for _ in range(n):
            began = time.monotonic()
            k.execute("0")
            times.append(1000 * (time.monotonic() - began))
        return sorted(times)


@bench("ms")
def execute_to_idle_p50(ref):
    return statistics.median(execute_times(ref))


@bench("messages/s", more_is_better=True)
def iopub_messages(ref):
    # The reference drops what is above its rate limit; it gets none here.
    args = ["--ZMQChannelsWebsocketConnection.limit_rate=False"] if ref else []
    with lw.Server(ref=ref, args=args, timeout=60) as s:
        k = s.kernel()
        k.execute("from IPython.display import display_html")
        n, began = 5000, time.monotonic()
        r = k.execute(f"for i in range({n}): display_html('<i>x</i>', raw=True)", timeout=120)
        assert len(r.of("display_data")) == n, len(r.of("display_data"))
        return n / (time.monotonic() - began)


@bench("ms")
def save_and_open_5_mb_notebook(ref):
    with server(ref) as s:
        nb = lw.notebook(*["x = 1\n" * 2000 for _ in range(420)])
        body = {"type": "notebook", "format": "json", "content": nb}
        s.api("PUT", "api/contents/big.ipynb", json=body, status=201)
        began = time.monotonic()
        s.api("PUT", "api/contents/big.ipynb", json=body, status=200)
        s.api("GET", "api/contents/big.ipynb?content=1", status=200)
        return 1000 * (time.monotonic() - began)


@bench("bytes")
def static_files_over_the_wire(ref):
    """The page and the scripts that it names, as Chromium would ask for them."""
    with server(ref) as s:
        page = s.api("GET", "lab", status=200)
        total = len(page.content)
        for src in re.findall(r'src="([^"]+\.js[^"]*)"', page.text) or re.findall(r'"([^"]+main\.[^"]+\.js[^"]*)"', page.text):
            r = s.api("GET", src[len(s.base_url):] if src.startswith(s.base_url) else src, stream=True,
                      headers={"Accept-Encoding": "gzip, deflate, br"})
            total += len(r.raw.read(decode_content=False))
        return total


def main():
    names = sys.argv[1:] or list(BENCHES)
    print(f"{'':32s}{'ours':>14s}{'theirs':>14s}{'ratio':>8s}  unit")
    for name in names:
        run, unit, more = BENCHES[name]
        ours, theirs = run(False), run(True)
        ratio = ours / theirs if more else theirs / ours
        print(f"{name:32s}{ours:14.1f}{theirs:14.1f}{ratio:8.1f}  {unit}", flush=True)


main()
