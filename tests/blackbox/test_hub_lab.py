"""A workspace's real server behind the hub: JupyterLab's page, kernels, terminals and saves go through unchanged"""
import json
import os
import signal
import struct

import pytest
import websocket
from kernelws import KernelWS
from lw import wait_for
from lwhub import Hub
from lwlabs import NAVIGATE, Labs, RealLab, Window
from termws import TermWS

pytestmark = pytest.mark.ours


@pytest.fixture(scope="module")
def hub():
    with Hub() as h:
        h.set_up("root")
        h.alice = h.person("alice")
        yield h


@pytest.fixture
def lab(hub):
    labs = Labs(hub)
    wid, _ = labs.workspace(hub.alice)
    window = Window(hub, wid)
    try:
        made = RealLab(labs, window)
        window.enter(hub.alice)
        yield made
    finally:
        labs.end()


def load_page(lab):
    """What a browser does first; it gets the server's XSRF cookie."""
    page = lab.api("GET", "lab", headers=NAVIGATE, status=200)
    text = page.text.split('id="jupyter-config-data"', 1)[1].split(">", 1)[1].split("</script>", 1)[0]
    return page, json.loads(text)


def test_the_page_and_its_files(hub, lab):
    page, config = load_page(lab)
    assert config["baseUrl"] == f"/notebooks/{lab.window.wid}/"
    script = next(part for part in page.text.split('"') if part.startswith(f"/notebooks/{lab.window.wid}/static/") and ".js" in part)
    answer = lab.window.ask(hub.labs + script)
    assert answer.status_code == 200 and len(answer.content) > 1000
    assert lab.api("GET", "api/me", status=200).json()["identity"]["username"] == "ada"


def test_saving_and_reading(lab):
    load_page(lab)
    big = "x" * (30 << 20)
    lab.api("PUT", "api/contents/big.txt", json={"type": "file", "format": "text", "content": big}, status=201)
    assert lab.api("GET", "api/contents/big.txt", status=200).json()["content"] == big
    download = lab.api("GET", "files/big.txt", headers={"Referer": f"{lab.hub.labs}/notebooks/{lab.window.wid}/lab"}, status=200)
    assert download.text == big
    assert lab.api("PUT", "api/contents/x", headers={"X-XSRFToken": "wrong"}, json={"type": "file"}).status_code == 403


def test_a_kernel_and_a_terminal(lab):
    load_page(lab)
    kernel = lab.api("POST", "api/kernels", json={"name": "python3"}, status=201).json()
    k = KernelWS(lab, kernel["id"])
    assert k.execute("6 * 7").value == "42"
    name = lab.api("POST", "api/terminals", json={}, status=200).json()["name"]
    term = TermWS(lab, name)
    term.send("echo $((40+2))x\r")
    term.expect("42x")


def test_a_killed_server_comes_back_and_the_kernel_was_not_touched(lab):
    load_page(lab)
    kernel = lab.api("POST", "api/kernels", json={"name": "python3"}, status=201).json()
    k = KernelWS(lab, kernel["id"])
    k.execute("import os; x = os.getpid()")
    os.kill(lab.behind.servers()[-1], signal.SIGKILL)
    opcode, data = wait_for(lambda: closed_with(k), 20, "the end of the websocket")
    assert opcode == websocket.ABNF.OPCODE_CLOSE and struct.unpack(">H", data[:2]) == (1012,)
    assert [m["id"] for m in lab.api("GET", "api/kernels", status=200).json()] == [kernel["id"]]
    assert KernelWS(lab, kernel["id"]).execute("x == os.getpid()").value == "True"


def closed_with(k):
    while True:
        opcode, data = k.ws.recv_data(control_frame=True)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return opcode, data
