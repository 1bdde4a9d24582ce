#!/usr/bin/env python3
"""compare.py - the same requests to Labwright and to the reference server, and what differs

    tests/lib/compare.py contents            # a table of requests below
    tests/lib/compare.py contents -v         # also the answers that agree

Both servers get the same files in directories of their own.  Status, the interesting headers and bodies
(JSON as values, with times, directories and cell ids made equal) are compared.  Differences that the
contract allows or asks for are listed in KNOWN with the reason; anything else is printed as DIFF, and the
exit status is 1.
"""
import json
import os
import re
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lw import Server  # noqa: E402

HEADERS = ("Location", "Content-Type", "Last-Modified", "Content-Disposition", "Cache-Control", "Accept-Ranges",
           "Content-Range", "ETag", "Content-Security-Policy", "X-Content-Type-Options")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$")
HTTP_TIME = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$")


def plain(value, root):
    """VALUE with what must differ between two servers made equal."""
    if isinstance(value, dict):
        return {k: "<id>" if k == "id" and isinstance(v, str) and re.fullmatch("[0-9a-f-]{8,}|[a-z]+(-[a-z]+)+", v)
                else plain(v, root) for k, v in value.items()}
    if isinstance(value, list):
        items = [plain(v, root) for v in value]
        if all(isinstance(v, dict) and "path" in v for v in items):
            items.sort(key=lambda v: v["path"])
        return items
    if isinstance(value, str):
        if TIME.match(value):
            return "<time>"
        return value.replace(str(root), "<root>")
    return value


def answer(server, step):
    method, path, *rest = step
    kw = rest[0] if rest else {}
    r = server.api(method, path, **kw)
    headers = {}
    for h in HEADERS:
        if h in r.headers:
            v = r.headers[h]
            headers[h] = "<time>" if HTTP_TIME.match(v) else "<etag>" if h == "ETag" else v
    try:
        body = plain(r.json(), server.root)
    except ValueError:
        body = r.text if len(r.text) < 2000 and "<html" not in r.text.lower() else "<page>"
    return {"status": r.status_code, "reason": r.reason, "headers": headers, "body": body}


def differences(ours, theirs, at=""):
    """(where, ours, theirs) for each leaf that differs."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for k in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(k, "<absent>"), theirs.get(k, "<absent>"), f"{at}.{k}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, (a, b) in enumerate(zip(ours, theirs)):
            yield from differences(a, b, f"{at}[{i}]")
    elif ours != theirs:
        yield at, ours, theirs


def text(content, **kw):
    return {"json": {"type": "file", "format": "text", "content": content, **kw}}


def prepare(root):
    """The files that both servers see."""
    (root / "d/sub").mkdir(parents=True)
    (root / "d/x.txt").write_text("x")
    (root / "d/__pycache__").mkdir()
    (root / "a.txt").write_text("héllo\r\nworld\n")
    (root / "bin.dat").write_bytes(bytes(range(256)))
    (root / "empty").write_text("")
    (root / ".hidden").write_text("h")
    (root / "page.html").write_text("<b>hi</b>")
    (root / "å b.py").write_text("1")
    (root / "n.ipynb").write_text(json.dumps({
        "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": ["1\n", "2"], "execution_count": 1,
                   "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/html": ["<b>"]}}]}],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (root / "invalid.ipynb").write_text(json.dumps({
        "cells": [{"cell_type": "raw", "metadata": {}, "source": "", "x": 1}], "metadata": {}, "nbformat": 4,
        "nbformat_minor": 4}))
    (root / "v3.ipynb").write_text(json.dumps({
        "metadata": {"name": "n"}, "nbformat": 3, "nbformat_minor": 0,
        "worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": "h"}]}]}))
    (root / "broken.ipynb").write_text("{")
    (root / "latin.txt").write_bytes(b"caf\xe9")
    os.symlink("a.txt", root / "link.txt")
    os.symlink("nowhere", root / "dangling")
    os.mkfifo(root / "fifo")
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(root / "sock"))
    s.close()


NB = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
CONTENTS = [
    ("GET", "api/contents"), ("GET", "api/contents/"), ("GET", "api/contents?content=0"), ("GET", "api/contents/d"),
    ("GET", "api/contents/d/"), ("GET", "api/contents//d"), ("GET", "api/contents/a.txt?hash=1"),
    ("GET", "api/contents/a.txt?content=0&hash=1"), ("GET", "api/contents/a.txt?format=base64"),
    ("GET", "api/contents/bin.dat"), ("GET", "api/contents/bin.dat?format=text"), ("GET", "api/contents/latin.txt"),
    ("GET", "api/contents/empty"), ("GET", "api/contents/%C3%A5%20b.py"), ("GET", "api/contents/link.txt"),
    ("GET", "api/contents/n.ipynb"), ("GET", "api/contents/n.ipynb?type=file"), ("GET", "api/contents/n.ipynb?hash=1"),
    ("GET", "api/contents/a.txt?type=notebook"), ("GET", "api/contents/invalid.ipynb"),
    ("GET", "api/contents/v3.ipynb"), ("GET", "api/contents/broken.ipynb"), ("GET", "api/contents/d?type=file"),
    ("GET", "api/contents/a.txt?type=directory"), ("GET", "api/contents/a.txt?format=x"),
    ("GET", "api/contents/a.txt?content=2"), ("GET", "api/contents/a.txt?hash=x"), ("GET", "api/contents/a.txt?type=x"),
    ("GET", "api/contents/a.txt?1712345678901"), ("GET", "api/contents/nope"), ("GET", "api/contents/.hidden"),
    ("GET", "api/contents/..%2f..%2fetc%2fpasswd"), ("GET", "api/contents/a%00b"), ("GET", "api/contents/%ff"),
    ("GET", "api/contents/fifo"), ("GET", "api/contents/fifo?content=0"), ("GET", "api/contents/sock"),
    ("GET", "api/contents/dangling"), ("GET", "api/contents/dangling?content=0"), ("HEAD", "api/contents/a.txt"),
    ("POST", "api/contents"), ("POST", "api/contents", {"data": "{}"}),
    ("POST", "api/contents", {"json": {"type": "notebook"}}), ("POST", "api/contents", {"json": {"ext": ".ipynb"}}),
    ("POST", "api/contents", {"json": {"type": "file", "ext": ".py"}}),
    ("POST", "api/contents", {"json": {"type": "directory"}}), ("POST", "api/contents", {"json": {"type": "directory"}}),
    ("POST", "api/contents/d", {"json": {"type": "x"}}), ("POST", "api/contents/nope", {"json": {}}),
    ("POST", "api/contents/a.txt", {"json": {}}), ("POST", "api/contents", {"data": "{"}),
    ("POST", "api/contents", {"json": {"copy_from": "a.txt"}}), ("POST", "api/contents/d", {"json": {"copy_from": "a.txt"}}),
    ("POST", "api/contents", {"json": {"copy_from": "a-Copy1.txt"}}), ("POST", "api/contents", {"json": {"copy_from": "n.ipynb"}}),
    ("POST", "api/contents", {"json": {"copy_from": "bin.dat"}}), ("POST", "api/contents", {"json": {"copy_from": "nope"}}),
    ("POST", "api/contents", {"json": {"copy_from": ".hidden"}}), ("POST", "api/contents/new.txt", {"json": {"copy_from": "a.txt"}}),
    ("POST", "api/contents/no/no", {"json": {"copy_from": "a.txt"}}), ("POST", "api/contents", {"json": {"copy_from": "d"}}),
    ("PUT", "api/contents/p.txt", text("one")), ("PUT", "api/contents/p.txt", text("two\r\n")), ("GET", "api/contents/p.txt?hash=1"),
    ("PUT", "api/contents/p.txt", {"json": {"type": "file", "format": "base64", "content": "aGk="}}),
    ("PUT", "api/contents/p.txt", {"json": {"type": "file", "format": "base64", "content": "*"}}),
    ("PUT", "api/contents/p.txt", {"json": {"type": "file", "format": "base64", "content": "aGk"}}),
    ("PUT", "api/contents/p.txt", {"json": {"type": "file", "content": "x"}}),
    ("PUT", "api/contents/p.txt", {"json": {"content": "x", "format": "text"}}),
    ("PUT", "api/contents/p.txt", {"json": {"type": "file", "format": "text"}}),
    ("PUT", "api/contents/p.txt", {"json": {"type": None, "format": "text", "content": "x"}}),
    ("PUT", "api/contents/p.txt", {"json": {"copy_from": "a.txt"}}), ("PUT", "api/contents/p.txt", {"json": {"type": "directory"}}),
    ("PUT", "api/contents/q", {"json": {"type": "file"}}), ("PUT", "api/contents/q.ipynb", {"json": {"x": 1}}),
    ("PUT", "api/contents/w.ipynb", {"json": {"type": "notebook", "content": NB}}),
    ("PUT", "api/contents/w.ipynb", {"json": {"type": "notebook", "content": {**NB, "x": 1}}}),
    ("PUT", "api/contents/raw.ipynb", text("raw")), ("PUT", "api/contents/dir", {"json": {"type": "directory"}}),
    ("PUT", "api/contents/dir", {"json": {"type": "directory"}}), ("PUT", "api/contents/d", text("x")),
    ("PUT", "api/contents/no/x.txt", text("x")), ("PUT", "api/contents/.h", text("x")), ("PUT", "api/contents/y", text("x", path=".y")),
    ("PUT", "api/contents/d"), ("PUT", "api/contents/nope"), ("PUT", "api/contents/a.txt"),
    ("PUT", "api/contents/up", text("a", chunk=1)), ("PUT", "api/contents/up", text("b", chunk=2)),
    ("PUT", "api/contents/up", text("c", chunk=-1)), ("GET", "api/contents/up"),
    ("PUT", "api/contents/up", {"json": {"type": "notebook", "content": NB, "chunk": 1}}),
    ("PATCH", "api/contents/p.txt", {"json": {"path": "r.txt"}}), ("PATCH", "api/contents/r.txt", {"json": {"path": "a.txt"}}),
    ("PATCH", "api/contents/r.txt", {"json": {"path": "r.txt"}}), ("PATCH", "api/contents/r.txt", {"json": {}}),
    ("PATCH", "api/contents/r.txt"), ("PATCH", "api/contents/nope", {"json": {"path": "z"}}),
    ("PATCH", "api/contents/r.txt", {"json": {"path": ".z"}}), ("PATCH", "api/contents/dir", {"json": {"path": "dir2"}}),
    ("GET", "api/contents/n.ipynb/checkpoints"), ("POST", "api/contents/n.ipynb/checkpoints"),
    ("GET", "api/contents/n.ipynb/checkpoints"), ("POST", "api/contents/n.ipynb/checkpoints/checkpoint"),
    ("DELETE", "api/contents/n.ipynb/checkpoints/checkpoint"), ("DELETE", "api/contents/n.ipynb/checkpoints/checkpoint"),
    ("POST", "api/contents/nope/checkpoints"), ("POST", "api/contents/n.ipynb/trust"), ("GET", "api/contents/n.ipynb"),
    ("DELETE", "api/contents/r.txt"), ("DELETE", "api/contents/nope"), ("DELETE", "api/contents/.hidden"),
    ("DELETE", "api/contents"), ("DELETE", "api/contents/d"), ("DELETE", "api/contents/link.txt"), ("GET", "api/contents/a.txt"),
    ("GET", "files/a.txt"), ("HEAD", "files/a.txt"), ("GET", "files/page.html"), ("GET", "files/n.ipynb"), ("GET", "files/bin.dat"),
    ("GET", "files/a.txt?download=1"), ("GET", "files/a.txt?download="), ("GET", "files/a.txt?v=1"), ("GET", "files/nope"),
    ("GET", "files/.hidden"), ("GET", "files/dir2"), ("GET", "files/dir2/"), ("GET", "files/a.txt/"), ("GET", "files/"),
    ("GET", "files/%C3%A5%20b.py?download=1"), ("GET", "files/a.txt", {"headers": {"Range": "bytes=1-3"}}),
    ("GET", "files/a.txt", {"headers": {"Range": "bytes=100-"}}), ("GET", "files/a.txt", {"headers": {"Range": "bytes=-3"}}),
    ("GET", "files/a.txt", {"headers": {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}}),
    ("GET", "view/page.html"), ("GET", "view/nope"), ("GET", "nbconvert/html/a.txt"), ("GET", "nbconvert/html/broken.ipynb"),
    ("GET", "api/contents/c/trust"), ("GET", "api/notebooks/a.txt"),
]

# (what the request begins with, where the difference begins) -> why it is fine
KNOWN = {
    ("GET api/contents/d/", ".headers"): "redirects carry the usual headers here",
    ("GET api/notebooks", ".headers"): "redirects have no body, so no Content-Type",
    ("GET api/contents/", ".body.message"): "other words, or the short form of what is invalid",
    ("GET api/contents/nope", ".body"): "JSON rather than text (3.4.2)",
    ("GET api/contents/.hidden", ".body"): "JSON rather than text (3.4.2)",
    ("HEAD api/contents", ""): "HEAD is answered like GET (1.1)",
    ("POST api/contents ", ".body.message"): "other words",
    ("PUT api/contents/", ".body.message"): "other words, or the short form of what is invalid",
    ("PUT api/contents/no/x", ".body.traceback"): "every 500 has the key",
    ("PUT api/contents/d {", ".body.traceback"): "every 500 has the key",
    ("PUT api/contents/a.txt", ""): "400 for a file (3.4.4)",
    ("PATCH api/contents/", ".body.message"): "other words",
    ("POST api/contents/nope/checkpoints", ""): "404 rather than 500 (3.4.10)",
    ("POST api/contents/n.ipynb/trust", ".headers.Content-Type"): "an empty body has no type",
    ("DELETE api/contents/", ".body.message"): "other words",
    ("GET files/a.txt", ".headers.Content-Type"): "416 has no body",
    ("GET nbconvert/html/a.txt", ""): "the original forgets the redirect (1.2)",
}


def known(name, at):
    return any(name.startswith(start) and at.startswith(where) for start, where in KNOWN)


TABLES = {"contents": (prepare, CONTENTS)}


def main(table, verbose):
    setup, steps = TABLES[table]
    bad = 0
    with Server() as ours, Server(ref=True) as theirs:
        for s in (ours, theirs):
            setup(s.root)
        for step in steps:
            a, b = answer(ours, step), answer(theirs, step)
            name = f"{step[0]} {step[1]} {json.dumps(step[2])[:100] if len(step) > 2 else ''}"
            found = [d for d in differences(a, b) if not known(name, d[0])]
            if found or verbose:
                print(f"{'DIFF' if found else 'same'} {name} -> {a['status']}")
            for at, x, y in found:
                print(f"    {at}\n      ours   {str(x)[:300]}\n      theirs {str(y)[:300]}")
            bad += bool(found)
    print(f"{len(steps)} requests, {bad} differ")
    return bad


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1] if len(sys.argv) > 1 else "contents", "-v" in sys.argv) else 0)
