#!/usr/bin/env python3
"""make_notebooks.py - regenerate tests/golden/notebooks with the original nbformat

    python3 -m venv /tmp/v && /tmp/v/bin/pip install nbformat && /tmp/v/bin/python tests/golden/make_notebooks.py

For each notebook: NAME.in (as somebody stored it), NAME.file (what the original writes), NAME.memory (what
it reads, sorted and indented by one) and NAME.sig (its signature with the key "secret\\n").
"""
import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

HERE = Path(__file__).parent / "notebooks"
ODD = "a\nb\r\nc\rd\ve\ff\x1cg\x1dh\x1ei\x85j\u2028k\u2029l é 😀 \x1b[0m \x7f \x00 \" \\ /"


def code(source="", outputs=(), **kw):
    return {"cell_type": "code", "execution_count": kw.pop("count", None), "metadata": kw.pop("metadata", {}),
            "outputs": list(outputs), "source": source, **kw}


def data(bundle, kind="display_data", **kw):
    return {"output_type": kind, "data": bundle, "metadata": {}, **kw}


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def nb(*cells, minor=5, **metadata):
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}


def v3(*cells, **kw):
    return {"metadata": {"name": "old", "signature": "x", "language": "python"}, "nbformat": 3,
            "nbformat_minor": 0, "worksheets": [{"cells": list(cells)}], **kw}


NOTEBOOKS = {
    "empty": nb(),
    "lines": nb(code(ODD, [stream(ODD), data({"text/plain": ODD, "text/html": ["<b>\n", "x"], "image/png": "aGk=\n",
                                              "image/svg+xml": "<svg>\n</svg>", "application/javascript": "1;\n2"})],
                     id="a"),
                {"cell_type": "markdown", "id": "b", "metadata": {}, "source": ["x\n", "y"],
                 "attachments": {"i.png": {"image/png": ["aG", "k="], "text/plain": "q\nr"}}}),
    "json": nb(code("", [data({"application/json": ["a\n", "b"], "application/vnd.x.v1+json": {"k": "a\nb", "z": [1]},
                               "application/x": ["joined", "once"]}),
                         data({"text/plain": "1"}, "execute_result", execution_count=3)], id="a", count=3)),
    "error": nb(code("1/0", [{"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero",
                              "traceback": ["\x1b[0;31m---\x1b[0m", "a\nb"]}], id="a")),
    "transient": nb(code("x", id="a", metadata={"trusted": True, "collapsed": False}), minor=4, signature="s",
                    orig_nbformat=3, orig_nbformat_minor=0,
                    kernelspec={"name": "python3", "display_name": "Python 3"}),
    "minor0": nb(code("x\ny"), {"cell_type": "raw", "metadata": {"format": "x"}, "source": ""}, minor=0),
    "future": nb({"cell_type": "hologram", "metadata": {}, "id": "h", "depth": 3}, minor=6),
    "keys": nb(code("", id="a", metadata={"é": 1, "z": 2, "a": 3, "\U0001f600": 4, "\ufffd": 5, "A": 6, "": 7})),
    "v3": v3({"cell_type": "heading", "level": 2, "source": "a\nb"}, {"cell_type": "html", "source": ["<p>", "</p>"]},
             {"cell_type": "code", "input": ["a\n", "b"], "language": "python", "prompt_number": 2, "collapsed": True,
              "outputs": [{"output_type": "pyout", "prompt_number": 2, "text": ["x", "y"], "png": "aGk=",
                           "metadata": {"png": {"width": 2}}, "json": "{\"a\": 1.50}", "pdf": "cGRm"},
                          {"output_type": "stream", "text": "o\n"},
                          {"output_type": "stream", "stream": "stderr", "text": "e\n"},
                          {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]}]}),
    "v2": {"metadata": {}, "nbformat": 2, "worksheets": [{"cells": [
        {"cell_type": "code", "input": "1", "outputs": [{"output_type": "pyout", "text": "1"}]},
        {"cell_type": "markdown", "source": "m"}]}]},
    "v1": {"cells": [{"cell_type": "code", "code": "1", "prompt_number": 3}, {"cell_type": "text", "text": "t"}]},
}
# As text, because json.dumps would normalise it.
NUMBERS = ('{"cells":[],"metadata":{"n":[1E5,1e22,1.10,-0,-0.0,0.1,1e-5,123456789012345678901234567890,1e16,1e15,'
           '0.30000000000000004,5e-324,1.7976931348623157e308,100.0,12345678901234567890.0,2.5e-7,1e400,-1e400]},'
           '"nbformat":4,"nbformat_minor":5}')


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    notary = NotebookNotary(data_dir=tempfile.mkdtemp(), db_file=":memory:", secret=b"secret\n")
    texts = {name: json.dumps(n, ensure_ascii=False) for name, n in NOTEBOOKS.items()} | {"numbers": NUMBERS}
    for name, text in texts.items():
        memory = nbformat.reads(text, as_version=4)
        for i, cell in enumerate(memory.cells):  # ids made by an upgrade are random
            if name.startswith("v"):
                cell["id"] = f"id{i}"
        write = {"ensure_ascii": False, "indent": 1, "sort_keys": True}
        (HERE / f"{name}.in").write_text(text, newline="")
        (HERE / f"{name}.memory").write_text(json.dumps(memory, **write) + "\n", newline="")
        (HERE / f"{name}.file").write_text(nbformat.writes(memory) + "\n", newline="")
        (HERE / f"{name}.sig").write_text(notary.compute_signature(memory) + "\n")


if __name__ == "__main__":
    sys.exit(main())
