"""Access on the wire: who asks, browser sessions, one-time codes, signed links.

Durations are seconds of running time: none of them passes while the service is off.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

RoleName = Literal["viewer", "guest", "operator"]
"""The roles of ``access.permission``, which this layer must not import; a test compares them."""
LinkRoleName = Literal["viewer", "guest"]
ScopeText = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class AccessAnswer(BaseModel):
    """``GET /access``: who asks, and what it may do.

    ``role``, ``name``, ``means``: ``None`` for a stranger, whose ``reason`` says what is missing. ``ends_in_seconds``:
    when the right ends unless it is used; ``None``: it does not end by itself. ``pin_set``: whether the operator's PIN
    makes a guest the operator. ``elevated_seconds``: how long it stays the operator by the PIN. ``session_id``: of the
    browser session. ``scope``: what a signed link opens; ``None``: all that the role may do. ``may``: permissions.
    """

    name: str | None
    role: RoleName | None
    means: str | None
    ends_in_seconds: float | None
    pin_set: bool
    may: tuple[str, ...]
    reason: str | None = None
    elevated_seconds: float | None = None
    session_id: str | None = None
    scope: str | None = None


class BrowserSessionRecord(BaseModel):
    """One browser that is signed in.

    ``name``: of the token or code that opened it. ``role``: as it is now. ``elevated``: whether it is the operator by
    the PIN. ``device``: the browser, as it names itself. ``last_seconds_ago``: since its last request. ``current``:
    whether it is the browser that asks.
    """

    id: str
    name: str
    role: RoleName
    elevated: bool
    device: str
    address: str
    began_seconds_ago: float
    last_seconds_ago: float
    ends_in_seconds: float
    current: bool


class BrowserSessionList(BaseModel):
    """``GET /access/sessions``: the newest first."""

    sessions: tuple[BrowserSessionRecord, ...]


class CodeRequest(BaseModel):
    """``POST /access/codes``; ``typed``: a short code that people can type, in place of a long one for a QR code."""

    model_config = ConfigDict(extra="forbid")

    role: RoleName
    typed: bool = Field(default=False, strict=True)


class CodeStatus(BaseModel):
    """One code that was not used yet; its text is shown only once, when it is issued."""

    id: str
    role: RoleName
    typed: bool
    ends_in_seconds: float


class CodeList(BaseModel):
    """``GET /access/codes``: the oldest first."""

    codes: tuple[CodeStatus, ...]


class IssuedCode(CodeStatus):
    """The answer to ``POST /access/codes``.

    ``address``: of the sign-in page, with the code in its fragment, which browsers do not send. ``qr``: the address as
    a QR code, an SVG element. ``warning``: why other devices may not reach the address; ``None``: they should.
    """

    code: str
    address: str
    qr: str
    warning: str | None = None


class LinkRequest(BaseModel):
    """``POST /links``.

    ``scope``: ``photo:ID``, ``session:ID`` or ``live:CAMERA``. ``role``: ``None``: viewer for a live view, else guest.
    ``streams``: how many live views may be open by this link together; ``None``: 50.
    """

    model_config = ConfigDict(extra="forbid")

    scope: ScopeText
    role: LinkRoleName | None = None
    ends_in_seconds: float = Field(gt=0, allow_inf_nan=False)
    streams: int | None = Field(default=None, ge=1, strict=True)


class SignedLink(BaseModel):
    """One signed link; ``ends_in_seconds`` is 0 or less if it has expired."""

    id: str
    scope: str
    role: LinkRoleName
    made_by: str
    ends_in_seconds: float
    streams: int


class SignedLinkList(BaseModel):
    """``GET /links``: the oldest first."""

    links: tuple[SignedLink, ...]


class MadeLink(SignedLink):
    """The answer to ``POST /links``.

    ``query``: the parameter that opens every address within the scope, ``signature=...``; it is shown only once.
    ``address``: an address within the scope, with the parameter. ``warning``: as in ``IssuedCode``.
    """

    query: str
    address: str
    warning: str | None = None
