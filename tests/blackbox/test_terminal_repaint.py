"""Terminals that come back: who attaches sees the screen as it is, and nothing is asked or typed twice."""
import pytest
from lw import SANITIZED, wait_for
from termws import TermWS

pytestmark = pytest.mark.ours
SHELL = "--ServerApp.terminado_settings={'shell_command': ['/bin/bash', '--norc', '--noprofile']}"


@pytest.fixture
def lab(make_server):
    return make_server(args=[SHELL], env={"PS1": "$ ", "EDITOR": "vi", "LC_ALL": "C.UTF-8"})


def attach(lab, name, size=None):
    """A viewer that has got its repaint."""
    t = TermWS(lab, name)
    t.read()
    assert t.text.startswith("\x1bc")
    if size:
        t.resize(*size)
    return t


def vi(lab, t, name="note.txt"):
    t.send(f"vi -u NONE {name}\r")
    t.expect("~", after=t.expect("\x1b[?1049h"))
    t.drain()


def saved(lab, name="note.txt"):
    path = lab.root / name
    return wait_for(lambda: path.exists() and path.read_text(), 20)


def test_attach_while_vi_runs(lab):
    t = lab.terminal()
    t.resize(30, 90)
    vi(lab, t)
    t.send("ihello wörld")
    t.expect("rld")
    late = attach(lab, t.name)
    assert "hello wörld" in late.text and "\x1b[?1049h" in late.text
    assert late.text.index("\x1b[?1049h") < late.text.index("hello")
    for question in ("\x1b[c", "\x1b[>c", "\x1b[6n", "]10;?", "]11;?", "$q", "$p"):
        assert question not in late.text
    late.send(" and more\x1b:wq\r")
    assert saved(lab) == "hello wörld and more\n"


def test_killed_while_typing_in_vi(lab):
    t = lab.terminal()
    vi(lab, t)
    t.send("ibefore ")
    t.expect("before")
    lab.kill9()
    lab.start()
    again = attach(lab, t.name, (24, 80))
    assert "before" in again.text
    again.send("after")
    again.expect("after")
    again.send("\x1b:wq\r")
    assert saved(lab) == "before after\n"
    again.send("echo pro''mpt\r")
    again.expect("prompt")


def test_killed_while_a_build_runs(lab):
    t = lab.terminal()
    t.send("for i in $(seq 1 60); do echo \"CC file$i.o\"; sleep .03; done; echo bui''lt\r")
    t.expect("file5.o")
    lab.kill9()
    lab.start()
    again = attach(lab, t.name)
    again.expect("built")
    text = again.text
    assert [text.count(f"CC file{i}.o\r\n") for i in range(1, 61)] == [1] * 60


def test_the_other_screen_is_left_properly(lab):
    t = lab.terminal()
    t.send("echo one-$((1+1)); vi -u NONE x\r")
    t.expect("~", after=t.expect("\x1b[?1049h"))
    late = attach(lab, t.name)
    late.send(":q!\r")
    late.expect("\x1b[?1049l")
    late.send("echo left-$((1+2))\r")
    late.expect("left-3")
    last = attach(lab, t.name)
    assert "one-2" in last.text and "left-3" in last.text and "~" not in last.text
    assert "\x1b[?1049h" not in last.text


def test_title_modes_and_colours_come_back(lab):
    t = lab.terminal()
    t.send("PS1= ; clear; printf '\\033]0;my title\\007\\033[?2004l\\033[?1h\\033[?1002;1006h\\033[38;5;208mwa''rm\\033[m'; read x\r")
    t.expect("warm")
    late = attach(lab, t.name)
    for part in ("\x1b]0;my title\x07", "\x1b[?1h", "\x1b[?1002h", "\x1b[?1006h", "\x1b[0;38;5;208mwarm"):
        assert part in late.text, part


def test_a_character_cut_by_the_attachment(lab):
    t = lab.terminal()
    t.send("stty -echo; clear; printf 'x\\342\\202'; read; printf '\\254y\\n'\r")
    t.expect("x")
    t.drain()
    late = attach(lab, t.name)
    late.send("\r")
    late.expect("€y")
    assert "\ufffd" not in late.text


def test_viewers_of_other_sizes(lab):
    a = lab.terminal()
    a.resize(40, 120)
    a.send("stty size\r")
    a.expect("40 120")
    b = attach(lab, a.name, (20, 60))
    b.read()                       # painted again, for the new size
    b.send("stty size\r")
    b.expect("20 60")
    a.expect("20 60")
    assert b.text.count("\x1bc") == 2 and "40 120" in b.text.split("\x1bc")[2]
    b.close()
    a.send("while [ \"$(stty size)\" != '40 120' ]; do sleep .05; done; echo wi''de\r")
    a.expect("wide")


def test_one_answer_to_a_question(lab):
    """Two viewers' terminals answer what a program asks; it hears one of them."""
    a = lab.terminal()
    b = attach(lab, a.name)
    b.send("stty -echo; IFS= read -rsdc first; read -rt 1 -n 1 second; echo \"got=${first@Q}=${second@Q}=\"\r")
    b.drain()
    for t in (b, a):
        t.send("\x1b[?1;2c")
    b.expect("got=")
    b.expect("=\r\n")
    assert "=$'\\E[?1;2'=''=" in b.text


def test_a_question_while_nobody_looks(lab):
    t = lab.terminal()
    t.send("(sleep 1.5; printf '\\033[c') & IFS= read -rsdc answer; echo \"got=${answer@Q}=\" > answer.txt\r")
    t.expect("answer.txt")
    t.close()
    assert saved(lab, "answer.txt") == "got=$'\\E[?1;2'=\n"


def rss(pid):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith(("Private_Dirty", "Private_Clean")))


def keeper(lab):
    for pid in lab.pids:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            if f.read().split(b"\0")[1:2] == [b"keep"]:
                return pid
    raise AssertionError("no keeper")


def test_a_stuck_viewer_costs_little_and_sees_the_end(lab):
    t = lab.terminal()
    stuck = attach(lab, t.name)
    t.send("head -c 1000000 /dev/zero | tr '\\0' x; clear\r")      # so that buffers exist
    t.drain(0.5)
    before = [rss(p) for p in lab.pids]
    t.send("yes | head -c 6000000; clear; echo the e''nd\r")
    t.expect("the end", 60)
    after = [rss(p) for p in lab.pids]
    if not SANITIZED:
        assert sum(after) - sum(before) < 6000, (before, after)      # the system's allocators included
    stuck.expect("the end", 30)
    assert len(stuck.text) < 5_500_000      # what sockets hold
    assert stuck.text.rindex("\x1bc") < stuck.text.rindex("the end")


def test_a_single_stuck_viewer_does_not_stop_the_program(lab):
    t = lab.terminal()
    t.send("yes | head -c 16000000; clear; echo done > done.txt; echo the e''nd\r")
    wait_for((lab.root / "done.txt").exists, 50)
    t.expect("the end", 30)
    assert len(t.text) < 12_000_000


def test_output_in_great_amounts_leaves_memory_flat(lab):
    t = lab.terminal()
    t.send("seq 1 1000000 | head -c 3000000; echo wa''rm\r")
    t.expect("warm", 60)
    before = rss(keeper(lab))
    for _ in range(4):
        t.text = ""
        t.send("seq 1 9999999 | head -c 3000000; echo e''nough\r")
        t.expect("enough", 60)
    if not SANITIZED:
        assert rss(keeper(lab)) - before < 4000
    late = attach(lab, t.name)
    assert "enough" in late.text
