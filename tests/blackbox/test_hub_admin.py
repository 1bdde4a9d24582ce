"""What a person types on the machine of a hub: accounts and keys, before it runs and beside it; metrics."""
import os
import subprocess
import tempfile

import pytest

from lwhub import PASSWORD, Hub
from lw import default_binary


def test_accounts_before_the_hub_runs_and_beside_it():
    h = Hub()
    try:
        made = h.admin_verb("user", "add", "root", "--admin", "--email", "r@example.org", "--password-stdin",
                            feed=PASSWORD + "\n")
        assert (made.returncode, made.stdout) == (0, "root\n"), made.stderr
        key = h.admin_verb("token", "root").stdout.strip()
        h.start()
        assert h.token is None  # somebody is there: nothing to set up
        me = h.api("GET", "user/", status=200, key=key).json()
        assert me["username"] == "root" and me["admin"] is True and me["email"] == "r@example.org"
        beside = h.admin_verb("user", "add", "alice", "--password-stdin", feed=PASSWORD)
        assert beside.returncode == 0, beside.stderr
        h.api("POST", "user/login", status=200, json={"username": "alice", "password": PASSWORD})
        alice = h.admin_verb("token", "alice").stdout.strip()
        assert h.api("GET", "user/", status=200, key=alice).json()["type"] == "user"
        h.api("GET", "users/", status=403, key=alice)
        rows = h.api("GET", "audit", status=200, key=key).json()["audit"]
        assert ("admin (console)", "user.create", "alice") in [(r["who"], r["what"], r["subject"]) for r in rows]
    finally:
        h.close()


@pytest.fixture(scope="module")
def hub():
    with Hub() as h:
        h.set_up("root")
        yield h


@pytest.mark.parametrize("args, feed, text", [
    (["user", "add", "x"], "password\n", "--password-stdin"),
    (["user", "add", "x", "--password-stdin"], "", "no password"),
    (["user", "add", "x", "--password-stdin"], "short\n", "8 characters"),
    (["user", "add", "root", "--password-stdin"], PASSWORD, "taken"),
    (["user", "add", "api", "--password-stdin"], PASSWORD, "another name"),
    (["user", "add", "x", "--email", "none", "--password-stdin"], PASSWORD, "e-mail"),
    (["token", "nobody"], None, "nobody is called nobody"),
    (["user", "del", "root"], None, "no such verb"),
    (["--what"], None, "what is"),
])
def test_what_cannot_be_done_says_why(hub, args, feed, text):
    got = hub.admin_verb(*args, feed=feed)
    assert got.returncode not in (0, -6, -11) and text in got.stderr and got.stdout == ""


def test_a_directory_that_the_hub_may_not_enter(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root gives up its privileges")
    with tempfile.TemporaryDirectory() as closed:  # 0700, root's
        got = subprocess.run([default_binary(), "serve", "--hub", "--state", f"{closed}/state", "--port", "0"],
                             capture_output=True, text=True, timeout=20)
        assert got.returncode == 1 and "chmod o+x" in got.stderr


def test_a_hub_that_root_starts_is_not_root(hub):
    if os.geteuid() != 0:
        pytest.skip("only root gives up its privileges")
    with open(f"/proc/{hub.process.pid}/status") as f:
        status = dict(line.split(":\t", 1) for line in f)
    assert set(status["Uid"].split()) != {"0"} and "0" not in status["Uid"].split() + status["Gid"].split()
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert (hub.state / "hub").stat().st_mode & 0o777 == 0o700
    for file in (hub.state / "hub").iterdir():
        assert file.stat().st_mode & 0o077 == 0 and file.stat().st_uid == int(status["Uid"].split()[0])


def test_a_damaged_database_is_left_alone():
    with Hub() as h:
        h.stop()
        db = h.state / "hub" / "hub.db"
        db.write_bytes(b"this is no database" * 100)
        with pytest.raises(AssertionError, match="hub.db"):
            h.start()
        assert db.read_bytes() == b"this is no database" * 100


def test_metrics_are_for_admins(hub):
    alice = hub.person("alice")
    assert alice.browser.get(f"{hub.url}/metrics").status_code == 403
    text = hub.admin.browser.get(f"{hub.url}/metrics").text
    assert "labwright_info{" in text and 'handler="/api/v1/users/",method="POST",status_code="201"' in text
