"""/files and /view: downloads, images, ranges, and what they must not be able to do (contract 3.2)."""
import os
import socket

import pytest
from lw import wait_for


@pytest.fixture(scope="module")
def files(shared):
    root = shared.root
    (root / "d").mkdir(exist_ok=True)
    (root / "a.txt").write_text("0123456789")
    (root / "page.html").write_text("<b>hi</b>")
    (root / "n.ipynb").write_text("{}")
    (root / "x.gz").write_bytes(b"\x1f\x8b")
    (root / "unknown.zzz").write_bytes(b"\0")
    (root / "å b.txt").write_text("x")
    (root / ".hidden").write_text("h")
    (root / "<i>.html").write_text("x")
    return shared


def get(s, path, status=200, **kw):
    return s.api("GET", f"files/{path}", status=status, **kw)


def test_types(files):
    for path, ctype in (("a.txt", "text/plain; charset=UTF-8"), ("page.html", "text/html"), ("x.gz", "application/gzip"),
                        ("n.ipynb", "application/x-ipynb+json"), ("unknown.zzz", "application/octet-stream")):
        r = get(files, path)
        assert r.headers["Content-Type"] == ctype
        assert "sandbox allow-scripts" in r.headers["Content-Security-Policy"]
        assert r.headers["X-Content-Type-Options"] == "nosniff"
        assert r.headers["Cache-Control"] == "no-cache" and "ETag" not in r.headers


def test_downloads(files):
    assert "Content-Disposition" not in get(files, "a.txt").headers
    assert "Content-Disposition" not in get(files, "a.txt?download=").headers
    assert get(files, "n.ipynb").headers["Content-Disposition"] == "attachment; filename*=utf-8''n.ipynb"
    r = get(files, "%C3%A5%20b.txt?download=1")
    assert r.headers["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A5%20b.txt" and r.text == "x"


def test_refused(files):
    for path, status in (("nope", 404), (".hidden", 404), ("d", 403), ("d/", 403), ("", 403),
                         ("..%2f..%2fetc%2fpasswd", 403), ("a%00b", 404)):
        get(files, path, status=status)
    assert get(files, "a.txt/").text == "0123456789"


def test_fifo_is_not_opened(files):
    if not (files.root / "fifo").exists():
        os.mkfifo(files.root / "fifo")
    get(files, "fifo", status=403, timeout=5)


def test_ranges(files):
    for header, status, body in (("bytes=2-4", 206, b"234"), ("bytes=-3", 206, b"789"), ("bytes=8-", 206, b"89"),
                                 ("bytes=0-", 200, b"0123456789"), ("bytes=0-9", 200, b"0123456789")):
        r = get(files, "a.txt", status=status, headers={"Range": header})
        assert r.content == body, header
        assert r.headers["Accept-Ranges"] == "bytes"
    r = get(files, "a.txt", status=416, headers={"Range": "bytes=10-"})
    assert r.headers["Content-Range"] == "bytes */10"


def test_conditional(files):
    r = get(files, "a.txt")
    again = get(files, "a.txt", status=304, headers={"If-Modified-Since": r.headers["Last-Modified"]})
    assert again.content == b""
    get(files, "a.txt", headers={"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"})


def test_head(files):
    r = files.api("HEAD", "files/a.txt", status=200)
    assert r.headers["Content-Length"] == "10" and r.content == b""
    files.api("HEAD", "files/nope", status=404)


def test_large_file(files):
    data = os.urandom(1 << 20) * 24
    (files.root / "large.bin").write_bytes(data)
    assert get(files, "large.bin").content == data
    assert get(files, "large.bin", status=206, headers={"Range": "bytes=20000000-20000009"}).content == data[20000000:20000010]


def ask(s, *paths):
    """Requests in one packet on a connection with a small receive buffer."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sock.settimeout(30)
    sock.connect(("127.0.0.1", s.port))
    sock.sendall(b"".join(f"GET /{p} HTTP/1.1\r\nHost: 127.0.0.1:{s.port}\r\nAuthorization: token {s.token}\r\n\r\n"
                          .encode() for p in paths))
    return sock


def read_head(f):
    lines = iter(f.readline, b"\r\n")
    assert b" 200 " in next(lines)
    return {k.lower(): v.strip() for k, v in (line.decode().split(":", 1) for line in lines)}


def test_a_slow_reader_and_the_next_request(files):
    data = os.urandom(1 << 20) * 12
    (files.root / "slow.bin").write_bytes(data)
    with ask(files, "files/slow.bin", "api", "files/slow.bin", "api") as sock, sock.makefile("rb", 4096) as f:
        for want in (data, b"version", data, b"version"):
            body = f.read(int(read_head(f)["content-length"]))
            assert body == want if want is data else want in body


def test_a_file_that_is_cut_while_it_is_sent(files):
    path = files.root / "cut.bin"
    with open(path, "wb") as f:
        f.truncate(64 << 20)
    with ask(files, "files/cut.bin", "api") as sock, sock.makefile("rb", 4096) as f:
        assert read_head(f)["content-length"] == str(64 << 20)
        f.read(1 << 20)
        os.truncate(path, 1 << 20)
        assert (1 << 20) + len(f.read()) < 64 << 20  # and nothing that looks like the rest, or the next answer


@pytest.mark.ours
def test_a_reader_that_leaves(files):
    path = files.root / "leave.bin"
    with open(path, "wb") as f:
        f.truncate(64 << 20)

    def descriptors():
        base = f"/proc/{files.proc.pid}/fd"
        return sorted(os.readlink(f"{base}/{fd}") for fd in os.listdir(base))
    get(files, "a.txt")
    before = len(descriptors())
    with ask(files, "files/leave.bin") as sock:
        sock.recv(4096)
        assert str(path) in descriptors()
    wait_for(lambda: len(descriptors()) <= before and str(path) not in descriptors(), what="file and socket closed")


def test_strangers(files):
    files.api("GET", "files/a.txt", auth=False, status=302)
    with files.session() as browser:
        browser.get(files.url + f"lab?token={files.token}", allow_redirects=True)
        assert browser.get(files.url + "files/a.txt", headers={"Referer": "https://evil.example/"}).status_code == 403
        assert browser.get(files.url + "files/a.txt").status_code == 403
        assert browser.get(files.url + "files/a.txt", headers={"Referer": files.url + "lab"}).status_code == 200
        xsrf = browser.cookies.get("_xsrf")
        assert browser.get(files.url + "files/a.txt", params={"_xsrf": xsrf}).status_code == 200


def test_view(files):
    r = files.api("GET", "view/page.html", status=200)
    assert '<iframe' in r.text and 'sandbox="allow-scripts"' in r.text and 'src="/files/page.html"' in r.text
    assert "<title>page.html</title>" in r.text
    files.api("GET", "view/nope", status=404)
    assert "<i>" not in files.api("GET", "view/%3Ci%3E.html", status=200).text
