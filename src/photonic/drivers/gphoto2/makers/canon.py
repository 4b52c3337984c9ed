"""Canon EOS; a PowerShot has few of these entries."""

from __future__ import annotations

from photonic.drivers.gphoto2.makers import reasons
from photonic.drivers.gphoto2.makers.maker import (
    Button,
    ChosenByMode,
    FocusReport,
    KeepAlivePreparation,
    Magnification,
    Maker,
    PointEntry,
    ShutterButton,
)
from photonic.model.setting_name import SettingName

REMOTE_RELEASE = "eosremoterelease"
"""Every EOS has this entry, and no other camera."""

MODE = "autoexposuremode"

CANON = Maker(
    manufacturer="canon",
    setting_names={
        SettingName.ISO: ("iso",),
        SettingName.APERTURE: ("aperture",),
        SettingName.SHUTTER: ("shutterspeed",),
        SettingName.EXPOSURE_MODE: (MODE,),
        SettingName.EXPOSURE_COMPENSATION: ("exposurecompensation",),
        SettingName.WHITE_BALANCE: ("whitebalance",),
        SettingName.COLOR_TEMPERATURE: ("colortemperature",),
        SettingName.FOCUS_MODE: ("focusmode",),
        SettingName.DRIVE_MODE: ("drivemode",),
        SettingName.IMAGE_FORMAT: ("imageformat",),
        SettingName.CAPTURE_TARGET: ("capturetarget",),
        SettingName.METERING: ("meteringmode",),
    },
    reserved={
        "capturetarget": reasons.TARGET,
        **dict.fromkeys(("eosviewfinder", "output"), reasons.LIVE_VIEW),
        **dict.fromkeys(("capture", REMOTE_RELEASE), reasons.SHUTTER),
        **dict.fromkeys(("uilock", "remotemode", "eoscapturemode"), reasons.CONNECTION),
    },
    actions=frozenset({"cancelautofocus", "eoszoom", "eoszoomposition"}),
    # An EOS reports its settings as events, and the library caches them: reading all costs no more than reading one.
    one_read=REMOTE_RELEASE,
    # An EOS that chooses a value itself offers none, and libgphoto2 keeps the choices it had before
    # (``ptp-pack.c``, AvailListChanged without values).
    chosen_by_mode=ChosenByMode(
        MODE,
        {
            "shutterspeed": frozenset({"P", "AV", "A_DEP", "DEP", "Auto", "Bulb"}),
            "aperture": frozenset({"P", "TV", "A_DEP", "DEP", "Auto"}),
        },
    ),
    # Without this setting, ``camera_prepare_canon_eos_capture`` sends photos to RAM, and setting the target back to the
    # card costs a slow EOS ten answers before the first frame.
    library_settings={"capturetarget": "card"},
    card_target="Memory card",
    ram_target="Internal RAM",
    # Operations 0x9128 (3, 1) and 0x9129, by the names of libgphoto2 2.5.34 and of earlier versions (``config.c``).
    # Each of them calls ``camera_canon_eos_update_capture_target``.
    shutter_button=ShutterButton(
        REMOTE_RELEASE,
        press=("Press Full MF", "Immediate"),
        release=("Release", "Release Full"),
        sets_target=True,
    ),
    # The shot ends with the event that the library reports as "capture complete" (``library.c``).
    shot_begins="Camera Status 1",
    # What ``camera_trigger_canon_eos_capture`` reports after the full press (``library.c``).
    fired_texts=(r"(Full|Half)-Release failed",),
    # Other makers have an entry ``capture``, too: a Sony's presses the shutter button.
    preparation=KeepAlivePreparation("capture", only_with=REMOTE_RELEASE),
    # The library polls for 3.2 s (a last pause after the 3 s, ``library.c``), and one answer may be under way then. It
    # gives up a connection that is silent altogether 2.5 s after the last data (``ptpip.c``).
    next_frame_seconds=4.0,
    # Accepts any number; the camera refuses invalid ones.
    magnification=Magnification("eoszoom", whole="1"),
    magnified_point=PointEntry("eoszoomposition", "{},{}"),
    # Closes the aperture, as the body's depth-of-field button does.
    closed_aperture=Button("depthoffield", 1, 0),
    # Without it an EOS goes on focusing, as with its button held half down.
    cancel_focus="cancelautofocus",
    focus_report=FocusReport("Focus Info ", "000000000101"),
    # Levels are 100, 75, 50 and 25 percent, and this word (``config.c``).
    battery_words={"low": 10},
    # The library keeps an EOS awake when a setting is read or a frame fetched, not when it waits for events
    # (``camera_keep_device_on``).
    awake_seconds=5.0,
    auto_power_off="autopoweroff",
    never_off_words=frozenset({"never", "off", "disable"}),
)
