"""Starting, finding and stopping the server from a shell (contract 0)."""

import json
import os
import pty
import re
import signal
import socket
import subprocess

import pytest
import requests

from lw import TREE, wait_for


def run(server, *args, stdin="", verb=None):
    """A sub-command with the directories of SERVER."""
    argv = [server.command()[0]] + ([] if server.ref else ["lab"]) + list(args)
    return subprocess.run(argv, env=server.environ, cwd=server.root, input=stdin, text=True,
                          capture_output=True, timeout=60)


def test_url_lines(make_server):
    s = make_server(token="", args=[], start=False)
    argv = [a for a in s.command() if "token" not in a and "password" not in a]
    log = open(s.log_path, "ab")
    s.proc = subprocess.Popen(argv, cwd=s.root, env=s.environ, stdout=log, stderr=log,
                              stdin=subprocess.DEVNULL, start_new_session=True)
    s.wait_ready()
    for host in ("localhost", "127.0.0.1"):
        assert wait_for(lambda: re.search(rf"http://{host}:{s.port}/lab\?token=([0-9a-f]{{48}})\b", s.log))
    token = re.search(r"token=([0-9a-f]{48})", s.log).group(1)
    assert requests.get(s.url + "api/status?token=" + token, timeout=10).status_code == 200


def test_configured_token_is_not_printed(lab):
    assert wait_for(lambda: f"http://localhost:{lab.port}/lab?token=..." in lab.log)
    assert lab.token not in lab.log


def test_runtime_files(lab):
    path = lab.runtime_dir / f"jpserver-{lab.proc.pid}.json"
    text = wait_for(path.read_text)
    info = json.loads(text)
    assert list(info) == ["base_url", "hostname", "password", "pid", "port", "root_dir", "secure", "sock",
                          "token", "url", "version"]
    assert text.startswith('{\n  "base_url": "/",\n')
    assert info["hostname"] == "localhost" and info["password"] is False and info["secure"] is False
    assert info["pid"] == lab.proc.pid and info["port"] == lab.port and info["token"] == lab.token
    assert info["root_dir"] == str(lab.root) and info["url"] == f"http://localhost:{lab.port}/"
    page = lab.runtime_dir / f"jpserver-{lab.proc.pid}-open.html"
    assert f"token={lab.token}" in page.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert lab.ref or page.stat().st_mode & 0o777 == 0o600
    assert (lab.runtime_dir / "jupyter_cookie_secret").stat().st_mode & 0o777 == 0o600
    assert lab.stop() == 0
    assert not path.exists() and not page.exists()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_signals(lab, sig):
    assert lab.stop(sig) == 0


class Keyboard:
    """A server on a terminal of its own: what it says there, and what is typed."""

    def __init__(self, s):
        self.ours, self.theirs = pty.openpty()
        self.said = b""
        self.s = s
        s.proc = subprocess.Popen(s.command(), cwd=s.root, env=s.environ, stdin=self.theirs, stderr=self.theirs,
                                  stdout=self.theirs, start_new_session=True)
        self.says(b"127.0.0.1:%d" % s.port)

    def says(self, text):
        while text not in self.said:
            self.said += os.read(self.ours, 65536)
        self.said = self.said.split(text, 1)[1]

    def control_c(self):
        self.s.proc.send_signal(signal.SIGINT)

    def ends(self):
        assert self.s.proc.wait(10) == 0
        os.close(self.ours)
        os.close(self.theirs)


QUESTION = b"Shut down this Jupyter server (y/[n])?"


@pytest.mark.ours
def test_control_c_asks(make_server):
    s = make_server(start=False)
    keyboard = Keyboard(s)
    keyboard.control_c()
    keyboard.says(QUESTION)
    os.write(keyboard.ours, b"n\n")
    keyboard.says(b"resuming operation")
    s.api("GET", "api", status=200)
    keyboard.control_c()
    keyboard.says(QUESTION)
    os.write(keyboard.ours, b"y\n")
    keyboard.ends()


@pytest.mark.ours
def test_control_c_twice(make_server):
    keyboard = Keyboard(make_server(start=False))
    keyboard.control_c()
    keyboard.says(QUESTION)
    keyboard.control_c()
    keyboard.ends()


def test_usr1_tells(lab):
    lab.proc.send_signal(signal.SIGUSR1)
    wait_for(lambda: lab.log.count(str(lab.root)) >= 2)
    lab.api("GET", "api", status=200)


def test_api_shutdown(lab):
    assert lab.api("POST", "api/shutdown", status=200).content == b""
    assert lab.proc.wait(10) == 0


@pytest.mark.ours  # the original asks the resolver
def test_both_loopbacks(lab):
    for family, addr in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as s:
                s.connect((addr, lab.port))
        except OSError as e:
            if e.errno != 99:  # no IPv6 here
                raise


def test_port_retries(make_server):
    a = make_server()
    b = make_server(start=False, port=a.port)
    argv = [x for x in b.command() if "port" not in x] + [f"--port={a.port}", "--port-retries=5"]
    with open(b.log_path, "ab") as log:
        b.proc = subprocess.Popen(argv, cwd=b.root, env=b.environ, stdout=log, stderr=log,
                                  stdin=subprocess.DEVNULL, start_new_session=True)
    info = json.loads(wait_for((b.runtime_dir / f"jpserver-{b.proc.pid}.json").read_text))
    assert info["port"] != a.port
    b.port = info["port"]
    b.api("GET", "api", status=200)
    c = make_server(start=False, port=a.port).start(wait=False)  # no retries
    assert c.proc.wait(30) == 1


@pytest.mark.ours
def test_ephemeral_port(make_server):
    s = make_server(start=False)
    s.port = 0
    s.start(wait=False)
    info = json.loads(wait_for((s.runtime_dir / f"jpserver-{s.proc.pid}.json").read_text))
    s.port = info["port"]
    assert s.port > 0
    s.api("GET", "api", status=200)
    assert f"http://localhost:{s.port}/" in s.log


def test_unix_socket(make_server):
    s = make_server(start=False)
    path = s.tmp / "s.sock"
    argv = [a for a in s.command() if "port" not in a] + [f"--sock={path}", "--sock-mode=0660"]
    with open(s.log_path, "ab") as log:
        s.proc = subprocess.Popen(argv, cwd=s.root, env=s.environ, stdout=log, stderr=log,
                                  stdin=subprocess.DEVNULL, start_new_session=True)
    info = json.loads(wait_for((s.runtime_dir / f"jpserver-{s.proc.pid}.json").read_text))
    assert info["sock"] == str(path) and info["url"].startswith("http+unix://%2F")
    assert path.stat().st_mode & 0o777 == 0o660
    with socket.socket(socket.AF_UNIX) as c:
        c.connect(str(path))
        c.sendall(b"GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in c.recv(65536)
    r = run(s, "stop", str(path)) if not s.ref else None
    assert r is None or (r.returncode == 0 and s.proc.wait(10) == 0)


def test_root_needs_permission(make_server, root_user):
    s = make_server(start=False)
    argv = [a for a in s.command() if a != "--allow-root"]
    r = subprocess.run(argv, env=s.environ, cwd=s.root, capture_output=True, text=True, timeout=60)
    assert r.returncode == 1 and "root" in r.stderr


def test_directory_argument(make_server):
    s = make_server(start=False)
    (s.root / "sub").mkdir()
    (s.root / "sub" / "n.txt").write_text("x")
    s.args = [str(s.root / "sub")]
    s.start()
    info = json.loads(wait_for((s.runtime_dir / f"jpserver-{s.proc.pid}.json").read_text))
    assert info["root_dir"] == str(s.root / "sub")


@pytest.mark.ours  # the original says so only when it opens the browser
def test_file_argument(make_server):
    s = make_server(start=False)
    (s.root / "sub").mkdir()
    (s.root / "sub" / "n b.txt").write_text("x")
    s.args = [str(s.root / "sub" / "n b.txt")]
    s.start()
    page = wait_for((s.runtime_dir / f"jpserver-{s.proc.pid}-open.html").read_text)
    assert "/lab/tree/n%20b.txt?token=" in page


def test_missing_argument(make_server):
    s = make_server(start=False, args=["/no/such/thing"]).start(wait=False)
    assert s.proc.wait(30) == 1
    assert "/no/such/thing" in s.log


@pytest.mark.ours
def test_list_and_stop(lab):
    r = run(lab, "list")
    assert r.returncode == 0
    assert f"http://localhost:{lab.port}/?token={lab.token} :: {lab.root}" in r.stdout
    assert json.loads(run(lab, "list", "--json").stdout)["port"] == lab.port
    assert [i["port"] for i in json.loads(run(lab, "list", "--jsonlist").stdout)] == [lab.port]
    stale = lab.runtime_dir / "jpserver-999999.json"
    stale.write_text("{}")
    run(lab, "list")
    assert not stale.exists()
    assert run(lab, "stop", "1").returncode == 1
    r = run(lab, "stop", str(lab.port))
    assert r.returncode == 0, r.stderr
    assert lab.proc.wait(10) == 0


@pytest.mark.ours
def test_password_command(lab):
    assert run(lab, "password", stdin="one\ntwo\n").returncode == 1
    r = run(lab, "password", stdin="secret\nsecret\n")
    assert r.returncode == 0, r.stderr
    path = lab.config_dir / "jupyter_server_config.json"
    assert json.loads(path.read_text())["IdentityProvider"]["hashed_password"].startswith("argon2:")
    assert "secret" not in path.read_text()


@pytest.mark.ours
def test_unknown_things(make_server):
    s = make_server(start=False)
    r = run(s, "--no-browsr")
    assert r.returncode == 1 and "--no-browser" in r.stderr
    s.args = ["--ServerApp.prot=1", "--SeverApp.port=1"]
    s.start()
    assert "did you mean 'port'" in s.log and "did you mean 'ServerApp'" in s.log


@pytest.mark.ours
@pytest.mark.parametrize("verb", ["lab", "keep", "worker"])
def test_each_verb_tells_its_usage(make_server, verb):
    r = subprocess.run([make_server(start=False).binary, verb, "--help"], capture_output=True, text=True, timeout=30)
    assert r.returncode == 0 and r.stdout.startswith(f"usage: labwright {verb} ") and not r.stderr


@pytest.mark.ours
def test_show_generate_help_version(make_server):
    s = make_server(start=False, config={"ServerApp": {"port": 4321}, "IdentityProvider": {"token": "hush"}})
    shown = run(s, "--show-config-json")
    assert json.loads(shown.stdout)["ServerApp"]["port"] == 4321
    assert "hush" not in shown.stdout + run(s, "--show-config").stdout
    assert "--no-browser" in run(s, "--help").stdout
    assert re.match(r"\d+\.\d+", run(s, "--version").stdout)
    assert run(s, "--generate-config").returncode == 0
    assert json.loads((s.config_dir / "jupyter_lab_config.json").read_text())["ServerApp"]["port"] == 8888


@pytest.mark.ours
def test_python_config_is_warned_about(make_server):
    s = make_server(start=False)
    (s.config_dir / "jupyter_server_config.py").write_text("c = 1")
    (s.config_dir / "jupyter_server_config.json").write_text("{broken")
    s.start()
    assert "jupyter_server_config.py" in s.log and "jupyter_server_config.json" in s.log


@pytest.mark.ours
def test_settings_without_effect_are_named_once(make_server):
    s = make_server(["--collaborative", "--ServerApp.webbrowser_open_new=1"],
                    config={"ServerApp": {"webbrowser_open_new": 2, "kernel_manager_class": "x.Y"},
                            "ContentsManager": {"post_save_hook": "x"}, "GatewayClient": {"url": "http://gw"}})
    for name in ("LabApp.collaborative", "ServerApp.webbrowser_open_new", "ServerApp.kernel_manager_class",
                 "ContentsManager.post_save_hook", "GatewayClient.url"):
        assert s.log.count(f"{name} has no effect here") == 1, name
    assert "did you mean" not in s.log and "unknown class" not in s.log


@pytest.mark.ours
def test_the_manual_page_has_every_option(make_server):
    """docs/man/labwright-lab.1 names the flags, the options with a value and the settings without effect that
    the program has, and no others."""
    shown = run(make_server(start=False), "--help").stdout
    page = (TREE / "docs/man/labwright-lab.1").read_text().replace("\\-", "-")
    options, inert = page.split(".SH SETTINGS WITHOUT EFFECT")
    options = options[options.index(".SH OPTIONS"):]
    assert set(re.findall(r"^\.TP\n\.BI? (--?[a-z][a-z-]*)", options, re.M)) == set(re.findall(r"^  (--?[a-z][a-z-]*) ", shown, re.M))
    known = shown[shown.index("without effect here"):]
    assert (re.findall(r"^\.B (\w+\.[\w*]+)\n(.*)", inert, re.M)
            == re.findall(r"^  (\w+\.[\w*]+)\n +(.*)", known, re.M))


def test_one_more_config_file(make_server):
    s = make_server(start=False)
    (s.tmp / "more.json").write_text('{"ServerApp": {"allow_origin": "http://other.example"}}')
    s.args += [f"--ServerApp.config_file={s.tmp}/more.json"]
    s.start()
    assert s.api("GET", "api/status").headers["Access-Control-Allow-Origin"] == "http://other.example"


@pytest.mark.ours
def test_server_extension_warning(make_server):
    s = make_server(config={"ServerApp": {"jpserver_extensions": {"jupyterlab_git": True, "jupyterlab": True}}})
    assert "jupyterlab_git" in s.log and "extension jupyterlab is" not in s.log


@pytest.mark.ours
def test_stops_without_activity(make_server):
    s = make_server(["--ServerApp.shutdown_no_activity_timeout=1"])
    assert s.proc.wait(20) == 0


@pytest.mark.ours
def test_browser_is_opened_through_the_file(make_server):
    s = make_server(start=False)
    seen = s.tmp / "seen"
    browser = s.tmp / "browser"
    browser.write_text(f"#!/bin/sh\necho \"$@\" > {seen}\n")
    browser.chmod(0o755)
    argv = [a for a in s.command() if a != "--no-browser"] + [f"--browser={browser}"]
    with open(s.log_path, "ab") as log:
        s.proc = subprocess.Popen(argv, cwd=s.root, env=s.environ, stdout=log, stderr=log,
                                  stdin=subprocess.DEVNULL, start_new_session=True)
    target = wait_for(lambda: seen.read_text().strip())
    assert target == f"file://{s.runtime_dir}/jpserver-{s.proc.pid}-open.html"
    assert s.token not in target


def test_path_command(make_server):
    s = make_server(start=False)
    r = run(s, "path")
    assert r.returncode == 0, r.stderr
    assert f"User Settings directory: {s.config_dir}/lab/user-settings\n" in r.stdout
    assert f"Workspaces directory: {s.config_dir}/lab/workspaces\n" in r.stdout


def test_tls(make_server):
    s = make_server(start=False)
    key, cert = s.tmp / "key.pem", s.tmp / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                   check=True, capture_output=True)
    s.args = [f"--certfile={cert}", f"--keyfile={key}"]
    s.start(wait=False)

    def status():
        return requests.get(f"https://localhost:{s.port}/api/status", verify=str(cert), timeout=5,
                            headers={"Authorization": f"token {s.token}"})

    r = wait_for(status)
    assert r.status_code == 200 and "secure" in r.headers["Set-Cookie"].lower()
    info = json.loads((s.runtime_dir / f"jpserver-{s.proc.pid}.json").read_text())
    assert info["secure"] is True and info["url"] == f"https://localhost:{s.port}/"
    assert f"https://localhost:{s.port}/lab?token=..." in s.log


@pytest.mark.ours
def test_detach_leaves_kernels_running(make_server):
    s = make_server(["--detach"])
    k = s.api("POST", "api/kernels", json={}, status=201).json()
    assert s.stop() == 0
    s.start()
    assert [x["id"] for x in s.api("GET", "api/kernels", status=200).json()] == [k["id"]]
    s.api("DELETE", "api/kernels/" + k["id"], status=204)


def test_token_from_file(make_server):
    s = make_server(start=False)
    (s.tmp / "token").write_text("from-a-file")
    s.environ.pop("JUPYTER_TOKEN")
    s.environ["JUPYTER_TOKEN_FILE"] = str(s.tmp / "token")
    s.token = "from-a-file"
    s.start()
    s.api("GET", "api/status", status=200)


def test_cookie_secret_survives(lab):
    s = lab.session()
    s.get(lab.url + "api/me?token=" + lab.token, timeout=30)
    lab.restart()
    assert s.get(lab.url + "api/status", timeout=30).status_code == 200
