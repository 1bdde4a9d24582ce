"""Run cells through the kernel's websocket, in both protocols."""
import pytest

from kernelws import LEGACY, V1
from lw import wait_for


@pytest.mark.parametrize("protocol", [V1, LEGACY], ids=["v1", "legacy"])
def test_outputs_and_input(shared, protocol):
    k = shared.kernel(protocol=protocol)
    assert k.ws.subprotocol == protocol
    assert k.execute("print('a'); 6 * 7").value == "42"
    r = k.execute("name = input('who? '); print('hello', name)", answers=["Ada"])
    assert r.of("input_request")[0]["content"]["prompt"] == "who? "
    assert r.text == "hello Ada\n"
    r = k.execute("1 / 0")
    assert r.status == "error" and r.of("error")[0]["content"]["ename"] == "ZeroDivisionError"
    assert r.messages[-1]["channel"] in ("iopub", "shell")


def test_kernel_is_listed_until_deleted(shared):
    k = shared.kernel()
    ids = [x["id"] for x in shared.api("GET", "api/kernels", status=200).json()]
    assert k.id in ids
    shared.api("DELETE", f"api/kernels/{k.id}", status=204)
    wait_for(lambda: k.id not in [x["id"] for x in shared.api("GET", "api/kernels").json()])


def test_terminal_echoes(shared):
    t = shared.terminal()
    t.send("echo $((40 + 2))\r")
    t.expect("42\r\n")
