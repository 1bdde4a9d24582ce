"""Settings that change what kernels, notebooks and people do (jupyter-contract 0.3, 3.1, 3.4.9, 7.8, 7.9)."""
import json
import sqlite3
import subprocess

import pytest
import requests
from lw import wait_for


def write_spec(server, name, argv):
    d = server.data_dir / "kernels" / name
    d.mkdir(parents=True)
    (d / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "x"}))


def dying_kernel(server):
    """A kernelspec that writes its connection file to SEEN, a line for each life, and ends; and what it wrote."""
    seen = server.tmp / "seen"
    write_spec(server, "dies", ["/bin/sh", "-c", f"tr -d ' \\n' < $0 >> {seen}; echo >> {seen}; exit 7",
                                "{connection_file}"])
    return lambda: [json.loads(line) for line in seen.read_text().splitlines()]


@pytest.mark.ours
def test_restart_limit_and_ports(make_server):
    """KernelRestarter.restart_limit and random_ports_until_alive, KernelManager.ip and transport."""
    s = make_server(["--KernelRestarter.restart_limit=2", "--KernelRestarter.random_ports_until_alive=False",
                     "--KernelManager.transport=tcp", "--KernelManager.ip=127.0.0.2"], start=False)
    lives = dying_kernel(s)
    s.start()
    kid = s.api("POST", "api/kernels", json={"name": "dies"}, status=201).json()["id"]
    wait_for(lambda: s.api("GET", f"api/kernels/{kid}").status_code == 404, 30)
    lives = lives()
    assert len(lives) == 3
    assert lives[0]["ip"] == "127.0.0.2" and lives[0]["transport"] == "tcp"
    assert len({life["shell_port"] for life in lives}) == 1


@pytest.mark.ours
def test_other_ports_after_an_early_death(make_server):
    s = make_server(["--KernelRestarter.restart_limit=1", "--KernelManager.transport=tcp",
                     "--KernelManager.ip=localhost"], start=False)
    lives = dying_kernel(s)
    s.start()
    kid = s.api("POST", "api/kernels", json={"name": "dies"}, status=201).json()["id"]
    wait_for(lambda: s.api("GET", f"api/kernels/{kid}").status_code == 404, 30)
    lives = lives()
    assert len(lives) == 2 and lives[0]["ip"] == "127.0.0.1"
    ports = [{v for k, v in life.items() if k.endswith("_port")} for life in lives]
    assert ports[0] != ports[1]


@pytest.mark.ours
def test_stable_start_time(make_server):
    """A kernel that lived longer than that begins a new streak: with a limit of one it is started for ever."""
    s = make_server(["--KernelRestarter.restart_limit=1", "--KernelRestarter.stable_start_time=0",
                     "--KernelRestarter.time_to_dead=0.05"], start=False)
    lives = dying_kernel(s)
    s.start()
    kid = s.api("POST", "api/kernels", json={"name": "dies"}, status=201).json()["id"]
    wait_for(lambda: len(lives()) >= 8, 30)
    s.api("DELETE", f"api/kernels/{kid}", status=204)


@pytest.mark.ours
def test_kernel_info_timeout(make_server):
    """A kernel that never answers is used as it is once the time is over (a minute if nothing is configured)."""
    s = make_server(["--MappingKernelManager.kernel_info_timeout=0.1", "--KernelManager.shutdown_wait_time=0",
                     "--KernelManager.transport=tcp"], start=False)
    write_spec(s, "mute", ["/bin/sh", "-c", "sleep 1000", "{connection_file}"])
    s.start()
    kid = s.api("POST", "api/kernels", json={"name": "mute"}, status=201).json()["id"]
    wait_for(lambda: s.api("GET", f"api/kernels/{kid}").json()["execution_state"] == "idle", 30)
    s.api("DELETE", f"api/kernels/{kid}", status=204)


@pytest.mark.ours
def test_untracked_message_types(make_server):
    """What is configured is what the keeper goes by: here a cell is no activity and does not make it busy."""
    s = make_server(config={"MappingKernelManager": {"untracked_message_types": [
        "execute_request", "execute_input", "status", "stream", "kernel_info_request"]}})
    k = s.kernel()
    wait_for(lambda: s.api("GET", f"api/kernels/{k.id}").json()["execution_state"] == "idle")
    before = s.api("GET", f"api/kernels/{k.id}").json()["last_activity"]
    assert k.execute("print(1)").text == "1\n"
    after = s.api("GET", f"api/kernels/{k.id}").json()
    assert after["last_activity"] == before and after["execution_state"] == "idle"


@pytest.mark.ours
def test_updatable_fields(make_server):
    s = make_server(config={"IdentityProvider": {"updatable_fields": ["color", "username"]}})
    assert s.api("GET", "api/me").json()["permissions"]["updatable_fields"] == ["color"]
    assert s.api("PATCH", "api/me", json={"color": "red"}, status=200).json()["identity"]["color"] == "red"
    assert "Field name is not updatable" in s.api("PATCH", "api/me", json={"name": "N"}, status=400).text
    s.api("PATCH", "api/me", json={"username": "N"}, status=400)


@pytest.mark.ours
def test_notary(make_server):
    """NotebookNotary: where the signatures are, by which digest, and how many are kept."""
    s = make_server(start=False)
    s.args += [f"--NotebookNotary.db_file={s.tmp}/signed/mine.db", f"--NotebookNotary.secret_file={s.tmp}/key",
               "--NotebookNotary.algorithm=sha3_256", "--SQLiteSignatureStore.cache_size=4"]
    s.start()
    for i in range(5):
        content = {"cells": [], "metadata": {"i": i}, "nbformat": 4, "nbformat_minor": 5}
        s.api("PUT", f"api/contents/{i}.ipynb", json={"type": "notebook", "content": content}, status=201)
    with sqlite3.connect(s.tmp / "signed/mine.db") as db:
        rows = db.execute("select algorithm, length(signature) from nbsignatures").fetchall()
    assert rows == [("sha3_256", 64)] * 3
    assert len((s.tmp / "key").read_text()) == 1386
    assert not (s.data_dir / "nbsignatures.db").exists() and not (s.data_dir / "notebook_secret").exists()


@pytest.mark.ours
def test_need_token(make_server):
    """Without a password a token is made up, unless nobody needs one."""
    s = make_server(token="", start=False)
    argv = [a for a in s.command() if "token" not in a and "password" not in a]
    with open(s.log_path, "ab") as log:
        s.proc = subprocess.Popen(argv + ["--IdentityProvider.need_token=False"], cwd=s.root, env=s.environ,
                                  stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    s.wait_ready()
    assert requests.get(s.url + "api/status", timeout=10).status_code == 200
    assert f"http://localhost:{s.port}/lab\n" in s.log and "token=" not in s.log
