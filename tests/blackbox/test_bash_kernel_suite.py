"""jupyter_kernel_test, the test of kernels by Jupyter itself, with the Bash kernel: without a server, by TCP."""
import os
from pathlib import Path

import pytest

import lw

kernel_test = pytest.importorskip("jupyter_kernel_test")
pytestmark = pytest.mark.ours


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
        specs = Path(lw.default_binary()).resolve().parent / "share" / "jupyter"
        cls.patch.setenv("JUPYTER_PATH", str(specs) + os.pathsep + os.environ.get("JUPYTER_PATH", ""))
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.patch.undo()
