"""kill -9 of the server before every system call of a save: a whole file always, and no version is lost.

One system call in LW_KILL_EVERY is taken, beginning anywhere; the acceptance takes each (tests/accept/survive/03-saves.sh)."""
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lw import notebook, wait_for
from page import put, sources, versions

pytestmark = pytest.mark.ours

KILL_EVERY = int(os.environ.get("LW_KILL_EVERY", "8"))


class Tracer:
    """strace on the threads of the server's pool: whatever a save does is done by one of them.  KILL: (call, n), the
    server is killed before the Nth of these calls is made."""

    def __init__(self, server, kill=None):
        if not shutil.which("strace"):
            pytest.skip("needs strace")
        pid, self.server = server.proc.pid, server
        threads = [int(t) for t in os.listdir(f"/proc/{pid}/task") if int(t) != pid]
        self.trace = server.tmp / "strace"
        inject = ["-e", f"inject={kill[0]}:signal=KILL:when={kill[1]}"] if kill else []
        self.strace = subprocess.Popen(
            ["strace", "-qq", "-o", str(self.trace), *inject, *[a for t in threads for a in ("-p", str(t))]],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

        def attached():
            return all(f"TracerPid:\t{self.strace.pid}" in Path(f"/proc/{pid}/task/{t}/status").read_text() for t in threads)
        try:
            wait_for(attached, 10, "strace")
        except AssertionError:
            self.strace.kill()
            pytest.skip(f"strace cannot attach: {self.strace.communicate()[1][:200]}")

    def end(self):
        """True: the server was killed."""
        try:
            wake_pool(self.server)
            self.strace.terminate()
        except OSError:
            self.server.proc.wait(10)
        self.strace.wait(10)
        return self.server.proc.poll() is not None

    def calls(self):
        """What was called, with how often before: [("openat", 1), ("write", 1), ("openat", 2), ...]"""
        names = re.findall(r"^(?:\d+ +)?([a-z]\w*)\(", self.trace.read_text(), re.M)
        return [(name, names[:i + 1].count(name)) for i, name in enumerate(names)]


def wake_pool(server):
    """The pool has a thread, which is what waits for the next piece of work."""
    server.api("GET", "api/contents/", status=200)


class Save:
    """One kind of save: how it is made, and what a reader finds."""

    def __init__(self, server, kind):
        self.server, self.kind = server, kind
        self.name = "a.txt" if kind == "text" else "n.ipynb"
        self.path = server.root / self.name

    def save(self, text):
        if self.kind == "text":
            return self.server.api("PUT", f"api/contents/{self.name}",
                                   json={"type": "file", "format": "text", "content": text})
        return put(self.server, self.name, notebook(text))

    def text(self, raw):
        return raw if self.kind == "text" else sources(json.loads(raw))[0]

    def shown(self):
        r = self.server.api("GET", f"api/contents/{self.name}")
        if r.status_code == 404:
            return None
        content = r.json()["content"]
        return content if self.kind == "text" else sources(content)[0]

    def kept(self):
        """Every version that can be had without the API."""
        files = [*versions(self.server, self.name), *self.server.root.glob(f"{self.name}.invalid")]
        return [self.text(f.read_text()) for f in files if f.name.endswith("ipynb")]


def prepare(s, n):
    """The document as it is before the save; its content."""
    for left in [*s.server.root.glob("*.invalid"), *versions(s.server, s.name)]:
        left.unlink()
    old = None if s.kind == "new" else f"old {n} " * 500
    if old:
        assert s.save(old).ok
    else:
        s.path.unlink(missing_ok=True)
    wake_pool(s.server)
    return old


def traced(s, n, kill=None):
    """One save: (killed, answered, what was called, old, new).  A thread that was made meanwhile may have done the
    work; then it is tried again."""
    for _ in range(20):
        old, new = prepare(s, n), f"new {n} " * 700
        tracer = Tracer(s.server, kill)
        try:
            answered = s.save(new).ok
        except OSError:
            answered = False
        killed = tracer.end()
        if killed or (not kill and ("fsync", 1) in tracer.calls()):
            return killed, answered, tracer.calls(), old, new
        assert s.shown() == new
    if kill:
        return False, True, [], old, new
    raise AssertionError("saves are never where they are looked for")


def started_anew(server):
    """The first save that a server makes opens the database of versions; each that is struck is such a one."""
    server.proc.kill()
    server.proc.wait(10)
    server.start()


def killed_everywhere(lab, kind):
    """The system calls before which a save was killed; a whole file was there after each, and no version is lost."""
    s, struck = Save(lab, kind), []
    traced(s, 0)  # the very first makes that database, which is not the save's own
    started_anew(lab)
    calls = [c for c in traced(s, 0)[2] if c[0] not in ("futex", "restart_syscall")]
    calls = calls[random.randrange(KILL_EVERY)::KILL_EVERY]
    for n, call in enumerate(calls):
        killed, answered, _, old, new = traced(s, n + 1, call)
        if not killed:
            started_anew(lab)
            continue
        struck.append(call)
        lab.start()
        got = s.shown()
        assert got == new if answered else got in (old, new), f"{call}: {got and got[:50]!r}"
        if got is not None:
            # what another program sees, now that the server has looked
            assert s.text(s.path.read_text()) == got, call
        if kind == "notebook" and got == new:
            assert old in s.kept(), f"{call}: the version before is lost"
        assert kind == "new" or not s.path.with_name(f".~{s.name}").exists() or got == old, call
    assert len(struck) > len(calls) / 2
    return struck


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["notebook", "text", "new"])
def test_killed_between_any_two_system_calls(lab, kind):
    struck = killed_everywhere(lab, kind)
    if KILL_EVERY == 1:
        assert {"write", "fsync", "unlink" if kind == "text" else "rename"} <= {call for call, _ in struck}
    print(f"saves: {kind}: killed before {len(struck)} system calls, 0 files torn, 0 versions lost")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["notebook", "text"])
def test_killed_on_a_file_system_without_attributes(make_server, mounted, kind):
    lab = make_server(root=mounted("ramfs"))
    struck = killed_everywhere(lab, kind)
    print(f"saves: {kind}, no extended attributes: killed before {len(struck)} system calls, 0 files torn, 0 versions lost")


def test_a_killed_save_does_not_overwrite_what_came_later(lab):
    s = Save(lab, "text")
    assert s.save("old").ok
    wake_pool(lab)
    tracer = Tracer(lab, ("write", 1))  # the file is empty, and only the backup has the content
    with pytest.raises(OSError):
        s.save("new")
    assert tracer.end()
    assert s.path.read_text() == "" and s.path.with_name(".~a.txt").read_text() == "old"
    s.path.unlink()
    s.path.write_text("from git")
    lab.start()
    assert s.shown() == "from git"
