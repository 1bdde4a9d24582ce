"""Sections of /api/config (contract 3.3)."""

import json
from concurrent.futures import ThreadPoolExecutor


def put_file(server, where, name, value):
    path = where / "serverconfig" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))


def test_unknown_section_is_empty(shared):
    r = shared.api("GET", "api/config/nothing", status=200)
    assert r.json() == {} and r.headers["Content-Type"] == "application/json"


def test_put_replaces(shared):
    r = shared.api("PUT", "api/config/s1", json={"a": 1, "b": {"c": 2}}, status=204)
    assert r.content == b"" and "Content-Type" not in r.headers
    assert shared.api("GET", "api/config/s1").json() == {"a": 1, "b": {"c": 2}}
    shared.api("PUT", "api/config/s1", json={"d": 3}, status=204)
    assert shared.api("GET", "api/config/s1").json() == {"d": 3}
    text = (shared.config_dir / "serverconfig/s1.json").read_text()
    assert text == '{\n  "d": 3\n}'


def test_patch_merges(shared):
    shared.api("PUT", "api/config/s2", json={"a": {"x": 1, "y": 2}, "b": 1}, status=204)
    r = shared.api("PATCH", "api/config/s2", json={"a": {"x": None, "z": 3}, "b": None, "c": {}}, status=200)
    assert r.json() == {"a": {"y": 2, "z": 3}}
    assert shared.api("GET", "api/config/s2").json() == {"a": {"y": 2, "z": 3}}


def test_dropins_and_their_defaults(shared):
    put_file(shared, shared.config_dir, "s3.d/a.json", {"one": 1, "two": {"x": 1}})
    put_file(shared, shared.config_dir, "s3.d/b.json", {"one": 2})
    put_file(shared, shared.config_dir, "s3.d/c.json", "{broken")
    put_file(shared, shared.config_dir, "s3.d/d.json", "")
    assert shared.api("GET", "api/config/s3").json() == {"one": 2, "two": {"x": 1}}
    r = shared.api("PATCH", "api/config/s3", json={"three": 3}, status=200)
    assert r.json() == {"one": 2, "two": {"x": 1}, "three": 3}
    stored = json.loads((shared.config_dir / "serverconfig/s3.json").read_text())
    assert stored == {"three": 3}


def test_bad_bodies(shared):
    shared.api("PUT", "api/config/s4", data="{", status=400)
    assert shared.api("PATCH", "api/config/s4", data="{").json()["message"] == \
        "Invalid JSON in body of request"


def test_names_are_words(shared):
    shared.api("GET", "api/config/a.b", status=404)
    shared.api("GET", "api/config/..%2Fx", status=404)


def test_changes_do_not_get_lost(shared):
    shared.api("PUT", "api/config/s5", json={}, status=204)

    def change(i):
        return shared.api("PATCH", "api/config/s5", json={f"k{i}": i}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(change, range(32))) == {200}
    assert shared.api("GET", "api/config/s5").json() == {f"k{i}": i for i in range(32)}
