"""The actions of gphoto2's command line, by their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.compat.gphoto2.arrivals import Arrivals
from photonic.compat.gphoto2.camera_copy import NewNames
from photonic.compat.gphoto2.capturing import Capturing
from photonic.compat.gphoto2.config_actions import ConfigActions
from photonic.compat.gphoto2.file_actions import FileActions
from photonic.compat.gphoto2.file_pattern import FilePattern
from photonic.compat.gphoto2.live_pictures import LivePictures
from photonic.compat.gphoto2.new_photos import NewPhotos
from photonic.compat.gphoto2.reports import Reports
from photonic.compat.gphoto2.saving import FileSaver
from photonic.compat.gphoto2.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from photonic.client.camera import CameraClient
    from photonic.client.live import LiveView
    from photonic.compat.gphoto2.console import Console
    from photonic.compat.gphoto2.hook_script import HookScript
    from photonic.compat.gphoto2.run_options import RunOptions
    from photonic.compat.gphoto2.run_signals import RunSignals
    from photonic.model.api import CameraSummary

    Action = Callable[["Workbench", str | None], Coroutine[object, object, None]]


class Workbench:
    """Everything that actions work with, put together for one run.

    Args:
        camera: The client of the chosen camera.
        chosen: The chosen camera.
        cameras: All of the service.
        view: Opens the camera's live view.
        options: Those that apply to every action.
        console: Where lines go.
        hook: Runs after downloads.
        signals: End the run.
    """

    def __init__(
        self,
        *,
        camera: CameraClient,
        chosen: CameraSummary,
        cameras: Sequence[CameraSummary],
        view: Callable[[], LiveView],
        options: RunOptions,
        console: Console,
        hook: HookScript,
        signals: RunSignals,
    ) -> None:
        names = NewNames()
        arrivals = Arrivals(camera)
        saver = FileSaver(options, FilePattern(options.pattern, options.first_number), console, hook)
        photos = NewPhotos(camera, options, names, saver, console)
        self.camera = camera
        self.chosen = chosen
        self.reports = Reports(cameras, console)
        self.config = ConfigActions(camera, console, names)
        self.files = FileActions(camera, options, saver, console)
        self.pictures = LivePictures(camera, view, options=options, saver=saver, console=console, signals=signals)
        self.capturing = Capturing(camera, options, arrivals=arrivals, photos=photos, console=console, signals=signals)
        self.waiting = Waiting(
            options, self.capturing, arrivals=arrivals, photos=photos, console=console, signals=signals
        )


async def _auto_detect(bench: Workbench, _value: str | None) -> None:
    bench.reports.list_cameras()


async def _list_ports(bench: Workbench, _value: str | None) -> None:
    bench.reports.list_ports()


async def _abilities(bench: Workbench, _value: str | None) -> None:
    bench.reports.abilities(bench.chosen)


async def _about(bench: Workbench, _value: str | None) -> None:
    bench.reports.about()


async def _reset(bench: Workbench, _value: str | None) -> None:
    await bench.camera.connect()


ACTIONS: Mapping[str, Action] = {
    "auto-detect": _auto_detect,
    "list-ports": _list_ports,
    "abilities": _abilities,
    "about": _about,
    "reset": _reset,
    "summary": lambda bench, _: bench.reports.summary(bench.camera),
    "list-config": lambda bench, _: bench.config.list_paths(),
    "list-all-config": lambda bench, _: bench.config.print_all(),
    "get-config": lambda bench, value: bench.config.print_one(value or ""),
    "set-config": lambda bench, value: bench.config.set_value_or_index(value or ""),
    "set-config-value": lambda bench, value: bench.config.set_value(value or ""),
    "set-config-index": lambda bench, value: bench.config.set_index(value or ""),
    "capture-image": lambda bench, _: bench.capturing.take(download=False),
    "capture-image-and-download": lambda bench, _: bench.capturing.take(download=True),
    "trigger-capture": lambda bench, _: bench.capturing.trigger(),
    "capture-preview": lambda bench, _: bench.pictures.save_preview(),
    "capture-movie": lambda bench, value: bench.pictures.film(value),
    "wait-event": lambda bench, value: bench.waiting.wait(value, download=False),
    "wait-event-and-download": lambda bench, value: bench.waiting.wait(value, download=True),
    "capture-tethered": lambda bench, value: bench.waiting.wait(value, download=True),
    "list-folders": lambda bench, _: bench.files.list_folders(),
    "list-files": lambda bench, _: bench.files.list_files(),
    "num-files": lambda bench, _: bench.files.print_count(),
    "get-file": lambda bench, value: bench.files.get_files(value or ""),
    "get-all-files": lambda bench, _: bench.files.get_all_files(),
    "get-thumbnail": lambda bench, value: bench.files.get_thumbnails(value or ""),
    "get-all-thumbnails": lambda bench, _: bench.files.get_all_thumbnails(),
    "delete-file": lambda bench, value: bench.files.delete_files(value or ""),
}
"""What each option does; all need the service."""

OPERAND_ACTIONS: Mapping[str, Action] = {name: ACTIONS[name] for name in ("get-file", "get-thumbnail", "delete-file")}
"""These also act on the arguments that are no options."""

_NEVER_WRITES = "photonic never writes to the card"
_ASK_THE_SERVICE = "`photonic photos SESSION --json` has the Exif data that the service has read"
UNAVAILABLE: Mapping[str, str] = {
    "shell": "photonic has no shell",
    "config": "use `photonic settings` and `photonic set`, or --list-all-config",
    "manual": "photonic has no texts of camera drivers",
    "list-cameras": "the list of supported cameras is libgphoto2's: http://www.gphoto.org/proj/libgphoto2/support.php",
    "storage-info": "`photonic status` has the room on card and disk",
    "show-preview": "use --capture-preview, or `photonic view`",
    "capture-sound": "no camera that photonic knows records sound on request",
    "speed": "photonic uses no cameras on serial lines",
    "usbid": "photonic finds cameras by libgphoto2's own list",
    "show-exif": _ASK_THE_SERVICE,
    "show-info": _ASK_THE_SERVICE,
    "get-exif": _ASK_THE_SERVICE,
    "get-all-exif": _ASK_THE_SERVICE,
    "get-metadata": _ASK_THE_SERVICE,
    "get-all-metadata": _ASK_THE_SERVICE,
    "get-raw-data": "RAW files are downloaded like all others: use --get-file",
    "get-all-raw-data": "RAW files are downloaded like all others: use --get-all-files",
    "get-audio-data": "photonic does not download sound",
    "get-all-audio-data": "photonic does not download sound",
    "delete-all-files": "photonic deletes photos one by one: use --delete-file",
    "mkdir": _NEVER_WRITES,
    "rmdir": _NEVER_WRITES,
    "upload-file": _NEVER_WRITES,
    "upload-metadata": _NEVER_WRITES,
}
"""Options that photonic cannot carry out, and what to do instead."""
