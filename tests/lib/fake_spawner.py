"""fake_spawner.py - what a hub talks to instead of labwright-spawner: it keeps books and starts nothing

    with FakeSpawner(state) as s:           # listens at STATE/run/spawner.sock
        s.running["run_x"]["machine"]
        s.refuse["create"] = ("no-space", "the disk is full")
        s.end("run_x", code=1, reason="ended with status 1")
        s.gone(); s.back()                  # as if it were killed and started again
"""
import json
import os
import socket
import threading
import time
from pathlib import Path

EXIT = {"code": 0, "signal": 0, "asked": False, "oom_kills": 0, "mem_peak": 0, "mem_limit": 0, "cpu_us": 0, "reason": ""}


def now_us():
    return int(time.time() * 1e6)


class FakeSpawner:
    def __init__(self, state):
        self.path = Path(state) / "run/spawner.sock"
        self.running, self.ended, self.refuse, self.asked, self.specs = {}, [], {}, [], {}
        self.lock = threading.RLock()
        self.listener, self.lines = None, []

    def __enter__(self):
        self.back()
        return self

    def __exit__(self, *_):
        self.gone()

    # ---- being there ----

    def back(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        os.chmod(self.path, 0o666)
        self.listener.listen(8)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def gone(self):
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.path.unlink(missing_ok=True)
        for line in self.lines:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.lines = []

    def accept(self, listener):
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            self.lines.append(line)
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def serve(self, line):
        while True:
            try:
                packet = line.recv(1 << 20)
            except OSError:
                return
            if not packet:
                return
            request = json.loads(packet)
            with self.lock:
                self.asked.append(request)
                answer = self.answer(request)
                self.send(line, {"id": request["id"], **answer})

    @staticmethod
    def send(line, message):
        try:
            line.send(json.dumps(message).encode())
        except OSError:
            pass

    # ---- what it does ----

    def answer(self, request):
        do = request["do"]
        if do in self.refuse:
            slug, message = self.refuse[do]
            return {"error": {"slug": slug, "message": message}}
        sandbox = request.get("sandbox")
        if sandbox and do not in ("destroy",) and sandbox not in self.running:
            return {"error": {"slug": "not-found", "message": f"There is no sandbox {sandbox}"}}
        return {"ok": getattr(self, "do_" + do)(request)}

    def do_hello(self, request):
        return {"version": 1, "program": "fake", "backend": "none", "rootless": False, "pid": os.getpid()}

    def do_list(self, request):
        return {"sandboxes": [*self.running.values(), *self.ended]}

    def do_create(self, request):
        spec = request["spec"]
        self.specs[spec["id"]] = spec
        state = {"sandbox": spec["id"], "generation": spec["generation"], "kind": spec["kind"], "machine": spec["machine"],
                 "state": "running", "pid": 4242, "started_us": now_us(),
                 "socket": str(self.path.parent / "ws" / spec["id"] / "lab.sock")}
        self.running[spec["id"]] = state
        return state

    def do_stop(self, request):
        sandbox = request["sandbox"]
        threading.Timer(0.02, lambda: self.end(sandbox, asked=True, reason="ended as asked")).start()
        return {}

    do_kill = do_stop

    def do_destroy(self, request):
        self.end(request["sandbox"], code=-1, signal=9, reason="killed")
        return {}

    def do_gate(self, request):
        if not request.get("dry_run"):
            self.running[request["sandbox"]]["machine"] = request["machine"]
        return {"machine": request["machine"], "lost": [], "took_us": 900}

    def do_freeze(self, request):
        self.running[request["sandbox"]]["state"] = "frozen"
        return {}

    def do_thaw(self, request):
        self.running[request["sandbox"]]["state"] = "running"
        return {}

    def do_stats(self, request):
        return self.sample(request["sandbox"])

    def sample(self, sandbox, **values):
        s = self.running[sandbox]
        return {"sandbox": sandbox, "generation": s["generation"], "t_us": now_us(), "cpu": 0.5, "cpu_limit": 2.0,
                "cpu_us": 1_000_000, "throttled_us": 0, "mem": 100 << 20, "mem_limit": 1 << 30, "disk": 5 << 20,
                "disk_limit": 10 << 30, "pids": 7, "pids_limit": 512, "oom_kills": 0, "gpu": None, **values}

    # ---- what happens ----

    def tell(self, event, body):
        for line in self.lines:
            self.send(line, {"event": event, **body})

    def tell_sample(self, sandbox, **values):
        with self.lock:
            self.tell("stats", self.sample(sandbox, **values))

    def end(self, sandbox, **values):
        """It ended, and whoever listens hears of it."""
        with self.lock:
            state = self.running.pop(sandbox, None)
            if not state:
                return
            end = {**EXIT, "ended_us": now_us(), **values}
            self.ended.append({**state, "state": "ended", "pid": 0, "exit": end})
            self.tell("exit", {"sandbox": sandbox, "generation": state["generation"], **end})
