"""The mark inside a PNG that says which figure it is and what it was drawn from."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"reportgen\x00"


def marked(png: bytes, provenance: Mapping[str, str]) -> bytes:
    """Return the picture with the mark in place of an older one."""
    text = json.dumps(provenance, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    header, *rest = _chunks(unmarked(png))
    chunks = (header, (b"tEXt", _KEYWORD + text), *rest)
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def unmarked(png: bytes) -> bytes:
    """Return the picture without its mark."""
    kept = (chunk for chunk in _chunks(png) if not _is_mark(*chunk))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in kept)


def read_mark(png: bytes) -> dict[str, str]:
    """Return what the mark says; empty for pictures of others, also for damaged ones."""
    try:
        for kind, data in _chunks(png):
            if _is_mark(kind, data):
                found = json.loads(data.removeprefix(_KEYWORD))
                return {str(name): str(value) for name, value in found.items()}
    except (ValueError, AttributeError, struct.error):
        pass
    return {}


def _is_mark(kind: bytes, data: bytes) -> bool:
    return kind == b"tEXt" and data.startswith(_KEYWORD)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    place = len(_SIGNATURE)
    while place < len(png):
        size, kind = struct.unpack_from(">I4s", png, place)
        yield kind, png[place + 8 : place + 8 + size]
        place += 12 + size


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
