"""Saving and exporting a notebook as something else (contract 3.2)."""
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
import requests

from lw import default_env, wait_for

NB = {"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "source": "6 * 7",
                 "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo=\n"}}]},
                {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "# Tïtle"}],
      "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def converter(shared, pytestconfig):
    if not pytestconfig.getoption("--ref") and not (Path(default_env()) / "bin/jupyter-nbconvert").exists() \
            and not shutil.which("jupyter-nbconvert"):
        pytest.skip("nbconvert is not installed")
    (shared.root / "my nb.ipynb").write_text(json.dumps(NB))
    (shared.root / "a.txt").write_text("x")
    return shared


def test_formats(converter):
    formats = converter.api("GET", "api/nbconvert", status=200, timeout=60).json()
    assert formats["html"] == {"output_mimetype": "text/html"}
    assert formats["python"]["output_mimetype"] == "text/x-python"
    assert {"markdown", "script", "notebook", "rst", "latex", "pdf", "slides"} <= formats.keys()


def test_convert(converter):
    r = converter.api("GET", "nbconvert/python/my nb.ipynb", status=200, timeout=90)
    assert "6 * 7" in r.text and r.headers["Content-Type"] == "text/x-python; charset=utf-8"
    assert "no-store" in r.headers["Cache-Control"] and "Last-Modified" in r.headers
    assert "Content-Disposition" not in r.headers
    assert "sandbox allow-scripts" in r.headers["Content-Security-Policy"]
    r = converter.api("GET", "nbconvert/html/my nb.ipynb?download=true", status=200, timeout=90)
    assert r.headers["Content-Disposition"] == "attachment; filename*=utf-8''my%20nb.html"
    assert "Tïtle" in r.content.decode()


def test_resources_come_as_a_zip(converter):
    r = converter.api("GET", "nbconvert/markdown/my nb.ipynb", status=200, timeout=90)
    assert r.headers["Content-Type"] == "application/zip"
    assert r.headers["Content-Disposition"] == "attachment; filename*=utf-8''my%20nb.zip"
    z = zipfile.ZipFile(io.BytesIO(r.content))
    assert "my nb.md" in z.namelist() and any(n.endswith(".png") for n in z.namelist())


def test_post(converter):
    r = converter.api("POST", "nbconvert/python", json={"name": "p.ipynb", "content": NB}, status=200, timeout=90)
    assert "6 * 7" in r.text


@pytest.mark.ours
def test_refused(converter):
    assert "No exporter for format: nope" in converter.api("GET", "nbconvert/nope/my nb.ipynb", status=404, timeout=60).text
    assert converter.api("GET", "nbconvert/html/a.txt", status=302).headers["Location"] == "/files/a.txt"
    converter.api("GET", "nbconvert/html/missing.ipynb", status=404)
    (converter.root / "broken.ipynb").write_text("{")
    converter.api("GET", "nbconvert/html/broken.ipynb", status=400)
    converter.api("POST", "nbconvert/html", json={"content": {}}, status=400)


@pytest.mark.ours
def test_not_installed(make_server):
    s = make_server(env={"PATH": "/nonexistent", "VIRTUAL_ENV": "/nonexistent", "CONDA_PREFIX": None})
    (s.root / "n.ipynb").write_text(json.dumps(NB))
    formats = s.api("GET", "api/nbconvert", status=200, timeout=60).json()
    if formats:
        pytest.skip("the build tree has an environment with nbconvert")
    assert "not installed" in s.api("GET", "nbconvert/html/n.ipynb", status=500, timeout=60).text


@pytest.mark.ours
def test_formats_are_known_from_the_last_server(make_server, tmp_path):
    """The answer of the program is kept; the next server gives it at once and asks again beside."""
    bin_dir, asked = tmp_path / "bin", tmp_path / "asked"
    bin_dir.mkdir()

    def write(name, text):
        (bin_dir / name).write_text(text)
        (bin_dir / name).chmod(0o755)

    def python(*lines):
        write("python", "\n".join(["#!/bin/sh", f"echo >> {asked}", *lines]) + "\n")

    write("jupyter-nbconvert", f"#!{bin_dir}/python\n")
    python("""echo '{"fake": {"output_mimetype": "text/fake"}}'""")
    s = make_server(env={"VIRTUAL_ENV": tmp_path, "CONDA_PREFIX": None})

    def formats():
        return s.api("GET", "api/nbconvert", status=200, timeout=20).json()

    assert formats() == {"fake": {"output_mimetype": "text/fake"}}
    wait_for(lambda: (s.runtime_dir / "labwright-nbconvert.json").exists())
    python("exec sleep 1000")
    s.restart()
    assert formats() == {"fake": {"output_mimetype": "text/fake"}}
    wait_for(lambda: len(asked.read_text()) == 2)
    python("""echo '{"new": {"output_mimetype": "text/new"}}'""")
    s.restart()
    formats()
    wait_for(lambda: formats() == {"new": {"output_mimetype": "text/new"}})
    python("exec sleep 1000")
    write("jupyter-nbconvert", f"#!{bin_dir}/python\n#\n")  # another program: what was noted is not true of it
    s.restart()
    with pytest.raises(requests.Timeout):
        s.api("GET", "api/nbconvert", timeout=1)
