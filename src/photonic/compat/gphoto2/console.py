"""Where the command's lines, files and questions go."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO, TextIO

from photonic.compat.gphoto2.results import ActionFailed, ResultCode

if TYPE_CHECKING:
    from photonic.compat.gphoto2.run_options import RunOptions

BELL = "\a"


class Console:
    """Standard input, output and error of the command.

    Args:
        options: Say whether it is quiet.
    """

    def __init__(self, options: RunOptions) -> None:
        self.quiet = options.quiet
        self._to_stdout = options.stdout
        self._out: TextIO = sys.stdout
        self._errors: TextIO = sys.stderr

    def line(self, text: str) -> None:
        """Print a line, quiet or not."""
        print(text, file=self._out, flush=True)

    def note(self, text: str) -> None:
        """Print a line unless the command is quiet."""
        if not self.quiet:
            self.line(text)

    def location(self, path: str) -> None:
        """Say where a new file is on the camera: a sentence, or the path alone if the command is quiet."""
        if not self.quiet:
            self.line(f"New file is in location {path} on the camera")
        elif not self._to_stdout:
            self.line(path)

    def error(self, text: str) -> None:
        """Print a line to standard error."""
        print(text, file=self._errors, flush=True)

    def failure(self, text: str) -> None:
        """Say which step failed."""
        self.error(f"ERROR: {text}")

    def reason(self, text: str) -> None:
        """Say why a step failed, in gphoto2's two lines."""
        if text:
            self.error(f"\n*** Error ***              \n{text}")

    def confirmed(self, question: str, *, bell: bool = False) -> bool:
        """Ask until the answer is yes or no. Raises ``ActionFailed`` at the end of the input."""
        while True:
            answer = self.asked(f"{BELL if bell else ''}{question} [y|n] ")
            if answer[:1].lower() in {"y", "n"}:
                return answer[0].lower() == "y"

    def asked(self, question: str) -> str:
        """Ask for a line. Raises ``ActionFailed`` at the end of the input."""
        self._out.write(question)
        self._out.flush()
        answer = sys.stdin.readline()
        if not answer:
            raise ActionFailed(ResultCode.UNSPECIFIED)
        return answer.rstrip("\n")

    @property
    def stream(self) -> BinaryIO:
        """Standard output, for the bytes of files."""
        self._out.flush()
        return sys.stdout.buffer
