"""memcg.py - a memory cgroup of a test's own, of whichever version this machine has

    with memory_group(256 << 20) as group:       a test is skipped, with the reason, where it cannot be made
        group.command                            a shell line that moves $$ there
"""
import contextlib
import os
import signal
import time
import uuid
from pathlib import Path


class Group:
    def __init__(self, path, v2):
        self.path, self.v2 = path, v2
        self.command = f"echo $$ > {path}/cgroup.procs"

    def put(self, name, value):
        (self.path / name).write_text(str(value))

    def kills(self):
        text = (self.path / ("memory.events" if self.v2 else "memory.oom_control")).read_text()
        return int(dict(line.split() for line in text.splitlines())["oom_kill"])

    def limit(self, size):
        """No swap, or nothing would be killed before that is full."""
        self.put("memory.max" if self.v2 else "memory.limit_in_bytes", size)
        swap = "memory.swap.max" if self.v2 else "memory.memsw.limit_in_bytes"
        if (self.path / swap).exists():
            self.put(swap, 0 if self.v2 else size)

    def remove(self):
        """With all that is in it."""
        deadline = time.monotonic() + 20
        while self.path.exists() and time.monotonic() < deadline:
            for pid in (self.path / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(OSError):
                self.path.rmdir()
                break
            time.sleep(0.05)


def hierarchy():
    """(mount point, is version 2) of the memory controller."""
    v2 = None
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, kind, options = line.split()[:4]
        if kind == "cgroup" and "memory" in options.split(","):
            return Path(point), False
        if kind == "cgroup2" and v2 is None and "memory" in (Path(point) / "cgroup.controllers").read_text().split():
            v2 = Path(point), True
    if not v2:
        raise OSError("no memory controller in /proc/mounts")
    return v2


def make(size):
    """A group with that limit; OSError says why there is none."""
    point, v2 = hierarchy()
    if v2 and "memory" not in (point / "cgroup.subtree_control").read_text().split():
        (point / "cgroup.subtree_control").write_text("+memory")
    group = Group(point / f"lw-test-{uuid.uuid4().hex[:8]}", v2)
    group.path.mkdir()
    try:
        group.limit(size)
    except OSError:
        group.remove()
        raise
    return group


@contextlib.contextmanager
def memory_group(size):
    import pytest
    try:
        group = make(size)
    except OSError as e:
        pytest.skip(f"no memory cgroup of our own: {e}")
    try:
        yield group
    finally:
        group.remove()
