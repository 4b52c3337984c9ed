"""Argument lists of gphoto2 that photonic carries out as gphoto2 does, and what may differ."""

from __future__ import annotations

from dataclasses import dataclass

CAPTURE = "--capture-image-and-download"
CANON, NIKON, GENERIC = "canon", "nikon", "generic"


@dataclass(frozen=True)
class ArgumentList:
    """One command line.

    ``existing``: a file that is in the folder before. ``same_lines``: whether standard output has to be the same;
    otherwise exit code and files only, for a reason that decision 0065 has. ``unordered``: lines in any order.
    """

    arguments: tuple[str, ...]
    existing: str | None = None
    same_lines: bool = True
    unordered: bool = False

    def __str__(self) -> str:
        return " ".join(self.arguments) or "none"


def same(*arguments: str, existing: str | None = None) -> ArgumentList:
    return ArgumentList(arguments, existing)


def code_only(*arguments: str) -> ArgumentList:
    return ArgumentList(arguments, same_lines=False)


TELLING = (
    same(CAPTURE, "--filename=%03n.%C"),
    same(CAPTURE, "--filename=x.jpg", existing="x.jpg"),
    same("--set-config", "iso=800", "--get-config", "iso"),
    same(CAPTURE, "--filename=a%q.jpg"),
    code_only("--nonsense"),
)

CAPTURES = (
    same(CAPTURE),
    same(CAPTURE, "--filename", "d/%f.%C"),
    same(CAPTURE, "--filename=%:"),
    same(CAPTURE, "--filename=%n-%02n.jpg", "--filenumber=7"),
    same(CAPTURE, "--filename=x.jpg", "--force-overwrite", existing="x.jpg"),
    same(CAPTURE, "--filename=x.jpg", "--skip-existing", existing="x.jpg"),
    same(CAPTURE, "--filename=x.jpg", "--quiet", existing="x.jpg"),
    same(CAPTURE, "--keep"),
    same(CAPTURE, "--no-keep"),
    same(CAPTURE, "--keep-raw", "--filename=y.jpg"),
    same(CAPTURE, "-q"),
    same(CAPTURE, "--filename=%05.jpg"),
    same(CAPTURE, "--filename=%0C"),
    same(CAPTURE, "-I", "1", "-F2", "--filename=%n.jpg"),
    code_only(CAPTURE, "--stdout"),
    same("--capture-image"),
    same("--capture-image", "--quiet"),
    same("--capture-image", "--capture-image"),
    same("--trigger-capture", "--wait-event=FILEADDED"),
    same("--trigger-capture", "--wait-event-and-download=1f", "--filename=t.jpg"),
    same("--wait-event=1s"),
    same("--frames=x", "--capture-image"),
)
SETTINGS = (
    same("--get-config", "iso"),
    same("--get-config=whitebalance"),
    same("--get-config", "batterylevel"),
    same("--get-config", "nonsense"),
    same("--set-config-index", "iso=2", "--get-config", "iso"),
    same("--set-config-value", "iso=400", "--get-config", "iso"),
    same("--set-config", "iso=3", "--get-config", "iso"),
    same("--set-config", "iso=77777"),
    same("--set-config", "iso"),
    same("--set-config", "serialnumber=5"),
    same("--set-config-index", "iso=99"),
    ArgumentList(("--list-config",), unordered=True),
)
VIEWS = (
    same("--capture-preview"),
    same("--capture-preview", "--filename=%Y.jpg"),
    code_only("--capture-movie=2", "--stdout"),
    code_only("--capture-movie=1s"),
)
OTHERS = (
    same("--num-files"),
    same("--quiet", "--num-files"),
    code_only("--get-file", "9999"),
    code_only("--get-file", "nothing.jpg"),
    code_only("--list-files"),
    same("--get-config"),
    same("--quiet=3"),
    same("--quiet"),
    code_only("--capture-image", "--camera", "Nonsense 5000"),
    code_only("--capture-image", "--port", "nonsense"),
    code_only("--mkdir", "new"),
    code_only("--summary"),
    code_only("--abilities"),
    code_only("--version"),
    code_only("--help"),
)
EVERY = (*TELLING, *CAPTURES, *SETTINGS, *VIEWS, *OTHERS)
BY_BODY = {
    CANON: EVERY,
    NIKON: (*TELLING[:4], *CAPTURES, *SETTINGS, *VIEWS),
    # Its photos are on the card only, so that their names differ: decision 0065.
    GENERIC: (*TELLING[:1], *CAPTURES[4:8], *SETTINGS, *VIEWS),
}
