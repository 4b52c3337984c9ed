"""Collects the library's error and status texts, which it passes only to the callbacks of a context."""

from __future__ import annotations

import gphoto2

_KEPT = 8
"""Further texts of one call only repeat earlier ones."""


class Reasons:
    """A context whose error and status texts are kept for the call in progress.

    ``context`` goes into every library call. The callbacks run inside that call, on its thread.
    """

    def __init__(self) -> None:
        self.context = gphoto2.Context()
        self._errors: list[str] = []
        self._statuses: list[str] = []
        # The library calls back only while these objects exist (python-gphoto2, context.i).
        self._callbacks = (
            self.context.set_error_func(self._error, None),
            self.context.set_status_func(self._status, None),
        )

    def clear(self) -> None:
        """Drop the texts, because a new call begins."""
        self._errors.clear()
        self._statuses.clear()

    def texts(self) -> tuple[str, ...]:
        """The texts of the current call, errors first, without duplicates."""
        return tuple(dict.fromkeys([*self._errors, *self._statuses]))

    def _error(self, _context: object, text: bytes, _data: object) -> None:
        self._keep(self._errors, text)

    def _status(self, _context: object, text: bytes, _data: object) -> None:
        self._keep(self._statuses, text)

    @staticmethod
    def _keep(texts: list[str], text: bytes) -> None:
        if len(texts) < _KEPT:
            texts.append(text.decode("utf-8", "replace"))
