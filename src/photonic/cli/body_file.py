"""The value of ``photonic simulate --body``: a make, or a file that ``photonic body record`` has written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.simulator.described import DescribedBody
from photonic.simulator.makes import BodyKind

if TYPE_CHECKING:
    from photonic.model.body_description import BodyDescription

LARGEST_BYTES = 4_000_000


def body_of(text: str) -> tuple[BodyKind, DescribedBody | None]:
    """The kind of body, and the recorded one to offer it as. Raises ``BadInput``."""
    if text in tuple(BodyKind):
        return BodyKind(text), None
    path = Path(text)
    if not path.is_file():
        raise BadInput(f"body: {text!r} is neither a file nor one of {', '.join(BodyKind)}", field="body")
    described = described_body(read_description(path))
    return described.kind, described


def read_description(path: Path) -> BodyDescription:
    """Read a description. Raises ``BadInput`` naming the file and what is wrong."""
    from pydantic import ValidationError

    from photonic.model.body_description import BodyDescription

    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise BadInput(f"{path}: larger than {LARGEST_BYTES} bytes", field="body")
        return BodyDescription.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})", field="body") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise BadInput(f"{path}: not a recorded body: {place}: {first['msg']}", field="body") from error


def described_body(description: BodyDescription) -> DescribedBody:
    """What the simulation offers of a description."""
    abilities, info = description.abilities, description.device_info
    if info is None:
        return DescribedBody(0, "", abilities.model, "", abilities.usb_vendor, abilities.usb_product)
    operations, events, properties = (
        frozenset(int(code, 16) for code in codes) for codes in (info.operations, info.events, info.properties)
    )
    return DescribedBody(
        info.vendor_extension,
        info.manufacturer,
        info.model,
        info.version,
        abilities.usb_vendor,
        abilities.usb_product,
        operations,
        events,
        properties,
    )
