"""What the jupyter-resource-usage extension asks for (contract 8, "Resource usage")."""
import os

import pytest

from lw import wait_for

ALL = "api/metrics/v1"
KERNEL = ALL + "/kernel_usage/get_usage/"
MB = 1 << 20

pytestmark = pytest.mark.ours


def test_needs_a_login(shared):
    k = shared.kernel()
    for path in (ALL, KERNEL + k.id):
        shared.api("GET", path, auth=False, status=403)
        shared.api("POST", path, status=405)


def test_shape(shared):
    r = shared.api("GET", ALL, status=200)
    assert r.headers["Content-Type"] == "application/json"
    u = r.json()
    assert 5 * MB < u["pss"] <= u["rss"]
    memory = u["limits"]["memory"]
    assert memory["rss"] == memory["pss"] and memory["rss"] >= 0
    assert isinstance(memory.get("warn", False), bool) and ("warn" in memory) == (memory["rss"] > 0)
    assert u["cpu_count"] == os.cpu_count() and u["cpu_percent"] >= 0
    assert 0 < u["disk_used"] <= u["disk_total"] == u["limits"]["disk"]["disk"]


def test_a_kernel_that_takes_memory(shared):
    k = shared.kernel()
    k.execute("1")
    all_before = shared.api("GET", ALL).json()["rss"]
    before = shared.api("GET", KERNEL + k.id).json()["content"]["kernel_memory"]
    k.execute("taken = b'x' * (200 << 20)")
    after = shared.api("GET", KERNEL + k.id).json()["content"]["kernel_memory"]
    assert 190 * MB < after - before < 300 * MB
    assert shared.api("GET", ALL).json()["rss"] - all_before > 150 * MB


def test_a_child_of_a_terminal_counts(shared):
    before = shared.api("GET", ALL).json()["rss"]
    t = shared.terminal()
    t.send("python3 -c 'b = b\"x\" * (200 << 20); print(\"rea\" + \"dy\"); input()'\r")
    t.expect("ready")
    assert shared.api("GET", ALL).json()["rss"] - before > 190 * MB


def test_a_busy_kernel(shared):
    k = shared.kernel()
    k.execute("import os, time")
    shared.api("GET", KERNEL + k.id, status=200)
    k.execute("end = time.time() + 2\nwhile time.time() < end: pass")
    r = shared.api("GET", KERNEL + k.id).json()
    c = r["content"]
    assert r["kernel_id"] == k.id and c["pid"] == int(k.execute("os.getpid()").value)
    assert 20 < c["kernel_cpu"] < 250 and 0 < c["host_cpu_percent"] <= 100
    assert c["hostname"] == os.uname().nodename and c["cpu_count"] == os.cpu_count()
    host = c["host_virtual_memory"]
    assert host["total"] > host["available"] > 0 and 0 < host["percent"] < 100
    assert {"active", "free", "inactive", "used"} <= set(host) and c["host_usage_flag"] is True


def test_no_such_kernel(shared):
    k = shared.kernel()
    shared.api("DELETE", f"api/kernels/{k.id}", status=204)
    wait_for(lambda: shared.api("GET", KERNEL + k.id).status_code == 404)
    for bad in ("00000000-0000-4000-8000-000000000000", "1", "..%2f", "%00"):
        shared.api("GET", KERNEL + bad, status=404)
