"""Any other camera: what the PTP standard has, and entries that libgphoto2 gives to several makers."""

from __future__ import annotations

from photonic.drivers.gphoto2.makers import reasons
from photonic.drivers.gphoto2.makers.maker import Button, Maker
from photonic.model.setting_name import SettingName

GENERIC = Maker(
    setting_names={SettingName.EXPOSURE_MODE: ("exposuremode",)},
    reserved={"viewfinder": reasons.LIVE_VIEW, "bulb": reasons.SHUTTER, "opcode": reasons.CONNECTION},
    actions=frozenset({"autofocusdrive", "manualfocusdrive"}),
    # 1 opens the shutter, 0 closes it. An EOS has it beside its shutter button.
    bulb=Button("bulb", 1, 0),
    live_view_switch="viewfinder",
    focus="autofocusdrive",
    drive_focus="manualfocusdrive",
)
