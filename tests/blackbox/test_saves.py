"""Saves that compete, tabs that slept, full disks: a whole file always, and no version is lost (docs/internals/contents.md).

What begins with "saves:" is printed for the acceptance (tests/accept/survive/03-saves.sh)."""
import json
import os
import random
import threading

import pytest
from lw import notebook, wait_for
from page import Conflict, Page, on_disk, put, sources, text_of, versions, wait_disk

pytestmark = pytest.mark.ours


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


# ---- two tabs

def edit(page, i, text):
    page.cell(i)["source"] = text


def test_two_tabs(lab):
    a = Page(lab, "n.ipynb", ["one", "two"])
    b = Page(lab, "n.ipynb", kernel_id=a.kernel_id)
    edit(a, 0, "first tab")
    edit(b, 1, "second tab")
    a.save()
    with pytest.raises(Conflict):  # Lab's dialog
        b.save()
    assert sources(on_disk(lab, "n.ipynb")) == ["first tab", "two"]
    b.save(check=False)  # "Overwrite"
    assert sources(on_disk(lab, "n.ipynb")) == ["one", "second tab"]
    assert ["first tab", "two"] in [sources(json.loads(v.read_text())) for v in versions(lab, "n.ipynb")]
    # and back, as a person would: the version is a checkpoint
    lab.api("POST", f"api/contents/n.ipynb/checkpoints/{versions(lab, 'n.ipynb')[-1].stem.removeprefix('n-')}", status=204)
    assert sources(on_disk(lab, "n.ipynb")) == ["first tab", "two"]
    print("saves: two tabs: the second is asked, both versions are there after Overwrite")


HOUR = 3600


def an_hour_passes(lab):
    """Everything that has a time becomes an hour older, and the server is another process."""
    lab.kill9()
    for f in list(lab.root.rglob("*.ipynb")):
        st = f.stat()
        os.utime(f, ns=(st.st_atime_ns - HOUR * 10**9, st.st_mtime_ns - HOUR * 10**9))
    lab.start()


def asleep(lab):
    """A tab that ran a cell and is cut off before the output came; the output, and that the hour has passed."""
    go = lab.tmp / "go"
    tab = Page(lab, "n.ipynb", [f"import os, time\nwhile not os.path.exists('{go}'):\n    time.sleep(0.02)\nprint('late')", "mine"])
    tab.run(0)
    tab.started(0)
    edit(tab, 1, "typed before the lid was closed")
    tab.lose()
    go.touch()
    wait_disk(lab, "n.ipynb", lambda c: text_of(c[0]) == "late\n" and c[0]["execution_count"] == 1)
    return tab


def test_a_tab_that_slept_saves_by_itself(lab):
    tab = asleep(lab)
    an_hour_passes(lab)
    tab.save()  # not asked: only outputs came, which it does not have
    cells = on_disk(lab, "n.ipynb")["cells"]
    assert text_of(cells[0]) == "late\n" and "".join(cells[1]["source"]) == "typed before the lid was closed"
    print("saves: a tab asleep for an hour, then its autosave: its edit and the output that it never got are in the file")


def test_a_tab_that_slept_while_another_saved(lab):
    tab = asleep(lab)
    other = Page(lab, "n.ipynb", kernel_id=tab.kernel_id)
    edit(other, 1, "from the other tab")
    other.save()
    an_hour_passes(lab)
    with pytest.raises(Conflict):
        tab.save()
    assert sources(on_disk(lab, "n.ipynb"))[1] == "from the other tab"
    tab.save(check=False)
    assert sources(on_disk(lab, "n.ipynb"))[1] == "typed before the lid was closed"
    kept = [json.loads(v.read_text()) for v in versions(lab, "n.ipynb")]
    assert any(sources(nb)[1] == "from the other tab" and text_of(nb["cells"][0]) == "late\n" for nb in kept)
    print("saves: the same after another tab saved: it is asked, and after Overwrite the other's version is kept, with the output")


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
        wait_disk(self.server, self.path, self.complete, 30, f"{self.path}: {mine}, last {last}")
        for page, which in ((other, 1), (runner, 0)):
            if self.rng.random() < 0.7:
                self.save(page, which)
                assert self.complete(on_disk(self.server, self.path)["cells"]), "output is lost"
        self.a, self.b = self.fresh(runner), self.fresh(other)

    def server_ran(self, page, cells):
        """The kernel has got the requests: what was only in a socket is nobody's promise."""
        wait_for(lambda: {f"c{i}" for i in cells} <= set(page.recorded()), 30, "requests at the kernel")

    def complete(self, cells):
        return all(text_of(cells[i]) == token + "\n" for i, token in self.wanted.items())


@pytest.mark.timeout(600)
def test_competing_saves(lab):
    goal = int(os.environ.get("LW_CONFLICTS", "60"))
    first = int(os.environ.get("LW_SEED", "0")) * 1000
    seeds = range(first, first + int(os.environ.get("LW_COMPETITORS", "4")))
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
    threads = [threading.Thread(target=compete, args=(s,)) for s in seeds]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures, failures
    print(f"saves: {total[0]} conflicts, 0 losses (seeds {seeds[0]} to {seeds[-1]})")


# ---- a full disk

def fill(mount, leave=0):
    """Until nothing, or only LEAVE bytes, are free."""
    with open(mount / "ballast", "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            f.truncate(max(0, f.tell() - leave))


def ballast(mount, leave):
    (mount / "ballast").unlink(missing_ok=True)
    fill(mount, leave)


def test_a_full_disk_while_saving(make_server, mounted):
    """At any fill level a save is whole, or refused and as it was."""
    mount = mounted("tmpfs", "size=4m")
    lab = make_server(root=mount)
    counts = {True: 0, False: 0}
    for level, leave in enumerate(range(0, 3 << 19, 48 << 10)):
        (mount / "ballast").unlink(missing_ok=True)
        for v in versions(lab, "n.ipynb"):
            v.unlink()
        put(lab, "n.ipynb", notebook(f"old {level} " + "x" * 500_000), status=(200, 201))
        for v in versions(lab, "n.ipynb"):
            v.unlink()
        old = (mount / "n.ipynb").read_bytes()
        ballast(mount, leave)
        saved = put(lab, "n.ipynb", notebook(f"new {level} " + "y" * 600_000), status=(200, 500)).status_code == 200
        counts[saved] += 1
        now, kept = (mount / "n.ipynb").read_bytes(), [v.read_bytes() for v in versions(lab, "n.ipynb")]
        if saved:
            assert sources(json.loads(now))[0].startswith(f"new {level} ") and old in kept, leave
        else:
            assert now == old and not kept, leave
        assert not list(mount.glob(".~*")) and not list(mount.glob("*.invalid")), leave
    assert counts[True] > 3 and counts[False] > 3
    print(f"saves: a full disk: {sum(counts.values())} fill levels, {counts[False]} saves refused, {counts[True]} made, 0 files torn")


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
