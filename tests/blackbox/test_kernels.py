"""Kernels over REST: start, list, interrupt, restart, end, cull (jupyter-contract 3.5, 3.6, 7.3, 7.4, 7.9)."""
import json
import os
import re
import shutil
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kernelws import LEGACY
from lw import wait_for

SH = ["/bin/sh", "-c", "sleep 1000", "{connection_file}"]


def add_spec(srv, name, argv, language="sh", **more):
    d = srv.data_dir / "kernels" / name
    d.mkdir(parents=True, exist_ok=True)
    (d / "kernel.json").write_text(json.dumps(
        {"argv": argv, "display_name": name.title(), "language": language, **more}))
    return d


def start(srv, **body):
    return srv.api("POST", "api/kernels", json=body, status=201).json()


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def quick(lab):
    """A server with a kernelspec that starts at once and says nothing."""
    add_spec(lab, "quick", SH)
    return lab


def test_model_location_and_order(quick):
    assert quick.api("GET", "api/kernels", status=200).json() == []
    made = []
    for _ in range(3):
        r = quick.api("POST", "api/kernels", json={"name": "quick"}, status=201)
        made.append(r.json())
        assert r.headers["Location"] == f"/api/kernels/{r.json()['id']}"
    for k in made:
        assert set(k) == {"id", "name", "last_activity", "execution_state", "connections"}
        assert k["name"] == "quick" and k["execution_state"] == "starting" and k["connections"] == 0
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", k["last_activity"])
        assert quick.api("GET", f"api/kernels/{k['id']}", status=200).json()["id"] == k["id"]
    assert [k["id"] for k in quick.api("GET", "api/kernels").json()] == [k["id"] for k in made]


def test_default_name_alias_and_letter_case(quick):
    default = quick.api("GET", "api/kernelspecs").json()["default"]
    assert quick.api("POST", "api/kernels", status=201).json()["name"] == default
    assert start(quick, name=None)["name"] == default
    assert start(quick, name="python")["name"] == "python3"
    assert start(quick, name="QuIcK")["name"] == "QuIcK"


def test_unknown_kernel_and_unknown_kernelspec(quick):
    kid = str(uuid.uuid4())
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/interrupt")):
        r = quick.api(method, f"api/kernels/{kid}{path}", status=404)
        assert r.json()["message"] == f"Kernel does not exist: {kid}"
    assert quick.api("POST", f"api/kernels/{kid}/restart", status=500).json()["message"] == "Exception restarting kernel"
    r = quick.api("POST", "api/kernels", json={"name": "nosuch"})
    assert r.status_code in (404, 500, 501) and "nosuch" in r.json()["message"]
    assert quick.api("GET", "api/kernels").json() == []


@pytest.mark.parametrize("body", ["{", "[1", '"x', "nonsense"])
def test_bad_bodies(quick, body):
    r = quick.api("POST", "api/kernels", data=body, status=400)
    assert r.json()["message"] == "Invalid JSON in body of request"


def test_wrong_types_are_refused(quick):
    for body in ({"name": 1}, {"path": []}, {"kernel_id": {}}):
        assert quick.api("POST", "api/kernels", json=body, status=400).json()["message"]


def test_an_id_of_the_client(quick):
    kid = str(uuid.uuid4())
    assert start(quick, name="quick", kernel_id=kid)["id"] == kid
    assert start(quick, name="quick", kernel_id=kid)["id"] == kid
    assert start(quick, name="quick", kernel_id="foo")["id"] == "foo"
    assert len(quick.api("GET", "api/kernels").json()) == 2


@pytest.mark.ours
@pytest.mark.parametrize("kid", ["../../x", "a/b", "", ".", "..", "x" * 300, "new\nline"])
def test_ids_that_would_be_bad_file_names(quick, kid):
    quick.api("POST", "api/kernels", json={"name": "quick", "kernel_id": kid}, status=400)
    assert not [p for p in quick.tmp.rglob("kernel-*.json")]


def test_one_id_asked_for_many_times_at_once(quick):
    kid = str(uuid.uuid4())
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: start(quick, name="quick", kernel_id=kid)["id"], range(6)))
    assert set(made) == {kid} and len(quick.api("GET", "api/kernels").json()) == 1


def test_working_directory_and_environment(make_server):
    srv = make_server(env={"LW_SEEN": "yes", "PYTHONEXECUTABLE": "/wrong"})
    out = srv.tmp / "said"
    add_spec(srv, "tell", ["/bin/sh", "-c", f"(pwd; env) > {out}.tmp; mv {out}.tmp {out}; sleep 1000", "{connection_file}"],
             language="python", env={"GREETING": "$LW_SEEN and ${LW_SEEN} $$HOME $NOSUCH", "LW_SEEN": "new"})
    (srv.root / "a" / "b").mkdir(parents=True)
    for path, cwd in (("a/b", "a/b"), ("a/b/none/x.ipynb", "a/b"), ("none", ""), ("", ""), (None, "")):
        k = start(srv, name="tell", path=path)
        text = wait_for(lambda: out.exists() and out.read_text(), 20)
        out.unlink()
        lines = text.splitlines()
        assert lines[0] == str(srv.root / cwd).rstrip("/")
        env = dict(l.split("=", 1) for l in lines[1:] if "=" in l)
        assert env["GREETING"] == "yes and yes $HOME $NOSUCH" and env["LW_SEEN"] == "new"
        assert "JPY_PARENT_PID" in env and "JUPYTER_TOKEN" not in env and "PYTHONEXECUTABLE" not in env
        srv.api("DELETE", f"api/kernels/{k['id']}", status=204)
    srv.api("POST", "api/kernels", json={"name": "tell", "path": "../.."}, status=(404, 500))


def test_connection_file(shared):
    k = shared.kernel()
    path = shared.runtime_dir / f"kernel-{k.id}.json"
    info = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert info["key"] and info["signature_scheme"] == "hmac-sha256" and info["kernel_name"] == "python3"
    for port in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"):
        assert isinstance(info[port], int)
    shared.api("DELETE", f"api/kernels/{k.id}", status=204)
    assert not path.exists()


def test_a_program_that_is_not_there(quick):
    add_spec(quick, "broken", ["/no/such/program", "{connection_file}"])
    r = quick.api("POST", "api/kernels", json={"name": "broken"}, status=500)
    assert "/no/such/program" in r.json()["message"]
    assert quick.api("GET", "api/kernels").json() == []


def test_interrupt(shared):
    k = shared.kernel()
    mid = k.start_execute("import time\nprint('on')\nwhile True: time.sleep(.05)")
    k.until(lambda m: "on\n" in m["content"].get("text", ""), 60)
    assert shared.api("POST", f"api/kernels/{k.id}/interrupt", status=204).content == b""
    assert k.finish(mid).reply["content"]["ename"] == "KeyboardInterrupt"
    assert shared.api("GET", f"api/kernels/{k.id}/interrupt").status_code == 405


def test_restart_keeps_the_id_and_forgets_variables(shared):
    k = shared.kernel()
    k.execute("x = 1")
    r = shared.api("POST", f"api/kernels/{k.id}/restart", status=200).json()
    assert r["id"] == k.id and r["connections"] == 1
    assert k.execute("x").reply["content"]["ename"] == "NameError"
    k.close()
    wait_for(lambda: shared.api("GET", f"api/kernels/{k.id}").json()["connections"] == 0, 10)


def test_restart_after_somebody_cleaned_tmp(shared):
    k = shared.kernel()
    where = Path(json.loads((shared.runtime_dir / f"kernel-{k.id}.json").read_text())["ip"]).parent
    shutil.rmtree(where)
    shared.api("POST", f"api/kernels/{k.id}/restart", status=200)
    assert k.execute("6 * 7").value == "42"
    k.close()
    shared.api("DELETE", f"api/kernels/{k.id}", status=204)
    assert not where.exists()


def test_delete_waits_for_the_end_of_a_busy_kernel(shared):
    k = shared.kernel()
    pid = int(k.execute("__import__('os').getpid()").value)
    k.start_execute("import time; time.sleep(1000)")
    k.until(lambda m: m["header"]["msg_type"] == "execute_input", 60)
    shared.api("DELETE", f"api/kernels/{k.id}", status=204)
    assert not alive(pid)
    shared.api("GET", f"api/kernels/{k.id}", status=404)
    shared.api("DELETE", f"api/kernels/{k.id}", status=404)


def test_slow_ends_hold_up_nobody(make_server):
    srv = make_server(args=["--KernelManager.shutdown_wait_time=4"])
    add_spec(srv, "stubborn", ["/bin/sh", "-c", "trap '' INT TERM HUP; : >up$$; while :; do sleep .1; done", "{connection_file}"])
    kids = [start(srv, name="stubborn")["id"] for _ in range(3)]
    wait_for(lambda: len(list(srv.root.glob("up*"))) == 3, 30, "three deaf kernels")
    with ThreadPoolExecutor(3) as pool:
        began = time.monotonic()
        ends = [pool.submit(srv.api, "DELETE", f"api/kernels/{k}") for k in kids]
        for _ in range(20):
            srv.session().get(srv.url + "api", timeout=5)
        assert not any(e.done() for e in ends)
        assert [e.result().status_code for e in ends] == [204] * 3
        assert time.monotonic() - began < 3 * 4  # not one after the other


def test_kernels_end_with_the_server(quick):
    start(quick, name="quick")
    start(quick, name="quick")
    assert quick.stop() == 0
    wait_for(lambda: not quick.pids, 5, "everything ends")
    assert not list(quick.runtime_dir.glob("kernel-*"))


@pytest.mark.ours
def test_kernels_without_a_listening_port(shared):
    k = shared.kernel()
    assert json.loads((shared.runtime_dir / f"kernel-{k.id}.json").read_text())["transport"] == "ipc"


def test_kernels_over_tcp_by_option(make_server):
    srv = make_server(args=["--KernelManager.transport=tcp"])
    k = srv.kernel()
    assert json.loads((srv.runtime_dir / f"kernel-{k.id}.json").read_text())["transport"] == "tcp"
    assert k.execute("6*7").value == "42"


def test_culling(make_server):
    srv = make_server(args=["--MappingKernelManager.cull_idle_timeout=2", "--MappingKernelManager.cull_interval=1"])
    d = add_spec(srv, "long", SH, metadata={"cull_idle_timeout": 100})
    assert d.exists()
    add_spec(srv, "quick", SH)
    connected = srv.kernel()
    kept, gone = start(srv, name="long")["id"], start(srv, name="quick")["id"]
    wait_for(lambda: gone not in [k["id"] for k in srv.api("GET", "api/kernels").json()], 15, "the idle one is culled")
    time.sleep(2)
    assert [k["id"] for k in srv.api("GET", "api/kernels").json()] == [connected.id, kept]
    connected.close()
    wait_for(lambda: len(srv.api("GET", "api/kernels").json()) == 1, 15, "left alone it is culled too")


def test_kernel_events(shared):
    ws = shared.ws("api/events/subscribe")
    k = start(shared)
    shared.api("POST", f"api/kernels/{k['id']}/interrupt", status=204)
    shared.api("POST", f"api/kernels/{k['id']}/restart", status=200)
    shared.api("DELETE", f"api/kernels/{k['id']}", status=204)
    seen = []
    while len(seen) < 4:
        e = json.loads(ws.recv())
        if e["schema_id"].endswith("kernel_actions/v1"):
            seen.append(e)
    assert [e["action"] for e in seen] == ["start", "interrupt", "restart", "shutdown"]
    for e in seen:
        assert e["kernel_id"] == k["id"] and e["kernel_name"] == "python3" and e["status"] == "success" and e["msg"]


# -- kernelspecs -------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_kernelspecs(lab):
    d = add_spec(lab, "MyKernel", SH, metadata={"debugger": True}, unknown=1)
    (d / "logo-64x64.png").write_bytes(PNG)
    (d / "logo-svg.svg").write_text("<svg/>")
    (d / "kernel.js").write_text("define(() => 1)")
    (d / "other.txt").write_text("x")
    add_spec(lab, "bad", "not a list")
    (lab.data_dir / "kernels" / "worse").mkdir()
    (lab.data_dir / "kernels" / "worse" / "kernel.json").write_text("{")
    add_spec(lab, "alien", SH, metadata={"kernel_provisioner": {"provisioner_name": "k8s-provisioner"}})
    specs = lab.api("GET", "api/kernelspecs", status=200).json()["kernelspecs"]
    assert "mykernel" in specs and not set(specs) & {"bad", "worse", "alien", "MyKernel"}
    one = specs["mykernel"]
    assert one["name"] == "mykernel"
    spec = one["spec"]
    assert set(spec) == {"argv", "env", "display_name", "language", "interrupt_mode", "metadata", "kernel_protocol_version"}
    assert spec["argv"] == SH and spec["interrupt_mode"] == "signal" and spec["metadata"] == {"debugger": True}
    assert one["resources"] == {"logo-64x64": "/kernelspecs/mykernel/logo-64x64.png",
                                "logo-svg": "/kernelspecs/mykernel/logo-svg.svg",
                                "kernel.js": "/kernelspecs/mykernel/kernel.js"}
    assert lab.api("GET", "api/kernelspecs/MYKERNEL", status=200).json() == one
    assert "nosuch" in lab.api("GET", "api/kernelspecs/nosuch", status=404).json()["message"]


def test_kernelspec_resources(lab):
    d = add_spec(lab, "res", SH)
    (d / "logo-64x64.png").write_bytes(PNG)
    (d / "kernel.js").write_text("1")
    (lab.data_dir / "secret").write_text("s3cret")
    r = lab.api("GET", "kernelspecs/ReS/logo-64x64.png", status=200)
    assert r.content == PNG and r.headers["Content-Type"] == "image/png"
    assert r.headers["Cache-Control"] == "max-age=2592000"
    etag = r.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{128}"', etag)
    assert lab.api("GET", "kernelspecs/res/logo-64x64.png", headers={"If-None-Match": etag}).status_code == 304
    h = lab.api("HEAD", "kernelspecs/res/logo-64x64.png", status=200)
    assert h.content == b"" and h.headers["Content-Length"] == str(len(PNG))
    assert "max-age=2592000" not in lab.api("GET", "kernelspecs/res/kernel.js", status=200).headers.get("Cache-Control", "")
    lab.api("GET", "kernelspecs/res/none.png", status=404)
    lab.api("GET", "kernelspecs/none/logo-64x64.png", status=404)
    for path in ("../../secret", "%2e%2e/%2e%2e/secret", "..%2f..%2fsecret", "%2fetc%2fpasswd"):
        raw = lab.raw(f"GET /kernelspecs/res/{path} HTTP/1.1\r\nHost: 127.0.0.1:{lab.port}\r\n"
                      f"Authorization: token {lab.token}\r\nConnection: close\r\n\r\n".encode())
        assert raw.split()[1] in (b"403", b"404") and b"s3cret" not in raw and b"root:" not in raw


def test_a_kernelspec_installed_while_we_run(lab):
    assert "late" not in lab.api("GET", "api/kernelspecs").json()["kernelspecs"]
    add_spec(lab, "late", SH)
    assert "late" in lab.api("GET", "api/kernelspecs").json()["kernelspecs"]
    start(lab, name="late")


def test_allowed_kernelspecs(make_server):
    srv = make_server(start=False, args=["--KernelSpecManager.allowed_kernelspecs=['a']"])
    add_spec(srv, "a", SH)
    add_spec(srv, "b", SH)
    srv.start()
    assert set(srv.api("GET", "api/kernelspecs").json()["kernelspecs"]) <= {"a", "python3"}
    assert srv.api("POST", "api/kernels", json={"name": "b"}).status_code != 201


@pytest.mark.ours
def test_the_default_is_a_kernel_that_exists(make_server):
    """The reference says python3 on a machine without one, and what relies on that gets an error."""
    srv = make_server(start=False, args=["--KernelSpecManager.allowed_kernelspecs=['only']"])
    add_spec(srv, "only", SH)
    srv.start()
    assert srv.api("GET", "api/kernelspecs").json()["default"] == "only"
    assert srv.api("POST", "api/kernels", status=201).json()["name"] == "only"
    body = {"path": "a.ipynb", "name": "a", "type": "notebook", "kernel": {"name": None}}
    assert srv.api("POST", "api/sessions", json=body, status=201).json()["kernel"]["name"] == "only"


def test_metrics_count_kernels(quick):
    start(quick, name="quick")
    start(quick, name="quick")
    assert re.search(r'kernel_currently_running_total\{type="quick"\} 2(\.0)?\b', quick.api("GET", "metrics").text)
    assert quick.api("GET", "api/status").json()["kernels"] == 2
