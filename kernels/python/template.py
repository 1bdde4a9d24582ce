"""A Python that has imported what every ipykernel imports, and becomes one in a moment.

The keeper starts one per interpreter and environment, with a socket as standard input, and
asks for one waiting process at a time.  A waiting process is a grandchild, so the keeper is
its parent, as it is of a kernel that was started cold.  Told a directory, a command and an
environment, it takes them on and runs what `python -m ipykernel_launcher` runs: user code
finds the pid, signals, descriptors, random seeds, arguments and modules of a fresh process.
When a file that was imported, or a directory that is searched, has changed since, the
process executes the command instead, and the template ends so that the keeper starts a new
one.

What the keeper writes to a waiting process (docs/PROTOCOL.md, "template"): a u32 length,
little-endian, with the descriptor that becomes stdout and stderr; then strings, each ended
by NUL: directory, number of arguments, the arguments, the environment.
"""

import sys

if sys.path and sys.path[0] and __file__.startswith(sys.path[0] + "/"):
    del sys.path[0]

import array
import contextlib
import ctypes
import gc
import importlib
import itertools
import os
import select
import signal
import socket
import struct
import tempfile
import threading

STALE = 3
MAX_REQUEST = 1 << 20
REST_S = 0.5  # after which a waiting process makes itself ready: a kernel may be starting just now
HIGH_WATER_MARK = 100000  # there is one at all because another client may stop reading for good
PRELOAD = """
    ipykernel.kernelapp ipykernel.ipkernel ipykernel.zmqshell ipykernel.debugger
    IPython.core.completerlib IPython.core.debugger IPython.core.logger IPython.core.oinspect
    IPython.extensions.storemagic faulthandler pdb runpy sqlite3 tornado.platform.asyncio
""".split()


def preload():
    for name in PRELOAD:
        try:
            importlib.import_module(name)
        except Exception:
            if name.startswith("ipykernel.kernelapp"):
                raise


def rehearse():
    """What Python does once, when it is first needed: regular expressions, caches of classes and of directories."""
    from IPython.core.completer import CompletionSplitter
    from IPython.core.inputtransformer2 import TransformerManager
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp().parse_command_line(["-f", ""])
    CompletionSplitter()
    TransformerManager().transform_cell("0")
    if tempfile.gettempdir() == os.getcwd():  # there is no other, and a kernel has another directory
        tempfile.tempdir = None


def touch_pages():
    """Memory that is shared with the template is copied when it is first written to: better now than later."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def stamp(path):
    try:
        st = os.stat(path)
    except OSError:
        return None
    return st.st_mtime_ns, st.st_size, st.st_ino


def stamps():
    files = {getattr(m, "__file__", None) for m in list(sys.modules.values())}
    return {f: stamp(f) for f in [*filter(None, files), *filter(None, sys.path)]}


def is_stale(known):
    return any(stamp(f) != was for f, was in known.items())


def receive(conn):
    """The request and its descriptor; None if the keeper let go of this process."""
    room = socket.CMSG_SPACE(struct.calcsize("i"))
    head, ancillary, _, _ = conn.recvmsg(4, room, socket.MSG_CMSG_CLOEXEC)
    if len(head) < 4 or not ancillary:
        return None
    (size,) = struct.unpack("<I", head)
    body = b""
    while len(body) < size <= MAX_REQUEST:
        piece = conn.recv(size - len(body))
        if not piece:
            return None
        body += piece
    cwd, count, *rest = body.split(b"\0")[:-1]
    argc = int(count)
    (out,) = array.array("i", ancillary[0][2])
    return out, cwd, rest[:argc], dict(e.split(b"=", 1) for e in rest[argc:] if b"=" in e)


def show_arguments(argv):
    """What ps shows.  The keeper made room by giving this program arguments as long."""
    try:
        with open("/proc/self/stat", "rb") as f:
            begin, end = map(int, f.read().rsplit(b")", 1)[1].split()[45:47])
        text = b"".join(a + b"\0" for a in argv)
        if 0 < len(text) <= end - begin:
            ctypes.memmove(begin, text.ljust(end - begin, b"\0"), end - begin)
    except (OSError, ValueError, IndexError):
        pass


def execute(argv):
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(argv[0], argv)


def become(request, known, added):
    out, cwd, argv, environ = request
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)
    os.environb.clear()
    os.environb.update(environ)
    os.chdir(cwd)
    if is_stale(known):
        execute(argv)
    os.environb.update(added)
    show_arguments(argv)
    words = list(map(os.fsdecode, argv))
    sys.orig_argv[:] = words
    launcher = importlib.util.find_spec("ipykernel_launcher").origin
    sys.argv[:] = [launcher, *words[words.index("ipykernel_launcher") + 1 :]]
    threading._counter = itertools.count(1).__next__  # an import made a thread without a name
    raise_high_water_mark()
    gc.unfreeze()


def wait_for_request(control, template):
    """In the waiting process: offer ourselves to the keeper; the request, or the end."""
    os.setsid()
    ours, theirs = socket.socketpair()
    rights = array.array("i", [theirs.fileno()])
    while os.getppid() == template:
        os.sched_yield()
    control.sendmsg([struct.pack("<I", os.getpid())], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    theirs.close()
    control.detach()
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    if not select.select([ours], [], [], REST_S)[0]:
        touch_pages()
    request = receive(ours)
    if request is None:
        os._exit(0)
    ours.close()
    return request


def offer(control):
    """A waiting process.  Returns its request there, None here."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return None
    parent = os.getpid()
    if os.fork():
        os._exit(0)
    return wait_for_request(control, parent)


def raise_high_water_mark():
    """A PUB socket drops what is above its mark, by default 1000 messages: a chatty cell while the keeper gets
    no CPU.  It is raised before the socket is bound; libzmq 4.3.5 can crash when that is done later."""
    from ipykernel.kernelapp import IPKernelApp
    import zmq

    original = IPKernelApp.init_iopub

    def init_iopub(app, context):
        IPKernelApp.init_iopub = original
        context.sockopts[zmq.SNDHWM] = HIGH_WATER_MARK
        try:
            original(app, context)
        finally:
            del context.sockopts[zmq.SNDHWM]

    IPKernelApp.init_iopub = init_iopub


def main():
    control = socket.socket(fileno=0)
    before = dict(os.environb)
    preload()
    with contextlib.suppress(Exception):  # of another version: it is only slower
        rehearse()
    added = {k: v for k, v in os.environb.items() if before.get(k) != v}
    known = stamps()
    gc.collect()
    gc.freeze()
    while True:
        request = offer(control)
        if request:
            become(request, known, added)
            return True
        if not control.recv(1):
            return False
        if is_stale(known):
            sys.exit(STALE)


if __name__ == "__main__" and main():
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()
