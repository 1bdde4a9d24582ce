#!/usr/bin/env python3
"""Ten ways for a kernel to die: what each cell tells, and how long after the process's end a client has it.

The end is when the process's pidfd says so.  Exit status 1: a cell did not tell, or not within LIMIT_MS.
"""
import os
import re
import select
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import deaths  # noqa: E402
import memcg  # noqa: E402
from lw import Server, wait_for  # noqa: E402

LIMIT_MS = 500


def process_of(srv, kernel_id):
    """The process whose arguments name the kernel's connection file."""
    for pid in srv.pids:
        try:
            if f"kernel-{kernel_id}".encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        except OSError:
            pass
    return None


class End(threading.Thread):
    """Notes when a process ends."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.fd, self.at = os.pidfd_open(pid), None
        self.start()

    def run(self):
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        poll.poll(120_000)
        self.at = time.monotonic()
        os.close(self.fd)


def group_of(k, code):
    """The memory cgroup that the kernel made for itself; None where it may not."""
    made = re.match("group (.*)", k.execute(code).text)
    return made and memcg.Group(Path(made[1]), memcg.hierarchy()[1])


def die(srv, way, go):
    """(sentence, milliseconds), or None: this way is not open here."""
    k = srv.kernel(way.get("kernel", "python3"))
    group = None
    try:
        if "kernel" not in way:
            k.execute("1")
        if "before" in way and not (group := group_of(k, way["before"])):
            return None
        pid = wait_for(lambda: process_of(srv, k.id), 20, "the kernel's process")
        end = End(pid)
        mid = k.start_execute(way["code"])
        if "kernel" in way:
            go.touch()
        if way.get("restart"):
            k.until(lambda m: m["header"]["msg_type"] == "stream")
            threading.Thread(target=srv.api, args=("POST", f"api/kernels/{k.id}/restart"),
                             kwargs={"timeout": 60}, daemon=True).start()
        error = k.until(lambda m: m["header"]["msg_type"] == "error" and m["parent_header"].get("msg_id") == mid, 60)[-1]
        at = time.monotonic()
        end.join(10)
        return error["content"]["evalue"], 1000 * (at - end.at)
    finally:
        k.close()
        srv.api("DELETE", f"api/kernels/{k.id}", timeout=60)
        if group:
            group.remove()


def main():
    good = True
    slowest = 0
    with Server() as srv:
        go = Path(deaths.broken(srv.data_dir))
        for way in deaths.WAYS:
            told = die(srv, way, go)
            if told is None:
                print(f"  {way['name']}: not done, no memory cgroup of our own here")
                continue
            sentence, ms = told
            fine = re.search(way["tells"], sentence) and ms < LIMIT_MS
            slowest = max(slowest, ms)
            good = good and fine
            print(f"  {way['name']}: {ms:.0f} ms{'' if fine else ' WRONG'}: {sentence}", flush=True)
    print(f"slowest: {slowest:.0f} ms after the process's end")
    return 0 if good else 1


sys.exit(main())
