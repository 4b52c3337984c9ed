"""Calls libgphoto2 directly, below python-gphoto2, where text goes in or out, so that text stays bytes.

Theory of operation
-------------------
python-gphoto2 2.6.4 converts every text to ``str`` with ``PyUnicode_FromString``, which accepts only UTF-8. If the
text is the only result of a call, a camera's Latin-1 raises ``UnicodeDecodeError``, and one owner's name makes the
whole configuration tree unreadable (``typemaps`` of ``char **`` in ``preamble.i``, ``get_value`` and ``get_choice`` in
``widget.i``). If it is the second result, the NULL of the failed conversion is appended to a list, and the process
dies of SIGSEGV (``gp_camera_wait_for_event`` in ``camera.i``). File names cannot be passed back either, because a
``str`` is encoded as UTF-8.

So this module makes these calls with ctypes, on the **same** loaded library and on the binding's own objects:

- ``dlsym`` on the binding's extension module finds the symbols of the libgphoto2 that it is linked with, wherever that
  is installed (the wheel's own copy, or the distribution's).
- A SWIG object is a pointer: ``int(swig_object.this)``. Python keeps the object, and so the memory, alive during the
  call. Texts that the library owns are copied before the call's wrapper returns; texts and paths that it hands over
  (``wait_for_event``) are copied and freed with the C library's ``free``, as the binding does.
- ctypes releases the GIL during a call, as the binding does for slow ones, and the context's callbacks acquire it
  again. One thread uses the library, as before.
- The layouts and constants used here (``CameraFilePath``, the order of arguments) have not changed since libgphoto2
  2.5.0, whose shared library version 6 the binding is linked with.

Everything else goes through the binding. Decision 0031 says when this module can be removed.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import gphoto2
from gphoto2 import _camera

from photonic.model.foreign_text import decoded, name_of, raw_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class _FilePath(ctypes.Structure):
    """``CameraFilePath`` (``gphoto2-camera.h``)."""

    _fields_ = (("name", ctypes.c_char * 128), ("folder", ctypes.c_char * 1024))


_BLOCK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64))
_SIZE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64))


class _FileHandler(ctypes.Structure):
    """``CameraFileHandler`` (``gphoto2-file.h``)."""

    _fields_ = (("size", _SIZE), ("read", _BLOCK), ("write", _BLOCK))


_library = ctypes.CDLL(_camera.__file__)
_free = ctypes.CDLL(None).free
_free.argtypes, _free.restype = (ctypes.c_void_p,), None

_OK = 0  # GP_OK (gphoto2-result.h)
_POINTER = ctypes.c_void_p
_TEXT = ctypes.c_char_p
_TEXT_OUT = ctypes.POINTER(ctypes.c_char_p)


def _function(name: str, *arguments: object) -> Callable[..., int]:
    function = getattr(_library, name)
    function.argtypes, function.restype = arguments, ctypes.c_int
    return function


_wait_for_event = _function(
    "gp_camera_wait_for_event", _POINTER, ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(_POINTER), _POINTER
)
_list_folders = _function("gp_camera_folder_list_folders", _POINTER, _TEXT, _POINTER, _POINTER)
_list_files = _function("gp_camera_folder_list_files", _POINTER, _TEXT, _POINTER, _POINTER)
_file_get_info = _function("gp_camera_file_get_info", _POINTER, _TEXT, _TEXT, _POINTER, _POINTER)
_file_get = _function("gp_camera_file_get", _POINTER, _TEXT, _TEXT, ctypes.c_int, _POINTER, _POINTER)
_file_new_from_handler = _function(
    "gp_file_new_from_handler", ctypes.POINTER(_POINTER), ctypes.POINTER(_FileHandler), _POINTER
)
_file_unref = _function("gp_file_unref", _POINTER)
_file_read = _function(
    "gp_camera_file_read",
    *(_POINTER, _TEXT, _TEXT, ctypes.c_int, ctypes.c_uint64),
    *(_POINTER, ctypes.POINTER(ctypes.c_uint64), _POINTER),
)
_file_delete = _function("gp_camera_file_delete", _POINTER, _TEXT, _TEXT, _POINTER)
_capture = _function("gp_camera_capture", _POINTER, ctypes.c_int, ctypes.POINTER(_FilePath), _POINTER)
_list_name = _function("gp_list_get_name", _POINTER, ctypes.c_int, _TEXT_OUT)
_list_value = _function("gp_list_get_value", _POINTER, ctypes.c_int, _TEXT_OUT)
_widget_name = _function("gp_widget_get_name", _POINTER, _TEXT_OUT)
_widget_label = _function("gp_widget_get_label", _POINTER, _TEXT_OUT)
_widget_value = _function("gp_widget_get_value", _POINTER, _TEXT_OUT)
_widget_choice = _function("gp_widget_get_choice", _POINTER, ctypes.c_int, _TEXT_OUT)
_widget_set_value = _function("gp_widget_set_value", _POINTER, _TEXT)


MARGIN_BYTES = 64 * 1024
"""Extra room for a part of a file: a camera that pads to its blocks sends a little more than was requested."""


# Events and captures.


def wait_for_event(
    camera: gphoto2.Camera, milliseconds: int, context: gphoto2.Context
) -> tuple[int, tuple[str, str] | str | None]:
    """The kind of the next event, with the folder and name of a file, or a text, or ``None``.

    Raises ``GPhoto2Error``, as all of these do.
    """
    kind, data = ctypes.c_int(gphoto2.GP_EVENT_TIMEOUT), _POINTER()
    _check(_wait_for_event(_pointer(camera), milliseconds, kind, data, _pointer(context)))
    if not data:
        return kind.value, None
    try:
        if kind.value in _FILE_EVENTS:
            return kind.value, _folder_and_name(_FilePath.from_address(data.value or 0))
        text = ctypes.string_at(data) if kind.value == gphoto2.GP_EVENT_UNKNOWN else b""
        return kind.value, decoded(text)
    finally:
        _free(data)


_FILE_EVENTS = (gphoto2.GP_EVENT_FILE_ADDED, gphoto2.GP_EVENT_FOLDER_ADDED, gphoto2.GP_EVENT_FILE_CHANGED)


def capture(camera: gphoto2.Camera, context: gphoto2.Context) -> tuple[str, str]:
    """Release, and return the photo's folder and name; the name may be empty."""
    path = _FilePath()
    _check(_capture(_pointer(camera), gphoto2.GP_CAPTURE_IMAGE, path, _pointer(context)))
    return _folder_and_name(path)


# Files.


def folders(camera: gphoto2.Camera, folder: str, context: gphoto2.Context) -> tuple[str, ...]:
    """The names of the folders in a folder."""
    return _listed(_list_folders, camera, folder, context)


def files(camera: gphoto2.Camera, folder: str, context: gphoto2.Context) -> tuple[str, ...]:
    """The names of the files in a folder."""
    return _listed(_list_files, camera, folder, context)


def file_info(camera: gphoto2.Camera, folder: str, name: str, context: gphoto2.Context) -> gphoto2.CameraFileInfo:
    """The camera's details of a file; its attributes point into it, and must not outlive it."""
    info = gphoto2.CameraFileInfo()
    _check(_file_get_info(_pointer(camera), raw_name(folder), raw_name(name), _pointer(info), _pointer(context)))
    return info


def file_get_blocks(
    camera: gphoto2.Camera,
    folder: str,
    name: str,
    context: gphoto2.Context,
    take: Callable[[memoryview], object],
) -> None:
    """Fetch a file, and pass each block to ``take`` as it comes; the block is valid during that call only.

    The library stops reading an answer if a block is refused, and is out of step with the camera then (2.5.34
    ``ptpip.c``): so an exception of ``take`` is raised after the transfer, and the rest of the file is dropped.
    """
    failures: list[BaseException] = []

    def write(_own: int | None, data: int | None, size_bytes: Sequence[int]) -> int:
        if not failures and data:
            try:
                take(memoryview((ctypes.c_char * size_bytes[0]).from_address(data)).cast("B"))
            except BaseException as error:  # noqa: BLE001 - no exception can pass through the library
                failures.append(error)
        return _OK

    def ignore_size(_own: int | None, _size_bytes: Sequence[int]) -> int:
        return _OK

    # A copy of an object from RAM begins with a call of ``size`` (``gp_file_copy``): NULL would end the process.
    handler = _FileHandler(_SIZE(ignore_size), _BLOCK(), _BLOCK(write))
    file = _POINTER()
    _check(_file_new_from_handler(file, handler, None))
    try:
        place = (raw_name(folder), raw_name(name))
        _check(_file_get(_pointer(camera), *place, gphoto2.GP_FILE_TYPE_NORMAL, file, _pointer(context)))
    finally:
        _file_unref(file)
    if failures:
        raise failures[0]


def file_read(
    camera: gphoto2.Camera, folder: str, name: str, context: gphoto2.Context, *, offset: int, size_bytes: int
) -> bytes:
    """At most ``size_bytes`` of a file from ``offset`` on; whatever the camera sends beyond that is dropped.

    The library copies everything it received, even beyond the request (``read_file_func``), hence ``MARGIN_BYTES``.
    """
    buffer, size = ctypes.create_string_buffer(size_bytes + MARGIN_BYTES), ctypes.c_uint64(size_bytes)
    normal, place = gphoto2.GP_FILE_TYPE_NORMAL, (raw_name(folder), raw_name(name))
    _check(_file_read(_pointer(camera), *place, normal, offset, buffer, size, _pointer(context)))
    return ctypes.string_at(buffer, min(size.value, size_bytes))


def file_delete(camera: gphoto2.Camera, folder: str, name: str, context: gphoto2.Context) -> None:
    """Delete a file."""
    _check(_file_delete(_pointer(camera), raw_name(folder), raw_name(name), _pointer(context)))


def only(ports: gphoto2.PortInfoList, path: str) -> gphoto2.PortInfoList:
    """A list of one port, for use while ``ports`` lives: that list owns the entry.

    So this one is never freed: ``gp_port_info_list_free`` frees the entries with a list. It has some bytes.
    """
    one = gphoto2.PortInfoList()
    one.disown()
    one.append(ports[ports.lookup_path(path)])
    return one


def pairs(listed: gphoto2.CameraList) -> list[tuple[str, str]]:
    """The names and values of a list."""
    count = range(listed.count())
    return [(decoded(_text(_list_name, listed, index)), decoded(_text(_list_value, listed, index))) for index in count]


# Settings.


def widget_name(widget: gphoto2.CameraWidget) -> str:
    """The library's name of an entry."""
    return decoded(_text(_widget_name, widget))


def widget_label(widget: gphoto2.CameraWidget) -> str:
    """An entry's label, in the language of this process."""
    return decoded(_text(_widget_label, widget))


def widget_text(widget: gphoto2.CameraWidget) -> str:
    """The value of an entry that holds a text or a choice."""
    return decoded(_text(_widget_value, widget))


def widget_choices(widget: gphoto2.CameraWidget) -> tuple[str, ...]:
    """The choices of an entry."""
    return tuple(decoded(_text(_widget_choice, widget, index)) for index in range(widget.count_choices()))


def set_widget_text(widget: gphoto2.CameraWidget, raw: bytes) -> None:
    """Put a text or a choice into an entry."""
    _check(_widget_set_value(_pointer(widget), raw))


def _pointer(swig_object: object) -> int:
    return int(swig_object.this)  # type: ignore[attr-defined]  # every SWIG object has it


def _check(result: int) -> None:
    if result < 0:
        raise gphoto2.GPhoto2Error(result)


def _text(function: Callable[..., int], owner: object, *arguments: int) -> bytes:
    """A text that the library owns, copied; empty if it has none."""
    text = ctypes.c_char_p()
    _check(function(_pointer(owner), *arguments, text))
    return text.value or b""


def _listed(
    function: Callable[..., int], camera: gphoto2.Camera, folder: str, context: gphoto2.Context
) -> tuple[str, ...]:
    found = gphoto2.CameraList()
    _check(function(_pointer(camera), raw_name(folder), _pointer(found), _pointer(context)))
    return tuple(name_of(_text(_list_name, found, index)) for index in range(found.count()))


def _folder_and_name(path: _FilePath) -> tuple[str, str]:
    return name_of(path.folder), name_of(path.name)
