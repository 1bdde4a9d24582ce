"""labwright lab as a workspace has it: the socket, the keeper and the person come from outside"""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest
from activated import Activated
from lw import Server, default_binary, wait_for
from page import text_of

IDLE = ["--LabwrightApp.exit_when_idle=1"]


@pytest.fixture
def make():
    made = []

    def make(**kw):
        made.append(Activated(**kw))
        return made[-1]
    yield make
    for a in made:
        a.close()


def test_who_i_am_comes_from_the_hub(make):
    a = make(env={"LABWRIGHT_USER": "ada.lovelace", "JUPYTER_TOKEN": "abc"},
             config={"IdentityProvider": {"token": "def"}, "PasswordIdentityProvider": {"hashed_password": "argon2:x"}})
    me = a.api("GET", "api/me", status=200)
    assert me.json()["identity"] == {"username": "ada.lovelace", "name": "ada.lovelace", "initials": "AL",
                                     "display_name": "ada.lovelace", "avatar_url": None, "color": None}
    assert me.headers.get("Set-Cookie") is None


def test_a_person_may_change_her_colour_and_is_nobody_else(make):
    a = make(config={"IdentityProvider": {"updatable_fields": ["color"]}})
    changed = a.api("PATCH", "api/me", json={"color": "red"}, status=200)
    cookie = changed.headers["Set-Cookie"].split(";")[0]
    again = a.api("GET", "api/me", headers={"Cookie": cookie}).json()["identity"]
    assert (again["username"], again["color"]) == ("ada", "red")
    a.stop()
    b = make(env={"LABWRIGHT_USER": "bob"})
    os.replace(a.base.runtime_dir / "jupyter_cookie_secret", b.base.runtime_dir / "jupyter_cookie_secret")
    assert b.api("GET", "api/me", headers={"Cookie": cookie}).json()["identity"]["username"] == "bob"


def test_what_the_hub_says_of_the_browser_is_believed(make):
    a = make(config={"IdentityProvider": {"updatable_fields": ["color"]}})
    outside = {"X-Forwarded-Host": "labs.example:443", "X-Forwarded-Proto": "https", "Host": "localhost"}
    r = a.api("PATCH", "api/me", json={"color": "red"}, headers={**outside, "Origin": "https://labs.example:443"}, status=200)
    assert "; Secure" in r.headers["Set-Cookie"]
    a.api("PATCH", "api/me", json={"color": "red"}, headers={**outside, "Origin": "https://evil.example"}, status=404)
    r = a.api("PATCH", "api/me", json={"color": "red"}, status=200)
    assert "; Secure" not in r.headers["Set-Cookie"]


def page_config(answer):
    return json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', answer.text, re.S)[1])


def test_pages_know_that_a_hub_has_their_workspace(make):
    assert page_config(make().api("GET", "lab", status=200))["labwrightWorkspace"] == "1"


def test_a_terminal_says_that_it_keeps_nothing_alive(make):
    a = make(config={"ServerApp": {"terminado_settings": {"shell_command": ["sh", "-c", "echo $0 $1; cat", "a b", "c'd"]}}})
    name = a.api("POST", "api/terminals", json={}, status=200).json()["name"]
    w, said = a.ws(f"terminals/websocket/{name}"), ""
    while "a b c'd" not in said:
        kind, text, *_ = json.loads(w.recv())
        said += text if kind == "stdout" else ""
    assert said.index("does not keep this workspace running") < said.index("a b c'd")


def test_without_a_hub_none_of_it_is_believed():
    with Server(env={"LABWRIGHT_USER": "ada"}) as s:
        assert "labwrightWorkspace" not in page_config(s.api("GET", "lab"))
        assert s.api("GET", "api/me", auth=False).status_code == 403
        assert s.api("GET", "api/me").json()["identity"]["username"] != "ada"
        r = s.api("POST", "api/kernels", auth=False, headers={"X-Forwarded-Host": "evil", "Origin": "http://evil"})
        assert r.status_code in (403, 404)


@pytest.mark.parametrize("change,problem", [({"LISTEN_FDS": "2"}, "one socket is expected"),
                                            ({"LISTEN_FDS": "x"}, "one socket is expected")])
def test_sockets_that_are_not_what_is_said(change, problem, tmp_path):
    script = ('export LISTEN_PID=$$ ' + " ".join(f"{k}={v}" for k, v in change.items()) +
              f'; exec {default_binary()} lab --allow-root --no-browser --ServerApp.root_dir={tmp_path}')
    r = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30)
    assert r.returncode == 1 and problem in r.stderr


def test_a_descriptor_that_is_no_socket(tmp_path):
    script = f'export LISTEN_PID=$$ LISTEN_FDS=1; exec {default_binary()} lab --allow-root --ServerApp.root_dir={tmp_path} 3</dev/null'
    r = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30)
    assert r.returncode == 1 and "no unix socket that listens" in r.stderr


def test_sockets_of_another_process_are_not_ours():
    with Server(env={"LISTEN_PID": "1", "LISTEN_FDS": "1"}) as s:
        s.api("GET", "api/status", status=200)


# ---- idle ----

def kernel(a, name="python3"):
    k = a.api("POST", "api/kernels", json={"name": name}, status=201, timeout=90).json()
    return k["id"], a.connect_kernel(k["id"])


def test_ends_when_idle_and_kernels_go_on(make):
    a = make(args=IDLE)
    kid, ws = kernel(a)
    pid = ws.execute("import os; x = 41; print(os.getpid())").text.strip()
    ws.execute("os.environ['LABWRIGHT_USER'], [k for k in os.environ if k in ('LISTEN_FDS', 'LISTEN_PID', 'LABWRIGHT_KEEPER')]")
    assert ws.execute("sorted(k for k in os.environ if k in ('LISTEN_FDS', 'LISTEN_PID', 'LABWRIGHT_KEEPER', "
                      "'LABWRIGHT_USER'))").value == "['LABWRIGHT_USER']"
    ws.close()
    a.wait_asleep()
    os.kill(int(pid), 0)
    assert [k["id"] for k in a.api("GET", "api/kernels", status=200).json()] == [kid]
    assert len(a.servers()) == 2
    ws = a.connect_kernel(kid)
    assert ws.execute("x + 1").value == "42"


def test_stays_while_somebody_is_connected(make):
    a = make(args=IDLE)
    kid, ws = kernel(a, "bash")
    silent = a.connect()
    until = time.monotonic() + 3
    while time.monotonic() < until:
        with contextlib.suppress(Exception):
            ws.recv(timeout=1)  # a kernel that has just begun may say so
        assert len(a.servers()) == 1 and " ended" not in a.log
    silent.close()
    assert ws.execute("echo still here").text == "still here\n"
    ws.close()
    a.wait_asleep()


def test_outputs_are_in_the_notebook_before_it_ends(make):
    a = make(args=IDLE)
    go = a.tmp / "go"
    p = a.page("n.ipynb", [f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)\nprint('went on')"])
    p.run(0)
    p.started(0)
    p.leave()
    with pytest.raises(AssertionError):
        a.wait_asleep(timeout=4)
    go.touch()
    a.wait_asleep()
    assert text_of(json.loads((a.root / "n.ipynb").read_text())["cells"][0]) == "went on\n"
    assert len(a.servers()) == 1


def test_its_end_is_the_end_of_nothing(make):
    """/api/shutdown, SIGTERM and kill -9 leave kernels and terminals as they are."""
    a = make()
    kid, ws = kernel(a, "bash")
    pid = ws.execute("echo $$").text.strip()
    name = a.api("POST", "api/terminals", json={}, status=200).json()["name"]
    ends = [lambda: a.api("POST", "api/shutdown", status=200), lambda: os.kill(a.servers()[-1], signal.SIGTERM),
            lambda: os.kill(a.servers()[-1], signal.SIGKILL)]
    for n, end in enumerate(ends):
        end()
        wait_for(lambda n=n: a.log.count("the server pid=") == n + 1, 20)
        assert [k["id"] for k in a.api("GET", "api/kernels", status=200).json()] == [kid]
        assert [t["name"] for t in a.api("GET", "api/terminals", status=200).json()] == [name]
        assert len(a.servers()) == n + 2
        os.kill(int(pid), 0)


def test_the_end_of_the_keeper_is_the_end_of_all(make):
    a = make()
    kid, ws = kernel(a, "bash")
    pids = a.base.pids
    assert len(pids) >= 3
    assert a.stop() == 0
    wait_for(lambda: not a.base.pids, 10, "nothing left")


def test_a_server_started_in_a_workspace_is_its_own(make):
    """`labwright lab` in a terminal does not attach to the keeper of the workspace."""
    a = make()
    kid, ws = kernel(a, "bash")
    out = a.tmp / "inner.log"
    sock = a.tmp / "inner.sock"
    ws.send("execute_request", {"code": f"{default_binary()} lab --allow-root --no-browser --ServerApp.sock={sock} "
                                f"--IdentityProvider.token=t >{out} 2>&1 &\necho started", "silent": False})
    wait_for(lambda: "serving from" in out.read_text(), 30)
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(sock))
        s.sendall(b"GET /api/kernels?token=t HTTP/1.0\r\n\r\n")
        answer = s.makefile().read()
    assert "200" in answer.splitlines()[0] and answer.rstrip().endswith("[]")
    assert "another server is attached" not in a.log
