"""Attempts of one sandbox on another or on the host; run inside sandboxes and, to show that they can succeed, outside.

    python3 isolation_rows.py set-up      makes the things that are attacked, then tries each row that has OWN
    python3 isolation_rows.py try         tries each row once, as a stranger
    python3 isolation_rows.py host        tries each row that has HOST

FACTS in the environment (JSON) says where things are.  Prints one JSON object: row -> "reached" or why not.  Only the
standard library: it runs under the host's Python inside a sandbox.  Constants are those of x86-64 and arm64 Linux.
"""
import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time

FACTS = json.loads(os.environ.get("FACTS", "{}"))
SECRET = b"of the other sandbox"
KEY, PORT, NAME = 0x4C57, 4917, "labwright-isolation"
OWN, HOST = "own", "host"
LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"add_key": 248, "keyctl": 250, "bpf": 321, "perf_event_open": 298, "open_by_handle_at": 304,
                      "process_vm_readv": 310, "pidfd_open": 434, "pidfd_getfd": 438, "io_uring_setup": 425},
           "aarch64": {"add_key": 217, "keyctl": 219, "bpf": 280, "perf_event_open": 241, "open_by_handle_at": 265,
                       "process_vm_readv": 270, "pidfd_open": 434, "pidfd_getfd": 438, "io_uring_setup": 425}}
ROWS = []


class Refused(Exception):
    pass


def row(control, fact=None):
    """CONTROL: who reaches it, the owner inside or root of the host.  FACT: needed, else the row is skipped."""
    def add(fn):
        ROWS.append((fn.__name__, control, fact, fn))
        return fn
    return add


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def syscall(name, *args):
    number = NUMBERS[os.uname().machine][name]
    return checked(LIBC.syscall(number, *[ctypes.c_long(a) if isinstance(a, int) else a for a in args]))


def must_hold(data, what=SECRET):
    if what not in data:
        raise Refused(f"something else: {data[:40]!r}")


def talk_tcp(host, port, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(2)
        s.connect((host, port))
        must_hold(s.recv(100))


def talk_unix(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(2)
        s.connect(path)
        must_hold(s.recv(100))


def read(path):
    with open(path, "rb") as f:
        return f.read(1 << 16)


def process():
    """The attacked process: a child of the set-up.  Its last word appears nowhere in this text, which is in command lines."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if NAME.encode() + b"-victim" in read(f"/proc/{entry}/cmdline"):
                    return int(entry)
            except OSError:
                pass
    raise Refused("the process is not seen")


# ---- ports and sockets ----

@row(OWN)
def port_on_loopback():
    talk_tcp("127.0.0.1", PORT)


@row(OWN)
def port_on_loopback_6():
    talk_tcp("::1", PORT + 1, socket.AF_INET6)


@row(OWN, "address")
def port_on_its_address():
    talk_tcp(FACTS["address"], PORT)


@row(OWN, "address")
def datagrams():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(2)
        s.sendto(b"hello", (FACTS["address"], PORT))
        must_hold(s.recv(100))


@row(OWN)
def abstract_socket():
    talk_unix("\0" + NAME)


@row(OWN)
def socket_in_tmp():
    talk_unix("/tmp/" + NAME)


@row(OWN)
def socket_in_home():
    talk_unix("/floyd/home/" + NAME + ".sock")


@row(HOST, "host_port")
def port_of_the_host_on_loopback():
    talk_tcp("127.0.0.1", FACTS["host_port"])


@row(HOST, "host_address")
def port_of_the_host_on_its_address():
    talk_tcp(FACTS["host_address"], FACTS["host_port"])


@row(HOST, "gateway")
def port_of_the_host_on_the_gateway():
    talk_tcp(FACTS["gateway"], FACTS["host_port"])


@row(HOST)
def abstract_socket_of_the_host():
    talk_unix("\0" + NAME + "-host")


@row(HOST, "spawner_sock")
def socket_of_the_spawner():
    talk_unix(FACTS["spawner_sock"])


@row(HOST, "hub_sock")
def socket_of_the_hub():
    talk_unix(FACTS["hub_sock"])


# ---- files ----

@row(OWN)
def file_in_tmp():
    must_hold(read("/tmp/" + NAME + ".file"))


@row(OWN)
def file_in_home():
    must_hold(read("/floyd/home/" + NAME + ".file"))


@row(OWN)
def file_installed_in_usr():
    must_hold(read("/usr/local/bin/" + NAME))


@row(OWN)
def file_in_shared_memory():
    must_hold(read("/dev/shm/" + NAME))


@row(HOST, "home")
def home_by_its_path_on_the_host():
    must_hold(read(FACTS["home"] + "/" + NAME + ".file"))


@row(HOST)
def passwords_of_the_host():
    must_hold(read("/etc/shadow"), b"root:")


@row(HOST, "home")
def file_by_handle():
    handle = (ctypes.c_char * 136)()
    ctypes.memmove(handle, (128).to_bytes(4, "little"), 4)
    mount = ctypes.c_int()
    checked(LIBC.name_to_handle_at(-100, b"/", handle, ctypes.byref(mount), 0))
    root = os.open("/", os.O_RDONLY)
    try:
        os.close(syscall("open_by_handle_at", root, handle, os.O_RDONLY))
    finally:
        os.close(root)


# ---- processes ----

@row(OWN)
def command_line():
    must_hold(read(f"/proc/{process()}/cmdline"), NAME.encode())


@row(OWN)
def environment():
    must_hold(read(f"/proc/{process()}/environ"))


@row(OWN)
def root_of_the_process():
    must_hold(read(f"/proc/{process()}/root/tmp/{NAME}.file"))


@row(OWN)
def descriptors():
    if not os.listdir(f"/proc/{process()}/fd"):
        raise Refused("none")


@row(OWN)
def signals():
    os.kill(process(), signal.SIGCONT)


@row(OWN)
def priority():
    os.setpriority(os.PRIO_PROCESS, process(), 19)


@row(OWN)
def affinity():
    os.sched_setaffinity(process(), os.sched_getaffinity(0))


@row(OWN)
def trace():
    pid = process()
    LIBC.ptrace.argtypes = [ctypes.c_long] * 4
    checked(LIBC.ptrace(0x4206, pid, 0, 0))  # PTRACE_SEIZE; ends with this process


@row(OWN)
def memory_by_proc():
    with open(f"/proc/{process()}/mem", "rb"):
        pass


@row(OWN)
def memory_by_call():
    pid = process()
    start = int(read(f"/proc/{pid}/maps").split(b"-")[0], 16)
    buf = ctypes.create_string_buffer(16)
    here = (ctypes.c_void_p * 2)(ctypes.addressof(buf), 16)
    there = (ctypes.c_void_p * 2)(start, 16)
    if syscall("process_vm_readv", pid, here, 1, there, 1, 0) != 16:
        raise Refused("short")


@row(OWN)
def descriptor_by_pidfd():
    fd = syscall("pidfd_open", process(), 0)
    os.close(syscall("pidfd_getfd", fd, 0, 0))
    os.close(fd)


@row(HOST, "host_pid")
def process_of_the_host_by_number():
    must_hold(read(f"/proc/{FACTS['host_pid']}/cmdline"), b"python")
    os.kill(FACTS["host_pid"], 0)


# ---- memory and keys ----

@row(OWN)
def system_v_memory():
    checked(LIBC.shmget(KEY, 0, 0))


@row(OWN)
def system_v_semaphores():
    checked(LIBC.semget(KEY, 0, 0))


@row(OWN)
def system_v_queue():
    checked(LIBC.msgget(KEY, 0))


@row(OWN)
def posix_queue():
    checked(LIBC.mq_open(b"/" + NAME.encode(), os.O_RDONLY))


@row(HOST)
def keyrings():
    buf = ctypes.create_string_buffer(64)
    syscall("keyctl", 6, -4, buf, 64, 0)  # DESCRIBE, user keyring


@row(HOST)
def own_keys():
    syscall("add_key", b"user", NAME.encode(), b"x", 1, -2)  # into the process's own keyring


# ---- the kernel and the host ----

@row(HOST, "cgroup")
def control_group_by_its_path():
    with open(FACTS["cgroup"], "r+"):
        pass


@row(HOST)
def control_groups_by_the_mount():
    found = [os.path.join(d, f) for d, _, files in os.walk("/sys/fs/cgroup") for f in files
             if f in ("cgroup.procs", "tasks", "release_agent")]
    for path in found:
        with open(path, "r+"):
            return
    raise Refused("there is none")


@row(HOST)
def new_device_node():
    path = f"/tmp/{NAME}-{os.getpid()}"
    os.mknod(path, 0o20600, os.makedev(1, 3))
    os.unlink(path)


@row(HOST)
def disk_of_the_host():
    blocks = [d for d in os.listdir("/sys/class/block")] if os.path.isdir("/sys/class/block") else []
    for d in ["kmsg", "mem", "loop-control", *blocks]:
        try:
            os.close(os.open("/dev/" + d, os.O_RDONLY | os.O_NONBLOCK))
            return
        except OSError:
            pass
    raise Refused("no device opens")


@row(HOST)
def mounts():
    checked(LIBC.unshare(0x00020000))  # of one's own, so that the host's stay as they are
    checked(LIBC.mount(b"none", b"/", None, (1 << 14) | (1 << 18), None))
    checked(LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None))


@row(HOST)
def user_namespace():
    checked(LIBC.unshare(0x10000000))


@row(HOST)
def raw_socket():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


@row(HOST)
def packet_socket():
    socket.socket(17, socket.SOCK_RAW, 0).close()


@row(HOST)
def program_in_the_kernel():
    attr = (ctypes.c_uint32 * 32)(2, 4, 4, 1)  # an array map of one entry
    os.close(syscall("bpf", 0, attr, 128))


@row(HOST)
def kernel_log():
    checked(LIBC.klogctl(10, None, 0))


@row(HOST)
def host_name():
    name = socket.gethostname().encode()
    checked(LIBC.sethostname(name, len(name)))


@row(HOST)
def kernel_settings():
    with open("/proc/sys/vm/overcommit_memory", "r+") as f:
        f.read()


# ---- what is attacked ----

def answer(s):
    while True:
        c, _ = s.accept()
        c.sendall(SECRET)
        c.close()


def serve(family, where, backlog=8):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(where)
    s.listen(backlog)
    threading.Thread(target=answer, args=(s,), daemon=True).start()


def answer_datagrams(s):
    while True:
        _, who = s.recvfrom(100)
        s.sendto(SECRET, who)


def own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
            return s.getsockname()[0]
        except OSError:
            return None


def set_up():
    for path in ("/tmp/" + NAME + ".file", "/floyd/home/" + NAME + ".file", "/usr/local/bin/" + NAME, "/dev/shm/" + NAME):
        with open(path, "wb") as f:
            f.write(SECRET)
        os.chmod(path, 0o666)
    serve(socket.AF_INET, ("0.0.0.0", PORT))
    serve(socket.AF_INET6, ("::1", PORT + 1))
    for where in ("\0" + NAME, "/tmp/" + NAME, "/floyd/home/" + NAME + ".sock"):
        if where[0] == "/" and os.path.exists(where):
            os.unlink(where)
        serve(socket.AF_UNIX, where)
        if where[0] == "/":
            os.chmod(where, 0o777)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("0.0.0.0", PORT))
    threading.Thread(target=answer_datagrams, args=(udp,), daemon=True).start()
    checked(LIBC.shmget(KEY, mmap.PAGESIZE, 0o1666))
    checked(LIBC.semget(KEY, 1, 0o1666))
    checked(LIBC.msgget(KEY, 0o1666))
    checked(LIBC.mq_open(b"/" + NAME.encode(), os.O_RDWR | os.O_CREAT, 0o666, None))
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", NAME + "-victim"],
                              env={**os.environ, "SECRET": SECRET.decode()})
    FACTS.update(pid=victim.pid, address=own_address())


def attempt(fn):
    """In a process of its own: some rows change who one is."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            fn()
            said = "reached"
        except OSError as e:
            said = errno.errorcode.get(e.errno, str(e))
        except Exception as e:
            said = f"{type(e).__name__}: {e}"
        os.write(w, said.encode()[:4000])
        os._exit(0)
    os.close(w)
    with os.fdopen(r, "rb") as f:
        said = f.read().decode()
    os.waitpid(pid, 0)
    return said


def try_rows(control=None):
    return {name: attempt(fn) for name, who, fact, fn in ROWS
            if (control is None or who == control) and (fact is None or FACTS.get(fact))}


def main():
    if sys.argv[1] == "set-up":
        set_up()
        print(json.dumps({"facts": FACTS, "rows": try_rows(OWN)}), flush=True)
        while not os.path.exists("/floyd/home/stop"):
            time.sleep(0.1)
    elif sys.argv[1] == "host":
        print(json.dumps({"rows": try_rows(HOST)}))
    else:
        print(json.dumps({"rows": try_rows()}))


if __name__ == "__main__":
    main()
