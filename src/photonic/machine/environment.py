"""The environments of child processes, and this process's own environment without secrets.

Theory of operation. A token, a PIN or a webhook's secret may arrive in an environment variable. Every process of the
same user can read an environment (proc_pid_environ(5)), and so can a child, a crash report and a core dump. So a child
process receives a list of variables that it needs, not everything but a list of secrets: a new secret is then hidden
without anybody's thinking of it. Hooks are the exception: they are commands of the operator, which may need any
variable, so they receive everything but the service's own variables.
"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

PREFIX = "PHOTONIC_"
"""Prefix of the service's settings in the environment. A hook's variables, which describe its photo, have it too."""

_NEEDED = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "LANG",
        "LANGUAGE",
        "TERM",
        "COLUMNS",
        "NO_COLOR",
        "TZ",
        "TZDIR",
        "TMPDIR",
        "TMP",
        "TEMP",
        # systemctl, gio
        "DBUS_SESSION_BUS_ADDRESS",
        # libgphoto2 2.5.34: gphoto2-abilities-list.c, gphoto2-port-info-list.c, vcamera.c; its loader, libltdl; libusb
        "CAMLIBS",
        "CAMLIBS_PREFIX",
        "IOLIBS",
        "IOLIBS_PREFIX",
        "VCAMERADIR",
        "LTDL_LIBRARY_PATH",
        "LIBUSB_DEBUG",
        # OpenSSL: cameras whose pictures come from an https address
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        # glibc
        "GLIBC_TUNABLES",
    }
)
_NEEDED_PREFIXES = ("LC_", "XDG_", "PYTHON", "MALLOC_", "COVERAGE_", "LD_", "UMOCKDEV_", f"{PREFIX}SIMULATOR")
"""Locale, folders, the interpreter, the allocator, measured tests, and whatever replaces the camera in tests."""

_OF_SERVICE_MANAGER = frozenset(
    {
        "CREDENTIALS_DIRECTORY",
        "NOTIFY_SOCKET",
        "WATCHDOG_PID",
        "WATCHDOG_USEC",
        "LISTEN_FDS",
        "LISTEN_PID",
        "LISTEN_FDNAMES",
    }
)
"""What systemd tells the service itself (systemd.exec(5), sd_listen_fds(3)): a hook could impersonate the service."""


def of_child(parent: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``parent`` that a child process of photonic needs; never a setting of the service."""
    return {name: value for name, value in parent.items() if name in _NEEDED or name.startswith(_NEEDED_PREFIXES)}


def of_hook(parent: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``parent`` for a command of the operator: all but those that belong to the service."""
    return {
        name: value for name, value in parent.items() if not name.startswith(PREFIX) and name not in _OF_SERVICE_MANAGER
    }


def forget(names: Iterable[str], environment: MutableMapping[str, str] = os.environ) -> None:
    """Remove these variables from this process's environment, and overwrite their values in its memory.

    Without overwriting, ``/proc/PID/environ`` would go on showing them: it shows the memory that the kernel filled at
    the start of the program. Call it before the program starts a thread, because other threads may read the
    environment (getenv(3)). What the program that started this one knows or logged stays there.
    """
    library = ctypes.CDLL(None)
    library.getenv.restype = ctypes.c_void_p
    for name in names:
        if name not in environment:
            continue
        if environment is os.environ and (place := library.getenv(os.fsencode(name))) is not None:
            ctypes.memset(place, ord("*"), len(ctypes.string_at(place)))
        del environment[name]
