"""``photonic simulate``: a simulated network camera for the real libgphoto2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.stopping import SIGNALS, record_signals
from photonic.simulator.card import SecondCard
from photonic.simulator.makes import MAKES, BodyKind

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from photonic.simulator.camera import RunningCamera, SimulatedCameraSettings
    from photonic.simulator.usb.device_options import UsbDeviceOptions

CARD_BLOCK = 10**9


def simulate(
    command: Annotated[
        list[str] | None,
        typer.Argument(help="With --usb or --webcam: the program to run, after --.", show_default=False),
    ] = None,
    *,
    usb: Annotated[
        bool, typer.Option("--usb", help="Simulate a camera on USB for COMMAND, which alone sees it.")
    ] = False,
    device: Annotated[
        list[str] | None,
        typer.Option(
            help="With --usb, one of several cameras: MAKE[,serial=S][,usb-serial=S][,model=M][,port=P][,speed=full]. "
            "usb-serial is that of the USB descriptor, empty for none; port 2.3 is behind a hub. Can be repeated."
        ),
    ] = None,
    webcam: Annotated[
        bool, typer.Option("--webcam", help="Simulate a webcam for COMMAND, which alone sees it, as /dev/video0.")
    ] = False,
    body: Annotated[
        str, typer.Option(help="Make of the camera: canon, nikon or generic; or a file from photonic body record.")
    ] = BodyKind.CANON.value,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="PTP/IP port; 0 for any free port.")] = 15740,
    control_port: Annotated[int, typer.Option(min=0, max=65535, help="Control port; 0 for any free port.")] = 0,
    serial: Annotated[str, typer.Option(help="The camera's serial number.")] = "012345678901",
    model: Annotated[str | None, typer.Option(help="The camera's model.", show_default="a model of that make")] = None,
    fps: Annotated[float, typer.Option(min=1, max=120, help="Live view frames per second.")] = 30.0,
    frame_size: Annotated[str, typer.Option(help="Size of a live view frame in pixels.")] = "960x640",
    frame_kb: Annotated[int, typer.Option(min=4, max=4000, help="Approximate size of a live view frame in kB.")] = 80,
    photo_megapixels: Annotated[float, typer.Option(min=0.2, max=80, help="Size of a photo in megapixels.")] = 24.0,
    card_gb: Annotated[float, typer.Option(min=0.001, max=4000, help="Size of the card in GB.")] = 32.0,
    no_card: Annotated[bool, typer.Option("--no-card", help="Simulate no card: photos go to RAM.")] = False,
    second_card: Annotated[
        SecondCard | None,
        typer.Option(
            help="Insert a second card: backup stores a copy of each file on it, split the JPEGs of RAW+JPEG."
        ),
    ] = None,
    continuous_frames: Annotated[
        int, typer.Option(min=1, max=100, help="Photos per shutter release in continuous drive.")
    ] = 4,
    bracket_frames: Annotated[
        int,
        typer.Option(
            min=1,
            max=9,
            help="Photos in the camera's own bracket, taken in continuous drive or with self-timer; 1 for off.",
        ),
    ] = 1,
    battery: Annotated[float, typer.Option(min=0, max=100, help="Battery charge in percent.")] = 100.0,
    power_off: Annotated[int, typer.Option(min=0, help="Idle seconds until the camera powers off; 0 for never.")] = 0,
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="Speed relative to a real camera.")] = 1.0,
    settle: Annotated[
        float, typer.Option(min=0, max=30, help="Seconds from a shot to the next live view frame.")
    ] = 0.3,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="Fault: NAME, NAME:FIELDS or NAME:FIELDS:SECONDS. Fields, separated by commas: now, frame=N, "
            "capture=N, time=S, seconds=S, amount=A, times=N, every=N. Can be repeated."
        ),
    ] = None,
    faults: Annotated[Path | None, typer.Option(help="TOML file with faults or a random mix of faults.")] = None,
    log: Annotated[Path | None, typer.Option(help="File for the camera's journal, as JSON lines.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON line.")] = False,
) -> None:
    """Simulate a camera over PTP/IP for photonic, gphoto2 and any other program that uses libgphoto2.

    With --usb, the camera is on a USB bus that only COMMAND and its children see, and stops with it; Debian's package
    umockdev has to be installed. With --device, several are. With --webcam, they see a V4L2 webcam instead, which also
    needs a C compiler; of the other options, --serial, --control-port, --fault, --faults and --log apply to it.
    PHOTONIC_SIMULATOR_CONTROL tells COMMAND the control address of each, separated by commas; --fault and --faults are
    for all of them. Stops on SIGTERM or Ctrl-C.
    """
    _exit_on_signals()
    import asyncio
    from contextlib import ExitStack

    from photonic.cli.body_file import body_of
    from photonic.errors import BadInput
    from photonic.simulator.body_settings import BodySettings
    from photonic.simulator.camera import SimulatedCameraSettings
    from photonic.simulator.fault_syntax import parse_fault
    from photonic.simulator.script import Script, read_script_file
    from photonic.simulator.usb.device_options import read_devices

    _check_command("--webcam" if webcam else "--usb" if usb else None, command, both=usb and webcam)
    kind, described = body_of(body)
    _check_device(device, usb=usb, recorded=described is not None)
    devices = read_devices(device or (), serial)
    script = Script() if faults is None else read_script_file(faults)
    script = Script((*(parse_fault(text) for text in fault or ()), *script.faults), script.mix)
    make = MAKES[kind]
    body_settings = BodySettings(
        serial=serial,
        model=model or (make.model if described is None else described.model),
        fps=fps,
        speed=speed,
        settle_seconds=settle,
        card_bytes=None if no_card else int(card_gb * CARD_BLOCK),
        battery_percent=battery,
        power_off_seconds=power_off,
        lens=make.lens,
        folder=make.folder,
        card_label=make.label,
        second_card=second_card,
        continuous_frames=continuous_frames,
        bracket_frames=bracket_frames,
    )
    with ExitStack() as files:
        try:
            journal = None if log is None else files.enter_context(log.open("a", encoding="utf-8"))
        except OSError as error:
            raise BadInput(f"cannot write the journal {log}: {error.strerror}", field="log") from error
        # An exit while the event loop is being created would leave it half initialised.
        early = record_signals()
        if webcam:
            from photonic.simulator.video.beside import SimulatedWebcamSettings, run_beside_webcam

            alone = SimulatedWebcamSettings(serial, control_port, script, journal)
            simulation = run_beside_webcam(alone, command or ())
        else:
            settings = SimulatedCameraSettings(
                body=body_settings,
                kind=kind,
                described=described,
                host=host,
                port=port,
                control_port=control_port,
                frame_size=_size(frame_size),
                frame_bytes=frame_kb * 1000,
                photo_megapixels=photo_megapixels,
                script=script,
                journal=journal,
            )
            simulation = _run_camera(settings, json=json, command=command, devices=devices)
        code = asyncio.run(_run(simulation, early))
    if code:
        raise typer.Exit(code if code > 0 else 128 - code)


def _check_device(device: Sequence[str] | None, *, usb: bool, recorded: bool) -> None:
    from photonic.errors import BadInput

    if device and not usb:
        raise BadInput("--device describes a camera on USB; add --usb", field="device")
    if device and recorded:
        raise BadInput("--device names makes of its own; a recorded body is simulated without it", field="body")


def _check_command(option: str | None, command: Sequence[str] | None, *, both: bool) -> None:
    from photonic.errors import BadInput

    if both:
        raise BadInput("--usb and --webcam cannot be combined; choose one", field="webcam")
    if option is not None and not command:
        raise BadInput(f"{option} needs a program to run: photonic simulate {option} -- COMMAND", field=option[2:])
    if command and option is None:
        raise BadInput(f"unexpected argument {command[0]!r}; only --usb and --webcam run a program", field="command")


def _exit_on_signals() -> None:
    """Exit in an orderly way on SIGTERM and Ctrl-C, even while large modules are still being imported."""
    import signal
    import sys

    def end(_number: int, _frame: object) -> None:
        sys.exit(0)

    for number in SIGNALS:
        signal.signal(number, end)


def _size(text: str) -> tuple[int, int]:
    from photonic.errors import BadInput

    width, times, height = text.partition("x")
    if not (times and width.isdecimal() and height.isdecimal()):
        raise BadInput(f"the frame size must look like 960x640, not {text!r}", field="frame-size")
    return int(width), int(height)


async def _run(simulation: Coroutine[None, None, int], early: Sequence[int]) -> int:
    import asyncio

    loop = asyncio.get_running_loop()
    camera = loop.create_task(simulation)
    for number in SIGNALS:
        loop.add_signal_handler(number, camera.cancel)
    if early:
        camera.cancel()
    await asyncio.wait([camera])
    return 0 if camera.cancelled() else camera.result()


async def _run_camera(
    settings: SimulatedCameraSettings,
    *,
    json: bool,
    command: Sequence[str] | None,
    devices: Sequence[UsbDeviceOptions],
) -> int:
    import asyncio

    if command:
        from photonic.simulator.usb.beside import run_beside

        return await run_beside(settings, command, devices)

    from photonic.simulator.camera import simulated_camera

    async with simulated_camera(settings) as camera:
        typer.echo(as_json(camera, settings) if json else welcome(camera, settings))
        await asyncio.Event().wait()
    return 0


def as_json(camera: RunningCamera, settings: SimulatedCameraSettings) -> str:
    """The camera's addresses as JSON."""
    import os
    from json import dumps

    body = settings.body
    return dumps(
        {
            "camera": camera.address,
            "control": camera.control,
            "serial": body.serial,
            "model": body.model,
            "pid": os.getpid(),
        }
    )


def welcome(camera: RunningCamera, settings: SimulatedCameraSettings) -> str:
    """The camera's addresses and the commands to use it."""
    port = camera.address.rpartition(":")[2]
    gphoto2 = f'gphoto2 --port {camera.address}:{port} --camera "PTP/IP Camera"'
    return "\n".join(
        (
            f"{settings.body.model}, simulated, at {camera.address} (control at {camera.control})",
            f"  photonic serve --camera {camera.address}",
            f"  {gphoto2} --summary",
            f"  {gphoto2} --capture-image-and-download",
        )
    )
