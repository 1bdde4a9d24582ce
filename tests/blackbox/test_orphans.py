"""A kernel that double-forks: its orphans become the keeper's children, and no zombie stays when they end."""
import os
import subprocess
from pathlib import Path

import pytest
from lw import wait_for
from test_keeper_takeover import keeper_pid

pytestmark = pytest.mark.ours

ORPHANS = """
import subprocess
for i in range(5):
    subprocess.run(['sh', '-c', 'sh -c "until [ -e go ]; do sleep .02; done; true an-orphan" &'])
"""


def state_and_parent(pid):
    """('S', parent) of a process, or None if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], int(fields[1])


def children(parent):
    found = {int(p): state_and_parent(p) for p in os.listdir("/proc") if p.isdigit()}
    return {p: s[0] for p, s in found.items() if s and s[1] == parent}


def orphans(keeper):
    return [p for p in children(keeper) if b"an-orphan" in Path(f"/proc/{p}/cmdline").read_bytes()]


def orphans_leave_nothing(srv, keeper):
    k = srv.kernel()
    k.execute(ORPHANS)
    wait_for(lambda: len(orphans(keeper)) == 5, 20, "the keeper's adoption of the orphans")
    pids = orphans(keeper)
    (srv.root / "go").touch()
    wait_for(lambda: not any(map(state_and_parent, pids)), 20, "their end, without zombies")
    assert k.execute("6*7").value == "42"
    srv.api("DELETE", f"api/kernels/{k.id}", status=204)
    wait_for(lambda: "Z" not in children(keeper).values(), 20, "an end of all zombies")


def test_orphans_of_a_kernel(lab):
    lab.kernel()
    orphans_leave_nothing(lab, keeper_pid(lab))


def test_orphans_when_the_keeper_is_process_1(lab):
    """As in a container."""
    unshare = ["unshare", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("no pid namespaces for us here: unshare --pid fails")
    lab.kernel()
    old = keeper_pid(lab)
    argv = Path(f"/proc/{old}/cmdline").read_bytes().split(b"\0")
    directory = argv[argv.index(b"--dir") + 1].decode()
    lab.stop()
    wait_for(lambda: state_and_parent(old) is None, 20, "the end of the first keeper")
    outer = subprocess.Popen([*unshare, lab.binary, "keep", "--dir", directory, "--linger", "60"],
                             env=lab.environ, start_new_session=True)
    try:
        wait_for(lambda: Path(directory, "keep.sock").exists(), 20)
        lab.start()
        (keeper,) = children(outer.pid)
        assert Path(f"/proc/{keeper}/status").read_text().split("NSpid:")[1].split("\n")[0].split()[-1] == "1"
        orphans_leave_nothing(lab, keeper)
    finally:
        lab.stop()
        outer.kill()
        outer.wait()
