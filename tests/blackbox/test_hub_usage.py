"""Who used which machine for how long, as the person and the admin are told."""
import contextlib
import sqlite3
import time

import pytest

from lwhub import Hub


@pytest.fixture
def hub():
    with Hub() as h:
        h.set_up("root")
        yield h


def add_run(hub, user, machine, began, ended, workspace="run_a"):
    with contextlib.closing(sqlite3.connect(hub.state / "hub/hub.db", timeout=20)) as db, db:
        number = db.execute("SELECT id FROM user WHERE name = ?", (user,)).fetchone()[0]
        db.execute("INSERT INTO run (workspace, namespace, user, machine, environment, began, ended, cpu_us) "
                   "VALUES (?, ?, ?, ?, '', ?, ?, 2500000)", (workspace, user, number, machine, began, ended))


def test_what_one_used(hub):
    alice, bob = hub.person("alice"), hub.person("bob")
    day = 1_700_006_400  # 2023-11-15 00:00
    add_run(hub, "alice", "cpu", day - 100, day + 3600)
    add_run(hub, "alice", "cpu", day + 3600, day + 3660, "run_b")
    add_run(hub, "alice", "lathe", day + 4000, day + 4001)
    add_run(hub, "bob", "cpu", day, day + 5, "run_c")
    span = "usage?from=2023-11-15&to=2023-11-15"
    told = alice.api("GET", span, status=200).json()
    assert told["from"].startswith("2023-11-15T00:00:00") and told["to"].startswith("2023-11-16T00:00:00")
    assert told["seconds"] == 3661
    rows = {r["machine"]: r for r in told["rows"]}
    assert rows["cpu"]["seconds"] == 3660 and rows["cpu"]["workspaces"] == 2 and rows["cpu"]["cpu_seconds"] == 4
    assert rows["lathe"]["cost"] is None  # nobody knows its price
    assert not rows["cpu"]["running"]
    by = alice.api("GET", span + "&by=workspace", status=200).json()["rows"]
    assert sorted((r["workspace"], r["seconds"]) for r in by) == [("run_a", 1), ("run_a", 3600), ("run_b", 60)]
    assert alice.api("GET", "usage?from=2023-11-14&to=2023-11-15").json()["seconds"] == 3761
    assert bob.api("GET", span).json()["seconds"] == 5
    bob.api("GET", span + "&all=1", status=403)
    bob.api("GET", span + "&user=alice", status=403)
    everybody = hub.admin.api("GET", span + "&all=1", status=200).json()
    assert {r["user"] for r in everybody["rows"]} == {"alice", "bob"} and everybody["seconds"] == 3666
    assert hub.admin.api("GET", span + "&user=alice").json()["seconds"] == 3661
    hub.admin.api("GET", span + "&user=nobody", status=404)
    alice.api("GET", "usage?from=2023-02-30", status=400)


def test_what_goes_on_counts(hub):
    alice = hub.person("alice")
    add_run(hub, "alice", "cpu", int(time.time()) - 50, None)
    first = alice.api("GET", "usage", status=200).json()["rows"][0]
    assert first["running"] and 49 <= first["seconds"] <= 120
    hub.kill9()
    hub.start()
    alice.load()
    assert alice.api("GET", "usage", status=200).json()["rows"][0]["seconds"] >= first["seconds"]
