"""termws.py - a terminal's websocket (jupyter-contract 6.10)"""
import contextlib
import json
import time

import websocket


class TermWS:
    """One viewer of one terminal.  `text` is all output so far."""

    def __init__(self, server, name, setup=True, **kw):
        self.server, self.name, self.text, self.frames = server, name, "", []
        self.disconnected = False
        self.ws = server.ws(f"terminals/websocket/{name}", **kw)
        if setup:
            first = self.read(30)
            assert first[0] == "setup", f"first frame is {first!r}"

    def read(self, timeout=30):
        """One frame, as a list."""
        self.ws.settimeout(max(timeout, 0.001))
        try:
            frame = json.loads(self.ws.recv())
        except websocket.WebSocketTimeoutException:
            raise TimeoutError(f"no frame within {timeout:.1f} s; text ends with {self.text[-500:]!r}") from None
        self.frames.append(frame)
        if frame[0] == "stdout":
            self.text += frame[1]
        self.disconnected = self.disconnected or frame[0] == "disconnect"
        return frame

    def expect(self, needle, timeout=30, after=0):
        """Read until NEEDLE is in the text behind position AFTER; the position behind it is the result."""
        deadline = time.monotonic() + timeout
        while (at := self.text.find(needle, after)) < 0:
            self.read(deadline - time.monotonic())
        return at + len(needle)

    def send(self, text):
        self.ws.send(json.dumps(["stdin", text]))

    def resize(self, rows, cols):
        self.ws.send(json.dumps(["set_size", rows, cols, rows * 16, cols * 8]))

    def drain(self, quiet=0.3):
        got = []
        with contextlib.suppress(TimeoutError):
            while True:
                got.append(self.read(quiet))
        return got

    def close(self):
        with contextlib.suppress(Exception):
            self.ws.close(timeout=2)
