"""Machines and environments of a hub: what is shipped, what an administrator writes, and mistakes in it."""
import json
import os

import pytest
import requests

from lw import wait_for
from lwhub import Hub

ARCHS = ("cpu", "gpu", "gpu2")


@pytest.fixture
def hub():
    with Hub() as h:
        h.set_up("root")
        yield h


def write(hub, name, text, mode=0o644):
    path = hub.state / name
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text)
    os.chmod(new, mode)
    new.rename(path)


def machines(hub):
    return hub.admin.api("GET", "machines", status=200).json()


def names(hub):
    return [m["name"] for m in machines(hub)["machines"]]


def test_env_as_the_original_cli_asks(hub):
    # No credentials, and `default` in every arch (trap T3); FloydHub's names are there.
    env = hub.api("GET", "env", status=200).json()
    assert set(env) == set(ARCHS)
    for arch in ARCHS:
        assert env[arch]["default"] == "python3"
        assert env[arch]["tensorflow-1.8"] == "python3"
        assert all(isinstance(v, str) for v in env[arch].values())


def test_shipped_machines(hub):
    hub.api("GET", "machines", status=401)
    hub.api("GET", "environments", status=401)
    by_name = {m["name"]: m for m in machines(hub)["machines"]}
    assert list(by_name) == ["cpu", "cpu2", "gpu", "gpu2"]
    cpu = by_name["cpu"]
    assert cpu["aliases"] == ["c1"] and cpu["default"] and cpu["available"] and cpu["why"] is None
    assert 0.1 <= cpu["cpus"] <= os.cpu_count()
    assert cpu["memory"] > 0 and cpu["free"] == cpu["slots"] == 100 and cpu["in_use"] == 0
    assert [by_name[n]["arch"] for n in by_name] == ["cpu", "cpu", "gpu", "gpu2"]
    if not os.path.exists("/dev/nvidia0"):
        assert not by_name["gpu"]["available"] and by_name["gpu"]["why"] == "this host has no GPU"
    assert "/dev" not in json.dumps(by_name) and "libraries" not in json.dumps(by_name)


def test_read_again_when_it_changes(hub):
    write(hub, "machines.yml", "machines:\n  tiny: {cpus: 0.5, memory: 256M, price_per_hour: 1.5}\n")
    wait_for(lambda: names(hub) == ["tiny"], 20, "the new machines")
    tiny = machines(hub)["machines"][0]
    assert (tiny["cpus"], tiny["memory"], tiny["price_per_hour"]) == (0.5, 256 << 20, 1.5)
    # A mistake changes nothing, and the administrator is told the line.
    write(hub, "machines.yml", "machines:\n  tiny:\n    cpus: lots\n")
    wait_for(lambda: machines(hub)["problem"], 20, "the problem")
    assert "machines.yml:3: tiny: cpus" in machines(hub)["problem"]
    assert names(hub) == ["tiny"]
    # Others could write it: not believed.
    write(hub, "machines.yml", "machines:\n  evil: {}\n", mode=0o666)
    wait_for(lambda: "written by others" in (machines(hub)["problem"] or ""), 20, "the refusal")
    assert names(hub) == ["tiny"]
    write(hub, "machines.yml", "machines:\n  good: {}\n")
    wait_for(lambda: names(hub) == ["good"] and not machines(hub)["problem"], 20, "the mended file")


def test_a_hub_starts_with_a_broken_file(hub):
    hub.stop()
    write(hub, "machines.yml", "machines: [\n")
    hub.start()
    hub.admin.log_in()
    answer = machines(hub)
    assert answer["machines"] == [] and answer["problem"].startswith("machines.yml:")
    assert hub.api("GET", "env", status=200).json()["gpu2"]["default"]


def test_environments_of_the_state_directory(hub):
    events = hub.admin.browser.get(f"{hub.url}/api/v1/events", stream=True, timeout=30)
    write(hub, "environments/tf.yml", "title: TensorFlow\naliases: [tensorflow]\ncpu: {prefix: env/tf/cpu}\n")
    wait_for(lambda: hub.api("GET", "env").json()["cpu"].get("tf"), 20, "the new environment")
    line = next(line for line in events.iter_lines() if line.startswith(b"event: catalog"))
    assert line == b"event: catalog.change"
    events.close()
    env = hub.api("GET", "env").json()
    assert env["cpu"]["tensorflow"] == "tf" and env["gpu2"]["torch"] == "python3"
    items = hub.admin.api("GET", "environments", status=200).json()["environments"]
    assert [e["name"] for e in items] == ["tf", "python3"]
    assert items[0]["cpu"]["kind"] == "prefix" and items[1]["default"]
    assert str(hub.state) not in json.dumps(items)
    (hub.state / "environments" / "tf.yml").unlink()
    wait_for(lambda: "tf" not in hub.api("GET", "env").json()["cpu"], 20, "its end")


def test_nobody_may_post(hub):
    for path in ("env", "machines", "environments"):
        assert requests.post(f"{hub.url}/api/v1/{path}", timeout=10).status_code in (401, 403, 405)
