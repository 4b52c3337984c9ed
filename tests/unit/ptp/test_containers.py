"""PTP containers: the two sides agree, and what is none is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import ProtocolError
from photonic.ptp.containers import HEAD, Container, ContainerDecoder, ContainerType, with_parameters

U16, U32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
PARAMETERS = st.lists(U32, max_size=5).map(tuple)


@given(st.sampled_from(ContainerType), U16, U32, PARAMETERS)
def test_a_container_survives_its_bytes(kind: ContainerType, code: int, number: int, values: tuple[int, ...]) -> None:
    container = with_parameters(kind, code, number, values)
    assert Container.unpack(container.pack()) == container
    assert container.parameters() == values


@given(U16, U32, st.binary(max_size=3000), st.integers(12, 600))
def test_data_in_transfers_of_any_size_is_joined(code: int, number: int, payload: bytes, size: int) -> None:
    container = Container(ContainerType.DATA, code, number, payload)
    data = container.pack()
    decoder = ContainerDecoder()
    found = [decoder.feed(data[start : start + size]) for start in range(0, len(data), size)]
    assert found == [None] * (len(found) - 1) + [container]
    assert decoder.feed(b"") is None


@given(st.binary(max_size=64))
def test_garbage_raises_one_error_only(data: bytes) -> None:
    decoder = ContainerDecoder()
    try:
        decoder.feed(data)
    except ProtocolError:
        container = with_parameters(ContainerType.COMMAND, 0x1001, 1)
        assert decoder.feed(container.pack()) == container


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 11,
        HEAD.pack(12, 3, 0x2001, 1),
        HEAD.pack(11, 1, 0x1001, 1),
        HEAD.pack(36, 1, 0x1001, 1),
        HEAD.pack(0xFFFFFFFF, 2, 0x1016, 1),
        HEAD.pack(12, 1, 0x1001, 1) + b"more",
    ],
)
def test_what_no_host_may_send_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        ContainerDecoder().feed(data)


def test_an_end_before_the_length_is_refused() -> None:
    decoder = ContainerDecoder()
    assert decoder.feed(HEAD.pack(600, 2, 0x1016, 1) + b"a" * 500) is None
    with pytest.raises(ProtocolError):
        decoder.feed(b"")


def test_odd_or_too_many_parameters_are_refused() -> None:
    for payload in (b"abc", b"a" * 24):
        with pytest.raises(ProtocolError):
            Container(ContainerType.COMMAND, 0x1001, 1, payload).parameters()
