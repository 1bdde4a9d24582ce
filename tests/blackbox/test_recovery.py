"""Output survives: what cells show gets into the notebook, whoever goes away (docs/internals/recovery.md)."""
import json
import os
import subprocess
import threading
import time

import pytest
from lw import notebook, wait_for
from page import Conflict, Page, on_disk, text_of, wait_disk

pytestmark = pytest.mark.ours

SLOW = "import time\nfor i in range({n}):\n    print(i, flush=True)\n    time.sleep({s})"
WAIT = "import os, time\nwhile not os.path.exists({file!r}):\n    time.sleep(0.02)\nprint('went on')"


def numbers(n):
    return "".join(f"{i}\n" for i in range(n))


def gate(server, name="go"):
    """A cell that waits for a file, and the function that makes it."""
    file = str(server.tmp / name)
    return WAIT.format(file=file), lambda: open(file, "w").close()


def done(i, count):
    return lambda cells: cells[i]["execution_count"] == count


# ---- nobody is there

def test_the_tab_is_closed_for_the_rest(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code, "1 + 1", "print('other')"])
    p.run(0)
    p.started(0)
    p.run(1)
    p.leave()
    go()
    ended = time.monotonic()
    cells = wait_disk(lab, "n.ipynb", done(1, 2))
    assert time.monotonic() - ended < 15  # 5 s on a machine that does nothing else
    assert text_of(cells[0]) == "went on\n" and cells[0]["execution_count"] == 1
    assert cells[1]["outputs"][0]["data"] == {"text/plain": ["2"]}
    assert cells[2]["outputs"] == [] and cells[2]["execution_count"] is None
    assert (lab.root / "n.ipynb").read_text().endswith("}\n")


def test_while_the_page_is_there_it_saves(lab):
    p = Page(lab, "n.ipynb", ["print('hi')", "print('ho')"])
    before = (lab.root / "n.ipynb").read_bytes()
    p.run(0)
    p.finish(0)
    assert (lab.root / "n.ipynb").read_bytes() == before
    p.save()
    assert not p.recorded()
    p.leave()
    again = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
    assert text_of(again.cell(0)) == "hi\n"


def test_a_running_cell_is_shown_to_the_next_page(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", ["print('first', flush=True)\n" + code, "print('queued')"])
    p.run(0)
    p.shows(0)
    p.run(1)
    p.leave()
    q = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
    e = wait_for(lambda: (r := q.recorded(adopt=True)) and len(r) == 2 and r, 10, "both cells")
    assert e["c0"]["state"] == "running" and e["c0"]["execution_count"] == 1
    assert e["c0"]["outputs"] == [{"name": "stdout", "output_type": "stream", "text": "first\n"}]
    assert e["c0"]["msg_id"] == p.sent[0] == e["c0"]["header"]["msg_id"] and e["c0"]["live"] is False
    assert e["c1"]["state"] == "queued" and e["c1"]["outputs"] == [] and e["c1"]["execution_count"] is None
    go()
    q.ws.until(lambda m: m["header"]["msg_type"] == "status" and m["content"]["execution_state"] == "idle"
               and m["parent_header"].get("msg_id") == p.sent[1])
    got = [m["content"]["text"] for m in q.ws.seen if m["header"]["msg_type"] == "stream"]
    assert "".join(got) == "went on\nqueued\n"
    # the reply, which is for the page that asked, comes to the one that took the cell over
    assert any(m["header"]["msg_type"] == "execute_reply" and m["parent_header"]["msg_id"] == p.sent[0] for m in q.ws.seen)
    # it has all that now and will save; so nobody else writes
    assert on_disk(lab, "n.ipynb")["cells"][1]["execution_count"] is None


def test_a_question_waits_for_the_next_page(lab):
    p = Page(lab, "n.ipynb", ["name = input('who?')\nprint('hello', name)"])
    p.run(0)
    p.ws.until(lambda m: m["header"]["msg_type"] == "input_request")
    p.leave()
    q = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
    e = wait_for(lambda: q.recorded(adopt=True).get("c0"), 10, "the cell")
    question = e["input_request"]
    assert question["content"]["prompt"] == "who?" and question["parent_header"]["msg_id"] == p.sent[0]
    q.ws.send("input_reply", {"value": "me", "status": "ok"}, "stdin", parent=question["header"])
    q.ws.until(lambda m: m["header"]["msg_type"] == "status" and m["content"]["execution_state"] == "idle")
    assert "".join(m["content"]["text"] for m in q.ws.seen if m["header"]["msg_type"] == "stream") == "hello me\n"
    q.leave()
    cells = wait_disk(lab, "n.ipynb", done(0, 1))
    assert [(o["name"], o["text"]) for o in cells[0]["outputs"]] == [("stdin", ["who? me\n"]), ("stdout", ["hello me\n"])]


def test_every_kind_of_output(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [
        code,
        "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('10%', end='\\r')\nprint('100%')",
        "from IPython.display import display, HTML, Image, clear_output\nh = display(HTML('<b>1</b>'), display_id='d')\n7",
        "h.update(HTML('<b>2</b>'))",
        "1/0",
        "print('gone'); clear_output(wait=True); print('new')",
        "display({'image/png': 'iVBORw0KGgo=', 'text/plain': 'pic'}, raw=True)"])
    for i in range(7):
        p.run(i, stop_on_error=False)
    p.started(0)
    p.leave()
    go()
    cells = wait_disk(lab, "n.ipynb", done(6, 7))
    assert [(o["name"], "".join(o["text"])) for o in cells[1]["outputs"] if o["name"] == "stderr"] == [("stderr", "err\n")]
    assert text_of(cells[1]) == "out\n100%\n"
    assert cells[2]["outputs"][0]["data"]["text/html"] == ["<b>2</b>"] and "transient" not in cells[2]["outputs"][0]
    assert cells[2]["outputs"][1]["data"] == {"text/plain": ["7"]} and cells[2]["outputs"][1]["execution_count"] == 3
    assert cells[3]["outputs"] == []
    assert cells[4]["outputs"][0]["ename"] == "ZeroDivisionError"
    assert text_of(cells[5]) == "new\n"
    assert cells[6]["outputs"][0]["data"]["image/png"] == "iVBORw0KGgo="


# ---- the server dies

def test_the_server_is_killed_and_no_page_comes_back(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", ["print('before', flush=True)\n" + code, "'second'"])
    p.run(0)
    p.shows(0)
    p.run(1)
    wait_for(lambda: "c1" in p.recorded(), 10, "the second cell at the kernel")
    lab.kill9()
    go()
    lab.start()
    cells = wait_disk(lab, "n.ipynb", done(1, 2))
    assert text_of(cells[0]) == "before\nwent on\n" and cells[0]["execution_count"] == 1
    assert cells[1]["outputs"][0]["data"] == {"text/plain": ["'second'"]}


def test_killed_again_and_again_nothing_is_doubled(lab):
    p = Page(lab, "n.ipynb", [SLOW.format(n=60, s=0.05)])
    p.run(0)
    p.started(0)
    for _ in range(4):
        lab.kill9()
        lab.start()
        q = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
        wait_for(lambda: q.recorded().get("c0", {}).get("outputs"), 10, "something recorded")
    q.leave()
    cells = wait_disk(lab, "n.ipynb", done(0, 1), 30)
    assert text_of(cells[0]) == numbers(60)


# ---- pages and saves

def run_without_page(lab, p, i, count, go=None):
    p.run(i)
    p.started(i)
    p.leave()
    if go:
        go()
    return wait_disk(lab, p.path, done(i, count))


def test_a_written_file_is_no_conflict(lab):
    check_no_conflict(lab)


def test_nor_on_a_file_system_without_attributes(make_server, mounted):
    check_no_conflict(make_server(root=mounted("ramfs")))


def check_no_conflict(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code])
    other = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
    model = lab.api("GET", "api/contents/n.ipynb?content=0&hash=1").json()
    run_without_page(lab, p, 0, 1, go)
    now = lab.api("GET", "api/contents/n.ipynb?content=0&hash=1").json()
    assert (now["hash"], now["last_modified"]) == (model["hash"], model["last_modified"])
    new = lab.api("GET", "api/contents/n.ipynb?content=1&hash=1").json()
    assert new["hash"] == model["hash"] and text_of(new["content"]["cells"][0]) == "went on\n"
    lab.kill9()
    lab.start()  # the next process knows it too
    other.save()  # does not raise
    # a change by somebody else is one
    nb = on_disk(lab, "n.ipynb")
    nb["cells"][0]["source"] = "edited"
    (lab.root / "n.ipynb").write_text(json.dumps(nb))
    with pytest.raises(Conflict):
        other.save()


def test_a_stale_tab_does_not_erase(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code, "x"])
    run_without_page(lab, p, 0, 1, go)
    p.cell(1)["source"] = "edited while asleep"
    p.save()
    cells = on_disk(lab, "n.ipynb")["cells"]
    assert text_of(cells[0]) == "went on\n" and cells[0]["execution_count"] == 1
    assert cells[1]["source"] == ["edited while asleep"]
    p.save()
    assert text_of(on_disk(lab, "n.ipynb")["cells"][0]) == "went on\n"


def test_clearing_outputs_is_obeyed(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code, "print(2)"])
    run_without_page(lab, p, 0, 1, go)
    q = Page(lab, "n.ipynb", kernel_id=p.kernel_id)  # loads what was written
    assert text_of(q.cell(0)) == "went on\n"
    q.save()
    q.cell(0)["outputs"], q.cell(0)["execution_count"] = [], None
    q.save()
    assert on_disk(lab, "n.ipynb")["cells"][0]["outputs"] == []
    q.leave()
    # and it stays so, also over a restart
    lab.kill9()
    lab.start()
    r = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
    assert r.recorded() == {} and r.cell(0)["outputs"] == []
    r.save()
    assert on_disk(lab, "n.ipynb")["cells"][0]["outputs"] == []


def test_what_was_cleared_stays_so_though_something_older_is_not_saved(lab):
    p = Page(lab, "n.ipynb", ["print('a')", "print('b')"])
    q = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
    for i in range(2):
        p.run(i)
    for i in range(2):
        p.finish(i)
    p.cell(0)["outputs"], p.cell(0)["execution_count"] = [], None  # as if it had not come yet
    p.save()
    assert list(p.recorded()) == ["c0"]
    p.cell(1)["outputs"], p.cell(1)["execution_count"] = [], None
    p.save()
    lab.kill9()
    lab.start()
    wait_for(lambda: list(q.recorded()) == ["c0"], 10, "the journal is read")
    cells = on_disk(lab, "n.ipynb")["cells"]
    assert text_of(cells[0]) == "a\n" and cells[1]["outputs"] == []


def test_a_server_that_is_stopped_writes_what_there_is(lab):
    p = Page(lab, "n.ipynb", ["print('said', flush=True)\nimport time\ntime.sleep(100)"])
    p.run(0)
    p.shows(0)
    p.leave()
    lab.stop()
    assert text_of(on_disk(lab, "n.ipynb")["cells"][0]) == "said\n"


def test_a_cell_was_edited_moved_or_deleted(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code, "print('b')", "print('c')"])
    for i in range(3):
        p.run(i)
    p.started(0)
    nb = on_disk(lab, "n.ipynb")
    nb["cells"][1]["source"] = "print('edited')"
    nb["cells"] = [nb["cells"][1], nb["cells"][0]]
    p.leave()
    (lab.root / "n.ipynb").write_text(json.dumps(nb, indent=1))
    go()
    cells = wait_disk(lab, "n.ipynb", done(0, 2))
    assert [c["id"] for c in cells] == ["c1", "c0"]
    assert text_of(cells[0]) == "b\n" and cells[0]["source"] in ("print('edited')", ["print('edited')"])
    assert text_of(cells[1]) == "went on\n"


def test_the_notebook_was_renamed_or_deleted(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code])
    p.run(0)
    p.started(0)
    lab.api("PATCH", "api/contents/n.ipynb", json={"path": "m.ipynb"}, status=200)
    lab.api("PATCH", f"api/sessions/{p.session['id']}", json={"path": "m.ipynb", "name": "m.ipynb"}, status=200)
    p.leave()
    go()
    cells = wait_disk(lab, "m.ipynb", done(0, 1))
    assert text_of(cells[0]) == "went on\n" and not (lab.root / "n.ipynb").exists()
    code, go = gate(lab, "go2")
    q = Page(lab, "k.ipynb", [code])
    q.run(0)
    q.started(0)
    lab.api("DELETE", "api/contents/k.ipynb", status=204)
    q.leave()
    go()
    wait_for(lambda: "k.ipynb" in lab.log, 15, "a line about it")
    assert not (lab.root / "k.ipynb").exists()
    assert q.recorded()["c0"]["state"] == "done"


def test_two_notebooks_on_one_kernel(lab):
    code, go = gate(lab)
    p = Page(lab, "a.ipynb", [code, "print('a')"])
    lab.put("b.ipynb", json.dumps(notebook("print('b')")).replace('"c0"', '"other"'))
    q = Page(lab, "b.ipynb", kernel_id=p.kernel_id)
    p.run(0)
    p.started(0)
    q.run(0)
    p.run(1)
    p.leave()
    q.leave()
    go()
    assert text_of(wait_disk(lab, "b.ipynb", lambda cells: cells[0]["execution_count"])[0]) == "b\n"
    cells = wait_disk(lab, "a.ipynb", lambda cells: cells[1]["execution_count"])
    assert text_of(cells[0]) == "went on\n" and text_of(cells[1]) == "a\n"


def test_trust_is_kept(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code, "from IPython.display import HTML\nHTML('<script>1</script>')"])
    for c in p.nb["cells"]:
        c["metadata"]["trusted"] = True
    p.save()
    os.chmod(lab.root / "n.ipynb", 0o640)
    p.run(1)
    p.run(0)
    p.leave()
    go()
    wait_disk(lab, "n.ipynb", done(0, 2))
    nb = lab.api("GET", "api/contents/n.ipynb").json()["content"]
    assert all(c["metadata"]["trusted"] for c in nb["cells"])
    assert (lab.root / "n.ipynb").stat().st_mode & 0o777 == 0o640


# ---- the disk does not want

def test_a_file_that_cannot_be_written_is_tried_again(lab, not_root):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code])
    before = (lab.root / "n.ipynb").read_bytes()
    os.chmod(lab.root / "n.ipynb", 0o440)
    p.run(0)
    p.started(0)
    p.leave()
    go()
    wait_for(lambda: "were not written" in lab.log, 15, "the failure")
    assert (lab.root / "n.ipynb").read_bytes() == before
    os.chmod(lab.root / "n.ipynb", 0o640)
    assert text_of(wait_disk(lab, "n.ipynb", done(0, 1), 40)[0]) == "went on\n"


# ---- the endpoint

def test_who_may_ask(lab):
    p = Page(lab, "n.ipynb", ["1"])
    path = f"labwright/api/kernels/{p.kernel_id}/cells"
    assert lab.api("GET", path, auth=False).status_code == 403
    assert lab.api("GET", path, auth=False, headers={"Authorization": "token wrong"}).status_code == 403
    assert lab.api("GET", path, headers={"Origin": "https://evil.example"}, auth=False).status_code in (403, 404)
    assert lab.api("POST", path).status_code == 405
    assert lab.api("GET", "labwright/api/kernels/00000000-0000-0000-0000-000000000000/cells").status_code == 404
    assert lab.api("GET", path + "?session_id=%ff").status_code == 400
    r = lab.api("GET", path, status=200)
    assert r.headers["Content-Type"].startswith("application/json") and r.headers["Cache-Control"] == "no-store"
    assert r.json() == {"kernel_id": p.kernel_id, "path": "n.ipynb", "entries": [], "seq": r.json()["seq"]}
    ws = lab.api("GET", f"api/kernels/{p.kernel_id}/channels?session_id=recorder", headers={
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x" * 22 + "=="})
    assert ws.status_code == 400  # the name of a subscription of ours
    k = lab.kernel()
    assert lab.api("GET", f"labwright/api/kernels/{k.id}/cells", status=200).json()["path"] is None


def test_requests_without_a_cell_are_passed_over(lab):
    p = Page(lab, "n.ipynb", ["print('cell')"])
    assert p.ws.execute("print('console')").text == "console\n"
    p.ws.request("execute_request", {"code": "print(1)", "silent": False}, metadata={"cellId": 7})
    p.ws.request("execute_request", {"code": "print(1)", "silent": False}, metadata={"cellId": "x" * 5000})
    assert p.recorded() == {}


def test_what_a_page_needs_to_go_on(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [
        "h = display('0 %', display_id='bar')", "print('50 %', end='\\r4', flush=True)\n" + code + "\nh.update('done')",
        "from IPython.display import clear_output\nprint('old', flush=True); clear_output(wait=True)"])
    for i in range(3):
        p.run(i)
    p.started(1)
    wait_for(lambda: "4" in json.dumps(p.recorded()["c1"]["outputs"]), 15, "the text")
    bar, text = p.recorded()["c0"]["outputs"][0], p.recorded()["c1"]["outputs"][0]["text"]
    assert bar["transient"] == {"display_id": "bar"} and text == "40 %\r4"
    assert all("outputs" not in e for e in p.recorded(outputs=False).values())
    assert [e["others"] for e in p.recorded(session="looker").values()] == [1, 1, 1]
    assert [e["others"] for e in p.recorded(session=p.ws.session).values()] == [0, 0, 0]
    go()
    wait_for(lambda: p.recorded()["c2"]["state"] == "done", 15, "the end")
    assert [p.recorded()[c]["clear_next"] for c in ("c0", "c1", "c2")] == [False, False, True]
    assert p.recorded()["c0"]["outputs"][0]["data"] == {"text/plain": "'done'"}
    p.leave()
    assert wait_disk(lab, "n.ipynb", done(2, 3))[0]["outputs"][0].keys() == {"data", "metadata", "output_type"}
    assert [e["others"] for e in p.recorded(session="looker").values()] in ([], [0, 0, 0])


def test_a_page_that_looks_on_owns_nothing(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [code])
    p.run(0)
    p.started(0)
    q = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
    assert q.recorded(session=q.ws.session, adopt=True)["c0"]["others"] == 1
    p.leave()  # nobody owns it now: it is written, though the other page is there
    go()
    assert text_of(wait_disk(lab, "n.ipynb", done(0, 1))[0]) == "went on\n"


# ---- widgets

def inside(out, text):
    return f"with {out}:\n    print({text!r})\n"


def test_what_an_output_widget_caught_is_not_the_cells_own(lab):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [
        "import ipywidgets as w\na, b = w.Output(), w.Output()\nprint('cell 1')\n"
        + inside("a", "caught 1") + "print('cell 2')\nwith a:\n    print('caught 2')\n    with b:\n        print('caught 3')\n"
        "    print('caught 4')\nprint('cell 3')\n" + inside("b", "caught 5") + "a.close()\n'the end'",
        "print('mine')\n" + inside("b", "caught 6"),
        "with b:\n    print('caught 7', flush=True)\n    " + code.replace("\n", "\n    ")])
    p.run(0)
    p.finish(0)
    p.run(1)
    p.finish(1)
    e = wait_for(lambda: (r := p.recorded()) and r.get("c1", {}).get("state") == "done" and r, 10, "both cells")
    assert [o.get("text") for o in e["c0"]["outputs"]] == ["cell 1\ncell 2\ncell 3\n", None]
    assert [o["text"] for o in e["c1"]["outputs"]] == ["mine\n"]
    # and when no page is there, whose widget would have it, it is at least in the cell
    p.run(2)
    p.shows(2)
    p.leave()
    wait_disk(lab, "n.ipynb", done(0, 1))
    go()
    cells = wait_disk(lab, "n.ipynb", done(2, 3))
    assert [text_of(c) for c in cells] == ["cell 1\ncell 2\ncell 3\n", "mine\n", "went on\n"]


# ---- displays that are updated after they were saved

SHOW = "from IPython.display import display, update_display\n"


def shown(cell):
    return ["".join(o["data"]["text/plain"]) for o in cell["outputs"] if o["output_type"] == "display_data"]


@pytest.mark.parametrize("killed", [False, True])
def test_a_display_that_was_saved_is_updated_while_nobody_looks(lab, killed):
    code, go = gate(lab)
    p = Page(lab, "n.ipynb", [
        SHOW + "print('text'); display('a1', display_id='a'); display('b1', display_id='b')",
        "display('a2', display_id='a'); display('other'); display('a3', display_id='a')",
        "display('a4', display_id='a')", "display('gone', display_id='a')",
        code + "\nupdate_display('a5', display_id='a'); update_display('b2', display_id='b')"])
    for i in range(4):
        p.run(i)
        p.finish(i)
    # as JupyterLab has it by now; and what was cleared by a person is not brought back
    p.cell(0)["outputs"][1]["data"] = {"text/plain": "'a4'"}
    p.cell(1)["outputs"][0]["data"] = p.cell(1)["outputs"][2]["data"] = {"text/plain": "'a4'"}
    p.cell(3)["outputs"], p.cell(3)["execution_count"] = [], None

    def saved():
        p.save(check=False)
        return not p.recorded()
    wait_for(saved, 20, "everything known to be saved")
    p.run(4)
    p.started(4)
    p.leave()
    if killed:
        lab.kill9()
        lab.start()
    go()
    cells = wait_disk(lab, "n.ipynb", lambda c: c[4]["execution_count"] == 5 and shown(c[0]) == ["'a5'", "'b2'"])
    assert [shown(c) for c in cells] == [["'a5'", "'b2'"], ["'a5'", "'other'", "'a5'"], ["'a5'"], [], []]
    assert text_of(cells[0]) == "text\n" and cells[3]["execution_count"] is None
    # the next page has it, and its save too
    q = Page(lab, "n.ipynb", kernel_id=p.kernel_id)
    assert shown(q.cell(0)) == ["'a5'", "'b2'"]
    q.save()
    assert not q.recorded()
