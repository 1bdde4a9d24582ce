"""hub_pair.py - the two hubs of the benchmark: `labwright serve`, and JupyterHub with its proxy, on loopback

    with Ours() as hub:                     # or Theirs(environment, proxy)
        s = hub.spaces(3)                   # three workspaces (servers of three people), stopped
        hub.start(s[0]); hub.answers(s[0])  # asked to start; does its own server answer, through the way in?
        hub.stop(s[0])
        hub.memory(); hub.space_memory()    # bytes, shared pages divided among who shares them
"""
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1] / "lib"), str(HERE.parents[1] / "blackbox")]

from lw import free_port, wait_for  # noqa: E402
from test_whole import Whole  # noqa: E402

MACHINES = """\
machines:
  cpu: {cpus: 50%, memory: 50%, slots: 0}
  cpu2: {cpus: auto, memory: auto, slots: 0}
  node: {cpus: auto, memory: auto, slots: 0, devices: [/dev/fuse]}
"""


def pss(pids):
    """Bytes; of processes that end meanwhile nothing."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                total += int(line.split()[1]) * 1024 if line.startswith("Pss:") else 0
    return total


def below(pid):
    """PID's children, theirs, and so on."""
    found, left = set(), [pid]
    while left:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{left.pop()}/task").iterdir():
                more = {int(p) for p in (task / "children").read_text().split()} - found
                found |= more
                left += more
    return found


class Ours:
    ref = False

    def __enter__(self):
        self.hub = Whole()
        (self.hub.state / "machines.yml").write_text(MACHINES)
        self.hub.__enter__()
        self.hub.set_up()
        self.ada = self.hub.person("ada")
        self.ada.api("POST", "projects/", status=201, json={"name": "p"})
        self.port, self.token = self.hub.port, self.ada.key()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"token {self.token}"
        return self

    def __exit__(self, *exc):
        self.hub.close()

    def spaces(self, n):
        return [self.ada.api("POST", "workspaces/", status=201, json={"family_id": "ada/p", "start": False}).json()["id"]
                for _ in range(n)]

    def path(self, space):
        return f"notebooks/{space}/api/status"

    def start(self, space):
        self.ada.api("POST", f"workspaces/{space}/start", status=200, json={})

    def answers(self, space):
        return self.session.get(f"{self.hub.labs}/{self.path(space)}", timeout=30).status_code == 200

    def stop(self, space):
        self.ada.api("POST", f"workspaces/{space}/stop", status=200, json={})
        wait_for(lambda: self.ada.api("GET", f"workspaces/{space}").json()["state"] == "stopped", 60, "a stop")

    def switch(self, space, machine):
        got = self.ada.api("POST", f"workspaces/{space}/restart", status=200, json={"instance_type": machine}).json()
        assert got["layer"] == "gate", got

    def processes(self):
        """The supervisor, the hub, the spawner; and what runs in sandboxes."""
        spawner = [p for p in below(self.hub.process.pid) if "labwright-spawner" in Path(f"/proc/{p}/cmdline").read_text()]
        inside = {p for s in spawner for p in below(s)}
        return {self.hub.process.pid} | below(self.hub.process.pid) - inside, inside

    def memory(self):
        return pss(self.processes()[0])

    def space_memory(self):
        return pss(self.processes()[1])


CONFIG = """\
c = get_config()
c.JupyterHub.bind_url = 'http://127.0.0.1:{port}'
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.authenticator_class = 'dummy'
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = 'simple'
c.SimpleLocalProcessSpawner.home_dir_template = '{tmp}/homes/{{username}}'
c.Spawner.cmd = ['{environment}/bin/jupyterhub-singleuser', '--allow-root']
c.Spawner.start_timeout = c.Spawner.http_timeout = 240
c.JupyterHub.concurrent_spawn_limit = 0
c.ConfigurableHTTPProxy.command = ['{proxy}']
c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{api_port}'
c.JupyterHub.services = [{{'name': 'bench', 'api_token': '{token}'}}]
c.JupyterHub.load_roles = [{{'name': 'bench', 'services': ['bench'],
                            'scopes': ['admin:users', 'admin:servers', 'access:servers', 'tokens']}}]
"""


class Theirs:
    ref = True

    def __init__(self, environment, proxy):
        self.environment, self.proxy = environment, proxy

    def __enter__(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="lwjh-")
        self.port, self.token = free_port(), secrets.token_hex(16)
        (Path(self.tmp.name) / "config.py").write_text(CONFIG.format(
            port=self.port, hub_port=free_port(), api_port=free_port(), tmp=self.tmp.name, environment=self.environment,
            proxy=self.proxy, token=self.token))
        self.log = open(Path(self.tmp.name) / "log", "wb")
        self.process = subprocess.Popen([f"{self.environment}/bin/jupyterhub", "-f", "config.py"], cwd=self.tmp.name,
                                        stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"token {self.token}"
        wait_for(lambda: self.session.get(f"{self.url}/hub/api/users", timeout=5).ok, 120, "JupyterHub", interval=0.1)
        return self

    def __exit__(self, *exc):
        own = below(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
        for pid in [*own, self.process.pid]:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()
        self.tmp.cleanup()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def spaces(self, n):
        names = [f"u{secrets.token_hex(3)}" for _ in range(n)]
        for name in names:
            assert self.session.post(f"{self.url}/hub/api/users/{name}", timeout=60).ok
            (Path(self.tmp.name) / "homes" / name).mkdir(parents=True)
        return names

    def path(self, space):
        return f"user/{space}/api/status"

    def start(self, space):
        r = self.session.post(f"{self.url}/hub/api/users/{space}/server", timeout=300)
        assert r.status_code in (201, 202), r.text

    def answers(self, space):
        return self.session.get(f"{self.url}/{self.path(space)}", timeout=30, allow_redirects=False).status_code == 200

    def stop(self, space):
        self.session.delete(f"{self.url}/hub/api/users/{space}/server", timeout=60)
        wait_for(lambda: not self.session.get(f"{self.url}/hub/api/users/{space}", timeout=30).json()["server"], 60, "a stop",
                 interval=0.1)

    def processes(self):
        """The hub and its proxy; people's servers."""
        inside = {p for p in below(self.process.pid) if "singleuser" in Path(f"/proc/{p}/cmdline").read_text()}
        return {self.process.pid} | below(self.process.pid) - inside, inside

    def memory(self):
        return pss(self.processes()[0])

    def space_memory(self):
        return pss(self.processes()[1])


def until_all_answer(hub, spaces):
    """Seconds from the first of the requests to start until each has answered."""
    began, left = time.monotonic(), list(spaces)
    for s in spaces:
        hub.start(s)
    while left:
        left = [s for s in left if not hub.answers(s)]
        time.sleep(0.002 if left else 0)
        assert time.monotonic() - began < 300, f"{len(left)} of {len(spaces)} do not answer"
    return time.monotonic() - began
