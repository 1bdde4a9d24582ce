"""The Bash kernel without a server, by TCP: jupyter_kernel_test, the test of kernels by Jupyter itself, and what
depends on the very moment when a message is sent."""
import os
import signal
from pathlib import Path

import pytest

import lw

kernel_test = pytest.importorskip("jupyter_kernel_test")
manager = pytest.importorskip("jupyter_client.manager")
pytestmark = pytest.mark.ours


def jupyter_path():
    specs = Path(lw.default_binary()).resolve().parent / "share" / "jupyter"
    return str(specs) + os.pathsep + os.environ.get("JUPYTER_PATH", "")


class TestBash(kernel_test.KernelTests):
    kernel_name = "bash"
    language_name = "bash"
    file_extension = ".sh"
    code_hello_world = "echo hello, world"
    code_stderr = "echo wrong >&2"
    code_generate_error = "false"
    completion_samples = [
        {"text": "echo $HOM", "matches": {"HOME"}},
        {"text": "compge", "matches": {"compgen"}},
        {"text": "cat /etc/os-rel", "matches": {"/etc/os-release"}},
        {"text": "ls /et", "matches": {"/etc/"}},
    ]
    complete_code_samples = ["echo hi", "if true; then echo a; fi", "cat <<EOF\nx\nEOF", "# only this"]
    incomplete_code_samples = ["if true; then", "echo 'a", "cat <<EOF\nx", "for i in 1 2; do", "echo a |", "echo a \\"]
    invalid_code_samples = ["done", "echo )", "if ; then"]
    code_inspect_sample = "cd"
    code_clear_output = "clear"
    code_display_data = [
        {"code": "echo '<b>x</b>' | display --mime html", "mime": "text/html"},
        {"code": "echo '{\"a\": 1}' | display --mime json", "mime": "application/json"},
        {"code": "echo '$x^2$' | display --mime latex", "mime": "text/latex"},
        {"code": "printf '\\x89PNG\\r\\n\\x1a\\n' | display", "mime": "image/png"},
        {"code": "echo '<svg xmlns=\"http://www.w3.org/2000/svg\"/>' | display", "mime": "image/svg+xml"},
    ]

    @classmethod
    def setUpClass(cls):
        cls.patch = pytest.MonkeyPatch()
        cls.patch.setenv("JUPYTER_PATH", jupyter_path())
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.patch.undo()


@pytest.fixture
def direct(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", jupyter_path())
    kernel, client = manager.start_new_kernel(kernel_name="bash")
    client.pid = kernel.provisioner.pid
    yield client
    client.stop_channels()
    kernel.shutdown_kernel(now=True)


def statuses(client, ids):
    """What became of the requests, in the order of IDS."""
    got = {}
    while len(got) < len(ids):
        m = client.get_shell_msg(timeout=30)
        if m["parent_header"]["msg_id"] in ids:
            got[m["parent_header"]["msg_id"]] = m["content"]["status"]
    return [got[i] for i in ids]


def test_what_is_sent_after_an_error_is_run(direct):
    """A client that hears of the error first of all, and answers at once."""
    for _ in range(100):
        failed = direct.execute("false")
        while (m := direct.get_iopub_msg(timeout=30))["msg_type"] != "error":
            pass
        assert m["parent_header"]["msg_id"] == failed
        assert statuses(direct, [failed, direct.execute("true")]) == ["error", "ok"]


def test_all_that_was_sent_before_an_error_is_aborted(direct, tmp_path):
    """The requests and the end of the cell come to the kernel in the same moment."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    failed = direct.execute(f"echo reading; read -r x <{fifo}; false")
    while direct.get_iopub_msg(timeout=30)["msg_type"] != "stream":
        pass
    os.kill(direct.pid, signal.SIGSTOP)
    fifo.write_text("x\n")
    queued = [direct.execute("echo never") for _ in range(200)]
    os.kill(direct.pid, signal.SIGCONT)
    assert statuses(direct, [failed, *queued]) == ["error"] + 200 * ["aborted"]
    assert statuses(direct, [direct.execute("echo again")]) == ["ok"]
