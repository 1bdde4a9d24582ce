"""labwright worker requirements: pip before a workspace opens, and the workspace whatever comes of it."""
import os
import signal
import subprocess

import pytest

from lw import default_binary, wait_for


class Start:
    """A fake python3 that writes what it was asked, and the step before a program that says `opened`."""

    def __init__(self, tmp_path):
        self.dir, self.file, self.log = tmp_path, tmp_path / "floyd_requirements.txt", tmp_path / ".labwright" / "r.log"

    def pip(self, script):
        python = self.dir / "python3"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)

    def command(self, *then):
        return [default_binary(), "worker", "requirements", "--file", self.file, "--log", self.log, *then]

    def env(self):
        return os.environ | {"PATH": f"{self.dir}:{os.environ['PATH']}"}

    def run(self, *then):
        return subprocess.run(self.command(*then), capture_output=True, text=True, env=self.env(), timeout=30)


@pytest.fixture
def start(tmp_path):
    return Start(tmp_path)


OPEN = ("--then", "sh", "-c", "echo opened $0 $1; exit 7", "--log", "x")


def test_nothing_to_install(start):
    done = start.run(*OPEN)
    assert (done.returncode, done.stdout) == (7, "opened --log x\n")
    assert not start.log.exists()


def test_installed_before_it_opens(start):
    start.file.write_text("numpy\n")
    start.pip('echo "asked: $@"; exit 0')
    done = start.run(*OPEN)
    assert (done.returncode, done.stdout) == (7, "opened --log x\n")
    log = start.log.read_text()
    assert f"-m pip install" in log and f"-r {start.file}" in log
    assert log.splitlines()[-1].endswith(f"installed {start.file}")
    assert start.run().returncode == 0


def test_a_mistake_does_not_close_the_workspace(start):
    start.file.write_text("no such thing\n")
    start.pip('echo "ERROR: Invalid requirement" >&2; exit 1')
    done = start.run(*OPEN)
    assert (done.returncode, done.stdout) == (7, "opened --log x\n")
    assert "ERROR: Invalid requirement" in start.log.read_text()
    assert "failed: " in start.log.read_text().splitlines()[-1]
    assert start.run().returncode == 1


def test_stopped_while_pip_runs(start):
    start.file.write_text("big\n")
    start.pip(f'touch {start.dir}/began; sleep 300')
    process = subprocess.Popen(start.command(*OPEN), stdout=subprocess.PIPE, env=start.env())
    wait_for((start.dir / "began").exists, 20, "pip")
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == b"", "what would open does not know that it is to end"
    assert process.returncode == 10


def test_a_log_that_is_a_trap(start):
    start.file.write_text("numpy\n")
    start.pip("exit 0")
    start.log.parent.mkdir()
    start.log.symlink_to(start.dir / "elsewhere")
    assert start.run().returncode == 0 and not (start.dir / "elsewhere").exists()
    start.log.unlink()
    os.mkfifo(start.log)
    assert start.run().returncode == 0


@pytest.mark.parametrize("args", [("--nonsense",), ("word",), ("--then",)])
def test_usage(start, args):
    assert start.run(*args).returncode == 2


def test_nothing_to_execute(start):
    assert start.run("--then", "/nowhere/program").returncode == 127
