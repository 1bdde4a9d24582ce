"""A workspace that takes all it can get: its owner reads in the cell which limit it met, and the neighbour works on."""
import contextlib
import os
import re
import struct

import pytest
from bombs import BOMBS, Pair, plain, shown
from websocket import ABNF

pytestmark = [pytest.mark.ours,
              pytest.mark.skipif(plain, reason="needs root, control groups and labwright-spawner beside the program")]


@pytest.fixture(scope="module")
def pair():
    with Pair() as p:
        p.ka, p.kb = p.a.kernel("python3"), p.b.kernel("python3")
        assert p.kb.execute("x = 41; 0").value == "0"
        yield p


@pytest.fixture(autouse=True)
def neighbour(pair):
    """Hub, spawner and all of B are there afterwards, and B's kernel knows what it knew."""
    before = pair.outside()
    assert len(before) >= 5
    yield
    assert not before - pair.outside()
    assert pair.kb.execute("x + 1").value == "42"


def told_what(k, name, r):
    assert re.search(BOMBS[name].told, shown(r)), shown(r)[-2000:]
    again = k.execute(BOMBS[name].after or "1")
    assert again.status == "ok"
    if name != "files":  # IPython's own history may have met it too, and says so later
        assert "Labwright" not in shown(again)


@pytest.mark.parametrize("name", sorted(set(BOMBS) - {"cpu"}))
def test_a_bomb(pair, name):
    told_what(pair.ka, name, pair.ka.execute(f"SECONDS = 0\n{BOMBS[name].code}"))


def test_all_of_the_cpu(pair):
    """Nobody is held back while a busy host gives less than the limit, so it goes on until somebody is."""
    k = pair.a.kernel("python3")  # that is told once of a kernel
    mid = k.start_execute(f"SECONDS = 50\n{BOMBS['cpu'].code}")
    try:
        k.pending = k.until(lambda m: m["header"]["msg_type"] == "stream", 40)
    except TimeoutError:
        if os.getloadavg()[0] > os.cpu_count() + 5:  # its own four and one
            pytest.skip("this host is too busy to give a workspace all of its CPUs")
        raise
    pair.a.api("POST", f"api/kernels/{k.id}/interrupt", status=204)
    told_what(k, "cpu", k.finish(mid))


def test_a_bomb_in_bash(pair):
    """It says `fork: retry` until others have ended."""
    k = pair.a.kernel("bash")
    r = k.execute("for i in {1..150}; do sleep 1 & done 2> /dev/null; wait")
    assert re.search(BOMBS["fork"].told, shown(r)), shown(r)
    r = k.execute("head -c 400M /dev/zero > /tmp/full; rm /tmp/full")
    assert "No space left on device" in shown(r)


def test_the_kernel_is_what_is_too_large(pair):
    r = pair.ka.execute("hoard = []\nwhile True: hoard.append(bytearray(16 << 20))")
    assert r.of("error")[0]["content"]["ename"] == "KernelDied"
    assert "its memory limit of 400 MB was reached (out of memory)" in shown(r)
    pair.ka.wait_state("idle")
    again = pair.ka.execute("6 * 7")
    assert again.value == "42" and shown(again) == ""


def test_a_flood_of_messages(pair):
    """More than is answered while they are sent, then one that is too large."""
    k, n = pair.a.kernel("python3"), 500
    sent = [k.start_execute("1") for _ in range(n)]
    assert pair.kb.execute("x").value == "41"
    assert k.finish(sent[-1]).value == "1"
    with contextlib.suppress(OSError):  # closed before all was sent
        k.start_execute("x" * (11 << 20))
    assert closed(k) == 1009


def closed(k):
    """The code that the other end closes with."""
    while True:
        kind, frame = k.ws.recv_data_frame(control_frame=True)
        if kind == ABNF.OPCODE_CLOSE:
            return struct.unpack("!H", frame.data[:2])[0]
