"""A cold page load in Chromium: bytes over the wire, and the time until the launcher shows."""
import json
import shutil
import subprocess
from pathlib import Path

from measure import Figure, Pair, median


def page(scale):
    if not shutil.which("chromium") or not shutil.which("node"):
        print("page: skipped, there is no Chromium or no Node")
        return
    script = Path(__file__).with_name("page_load.mjs")
    with Pair() as pair:
        urls = [f"{s.url}lab?token={s.token}&reset" for s in pair.servers]
        run = subprocess.run(["node", script, str(scale(5)), *urls], capture_output=True, text=True, timeout=280)
        if run.returncode:
            raise RuntimeError(run.stderr)
        loads = json.loads(run.stdout)
    ms = [median([one["ms"] for one in got]) for got in loads]
    mb = [median([one["bytes"] for one in got]) / 1e6 for got in loads]
    yield Figure("cold page load: over the wire", "MB", *mb, 1.2)
    yield Figure("cold page load: time", "ms", *ms, 0.8 * ms[1])
