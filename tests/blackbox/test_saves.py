"""Saves that are killed, saves that compete: a whole file always, and no version is lost (docs/internals/contents.md)."""
import json
import os
import random
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

CALLS = "openat,write,fsync,ftruncate,rename,unlink,close,setxattr,fsetxattr,removexattr,fremovexattr,flock,fchmod," \
        "fchown,utimensat,copy_file_range,sendfile,ioctl,mkdir,link,sync_file_range,truncate,access,newfstatat"


def strace(server, paths, n):
    """Kill the server at the Nth system call that a thread of it makes on one of PATHS."""
    args = [a for p in paths for a in ("-P", str(p))]
    p = subprocess.Popen(["strace", "-f", "-qq", "-o", str(server.tmp / "strace"), *args, "-e", f"trace={CALLS}",
                          "-e", f"inject={CALLS}:signal=KILL:when={n}", "-p", str(server.proc.pid)],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def attached():
        tasks = list(Path(f"/proc/{server.proc.pid}/task").iterdir())
        return all(f"TracerPid:\t{p.pid}" in (t / "status").read_text() for t in tasks)
    try:
        wait_for(attached, 10, "strace")
    except AssertionError:
        p.kill()
        pytest.skip(f"strace cannot attach: {p.communicate()[1][:200]}")
    return p


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["notebook", "text", "new"])
def test_killed_between_any_two_system_calls(lab, kind):
    name = "a.txt" if kind == "text" else "n.ipynb"
    path = lab.root / name

    def save(text):
        if kind == "text":
            return lab.api("PUT", f"api/contents/{name}", json={"type": "file", "format": "text", "content": text})
        return put(lab, name, notebook(text))

    def shown():
        r = lab.api("GET", f"api/contents/{name}")
        if r.status_code == 404:
            return None
        content = r.json()["content"]
        return content if kind == "text" else sources(content)[0]

    survived = 0
    for n in range(1, 200):
        for left in lab.root.glob("*.invalid"):
            left.unlink()
        old, new = None if kind == "new" else f"old {n} " * 500, f"new {n} " * 700
        if kind == "new":
            path.unlink(missing_ok=True)
        else:
            assert save(old).ok
        tracer = strace(lab, [path, path.with_name(f".~{name}"), path.with_name(f".~{name}.new")], n)
        try:
            answered = save(new).ok
        except OSError:
            answered = False
        if answered:
            tracer.terminate()
        tracer.wait(10)
        if answered:
            assert shown() == new
            survived = n
            break
        lab.proc.wait()
        lab.start()
        got = shown()
        assert got in (old, new), f"call {n}: {got and got[:50]!r}"
        if kind != "new":
            # what another program sees, now that the server has looked
            raw = path.read_text() if kind == "text" else sources(on_disk(lab, name))[0]
            assert raw == got, f"call {n}"
        assert kind == "new" or not path.with_name(f".~{name}").exists() or got == old, f"call {n}"
    assert survived > 5, "no system call was seen"


def test_a_killed_save_does_not_overwrite_what_came_later(lab):
    path = lab.root / "a.txt"
    lab.put("a.txt", "old")
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    tracer = strace(lab, [path], 3)
    with pytest.raises(OSError):
        for i in range(20):
            lab.api("PUT", "api/contents/a.txt", json={"type": "file", "format": "text", "content": f"new {i}"})
    tracer.wait(10)
    lab.proc.wait()
    path.unlink(missing_ok=True)
    path.write_text("from git")
    lab.start()
    assert lab.api("GET", "api/contents/a.txt").json()["content"] == "from git"


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

def test_a_full_disk_while_recording(make_server, root_user, tmp_path):
    mount = tmp_path / "small"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(mount)], capture_output=True).returncode:
        pytest.skip("cannot mount")
    try:
        lab = make_server(root=mount)
        go = tmp_path / "go"
        p = Page(lab, "n.ipynb", [f"import os, time\nwhile not os.path.exists('{go}'):\n    time.sleep(0.02)\nprint('x' * 1000)"])
        p.run(0)
        p.started(0)
        with open(mount / "ballast", "wb", buffering=0) as f:
            with pytest.raises(OSError):
                while True:
                    f.write(b"x" * 4096)
        before = (mount / "n.ipynb").read_bytes()
        p.leave()
        go.touch()
        wait_for(lambda: "were not written" in lab.log, 20, "the failure")
        assert (mount / "n.ipynb").read_bytes() == before
        (mount / "ballast").unlink()
        assert text_of(wait_disk(lab, "n.ipynb", lambda c: c[0]["execution_count"] == 1, 40)[0]) == "x" * 1000 + "\n"
        lab.close()
    finally:
        subprocess.run(["umount", "-l", str(mount)])
