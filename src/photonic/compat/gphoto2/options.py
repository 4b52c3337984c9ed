"""gphoto2's options, with the short forms and values that popt accepts, and those of photonic."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ValueRule(Enum):
    """Whether an option has a value."""

    NONE = "none"
    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option.

    Args:
        name: Its long form, without dashes.
        meaning: For the help.
        short: Its letter; empty if it has none.
        value: Stands for its value in the help; empty if it has none.
        optional: Whether the value can be left out.
    """

    name: str
    meaning: str
    short: str = ""
    value: str = ""
    optional: bool = False

    @property
    def rule(self) -> ValueRule:
        """Whether it has a value."""
        if not self.value:
            return ValueRule.NONE
        return ValueRule.OPTIONAL if self.optional else ValueRule.REQUIRED


_Row = OptionRow
OPTION_GROUPS: dict[str, tuple[OptionRow, ...]] = {
    "The service": (
        _Row("url", "Address of the service (PHOTONIC_URL)", value="URL"),
        _Row("token", "Access token of the service (PHOTONIC_TOKEN)", value="TOKEN"),
        _Row("ca", "Authority (PEM) whose certificates to accept (PHOTONIC_CA)", value="FILENAME"),
    ),
    "Common options": (
        _Row("help", "Print this help", short="?"),
        _Row("usage", "Print the options in short"),
        _Row("debug", "Accepted, without effect"),
        _Row("debug-loglevel", "Accepted, without effect", value="STRING"),
        _Row("debug-logfile", "Accepted, without effect", value="FILENAME"),
        _Row("quiet", "Print less", short="q"),
        _Row("parsable", "Print for programs (implies quiet)"),
        _Row("hook-script", "Program to run after each download", value="FILENAME"),
    ),
    "Miscellaneous options": (
        _Row("stdout", "Write the file to standard output (implies quiet)"),
        _Row("stdout-size", "Write its size before it"),
        _Row("auto-detect", "List the service's cameras"),
        _Row("show-exif", "Not available", value="STRING"),
        _Row("show-info", "Not available", value="STRING"),
        _Row("summary", "Print what the camera is"),
        _Row("manual", "Not available"),
        _Row("about", "Print what answers for the camera"),
        _Row("storage-info", "Not available"),
        _Row("shell", "Not available"),
    ),
    "Software and host": (
        _Row("version", "Print the version", short="v"),
        _Row("list-cameras", "Not available"),
        _Row("list-ports", "List the ports of the service's cameras"),
        _Row("abilities", "Print what the service can do with the camera", short="a"),
    ),
    "The camera to use": (
        _Row("port", "Port of the camera", value="FILENAME"),
        _Row("speed", "Not available", value="SPEED"),
        _Row("camera", "The camera's model, or its name in the service", value="MODEL"),
        _Row("usbid", "Not available", value="USBIDs"),
    ),
    "Configuration": (
        _Row("config", "Not available"),
        _Row("list-config", "List the settings"),
        _Row("list-all-config", "Print all settings"),
        _Row("get-config", "Print a setting", value="STRING"),
        _Row("set-config", "Change a setting, to a value or the index of a choice", value="STRING"),
        _Row("set-config-index", "Change a setting, to the index of a choice", value="STRING"),
        _Row("set-config-value", "Change a setting, to a value", value="STRING"),
        _Row("reset", "Connect the camera again"),
    ),
    "Capture": (
        _Row("keep", "Keep photos on the camera after capturing"),
        _Row("keep-raw", "Keep RAW files on the camera after capturing"),
        _Row("no-keep", "Delete photos after capturing, also from the service's gallery"),
        _Row("wait-event", "Wait for events of the camera", value="EVENT", optional=True),
        _Row("wait-event-and-download", "Wait for events, download new photos", value="EVENT", optional=True),
        _Row("capture-preview", "Save a frame of live view"),
        _Row("show-preview", "Not available"),
        _Row("bulb", "Exposure time in seconds", short="B", value="SECONDS"),
        _Row("frames", "Number of photos (default: no end)", short="F", value="COUNT"),
        _Row("interval", "Seconds between two photos", short="I", value="SECONDS"),
        _Row("reset-interval", "Begin a new interval at each signal"),
        _Row("capture-image", "Take a photo"),
        _Row("trigger-capture", "Take a photo without waiting for it"),
        _Row("capture-image-and-download", "Take a photo and download it"),
        _Row("capture-movie", "Save frames of live view", value="COUNT or SECONDS", optional=True),
        _Row("capture-sound", "Not available"),
        _Row("capture-tethered", "Download the photos of the camera's button", value="EVENT", optional=True),
    ),
    "Files": (
        _Row("list-folders", "List the folders", short="l"),
        _Row("list-files", "List the files", short="L"),
        _Row("mkdir", "Not available", short="m", value="DIRNAME"),
        _Row("rmdir", "Not available", short="r", value="DIRNAME"),
        _Row("num-files", "Print the number of files", short="n"),
        _Row("get-file", "Download files", short="p", value="RANGE"),
        _Row("get-all-files", "Download all files", short="P"),
        _Row("get-thumbnail", "Download thumbnails", short="t", value="RANGE"),
        _Row("get-all-thumbnails", "Download all thumbnails", short="T"),
        _Row("get-metadata", "Not available", value="RANGE"),
        _Row("get-all-metadata", "Not available"),
        _Row("upload-metadata", "Not available", value="STRING"),
        _Row("get-raw-data", "Not available", value="RANGE"),
        _Row("get-all-raw-data", "Not available"),
        _Row("get-audio-data", "Not available", value="RANGE"),
        _Row("get-all-audio-data", "Not available"),
        _Row("get-exif", "Not available", value="RANGE"),
        _Row("get-all-exif", "Not available"),
        _Row("delete-file", "Move files to the service's trash", short="d", value="RANGE"),
        _Row("delete-all-files", "Not available", short="D"),
        _Row("upload-file", "Not available", short="u", value="FILENAME"),
        _Row("filename", "Name or pattern of the files: %n %03n %C %f %F %: and times", value="FILENAME_PATTERN"),
        _Row("filenumber", "First number of %n (default: 1)", value="NUMBER"),
        _Row("folder", "Folder on the camera (default: /)", short="f", value="FOLDER"),
        _Row("recurse", "With the folders below", short="R"),
        _Row("no-recurse", "Without the folders below"),
        _Row("reverse", "In reverse order"),
        _Row("new", "Accepted, without effect"),
        _Row("force-overwrite", "Overwrite files without asking"),
        _Row("skip-existing", "Skip existing files"),
    ),
}
BY_NAME = {row.name: row for rows in OPTION_GROUPS.values() for row in rows}
BY_LETTER = {row.short: row for row in BY_NAME.values() if row.short}
