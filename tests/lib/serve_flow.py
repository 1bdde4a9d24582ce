"""serve_flow.py - an installation as its administrator finds it, and a git repository, for tests/browser/flow.test.mjs

Writes one JSON line {"url": of the hub, "token": for the first account, "git": address of the repository, "password": that will do}, and
ends everything when its input ends.  Machines: cpu (512 MB) and gpu, which has more of everything and a device node, /dev/fuse in place
of a GPU's.  Both have the host's network, because the repository is served on loopback.
"""
import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "blackbox"))

from gitserve import GitServer  # noqa: E402
from lw import default_env  # noqa: E402
from lwhub import PASSWORD, Person  # noqa: E402
from test_whole import Whole  # noqa: E402

MACHINES = """\
default: cpu
machines:
  cpu: {title: CPU, description: one core, cpus: 1, memory: 512M, disk: 2G, pids: 500, network: host, aliases: [c1]}
  gpu: {title: GPU, description: a device and two cores, arch: gpu, cpus: 2, memory: 2G, disk: 2G, pids: 500, network: host,
        devices: [/dev/fuse], aliases: [g1], price_per_hour: 1.2}
"""
CHECK = """\
import os
def device():
    try:
        os.close(os.open('/dev/fuse', os.O_RDWR))
        return 'opens'
    except OSError as e:
        return type(e).__name__
print('device', device())
"""


def wheel():
    """tiny 1.0, which knows one thing."""
    data, info = io.BytesIO(), "tiny-1.0.dist-info/"
    with zipfile.ZipFile(data, "w") as z:
        z.writestr("tiny.py", "answer = 42\n")
        z.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        z.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr(info + "RECORD", f"tiny.py,,\n{info}METADATA,,\n{info}WHEEL,,\n{info}RECORD,,\n")
    return data.getvalue()


def main():
    whole = Whole()
    whole.args = ["--git-private"]
    (whole.state / "machines.yml").write_text(MACHINES)
    (whole.state / "environments/python3.yml").write_text(
        f"title: Python 3\naliases: [default]\ncpu: {{ prefix: {default_env()} }}\ngpu: {{ prefix: {default_env()} }}\n")
    with tempfile.TemporaryDirectory() as tmp, GitServer(Path(tmp)) as git, whole as hub:
        git.repository("digits", {"README.md": "# Digits\n", "check.py": CHECK, "tiny-1.0-py3-none-any.whl": wheel(),
                                  "notes/a rather long name of a file that somebody wrote.txt": "1\n"})
        print(json.dumps({"url": hub.url, "token": hub.token, "git": git.url("digits"), "password": PASSWORD}), flush=True)
        sys.stdin.read()
        root = Person(hub, "root")
        if root.log_in(status=None).ok:
            hub.admin = root  # who ends what still runs


main()
