"""Small portraits drawn by arithmetic: a head and shoulders on a colour of one's own, as PNG."""

import struct
import zlib

SIDE = 96


def portrait(background, skin, hair, shirt):
    """A PNG of SIDE x SIDE pixels; colours are (red, green, blue)."""
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)
        for x in range(SIDE):
            # Four samples a pixel keep the edges smooth.
            total = [0, 0, 0]
            for dy in (0.25, 0.75):
                for dx in (0.25, 0.75):
                    colour = _colour((x + dx) / SIDE, (y + dy) / SIDE, background, skin, hair, shirt)
                    total = [sum_ + part for sum_, part in zip(total, colour)]
            rows += bytes(part // 4 for part in total)
    return (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack("!IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0))
            + _chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + _chunk(b"IEND", b""))


def _inside(x, y, cx, cy, rx, ry):
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1


def _colour(x, y, background, skin, hair, shirt):
    if _inside(x, y, 0.5, 0.46, 0.19, 0.23) and y > 0.36 + 0.1 * abs(x - 0.44):
        return skin
    if _inside(x, y, 0.5, 0.40, 0.22, 0.23):
        return hair
    if 0.43 < x < 0.57 and 0.5 < y < 0.76:
        return skin
    if _inside(x, y, 0.5, 1.02, 0.38, 0.32):
        return shirt
    shade = 1 - 0.18 * y
    return tuple(int(part * shade) for part in background)


def _chunk(kind, data):
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
