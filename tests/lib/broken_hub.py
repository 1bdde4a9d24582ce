"""broken_hub.py - a hub that can be broken, for tests in another language, over two pipes

STATE is on a small disk of its own where root may mount one ("disk": true in the first line).  Obeys {"do": [...]}:
    create NAME [MACHINE [ENV]]    -> {"id", "url": the way in, good once}      start NAME      stop NAME
    gone, back                     the spawner                                  fill, free      the disk
    hide, show                     the environment "mine"
    damage, mend                   the database
    end of input: the end
"""
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "blackbox"))

from lw import wait_for  # noqa: E402
from test_broken import ENVIRONMENT, Silent, World, fill  # noqa: E402


class Broken:
    def __init__(self, world, disk, silent):
        self.world, self.disk, self.silent, self.ids = world, disk, silent, {}
        self.environment = world.state / "environments/mine.yml"
        self.show()

    def known(self):
        return "mine" in [e["name"] for e in self.world.ada.api("GET", "environments").json()["environments"]]

    def create(self, name, machine="cpu", env="mine"):
        item = self.world.create(name, instance_type=machine, env=env)
        self.ids[name] = item["id"]
        return {"id": item["id"], "url": self.world.ada.api("GET", f"workspaces/{item['id']}/url", status=200).json()["url"]}

    def start(self, name):
        self.world.ada.api("POST", f"workspaces/{self.ids[name]}/start")

    def stop(self, name):
        self.world.ada.api("POST", f"workspaces/{self.ids[name]}/stop", status=200)

    def gone(self):
        self.world.spawner.gone()

    def back(self):
        self.world.spawner.back()

    def fill(self):
        fill(self.world.state)
        while self.world.ada.api("POST", "projects/", json={"name": f"x{os.urandom(4).hex()}"}).status_code == 201:
            fill(self.world.state)

    def free(self):
        (self.world.state / "ballast").unlink()

    def hide(self):
        self.environment.unlink()
        wait_for(lambda: not self.known(), 20, "that the environment is gone")

    def show(self):
        self.environment.parent.mkdir(exist_ok=True)
        self.environment.write_text(ENVIRONMENT)
        wait_for(self.known, 20, "the environment")

    def point(self, page, version):
        with contextlib.closing(sqlite3.connect(self.world.state / "hub/hub.db")) as db:
            db.execute("PRAGMA writable_schema = ON")
            was = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'workspace'").fetchone()[0]
            db.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = 'workspace'", (page,))
            db.execute(f"PRAGMA schema_version = {version}")
            db.commit()
            return was

    def damage(self):
        self.page = self.point(99999, 1000)

    def mend(self):
        self.point(self.page, 1001)

    def url_that_hangs(self):
        return {"url": self.silent.url}


def main():
    with contextlib.ExitStack() as stack:
        tmp = stack.enter_context(tempfile.TemporaryDirectory(prefix="lwhub-"))
        os.chmod(tmp, 0o711)
        state = Path(tmp) / "state"
        state.mkdir()
        disk = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=711", "lwsmall", state],
                                                    capture_output=True).returncode == 0
        if disk:
            stack.callback(subprocess.run, ["umount", "-l", state], check=True)
        silent = stack.enter_context(Silent())
        broken = Broken(stack.enter_context(World(state, args=["--git-private"])), disk, silent)
        print(json.dumps({"hub": broken.world.hub.url, "disk": disk}), flush=True)
        for line in sys.stdin:
            word, *args = json.loads(line)["do"]
            print(json.dumps(getattr(broken, word)(*args) or {}), flush=True)


if __name__ == "__main__":
    main()
