"""serve_whole.py - a hub with everything, for tests in another language, over two pipes

Writes one JSON line {"enter": the way into a running workspace, good once, "url": of the hub, "id": of the workspace,
"password": of its owner ada}, then obeys
JSON lines on standard input, each answered by one:
    {"do": "enter"}                     another way in
    {"do": "api", "method", "path", "json"}     the owner asks the hub
    {"do": "idle", "seconds"}           another idle timeout than the API gives -> {"rows": 1}
End of input ends everything.  Arguments: machines.yml to begin with (or none), git_url of the workspace (or none).
"""
import json
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "blackbox"))

from lw import wait_for  # noqa: E402
from lwhub import PASSWORD  # noqa: E402
from test_whole import Whole  # noqa: E402


def say(**what):
    print(json.dumps(what), flush=True)


def running(person, wid):
    item = person.api("GET", f"workspaces/{wid}", status=200).json()
    assert item["state"] != "failed", item["reason"]
    return item["state"] == "running"


def main():
    machines, git_url, *args = [*sys.argv[1:], "", ""]
    with Whole() as h:
        h.args = [*h.args, *(a for a in args if a)]
        if machines:
            (h.state / "machines.yml").write_text(machines)
        h.set_up("root")
        ada = h.person("ada")
        ada.api("POST", "projects/", status=201, json={"name": "digits"})
        item = ada.api("POST", "workspaces/", status=201, json={"family_id": "ada/projects/digits", "name": "mnist",
                                                                **({"git_url": git_url} if git_url else {})}).json()
        wid = item["id"]
        wait_for(lambda: running(ada, wid), 90, "the workspace to run")
        enter = lambda: ada.api("GET", f"workspaces/{wid}/url", status=200).json()["url"]  # noqa: E731
        say(enter=enter(), url=h.url, id=wid, password=PASSWORD)
        for line in sys.stdin:
            what = json.loads(line)
            if what["do"] == "enter":
                say(enter=enter())
            elif what["do"] == "idle":
                with sqlite3.connect(h.state / "hub/hub.db", timeout=20) as db:
                    n = db.execute("UPDATE workspace SET idle_s = ? WHERE id = ?", (what["seconds"], wid)).rowcount
                ada.api("POST", f"workspaces/{wid}/rename", status=200, json={"name": "mnist"})  # reads it anew
                say(rows=n)
            else:
                r = ada.api(what["method"], what["path"], json=what.get("json"))
                say(status=r.status_code, text=r.text)


main()
