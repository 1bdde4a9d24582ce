"""The Bash kernel through the server: cells of the kind people write."""
import pytest

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
