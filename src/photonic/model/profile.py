"""Named profiles: settings to hold during live view, and others during captures."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from photonic.model.setting import CHANGES_LIMIT, SettingKey, SettingValue, texts

Held = Annotated[dict[SettingKey, SettingValue], Field(max_length=CHANGES_LIMIT)]


class Profile(BaseModel):
    """``live`` is in force but for captures; ``capture`` is put in force for each one, and set back after it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    live: Held = Field(default_factory=dict)
    capture: Held = Field(default_factory=dict)

    @property
    def live_texts(self) -> dict[str, str]:
        """As the camera process takes them."""
        return texts(self.live)

    @property
    def capture_texts(self) -> dict[str, str]:
        """As the camera process takes them."""
        return texts(self.capture)


class ProfileList(BaseModel):
    """``GET /profiles``; ``active``: the one that is held, ``None``: none of them."""

    active: str | None
    profiles: dict[str, Profile]


class ProfileChoice(BaseModel):
    """``PUT /profile``; ``None``: hold nothing."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(max_length=64)
