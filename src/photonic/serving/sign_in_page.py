"""The sign-in page as HTML: in the browser's language, and complete without a script.

The other pages find their texts in JavaScript; this one must say what went wrong without any, so its texts are here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from string import Template
from typing import TYPE_CHECKING

from photonic.access.principal import Means

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from photonic.access.permission import Role
    from photonic.access.principal import Principal

DEFAULT_LANGUAGE = "en"
TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Sign in",
        "label": "Code or token",
        "hint": "A code has eight characters, such as 7KQ2-M9XD; capitals do not matter.",
        "reveal": "Show",
        "send": "Sign in",
        "busy": "Signing in …",
        "where_title": "Where do I get one?",
        "where_phone": "From the operator: on the page “Status and health”, “Let a phone in” shows a code, and a QR "
        "code that signs in by itself.",
        "where_terminal": "In the terminal: a service that has no token yet shows a code when it starts.",
        "where_token": "On the service's machine: {command} makes a token that can be used again.",
        "wrong": "This code or token is not valid. A code works once, and for five minutes.",
        "tries": "Tries left before a wait: {count}.",
        "wait": "Too many wrong tries. Try again in {seconds} seconds.",
        "ended": "Your session has ended. Sign in again.",
        "empty": "Enter a code or a token.",
        "needs": "This needs the role {role}. You have the role {present}.",
        "present": "Signed in as {name} ({role}).",
        "present_by_code": "Signed in with a code ({role}).",
        "present_unasked": "You are let in without signing in ({role}).",
        "other": "Sign in with another code or token",
        "on": "Continue",
        "out": "Sign out",
        "viewer": "viewer",
        "guest": "guest",
        "operator": "operator",
    },
    "de": {
        "title": "Anmelden",
        "label": "Code oder Token",
        "hint": "Ein Code hat acht Zeichen, zum Beispiel 7KQ2-M9XD. Groß oder klein ist gleich.",
        "reveal": "Zeigen",
        "send": "Anmelden",
        "busy": "Wird angemeldet …",
        "where_title": "Woher bekomme ich das?",
        "where_phone": "Vom Betreuer: Auf der Seite „Systemstatus“ zeigt „Ein Telefon einlassen“ einen Code und einen "
        "QR-Code, der von selbst anmeldet.",
        "where_terminal": "Im Terminal: Ein Dienst, der noch kein Token hat, zeigt beim Start einen Code.",
        "where_token": "Auf dem Rechner des Dienstes: {command} erzeugt ein Token, das mehrmals verwendbar ist.",
        "wrong": "Dieser Code oder dieses Token ist nicht gültig. Ein Code gilt einmal und fünf Minuten lang.",
        "tries": "Versuche bis zur nächsten Wartezeit: {count}.",
        "wait": "Zu viele falsche Versuche. In {seconds} Sekunden erneut versuchen.",
        "ended": "Ihre Sitzung ist beendet. Bitte erneut anmelden.",
        "empty": "Bitte einen Code oder ein Token eingeben.",
        "needs": "Dafür ist die Rolle {role} nötig. Sie haben die Rolle {present}.",
        "present": "Angemeldet als {name} ({role}).",
        "present_by_code": "Mit einem Code angemeldet ({role}).",
        "present_unasked": "Sie haben ohne Anmeldung Zugang ({role}).",
        "other": "Mit einem anderen Code oder Token anmelden",
        "on": "Weiter",
        "out": "Abmelden",
        "viewer": "Zuschauer",
        "guest": "Gast",
        "operator": "Betreuer",
    },
}
_BY_CODE = "code "
"""How sessions are named that a one-time code opened."""
_COMMAND = "<code>photonic token add NAME</code>"


@dataclass(frozen=True, slots=True)
class SignInState:
    """What the page shows.

    Args:
        next_path: Where to go after the sign-in: a path of this service.
        present: Who the browser is already; ``None``: a stranger.
        needed: The role that it lacks; ``None``: it lacks none.
        has_ended: Whether it brought the cookie of a session that has ended.
        is_empty: Whether it sent nothing.
        tries_left: It was wrong: so many wrong tries are left before a wait; ``None``: it was not.
        wait_seconds: It has to wait; ``None``: it has not.
    """

    next_path: str
    present: Principal | None = None
    needed: Role | None = None
    has_ended: bool = False
    is_empty: bool = False
    tries_left: int | None = None
    wait_seconds: float | None = None


class SignInPage:
    """The page, from its template ``file``."""

    def __init__(self, file: Path) -> None:
        self._template = Template(file.read_text())

    def render(self, state: SignInState, language: str, asked_language: str = "") -> str:
        """The page as HTML.

        Args:
            state: What it shows.
            language: One of ``TEXTS``.
            asked_language: What the address asked for, to be kept; empty: nothing.
        """
        texts = TEXTS[language]
        shown = {
            name: escape(text).replace("{command}", _COMMAND) for name, text in texts.items() if name != "where_token"
        }
        return self._template.substitute(
            shown,
            where_token=escape(texts["where_token"]).replace("{command}", _COMMAND),
            language=language,
            asked_language=escape(asked_language),
            next=escape(state.next_path),
            notice=_notice(state, texts),
            present=_present(state, texts),
        )


def language_of(accepted: str | None, asked: str | None = None) -> str:
    """The language of the page: the one asked for in the address, else the first of Accept-Language that is available.

    Args:
        accepted: The Accept-Language header (RFC 9110, 12.5.4).
        asked: The address's ``lang``.
    """
    if asked is not None and asked in TEXTS:
        return asked
    wanted: list[tuple[float, str]] = []
    for entry in (accepted or "")[:200].split(","):
        tag, _semicolon, weight = entry.partition(";")
        wanted.append((-_weight(weight), tag.strip()[:2].lower()))
    return next(
        (tag for weight, tag in sorted(wanted, key=lambda one: one[0]) if weight < 0 and tag in TEXTS), DEFAULT_LANGUAGE
    )


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def _notice(state: SignInState, texts: Mapping[str, str]) -> str:
    """What went wrong, or why the page is shown."""
    if state.wait_seconds is not None:
        seconds = math.ceil(state.wait_seconds)
        counted = f'<span id="wait" data-seconds="{seconds}">{seconds}</span>'
        return _box(escape(texts["wait"]).replace("{seconds}", counted), "wrong")
    if state.is_empty:
        return _box(escape(texts["empty"]), "wrong")
    if state.tries_left is not None:
        return _box(escape(f"{texts['wrong']} {texts['tries'].format(count=state.tries_left)}"), "wrong")
    if state.needed is not None and state.present is not None:
        roles = {"role": texts[state.needed], "present": texts[state.present.role]}
        return _box(escape(texts["needs"].format(**roles)), "")
    return _box(escape(texts["ended"]), "") if state.has_ended else ""


def _box(html: str, kind: str) -> str:
    return f'<p class="notice {kind}" role="alert">{html}</p>'


def _present(state: SignInState, texts: Mapping[str, str]) -> str:
    """Who the browser is already, with the ways on and out."""
    who = state.present
    if who is None:
        return ""
    role = texts[who.role]
    is_session = who.means is Means.SESSION
    by_code = "present_by_code" if who.name.startswith(_BY_CODE) else "present"
    text = texts[by_code if is_session else "present_unasked"].format(name=who.name, role=role)
    on = f'<a class="button first" href=".{escape(state.next_path)}">{escape(texts["on"])}</a>'
    out = f'<form method="post" action="sign-out"><button>{escape(texts["out"])}</button></form>' if is_session else ""
    ways = f'<div class="ways">{"" if state.needed else on}{out}</div>'
    return f'<section class="present"><p>{escape(text)}</p>{ways}</section>'
