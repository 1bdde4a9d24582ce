"""A file system of homes that is full, under a real sandbox: what the person is told where, and that nothing of theirs is lost."""
import subprocess

import pytest
from bombs import shown
from lw import wait_for
from lwlabs import NAVIGATE, Window
from test_whole import Way, Whole, plain, running

pytestmark = [pytest.mark.ours, pytest.mark.skipif(plain, reason="needs root and labwright-spawner")]

BYTES = 64 << 20
NOTEBOOK = {"cells": [], "metadata": {"mine": 1}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def small():
    """Its homes lie on a file system of 64 MiB."""
    h = Whole()
    homes = h.state / "ws"
    homes.mkdir(mode=0o711)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={BYTES},mode=711", "homes", homes], check=True)
    try:
        with h:
            h.set_up("root")
            h.alice = h.person("alice")
            yield h
    finally:
        subprocess.run(["umount", "-l", homes], check=True)


def enter(h, wid):
    window = Window(h, wid)
    window.enter(h.alice)
    way = Way(window)
    way.api("GET", "lab", headers=NAVIGATE, status=200)  # its XSRF cookie
    return way


def put(way, name, text, **more):
    return way.api("PUT", f"api/contents/home/{name}", json={"type": "file", "format": "text", "content": text}, **more)


def test_a_full_home(small):
    h = small
    h.alice.api("POST", "projects/", status=201, json={"name": "p"})
    wid = h.alice.api("POST", "workspaces/", status=201, json={"family_id": "alice/p", "name": "w"}).json()["id"]
    running(h.alice, wid)
    way = enter(h, wid)
    k = way.kernel("bash")
    put(way, "letter.txt", "as it was", status=201)
    way.api("PUT", "api/contents/home/n.ipynb", status=201, json={"type": "notebook", "format": "json", "content": NOTEBOOK})

    # In the cell, with what goes on after it; output needs no disk.
    filled = k.execute("cat /dev/zero > fill; echo went on")
    assert "No space left on device" in shown(filled) and "went on" in filled.text
    # A save says so, and what was there stays.
    for _ in range(3):
        answer = put(way, "letter.txt", "another" * 100000)
        assert answer.status_code >= 500 and "space" in answer.json()["message"].lower(), answer.text
    assert way.api("GET", "api/contents/home/letter.txt", status=200).json()["content"] == "as it was"
    assert k.execute("cat letter.txt; ls | sort | tr '\\n' ' '").text == "as it wasfill letter.txt n.ipynb "
    assert h.alice.api("GET", f"workspaces/{wid}").json()["state"] == "running"

    # It can be stopped, and a start either goes well or says why not.
    h.alice.api("POST", f"workspaces/{wid}/stop", status=200, json={})
    wait_for(lambda: h.alice.api("GET", f"workspaces/{wid}").json()["state"] == "stopped", 30, "a stop")
    h.alice.api("POST", f"workspaces/{wid}/start", json={})
    item = wait_for(lambda: (i := h.alice.api("GET", f"workspaces/{wid}").json())["state"] in ("running", "failed") and i, 30)
    assert item["state"] == "running" or "space" in item["reason"].lower(), item["reason"]

    # With room again everything is there.
    (h.state / "ws" / wid / "home/fill").unlink()
    if item["state"] == "failed":
        h.alice.api("POST", f"workspaces/{wid}/start", status=200, json={})
    running(h.alice, wid)
    way = enter(h, wid)
    assert way.api("GET", "api/contents/home/n.ipynb", status=200).json()["content"]["metadata"]["mine"] == 1
    put(way, "letter.txt", "another", status=200)
    assert way.kernel("bash").execute("cat letter.txt").text == "another"
