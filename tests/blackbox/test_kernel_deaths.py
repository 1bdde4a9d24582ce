"""However a kernel dies, an ordinary client reads why in the cell: an `error` with plain words, a reply and an idle."""
import json
import re
import sys
import threading
from pathlib import Path

import deaths
import pytest
from kernelws import LEGACY, V1
from memcg import memory_group

pytestmark = pytest.mark.ours
BOTH = pytest.mark.parametrize("protocol", [V1, LEGACY], ids=["v1", "legacy"])

ALL = {w["name"]: w for w in deaths.WAYS}
DEATHS = {w["name"]: w for w in deaths.WAYS if not {"before", "kernel", "restart"} & set(w)}
DEATHS["cpu limit that can be heard of"] = {
    "code": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 30))\nwhile True: pass",
    "tells": "signal 24 .*its limit of CPU time"}
DEATHS["file size limit"] = {
    "code": "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)); open('big', 'wb').write(bytes(100))",
    "tells": "signal 25 .*limit of file size"}


def one_session(k):
    """A page drops what it has not handled yet when header.session changes, and an id that it had before."""
    ids, session = set(), None
    for h in (m["header"] for m in k.seen):
        if h["username"] == "labwright":
            assert session in (None, h["session"]) and h["msg_id"] not in ids
            ids.add(h["msg_id"])
        else:
            session = h["session"]
    assert ids


def check(k, mid, pattern, others=()):
    """The cell MID was told the reason, OTHERS that they were not run; each has its reply and its idle."""
    r = k.finish(mid)
    assert r.status == "error" and r.of("status")[-1]["content"]["execution_state"] == "idle"
    (error,) = r.of("error")
    assert error["content"]["ename"] == r.reply["content"]["ename"]
    assert re.search(pattern, error["content"]["evalue"]), error["content"]
    assert error["content"]["evalue"] in "\n".join(error["content"]["traceback"])
    assert error["parent_header"]["msg_id"] == mid and error["header"]["msg_type"] == "error"
    for other in others:
        o = k.finish(other)
        assert "was not run" in o.of("error")[0]["content"]["evalue"] and o.status == "error"
    one_session(k)
    return error["content"]


@BOTH
@pytest.mark.parametrize("way", DEATHS)
def test_death_is_told_in_the_cell(shared, protocol, way):
    code, pattern = DEATHS[way]["code"], DEATHS[way]["tells"]
    k = shared.kernel(protocol=protocol)
    watcher = shared.connect(k.id)
    queue = [k.start_execute(f"import time; time.sleep(0.3)\n{code}"), k.start_execute("1"), k.start_execute("2")]
    told = check(k, queue[0], pattern, queue[1:])
    assert told["ename"] == "KernelDied" and "variables are lost" in told["traceback"][-1]
    seen = watcher.until(lambda m: m["header"]["msg_type"] == "error"
                         and m["parent_header"]["msg_id"] == queue[0])
    assert seen[-1]["content"] == told
    k.wait_state("restarting")
    assert k.execute("6*7").value == "42"
    shared.api("DELETE", f"api/kernels/{k.id}", status=204)


@BOTH
def test_memory_limit(shared, protocol):
    """Python meets its own address limit as an exception; where it cannot, the peak is told."""
    k = shared.kernel(protocol=protocol)
    r = k.execute("import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31)); x = bytearray(1 << 33)")
    assert r.of("error")[0]["content"]["ename"] == "MemoryError"
    mid = k.start_execute("y = bytearray(300 << 20); " + deaths.SIGNAL.format("SIGKILL"))
    told = check(k, mid, r"used up to (\d+) MB of memory")
    assert int(re.search(r"up to (\d+) MB", told["evalue"])[1]) >= 300


def test_a_kernel_in_a_memory_cgroup(shared):
    """As a kernelspec starts it in a group of its own."""
    with memory_group(320 << 20) as group:
        spec = shared.data_dir / "kernels/limited"
        spec.mkdir(parents=True)
        (spec / "kernel.json").write_text(json.dumps({
            "argv": ["sh", "-c", f'{group.command}; exec "$0" -m ipykernel_launcher -f "$1"', sys.executable,
                     "{connection_file}"], "display_name": "Limited", "language": "python"}))
        k = shared.kernel("limited")
        k.execute("1")
        told = check(k, k.start_execute(deaths.HUNGRY), r"memory limit of 320 MB was reached \(out of memory\)")
        assert group.kills() == 1
        assert int(re.search(r"used up to (\d+) MB", told["evalue"])[1]) > 250
        k.wait_state("restarting")
        # What another was killed for is not the reason of the next death.
        mid = k.start_execute(deaths.SIGNAL.format("SIGKILL"))
        assert "out of memory" not in check(k, mid, r"signal 9 \(Killed\)")["evalue"]
        shared.api("DELETE", f"api/kernels/{k.id}", status=204)


def test_a_kernel_that_is_moved_to_a_memory_cgroup(shared):
    """By whoever manages the machine, while it runs."""
    with memory_group(320 << 20) as group:
        k = shared.kernel()
        pid = int(k.execute("import os; os.getpid()").value)
        group.put("cgroup.procs", pid)
        check(k, k.start_execute(deaths.HUNGRY), r"memory limit of 320 MB was reached \(out of memory\)")
        shared.api("DELETE", f"api/kernels/{k.id}", status=204)


def test_a_server_in_a_memory_cgroup(make_server):
    """As in a container: the kernel is what the limit hits."""
    with memory_group(500 << 20) as group:
        srv = make_server(start=False, args=["--LabwrightApp.warm_kernels=false"])
        srv.start(through=["sh", "-c", f'{group.command}; exec "$0" "$@"'])
        k = srv.kernel()
        k.execute("1")
        check(k, k.start_execute(deaths.HUNGRY), r"memory limit of 500 MB was reached \(out of memory\)")
        k.wait_state("restarting")
        assert k.execute("6*7").value == "42"
        srv.close()


@BOTH
def test_missing_module_at_start(shared, protocol):
    go = Path(deaths.broken(shared.data_dir))
    go.unlink(missing_ok=True)
    k = shared.kernel("broken", protocol=protocol)
    mid = k.start_execute("1")
    go.touch()
    told = check(k, mid, ALL["missing module at start"]["tells"])
    assert told["ename"] == "KernelDied"
    shared.api("DELETE", f"api/kernels/{k.id}")


@BOTH
def test_deadlock_then_restart(shared, protocol):
    k = shared.kernel(protocol=protocol)
    mid = k.start_execute(ALL["deadlock then restart"]["code"])
    k.until(lambda m: m["header"]["msg_type"] == "stream")
    queued = k.start_execute("1")
    t = threading.Thread(target=lambda: shared.api("POST", f"api/kernels/{k.id}/restart", status=200, timeout=60))
    t.start()
    told = check(k, mid, "The kernel was restarted", [queued])
    t.join()
    assert told["ename"] == "KernelRestarted"
    assert k.execute("6*7").value == "42"


@BOTH
def test_the_next_life_says_that_it_is_idle(shared, protocol):
    """A page that asks for nothing but kernel_info would show Starting until the next cell."""
    k = shared.kernel(protocol=protocol)
    k.start_execute(ALL["SIGKILL"]["code"])
    k.wait_state("restarting")
    assert k.wait_state("idle")[-1]["parent_header"] == {}
    k.execute("6*7")
    ours = [m for m in k.seen if m["header"]["msg_type"] == "status" and m["parent_header"] == {}]
    assert ours[-1]["content"]["execution_state"] == "idle", "its own last word is `starting`"
    assert ours[-1]["header"]["session"] == k.seen[-1]["header"]["session"]
    # JupyterLab connects anew when it hears of a death, and may do so when all this is on its way.
    session = k.session
    k.ws.close()
    k = shared.connect(k.id, session, protocol)
    assert k.wait_state("idle")[-1]["parent_header"] == {}
    assert k.execute("6*7").value == "42"
    shared.api("DELETE", f"api/kernels/{k.id}", status=204)
