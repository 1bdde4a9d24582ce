"""People of a hub: the first admin, logins, passwords, keys, accounts, and what is noted of them."""
import base64
import json
import time

import pytest
import requests

from lwhub import PASSWORD, Hub, Person


@pytest.fixture(scope="module")
def hub():
    with Hub() as h:
        h.set_up("root")
        yield h


@pytest.fixture(scope="module")
def alice(hub):
    return hub.person("alice")


def test_the_first_admin_is_set_up_once():
    with Hub() as h:
        assert h.token
        stranger = Person(h, "eve")
        assert stranger.load()["setup"] is True
        wrong = {"token": "x" * 32, "username": "eve", "password": PASSWORD, "cookie": True}
        stranger.api("POST", "setup", status=403, json=wrong)
        short = wrong | {"token": h.token, "password": "short"}
        assert "8 characters" in stranger.api("POST", "setup", status=400, json=short).json()["message"]
        reserved = wrong | {"token": h.token, "username": "api"}
        stranger.api("POST", "setup", status=400, json=reserved)
        admin = h.set_up("root")
        me = admin.load()
        assert me["setup"] is False and me["user"]["admin"] is True
        again = wrong | {"token": h.token}
        assert "already" in Person(h).api("POST", "setup", status=403, json=again).json()["message"]
        h.stop()
        h.start()
        assert h.token is None and "setup?token" not in h.log


def test_the_token_of_a_login_is_what_the_original_cli_reads(hub, alice):
    answer = hub.api("POST", "user/login", status=200, json={"username": "alice", "password": PASSWORD})
    assert "Set-Cookie" not in answer.headers
    token = answer.json()["access_token"]
    payload = token.split(".")[1]
    assert len(token.split(".")) == 3 and "-" not in payload and "_" not in payload
    claims = json.loads(base64.b64decode(payload + "==="))
    assert claims["exp"] > time.time()
    for word in ("Bearer", "apikey", "token", "bearer"):
        me = hub.api("GET", "user/", status=200, headers={"Authorization": f"{word} {token}"}).json()
        assert me["username"] == "alice" and me["uid"] and me["email"] == "" and me["type"] == "user"
    forged = base64.b64encode(json.dumps(claims | {"sub": "root"}).encode()).decode().rstrip("=")
    parts = token.split(".")
    hub.api("GET", "user/", status=401, headers={"Authorization": f"Bearer {parts[0]}.{forged}.{parts[2]}"})


def test_a_cookie_is_not_for_scripts_and_not_for_other_sites(hub, alice):
    who = Person(hub, "alice")
    set_cookie = who.log_in().headers["Set-Cookie"]
    assert "labwright=" in set_cookie
    login = [c for c in set_cookie.split(", ") if c.startswith("labwright=")][0]
    assert "HttpOnly" in login and "SameSite=Lax" in login and "Path=/" in login
    assert who.load()["user"]["username"] == "alice"
    who.api("POST", "user/logout", status=204)
    assert who.load()["user"] is None


@pytest.mark.parametrize("body", [
    {"username": "alice", "password": "wrong wrong"}, {"username": "nobody", "password": PASSWORD}])
def test_a_wrong_login_says_the_same_for_everybody(hub, alice, body):
    answer = hub.api("POST", "user/login", status=401, json=body).json()
    assert answer == {"message": "That name and password do not belong together", "slug": "unauthenticated"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"username": 1, "password": "x"}', b'{"username": "a"}',
                                  b'{"username": "a\\u0000b", "password": "x"}',
                                  b'{"username": "a", "password": "%s"}' % (b"x" * 5000)])
def test_a_login_that_makes_no_sense(hub, body):
    answer = hub.api("POST", "user/login", status=400, data=body).json()
    assert answer["message"] and answer["slug"] == "invalid"


def test_guessing_is_slowed_down_and_a_restart_does_not_help():
    with Hub() as h:
        h.set_up("root")
        h.person("alice")
        guess = {"username": "alice", "password": "guess guess"}
        # Five are free; the pauses after that double, so that a slow machine sees the 429 a few tries later.
        seen = [h.api("POST", "user/login", json=guess).status_code for _ in range(5)]
        assert seen == [401] * 5
        assert 429 in (h.api("POST", "user/login", json=guess).status_code for _ in range(8))
        h.kill9()
        h.start()
        answer = h.api("POST", "user/login", json=guess)
        while answer.status_code == 401:  # a second may have passed meanwhile: the next pause is twice as long
            answer = h.api("POST", "user/login", json=guess)
        assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1
        assert "seconds" in answer.json()["message"]
        # The right password has to wait as well, or the answer would tell; another name has not.
        right = h.api("POST", "user/login", json={"username": "alice", "password": PASSWORD})
        assert right.status_code in (200, 429)
        h.api("POST", "user/login", status=200, json={"username": "root", "password": PASSWORD})


def test_a_new_password_ends_the_other_logins(hub):
    here, there = hub.person("carol"), Person(hub, "carol")
    there.log_in()
    key = here.key()
    assert len(here.api("GET", "sessions/", status=200).json()["sessions"]) == 2
    change = {"old_password": "not this one", "new_password": "a new password"}
    here.api("POST", "user/password", status=403, json=change)
    here.api("POST", "user/password", status=400, json=change | {"new_password": "short"})
    here.api("POST", "user/password", status=204, json=change | {"old_password": PASSWORD})
    there.api("GET", "user/", status=401)
    here.api("GET", "user/", status=200)
    hub.api("GET", "user/", status=200, key=key)
    hub.api("POST", "user/login", status=401, json={"username": "carol", "password": PASSWORD})
    again = Person(hub, "carol", "a new password")
    again.log_in()
    here.api("DELETE", "sessions/", status=204)
    again.api("GET", "user/", status=401)
    assert [s["this"] for s in here.api("GET", "sessions/", status=200).json()["sessions"]] == [True]


def test_api_keys(hub, alice):
    made = alice.api("POST", "apikeys/", status=201, json={"name": "laptop"}).json()
    key = made["apikey"]
    assert hub.api("GET", "user/", status=200, key=key).json()["username"] == "alice"
    basic = base64.b64encode(f"alice:{key}".encode()).decode()
    hub.api("GET", "user/", status=200, headers={"Authorization": f"Basic {basic}"})
    listed = alice.api("GET", "apikeys/", status=200).json()["apikeys"]
    mine = [k for k in listed if k["id"] == made["id"]][0]
    assert mine["name"] == "laptop" and mine["last_used"] and key not in json.dumps(listed)
    hub.api("POST", "apikeys/", status=403, key=key, json={"name": "its child"})
    hub.admin.api("DELETE", f"apikeys/{made['id']}", status=404)
    alice.api("DELETE", f"apikeys/{made['id']}", status=204)
    hub.api("GET", "user/", status=401, key=key)
    for header in ("apikey", "apikey ", "Basic !!!", "Bearer a.b.c", "Digest x", f"apikey {'x' * 5000}"):
        hub.api("GET", "user/", status=401, headers={"Authorization": header})


def test_secrets_are_not_in_the_files(hub, alice):
    key = alice.key("looked for")
    token = hub.api("POST", "user/login", status=200, json={"username": "alice", "password": PASSWORD}).json()
    text = b"".join(p.read_bytes() for p in (hub.state / "hub").iterdir() if p.is_file())
    text += hub.log.encode()
    for secret in (key, token["access_token"], PASSWORD, alice.browser.cookies["labwright"]):
        assert secret.encode() not in text


def test_admins_manage_accounts(hub, alice):
    hub.admin.api("POST", "users/", status=400, json={"username": "Alice", "password": PASSWORD})
    hub.admin.api("POST", "users/", status=400, json={"username": "a/b", "password": PASSWORD})
    hub.admin.api("POST", "users/", status=400, json={"username": "dora", "password": PASSWORD, "email": "nonsense"})
    dora = hub.person("dora")
    key = dora.key()
    names = [u["username"] for u in hub.admin.api("GET", "users/", status=200).json()["users"]]
    assert names == sorted(names) and {"alice", "dora", "root"} <= set(names)
    alice.api("GET", "users/", status=403)
    hub.admin.api("PATCH", "users/dora", status=200, json={"email": "dora@example.org", "admin": True})
    dora.api("GET", "users/", status=200)
    hub.admin.api("PATCH", "users/dora", status=200, json={"disabled": True})
    dora.api("GET", "user/", status=401)
    hub.api("GET", "user/", status=401, key=key)
    hub.api("POST", "user/login", status=401, json={"username": "dora", "password": PASSWORD})
    hub.admin.api("PATCH", "users/dora", status=200, json={"disabled": False, "admin": False,
                                                           "password": "another password"})
    assert hub.admin.api("GET", "users/dora", status=200).json()["email"] == "dora@example.org"
    again = Person(hub, "dora", "another password")
    again.log_in()
    refused = hub.admin.api("PATCH", "users/root", status=429, json={"admin": False}).json()
    assert "somebody else" in refused["message"]
    hub.admin.api("PATCH", "users/nobody", status=404, json={})


def test_what_was_done_is_noted(hub, alice):
    alice.api("GET", "audit", status=403)
    rows = hub.admin.api("GET", "audit?limit=500", status=200).json()["audit"]
    whats = [(r["who"], r["what"], r["subject"]) for r in rows]
    assert ("root", "user.create", "alice") in whats and ("alice", "user.login", "alice") in whats
    assert all(r["address"] for r in rows)
    two = hub.admin.api("GET", "audit?limit=2", status=200).json()["audit"]
    assert [r["seq"] for r in two] == [r["seq"] for r in rows[:2]]
    older = hub.admin.api("GET", f"audit?limit=1&before={two[1]['seq']}", status=200).json()["audit"]
    assert older[0]["seq"] < two[1]["seq"]
    hub.admin.api("GET", "audit?limit=0", status=400)


def test_two_hubs_do_not_share_a_directory(hub):
    other = Hub(state=hub.state)
    with pytest.raises(AssertionError, match="a hub runs on"):
        other.start()
    requests.get(f"{hub.url}/api/v1/cli_version", timeout=5).raise_for_status()
