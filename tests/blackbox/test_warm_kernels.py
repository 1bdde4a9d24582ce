"""Kernels that come from a template: at once, and like those that were started cold."""

import json
import os
import pathlib
import signal
import subprocess

import lw
import pytest

from lw import wait_for
from warm import templates, wait_until_warm

FACTS = """
import gc, json, os, random, signal, sys, threading, uuid
print(json.dumps({
    "argv": sys.argv[:-1], "orig_argv": sys.orig_argv[:-1], "path": sys.path, "cwd": os.getcwd(),
    "cmdline": open("/proc/self/cmdline").read().split("\\0")[:-2], "executable": sys.executable,
    "parent": os.getppid(), "leader": os.getpid() == os.getsid(0) == os.getpgid(0),
    "main": repr(sys.modules["__main__"]), "modules": sorted(sys.modules), "flags": repr(sys.flags),
    "threads": sorted(t.name for t in threading.enumerate()),
    "signals": {int(s): repr(signal.getsignal(s)) for s in signal.valid_signals()},
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "environ": {k: v for k, v in os.environ.items()}, "limits": open("/proc/self/limits").read(),
    "stdin": os.readlink("/proc/self/fd/0"), "out": os.readlink("/proc/self/fd/1")[:5],
    "streams": [(s.name, s.encoding, s.line_buffering) for s in (sys.__stdin__, sys.__stdout__, sys.__stderr__)],
    "frozen": gc.get_freeze_count(), "umask": [os.umask(0o22), os.umask(0o22)], "nice": os.nice(0),
}, default=str))
"""
ONCE = "import os, random, uuid; print(os.getpid(), random.random(), uuid.uuid4(), uuid.uuid1())"


@pytest.fixture
def warm(make_server):
    srv = make_server()
    srv.first = srv.kernel()
    srv.first.execute("1")
    wait_until_warm(srv)
    return srv


def test_nothing_tells_them_apart(warm):
    cold = json.loads(warm.first.execute(FACTS).text)
    waiting = templates(warm)
    k = warm.kernel()
    facts = json.loads(k.execute(FACTS).text)
    assert int(k.execute("print(os.getpid())").text) in waiting
    assert facts.keys() == cold.keys()
    assert set(facts["modules"]) ^ set(cold["modules"]) == set()
    for name in cold:
        assert facts[name] == cold[name], name


def test_seeds_are_their_own(warm):
    kernels = [warm.first]
    for _ in range(3):
        wait_until_warm(warm)
        kernels.append(warm.kernel())
    said = [k.execute(ONCE).text.split() for k in kernels]
    for column in zip(*said):
        assert len(set(column)) == len(kernels)


def test_directory_and_session_name(warm):
    (pathlib.Path(warm.root) / "a dir").mkdir()
    warm.put("a dir/n.ipynb", {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, "notebook", "json")
    body = {"path": "a dir/n.ipynb", "type": "notebook", "name": "n.ipynb", "kernel": {"name": "python3"}}
    made = warm.api("POST", "api/sessions", json=body, status=201).json()
    k = warm.connect(made["kernel"]["id"])
    said = k.execute("import os; print(os.getcwd()); print(os.environ['JPY_SESSION_NAME'])").text.split("\n")
    assert said[0].endswith("/a dir") and said[1].endswith("a dir/n.ipynb")


def test_interrupt_death_and_restart(warm):
    k = warm.kernel()
    mid = k.start_execute("print('begun', flush=True)\nimport time\ntime.sleep(60)")
    k.until(lambda m: m["header"]["msg_type"] == "stream" and "begun" in m["content"]["text"], 20)
    warm.api("POST", f"api/kernels/{k.id}/interrupt", status=204)
    k.until(lambda m: m["header"]["msg_type"] == "error" and m["content"]["ename"] == "KeyboardInterrupt", 20)
    k.until(lambda m: m["header"]["msg_type"] == "execute_reply" and m["parent_header"]["msg_id"] == mid, 20)
    # What comes right behind an error is aborted, as in any ipykernel.
    wait_for(lambda: k.execute("1").status == "ok", 20)
    pid = int(k.execute("import os; print(os.getpid())").text)
    os.kill(pid, signal.SIGKILL)
    k.until(lambda m: m["header"]["msg_type"] == "status" and m["content"]["execution_state"] == "restarting", 20)
    assert "signal 9" in warm.api("GET", f"api/kernels/{k.id}").json()["reason"]
    again = warm.connect(k.id)
    assert int(again.execute("import os; print(os.getpid())").text) != pid


def test_what_was_installed_since_is_seen(make_server, tmp_path):
    custom = tmp_path / "sitecustomize.py"
    custom.write_text("import sys\nsys.marker = 'old'\n")
    srv = make_server(env={"PYTHONPATH": str(tmp_path)})
    k = srv.kernel()
    assert k.execute("import sys; print(sys.marker)").text == "old\n"
    wait_until_warm(srv)
    custom.write_text("import sys\nsys.marker = 'newer'\n")
    waiting = templates(srv)
    k = srv.kernel()
    assert k.execute("import os, sys; print(sys.marker, os.getpid())").text.split()[0] == "newer"
    wait_for(lambda: len(templates(srv)) == 2 and not set(templates(srv)) & set(waiting), 30, "a new template")


@pytest.mark.timeout(240)
def test_many_starts(warm):
    """Each a crash would show: a mark that was raised in a kernel that runs was one in forty."""
    k = warm.kernel()
    for _ in range(60):
        warm.api("POST", f"api/kernels/{k.id}/restart", status=200)
        assert k.execute("x").reply["content"]["ename"] == "NameError"
        assert k.execute("x = 1").status == "ok"


def test_without_a_template(warm):
    for pid in templates(warm):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not templates(warm), 20, "their end")
    assert warm.kernel().execute("print(1)").text == "1\n"


def test_a_page_prepares_the_first_kernel(make_server):
    srv = make_server()
    srv.api("GET", "lab", status=200)
    wait_until_warm(srv)
    waiting = templates(srv)
    assert int(srv.kernel().execute("import os; print(os.getpid())").text) in waiting


def test_a_kernel_that_ends_at_once_leaves_the_next_one_warm(make_server):
    srv = make_server()
    k = srv.kernel()
    k.execute("1")
    srv.api("DELETE", f"api/kernels/{k.id}", status=204)
    wait_until_warm(srv)
    waiting = templates(srv)
    assert int(srv.kernel().execute("import os; print(os.getpid())").text) in waiting


def test_the_rehearsal_works_and_leaves_nothing(tmp_path):
    """The template goes on if this ipykernel cannot be rehearsed: here it must be."""
    code = f"""
import atexit, runpy, sys, threading
template = runpy.run_path({str(lw.TREE / "kernels/python/template.py")!r})
template["preload"]()
before = len(sys.modules), atexit._ncallbacks(), threading.active_count(), sys.excepthook, sys.displayhook
template["rehearse"]()
after = len(sys.modules), atexit._ncallbacks(), threading.active_count(), sys.excepthook, sys.displayhook
assert before == after, (before, after)
import ipykernel.kernelapp, tempfile, tokenize
assert not ipykernel.kernelapp.IPKernelApp.initialized()
assert tempfile.tempdir
"""
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run([lw.default_env() + "/bin/python", "-c", code], env=env, check=True)
    assert not list(tmp_path.iterdir())


def test_who_waits_has_its_memory(warm):
    """Its own copies of the pages, not those of the template, which the kernel would have to copy."""
    def private(pid):
        with open(f"/proc/{pid}/smaps_rollup") as f:
            return sum(int(line.split()[1]) for line in f if line.startswith("Private_"))

    wait_for(lambda: min(map(private, templates(warm))) > 10000, 30, "copies")


def test_none_is_kept_when_not_wanted(make_server):
    srv = make_server(args=["--LabwrightApp.warm_kernels=false"])
    srv.api("GET", "lab", status=200)
    srv.kernel().execute("import time; time.sleep(2)")
    assert not templates(srv)


def test_they_end_with_the_server(warm):
    pids = templates(warm)
    warm.stop()
    wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 10, "their end")
