"""Clients that know nothing of us: jupyter_client and jupyter console on our connection files, VS Code's calls."""
import json
import sys
import time
import uuid
from pathlib import Path

import pexpect
from jupyter_client import BlockingKernelClient
from kernelws import LEGACY


def test_jupyter_client_without_a_manager(shared):
    k = shared.kernel()
    k.execute("shared_name = 41")
    kc = BlockingKernelClient(connection_file=str(shared.runtime_dir / f"kernel-{k.id}.json"))
    kc.load_connection_file()
    kc.start_channels()
    try:
        kc.wait_for_ready(timeout=60)
        out = []
        reply = kc.execute_interactive("print(shared_name + 1)", timeout=60, output_hook=out.append)
        assert reply["content"]["status"] == "ok"
        assert any(m["msg_type"] == "stream" and m["content"]["text"] == "42\n" for m in out)
        kc.input_hook = None
        reply = kc.execute_interactive("x = input('name? ')", timeout=60, allow_stdin=True,
                                       stdin_hook=lambda m: kc.input("ada"), output_hook=out.append)
        assert reply["content"]["status"] == "ok"
        assert k.execute("x").value == "'ada'"
        # our own client saw what the other one ran, and got none of its replies
        assert any(m["header"]["msg_type"] == "execute_input" and "shared_name + 1" in m["content"]["code"] for m in k.seen)
    finally:
        kc.stop_channels()


def test_jupyter_console_existing(shared):
    k = shared.kernel()
    k.execute("answer = 6 * 7")
    path = shared.runtime_dir / f"kernel-{k.id}.json"
    console = pexpect.spawn(sys.executable, ["-m", "jupyter_console", "--existing", str(path), "--simple-prompt",
                                             "--ZMQTerminalInteractiveShell.kernel_timeout=60"],
                            env={**shared.environ, "TERM": "dumb", "PYTHONUNBUFFERED": "1"}, timeout=60, encoding="utf-8")
    try:
        console.expect(r"In \[")
        console.sendline("print('console', answer)")
        console.expect("console 42")
        console.sendline("exit(keep_kernel=True)")
        console.expect(pexpect.EOF)
    finally:
        console.close(force=True)
    assert k.execute("answer").value == "42"


def test_the_calls_of_vs_code(make_server):
    """What its Jupyter extension does with a URL and a token: probe, list, session with a random path, the
    old framing with its own client session, interrupt, restart, rename, end."""
    srv = make_server()
    get = lambda path, **kw: srv.api("GET", path, status=200, **kw).json()
    assert get("api", auth=False)["version"].startswith("2.")
    assert get("api/status")["kernels"] == 0
    assert srv.http.get(srv.url + f"api/kernelspecs?token={srv.token}").status_code == 200
    specs = get("api/kernelspecs")
    assert specs["default"] in specs["kernelspecs"]
    get("api/kernels")
    get("api/sessions")
    root = get("api/contents/?content=0&type=directory")
    assert root["type"] == "directory"
    made = srv.api("POST", "api/contents/", json={"type": "notebook", "ext": ".ipynb"}, status=201).json()
    path = f"{made['path']}-jvsc-{uuid.uuid4()}.ipynb"
    s = srv.api("POST", "api/sessions", status=201, json={
        "path": path, "type": "notebook", "name": "nb.ipynb", "kernel": {"name": "python3"}}).json()
    k = srv.connect(s["kernel"]["id"], str(uuid.uuid4()), LEGACY)
    r = k.request("kernel_info_request")
    assert r.reply["content"]["language_info"]["name"] == "python"
    assert k.execute("print('from code')").text == "from code\n"
    mid = k.start_execute("import time\nfor i in range(600): time.sleep(.1)")
    k.until(lambda m: m["header"]["msg_type"] == "execute_input")
    srv.api("POST", f"api/kernels/{k.id}/interrupt", status=204)
    assert k.finish(mid).reply["content"]["ename"] == "KeyboardInterrupt"
    srv.api("PATCH", f"api/sessions/{s['id']}", json={"path": path.replace("nb", "mb"), "name": "mb.ipynb"}, status=200)
    srv.api("POST", f"api/kernels/{k.id}/restart", status=200)
    assert k.execute("2+2").value == "4"
    k.close()
    srv.api("DELETE", f"api/sessions/{s['id']}", status=204)
    assert get("api/kernels") == [] and get("api/sessions") == []
    srv.api("DELETE", f"api/contents/{made['path']}", status=204)


def test_a_runtime_file_tells_where_the_server_is(shared):
    """`jupyter server list` and VS Code read it."""
    f = Path(shared.runtime_dir, f"jpserver-{shared.proc.pid}.json")
    info = json.loads(f.read_text())
    assert info["port"] == shared.port and info["pid"] == shared.proc.pid and info["token"] == shared.token
    assert info["root_dir"] == str(shared.root) and info["secure"] is False and info["password"] is False
    assert f.stat().st_mode & 0o777 == 0o600
    assert time.time() - f.stat().st_mtime < 3600
