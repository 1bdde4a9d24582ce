"""Terminals: the API and what a viewer sees (jupyter-contract 3.8, 6.10, 7.10)."""
import json
import re
import time

import pytest
import websocket
from lw import wait_for
from termws import TermWS


@pytest.fixture(scope="module")
def srv(pytestconfig):
    from conftest import starter
    start, close = starter(pytestconfig)
    yield start(args=["--ServerApp.terminado_settings={'shell_command': ['/bin/bash', '--norc', '--noprofile']}"],
                env={"PS1": "$ "})
    close()


@pytest.fixture(autouse=True)
def clean(srv):
    yield
    for t in srv.api("GET", "api/terminals").json():
        srv.api("DELETE", f"api/terminals/{t['name']}")


def make(srv, **body):
    return srv.api("POST", "api/terminals", json=body, status=200).json()


def run(t, command, timeout=30):
    """The output of a command between two marks."""
    at = len(t.text)
    t.send(f"echo BE''GIN; {command}; echo E''ND\r")
    end = t.expect("END\r\n", timeout, t.expect("BEGIN\r\n", timeout, at))
    return t.text[:end].rpartition("BEGIN\r\n")[2].removesuffix("END\r\n")


def test_names_and_models(srv):
    assert srv.api("GET", "api/terminals", status=200).json() == []
    a = srv.api("POST", "api/terminals", status=200).json()
    assert a["name"] == "1" and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", a["last_activity"])
    assert make(srv)["name"] == "2"
    assert make(srv, name="mine")["name"] == "mine"
    assert make(srv, name="mine")["name"] == "mine"
    assert [t["name"] for t in srv.api("GET", "api/terminals").json()] == ["1", "2", "mine"]
    srv.api("DELETE", "api/terminals/1", status=204)
    assert make(srv)["name"] == "1"
    for method in ("GET", "DELETE"):
        assert srv.api(method, "api/terminals/nosuch", status=404).json()["message"] == "Terminal not found: nosuch"


@pytest.mark.ours
@pytest.mark.parametrize("name", ["a/b", "..", "a b", "", "x" * 300, "a-b"])
def test_names_that_no_url_has(srv, name):
    srv.api("POST", "api/terminals", json={"name": name}, status=400)


def test_working_directory(srv):
    (srv.root / "sub dir").mkdir(exist_ok=True)
    for cwd, where in ((None, srv.root), ("sub dir", srv.root / "sub dir"), ("/tmp", "/tmp"), ("no/such", srv.root),
                       ("", srv.root), (str(srv.root / "sub dir"), srv.root / "sub dir")):
        name = make(srv, **({} if cwd is None else {"cwd": cwd}))["name"]
        assert run(srv.terminal(name), "pwd").strip() == str(where)


def test_environment(srv):
    t = srv.terminal()
    env = dict(l.split("=", 1) for l in run(t, "env").splitlines() if "=" in l)
    assert env["TERM"] == "xterm-256color" and env["JUPYTER_SERVER_ROOT"] == str(srv.root)
    assert env["JUPYTER_SERVER_URL"].startswith("http://") and "JUPYTER_TOKEN" not in env
    assert srv.token not in run(t, "env")
    assert run(t, "stty size").strip() == "24 80"
    assert run(t, "[ -t 0 ] && ps -o tty= -p $$").strip().startswith("pts/")


def test_setup_then_what_is_shown_in_one_message(srv):
    t = srv.terminal()
    run(t, "for i in 1 2 3 4 5; do echo line $i; sleep .05; done")
    t.drain()
    late = TermWS(srv, t.name)
    assert late.read()[0] == "stdout" and "line 1\r\nline 2\r\nline 3\r\nline 4\r\nline 5\r\n" in late.text
    late.send("echo to''gether\r")
    late.expect("together")
    t.expect("together")


def test_sizes_are_negotiated(srv):
    a = srv.terminal()
    b = TermWS(srv, a.name)

    def size():
        return run(a, "stty size").strip()
    a.resize(40, 100)
    assert size() == "40 100"
    b.resize(30, 120)
    wait_for(lambda: size() == "30 100", 10)
    b.ws.send('["set_size", null, 90]')
    wait_for(lambda: size() == "30 90", 10)
    b.close()
    wait_for(lambda: size() == "40 100", 10)


def test_shell_that_ends_tells_its_viewers(srv):
    a = srv.terminal()
    b = TermWS(srv, a.name)
    a.send("exit\r")
    for t in (a, b):
        while not t.disconnected:
            t.read()
        assert t.frames[-1] == ["disconnect", 1]
        opcode, data = t.ws.recv_data(control_frame=True)
        assert opcode == websocket.ABNF.OPCODE_CLOSE
    wait_for(lambda: srv.api("GET", "api/terminals").json() == [], 10)


def test_delete_ends_a_shell_that_does_not_want_to(srv):
    t = srv.terminal()
    pid = int(run(t, "trap '' HUP INT TERM; echo $$"))
    srv.api("DELETE", f"api/terminals/{t.name}", status=204)
    assert not wait_gone(pid)
    while not t.disconnected:
        t.read()


def wait_gone(pid):
    """Whether it lives."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_text_is_utf8_whatever_the_bytes(srv):
    t = srv.terminal()
    assert "å€😀" in run(t, "printf 'å€😀\\n'")
    assert run(t, r"printf '\377\303(\n'") == "\ufffd\ufffd(\r\n"
    assert "€" in run(t, r"printf '\342'; sleep .2; printf '\202'; sleep .2; printf '\254\n'")
    assert run(t, r"printf 'a\0b\n'") == "a\0b\r\n"


def test_much_output_arrives_whole(srv):
    t = srv.terminal()
    out = run(t, "seq 1 200000", 60)
    assert out.split() == [str(i) for i in range(1, 200001)]


def test_one_who_does_not_read_holds_up_nobody(srv):
    lazy = srv.terminal()
    t = TermWS(srv, lazy.name)
    out = run(t, "seq 1 300000", 60)
    assert len(out.split()) == 300000
    assert "END" in t.text


def test_much_input(srv):
    t = srv.terminal()
    run(t, "stty -echo -icanon")
    t.send("head -c 3000000 | sha256sum; echo DO''NE\r")
    text = "abcdefghi\n" * 300000
    for i in range(0, len(text), 100000):
        t.send(text[i:i + 100000])
    t.expect("DONE", 60)
    import hashlib
    assert hashlib.sha256(text.encode()).hexdigest() in t.text


def test_malformed_frames_are_ignored(srv):
    t = srv.terminal()
    for bad in ("", "{", "[]", "{}", "null", "7", '["stdin"]', '["stdin", 7]', '["set_size"]', '["set_size", "a", {}]',
                '["set_size", 1e999, -1]', '["nosuch", 1]', "[" * 10000, '["stdin", {"a": []}]', '[["stdin"]]'):
        t.ws.send(bad)
    t.ws.send_binary(b"\xff\x00\x01")
    assert run(t, "echo alive").strip() == "alive"


@pytest.mark.ours
def test_what_scrolled_away_is_bounded(srv):
    t = srv.terminal()
    run(t, "for i in $(seq 1 60000); do echo \"€ line $i of many, with some more text\"; done", 60)
    late = TermWS(srv, t.name)
    late.read()
    lines = re.findall("€ line ([0-9]+) of many, with some more text\r\n", late.text)
    assert lines == [str(i) for i in range(60001 - len(lines), 60001)]
    assert 1000 <= len(lines) <= 1024 and len(late.frames) == 2


def test_unknown_terminal_and_no_login(srv):
    for path, auth, code in (("terminals/websocket/nosuch", True, 404), (f"terminals/websocket/{make(srv)['name']}", False, 403)):
        with pytest.raises(websocket.WebSocketBadStatusException) as e:
            srv.ws(path, auth=auth)
        assert e.value.status_code == code


def test_activity(srv):
    t = srv.terminal()
    before = srv.api("GET", f"api/terminals/{t.name}").json()["last_activity"]
    time.sleep(0.05)
    run(t, "true")
    assert srv.api("GET", f"api/terminals/{t.name}").json()["last_activity"] > before


def test_disabled(make_server):
    off = make_server(args=["--ServerApp.terminals_enabled=false"])
    for method, path in (("GET", "api/terminals"), ("POST", "api/terminals"), ("DELETE", "api/terminals/1")):
        off.api(method, path, status=404)


def test_culling(make_server):
    srv = make_server(args=["--TerminalManager.cull_inactive_timeout=2", "--TerminalManager.cull_interval=1"])
    name = make(srv)["name"]
    wait_for(lambda: srv.api("GET", f"api/terminals/{name}").status_code == 404, 15)


def test_shell_command_as_text_and_login_shell(make_server):
    srv = make_server(args=["--ServerApp.terminado_settings={'shell_command': \"/bin/sh -c 'echo a  b; read x'\"}"])
    srv.terminal().expect("a b\r\n")
    plain = make_server(env={"SHELL": "/bin/bash", "PS1": "$ "})
    assert "login_shell" in run(plain.terminal(), "shopt login_shell")
