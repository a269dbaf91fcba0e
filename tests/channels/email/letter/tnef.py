"""Makes winmail.dat as Outlook does, from MS-OXTNEF, so that tests need no file of anybody's."""

from __future__ import annotations

import struct

UNICODE, STRING8, BINARY, LONG, OBJECT = 0x1F, 0x1E, 0x102, 3, 0x0D


def attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*rows: tuple[int, int, object]) -> bytes:
    """MAPI properties: (type, id, value)."""
    out = struct.pack("<I", len(rows))
    for kind, name, value in rows:
        out += struct.pack("<HH", kind, name)
        if kind == LONG:
            out += struct.pack("<I", value)
            continue
        data = value.encode("utf-16-le") + b"\0\0" if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]
        out += struct.pack("<II", 1, len(data)) + data + b"\0" * (-len(data) % 4)
    return out


def tnef(*attributes: bytes, code_page: int = 1251) -> bytes:
    page = attribute(1, 0x69007, struct.pack("<II", code_page, 0))
    return b"\x78\x9f\x3e\x22\x01\x00" + page + b"".join(attributes)


def file(title: bytes, content: bytes, *rows: tuple[int, int, object]) -> bytes:
    """An attachment with its short name and, in MAPI properties, what more is known."""
    out = attribute(2, 0x69002, bytes(14)) + attribute(2, 0x18010, title + b"\0") + attribute(2, 0x6800F, content)
    return out + (attribute(2, 0x69005, properties(*rows)) if rows else b"")
