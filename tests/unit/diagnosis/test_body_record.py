"""What is left of a camera's description: nothing personal, and everything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.diagnosis.body_record import REPLACED, described, personal_values
from photonic.model.body_description import BodyDescription, RecordedFrom


def setting(name: str, value: str, *, label: str = "", kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"path": f"/main/settings/{name}", "label": label, "kind": kind, "value": value, "writable": True, **more}


def facts(*settings: dict[str, Any], log: tuple[str, ...] = (), serials: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "abilities": {
            "model": "Canon EOS",
            "operations": 1,
            "file_operations": 2,
            "folder_operations": 4,
            "usb_vendor": 1193,
            "usb_product": 1,
        },
        "device_info": None,
        "serials": serials,
        "settings": list(settings),
        "storages": [],
        "times": {"open_seconds": 0.5, "settings_seconds": 0.1},
        "libgphoto2": "2.5.34",
        "connection": "usb",
        "problems": [],
        "log": log,
    }


def recorded(*settings: dict[str, Any], **more: Any) -> BodyDescription:
    return described(facts(*settings, **more), RecordedFrom.OWNER, "0.1.0")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("ownername", "Owner Name"), ("artist", "Artist"), ("copyright", "Copyright"), ("serialnumber", ""),
        ("eosserialnumber", ""), ("d406", "Friendly Name"), ("usercomment", ""), ("ssid", ""), ("d303", "FTP Password"),
        ("gpslatitude", ""), ("nickname", ""), ("imagecomment", ""), ("d0c4", "Copyright Info"), ("macaddress", ""),
    ],
)  # fmt: skip
def test_a_personal_setting_is_replaced_wherever_its_value_occurs(name: str, label: str) -> None:
    found = recorded(
        setting(name, "Jane Q. Doe", label=label),
        setting("output", "Off", kind="choice", choices=("Off", "for jane q. doe")),
        log=("gp_camera_init: hello JANE Q. DOE",),
    )
    text = found.model_dump_json()
    assert "doe" not in text.casefold()
    assert found.settings[0].value == REPLACED
    assert found.settings[1].choices == ("Off", f"for {REPLACED}")


@pytest.mark.parametrize("serial", ["012345678901", "0042AB17", "7000001"])
def test_a_serial_number_is_replaced_also_without_its_zeros(serial: str) -> None:
    bare = serial.lstrip("0")
    found = recorded(setting("other", f"no {bare}"), log=(f"id {serial.lower()}",), serials=(serial,))
    assert bare.casefold() not in found.model_dump_json().casefold()


@pytest.mark.parametrize(
    "text",
    [
        "IMG_4711.CR3",
        "DSC_0001.jpg",
        "192.168.1.20",
        "00:1b:63:84:45:e6",
        "jane@example.org",
        "123456789012",
        "20261130T025741",
        "a1b2c3d4e5f6a7b8c9d0",
    ],
)
def test_what_looks_personal_is_replaced_by_its_shape(text: str) -> None:
    assert text not in recorded(setting("other", f"is {text}"), log=(f"saw {text}.",)).model_dump_json()


def test_what_is_not_personal_stays() -> None:
    kept = (
        setting("lensname", "EF50mm f/1.8 STM"),
        setting("cameramodel", "Canon EOS R5"),
        setting("deviceversion", "3-1.1.0"),
        setting("shutterspeed", "1/125", kind="choice", choices=("1/125", "30")),
        setting("storageid", "00020001"),
        setting("opcode", "0x1001,0xparam1"),
    )
    assert [one.value for one in recorded(*kept).settings] == [one["value"] for one in kept]


def test_the_clock_is_left_out_and_an_empty_field_stays_empty() -> None:
    found = recorded(setting("datetime", "1796007461", kind="date"), setting("artist", ""))
    assert [one.value for one in found.settings] == ["", ""]


def test_a_short_value_is_replaced_only_as_a_word() -> None:
    found = recorded(setting("ownername", "Ed"), setting("other", "Ed edited, ed"))
    assert found.settings[1].value == f"{REPLACED} edited, {REPLACED}"


def test_half_a_character_is_no_obstacle() -> None:
    found = recorded(setting("ownername", "J\udcf6rg"), setting("other", "x\udcf6"))
    assert (found.settings[0].value, found.settings[1].value) == (REPLACED, "x?")
    found.model_dump_json().encode()


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=5, max_size=30).filter(str.strip))
def test_no_owner_is_ever_left(owner: str) -> None:
    values = personal_values(seen := _owned_by(owner))
    # A name may be a part of what each record has, such as "choic" of "choices".
    anybodys = _text(_owned_by(""))
    text = _text(seen)
    assert all(len(value) < 5 or value in anybodys or value not in text.replace(REPLACED, "") for value in values)


def _owned_by(owner: str) -> dict[str, Any]:
    return facts(setting("ownername", owner), setting("other", f"a{owner}b"), log=(f"c{owner}",))


def _text(seen: dict[str, Any]) -> str:
    return json.dumps(described(seen, RecordedFrom.OWNER, "1").model_dump(mode="json"), ensure_ascii=False)


def test_facts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="kind"):
        recorded(setting("other", "x", kind="colour"))
