"""`labwright serve`: spawner and hub, kept running.  The spawner is a stand-in that says what it was told."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import requests
from lw import default_binary, free_port, wait_for

SPAWNER = """#!/bin/sh
echo "$$ $*" >> "${0%/*}/spawner.calls"
trap 'echo "$$ TERM" >> "${0%/*}/spawner.calls"; exit 0' TERM
while :; do sleep 0.05; done
"""

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class Serve:
    def __init__(self, *args, spawner=SPAWNER, through=()):
        self.tmp = Path(tempfile.mkdtemp(prefix="lwserve-"))
        os.chmod(self.tmp, 0o755)
        self.state, self.port = self.tmp / "state", free_port()
        self.program = self.tmp / "labwright"
        shutil.copy(default_binary(), self.program)
        if spawner:
            (self.tmp / "labwright-spawner").write_text(spawner)
            (self.tmp / "labwright-spawner").chmod(0o755)
        if "setpriv" in through:
            shutil.chown(self.tmp, 1234, 1234)
        self.log = open(self.tmp / "log", "wb")
        self.process = subprocess.Popen(
            [*through, self.program, "serve", "--state", self.state, "--port", str(self.port), *args],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, cwd="/",
            env={**os.environ, "PATH": "/usr/bin:/bin"})  # without useradd

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.process.poll() is None:
                self.process.terminate()
                self.process.wait(30)
        finally:
            for pid in self.pids("labwright"):
                os.kill(pid, signal.SIGKILL)
            self.log.close()
            shutil.rmtree(self.tmp, ignore_errors=True)

    def answers(self):
        return requests.get(f"http://localhost:{self.port}/api/v1/cli_version", timeout=5).ok

    def wait_hub(self):
        wait_for(self.answers, 20, f"the hub's answer; {self.words}")
        return self.hub

    @property
    def words(self):
        return (self.tmp / "log").read_text()

    @property
    def calls(self):
        f = self.tmp / "spawner.calls"
        return [line.split(" ", 1) for line in f.read_text().splitlines()] if f.exists() else []

    def pids(self, *words):
        found = []
        for p in Path("/proc").iterdir():
            if p.name.isdigit():
                try:
                    line = (p / "cmdline").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                if str(self.tmp) in line and all(w in line for w in words):
                    found.append(int(p.name))
        return found

    @property
    def hub(self):
        return next(iter(self.pids("--hub")), None)

    @property
    def spawner(self):
        return next(iter(self.pids("labwright-spawner")), None)


def test_both_run_and_end_with_it():
    with Serve() as s:
        s.wait_hub()
        wait_for(lambda: s.calls, 10)
        first = s.calls[0]
        assert first[1] == f"--state {s.state}" + ("" if os.geteuid() == 0 else " --rootless")
        s.process.terminate()
        assert s.process.wait(30) == 0
        assert s.calls[1:] == [[first[0], "TERM"]]
        assert s.pids() == [] and "workspaces go on" in s.words


def test_what_dies_is_started_again():
    with Serve() as s:
        hub = s.wait_hub()
        wait_for(lambda: s.calls, 10)
        os.kill(hub, signal.SIGKILL)
        wait_for(lambda: s.hub not in (None, hub) and s.answers(), 20, "another hub")
        os.kill(int(s.calls[0][0]), signal.SIGKILL)
        wait_for(lambda: len(s.calls) == 2, 20, "another spawner")
        assert s.process.poll() is None
        assert "the hub was killed by signal 9" in s.words and "the spawner was killed by signal 9" in s.words


def test_a_spawner_that_dies_all_the_time():
    with Serve(spawner='#!/bin/sh\necho "$$ $*" >> "${0%/*}/spawner.calls"\nexit 1\n') as s:
        begun = time.monotonic()
        s.wait_hub()
        wait_for(lambda: len(s.calls) >= 4, 20)
        passed = time.monotonic() - begun
        assert len(s.calls) <= 5 + passed / 2  # at once, after 0.1, 0.5, then every 2 s
        assert s.answers()


def test_without_a_spawner_the_hub_runs():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it, and what they start
    with Serve(spawner=None) as s:
        s.wait_hub()
        wait_for(lambda: "the spawner was not started" in s.words, 10)
        s.process.send_signal(signal.SIGINT)
        assert s.process.wait(30) == 0


@pytest.mark.parametrize("args,status,words", [(["--nonsense"], 2, "what is '--nonsense'"),
                                               (["--certfile", "/nonexistent", "--keyfile", "/nonexistent"], 1, "/nonexistent")])
def test_a_hub_that_cannot_start(args, status, words):
    with Serve(*args) as s:
        assert s.process.wait(30) == status
        assert words in s.words and s.pids() == []


def test_stop_all_is_told_to_the_spawner():
    with Serve("--stop-all") as s:
        s.wait_hub()
        wait_for(lambda: s.calls, 10)
        assert s.calls[0][1].endswith(" --stop-all")
        s.process.terminate()
        assert s.process.wait(30) == 0 and "workspaces with us" in s.words


def test_signals_that_nohup_ignores():
    with Serve(through=["nohup"]) as s:
        s.wait_hub()
        for _ in range(3):
            s.process.send_signal(signal.SIGHUP)
        assert s.answers() and s.process.poll() is None
        s.process.terminate()
        assert s.process.wait(30) == 0 and "received signal 15" in s.words and "received signal 1:" not in s.words


def test_nothing_outlives_it():
    with Serve() as s:
        hub = s.wait_hub()
        wait_for(lambda: s.calls, 10)
        s.process.kill()
        s.process.wait(10)
        wait_for(lambda: not os.path.exists(f"/proc/{hub}"), 20, "the end of the hub")
        os.kill(int(s.calls[0][0]), signal.SIGKILL)  # the stand-in does not ask for it


def test_state_is_needed():
    r = subprocess.run([default_binary(), "serve", "--port", "0"], capture_output=True, text=True, timeout=20)
    assert r.returncode == 2 and "--state DIR" in r.stderr


@root_only
def test_the_hub_is_not_root():
    with Serve() as s:
        hub = s.wait_hub()
        status = Path(f"/proc/{hub}/status").read_text()
        uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        assert set(uids) == {str((s.state / "hub").stat().st_uid)} and "0" not in uids
        assert (s.state / "hub").stat().st_mode & 0o777 == 0o700
        assert s.state.stat().st_uid == 0


@root_only
def test_typed_by_somebody_else():
    with Serve(through=["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups"]) as s:
        s.wait_hub()
        wait_for(lambda: s.calls, 10)
        assert s.calls[0][1].endswith(" --rootless")
        assert s.state.stat().st_uid == (s.state / "hub").stat().st_uid == 1234
