"""A listening Unix socket: readable and writable for the service's user and group only, and never another service's.

The folder decides who may replace the socket, so its owner must be this user or root, and others must not be able to
write to it. The folder is locked (flock(2)) while the socket is checked and created: two services that start at once
cannot take each other's socket for a stale one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import struct
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from photonic.errors import BadInput

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Generator
    from pathlib import Path

MODE = 0o660
BACKLOG = 512
LONGEST_PATH_BYTES = 107
"""unix(7): ``sun_path`` has 108 bytes, the last one is 0."""
_CREDENTIALS = struct.Struct("iII")
"""``struct ucred``: pid, uid, gid."""


@contextmanager
def bound_unix(path: Path) -> Generator[socket.socket]:
    """A socket that listens at ``path``, which is removed with the context. A stale socket is replaced.

    Raises:
        BadInput: The folder is missing or not safe, something else is at the path, or another process listens there.
    """
    try:
        with bind_unix(path) as listener:
            yield listener
    finally:
        _remove_own(path)


def bind_unix(path: Path) -> socket.socket:
    """A socket that listens at ``path``. Raises ``BadInput`` as ``bound_unix`` does."""
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        raise _refusal(path, f"the path is longer than {LONGEST_PATH_BYTES} bytes; choose a shorter one")
    folder = _checked_folder(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove_stale(path)
        # Linux creates the file with the mode of the unbound socket, without the umask's bits: never with more.
        os.fchmod(listener.fileno(), MODE)
        listener.bind(str(path))
        path.chmod(MODE)
        listener.listen(BACKLOG)
    except BlockingIOError as error:
        listener.close()
        raise _refusal(path, "another service starts in its folder at this moment; try again") from error
    except OSError as error:
        listener.close()
        raise _refusal(path, error.strerror or str(error)) from error
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(folder)
    return listener


def own_peer_uid(transport: asyncio.BaseTransport) -> int | None:
    """The user on the other end of a Unix socket (unix(7), SO_PEERCRED), if it is this process's own user or root.

    ``None``: another user, or no Unix socket. It is the user that connected, even if another process uses the
    connection now.
    """
    connection = transport.get_extra_info("socket")
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    try:
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:  # it is closed already
        return None
    _pid, uid, _gid = _CREDENTIALS.unpack(credentials)
    return uid if uid in {0, os.geteuid()} else None


def _checked_folder(path: Path) -> int:
    """The descriptor of the socket's folder, if nobody else can replace what is in it."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal(path, f"its folder cannot be used ({error.strerror}); create {path.parent}") from error
    status = os.fstat(folder)
    if status.st_uid not in {0, os.geteuid()}:
        os.close(folder)
        raise _refusal(path, f"its folder belongs to user {status.st_uid}; choose a folder of this user or of root")
    if status.st_mode & stat.S_IWOTH:
        os.close(folder)
        raise _refusal(path, "every user can write to its folder; choose a folder of the service's own")
    return folder


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens on. Raises ``BadInput`` for anything else."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise _refusal(path, "there is a file of that name that is not a socket; remove it, or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.EINPROGRESS}:  # EAGAIN: the listener's queue is full
                raise
    raise _refusal(path, "another process listens on it; stop that process, or choose another path")


def _remove_own(path: Path) -> None:
    """Remove the socket that this process listened on, unless another service has replaced it in the meantime."""
    with suppress(OSError, BadInput):
        folder = _checked_folder(path)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_stale(path)
        finally:
            os.close(folder)


def _refusal(path: Path, reason: str) -> BadInput:
    return BadInput(f"cannot listen on {path}: {reason}", field="uds")
