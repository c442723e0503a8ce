"""Zip files written member by member: what is not replaced is copied as it lies in the old one."""

from __future__ import annotations

import copy
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # zip knows none before; ours say nothing
_DESCRIPTOR = 0x08  # flag: sizes stand behind the data instead of before
_LOCAL_HEADER = 30
_CENTRAL = "<4s4B4HL2L5H2L"
_END = "<4s4H2LH"
_ALREADY_PACKED = (".png", ".jpg", ".jpeg", ".gif", ".mp4")


def rewrite(source: Path, target: BinaryIO, changes: Mapping[str, bytes | None]) -> None:
    """Write the archive with members replaced, added at the end, or (None) left out; the order stays.

    Members that are not in ``changes`` keep their compressed bytes, dates and attributes.
    """
    with source.open("rb") as old, zipfile.ZipFile(old) as archive:
        written = []
        for info in archive.infolist():
            if info.filename not in changes:
                written.append(_copy(old, info, target))
            elif (data := changes[info.filename]) is not None:
                written.append(_write(_like(info), data, target))
        present = set(archive.namelist())
        for name, data in changes.items():
            if name not in present and data is not None:
                written.append(_write(zipfile.ZipInfo(name, _FIRST_DATE), data, target))
    _finish(written, target)


def write(members: Iterable[tuple[str, bytes]], target: BinaryIO) -> None:
    """Write an archive; equal members give equal bytes."""
    written = [_write(zipfile.ZipInfo(name, _FIRST_DATE), data, target) for name, data in members]
    _finish(written, target)


def _copy(old: BinaryIO, info: zipfile.ZipInfo, target: BinaryIO) -> zipfile.ZipInfo:
    old.seek(info.header_offset)
    n_name, n_extra = struct.unpack("<2H", old.read(_LOCAL_HEADER)[26:30])
    old.seek(info.header_offset + _LOCAL_HEADER + n_name + n_extra)
    return _put(copy.copy(info), old.read(info.compress_size), target)


def _write(info: zipfile.ZipInfo, data: bytes, target: BinaryIO) -> zipfile.ZipInfo:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = (
        data if info.filename.lower().endswith(_ALREADY_PACKED) else packer.compress(data) + packer.flush()
    )
    info.compress_type = zipfile.ZIP_STORED if packed is data else zipfile.ZIP_DEFLATED
    info.CRC, info.file_size, info.compress_size = zlib.crc32(data), len(data), len(packed)
    info.create_system, info.external_attr = 0, 0
    return _put(info, packed, target)


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(info.filename, info.date_time)


def _put(info: zipfile.ZipInfo, packed: bytes, target: BinaryIO) -> zipfile.ZipInfo:
    info.header_offset = target.tell()
    info.flag_bits &= ~_DESCRIPTOR
    info.extra = b""
    target.write(info.FileHeader(zip64=False))
    target.write(packed)
    return info


def _finish(infos: list[zipfile.ZipInfo], target: BinaryIO) -> None:
    """Write the directory at the archive's end."""
    begin = target.tell()
    for info in infos:
        name, flags = _encoded(info)
        year, month, day, hour, minute, second = info.date_time
        target.write(
            struct.pack(
                _CENTRAL,
                b"PK\x01\x02",
                info.create_version,
                info.create_system,
                info.extract_version,
                info.reserved,
                flags,
                info.compress_type,
                hour << 11 | minute << 5 | second // 2,
                (year - 1980) << 9 | month << 5 | day,
                info.CRC,
                info.compress_size,
                info.file_size,
                len(name),
                0,
                0,
                0,
                info.internal_attr,
                info.external_attr,
                info.header_offset,
            )
        )
        target.write(name)
    size = target.tell() - begin
    target.write(struct.pack(_END, b"PK\x05\x06", 0, 0, len(infos), len(infos), size, begin, 0))


def _encoded(info: zipfile.ZipInfo) -> tuple[bytes, int]:
    try:
        return info.filename.encode("ascii"), info.flag_bits
    except UnicodeEncodeError:
        return info.filename.encode(), info.flag_bits | 0x800
