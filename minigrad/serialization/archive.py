"""Read a zip file without trusting it.

What it claims of its entries is checked before any of them is unpacked: together they have at most LEAST bytes, or
MOST times as many as the file. (numpy.savez_compressed packs random weights to 93 %, zeros to 0.1 %.)
"""

from __future__ import annotations

import os
from typing import IO, Any

LEAST, MOST = 2**28, 32
DEFLATE = 1032  # zlib packs at most so many bytes into one   (https://zlib.net/zlib_tech.html)
CHUNK = 2**20


class Archive:
    """The entries of a zip file by name. Raises ValueError if their sizes cannot be true or are too large."""

    def __init__(self, file: IO[bytes]) -> None:
        import zipfile

        size = file.seek(0, os.SEEK_END)
        self.zip = zipfile.ZipFile(file)
        entries = self.zip.infolist()
        self.entries = {entry.filename: entry for entry in entries}
        if len(self.entries) < len(entries):
            raise ValueError("the name of an entry occurs twice")
        for entry in entries:
            factor = DEFLATE if entry.compress_type == zipfile.ZIP_DEFLATED else 1
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(
                    f"{entry.filename!r} is compressed in a way that neither NumPy nor torch uses"
                )
            if entry.file_size > factor * entry.compress_size:
                raise ValueError(f"its entry {entry.filename!r} lies about its size")
        if sum(entry.compress_size for entry in entries) > size:
            raise ValueError("its entries claim more bytes than it has")
        claimed = sum(entry.file_size for entry in entries)
        if claimed > max(LEAST, MOST * size):
            raise ValueError(
                f"its {size} bytes would become {claimed}. If you trust it, write it again without compression "
                "(numpy.savez)"
            )

    def read(self, name: str) -> bytearray:
        """Return an entry's bytes. Raises KeyError if there is none of this name, ValueError if it is damaged."""
        with self.zip.open(self.entries[name]) as stream:
            return self.rest(stream, name)

    def rest(self, stream: Any, name: str) -> bytearray:
        """Return the bytes of an entry that have not been read from its stream yet."""
        data = bytearray(self.entries[name].file_size - stream.tell())
        view = memoryview(data)
        while count := stream.readinto(view[:CHUNK]):
            view = view[count:]
        if view or stream.read(1):
            raise ValueError(f"its entry {name!r} has another size than it claims")
        return data
