"""The camera's side of PTP on USB (USB Still Image Capture Device, 2000): three pipes and the class requests.

Theory of operation. The host writes a command container, perhaps a data container, and reads perhaps a data container,
then the response. One operation runs at a time. Whatever the camera says goes through ``bulk_in`` and ``events``, which
the caller empties into the host's transfers; whatever it cannot say yet is asked for again at ``wake_at``. What is not
PTP halts both bulk pipes until the host has cleared each of them, or has reset the camera; while a pipe is halted, what
the host writes is refused, and an operation that had begun is forgotten. The session survives a halt, as it does on a
body, and ends with a class reset or when the host is gone.

``Wire`` decides whether an answer is damaged on its way: an answer that is cut ends in a halt of the IN pipe, one that
is stranded stops for good, and only a class reset or the end of the connection makes the camera answer again.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.ptp.codes import ALL, WITH_DATA_FROM_HOST, ResponseCode
from photonic.ptp.containers import HEAD, Container, ContainerDecoder, ContainerType, with_parameters
from photonic.ptp.damage import Cut, Misnumber, Strand
from photonic.ptp.handler import NotYet
from photonic.ptp.operation import HostedSession, PendingOperation
from photonic.ptp.packets import OperationRequest
from photonic.ptp.usb_pipe import InPipe

if TYPE_CHECKING:
    from photonic.ptp.damage import Wire
    from photonic.ptp.handler import Handler, Reply

BULK_PACKET_BYTES = 512
"""Of a high-speed bulk pipe."""

EVENT_PACKET_BYTES = 64
MOST_EVENTS = 64
"""Events that wait for a host that does not read them; the oldest are lost."""

CANCELLATION = 0x4001
"""The code at the start of a cancel request (clause 5.2.1)."""

_CANCEL = struct.Struct("<HI")


class ClassRequest(IntEnum):
    """The control requests of the still image class (clause 5.2)."""

    CANCEL = 0x64
    EXTENDED_EVENT_DATA = 0x65
    RESET = 0x66
    DEVICE_STATUS = 0x67


class BulkPipe(Enum):
    """The bulk pipes, as the host sees their direction."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class BulkAddresses:
    """The endpoint addresses of the bulk pipes, which a device status names while they are halted."""

    bulk_in: int = 0x81
    bulk_out: int = 0x02


class UsbResponder:
    """One camera's side of PTP on USB.

    Args:
        handler: The camera.
        packet_bytes: The packet size of the bulk pipes: 512 on high speed, 64 on full speed.
        addresses: The addresses of the bulk endpoints.
        wire: Damages answers; ``None``: no answer is damaged.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        packet_bytes: int = BULK_PACKET_BYTES,
        addresses: BulkAddresses | None = None,
        wire: Wire | None = None,
    ) -> None:
        self._handler = handler
        self._wire = wire
        self._addresses = addresses or BulkAddresses()
        self._session = HostedSession(handler)
        self._decoder = ContainerDecoder()
        self._operation: PendingOperation | None = None
        self._wake_at: float | None = None
        self._out_halted = False
        self._cancelled = False
        self._stranded = False
        self.bulk_in = InPipe(packet_bytes)
        self.events = InPipe(EVENT_PACKET_BYTES, most_messages=MOST_EVENTS)
        self.ends_messages = True
        """Whether a packet of no bytes follows a message that needs it; some bodies forget it."""

    @property
    def wake_at(self) -> float | None:
        """The latest time to call ``wake``; ``None``: no answer is pending."""
        return self._wake_at

    @property
    def accepts(self) -> bool:
        """Whether the OUT pipe takes a transfer now; while an answer is pending, it waits. A halt is no waiting."""
        return self._out_halted or not (self._stranded or (self._operation is not None and self._operation.complete))

    def halted(self, pipe: BulkPipe) -> bool:
        """Whether a pipe is halted."""
        return self.bulk_in.halted if pipe is BulkPipe.IN else self._out_halted

    def halt(self, pipe: BulkPipe) -> None:
        """Halt a pipe; what was queued in the IN pipe can still be read."""
        if pipe is BulkPipe.IN:
            self.bulk_in.halted = True
        else:
            self._out_halted = True

    def clear_halt(self, pipe: BulkPipe) -> None:
        """End a halt, as the host demands; an incomplete container from the host is forgotten."""
        if pipe is BulkPipe.IN:
            self.bulk_in.halted = False
        else:
            self._out_halted = False
            self._decoder.clear()

    def written(self, transfer: bytes, now: float) -> bool:
        """Process one transfer that the host wrote to the OUT pipe; ``False``: it is refused with a stall.

        Call it only while ``accepts`` is true.
        """
        if self._out_halted:
            return False
        try:
            container = self._decoder.feed(transfer)
            if container is not None:
                self._on_container(container)
        except ProtocolError:
            self._forget_operation()
            self.bulk_in.clear()
            self.halt(BulkPipe.IN)
            self.halt(BulkPipe.OUT)
            return False
        self.wake(now)
        return True

    def control(self, request: int, data: bytes, now: float) -> bytes | None:
        """Carry out a class request to the interface.

        Args:
            request: Its number.
            data: What the host sent with it.
            now: Seconds on the caller's clock.

        Returns:
            What the host reads; ``None``: refused with a stall.
        """
        match request:
            case ClassRequest.DEVICE_STATUS:
                return self._status()
            case ClassRequest.RESET:
                self.reset(now)
                return b""
            case ClassRequest.CANCEL:
                return self._cancel(data)
            case _:
                return None

    def wake(self, now: float) -> None:
        """Poll the camera for a pending answer and for new events."""
        if self._operation is not None and self._operation.complete:
            self._answer(self._operation, now)
        for code, parameters in self._handler.events():
            self.events.queue(with_parameters(ContainerType.EVENT, code, ALL, parameters).pack())

    def reset(self, now: float) -> None:
        """Forget the host: its session, its operation, what is queued, and the halts.

        Called for a class reset, a reset of the port, and a cable that is out.
        """
        self._forget_operation()
        self._session.end(now)
        self.bulk_in.clear()
        self.events.clear()
        self._cancelled = self._stranded = False
        for pipe in BulkPipe:
            self.clear_halt(pipe)

    def _on_container(self, container: Container) -> None:
        operation = self._operation
        if container.type is ContainerType.COMMAND:
            # On USB, only the code tells whether a data phase follows. A host may give one up and send another command.
            sends_data = container.code in WITH_DATA_FROM_HOST
            request = OperationRequest(container.code, container.transaction, container.parameters(), sends_data)
            self._operation = PendingOperation(request, complete=not sends_data)
            self._cancelled = False
            return
        if operation is None or operation.complete:
            raise ProtocolError("data without an operation that expects it")
        if (container.transaction, container.code) != (operation.request.transaction, operation.request.code):
            raise ProtocolError("data for another transaction")
        operation.extend(container.payload)
        operation.complete = True

    def _answer(self, operation: PendingOperation, now: float) -> None:
        reply = self._session.reply(operation, now)
        if isinstance(reply, NotYet):
            self._wake_at = reply.at
            return
        self._forget_operation()
        request = operation.request
        size = None if reply.data is None else len(reply.data)
        damage = self._wire.damage(request, size, now) if self._wire is not None else None
        match damage:
            case Cut(after_bytes) | Strand(after_bytes):
                answer = Container(ContainerType.DATA, request.code, request.transaction, reply.data or b"").pack()
                self.bulk_in.queue(answer[: HEAD.size + after_bytes], ended=False)
                self._stranded = isinstance(damage, Strand)
                self.bulk_in.halted = isinstance(damage, Cut)
            case Misnumber(offset):
                self._queue_answer(request.code, (request.transaction + offset) & ALL, reply)
            case None:
                self._queue_answer(request.code, request.transaction, reply)

    def _queue_answer(self, code: int, transaction: int, reply: Reply) -> None:
        if reply.data is not None:
            data = Container(ContainerType.DATA, code, transaction, reply.data)
            self.bulk_in.queue(data.pack(), ended=self.ends_messages)
        response = with_parameters(ContainerType.RESPONSE, reply.code, transaction, reply.parameters)
        self.bulk_in.queue(response.pack(), ended=self.ends_messages)

    def _status(self) -> bytes:
        """The device status (clause 5.2.4): u16 length, u16 code, and a u32 for each halted endpoint."""
        addresses = self._addresses
        halted = [
            address
            for pipe, address in ((BulkPipe.IN, addresses.bulk_in), (BulkPipe.OUT, addresses.bulk_out))
            if self.halted(pipe)
        ]
        code = ResponseCode.OK
        if halted or self._cancelled:
            code = ResponseCode.TRANSACTION_CANCELLED
        elif not self.accepts:
            code = ResponseCode.DEVICE_BUSY
        self._cancelled = False
        return struct.pack(f"<HH{len(halted)}I", 4 + 4 * len(halted), code, *halted)

    def _cancel(self, data: bytes) -> bytes | None:
        if len(data) != _CANCEL.size:
            return None
        code, transaction = _CANCEL.unpack(data)
        if code != CANCELLATION:
            return None
        operation = self._operation
        if operation is None or operation.request.transaction == transaction:
            self._forget_operation()
            self.bulk_in.clear()
            self._cancelled = True
        return b""

    def _forget_operation(self) -> None:
        self._decoder.clear()
        self._operation = self._wake_at = None
