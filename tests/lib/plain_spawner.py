#!/usr/bin/env python3
"""plain_spawner.py - a stand-in for labwright-spawner that really starts what a workspace runs, and isolates nothing

Beside a copy of labwright and called labwright-spawner it makes `labwright serve` whole on a machine where sandboxes
are not the question: keeper, server, kernels and the way to them are the real ones.

    labwright-spawner --state DIR [--rootless] [--stop-all]

With LW_ROOM, the path of room_run, it isolates after all.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, os.environ.get("LW_TEST_LIB") or str(Path(__file__).resolve().parent))
from fake_spawner import FakeSpawner, now_us  # noqa: E402


class PlainSpawner(FakeSpawner):
    def __init__(self, state, program):
        super().__init__(state)
        self.state, self.program, self.children = Path(state), str(program), {}

    def do_create(self, request):
        spec = request["spec"]
        answer = super().do_create(request)
        home = self.state / "ws" / spec["home"] / "home"
        run = self.path.parent / "ws" / spec["id"]
        run.mkdir(parents=True, exist_ok=True)
        environ = dict(w.split("=", 1) for w in spec["environ"])
        mark = {"LW_TEST_MARK": os.environ.get("LW_TEST_MARK", "")}
        (run / "lab.sock").unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(run / "lab.sock"))
        os.chmod(run / "lab.sock", 0o666)
        listener.listen(64)
        fd = listener.detach()
        if os.environ.get("LW_ROOM"):
            argv, env = self.in_a_room(spec, {**environ, **mark}, fd), dict(os.environ)
        else:
            argv, env = self.as_it_is(spec, home, run / "keep", fd), {"PATH": os.environ["PATH"], **environ, **mark,
                                                                        "HOME": str(home)}
        with open(run / "log", "ab") as log:
            child = subprocess.Popen(argv, cwd=run, env=env, pass_fds=[fd], stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=log, start_new_session=True)
        os.close(fd)
        self.children[spec["id"]] = child
        answer["pid"], answer["socket"] = child.pid, str(run / "lab.sock")
        threading.Thread(target=self.watch, args=(spec["id"], child), daemon=True).start()
        self.tell("ready", {"sandbox": spec["id"], "generation": spec["generation"], "t_us": now_us()})
        return answer

    def as_it_is(self, spec, home, keep, fd):
        home.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(keep, ignore_errors=True)
        argv = [self.program if w == "labwright" else str(keep) if w == "/run/labwright/keep" else
                w.replace("/floyd/home", str(home)).replace("=/floyd", f"={home.parent}") for w in spec["argv"]]
        return ["sh", "-c", f'cd "$HOME"; exec "$@" 3<&{fd}', "-", *argv]

    def in_a_room(self, spec, environ, fd):
        """By room_run, which LW_ROOM names: namespaces, root, seccomp, but no limits. LW_ENV: its Python."""
        tree = Path(self.program).resolve().parent.parent
        words = [os.environ["LW_ROOM"], "--state", str(self.state), "--id", spec["id"], "--listen-fd", str(fd),
                 "--uid", str(600_000_000 + 65536 * spec["owner"]), "--net", "nat", "--program", str(tree)]
        if os.environ.get("LW_ENV"):
            words += ["--env", os.environ["LW_ENV"]]
        for k, v in environ.items():
            words += ["--set", f"{k}={v}"]
        return [*words, "--", *(self.program if w == "labwright" else w for w in spec["argv"])]

    def watch(self, sandbox, child):
        status = child.wait()
        asked = sandbox not in self.children
        self.children.pop(sandbox, None)
        self.end(sandbox, code=max(status, 0), signal=max(-status, 0), asked=asked, reason=f"ended with status {status}")

    def do_stop(self, request):
        child = self.children.pop(request["sandbox"], None)
        if child:
            self.signal(child, signal.SIGTERM)
        return {}

    def do_kill(self, request):
        child = self.children.pop(request["sandbox"], None)
        if child:
            self.signal(child, signal.SIGKILL)
        return {}

    @staticmethod
    def signal(child, signo):
        """To the keeper: itself, or below room_run."""
        below = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        os.kill(int(below[0]) if below and os.environ.get("LW_ROOM") else child.pid, signo)

    def do_destroy(self, request):
        self.do_kill(request)
        shutil.rmtree(self.state / "ws" / request["sandbox"], ignore_errors=True)
        return {}


def main():
    state = sys.argv[sys.argv.index("--state") + 1]
    me = sys.argv[sys.argv.index("--program") + 1] if "--program" in sys.argv else sys.argv[0]
    spawner = PlainSpawner(state, Path(me).resolve().parent / "labwright")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    with spawner:
        signal.sigwait([signal.SIGTERM, signal.SIGINT])
        for child in [*spawner.children.values()]:  # nobody would find them again
            spawner.signal(child, signal.SIGTERM)
            child.wait()


if __name__ == "__main__":
    main()
