"""Named profiles: settings for live view, and others for captures."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from photonic.model.setting import CHANGES_LIMIT, SettingKey, SettingValue, texts

Held = Annotated[dict[SettingKey, SettingValue], Field(max_length=CHANGES_LIMIT)]


class Profile(BaseModel):
    """``live`` applies except during captures; ``capture`` is set for each capture and restored after it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    live: Held = Field(default_factory=dict)
    capture: Held = Field(default_factory=dict)

    @property
    def live_texts(self) -> dict[str, str]:
        """As text, for the camera process."""
        return texts(self.live)

    @property
    def capture_texts(self) -> dict[str, str]:
        """As text, for the camera process."""
        return texts(self.capture)


class ProfileList(BaseModel):
    """The response to ``GET /profiles``; ``active``: the profile in use, ``None``: none."""

    active: str | None
    profiles: dict[str, Profile]


class ProfileChoice(BaseModel):
    """The body of ``PUT /profile``; ``None``: use no profile."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(max_length=64)
