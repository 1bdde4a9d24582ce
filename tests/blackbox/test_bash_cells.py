"""Cells of the kind people write: what the Bash kernel gives is what a terminal gives.

Each cell runs in one kernel, through the server, and in one bash on a terminal; state lasts from cell to cell in
both.  The two are compared line by line (a notebook shows stdout and stderr apart, so without regard to how lines
of the two alternate), together with the exit status.
"""
import contextlib
import hashlib
import os
import re
import select
import signal
import subprocess
import tempfile
import time

import pytest
from lw import SANITIZED

pytestmark = pytest.mark.ours

CELLS = {
    "pipe": "printf '%s\\n' pear apple fig | sort | head -2",
    "here-document": "name=Ada\ncat <<EOF\nHello $name\n  $((6 * 7))\nEOF",
    "quoted here-document": "cat <<'EOF'\n$HOME `date`\nEOF\ncat <<< \"one $name\"",
    "background job": "sleep 0.1 &\nwait $!\necho waited $?",
    "several jobs": "for i in 3 1 2; do (sleep 0.$i; echo job $i) & done 2>/dev/null\nwait",
    "colours": "printf '\\033[31mred\\033[0m\\n'; ls --color=always -d /; echo $TERM | grep -c color",
    "cd": "mkdir -p sub && cd sub && basename \"$PWD\" && cd .. && ls -d sub",
    "functions": "greet () {\n  local who=${1:-world}\n  echo \"hello $who\"\n  return 3\n}\ngreet you",
    "function of another cell": "greet; echo $?",
    "traps": "trap 'echo caught' USR1\nkill -USR1 $$\necho after\ntrap - USR1",
    "trap ERR": "trap 'echo failed with $?' ERR\nfalse\ntrue\ntrap - ERR",
    "set -e where nothing fails": "set -e\ntrue && echo fine\nif false; then echo no; fi\nset +e",
    "set -u": "set -u\necho ${missing-default}\nset +u\necho \"[$missing]\"",
    "pipefail": "set -o pipefail\nfalse | true\necho $?\nset +o pipefail",
    "arrays": "a=(one 'two words' three)\necho ${#a[@]} \"${a[1]}\"\nfor x in \"${a[@]}\"; do echo \"<$x>\"; done",
    "associative array": "declare -A m=([k]=v [x]=y)\necho ${m[k]} ${#m[@]}",
    "globbing": "touch g1.txt g2.txt g3.dat\necho g*.txt g?.dat nothing*here",
    "extglob": "shopt -s extglob",
    "extglob used": "echo g!(1*|3*)",
    "process substitution": "diff <(printf 'a\\nb\\n') <(printf 'a\\nc\\n')",
    "subshell": "v=1; (v=2; cd /; echo $v $PWD); echo $v",
    "exit codes": "(exit 7); echo $?; no_such_command_here; echo $?",
    "last status": "(exit 42)",
    "status of the cell before": "echo $?",
    "git": "git init -q repo && cd repo && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first "
           "&& git log --format=%s; cd ..",
    "tar": "tar czf t.tgz g1.txt g2.txt && tar tzf t.tgz",
    "awk and sed": "printf '1 2\\n3 4\\n' | awk '{ s += $2 } END { print s }'; echo abc | sed 's/b/-/'",
    "curl of a file": "echo content >f; curl -s file://$PWD/f",
    "time": "TIMEFORMAT='took %lR'; { time true; } 2>&1 | sed 's/[0-9.]*s/Ns/; s/[0-9]*m/Nm/'",
    "loop with sleep": "for i in 1 2 3; do echo step $i; sleep 0.05; done",
    "exec redirection": "exec 5>log; echo to log >&5; exec 5>&-; cat log",
    "exec of the streams": "exec 2>&1; ls /no/such/thing; exec 2>/dev/tty",
    "kill of itself": "kill $$; echo 'an interactive shell stays'",
    "PS1": "unset PS1; echo \"[$PS1]\"",
    "stty": "stty -a | grep -o 'rows 24; columns 80'; stty -echo; stty sane -echo -onlcr",
    "tput": "tput cols; tput setaf 1 | od -c | head -1",
    "pagers": "git -C repo log --format=%s; PAGER=cat man -w ls >/dev/null 2>&1; echo done",
    "aliases": "alias hi='echo hi there'",
    "alias used": "hi",
    "syntax error": "echo before\nif then fi",
    "unicode": "echo 'Grüße, 世界 🎉'; printf '%s\\n' \"${#name}\"",
    "arithmetic": "for ((i = 0; i < 3; i++)); do ((t += i)); done; echo $t $((2**10)) $((16#ff))",
    "case": "for f in a.c b.h c; do case $f in *.c) echo source ;; *.h) echo header ;; *) echo other ;; esac; done",
    "command substitution": "echo $(echo a; echo b) \"$(printf 'x\\n\\n')\"",
    "jobs": "sleep 5 & jobs; kill %1; wait 2>/dev/null; jobs",
    "subprocess sees a terminal": "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo terminal",
    "read from a pipe": "printf 'a b\\nc d\\n' | while read -r x y; do echo $y $x; done",
    "xtrace": "set -x\necho traced\n{ set +x; } 2>/dev/null",
    "quotes": "echo 'single $x' \"double \\\"q\\\"\" $'tab\\tend' back\\ slash",
    "date and printf": "printf '%05.1f|%-5s|%x\\n' 3.14159 ab 255; date -u -d @0 +%F",
    "find and xargs": "find . -maxdepth 1 -name 'g*.txt' | sort | xargs -n1 basename",
    "long line": "head -c 5000 /dev/zero | tr '\\0' a; echo",
    "binary": "printf '\\377\\376ok\\n'",
    "no last newline": "printf 'no newline'",
}
ANSWERS = {
    "read": ("read -p 'Name: ' who; echo \"hello $who\"", ["Ada"]),
    "read twice": ("read a; read b; echo $b $a", ["one", "two"]),
    "password": ("read -s -p 'Password: ' secret; echo; echo ${#secret}", ["hunter2"]),
    "a program reads": ("sed -u 's/^/got /;q'", ["line"]),
}


class Terminal:
    """A bash on a terminal, as a person has it, with the prompt's report in a file."""

    def __init__(self, home):
        self.report = os.path.join(home, "report")
        self.cell = os.path.join(home, "cell")
        rc = os.path.join(home, "rc")
        with open(rc, "w") as f:
            f.write(f"PS1= PS2= PROMPT_COMMAND='echo $? >>{self.report}'\nset +o history\nunset HISTFILE\n"
                    f"PAGER=cat GIT_PAGER=cat\nexport PAGER GIT_PAGER\n")
        self.pid, self.fd = os.forkpty()
        if self.pid == 0:
            subprocess.run(["stty", "-echo", "-onlcr", "rows", "24", "cols", "80"])
            os.chdir(home)
            env = dict(os.environ, HOME=home, TERM="xterm-256color", LANG="C.UTF-8")
            # Whoever runs the tests in the background may have them ignored, which a shell cannot undo.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
            os.execvpe("bash", ["bash", "--noediting", "--rcfile", rc, "-i"], env)
        self.read_until_report(1)

    def reports(self):
        try:
            with open(self.report) as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def read_until_report(self, count, timeout=30, again=None):
        """What is printed until the prompt has come back COUNT times since the start, and a moment of silence.  AGAIN
        is typed after each three seconds in which nothing happened."""
        out, deadline, heard = b"", time.monotonic() + timeout, time.monotonic()
        while time.monotonic() < deadline:
            done = len(self.reports()) >= count
            if select.select([self.fd], [], [], 0.1)[0]:
                out += os.read(self.fd, 65536)
                heard = time.monotonic()
            elif done:
                return out
            elif again and time.monotonic() - heard > 3:
                os.write(self.fd, again)
                heard = time.monotonic()
        raise AssertionError(f"the terminal hangs after {out[-500:]!r}")

    def begin(self, code):
        """Type the cell; how many reports there are when it has ended."""
        with open(self.cell, "w") as f:
            f.write(code)
        count = len(self.reports()) + 1
        # $? is that of the cell before.
        os.write(self.fd, f'eval "$(s=$?; cat {self.cell}; exit $s)"\n'.encode())
        return count

    def end(self, count, again=None):
        out = self.read_until_report(count, again=again)
        return out.decode(errors="replace"), int(self.reports()[count - 1])

    def run(self, code, answers=()):
        count = self.begin(code)
        for answer in answers:
            os.write(self.fd, answer.encode() + b"\n")
        return self.end(count)

    def read_until(self, text, timeout=30):
        out, deadline = b"", time.monotonic() + timeout
        while text not in out and time.monotonic() < deadline:
            if select.select([self.fd], [], [], 0.1)[0]:
                out += os.read(self.fd, 65536)
        assert text in out
        return out.decode()

    def interrupt(self, count):
        """As `end`.  What shows the key is the terminal's echo, which is off here.  Bash misses one at times; a person
        presses the key again."""
        os.write(self.fd, b"\x03")
        rest, status = self.end(count, again=b"\x03")
        return "^C" + rest, status

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@pytest.fixture(scope="module")
def terminal():
    with tempfile.TemporaryDirectory() as home:
        t = Terminal(home)
        yield t
        t.close()


@pytest.fixture(scope="module")
def kernel(shared):
    return shared.kernel("bash")


def lines(text):
    text = re.sub(r"^\[(\d+)\] \d+$", r"[\1] PID", text, flags=re.M)
    text = re.sub(r"line \d+: ", "", text).replace("eval: ", "")
    return sorted(text.splitlines())


def status_of(r):
    if r.status == "ok":
        return 0
    return int(r.of("error")[0]["content"]["evalue"].split()[0])


def printed(r):
    return {name: "".join(m["content"]["text"] for m in r.of("stream") if m["content"]["name"] == name)
            for name in ("stdout", "stderr")}


@pytest.mark.parametrize("what", CELLS)
def test_as_on_a_terminal(kernel, terminal, what):
    expected, status = terminal.run(CELLS[what])
    r = kernel.execute(CELLS[what])
    got = printed(r)
    assert sorted(lines(got["stdout"]) + lines(got["stderr"])) == lines(expected)
    assert status_of(r) == status


@pytest.mark.parametrize("what", ANSWERS)
def test_input_as_on_a_terminal(kernel, terminal, what):
    code, answers = ANSWERS[what]
    expected, status = terminal.run(code, answers)
    r = kernel.execute(code, answers=answers)
    asked = r.of("input_request")
    assert len(asked) == len(answers)
    assert asked[0]["content"]["password"] == (what == "password")
    # The prompt is part of the question.
    got = asked[0]["content"]["prompt"] + printed(r)["stdout"]
    assert lines(got) == lines(expected) and status_of(r) == status


def test_output_streams_while_the_cell_runs(kernel):
    fifo = os.path.join(kernel.server.root, "fifo")
    os.mkfifo(fifo)
    msg_id = kernel.start_execute(f"echo first; read -r x <{fifo}; echo got $x")
    kernel.until(lambda m: m["header"]["msg_type"] == "stream" and m["content"]["text"] == "first\n")
    with open(fifo, "w") as f:
        f.write("it\n")
    assert kernel.finish(msg_id).text == "got it\n"


def test_a_background_job_prints_after_the_cell_as_on_a_terminal(kernel, terminal):
    """The prompt is back, and what comes later stands below the last cell."""
    fifo = os.path.join(kernel.server.root, "later")
    os.mkfifo(fifo)
    code = f"(read -r x <{fifo}; echo late $x; echo wrong >&2) &"
    shown, status = terminal.run(code)
    with open(fifo, "w") as f:
        f.write("it\n")
    shown += terminal.read_until(b"wrong\n")
    r = kernel.execute(code)
    with open(fifo, "w") as f:
        f.write("it\n")
    got = "".join(printed(r).values())
    while "late it\n" not in got or "wrong\n" not in got:
        m = kernel.recv()
        assert m["parent_header"]["msg_id"] == r.reply["parent_header"]["msg_id"]
        got += m["content"]["text"]
    assert lines(got) == lines(shown) and status_of(r) == status
    for shell in (terminal.run, kernel.execute):
        shell("wait")


HUNDRED = "yes 0123456789abcdefghijklmnopqrstuvwxyz0123456789 | head -c 100000000"


def on_a_plain_terminal(code):
    """What `bash -c` prints on a terminal that is read at once: its digest, and how long it takes."""
    began, digest = time.monotonic(), hashlib.sha256()
    pid, fd = os.forkpty()
    if pid == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it
        os.execvp("bash", ["bash", "-c", f"stty -onlcr; {code}"])
    with contextlib.suppress(OSError):
        while data := os.read(fd, 65536):
            digest.update(data)
    os.waitpid(pid, 0)
    os.close(fd)
    return digest.hexdigest(), time.monotonic() - began


def test_a_hundred_megabytes_in_flat_memory(shared, capsys):
    expected, plain = on_a_plain_terminal(HUNDRED)
    k = shared.kernel("bash")
    pid = int(k.execute("echo $PPID").text)

    def peak():
        with open(f"/proc/{pid}/status") as f:
            return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1])

    before, began, digest = peak(), time.monotonic(), hashlib.sha256()
    msg_id = k.start_execute(HUNDRED)
    while True:
        m = k.recv(60)
        k.seen.clear()
        if m["header"]["msg_type"] == "stream":
            digest.update(m["content"]["text"].encode())
        elif m["header"]["msg_type"] == "status" and m["content"]["execution_state"] == "idle" \
                and m["parent_header"]["msg_id"] == msg_id:
            break
    took, grown = time.monotonic() - began, peak() - before
    assert digest.hexdigest() == expected
    with capsys.disabled():
        print(f"\n  figure: 100 MB printed by a cell: {took:.1f} s to a client, {100 / took:.0f} MB/s, {grown} KiB of "
              f"growth; bash on a terminal: {plain:.1f} s, {100 / plain:.0f} MB/s")
    if not SANITIZED:
        assert grown < 32768  # KiB


def interrupted(k, code, ready):
    msg_id = k.start_execute(code)
    before = k.until(lambda m: m["header"]["msg_type"] == "stream" and ready in m["content"]["text"])
    k.server.api("POST", f"api/kernels/{k.id}/interrupt", status=204)
    r = k.finish(msg_id)
    r.messages[:0] = before
    return r


# A program that is in the foreground when it says so: between two programs a shell may miss the signal.
PROGRAM = "sh -c 'echo go; exec sleep 1000'"


@pytest.mark.parametrize("code", [f"{PROGRAM}; echo never", "echo go; while :; do :; done",
                                  f"for i in 1 2 3; do {PROGRAM}; done; echo never",
                                  f"{PROGRAM} | cat\necho never", f"PROMPT_COMMAND=true; {PROGRAM}"])
def test_an_interrupted_cell_ends_and_the_state_stays(kernel, code):
    kernel.execute("kept=yes; cd /usr")
    r = interrupted(kernel, code, "go")
    assert r.status == "error" and r.of("error")[0]["content"]["ename"] == "Interrupted"
    assert "never" not in r.text
    assert kernel.execute("echo $kept $PWD").text == "yes /usr\n"


@pytest.mark.parametrize("code", [f"{PROGRAM}; echo never", f"trap 'echo cleaned' INT; {PROGRAM}; echo after",
                                  f"trap - INT; {PROGRAM} | cat\necho never"])
def test_interrupted_as_on_a_terminal(kernel, terminal, code):
    count = terminal.begin(code)
    shown = terminal.read_until(b"go\n")
    rest, status = terminal.interrupt(count)
    r = interrupted(kernel, code, "go")
    # An earlier cell has joined the streams, but ^C is on stderr: whose new line is behind it does not matter.
    assert list(filter(None, lines("\n".join(printed(r).values())))) == lines(shown + rest)
    assert [m["content"]["ename"] for m in r.of("error")] == (["Interrupted"] if status else [])


def test_interrupt_by_message(kernel):
    msg_id = kernel.start_execute(PROGRAM)
    kernel.until(lambda m: m["header"]["msg_type"] == "stream")
    assert kernel.request("interrupt_request", {}, "control").status == "ok"
    assert kernel.finish(msg_id).of("error")[0]["content"]["ename"] == "Interrupted"


@pytest.mark.parametrize("code, how", [("exit 3", "exit status 3"), ("exec true", "exit status 0"),
                                       ("set -e\nfalse", "exit status 1"), ("kill -9 $$", "killed by SIGKILL")])
def test_the_end_of_the_shell_is_told(kernel, code, how):
    kernel.execute("cd /usr/lib; gone=1")
    r = kernel.execute(code)
    error = r.of("error")[0]["content"]
    assert (error["ename"], error["evalue"]) == ("ShellEnded", how)
    assert "started" in error["traceback"][0]
    assert kernel.execute("echo [$gone] $PWD").text == "[] /usr/lib\n"
