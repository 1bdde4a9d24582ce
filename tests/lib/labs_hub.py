"""labs_hub.py - a hub with workspaces, for tests in another language, over two pipes

Says one JSON line, then obeys {"do": ...} on standard input, each answered by one line:
    create NAME    a workspace on the one machine of its kind    -> {"url"}: the way in, good once
    url NAME       -> {"url"}
    stop NAME      refuse TEXT (of the spawner; "": no more)      slow SECONDS (what a start takes)
    serve NAME     its server is there, and says what it was asked
    jupyter NAME   its server is a real one, behind its keeper   kill NAME: that server dies
    end of input: the end
"""
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from fake_spawner import FakeSpawner
from lwhub import Hub
from lwlabs import Labs, RealLab, Window


class SlowSpawner(FakeSpawner):
    slow = 0

    def do_create(self, request):
        time.sleep(self.slow)
        return super().do_create(request)


class Waiting:
    def __init__(self, tmp):
        self.state = Path(tmp) / "state"
        self.state.mkdir(mode=0o711)
        (self.state / "machines.yml").write_text("default: big\nmachines:\n  big: {cpus: 1, memory: 1G, slots: 1}\n")
        self.spawner = SlowSpawner(self.state)
        self.spawner.back()
        self.hub = Hub(state=self.state).start()
        self.hub.set_up()
        self.alice = self.hub.person("alice")
        self.alice.api("POST", "projects/", status=201, json={"name": "mnist"})
        self.labs, self.ids, self.real = Labs(self.hub), {}, {}

    def create(self, name):
        body = {"family_id": "alice/mnist", "name": name}
        self.ids[name] = self.alice.api("POST", "workspaces/", status=201, json=body).json()["id"]
        return self.url(name)

    def url(self, name):
        return {"url": self.alice.api("GET", f"workspaces/{self.ids[name]}/url", status=200).json()["url"]}

    def stop(self, name):
        self.alice.api("POST", f"workspaces/{self.ids[name]}/stop", status=200, json={})

    def refuse(self, text):
        self.spawner.refuse = {"create": ("no-space", text)} if text else {}

    def slow(self, seconds):
        self.spawner.slow = seconds

    def serve(self, name):
        self.labs.lab(self.ids[name])

    def jupyter(self, name):
        window = Window(self.hub, self.ids[name])
        self.real[name] = RealLab(self.labs, window, args=["--expose-app-in-browser"])

    def kill(self, name):
        os.kill(self.real[name].behind.servers()[-1], signal.SIGKILL)

    def end(self):
        self.labs.end()
        self.hub.close()
        self.spawner.gone()


def main():
    tmp = tempfile.mkdtemp(prefix="lwhub-")
    os.chmod(tmp, 0o711)
    w = Waiting(tmp)
    try:
        print(json.dumps({"hub": w.hub.url, "labs": w.hub.labs}), flush=True)
        for line in sys.stdin:
            word, *args = json.loads(line)["do"]
            print(json.dumps(getattr(w, word)(*args) or {}), flush=True)
    finally:
        w.end()
        shutil.rmtree(tmp, ignore_errors=True)


if __name__ == "__main__":
    main()
