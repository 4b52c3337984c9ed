from __future__ import annotations

from photonic.model.setting import SettingChanges


def test_numbers_keep_all_their_digits_on_the_way_to_the_camera() -> None:
    values = {"iso": 400, "color_temperature": 5600.0, "datetime": 1795467630.5, "grid": True, "artist": "Ada"}
    assert SettingChanges.model_validate(values).texts == {
        "iso": "400",
        "color_temperature": "5600",
        "datetime": "1795467630.5",
        "grid": "on",
        "artist": "Ada",
    }
