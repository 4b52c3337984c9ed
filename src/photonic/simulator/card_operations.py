"""The standard operations on a body's card and its files (ISO 15740), the same for every maker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.ptp.codes import ALL, OperationCode, ResponseCode
from photonic.ptp.datasets import pack_array
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.fault_kinds import FaultName

if TYPE_CHECKING:
    from photonic.simulator.body import Body
    from photonic.simulator.card import StoredObject
    from photonic.simulator.journal import Journal
    from photonic.simulator.operations import Operation


class CardOperations:
    """Lists, fetches and deletes a body's files."""

    def __init__(self, body: Body, journal: Journal) -> None:
        self._body = body
        self._journal = journal
        self._sending: tuple[tuple[int, ...], float] | None = None

    @property
    def table(self) -> dict[int, Operation]:
        """The operations by their codes."""
        return {
            OperationCode.GET_STORAGE_IDS: self.storage_ids,
            OperationCode.GET_STORAGE_INFO: self._storage_info,
            OperationCode.GET_NUM_OBJECTS: self._number,
            OperationCode.GET_OBJECT_HANDLES: self._handles,
            OperationCode.GET_OBJECT_INFO: self._object_info,
            OperationCode.GET_OBJECT: self.whole_object,
            OperationCode.GET_THUMB: self._thumbnail,
            OperationCode.DELETE_OBJECT: self.delete,
            OperationCode.GET_PARTIAL_OBJECT: self.partial_object,
        }

    def storage_ids(self, *_: object) -> Reply:
        """The inserted cards, if any."""
        return Reply(data=pack_array(list(self._body.store.storages), "I"))

    def _storage_info(self, parameters: tuple[int, ...], *_: object) -> Reply:
        if parameters[0] not in self._body.store.storages:
            return Reply(ResponseCode.INVALID_STORAGE)
        return Reply(data=self._body.store.storage_info(parameters[0]).pack())

    def _listed(self, parameters: tuple[int, ...]) -> list[StoredObject]:
        storage, wanted_format, parent = parameters[:3]
        found = self._body.store.children({0: None, ALL: 0}.get(parent, parent), None if storage == ALL else storage)
        return [item for item in found if wanted_format in {0, ALL, item.photo.format}]

    def _handles(self, parameters: tuple[int, ...], *_: object) -> Reply:
        return Reply(data=pack_array([item.handle for item in self._listed(parameters)], "I"))

    def _number(self, parameters: tuple[int, ...], *_: object) -> Reply:
        return Reply(parameters=(len(self._listed(parameters)),))

    def _object_info(self, parameters: tuple[int, ...], *_: object) -> Reply:
        stored = self._body.store.get(parameters[0])
        return Reply(ResponseCode.INVALID_OBJECT) if stored is None else Reply(data=stored.info().pack())

    def whole_object(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply | NotYet:
        """The bytes of a file."""
        stored = self._body.store.get(parameters[0])
        if stored is None or stored.is_folder:
            return Reply(ResponseCode.INVALID_OBJECT)
        if (sent_at := self._sent_at(parameters, stored.photo.size_bytes, now)) > now:
            return NotYet(sent_at)
        self._journal.write(now, "fetched", name=stored.photo.name, handle=stored.handle)
        return Reply(data=stored.photo.render())

    def partial_object(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply | NotYet:
        """The bytes of a part of a file."""
        handle, offset, size = parameters[:3]
        stored = self._body.store.get(handle)
        if stored is None or stored.is_folder:
            return Reply(ResponseCode.INVALID_OBJECT)
        if (sent_at := self._sent_at(parameters, min(size, stored.photo.size_bytes - offset), now)) > now:
            return NotYet(sent_at)
        data = stored.photo.read(offset, size)
        self._journal.write(now, "part", name=stored.photo.name, offset=offset, size_bytes=len(data))
        if offset + len(data) == stored.photo.size_bytes:
            self._journal.write(now, "fetched", name=stored.photo.name, handle=handle)
        return Reply(parameters=(len(data),), data=data)

    def _sent_at(self, parameters: tuple[int, ...], size_bytes: int, now: float) -> float:
        """When so many bytes have been transferred; over a slow link this is later, when the operation is retried."""
        slow = self._body.faults.strike(FaultName.SLOW_TRANSFER, now)
        if slow is None:
            return now
        if self._sending is None or self._sending[0] != parameters:
            self._sending = parameters, now + max(0, size_bytes) / (slow.strength * 1e6)
        sent_at = self._sending[1]
        if sent_at <= now:
            self._sending = None
        return sent_at

    def _thumbnail(self, parameters: tuple[int, ...], *_: object) -> Reply:
        stored = self._body.store.get(parameters[0])
        if stored is None:
            return Reply(ResponseCode.INVALID_OBJECT)
        return Reply(ResponseCode.NO_THUMBNAIL) if stored.is_folder else Reply(data=stored.photo.thumbnail())

    def delete(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        """Delete a file, or a folder with its contents."""
        return Reply() if self._body.files.delete(parameters[0], now) else Reply(ResponseCode.INVALID_OBJECT)
