"""Workspaces of the hub, with a spawner that only keeps books: states, the queue, restarts, what a hub finds at its start."""
import contextlib
import json
import sqlite3
import time

import pytest
from lw import wait_for
from lwworld import World


@pytest.fixture
def world():
    w = World()
    yield w
    w.close()


def test_a_life(world):
    made = world.create(name="first")
    wid = made["id"]
    assert made["project"] == "alice/projects/mnist" and made["owner"] == "alice" and made["idle_timeout_seconds"] == 900
    got = world.wait(wid, "running")
    assert got["instance_type"] == "cpu" and got["reason"] == "" and got["progress"] is None
    spec = world.spawner.specs[wid]
    assert spec["person"] == "alice" and spec["home"] == wid and spec["listen"] is True and spec["generation"] == 1
    assert f"--ServerApp.base_url=/notebooks/{wid}/" in spec["argv"] and spec["cwd"] == "/floyd/home"
    assert {"FLOYDHUB=1", "LABWRIGHT=1", "LABWRIGHT_USER=alice"} <= set(spec["environ"])
    assert world.post(wid, "stop")["state"] in ("stopping", "stopped")
    assert world.wait(wid, "stopped")["reason"] == "alice stopped it"
    assert world.post(wid, "start")["state"] in ("queued", "starting", "running")
    world.wait(wid, "running")
    assert world.spawner.specs[wid]["generation"] == 2
    assert [w["id"] for w in world.alice.api("GET", "workspaces", status=200).json()["workspaces"]] == [wid]
    world.alice.api("DELETE", f"workspaces/{wid}", status=204)
    world.alice.api("GET", f"workspaces/{wid}", status=404)
    assert not world.spawner.running and world.spawner.asked[-1]["do"] == "destroy"


def told_of(world, wid):
    """What was told of it since its beginning: kind of event, state, reason."""
    with world.alice.browser.get(f"{world.hub.url}/api/v1/events?after=0", stream=True, timeout=10,
                                 headers={"Sec-Fetch-Site": "same-origin"}) as stream:
        told, kind = [], ""
        for line in stream.iter_lines():
            if line.startswith(b"event: "):
                kind = line[7:].decode()
            elif line.startswith(b"data: "):
                data = json.loads(line[6:])
                if data["subject"] == wid:
                    told.append((kind, data["body"]["state"], data["body"]["reason"]))
                    if kind == "workspace.delete":
                        return told


@pytest.mark.parametrize("state", ["running", "queued", "stopping", "restarting"])
def test_who_deletes_it_ends_it(world, state):
    if state == "queued":
        world.running(instance_type="big")
        wid = world.create(instance_type="big")["id"]
    else:
        wid = world.running()
    if state in ("stopping", "restarting"):
        world.spawner.refuse["stop"] = ("busy", "later")
        world.post(wid, "stop" if state == "stopping" else "restart", layer="restart")
    world.alice.api("DELETE", f"workspaces/{wid}", status=204)
    told = told_of(world, wid)
    why = "alice stopped it" if state == "stopping" else "alice deleted it"
    assert told[-2:] == [("workspace.state", "stopped", why), ("workspace.delete", "stopped", why)], told
    assert "failed" not in [state for _, state, _ in told] and "state=failed" not in world.hub.log
    with contextlib.closing(sqlite3.connect(f"file:{world.state}/hub/hub.db?mode=ro", uri=True)) as db:
        runs = db.execute("SELECT ended IS NULL, why FROM run WHERE workspace = ?", (wid,)).fetchall()
    assert runs == ([] if state == "queued" else [(0, why)])
    audit = world.hub.admin.api("GET", "audit", status=200).json()
    assert "workspace.delete" in str(audit) and not world.spawner.specs.get(wid, {}).get("generation", 1) > 1
    assert wid not in world.spawner.running


def test_who_stops_it_while_it_restarts_stops_it(world):
    wid = world.running()
    world.spawner.refuse["stop"] = ("busy", "later")
    world.post(wid, "restart", layer="restart")
    assert world.post(wid, "restart", status=400, layer="restart")["message"] == "The workspace is stopping at the moment"
    assert world.post(wid, "stop")["state"] == "stopping"
    world.spawner.end(wid, asked=True, reason="ended as asked")
    assert world.wait(wid, "stopped")["reason"] == "alice stopped it"
    world.running()  # there was time to start it
    assert world.get(wid)["state"] == "stopped"


def test_it_ends_by_itself(world):
    wid = world.running()
    world.spawner.end(wid, code=1, reason="ended with status 1")
    assert world.wait(wid, "failed")["reason"] == "ended with status 1"
    world.post(wid, "start")
    world.wait(wid, "running")
    world.spawner.end(wid, code=-1, signal=9, oom_kills=1, mem_peak=1 << 30, mem_limit=1 << 30, reason="killed")
    assert world.wait(wid, "failed")["reason"] == "It ran out of memory: 1024 MB of 1024 MB were used"


def test_a_report_about_an_earlier_sandbox_is_stale(world):
    wid = world.running()
    world.spawner.tell("exit", {"sandbox": wid, "generation": 0, "code": 0, "signal": 0, "reason": "old"})
    world.spawner.tell_sample(wid)
    wait_for(lambda: world.alice.api("GET", f"workspaces/{wid}/metrics").json()["samples"], 5)
    assert world.get(wid)["state"] == "running"


def test_the_queue(world):
    one = world.running(instance_type="big", name="one")
    two, three = (world.create(instance_type="big", name=n)["id"] for n in ("two", "three"))
    got = [world.get(w) for w in (two, three)]
    assert [(w["state"], w["position"]) for w in got] == [("queued", 1), ("queued", 2)]
    assert got[0]["reason"] == "All machines of kind big are in use (1 of 1)"
    assert got[0]["progress"] == {"step": "machine", "percent": 0}
    world.running(instance_type="cpu")  # another kind does not wait for it
    assert world.post(two, "stop")["state"] == "stopped"
    world.post(one, "stop")
    world.wait(three, "running")
    world.post(two, "start")
    assert world.get(two)["state"] == "queued"


def test_who_may(world):
    bob = world.hub.person("bob")
    wid = world.running()
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/start"), ("POST", "/stop"), ("POST", "/restart"),
                         ("GET", "/settings"), ("PUT", "/settings"), ("GET", "/metrics"), ("GET", "/config"),
                         ("POST", "/rename")]:
        bob.api(method, f"workspaces/{wid}{path}", status=404, **({"json": {}} if method in ("POST", "PUT") else {}))
    bob.api("POST", "workspaces/", status=404, json={"family_id": "alice/mnist"})
    assert bob.api("GET", "workspaces", status=200).json()["workspaces"] == []
    bob.api("GET", "workspaces?all=1", status=403)
    root = world.hub.admin
    assert [w["owner"] for w in root.api("GET", "workspaces?all=1", status=200).json()["workspaces"]] == ["alice"]
    assert world.get(wid, root)["state"] == "running"


@pytest.mark.parametrize("body", [
    {"instance_type": "nope"}, {"env": "nope"}, {"name": "a\nb"}, {"name": 1}, {"git_url": "file:///etc"},
    {"git_url": "ssh://x/y"}, {"git_url": "https://x/ y"}, {"git_url": "https://x/y", "git_branch": "-x"},
    {"family_id": "alice/other"}, {"family_id": ""}, {"start": "yes"}, {"instance_type": "x" * 100}])
def test_what_cannot_be_made(world, body):
    answer = world.alice.api("POST", "workspaces/", json={"family_id": "alice/mnist", **body})
    assert answer.status_code in (400, 404) and answer.json()["message"]
    assert world.alice.api("GET", "workspaces").json()["workspaces"] == []


def test_from_git(world):
    wid = world.running(git_url="https://example.org/people/mnist.git", git_branch="main")
    argv = world.spawner.specs[wid]["argv"]
    assert argv[:9] == ["labwright", "worker", "gitclone", "--into", "/floyd/home", "--url",
                        "https://example.org/people/mnist.git", "--branch", "main"]
    assert argv[9] == "--then"
    assert argv[10:16] == ["labwright", "worker", "requirements", "--then", "labwright", "keep"]
    assert world.get(wid)["name"] == "mnist"


def test_switch_by_gate(world):
    wid = world.running()
    pid = world.spawner.running[wid]["pid"]
    dry = world.alice.api("POST", f"workspaces/{wid}/restart?dry_run=1", status=200, json={"instance_type": "node"}).json()
    assert dry["layer"] == "gate" and dry["lost"] == dry["because"] == [] and dry["item"]["instance_type"] == "cpu"
    assert world.spawner.running[wid]["machine"] == "cpu"
    done = world.post(wid, "restart", instance_type="node")
    assert done["layer"] == "gate" and done["item"]["instance_type"] == "node" and done["item"]["state"] == "running"
    assert world.spawner.running[wid]["machine"] == "node" and world.spawner.running[wid]["pid"] == pid
    assert world.post(wid, "restart", instance_type="node")["layer"] == "none"


def test_a_switch_is_no_new_session(world):
    wid = world.running()
    assert world.hub.admin.api("GET", "admin/now", status=200).json()["workspaces"][0]["began"] == world.get(wid)["began"] is not None
    with contextlib.closing(sqlite3.connect(world.state / "hub/hub.db", timeout=20)) as db, db:
        db.execute("UPDATE run SET began = began - 1000 WHERE workspace = ?", (wid,))
    began = world.get(wid)["began"]
    for machine in ("node", "cpu"):
        item = world.post(wid, "restart", instance_type=machine)["item"]
        assert item["session_seconds"] >= 1000 and world.get(wid)["began"] == began
    assert world.alice.api("GET", "usage", status=200).json()["seconds"] < 2000
    world.post(wid, "restart", layer="restart")
    wait_for(lambda: world.spawner.specs[wid]["generation"] == 2 and world.get(wid)["state"] == "running", 10)
    with contextlib.closing(sqlite3.connect(f"file:{world.state}/hub/hub.db?mode=ro", uri=True)) as db:
        assert db.execute("SELECT why FROM run WHERE ended IS NOT NULL ORDER BY seq DESC").fetchone() == ("It starts again",)
    assert world.get(wid)["session_seconds"] < 1000


def test_what_the_gate_refuses_is_a_restart(world):
    wid = world.running(instance_type="node")
    world.spawner.refuse["gate"] = ("conflict", "python3 (pid 7) has /dev/null open")
    dry = world.alice.api("POST", f"workspaces/{wid}/restart?dry_run=1", status=200, json={"instance_type": "cpu"}).json()
    assert dry["layer"] == "restart" and dry["because"] == ["python3 (pid 7) has /dev/null open"]
    assert len(dry["lost"]) == 2 and "Kernels end" in dry["lost"][0] and "Terminals end" in dry["lost"][1]
    assert world.get(wid)["state"] == "running"
    refused = world.post(wid, "restart", status=400, instance_type="cpu", layer="gate")
    assert refused["message"] == "python3 (pid 7) has /dev/null open"
    assert world.post(wid, "restart", instance_type="cpu")["layer"] == "restart"
    world.wait(wid, "running")
    got = world.get(wid)
    assert got["instance_type"] == "cpu" and world.spawner.specs[wid]["generation"] == 2


def test_another_environment_is_a_restart_and_says_so(world):
    (world.state / "environments").mkdir(exist_ok=True)
    (world.state / "environments/other.yml").write_text("cpu: {prefix: env/other/cpu}\n")
    wait_for(lambda: "other" in world.alice.api("GET", "env").json()["cpu"], 20, "the new environment")
    wid = world.running()
    ask = lambda **wish: world.alice.api("POST", f"workspaces/{wid}/restart?dry_run=1", status=200, json=wish).json()
    dry = ask(env="other")
    assert dry["layer"] == "restart" and dry["because"] == ["the environment is another one"] and len(dry["lost"]) == 2
    dry = ask(layer="restart")
    assert dry["layer"] == "restart" and dry["because"] == [] and len(dry["lost"]) == 2
    world.post(wid, "stop")
    world.wait(wid, "stopped")
    dry = ask()
    assert dry["layer"] == "restart" and dry["because"] == dry["lost"] == []


def test_a_switch_to_what_is_taken_is_refused(world):
    world.running(instance_type="big")
    wid = world.running()
    assert "in use (1 of 1)" in world.post(wid, "restart", status=400, instance_type="big")["message"]
    assert world.get(wid)["state"] == "running" and world.get(wid)["instance_type"] == "cpu"


def kinds(world, text):
    (world.state / "machines.yml").write_text(text)
    names = lambda: [m["name"] for m in world.alice.api("GET", "machines").json()["machines"]]
    wait_for(lambda: "brief" in names(), 20, names)


def test_a_session_that_has_lasted_long_enough_is_warned_and_ended(world):
    kinds(world, "machines:\n  brief: {cpus: 1, memory: 1G, session: 9s}\n  long: {cpus: 1, memory: 1G}\n"
                 "  ever: {cpus: 1, memory: 1G, session: off}\n")
    caps = {m["name"]: m["session_seconds"] for m in world.alice.api("GET", "machines").json()["machines"]}
    assert caps == {"brief": 9, "long": 7 * 86400, "ever": 0}
    ever, long = world.running(instance_type="ever"), world.running(instance_type="long")
    wid, moved = world.running(instance_type="brief"), world.running(instance_type="brief")
    limit = lambda w: world.get(w)["session_limit"]
    assert wait_for(lambda: limit(wid), 5)["seconds"] == 9 and not limit(wid)["warn"]
    assert limit(long)["seconds"] == 7 * 86400 and limit(ever) is None
    wait_for(lambda: limit(wid) and limit(wid)["warn"], 10)
    assert limit(wid)["because"] == "A session on brief lasts 9 seconds at most."
    assert world.get(wid)["state"] == "running"
    world.post(wid, "keepalive")  # it is not about being idle
    wait_for(lambda: limit(moved)["warn"], 10)
    world.post(moved, "restart", instance_type="long")
    wait_for(lambda: limit(moved)["seconds"] == 7 * 86400 and not limit(moved)["warn"], 5)
    got = world.wait(wid, "stopped")
    assert got["reason"] == "Shut down at the end of its session. A session on brief lasts 9 seconds at most."
    assert got["session_limit"] is None
    assert [world.get(w)["state"] for w in (ever, long, moved)] == ["running"] * 3
    # One that has lasted longer when it comes to such a machine is warned first.
    with contextlib.closing(sqlite3.connect(world.state / "hub/hub.db", timeout=20)) as db, db:
        db.execute("UPDATE run SET began = began - 1000, session = NULL WHERE workspace = ? AND ended IS NULL", (ever,))
    world.post(ever, "rename", name="read anew")
    world.post(ever, "restart", instance_type="brief")
    wait_for(lambda: limit(ever) and limit(ever)["warn"], 5)
    assert world.get(ever)["state"] == "running"
    world.wait(ever, "stopped")


def test_metrics(world):
    def metrics():
        lines = world.hub.admin.browser.get(f"{world.hub.url}/metrics").text.splitlines()
        return {line.rsplit(" ", 1)[0].removeprefix("labwright_workspace"): float(line.rsplit(" ", 1)[1])
                for line in lines if line.startswith("labwright_workspace")}

    now = metrics()
    assert now['s{state="running",machine="cpu"}'] == now['s{state="stopped",machine="(gone)"}'] == 0
    assert now['_switches_total{layer="gate"}'] == 0
    asked, idle, died, memory, gone = (world.running() for _ in range(5))
    world.running(instance_type="big")
    queued = world.create(instance_type="big")["id"]
    now = metrics()
    assert now['s{state="running",machine="cpu"}'] == now['_starts_total{machine="cpu"}'] == 5
    assert now['s{state="running",machine="big"}'] == now['s{state="queued",machine="big"}'] == 1
    assert now['_start_seconds_count{machine="cpu"}'] == now['_start_seconds_bucket{machine="cpu",le="+Inf"}'] == 5
    assert now['_start_seconds_bucket{machine="cpu",le="900"}'] == 5 and 0 < now['_start_seconds_sum{machine="cpu"}'] < 50
    world.post(idle, "restart", instance_type="node")
    world.post(idle, "restart", instance_type="cpu", layer="restart")
    world.post(asked, "restart?dry_run=1", instance_type="node")
    world.post(queued, "stop")  # it had not begun
    world.post(asked, "stop")
    world.alice.api("DELETE", f"workspaces/{gone}", status=204)
    world.spawner.end(died, code=1, reason="ended with status 1")
    world.spawner.end(memory, code=-1, signal=9, oom_kills=1, mem_peak=1 << 30, mem_limit=1 << 30, reason="killed")
    for wid, state in ((idle, "running"), (asked, "stopped"), (died, "failed"), (memory, "failed")):
        world.wait(wid, state)
    now = metrics()
    ends = {key: n for key, n in now.items() if key.startswith("_ends_total") and n}
    assert ends == {f'_ends_total{{machine="{m}",reason="{r}"}}': 1 for m, r in [
        ("cpu", "stopped"), ("cpu", "deleted"), ("cpu", "failed"), ("cpu", "out_of_memory"), ("node", "restart")]}
    assert now['_switches_total{layer="gate"}'] == now['_switches_total{layer="restart"}'] == 1
    assert now['s{state="failed",machine="cpu"}'] == 2 and now['s{state="running",machine="cpu"}'] == 1
    (world.state / "machines.yml").write_text("machines:\n  brief: {cpus: 1, memory: 1G}\n")
    wait_for(lambda: metrics().get('s{state="failed",machine="(gone)"}') == 2, 20)


def test_settings_rename_config(world):
    wid = world.running(name="a: b")
    assert world.alice.api("GET", f"workspaces/{wid}/settings").json() == {"idle_timeout_seconds": 900}
    for value in (7200, None):
        world.alice.api("PUT", f"workspaces/{wid}/settings", status=200, json={"idle_timeout_seconds": value})
        assert world.get(wid)["idle_timeout_seconds"] == value
    for bad in (1, "900", 900.0, True, -1):
        world.alice.api("PUT", f"workspaces/{wid}/settings", status=400, json={"idle_timeout_seconds": bad})
    world.post(wid, "rename", name="new name")
    assert world.get(wid)["name"] == "new name"
    world.post(wid, "rename", status=400, name="\x01")
    assert world.alice.api("GET", f"workspaces/{wid}/config").text == 'env: "python3"\nmachine: "cpu"\n'


# ---- what a hub finds ----


def test_a_hub_that_was_killed_adopts(world):
    runs, ends, away = (world.running(name=n) for n in ("runs", "ends", "away"))
    world.hub.kill9()
    world.spawner.end(ends, reason="ended with status 3", code=3)
    world.spawner.running.pop(away)
    world.hub.start()
    assert world.wait(runs, "running")["reason"] == ""
    assert world.wait(ends, "failed")["reason"] == "ended with status 3"
    assert "restarted" in world.wait(away, "failed")["reason"]
    assert world.spawner.specs[runs]["generation"] == 1


def test_killed_while_it_stops_and_switches(world):
    wid, moved = world.running(), world.running()
    world.spawner.refuse["stop"] = ("busy", "later")
    world.post(wid, "restart", layer="restart")
    assert world.get(wid)["state"] == "stopping"
    world.hub.kill9()
    del world.spawner.refuse["stop"]
    world.spawner.running[moved]["machine"] = "node"  # the gate was done, and nobody wrote it down
    world.hub.start()
    world.wait(wid, "running")
    assert world.spawner.specs[wid]["generation"] == 2
    wait_for(lambda: world.get(moved)["instance_type"] == "node", 5)


def test_the_spawner_goes_and_comes(world):
    wid = world.running()
    world.spawner.gone()
    wait_for(lambda: "hung up" in world.hub.log, 10)
    assert world.get(wid)["state"] == "running"
    new = world.create()["id"]
    waits = world.wait(new, "starting")
    wait_for(lambda: "The spawner, which starts and ends workspaces, does not run" in world.get(new)["reason"], 5, str(waits))
    refused = world.alice.api("DELETE", f"workspaces/{wid}")
    assert refused.status_code == 503 and "spawner" in refused.json()["message"]
    world.spawner.back()
    world.wait(new, "running")
    assert world.get(wid)["state"] == "running"


def test_a_refusal_is_told(world):
    world.spawner.refuse["create"] = ("no-space", "no room for its home: the disk is full")
    wid = world.create()["id"]
    assert world.wait(wid, "failed")["reason"] == "no room for its home: the disk is full"
    del world.spawner.refuse["create"]
    world.post(wid, "start")
    world.wait(wid, "running")


def test_what_runs_and_is_stopped_here_is_ended(world):
    wid = world.running()
    world.post(wid, "stop")
    world.wait(wid, "stopped")
    world.hub.stop()
    for name in (wid, "run_unknown"):
        world.spawner.do_create({"spec": {"id": name, "generation": 1, "kind": "workspace", "machine": "cpu"}})
    world.hub.start()
    wait_for(lambda: wid not in world.spawner.running, 10)
    assert "run_unknown" in world.spawner.running and "run_unknown runs, and nobody knows it" in world.hub.log
    assert world.get(wid)["state"] == "stopped"


def test_use_is_written_down(world):
    wid = world.running()
    world.spawner.tell_sample(wid, cpu_us=12_000_000, mem=300 << 20)
    db = f"file:{world.state}/hub/hub.db?mode=ro"

    def used():
        with sqlite3.connect(db, uri=True) as c:
            return c.execute("SELECT cpu_us, memory_peak FROM run WHERE workspace = ? AND ended IS NULL", (wid,)).fetchone()

    wait_for(lambda: used() == (12_000_000, 300 << 20), 10)
    sample = world.alice.api("GET", f"workspaces/{wid}/metrics").json()["samples"][0]
    assert sample["mem"] == 300 << 20 and sample["cpu_limit"] == 2 and sample["gpu"] is None
    wait_for(lambda: {"do": "stats", "sandbox": wid, "every_ms": 1000}.items() <= world.spawner.asked[-1].items(), 5)


def test_what_ended_while_the_hub_was_away_ends_then(world):
    told, unseen = world.running(), world.running()
    world.hub.kill9()
    now = int(time.time())
    with contextlib.closing(sqlite3.connect(world.state / "hub/hub.db", timeout=20)) as db, db:
        db.execute("UPDATE run SET began = ?, seen = ?", (now - 500, now - 200))
    world.spawner.end(told, reason="ended with status 3", code=3, ended_us=(now - 300) * 1_000_000)
    world.spawner.end(unseen, reason="It ended while nobody looked", code=-1, ended_us=0)
    world.hub.start()
    for wid, seconds in ((told, 200), (unseen, 300)):
        world.wait(wid, "failed")
        used = world.alice.api("GET", f"usage?workspace={wid}&from=2023-01-01", status=200).json()
        assert used["seconds"] == seconds and not used["rows"][0]["running"]
