"""Statements of the contract that no other file looks at: traits of 0.3, details of 1.11, 2.3, 2.7, 3.1, 3.4.3, 5.4."""

import json
import os
import re
import signal
import sqlite3
import time

import pytest
import websocket

from lw import default_env, wait_for


def page_config(s):
    text = s.api("GET", "lab", status=200).text
    return json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', text, re.S)[1])


def xsrf_cookie(s, session):
    session.get(f"{s.url}lab?token={s.token}", timeout=30)
    return session.cookies["_xsrf"]


# ---- traits of 0.3 -------------------------------------------------------------------------------------


def test_cookie_traits(make_server):
    s = make_server(config={"IdentityProvider": {"cookie_name": "who", "secure_cookie": True,
                                                 "cookie_options": {"SameSite": "Strict"}}})
    cookie = s.api("GET", "api/me", status=200).headers["Set-Cookie"]
    assert cookie.startswith("who=") and "; SameSite=Strict" in cookie and re.search("; secure", cookie, re.I)


def test_cookie_secret_file(make_server, tmp_path):
    """Two servers of one secret know each other's users."""
    (tmp_path / "secret").write_bytes(b"x" * 32)
    (tmp_path / "secret").chmod(0o600)
    config = {"ServerApp": {"cookie_secret_file": str(tmp_path / "secret")}, "IdentityProvider": {"cookie_name": "who"}}
    one, two = make_server(config=config), make_server(config=config)
    value = one.api("GET", "api/me", status=200).headers["Set-Cookie"].split(";")[0]
    r = two.api("GET", "api/me", auth=False, headers={"Cookie": value}, status=200)
    assert r.json()["identity"] == one.api("GET", "api/me", headers={"Cookie": value}, auth=False).json()["identity"]


def test_names_of_new_documents(make_server):
    s = make_server(config={"ContentsManager": {"untitled_notebook": "Heft", "untitled_file": "text",
                                                "untitled_directory": "Ordner"}})
    names = [s.api("POST", "api/contents", json={"type": t}, status=201).json()["name"]
             for t in ("notebook", "file", "directory", "directory")]
    assert names == ["Heft.ipynb", "text", "Ordner", "Ordner 1"]


@pytest.mark.parametrize("always, status", [(False, 400), (True, 204)])
def test_always_delete_dir(make_server, always, status):
    s = make_server(config={"ContentsManager": {"delete_to_trash": False, "always_delete_dir": always}})
    (s.root / "d").mkdir()
    (s.root / "d/x").write_text("x")
    s.api("DELETE", "api/contents/d", status=status)
    assert (s.root / "d/x").exists() != always


def test_largest_directory_that_is_copied(make_server):
    s = make_server(config={"ContentsManager": {"max_copy_folder_size_mb": 1}})
    (s.root / "d").mkdir()
    (s.root / "d/x").write_bytes(os.urandom(3 << 20))
    r = s.api("POST", "api/contents", json={"copy_from": "d"}, status=400)
    assert re.search(r"Can't copy folders larger than 1MB,\s+\"d\" is \S*3", r.json()["message"])
    (s.root / "d/x").write_bytes(b"x")
    assert s.api("POST", "api/contents", json={"copy_from": "d"}, status=201).json()["name"] == "d-Copy1"


def test_saving_without_the_safety_copy(make_server):
    s = make_server(config={"FileManagerMixin": {"use_atomic_writing": False}})
    for text in ("a", "b"):
        s.put("x.txt", text)
        assert (s.root / "x.txt").read_text() == text


def test_preferred_dir(make_server):
    s = make_server(start=False)
    (s.root / "sub").mkdir()
    s.args.append(f"--ServerApp.preferred_dir={s.root}/sub")
    s.start()
    assert page_config(s)["preferredPath"] == "sub"


def test_static_files_of_the_administrator(make_server, tmp_path):
    (tmp_path / "own.css").write_text("b {}")
    s = make_server(config={"ServerApp": {"extra_static_paths": [str(tmp_path)]}})
    assert s.api("GET", "static/own.css", auth=False, status=200).text == "b {}"


def test_xsrf_check_can_be_switched_off(make_server):
    s = make_server(["--ServerApp.disable_check_xsrf=True"])
    session = s.session()
    session.get(f"{s.url}api/me?token={s.token}", timeout=30)
    assert session.post(s.url + "api/contents", timeout=30).status_code == 201


def test_password_required(make_server):
    s = make_server(["--ServerApp.password_required=True"], start=False)
    s.start(wait=False)
    assert s.proc.wait(20) == 1
    assert "password" in s.log


def test_no_sandbox_for_nbconvert_by_option(make_server):
    s = make_server(["--ServerApp.nbconvert_csp_sandbox=False"])
    assert "sandbox" not in s.api("GET", "nbconvert/html/none.ipynb").headers["Content-Security-Policy"]
    (s.root / "x.txt").write_text("x")
    assert "sandbox" in s.api("GET", "files/x.txt", status=200).headers["Content-Security-Policy"]


def test_default_kernel_name(make_server):
    s = make_server(["--MultiKernelManager.default_kernel_name=other"], start=False)
    d = s.data_dir / "kernels/other"
    d.mkdir(parents=True)
    (d / "kernel.json").write_text(json.dumps({"argv": ["sleep", "60"], "display_name": "O", "language": "o"}))
    s.start()
    assert s.api("GET", "api/kernelspecs").json()["default"] == "other"
    k = s.api("POST", "api/kernels", status=201).json()
    assert k["name"] == "other"
    s.api("DELETE", f"api/kernels/{k['id']}", status=204)


def test_culling_of_connected_kernels(make_server):
    s = make_server(["--MappingKernelManager.cull_idle_timeout=2", "--MappingKernelManager.cull_interval=1",
                     "--MappingKernelManager.cull_connected=True"])
    busy = s.kernel()
    busy.start_execute("import time; time.sleep(20)")
    busy.wait_state("busy", 20)
    idle = s.kernel()
    wait_for(lambda: idle.id not in [k["id"] for k in s.api("GET", "api/kernels").json()], 30, "the idle one is culled")
    assert [k["id"] for k in s.api("GET", "api/kernels").json()] == [busy.id]


def test_data_rate_limit(make_server):
    s = make_server(["--ServerApp.iopub_data_rate_limit=10000"])
    k = s.kernel()
    r = k.execute("for i in range(200):\n    print('x' * 1000, flush=True)")
    warned = [m for m in r.of("stream") if m["content"]["name"] == "stderr"]
    assert len(warned) == 1 and warned[0]["content"]["text"].startswith("IOPub data rate exceeded.")


# ---- details -------------------------------------------------------------------------------------------


def test_body_size(make_server):
    """1.11: max_body_size."""
    s = make_server(["--ServerApp.max_body_size=1000"])
    body = {"type": "file", "format": "text", "content": "x" * 2000}
    assert s.api("PUT", "api/contents/x.txt", json=body).status_code in (400, 413)
    s.put("x.txt", "x" * 100)


def test_a_broken_login_cookie_is_cleared(make_server):
    """2.3: cleared on B and on /, and nothing is cleared where nothing was sent."""
    s = make_server(base_url="/b/")
    name = f"username-127-0-0-1-{s.port}"
    r = s.api("GET", "api/me", auth=False, headers={"Cookie": f"{name}=nonsense"}, status=403)
    cookies = r.raw.headers.getlist("Set-Cookie")
    assert len(cookies) == 2 and all(c.startswith(name + '=""') for c in cookies)
    assert sorted(re.search(r"Path=([^;]*)", c)[1] for c in cookies) == ["/", "/b/"]
    assert "Set-Cookie" not in s.api("GET", "api/me", auth=False, status=403).headers


def test_xsrf_values_of_others(shared):
    """2.7: an old token, and text that is no token, count when cookie and header are equal."""
    session = shared.session()
    xsrf_cookie(shared, session)
    login = "; ".join(f"{c.name}={c.value}" for c in session.cookies if c.name != "_xsrf")
    for value, sent, status in (("ab" * 16, "ab" * 16, 201), ("ab" * 16, "cd" * 16, 403), ("opaque", "opaque", 201),
                                ("opaque", "other", 403)):
        r = shared.api("POST", "api/contents", auth=False, status=status,
                       headers={"Cookie": f"{login}; _xsrf={value}", "X-XSRFToken": sent})
        assert r.headers["Content-Type"] == "application/json"


def test_paths_of_a_kernel_are_resolved(shared):
    """3.1: resolvePath with a running kernel."""
    (shared.root / "deep").mkdir()
    (shared.root / "deep/near.py").write_text("")
    k = shared.kernel(path="deep")
    r = shared.api("GET", "api/resolvePath", params={"path": "near.py", "kernel": k.id}, status=200).json()
    assert {"scope": "kernel", "path": os.path.realpath(shared.root / "deep/near.py")} in [
        dict(e, path=os.path.realpath(e["path"])) for e in r["resolved"]]


def test_the_environment_of_the_kernel_decides_the_program(shared):
    """7.3: "python" of a kernelspec is the configured environment's."""
    k = shared.kernel()
    assert k.execute("import sys; print(sys.prefix)").text.strip() == os.path.realpath(default_env())


@pytest.mark.parametrize("path, body, status, message", [
    ("old.txt", {"copy_from": "x"}, 400, "Cannot copy with PUT, only POST"),
    (".h", {"type": "file", "format": "text", "content": ""}, 400, "Cannot create file or directory"),
    ("x", {"type": "file", "format": "text", "content": "", "path": ".h"}, 400, "Cannot create file or directory"),
    ("old.txt", {"content": "x", "format": "text"}, 400, "No file type provided"),
    ("old.txt", {"type": "file", "format": "text"}, 400, "No file content provided"),
    ("x", {"type": "file", "format": "rot13", "content": "x"}, 400, "Must specify format of file contents"),
    ("x", {"type": "file", "format": "base64", "content": "QUJ"}, 400, "Encoding error saving (/.*/)?x: "),
    ("old.txt", {"type": "directory"}, 400, "Not a directory"),
    ("new.txt", {}, 404, "No such directory: new.txt"),
    pytest.param("old.txt", {}, 400, "Cannot POST to files", marks=pytest.mark.ours),  # a 404 there
    ("x", {"type": "notebook", "content": {}, "chunk": 1}, 400, 'File type "notebook" is not supported for large file'),
])
def test_saves_that_are_refused(shared, path, body, status, message):
    """3.4.4."""
    (shared.root / "old.txt").write_text("old")
    r = shared.api("PUT", f"api/contents/{path}", json=body, status=status)
    assert re.search(message, r.json()["message"])
    assert (shared.root / "old.txt").read_text() == "old"


def test_base64_skips_what_is_no_base64(shared):
    """3.4.4: characters outside the alphabet are dropped."""
    for text, content in (("*", b""), ("QU\nJD", b"ABC"), ("Q-U_JD", b"ABC")):
        shared.put("b.bin", text, format="base64")
        assert (shared.root / "b.bin").read_bytes() == content


def test_a_file_named_checkpoints_is_a_list(shared):
    """1.1: the sub-resources are matched before the path; an empty segment matches nothing."""
    (shared.root / "c").mkdir()
    (shared.root / "c/checkpoints").write_text("x")
    assert shared.api("GET", "api/contents/c/checkpoints").status_code in (200, 404, 500)
    shared.api("GET", "api/contents/a//b", status=404)
    assert shared.api("GET", "api/contents/c/", status=302).headers["Location"] == "/api/contents/c"


def test_the_last_of_repeated_arguments_counts(shared):
    """1.6: and bytes that are no UTF-8 are refused where they are looked at."""
    assert shared.api("GET", "api/contents?content=1&content=0", status=200).json()["content"] is None
    shared.api("GET", "api/contents?content=%200%20", status=200)
    shared.api("GET", "api/contents?type=%ff", status=400)


def test_what_an_outsider_is_told(shared):
    """2.2: a write without login is an XSRF matter first; metrics do not redirect, spec.yaml and logos do."""
    r = shared.api("POST", "api/contents", auth=False, status=403)
    assert r.json() == {"message": "'_xsrf' argument missing from POST", "reason": None}
    assert shared.api("GET", "api/contents", auth=False, status=403).json() == {"message": "Forbidden", "reason": None}
    shared.api("GET", "metrics", auth=False, status=403)
    for path in ("api/spec.yaml", "kernelspecs/python3/logo-64x64.png"):
        assert shared.api("GET", path, auth=False, status=302).headers["Location"].startswith("/login?next=%2F")
    shared.api("GET", "api", auth=False, headers={"Origin": "null"}, status=404)


def test_cache_headers(shared):
    """1.4."""
    (shared.root / "v.txt").write_text("0123456789")
    r = shared.api("GET", "files/v.txt?v=1", status=200)
    assert "max-age=315360000" in r.headers["Cache-Control"] and "Expires" in r.headers
    r = shared.api("GET", "files/v.txt", headers={"Range": "bytes=0-9"}, status=200)
    assert r.headers["Accept-Ranges"] == "bytes" and "Etag" not in r.headers
    r = shared.api("GET", "files/v.txt", headers={"Range": "bytes=20-"}, status=416)
    assert r.headers["Content-Range"] == "bytes */10"
    r = shared.api("GET", "kernelspecs/python3/logo-64x64.png", status=200)
    assert r.headers["Cache-Control"] == "max-age=2592000" and len(r.headers["Etag"].strip('"')) == 128
    etag = shared.api("GET", "api/kernelspecs", status=200).headers["Etag"]
    for sent in (etag, "W/" + etag, f'"x", {etag}', "*"):
        shared.api("GET", "api/kernelspecs", headers={"If-None-Match": sent}, status=304)


def test_terminal_sizes_of_null(shared):
    """6.10: set_size may hold null, and what follows the two numbers does not count."""
    t = shared.terminal()
    t.ws.send(json.dumps(["set_size", None, None, None, None]))
    t.ws.send(json.dumps(["set_size", 30, 101, 1.5, "x", {}]))
    t.ws.send(json.dumps(["stdin", "stty size\r"]))
    t.expect("30 101")


def test_copy_errors(shared):
    """3.4.3."""
    shared.api("POST", "api/contents/none", json={"type": "file"}, status=404)
    shared.put("f.txt", "x")
    shared.api("POST", "api/contents/f.txt", json={"type": "file"}, status=400)
    shared.api("POST", "api/contents", json={"copy_from": "none.txt"}, status=404)
    shared.api("POST", "api/contents", json={"copy_from": ".h"}, status=400)
    shared.put("s-Copy3.txt", "x")
    assert shared.api("POST", "api/contents", json={"copy_from": "s-Copy3.txt"}).json()["name"] == "s.txt"
    assert shared.api("POST", "api/contents/deep.copy", json={"copy_from": "f.txt"}, status=201).json()["path"] == "deep.copy"
    shared.api("POST", "api/contents/no/where", json={"copy_from": "f.txt"}, status=404)


def test_session_bodies_of_patch(shared):
    """3.7."""
    s = shared.api("POST", "api/sessions", json={"path": "p", "type": "console", "name": ""}, status=201).json()
    url = f"api/sessions/{s['id']}"
    shared.api("PATCH", url, status=400)
    r = shared.api("PATCH", url, json={"kernel": {"id": "1-2-3-4-5"}}, status=400)
    assert r.json()["message"] == "No such kernel: 1-2-3-4-5"
    r = shared.api("PATCH", url, json={"kernel": {"name": "nope"}}, status=501)
    assert r.json()["short_message"] == "Error starting kernel nope" and "'nope' kernel could not" in r.json()["message"]
    assert shared.api("PATCH", url, json={"kernel": {"id": None}, "type": "file"}, status=200).json()["type"] == "file"
    shared.api("DELETE", f"api/kernels/{s['kernel']['id']}", status=204)
    assert shared.api("DELETE", url).status_code in (404, 410)


def test_translations_of_the_system(shared):
    """4.6: "default" is what the environment says; a locale that is none is told so."""
    assert shared.api("GET", "lab/api/translations/default", status=200).json() == {"data": {}, "message": ""}
    r = shared.api("GET", "lab/api/translations/xx_YY", status=200).json()
    assert r["data"] == {} and "not" in r["message"]


def test_a_kernel_of_another_provisioner_is_hidden(shared):
    """7.3: and unknown fields of kernel.json are dropped, names are folded to lower case."""
    for name, extra in (("Odd", {"junk": 1}), ("far", {"metadata": {"kernel_provisioner": {"provisioner_name": "nowhere"}}})):
        d = shared.data_dir / "kernels" / name
        d.mkdir(parents=True)
        (d / "kernel.json").write_text(json.dumps({"argv": ["x"], "display_name": name, "language": "x", **extra}))
    specs = wait_for(lambda: (s := shared.api("GET", "api/kernelspecs").json()["kernelspecs"]) and "odd" in s and s, 15)
    assert "far" not in specs and "junk" not in specs["odd"]["spec"]
    assert specs["odd"]["spec"]["interrupt_mode"] == "signal" and specs["odd"]["spec"]["env"] == {}


def test_variables_in_the_environment_of_a_kernelspec(shared):
    """7.3: values are templates."""
    d = shared.data_dir / "kernels/templ"
    d.mkdir(parents=True)
    python = f"{default_env()}/bin/python"
    (d / "kernel.json").write_text(json.dumps({
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=30"],
        "display_name": "T", "language": "python",
        "env": {"A_B": "$HOME/x", "C_D": "${HOME}y", "E_F": "$$", "G_H": "$NO_SUCH_NAME", "I_J": "r"}}))
    wait_for(lambda: "templ" in shared.api("GET", "api/kernelspecs").json()["kernelspecs"], 15)
    k = shared.kernel("templ")
    said = k.execute("import os; print(*[os.environ[n] for n in ('A_B', 'C_D', 'E_F', 'G_H', 'I_J')])").text.split()
    assert said == [f"{shared.home}/x", f"{shared.home}y", "$", "$NO_SUCH_NAME", "r"]


def test_subshell_requests_pass(shared):
    """7.11: the server knows nothing of them and hands them on."""
    k = shared.kernel()
    k.execute("1")
    r = k.request("create_subshell_request", {}, channel="control")
    assert r.reply["header"]["msg_type"] == "create_subshell_reply"


def test_page_config_from_options(make_server):
    """5.4: page_config_data of tornado_settings, and traits of the page."""
    s = make_server(config={"ServerApp": {"tornado_settings": {"page_config_data": {"own": "x"}}, "quit_button": False,
                                          "websocket_url": "wss://other.example"},
                            "LabServerApp": {"copy_absolute_path": True, "notebook_starts_kernel": False}})
    c = page_config(s)
    assert c["own"] == "x" and c["quitButton"] is False and c["copyAbsolutePath"] is True
    assert c["notebookStartsKernel"] is False and c["wsUrl"] == "wss://other.example"


def test_the_notebook_secret_is_shared(make_server):
    """0.5, 3.4.9: 1024 random bytes in base64 lines; signatures are in the table of the original."""
    s = make_server()
    nb = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    s.api("PUT", "api/contents/n.ipynb", json={"type": "notebook", "content": nb}, status=201)
    secret = s.data_dir / "notebook_secret"
    assert secret.stat().st_mode & 0o777 == 0o600 and max(map(len, secret.read_text().splitlines())) == 76
    with sqlite3.connect(s.data_dir / "nbsignatures.db") as db:
        assert db.execute("select algorithm, path from nbsignatures").fetchall() == [("sha256", None)]


def test_a_suspended_machine_keeps_its_sockets(make_server):
    """6.1: after a long sleep the server asks again before it closes."""
    s = make_server(config={"ServerApp": {"tornado_settings": {"ws_ping_interval": 300, "ws_ping_timeout": 900}}})
    t = s.terminal()
    t.send("echo up $((6 * 7))\r")
    t.expect("up 42")
    s.proc.send_signal(signal.SIGSTOP)
    time.sleep(2)  # longer than it waits for an answer: that this passes is what is tested
    s.proc.send_signal(signal.SIGCONT)
    for _ in range(5):  # which takes longer than that too
        while t.ws.recv_data(control_frame=True)[0] != websocket.ABNF.OPCODE_PING:
            pass
    t.send("echo still $((6 * 7))\r")
    t.expect("still 42")


def test_extensions_nobody_provides_are_named(make_server):
    """5.7: what a config file enables and nobody provides is in the log."""
    s = make_server(config={"ServerApp": {"jpserver_extensions": {"jupyter_collab_x": True, "jupyterlab": True}}})
    line = [li for li in s.log.splitlines() if "jupyter_collab_x" in li]
    assert len(line) == 1


def test_resources_of_a_kernel_stay_inside(shared):
    """3.6."""
    for path, status in (("kernelspecs/python3/../../../x", (403, 404)), ("kernelspecs/python3/none.png", (404,)),
                         ("kernelspecs/nope/logo-64x64.png", (404,))):
        shared.api("GET", path, status=status)
    assert b" 403 " in shared.raw(f"GET /kernelspecs/python3/..%2F..%2Fx HTTP/1.1\r\nHost: localhost:{shared.port}\r\n"
                                  f"Authorization: token {shared.token}\r\nConnection: close\r\n\r\n".encode())[:40]


def test_timestamps_without_a_fraction(shared):
    """1.9: the fraction is left out when it is zero, and rounded otherwise."""
    (shared.root / "t.txt").write_text("")
    for ns, text in ((1700000000 * 10**9, "2023-11-14T22:13:20Z"), (1700000000 * 10**9 + 123456700, "2023-11-14T22:13:20.123457Z")):
        os.utime(shared.root / "t.txt", ns=(ns, ns))
        assert shared.api("GET", "api/contents/t.txt").json()["last_modified"] == text
