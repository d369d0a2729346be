# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that keeps a journal of purchases: a line an event, that is only ever added to.

Whoever adds holds the file's lock, and has each line on the disk before going on.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..._core.errors import JournalProblem, JournalUnusable
from ..._core.server_text import in_result
from .events import START, purchases_of
from .journal import Journal, missing


class FileStore:
    """A file.

    :arg patience: seconds to wait while another run has the lock.
    """

    def __init__(self, path: str, patience: float, progress: Callable[[str], None]) -> None:
        self.place = path
        self._patience = patience
        self._progress = progress

    @property
    def exists(self) -> bool:
        """Whether there is such a file with something in it. An empty file is no journal."""
        try:
            return Path(self.place).stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unusable(self.place, error) from error

    def read(self) -> list[bytes]:
        """Return all lines, but for one that was not written to its end."""
        try:
            return _split(Path(self.place).read_bytes())[0]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unusable(self.place, error) from error

    @contextmanager
    def locked(self, *, create: bool = False) -> Iterator[LockedFile]:
        """Hold the lock of the file.

        :arg create: make the file where there is none.
        """
        descriptor = self._open(os.O_CREAT if create else 0)
        try:
            yield LockedFile(self.place, descriptor)
        finally:
            os.close(descriptor)

    def check(self) -> None:
        """Raise JournalProblem where the file can't be read and written."""
        if not os.access(self.place, os.R_OK | os.W_OK):
            raise _unusable(self.place, OSError(errno.EACCES, os.strerror(errno.EACCES)))

    def _open(self, flags: int) -> int:
        """Return the descriptor of the locked file."""
        path = self.place
        begun = time.monotonic()
        told = False
        while True:
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
            except FileNotFoundError as error:
                raise (_unusable(path, error) if flags else missing(path)) from error
            except OSError as error:
                raise _unusable(path, error) from error
            if self._lock(descriptor):
                return descriptor
            os.close(descriptor)
            if time.monotonic() - begun > self._patience:
                raise JournalProblem(
                    path,
                    f"has been locked by another run for {self._patience:g} s",
                    "Wait for the other run to end, or end it; nothing is lost by that",
                )
            if not told:
                self._progress(f"Another run buys numbers: waiting for the journal {path}.")
                told = True
            time.sleep(0.05)

    def _lock(self, descriptor: int) -> bool:
        """Lock the file; return whether it is locked, and still the one that has the path."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            os.close(descriptor)
            raise JournalProblem(
                self.place, f"can't be locked: {error.strerror}", "Keep it on a file system that knows locks"
            ) from error
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(descriptor), Path(self.place).stat())
        return False


class LockedFile:
    """The lines of the file while its lock is held."""

    def __init__(self, path: str, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        try:
            self._lines = self._recovered()
            self._size = os.fstat(descriptor).st_size
        except OSError as error:
            raise _unusable(path, error) from error

    def read(self) -> list[bytes]:
        """Return the lines as they were when the lock was taken."""
        return self._lines

    def append(self, line: bytes) -> None:
        """Add a line, and have it on the disk."""
        try:
            self._check_place()
            _write(self._descriptor, line + b"\n")
            if not self._size:
                _sync_directory(self._path)
            self._size = os.fstat(self._descriptor).st_size
            # Once more, so that nothing is ordered after an intent that is in no file any more.
            self._check_place()
        except OSError as error:
            raise _unusable(self._path, error) from error

    def _recovered(self) -> list[bytes]:
        """Return the lines, after one that was not written to its end is gone."""
        content = b""
        while chunk := os.read(self._descriptor, 1 << 20):
            content += chunk
        lines, torn = _split(content)
        if content and not content.endswith(b"\n"):
            # Nothing is done to a file that is no journal.
            purchases_of(lines, self._path)
            if torn:
                # Written by a run that was ended within the line, and so before what the line announces.
                os.ftruncate(self._descriptor, len(content) - len(torn))
                os.fsync(self._descriptor)
            else:
                _write(self._descriptor, b"\n")
        return lines

    def _check_place(self) -> None:
        """Raise JournalProblem where the file is not the one any more that was locked, or someone else wrote to it."""
        here = os.fstat(self._descriptor)
        with suppress(FileNotFoundError):
            if os.path.samestat(here, Path(self._path).stat()) and here.st_size == self._size:
                return
        raise JournalProblem(
            self._path,
            "was replaced, changed or removed while this run had its lock",
            "Bring the former file back, then run again: it says what was ordered",
        )


def file_journal(
    path: str, patience: float, progress: Callable[[str], None], clean: Callable[[str], str] = in_result
) -> Journal:
    """Return the journal that a file keeps.

    :arg patience: seconds to wait while another run has the lock.
    :arg clean: takes secrets and control characters out of what a server says.
    """
    return Journal(FileStore(path, patience, progress), clean)


def _split(content: bytes) -> tuple[list[bytes], bytes]:
    """Return the lines of a file, and its end if that is a line which was not written to its end."""
    lines = content.splitlines(keepends=True)
    if lines and _is_torn(lines[-1]):
        return lines[:-1], lines[-1]
    return lines, b""


def _is_torn(raw: bytes) -> bool:
    """Tell whether this is a line of a journal that was not written to its end, and not the text of some other file."""
    # Zeros are what a file system may have in place of what did not reach the disk.
    written = raw.rstrip(b"\0")[: len(START)]
    if raw.endswith(b"\n") or not START.startswith(written):
        return False
    try:
        json.loads(raw)
    except ValueError:
        return True
    return False


def _write(descriptor: int, line: bytes) -> None:
    """Add to the file, and have it on the disk."""
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _sync_directory(path: str) -> None:
    """Have a new file's name on the disk too."""
    directory = os.open(Path(path).parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _unusable(path: str, error: OSError) -> JournalUnusable:
    return JournalUnusable(
        path,
        str(error.strerror),
        "Nothing is bought without a journal: name a file that can be read and written, in a directory that exists",
    )
