"""What the status bar and the hub's idle rule ask: api/labwright/usage and api/labwright/activity"""
import os
import time

import pytest
from lw import notebook, wait_for

USAGE, ACTIVITY = "api/labwright/usage", "api/labwright/activity"
MB = 1 << 20

pytestmark = pytest.mark.ours


def by(items, key, value):
    return next((i for i in items if i[key] == value), None)


def test_needs_a_login(shared):
    for path in (USAGE, ACTIVITY):
        shared.api("GET", path, auth=False, status=403)
        shared.api("POST", path, status=405)


def test_nothing_runs(make_server):
    s = make_server()
    u = s.api("GET", USAGE, status=200).json()
    assert u["kernels"] == u["terminals"] == [] and u["cpu_count"] == os.cpu_count()
    assert abs(u["t"] - time.time()) < 60
    a = s.api("GET", ACTIVITY, status=200).json()
    assert a["kernels"] == a["terminals"] == [] and a["busy_kernels"] == 0
    before = s.api("GET", "api/status").json()["last_activity"]
    s.api("GET", ACTIVITY), s.api("GET", USAGE)
    assert s.api("GET", "api/status").json()["last_activity"] == before


def test_use_of_a_kernel(shared):
    shared.put("used.ipynb", notebook("1"), type="notebook", format="json")
    session = shared.api("POST", "api/sessions", status=201, timeout=90, json={
        "path": "used.ipynb", "type": "notebook", "name": "used.ipynb", "kernel": {"name": "python3"}}).json()
    k = shared.connect(session["kernel"]["id"])
    pid = int(k.execute("import os, time; os.getpid()").value)
    one = by(shared.api("GET", USAGE).json()["kernels"], "id", k.id)
    assert (one["pid"], one["name"], one["path"]) == (pid, "python3", "used.ipynb")
    assert one["rss"] > 20 * MB
    k.execute("taken = b'x' * (100 << 20)\nend = time.time() + 1.5\nwhile time.time() < end: pass")
    two = by(shared.api("GET", USAGE).json()["kernels"], "id", k.id)
    assert 90 * MB < two["rss"] - one["rss"] < 200 * MB
    assert two["cpu_seconds"] > one["cpu_seconds"] and two["cpu"] > 0


def test_foreground_of_a_terminal(shared):
    name = shared.api("POST", "api/terminals", json={}).json()["name"]
    t = shared.terminal(name)

    def fact(path=ACTIVITY):
        return by(shared.api("GET", path).json()["terminals"], "name", name)
    t.send("echo rea''dy\r")
    t.expect("ready")
    assert wait_for(lambda: fact()["foreground"] is None and fact(), 10)["connections"] == 1
    t.send("sleep 1000\r")
    wait_for(lambda: fact()["foreground"] == "sleep", 10)
    assert fact(USAGE)["foreground"] == "sleep" and fact(USAGE)["pid"] > 0
    t.send("\x03true | sleep 1000\r")
    wait_for(lambda: fact()["foreground"] == "sleep", 10)
    t.send("\x03sleep 1000 &\r")
    wait_for(lambda: fact()["foreground"] is None, 10)
    t.send("kill %1\r")


def test_facts_of_a_busy_kernel(make_server):
    s = make_server()
    k = s.kernel()
    go = s.tmp / "go"
    facts = lambda: s.api("GET", ACTIVITY).json()  # noqa: E731
    assert facts()["kernels"][0]["connections"] == 1 and facts()["connections"] >= 1
    started = time.time()
    k.send("execute_request", {"code": f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)",
                               "silent": False})
    f = wait_for(lambda: (f := facts())["busy_kernels"] == 1 and f, 20)
    assert f["kernels"][0]["state"] == "busy" and f["kernels"][0]["last_activity"] > started - 5
    assert f["kernels"][0]["settled"] is True  # no notebook, so nothing to write
    go.touch()
    wait_for(lambda: facts()["busy_kernels"] == 0, 20)
