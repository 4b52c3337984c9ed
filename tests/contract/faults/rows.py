"""Every row of the fault table, and what shows it."""

from __future__ import annotations

from tests.contract.faults import abilities, links, pictures, shots, usb
from tests.contract.faults.row import Elsewhere, Produced, Row

CLAIM = "tests/unit/drivers/gphoto2/test_claim.py"
BULB = "tests/contract/photography/test_bulb.py"
HOLDERS = "tests/unit/worker/supervision/test_holders.py"
LADDER = "tests/system/worker/test_ladder.py"
CLASSES = "tests/unit/drivers/gphoto2/test_faults.py"

ROWS = (
    Row("busy (camera)", shots.BUSY),
    Row(
        "busy (library)",
        elsewhere=(
            Elsewhere(
                Produced.CLASSIFIER,
                "-110 from two threads that use one camera",
                "one thread owns the camera",
                (f"{CLASSES}::test_code_and_text_give_the_kind",),
            ),
        ),
    ),
    Row("EOS viewfinder not ready", pictures.NOT_READY),
    Row("empty frame with success", pictures.EMPTY),
    Row("bytes after the end of a picture", pictures.PADDED),
    Row("endless parse", pictures.ENDLESS),
    Row(
        "Nikon prohibit condition",
        elsewhere=(
            Elsewhere(
                Produced.CLASSIFIER,
                "-1 with the reason in the context's text: battery, heat, card, photo that was not downloaded",
                "blocked with that reason; retried without a reset",
                (f"{CLASSES}::test_code_and_text_give_the_kind",),
            ),
        ),
    ),
    Row("Nikon leaves live view", pictures.STOPS),
    Row(
        "Nikon long busy",
        elsewhere=(
            Elsewhere(
                Produced.SEAM,
                "a call that does not return",
                "its deadline, then ladder rung 4",
                (
                    "tests/unit/worker/supervision/test_deadline.py::test_a_call_has_its_own_limit_and_is_named",
                    "tests/system/worker/test_healing.py::test_live_view_comes_back_without_being_asked_for_again",
                ),
            ),
        ),
    ),
    Row(
        "Sony preview then capture",
        elsewhere=(
            Elsewhere(
                Produced.SEAM,
                "-7 after a preview and a capture",
                "a new connection",
                ("tests/unit/drivers/gphoto2/test_driver.py::test_a_broken_connection_is_the_cameras_failure",),
            ),
        ),
    ),
    Row("late events after a shot", shots.EVENTS),
    Row("autofocus failed", shots.FOCUS),
    Row("I/O", links.IO),
    Row(
        "timeout (USB)",
        elsewhere=(
            Elsewhere(
                Produced.CLASSIFIER,
                "-10 after the library's own timeout",
                "a new connection; the timeouts are reduced in the library's settings file",
                (
                    f"{CLASSES}::test_after_a_broken_exchange_it_is_not",
                    "tests/unit/drivers/gphoto2/test_timeouts.py::test_they_are_written_as_the_library_reads_them",
                ),
            ),
        ),
    ),
    Row("timeout (PTP/IP)", links.TIMEOUT),
    Row("drip: one byte a second", links.DRIP),
    Row("host disk full", shots.DISK),
    Row("unplugged, powered off", links.UNPLUGGED),
    Row("asleep", links.ASLEEP),
    Row(
        "claimed by another program",
        elsewhere=(
            Elsewhere(
                Produced.SEAM,
                "-53",
                "its holder is named, with the command that frees the camera; retried without going up the ladder",
                (
                    f"{CLAIM}::test_the_holder_is_named_with_the_command_that_frees_the_camera",
                    f"{HOLDERS}::test_the_desktops_volume_monitor_is_named_in_full_with_the_command_that_stops_it",
                    f"{LADDER}::test_a_camera_that_is_claimed_is_waited_for_without_a_rung",
                ),
            ),
        ),
    ),
    Row("card full, none, read-only", shots.CARD),
    Row("RAW+JPEG, body shutter", shots.BUTTON),
    Row(
        "shutter button left pressed",
        elsewhere=(
            Elsewhere(
                Produced.SIMULATED,
                "the camera process is killed with the shutter open, and the body holds its button down",
                "the next process releases it before anything else; the photo is imported from the card",
                (f"{BULB}::test_a_button_that_a_killed_process_held_is_let_go_and_the_next_capture_works",),
            ),
            Elsewhere(
                Produced.SIMULATED,
                "0x2002 when the button is released",
                "repeated until it succeeds; the photo is saved",
                (f"{BULB}::test_a_camera_that_does_not_let_its_button_go_at_once_closes_its_shutter_all_the_same",),
            ),
        ),
    ),
    Row("two cards, several photos per release", shots.RELEASES),
    Row("film recorded on the body", shots.FILMS),
    Row("photo in RAM, camera process killed", links.IN_RAM),
    Row("RAM target full", shots.RAM),
    Row("heat", pictures.HEAT),
    Row(
        "stranded data phase",
        links.STRANDED,
        (
            Elsewhere(
                Produced.SEAM,
                "a USB process killed in the middle of a transfer",
                "ladder rung 3: the port is reset, then rung 4",
                (
                    f"{LADDER}::test_the_port_is_reset_after_a_death_in_the_middle_of_a_transfer",
                    "tests/unit/worker/supervision/test_usb.py::test_the_reset_is_the_kernels_own_request_on_the_device_file",
                ),
            ),
        ),
    ),
    Row(
        "memory grows",
        elsewhere=(
            Elsewhere(
                Produced.SEAM,
                "a camera process that fills memory",
                "replaced between captures; killed if it exceeds the limit",
                (
                    f"{LADDER}::test_a_process_that_has_grown_is_replaced_after_its_capture",
                    "tests/unit/worker/supervision/test_memory.py::test_a_process_that_fills_memory_is_seen_to_grow",
                ),
            ),
        ),
    ),
    Row("crash", links.CRASH),
    Row("silent stall", links.SILENT),
    Row("text that is not UTF-8", abilities.TEXT),
    Row("operation not supported", abilities.UNSUPPORTED),
    Row("slow settings", abilities.SLOW),
    Row("USB stall", usb.STALLS),
    Row("USB transfer", usb.TRANSFERS),
    Row("USB wedged endpoint", usb.WEDGED),
    Row("USB reset of the port", usb.RESETS),
    Row("USB cable", usb.CABLES),
    Row("USB claimed interface", usb.CLAIMS),
)
