"""notebook.py PORT NAME PASSWORD - log in as a person does, open the workspace that runs, execute a Python cell"""
import sys
import time
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))
from kernelws import KernelWS  # noqa: E402
from lwhub import Person  # noqa: E402
from lwlabs import NAVIGATE, RealLab, Window  # noqa: E402

port, name, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
hub = types.SimpleNamespace(url=f"http://localhost:{port}", labs=f"http://127.0.0.1:{port}", port=port)
person = Person(hub, name, password)
person.log_in()
item = next(w for w in person.api("GET", "workspaces", status=200).json()["workspaces"] if w["state"] == "running")
way = RealLab.__new__(RealLab)
way.window, way.hub, way.sockets = Window(hub, item["id"]), hub, []
began = time.monotonic()
way.window.enter(person)
way.api("GET", "lab", headers=NAVIGATE, status=200)
kernel = way.api("POST", "api/kernels", json={"name": "python3"}, status=201).json()
ws = KernelWS(way, kernel["id"])
assert ws.execute("print(6 * 7)").text == "42\n"
print(f"  figure: from the click to the answer of a Python cell {time.monotonic() - began:.1f} s")
assert "Python" in ws.execute("import sys; print(sys.version, sys.prefix); print('Python')").text
way.api("DELETE", f"api/kernels/{kernel['id']}", status=204)
ws.ws.close()
