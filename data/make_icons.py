#!/usr/bin/env python3
"""Draw the icons in data/static and the logo of the Bash kernel.  Run it after a change and commit the result.

A picture is a function from a point of the unit square to a colour; it is sampled 4 x 4 times a pixel.
An .ico file is a small directory in front of a PNG file.
"""

import math
import struct
import zlib
from pathlib import Path

HERE = Path(__file__).parent / "static"
BASH = Path(__file__).parent.parent / "kernels" / "bash"
SAMPLES = 4
INK = (180, 83, 10)
PALE = (240, 163, 94)
PAPER = (255, 255, 255)
DARK = (28, 31, 36)
CLEAR = None


def in_box(x, y, left, top, right, bottom, radius=0.0):
    dx = max(left + radius - x, 0, x - (right - radius))
    dy = max(top + radius - y, 0, y - (bottom - radius))
    return math.hypot(dx, dy) <= radius if radius else left <= x <= right and top <= y <= bottom


def hull(x, y):
    """A bowl with a mast: something that is built and floats."""
    if 0.60 <= y <= 0.84 and abs(x - 0.5) <= 0.36 - 0.55 * (y - 0.60):
        return True
    if in_box(x, y, 0.46, 0.14, 0.54, 0.60):
        return True
    return 0.16 <= y <= 0.54 and 0.58 <= x <= 0.58 + 0.62 * (y - 0.16) + 0.02


def tile(x, y, colour):
    return colour if in_box(x, y, 0.02, 0.02, 0.98, 0.98, 0.2) else CLEAR


def idle(x, y):
    base = tile(x, y, INK)
    return PAPER if base and hull(x, y) else base


def busy(share):
    def draw(x, y):
        distance = math.hypot(x - 0.5, y - 0.5)
        angle = (math.atan2(x - 0.5, 0.5 - y) / (2 * math.pi)) % 1.0
        if 0.32 <= distance <= 0.48:
            return INK if angle <= share else PALE
        return INK if distance <= 0.16 else CLEAR

    return draw


def sheet(x, y):
    if not in_box(x, y, 0.16, 0.04, 0.84, 0.96, 0.08):
        return CLEAR
    return PAPER if in_box(x, y, 0.23, 0.11, 0.77, 0.89, 0.03) else INK


def file(x, y):
    base = sheet(x, y)
    for row in range(4):
        top = 0.24 + 0.15 * row
        if in_box(x, y, 0.32, top, 0.68 if row < 3 else 0.52, top + 0.06):
            return INK
    return base


def notebook(x, y):
    base = sheet(x, y)
    if in_box(x, y, 0.16, 0.04, 0.34, 0.96, 0.08):
        return INK
    for row in range(3):
        top = 0.24 + 0.2 * row
        if in_box(x, y, 0.43, top, 0.68, top + 0.08):
            return INK
    return base


def terminal(x, y):
    base = tile(x, y, DARK)
    if base and 0.24 <= x <= 0.46 and abs(abs(y - 0.42) - (0.46 - x)) <= 0.06:
        return PALE
    return PALE if base and in_box(x, y, 0.5, 0.64, 0.78, 0.72) else base


def shell(x, y):
    """The picture of kernels/bash/logo-svg.svg."""
    base = DARK if in_box(x, y, 0.03, 0.09, 0.97, 0.91, 0.14) else CLEAR
    if base and 0.18 <= x <= 0.46 and abs(abs(y - 0.5) - (0.43 - x) * 0.85) <= 0.062 and abs(y - 0.5) <= 0.21:
        return PALE
    return PAPER if base and in_box(x, y, 0.52, 0.66, 0.78, 0.75) else base


def pixel(draw, size, column, row):
    total = [0, 0, 0]
    hits = 0
    for i in range(SAMPLES * SAMPLES):
        x = (column + (i % SAMPLES + 0.5) / SAMPLES) / size
        y = (row + (i // SAMPLES + 0.5) / SAMPLES) / size
        colour = draw(x, y)
        if colour:
            hits += 1
            total = [t + c for t, c in zip(total, colour)]
    if not hits:
        return b"\0\0\0\0"
    return bytes([t // hits for t in total] + [255 * hits // SAMPLES**2])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(draw, size):
    rows = (b"\0" + b"".join(pixel(draw, size, c, r) for c in range(size)) for r in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def ico(draw, size=32):
    image = png(draw, size)
    entry = struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(image), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + image


def main():
    icons = {
        "favicon.ico": idle,
        "favicon-busy-1.ico": busy(1 / 3),
        "favicon-busy-2.ico": busy(2 / 3),
        "favicon-busy-3.ico": busy(1.0),
        "favicon-file.ico": file,
        "favicon-notebook.ico": notebook,
        "favicon-terminal.ico": terminal,
    }
    for name, draw in icons.items():
        (HERE / "favicons" / name).write_bytes(ico(draw))
    (HERE / "logo" / "logo.png").write_bytes(png(idle, 96))
    for size in (32, 64):
        (BASH / f"logo-{size}x{size}.png").write_bytes(png(shell, size))


main()
