"""The Bash kernel through the server: cells of the kind people write."""
import os
import signal
from pathlib import Path

import pytest
from lw import wait_for

pytestmark = pytest.mark.ours


@pytest.fixture(scope="module")
def bash(shared):
    return shared.kernel("bash")


def test_is_offered_without_options(shared):
    spec = shared.api("GET", "api/kernelspecs", status=200).json()["kernelspecs"]["bash"]
    assert spec["spec"]["display_name"] == "Bash" and spec["spec"]["language"] == "bash"
    for logo in ("logo-32x32", "logo-64x64", "logo-svg"):
        assert shared.api("GET", spec["resources"][logo].lstrip("/"), status=200).content


def test_state_lasts_from_cell_to_cell(bash):
    assert bash.execute("x=5; f() { echo f$1; }; cd /tmp").status == "ok"
    assert bash.execute("f $x; pwd").text == "f5\n/tmp\n"


def test_a_failing_cell_shows_its_status(bash):
    r = bash.execute("echo before; false")
    assert (r.status, r.text) == ("error", "before\n")
    error = r.of("error")[0]["content"]
    assert (error["ename"], error["evalue"]) == ("ExitStatus", "1")


def test_input(bash):
    r = bash.execute("read -p 'Name: ' n; echo hello $n", answers=["Ada"])
    asked = r.of("input_request")[0]["content"]
    assert (asked["prompt"], asked["password"], r.text) == ("Name: ", False, "hello Ada\n")


def test_pictures_in_their_place(bash):
    r = bash.execute("echo one; printf '\\x89PNG\\r\\n\\x1a\\n' | display --id p --alt plot --width 9; echo two\n"
                     "echo '<i>x</i>' | display --update p --mime html; clear --wait; echo three")
    seen = [(m["header"]["msg_type"], m["content"].get("text")) for m in r.messages
            if m["header"]["msg_type"] not in ("status", "execute_input", "execute_reply")]
    assert seen == [("stream", "one\n"), ("display_data", None), ("stream", "two\n"),
                    ("update_display_data", None), ("clear_output", None), ("stream", "three\n")]
    shown, changed = (r.of(t)[0]["content"] for t in ("display_data", "update_display_data"))
    assert shown["data"] == {"image/png": "iVBORw0KGgo=", "text/plain": "plot"}
    assert shown["metadata"] == {"image/png": {"width": 9}}
    assert shown["transient"] == changed["transient"] == {"display_id": "p"}
    assert changed["data"] == {"text/html": "<i>x</i>\n"}


def test_bad_pictures_are_refused(bash):
    r = bash.execute("echo '{' | display --mime json; echo $?; printf '\\xff' | display --mime html; echo $?")
    assert r.text == "1\n1\n" and not r.of("display_data")


def test_printing_cannot_forge_the_end_of_a_cell(bash):
    r = bash.execute("printf 'prompt\\0001\\0000\\000/\\0005\\000\\n\\000'; cat $LABWRIGHT_BASH_DIR/init.bash >/dev/null; echo end")
    assert r.status == "ok" and r.text.endswith("end\n")


def test_queued_cells_are_aborted_after_an_error(bash):
    ids = [bash.start_execute("sleep 0.2; false"), bash.start_execute("echo never"),
           bash.start_execute("echo never")]
    assert [bash.finish(i).status for i in ids] == ["error", "aborted", "aborted"]
    assert bash.execute("echo again").text == "again\n"
    ids = [bash.start_execute("false", stop_on_error=False), bash.start_execute("echo goes on")]
    assert [bash.finish(i).status for i in ids] == ["error", "ok"]


def test_silent_counts_and_says_nothing(bash):
    count = bash.execute("true").reply["content"]["execution_count"]
    r = bash.execute("echo hidden; quiet=1", silent=True)
    assert r.status == "ok" and not r.of("stream", "execute_input")
    r = bash.execute("echo $quiet")
    assert r.text == "1\n" and r.reply["content"]["execution_count"] == count + 1


def test_user_expressions(bash):
    r = bash.execute("x=5", user_expressions={"a": "$x", "b": "$((x + 1))", "c": "${"})
    got = r.reply["content"]["user_expressions"]
    assert got["a"]["data"] == {"text/plain": "5"} and got["b"]["data"] == {"text/plain": "6"}
    assert got["c"]["status"] == "error"


def test_nobody_answers(bash):
    """A client that gives no input: end-of-file, and programs that read keys are ended."""
    assert bash.execute("read x; echo [$x] $?").text == "[] 1\n"
    assert bash.execute("cat; echo end").text == "end\n"
    assert "end" in bash.execute("less /etc/services; echo end").text


def test_history_is_kept(bash):
    bash.execute("echo unheard-of-1")
    bash.execute("echo unheard-of-2")
    tail = bash.request("history_request", {"hist_access_type": "tail", "n": 2, "output": False, "raw": True})
    assert [h[2] for h in tail.reply["content"]["history"]] == ["echo unheard-of-1", "echo unheard-of-2"]
    other = bash.server.kernel("bash")
    found = other.request("history_request", {"hist_access_type": "search", "pattern": "*heard-of-1", "n": 9,
                                              "unique": True, "output": True, "raw": True})
    session, line, (code, output) = found.reply["content"]["history"][0]
    assert (code, output) == ("echo unheard-of-1", None)
    ranged = other.request("history_request", {"hist_access_type": "range", "session": session, "start": line,
                                               "stop": line + 1, "output": False, "raw": True})
    assert ranged.reply["content"]["history"] == [[session, line, code]]


def test_completes_what_cells_made(bash):
    bash.execute("my_function () { :; }; my_variable=1; mkdir -p /tmp; touch 'with space'")
    ask = lambda code: bash.request("complete_request", {"code": code, "cursor_pos": len(code)}).reply["content"]
    assert ask("my_func")["matches"] == ["my_function"]
    assert ask("echo ${my_var")["matches"] == ["my_variable"]
    r = ask("cat wit")
    assert r["matches"] == ["with\\ space"] and (r["cursor_start"], r["cursor_end"]) == (4, 7)
    assert ask("cd /tm")["matches"] == ["/tmp/"]


def test_inspects_what_cells_made(bash):
    bash.execute("my_other () { echo found me; }")
    ask = lambda code: bash.request("inspect_request", {"code": code, "cursor_pos": 1, "detail_level": 0}).reply["content"]
    assert "found me" in ask("my_other")["data"]["text/plain"]
    assert "shell builtin" in ask("cd /tmp")["data"]["text/plain"]
    assert ask("surely_not_there")["found"] is False


def test_comms_and_debugger_are_politely_refused(bash):
    assert bash.request("comm_info_request", {}).reply["content"]["comms"] == {}
    opened = bash.send("comm_open", {"comm_id": "c1", "target_name": "x", "data": {}})
    closed = bash.until(lambda m: m["header"]["msg_type"] == "comm_close")[-1]
    assert closed["content"]["comm_id"] == "c1" and closed["parent_header"]["msg_id"] == opened
    r = bash.request("debug_request", {"type": "request", "seq": 4, "command": "initialize"}, "control")
    assert (r.reply["content"]["success"], r.reply["content"]["request_seq"]) == (False, 4)


def test_control_is_served_while_a_cell_runs(bash):
    # Between two programs a shell may miss the signal.
    msg_id = bash.start_execute("sh -c 'echo go; exec sleep 1000'")
    bash.until(lambda m: m["header"]["msg_type"] == "stream")
    info = bash.request("kernel_info_request", {}, "control").reply["content"]
    assert info["language_info"]["codemirror_mode"] == "shell" and info["language_info"]["mimetype"] == "text/x-sh"
    bash.request("interrupt_request", {}, "control")
    assert bash.finish(msg_id).status == "error"


def test_shutdown_ends_background_jobs(shared):
    k = shared.kernel("bash")
    pid = int(k.execute("sleep 1000 >/dev/null 2>&1 & echo $!").text)
    shared.api("DELETE", f"api/kernels/{k.id}", status=204)

    def ended():
        try:
            with open(f"/proc/{pid}/stat") as f:
                return f.read().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    wait_for(ended)


def test_what_killed_kernels_left_is_removed(make_server):
    srv = make_server(env={"XDG_RUNTIME_DIR": None})
    kernels = [srv.kernel("bash") for _ in range(2)]
    dirs = [Path(k.execute("echo $LABWRIGHT_BASH_DIR").text.strip()) for k in kernels]
    (dirs[0] / "cell").write_text("kept")
    os.kill(int(kernels[0].execute("echo $PPID").text), signal.SIGKILL)
    wait_for(lambda: not dirs[0].exists(), 30, "the next kernel, which tidies up")  # the keeper starts it
    assert dirs[1].is_dir() and kernels[1].execute("echo still there").text == "still there\n"
    for k in kernels:
        srv.api("DELETE", f"api/kernels/{k.id}", status=204)
    wait_for(lambda: not dirs[1].exists())
