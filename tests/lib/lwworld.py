"""lwworld.py - a hub with a spawner that only keeps books, and alice, who has a project

    w = World()
    wid = w.running(name="first")
    w.spawner.end(wid, code=1, reason="ended with status 1")
    w.close()
"""
import os
import shutil
import tempfile
from pathlib import Path

from fake_spawner import FakeSpawner
from lw import wait_for
from lwhub import Hub

MACHINES = """\
default: cpu
machines:
  cpu: {cpus: 1, memory: 1G, slots: 0, aliases: [c1]}
  big: {cpus: 2, memory: 2G, slots: 1}
  node: {cpus: 1, memory: 1G, slots: 2, devices: [/dev/null]}
"""


class World:
    """A hub, its spawner, and alice, who has a project."""

    def __init__(self, spawner=FakeSpawner):
        self.tmp = tempfile.mkdtemp(prefix="lwhub-")
        os.chmod(self.tmp, 0o711)
        self.state = Path(self.tmp) / "state"
        self.state.mkdir(mode=0o711)
        (self.state / "machines.yml").write_text(MACHINES)
        self.spawner = spawner(self.state)
        self.spawner.back()
        self.hub = Hub(state=self.state).start()
        self.hub.set_up()
        self.alice = self.hub.person("alice")
        self.alice.api("POST", "projects/", status=201, json={"name": "mnist"})

    def close(self):
        self.hub.close()
        self.spawner.gone()
        shutil.rmtree(self.tmp, ignore_errors=True)

    def create(self, status=201, who=None, **body):
        r = (who or self.alice).api("POST", "workspaces/", status=status, json={"family_id": "alice/mnist", **body})
        return r.json()

    def get(self, wid, who=None):
        return (who or self.alice).api("GET", f"workspaces/{wid}", status=200).json()

    def post(self, wid, what, status=200, **body):
        return self.alice.api("POST", f"workspaces/{wid}/{what}", status=status, json=body).json()

    def wait(self, wid, state):
        return wait_for(lambda: (lambda w: w["state"] == state and w)(self.get(wid)), 10, f"{wid} {state}: {self.get(wid)}")

    def running(self, **body):
        wid = self.create(**body)["id"]
        self.wait(wid, "running")
        return wid
