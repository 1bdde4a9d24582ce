"""deaths.py - ten ways for a kernel to die, and what is told of each

Each has a name, the code of a cell, and a regular expression for what the cell tells; `before` is the code of
an earlier cell, `kernel` the kernelspec it is about, `restart` says that a restart is asked for while it runs.
Run as a program it prints all this as JSON, for tests in other languages.
"""
import json
import os
import sys

LIB = os.path.dirname(os.path.abspath(__file__))
SIGNAL = "import os, signal; os.kill(os.getpid(), signal.{})"

# A mapping of a file on a disk that is full.  Who may not mount a small one cuts the file instead.
FULL_DISK = """\
import mmap, subprocess, tempfile
disk = tempfile.mkdtemp(dir='.')
small = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'small', disk], capture_output=True).returncode == 0
file = open(f'{disk}/data', 'w+b'); file.truncate(1 << 20)
data = mmap.mmap(file.fileno(), 1 << 20)
if small: subprocess.run(['umount', '-l', disk])
else: file.truncate(0)
data[:] = bytes(1 << 20)"""

# The kernel moves itself into a group of its own, which `group` names for who cleans up.
LIMITED = f"""\
import os, sys; sys.path.insert(0, {LIB!r}); import memcg
group = memcg.make(320 << 20); group.put('cgroup.procs', os.getpid()); print('group', group.path)"""
HUNGRY = "hoard = []\nwhile True: hoard.append(bytearray(16 << 20))"

STUCK = """\
import signal, threading
signal.signal(signal.SIGINT, signal.SIG_IGN)
print('stuck', flush=True)
lock = threading.Lock(); lock.acquire(); lock.acquire()"""

WAYS = [
    {"name": "exit", "code": "import os; os._exit(3)", "tells": "died: it exited with status 3"},
    {"name": "SIGKILL", "code": SIGNAL.format("SIGKILL"), "tells": r"signal 9 \(Killed\)"},
    {"name": "SIGSEGV", "code": "import ctypes; ctypes.string_at(0)", "tells": "signal 11 .*a crash in compiled code"},
    {"name": "SIGABRT", "code": "import os; os.abort()", "tells": "signal 6 .*it gave up by itself"},
    {"name": "memory limit", "before": LIMITED, "code": HUNGRY,
     "tells": r"its memory limit of 320 MB was reached \(out of memory\)"},
    {"name": "missing module at start", "kernel": "broken", "code": "1",
     "tells": "did not start: it exited with status 1.*it said: ModuleNotFoundError: .*no_such_module"},
    {"name": "full disk", "code": FULL_DISK, "tells": "signal 7 .*as on a full disk"},
    {"name": "ulimit", "code": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
     "tells": "its limit of 1 s of CPU time was reached"},
    {"name": "deadlock then restart", "code": STUCK, "restart": True, "tells": "The kernel was restarted"},
    {"name": "os._exit in a thread", "tells": "died: it exited with status 4",
     "code": "import os, threading, time\nthreading.Thread(target=lambda: os._exit(4)).start()\ntime.sleep(60)"},
]


# Ends while it starts, but not before it is let: a cell must wait for it by then.
BROKEN = """\
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
import no_such_module"""


def broken(data_dir):
    """The kernelspec `broken`; returns the file whose appearance lets it end."""
    spec = os.path.join(data_dir, "kernels/broken")
    go = os.path.join(spec, "go")
    os.makedirs(spec, exist_ok=True)
    with open(os.path.join(spec, "kernel.json"), "w") as f:
        json.dump({"argv": [sys.executable, "-c", BROKEN, go, "{connection_file}"],
                   "display_name": "Broken", "language": "python"}, f)
    return go


if __name__ == "__main__":
    go = broken(sys.argv[1])
    print(json.dumps([{**way, "go": go} if "kernel" in way else way for way in WAYS]))
