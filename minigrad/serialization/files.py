"""Replace a file as a whole or not at all."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STALE = 60.0  # seconds after which an unfinished temporary file counts as abandoned


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to. It replaces the file after the block ends without an error.

    The new file has the permissions that open(path, "w") would give it. If path is a link, the file that it points to
    is replaced. A device or a pipe is written directly, because replacing it would destroy it.
    """
    path = type(path)(os.path.realpath(path))
    mode = None
    if path.exists():
        with path.open("ab") as old:  # raises OSError for a folder and for a file that may not be written
            mode = os.fstat(old.fileno()).st_mode
        if not stat.S_ISREG(mode):
            yield path
            return
    _remove_abandoned(path)
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        temporary.open("xb").close()
        yield temporary
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remove_abandoned(path: Path) -> None:
    """Remove temporary files of processes that were killed while they saved."""
    pattern = re.compile(re.escape(f".{path.name}.") + r"[0-9a-f]{8}\.part")
    for left in path.parent.iterdir():
        with suppress(FileNotFoundError):  # another process may remove the same file
            if pattern.fullmatch(left.name) and time.time() - left.stat().st_mtime > STALE:
                left.unlink()
