"""The texts that do not depend on a camera: help and version."""

from __future__ import annotations

from textwrap import wrap

from photonic.compat.gphoto2.options import BY_LETTER, OPTION_GROUPS, OptionRow, ValueRule
from photonic.version import __version__

GPHOTO2_VERSION = "2.5.28"
"""The version of gphoto2 whose command line this is; programs compare it."""

COLUMN = 43
WIDTH = 79


def version_text() -> str:
    """The lines of ``--version``; the first one is gphoto2's, because programs read it."""
    return (
        f"gphoto2 {GPHOTO2_VERSION}\n\n"
        f"This is not gphoto2, but photonic {__version__}, which carries out gphoto2's command line\n"
        "through a running service. It comes with NO WARRANTY, to the extent permitted by law.\n"
    )


def usage_text() -> str:
    """All options in short."""
    plain = "".join(letter for letter, row in BY_LETTER.items() if row.rule is ValueRule.NONE)
    words = [f"[-{plain}]", *(f"[{_forms(row, '|')}]" for rows in OPTION_GROUPS.values() for row in rows)]
    lines = wrap(" ".join(["Usage: gphoto2", *words]), WIDTH, subsequent_indent=" " * 8, break_on_hyphens=False)
    return "\n".join(lines)


def help_text() -> str:
    """All options with their meanings."""
    lines = ["Usage: gphoto2 [OPTION...]"]
    for title, rows in OPTION_GROUPS.items():
        lines += ["", title]
        for row in rows:
            left = f"  {_forms(row, ', ')}" if row.short else f"      {_forms(row, ', ')}"
            meaning = wrap(row.meaning, WIDTH - COLUMN)
            lines.append(f"{left:<{COLUMN - 1}s} {meaning[0]}")
            lines += [" " * COLUMN + line for line in meaning[1:]]
    return "\n".join([*lines, "", "EVENT can be either COUNT, SECONDS, MILLISECONDS, or MATCHSTRING."])


def _forms(row: OptionRow, between: str) -> str:
    value = f"={row.value}" if row.value else ""
    return f"-{row.short}{between}--{row.name}{value}" if row.short else f"--{row.name}{value}"
