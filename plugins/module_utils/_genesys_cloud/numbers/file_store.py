# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that stores a journal of purchases. Each event is one line. Lines are only appended.

A run that appends holds the file's lock. It continues only when the line is on the disk.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..._core.errors import JournalProblem, JournalUnusable
from ..._core.server_text import in_result
from .events import START, purchases_of
from .journal import Journal, missing, wait_for_lock


class FileStore:
    """Stores the lines of a journal in a file.

    :arg patience: seconds to wait while another run holds the lock.
    """

    def __init__(self, path: str, patience: float, progress: Callable[[str], None]) -> None:
        self.place = path
        self._patience = patience
        self._progress = progress

    @property
    def exists(self) -> bool:
        """Whether the file exists and is not empty."""
        try:
            return bool(Path(self.place).stat().st_size)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unusable(self.place, error) from error

    def read(self) -> list[bytes]:
        """Return all lines, without an incomplete last line."""
        try:
            return _split(Path(self.place).read_bytes())[0]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unusable(self.place, error) from error

    @contextmanager
    def locked(self, *, create: bool = False) -> Iterator[LockedFile]:
        """Hold the lock of the file.

        :arg create: create the file if it does not exist.
        """
        descriptor = self._open(os.O_CREAT if create else 0)
        try:
            yield LockedFile(self.place, descriptor)
        finally:
            os.close(descriptor)

    def check(self) -> None:
        """Raise JournalProblem if the file can't be read and written."""
        if not os.access(self.place, os.R_OK | os.W_OK):
            raise _unusable(self.place, OSError(errno.EACCES, os.strerror(errno.EACCES)))

    def _open(self, flags: int) -> int:
        """Open and lock the file, and return its descriptor."""
        return wait_for_lock(self, self._patience, self._progress, lambda: self._attempt(flags), pause=0.05)

    def _attempt(self, flags: int) -> int | None:
        """Open and lock the file. Return None if another run holds the lock, or the path is another file now."""
        path = self.place
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
        except FileNotFoundError as error:
            raise (_unusable(path, error) if flags else missing(path)) from error
        except OSError as error:
            raise _unusable(path, error) from error
        if self._lock(descriptor):
            return descriptor
        os.close(descriptor)
        return None

    def _lock(self, descriptor: int) -> bool:
        """Lock the file. Return False if another run holds the lock, or the path is another file now."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            os.close(descriptor)
            raise JournalProblem(
                self.place, f"can't be locked: {error.strerror}", "Keep it on a file system that supports locks"
            ) from error
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(descriptor), Path(self.place).stat())
        return False


class LockedFile:
    """The lines of the locked file."""

    def __init__(self, path: str, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        try:
            self._lines = self._recovered()
            self._size = os.fstat(descriptor).st_size
        except OSError as error:
            raise _unusable(path, error) from error

    def read(self) -> list[bytes]:
        """Return the lines at the time when the file was locked."""
        return self._lines

    def append(self, line: bytes) -> None:
        """Append a line, and return when it is on the disk."""
        try:
            self._check_place()
            _write(self._descriptor, line + b"\n")
            if not self._size:
                _sync_directory(self._path)
            self._size = os.fstat(self._descriptor).st_size
            # Check again. If the file was removed meanwhile, the intent is lost and nothing may be ordered.
            self._check_place()
        except OSError as error:
            raise _unusable(self._path, error) from error

    def _recovered(self) -> list[bytes]:
        """Return the lines. Remove an incomplete last line from the file."""
        with os.fdopen(self._descriptor, "rb", closefd=False) as file:
            content = file.read()
        lines, torn = _split(content)
        if content and not content.endswith(b"\n"):
            # Do not change a file that is not a journal.
            purchases_of(lines, self._path)
            if torn:
                # A run was killed while it wrote this line, so it did not do what the line announces.
                os.ftruncate(self._descriptor, len(content) - len(torn))
                os.fsync(self._descriptor)
            else:
                _write(self._descriptor, b"\n")
        return lines

    def _check_place(self) -> None:
        """Raise JournalProblem if the path is not the locked file any more, or someone else wrote to it."""
        here = os.fstat(self._descriptor)
        with suppress(FileNotFoundError):
            if os.path.samestat(here, Path(self._path).stat()) and here.st_size == self._size:
                return
        raise JournalProblem(
            self._path,
            "was replaced, changed or removed while this run held its lock",
            "Restore the former file, because it says what was ordered. Then run again",
        )


def file_journal(
    path: str, patience: float, progress: Callable[[str], None], clean: Callable[[str], str] = in_result
) -> Journal:
    """Return the journal that is stored in a file.

    :arg patience: seconds to wait while another run holds the lock.
    :arg clean: removes secrets and control characters from a server's text.
    """
    return Journal(FileStore(path, patience, progress), clean)


def _split(content: bytes) -> tuple[list[bytes], bytes]:
    """Return the complete lines of a file, and its incomplete last line if there is one."""
    lines = content.splitlines(keepends=True)
    if lines and _is_torn(lines[-1]):
        return lines[:-1], lines[-1]
    return lines, b""


def _is_torn(raw: bytes) -> bool:
    """Return True if this is an incomplete line of a journal, and not text of another file."""
    # A file system may have zeros in place of bytes that did not reach the disk.
    written = raw.rstrip(b"\0")[: len(START)]
    if raw.endswith(b"\n") or not START.startswith(written):
        return False
    try:
        json.loads(raw)
    except ValueError:
        return True
    return False


def _write(descriptor: int, line: bytes) -> None:
    """Append to the file, and return when it is on the disk."""
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _sync_directory(path: str) -> None:
    """Sync the directory, so that a new file's name is on the disk too."""
    directory = os.open(Path(path).parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _unusable(path: str, error: OSError) -> JournalUnusable:
    return JournalUnusable(
        path,
        str(error.strerror),
        "Nothing is bought without a journal. Use a file that can be read and written, in a directory that exists",
    )
