#!/usr/bin/env python3
"""Read a kernel's journal as a server would: journal.py RUNTIME_DIR KERNEL_ID, with no server attached.

Prints one JSON line: numbers of the records; in their order the text of all streams on stdout, the text of all updates of
displays, and the SHA-256 of what comm messages of cells carried in buffers.  The wire is docs/PROTOCOL.md, written down here
once more so that a mistake in the C codec is not excused by itself.
"""
import hashlib
import json
import socket
import struct
import sys
from pathlib import Path

HELLO, LIST, SUBSCRIBE, ACK, OK, ERROR, DATA, GAP = 1, 2, 10, 14, 64, 65, 66, 67
WINDOW = 1 << 24
RECORD = 1  # what is for others too: otherwise the last number may never come


def string(text):
    raw = text.encode()
    return struct.pack("<I", len(raw)) + raw


class Keeper:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(str(path))
        self.stream = self.sock.makefile("rb")

    def send(self, kind, payload=b"", obj=0, number=0):
        self.sock.sendall(struct.pack("<IBBHIQ", 16 + len(payload), kind, 0, 0, obj, number) + payload)

    def read(self):
        size, kind, _, channel, obj, number = struct.unpack("<IBBHIQ", self.stream.read(20))
        return kind, channel, obj, number, self.stream.read(size - 16)

    def until(self, number):
        while True:
            kind, _, _, n, payload = self.read()
            if kind in (OK, ERROR) and n == number:
                assert kind == OK, payload
                return payload


def find(payload, kernel_id):
    """The object, its first and its last number, from the answer to LIST."""
    (count,), at = struct.unpack_from("<I", payload), 4
    for _ in range(count):
        size, obj, _type, n = struct.unpack_from("<IIII", payload, at)
        name = payload[at + 16:at + 16 + n].decode()
        after = at + 16 + n
        (m,) = struct.unpack_from("<I", payload, after)
        first, last = struct.unpack_from("<QQ", payload, after + 4 + m + 4 + 4 + 8 + 8)
        if name == kernel_id:
            return obj, first, last
        at += 4 + size
    raise SystemExit(f"the keeper has no kernel {kernel_id}")


def take(frame, into):
    n = struct.unpack_from("<Q", frame)[0]
    offsets = struct.unpack_from(f"<{n}Q", frame, 8)
    parts = [frame[a:b] for a, b in zip(offsets, offsets[1:])]
    header, parent, content = json.loads(parts[1]), json.loads(parts[2]), json.loads(parts[4])
    if header["msg_type"] == "stream" and content["name"] == "stdout":
        into["text"].append(content["text"])
    elif header["msg_type"] == "update_display_data":
        into["updates"].append(content["data"]["text/plain"])
    elif header["msg_type"] == "comm_msg" and parent["msg_type"] == "execute_request" and len(parts) > 5:
        into["buffers"].append(hashlib.sha256(b"".join(parts[5:])).hexdigest())


def main():
    [path] = Path(sys.argv[1]).glob("labwright/*/keep.sock")
    keeper = Keeper(path)
    keeper.send(HELLO, struct.pack("<I", 1) + string("journal.py") + string("/"), number=1)
    keeper.until(1)
    keeper.send(LIST, number=2)
    obj, first, last = find(keeper.until(2), sys.argv[2])
    keeper.send(SUBSCRIBE, string("reader") + struct.pack("<QQI", 1, WINDOW, RECORD), obj, 3)
    numbers, gap = [], False
    said = {"text": [], "updates": [], "buffers": []}
    while not numbers or numbers[-1] < last:
        kind, channel, _, number, payload = keeper.read()
        if kind == GAP:
            gap = True
        if kind != DATA:
            continue
        (n,) = struct.unpack_from("<I", payload)
        if payload[4:4 + n] != b"reader":
            continue
        numbers.append(number)
        if channel == 3:
            take(payload[4 + n:], said)
        keeper.send(ACK, string("reader"), obj, number)
    print(json.dumps({"first": first, "last": last, "records": len(numbers), "gap": gap,
                      "rising": numbers == sorted(set(numbers)), **said, "text": "".join(said["text"])}))


main()
