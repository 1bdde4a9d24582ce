"""What a kernel says on ZeroMQ and what our websockets deliver, message by message.

For ipykernel, an R kernel and a compiled kernel, in both protocols: a direct SUB socket on the kernel's own
iopub hears the same script as the websocket; headers, parents, metadata, contents and buffers must be equal,
in the same order.  Replies are compared with those to the same request sent on a DEALER of our own.
"""
import hashlib
import hmac
import json
import shutil
import subprocess
import sys
import uuid
from datetime import datetime, timezone

import pytest
import zmq
from kernelws import LEGACY, V1
from lw import wait_for

SCRIPTS = {
    "python": ["print('one')", "6*7", "1/0", "import sys; print('e', file=sys.stderr)",
               "from IPython.display import display, HTML; display(HTML('<b>x</b>'), metadata={'k': 1})",
               "h = display(display_id='d'); h.display('a') if h else None; h and h.update('b')",
               "print('nul \\x00 and \\u2028 and \\U0001f600')", "float('nan')", "{'big': 10**40}"],
    "R": ["cat('one\\n')", "6*7", "stop('no')", "message('e')", "cat('\\U0001f600 \\u2028\\n')"],
    "xpython": ["print('one')", "6*7", "1/0", "import sys; print('e', file=sys.stderr)", "print('\\U0001f600')"],
}
BUFFERS = ("from comm import create_comm\n"
           "c = create_comm(target_name='t', data={'x': 1}, buffers=[b'', b'\\x00\\xff' * 1000, bytes(100000)])")


def add_spec(srv, name, argv, language):
    d = srv.data_dir / "kernels" / name
    d.mkdir(parents=True)
    (d / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": language}))


def prepare(srv, which):
    """The kernelspec name of one of the three kinds, installed if need be."""
    if which == "python":
        return "python3"
    if which == "R":
        r = shutil.which("R")
        probe = r and subprocess.run([r, "--slave", "-e", "library(IRkernel)"], capture_output=True)
        if not probe or probe.returncode:
            pytest.skip("no R with IRkernel on this machine")
        add_spec(srv, "ir", [r, "--slave", "-e", "IRkernel::main()", "--args", "{connection_file}"], "R")
        return "ir"
    if subprocess.run([sys.executable, "-c", "import xpython_launcher"], capture_output=True).returncode:
        pytest.skip("no xeus-python in the test environment")
    add_spec(srv, "xpython", [sys.executable, "-m", "xpython_launcher", "-f", "{connection_file}"], "python")
    return "xpython"


class Direct:
    """A client on the kernel's own sockets, by its connection file."""

    def __init__(self, path):
        self.info = json.loads(path.read_text())
        self.ctx = zmq.Context()
        self.iopub = self.connect(zmq.SUB, "iopub_port")
        self.iopub.setsockopt(zmq.RCVHWM, 0)
        self.iopub.setsockopt(zmq.SUBSCRIBE, b"")
        self.shell = self.connect(zmq.DEALER, "shell_port")
        self.session = str(uuid.uuid4())

    def connect(self, kind, port):
        i = self.info
        s = self.ctx.socket(kind)
        s.linger = 0
        sep = "-" if i["transport"] == "ipc" else ":"
        s.connect(f"{i['transport']}://{i['ip']}{sep}{i[port]}")
        return s

    def parts(self, frames):
        """(header, parent, metadata, content, buffers...) of one message whose signature is right."""
        at = frames.index(b"<IDS|MSG>")
        sig, parts = frames[at + 1], frames[at + 2:]
        assert sig.decode() == hmac.new(self.info["key"].encode(), b"".join(parts[:4]), hashlib.sha256).hexdigest()
        return parts

    def request(self, msg_type, content, timeout=60):
        header = {"msg_id": str(uuid.uuid4()), "session": self.session, "username": "t", "msg_type": msg_type,
                  "version": "5.3", "date": datetime.now(timezone.utc).isoformat()}
        parts = [json.dumps(x).encode() for x in (header, {}, {}, content)]
        sig = hmac.new(self.info["key"].encode(), b"".join(parts), hashlib.sha256).hexdigest().encode()
        self.shell.send_multipart([b"<IDS|MSG>", sig, *parts])
        while self.shell.poll(timeout * 1000):
            got = self.parts(self.shell.recv_multipart())
            if (json.loads(got[1]) or {}).get("msg_id") == header["msg_id"]:
                return json.loads(got[3])
        raise AssertionError(f"no reply to {msg_type}")

    def heard(self, msg_id, timeout=60):
        """The iopub messages with that parent, up to its idle."""
        found = []
        while self.iopub.poll(timeout * 1000):
            got = self.parts(self.iopub.recv_multipart())
            if (json.loads(got[1] or b"{}") or {}).get("msg_id") != msg_id:
                continue
            found.append(got)
            if json.loads(got[3]).get("execution_state") == "idle":
                return found
        raise AssertionError("no idle")

    def close(self):
        self.ctx.destroy(linger=0)


def comparable(parts):
    """Where there is no parent some kernels say null; the old framing makes that an empty object."""
    return [json.loads(p) or {} for p in parts[:4]], [bytes(b) for b in parts[4:]]


def of_websocket(m):
    return [m["header"], m["parent_header"] or {}, m["metadata"], m["content"]], [bytes(b) for b in m["buffers"]]


@pytest.mark.parametrize("protocol", [V1, LEGACY], ids=["v1", "legacy"])
@pytest.mark.parametrize("which", ["python", "R", "xpython"])
def test_iopub_is_the_same_message_by_message(make_server, which, protocol):
    srv = make_server()
    name = prepare(srv, which)
    ws = srv.kernel(name, protocol=protocol)
    ws.request("kernel_info_request")
    direct = Direct(srv.runtime_dir / f"kernel-{ws.id}.json")
    try:
        direct.request("kernel_info_request", {})
        wait_for(lambda: ws.execute("1") and direct.iopub.poll(500), 60, "the direct subscription is live")
        for code in SCRIPTS[which] + ([BUFFERS] if which == "python" else []):
            mid = ws.start_execute(code)
            mine = [m for m in ws.finish(mid).messages if m["channel"] == "iopub"]
            theirs = direct.heard(mid)
            assert len(mine) == len(theirs), code
            for got, want in zip(mine, theirs):
                assert repr(of_websocket(got)) == repr(comparable(want)), code
                if protocol:
                    assert got["raw"] == [bytes(p) for p in want[:4]]
    finally:
        direct.close()


REQUESTS = [("kernel_info_request", {}), ("is_complete_request", {"code": "1 +"}), ("is_complete_request", {"code": "1"}),
            ("complete_request", {"code": "pri", "cursor_pos": 3}), ("comm_info_request", {}),
            ("inspect_request", {"code": "print", "cursor_pos": 3, "detail_level": 0}),
            ("history_request", {"hist_access_type": "tail", "n": 1, "raw": True, "output": False})]


@pytest.mark.parametrize("protocol", [V1, LEGACY], ids=["v1", "legacy"])
@pytest.mark.parametrize("which", ["python", "R", "xpython"])
def test_replies_are_those_of_the_kernel(make_server, which, protocol):
    srv = make_server()
    ws = srv.kernel(prepare(srv, which), protocol=protocol)
    ws.request("kernel_info_request")
    direct = Direct(srv.runtime_dir / f"kernel-{ws.id}.json")
    try:
        for kind, content in REQUESTS:
            got = ws.request(kind, content).reply
            assert got["channel"] == "shell" and got["header"]["msg_type"] == kind.replace("request", "reply")
            want = direct.request(kind, content)
            for c in (got["content"], want):
                c.pop("banner", None)  # ends in a random tip
            assert got["content"] == want, kind
    finally:
        direct.close()
