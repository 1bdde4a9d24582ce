"""Checkpoints: the saved copy one can go back to (contract 3.4.10)."""
import os

import pytest


def put(s, path, text):
    return s.api("PUT", f"api/contents/{path}", json={"type": "file", "format": "text", "content": text}, status=(200, 201)).json()


def points(s, path):
    return s.api("GET", f"api/contents/{path}/checkpoints", status=200).json()


def test_back_and_forth(lab):
    put(lab, "a b.txt", "one")
    assert points(lab, "a b.txt") == []
    r = lab.api("POST", "api/contents/a b.txt/checkpoints", status=201)
    assert r.headers["Location"] == "/api/contents/a%20b.txt/checkpoints/checkpoint"
    one = r.json()
    assert one["id"] == "checkpoint" and points(lab, "a b.txt") == [one]
    m = lab.api("GET", "api/contents/a b.txt?content=0").json()
    assert m["last_modified"] == one["last_modified"]
    put(lab, "a b.txt", "two")
    r = lab.api("POST", "api/contents/a b.txt/checkpoints/checkpoint", status=204)
    assert r.content == b""
    assert (lab.root / "a b.txt").read_text() == "one"
    assert lab.api("GET", "api/contents/a b.txt?content=0").json()["last_modified"] == one["last_modified"]
    lab.api("DELETE", "api/contents/a b.txt/checkpoints/checkpoint", status=204)
    r = lab.api("DELETE", "api/contents/a b.txt/checkpoints/checkpoint", status=404)
    assert r.json()["message"] == "Checkpoint does not exist: a b.txt@checkpoint"
    assert points(lab, "a b.txt") == []


def test_restore_keeps_the_inode(lab):
    put(lab, "a.txt", "one")
    os.link(lab.root / "a.txt", lab.root / "hard")
    lab.api("POST", "api/contents/a.txt/checkpoints", status=201)
    put(lab, "a.txt", "two")
    lab.api("POST", "api/contents/a.txt/checkpoints/checkpoint", status=204)
    assert (lab.root / "hard").read_text() == "one"


@pytest.mark.ours
def test_looking_makes_no_directory(lab):
    put(lab, "a.txt", "one")
    points(lab, "a.txt")
    points(lab, "nope")
    assert not (lab.root / ".ipynb_checkpoints").exists()


@pytest.mark.ours
def test_errors(lab):
    put(lab, "a.txt", "one")
    lab.api("POST", "api/contents/a.txt/checkpoints/checkpoint", status=404)
    lab.api("POST", "api/contents/nope/checkpoints", status=404)
    lab.api("POST", "api/contents/a.txt/checkpoints/..%2fx", status=(404, 405))
    (lab.root / "d").mkdir()
    lab.api("POST", "api/contents/d/checkpoints", status=400)


def test_notebooks_get_one_when_saved(lab):
    nb = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    lab.api("PUT", "api/contents/n.ipynb", json={"type": "notebook", "content": nb}, status=201)
    assert len(points(lab, "n.ipynb")) == 1
    assert (lab.root / ".ipynb_checkpoints/n-checkpoint.ipynb").exists()


def test_follow_the_file(lab):
    put(lab, "a.txt", "one")
    lab.api("POST", "api/contents/a.txt/checkpoints", status=201)
    lab.api("PATCH", "api/contents/a.txt", json={"path": "b.txt"}, status=200)
    assert points(lab, "a.txt") == [] and len(points(lab, "b.txt")) == 1
    lab.api("DELETE", "api/contents/b.txt", status=204)
    assert points(lab, "b.txt") == []


def test_hidden_directory_is_not_listed(lab):
    put(lab, "a.txt", "one")
    lab.api("POST", "api/contents/a.txt/checkpoints", status=201)
    assert [c["name"] for c in lab.api("GET", "api/contents").json()["content"]] == ["a.txt"]


@pytest.mark.ours
@pytest.mark.parametrize("name", ["n" * 240 + ".txt", "n" * 251 + ".txt", "ü" * 127, "x." + "e" * 253])
def test_names_as_long_as_they_can_be(lab, name):
    put(lab, name, "one")
    lab.api("POST", f"api/contents/{name}/checkpoints", status=201)
    put(lab, name, "two")
    assert len(points(lab, name)) == 1
    lab.api("POST", f"api/contents/{name}/checkpoints/checkpoint", status=204)
    assert (lab.root / name).read_text() == "one"
    other = "o" * 250 + ".txt"
    lab.api("PATCH", f"api/contents/{name}", json={"path": other}, status=200)
    assert len(points(lab, other)) == 1 and points(lab, name) == []
    put(lab, name, "another")
    lab.api("POST", f"api/contents/{name}/checkpoints", status=201)
    lab.api("DELETE", f"api/contents/{other}", status=204)
    lab.api("DELETE", f"api/contents/{name}", status=204)
    assert points(lab, name) == [] and points(lab, other) == []
    assert not any(lab.root.glob(".ipynb_checkpoints/*"))
