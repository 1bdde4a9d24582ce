"""Saves that are killed, saves that compete: a whole file always, and no version is lost (docs/internals/contents.md)."""
import json
import os
import random
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from lw import notebook, wait_for
from page import Page, on_disk, text_of, wait_disk

pytestmark = pytest.mark.ours


def put(server, path, nb, **kw):
    return server.api("PUT", f"api/contents/{path}", json={"type": "notebook", "format": "json", "content": nb}, **kw)


def versions(server, path):
    stem = Path(path).stem
    return sorted((server.root / ".ipynb_checkpoints").glob(f"{stem}-2*Z.ipynb"))


def sources(nb):
    return ["".join(c["source"]) for c in nb["cells"]]


# ---- history

def test_what_a_save_replaces_is_kept(lab):
    put(lab, "n.ipynb", notebook("one"), status=201)
    assert not versions(lab, "n.ipynb")
    put(lab, "n.ipynb", notebook("two"), status=200)
    put(lab, "n.ipynb", notebook("two"), status=200)  # the same: nothing new
    kept = versions(lab, "n.ipynb")
    assert [sources(json.loads(v.read_text())) for v in kept] == [["one"]]
    # the time is the id of a checkpoint
    lab.api("POST", f"api/contents/n.ipynb/checkpoints/{kept[0].stem.removeprefix('n-')}", status=204)
    assert sources(on_disk(lab, "n.ipynb")) == ["one"]
    lab.api("PATCH", "api/contents/n.ipynb", json={"path": "m.ipynb"}, status=200)
    assert not versions(lab, "n.ipynb") and len(versions(lab, "m.ipynb")) == 1
    lab.api("DELETE", "api/contents/m.ipynb", status=204)
    assert not versions(lab, "m.ipynb")


def test_the_oldest_versions_go(lab):
    for i in range(20):
        put(lab, "n.ipynb", notebook(f"version {i}"))
    kept = [sources(json.loads(v.read_text()))[0] for v in versions(lab, "n.ipynb")]
    assert kept == [f"version {i}" for i in range(3, 19)]


# ---- kill -9 between two system calls

KILL_EVERY = int(os.environ.get("LW_KILL_EVERY", "8"))  # system calls; the acceptance takes each


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


def killed_everywhere(lab, kind):
    """The system calls before which a save was killed; a whole file was there after each, and no version is lost."""
    s, struck = Save(lab, kind), []
    calls = [c for c in traced(s, 0)[2] if c[0] not in ("futex", "restart_syscall")]
    calls = calls[random.randrange(KILL_EVERY)::KILL_EVERY]
    for n, call in enumerate(calls):
        killed, answered, _, old, new = traced(s, n + 1, call)
        if not killed:
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
    print(f"{kind}: killed at {len(struck)} system calls, 0 files torn, 0 versions lost")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["notebook", "text"])
def test_killed_on_a_file_system_without_attributes(make_server, mounted, kind):
    lab = make_server(root=mounted("ramfs"))
    struck = killed_everywhere(lab, kind)
    print(f"{kind}, no attributes: killed at {len(struck)} system calls, 0 files torn, 0 versions lost")


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


# ---- competing

class Competition:
    """Two pages and the recorder, with a seed.  What was acknowledged must be found again."""

    def __init__(self, server, name, seed, kernel_id=None):
        self.server, self.path, self.rng = server, f"{name}.ipynb", random.Random(seed)
        self.cells = 8
        self.a = Page(server, self.path, [f"# {i}" for i in range(self.cells)] + ["left", "right"], kernel_id=kernel_id)
        self.b = Page(server, self.path, kernel_id=self.a.kernel_id)
        self.wanted, self.saved, self.conflicts, self.serial = {}, None, 0, 0

    def fresh(self, page):
        """The same person opens the notebook anew."""
        page.ws.close()
        new = Page(self.server, self.path, kernel_id=self.a.kernel_id)
        return new

    def run(self, page, i):
        self.serial += 1
        token = f"{self.path}:{self.serial}"
        page.cell(i)["source"] = f"print('{token}')"
        page.run(i)
        self.wanted[i] = token
        return token

    def save(self, page, which):
        """Saves over whatever is there, as "Overwrite" in Lab's dialog does; what it replaces must be kept."""
        before = sources(on_disk(self.server, self.path))
        self.serial += 1
        page.cell(self.cells + which)["source"] = f"edit {self.serial}"
        put(self.server, self.path, page.nb, status=200)
        now = sources(on_disk(self.server, self.path))
        kept = versions(self.server, self.path)
        assert before == now or any(sources(json.loads(v.read_text())) == before for v in kept), "a version is lost"
        self.conflicts += 1

    def round(self):
        runner, other = (self.a, self.b) if self.rng.random() < 0.5 else (self.b, self.a)
        mine = self.rng.sample(range(self.cells), self.rng.randint(2, self.cells))
        last = None
        for i in mine:
            last = self.run(runner, i)
            if self.rng.random() < 0.15:
                self.save(other, 1)
        self.server_ran(runner, mine)
        if self.rng.random() < 0.6:
            runner.leave()
        else:
            runner.lose()
        if self.rng.random() < 0.5:
            self.save(other, 1)
        if self.rng.random() < 0.5:
            self.save(runner, 0)  # asleep, its outputs never came
        wait_disk(self.server, self.path, self.complete, 15, f"{self.path}: {mine}, last {last}")
        for page, which in ((other, 1), (runner, 0)):
            if self.rng.random() < 0.7:
                self.save(page, which)
                assert self.complete(on_disk(self.server, self.path)["cells"]), "output is lost"
        self.a, self.b = self.fresh(runner), self.fresh(other)

    def server_ran(self, page, cells):
        """The kernel has got the requests: what was only in a socket is nobody's promise."""
        wait_for(lambda: {f"c{i}" for i in cells} <= set(page.recorded()), 15, "requests at the kernel")

    def complete(self, cells):
        return all(text_of(cells[i]) == token + "\n" for i, token in self.wanted.items())


@pytest.mark.timeout(600)
def test_competing_saves(lab):
    goal = int(os.environ.get("LW_CONFLICTS", "60"))
    total, failures, lock = [0], [], threading.Lock()

    def compete(seed):
        try:
            c = Competition(lab, f"n{seed}", seed)
            while total[0] < goal and not failures:
                before = c.conflicts
                c.round()
                with lock:
                    total[0] += c.conflicts - before
        except BaseException as e:
            failures.append(f"seed {seed}: {e!r}")
    threads = [threading.Thread(target=compete, args=(s,)) for s in range(int(os.environ.get("LW_COMPETITORS", "4")))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures, failures
    print(f"{total[0]} conflicts")


# ---- a full disk

def test_a_full_disk_while_recording(make_server, mounted, tmp_path):
    mount = mounted("tmpfs", "size=1m")
    lab = make_server(root=mount)
    go = tmp_path / "go"
    p = Page(lab, "n.ipynb", [f"import os, time\nwhile not os.path.exists('{go}'):\n    time.sleep(0.02)\nprint('x' * 1000)"])
    p.run(0)
    p.started(0)
    fill(mount)
    before = (mount / "n.ipynb").read_bytes()
    p.leave()
    go.touch()
    wait_for(lambda: "were not written" in lab.log, 20, "the failure")
    assert (mount / "n.ipynb").read_bytes() == before
    (mount / "ballast").unlink()
    assert text_of(wait_disk(lab, "n.ipynb", lambda c: c[0]["execution_count"] == 1, 40)[0]) == "x" * 1000 + "\n"


def fill(mount, leave=0):
    """Until nothing, or only LEAVE bytes, are free."""
    with open(mount / "ballast", "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            f.truncate(max(0, f.tell() - leave))
