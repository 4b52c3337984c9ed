"""``python -m bench.camera.link``: what a frame costs on its way from the camera process to the service, three ways.

``link``: as it is, received where it stays. ``copied``: the same, with the copy out of a common buffer that it saves.
``shared``: two slots of shared memory, and the link only says which; the receiver copies, since the slot is reused.
Sender and receiver have a core each; each way runs in turn, round after round.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import socket
import subprocess
import sys
import time

from bench.spread import Spread
from photonic.worker.link.codec import Decoder, LinkFrame, frame_header
from photonic.worker.link.messages import Event

WAYS = ("link", "copied", "shared")
SLOTS = 2
WARM_UP_FRAMES = 10
GIVE_UP_SECONDS = 20.0


def send(descriptor: int, memory: int | None, *, count: int, size_bytes: int, fps: float) -> None:
    """The camera process's part, on the link's and the shared memory's descriptors; prints its CPU seconds."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    link = socket.socket(fileno=descriptor)
    jpeg = bytes(size_bytes)
    slots = mmap.mmap(memory, SLOTS * size_bytes) if memory is not None else None
    started, cpu = time.monotonic(), time.process_time()
    for number in range(count):
        time.sleep(max(0.0, started + number / fps - time.monotonic()))
        if slots is not None:
            begin = number % SLOTS * size_bytes
            slots[begin : begin + size_bytes] = jpeg
        stamp = time.monotonic_ns() // 1000
        payload = jpeg if slots is None else b""
        _send_all(link, frame_header(stamp, len(payload)), payload)
    print(time.process_time() - cpu)


def _send_all(link: socket.socket, header: bytes, payload: bytes) -> None:
    sent = link.sendmsg((header, payload))
    whole = memoryview(header + payload) if sent < len(header) + len(payload) else memoryview(b"")
    while sent < len(whole):
        sent += link.send(whole[sent:])


def receive(way: str, count: int, size_bytes: int, fps: float) -> tuple[float, float, list[float]]:
    """One turn: CPU seconds a frame of the receiver and of the sender, and the latencies in seconds."""
    ours, theirs = socket.socketpair()
    memory = os.memfd_create("frames") if way == "shared" else None
    slots: mmap.mmap | None = None
    if memory is not None:
        os.truncate(memory, SLOTS * size_bytes)
        slots = mmap.mmap(memory, SLOTS * size_bytes)
    decoder: Decoder[Event] = Decoder(Event)
    latencies: list[float] = []
    kept: list[object] = []
    cpu = 0.0
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "bench.camera.link",
            "--send",
            json.dumps([theirs.fileno(), memory, count, size_bytes, fps]),
        ],
        pass_fds=[theirs.fileno(), *([memory] if memory is not None else [])],
        stdout=subprocess.PIPE,
        text=True,
    ) as sender:
        theirs.close()
        ours.settimeout(GIVE_UP_SECONDS)
        while len(latencies) < count:
            if len(latencies) == WARM_UP_FRAMES and not cpu:
                cpu = time.process_time()
            for item in decoder.received(ours.recv_into(decoder.room())):
                if not isinstance(item, LinkFrame):
                    continue
                begin = len(latencies) % SLOTS * size_bytes
                kept[:] = [
                    slots[begin : begin + size_bytes]
                    if slots is not None
                    else bytes(item.jpeg)
                    if way == "copied"
                    else item.jpeg
                ]
                latencies.append(time.monotonic() - item.captured_us / 1e6)
        cpu = time.process_time() - cpu
        theirs_cpu = float((sender.stdout.read() if sender.stdout else "") or 0)
    ours.close()
    if memory is not None:
        os.close(memory)
    return cpu / (count - WARM_UP_FRAMES), theirs_cpu / count, latencies[WARM_UP_FRAMES:]


def main() -> None:
    """Measures and prints, in microseconds."""
    parser = argparse.ArgumentParser(prog="python -m bench.camera.link", description=__doc__)
    parser.add_argument("--send", help="for itself")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=300, help="a turn")
    parser.add_argument("--size", type=int, default=80_000, help="bytes a frame")
    parser.add_argument("--fps", type=float, default=120.0)
    wanted = parser.parse_args()
    if wanted.send:
        descriptor, memory, count, size, fps = json.loads(wanted.send)
        send(descriptor, memory, count=count, size_bytes=size, fps=fps)
        return
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    turns = {way: list[tuple[float, float, list[float]]]() for way in WAYS}
    for _round in range(wanted.rounds):
        for way in WAYS:
            turns[way].append(receive(way, wanted.frames, wanted.size, wanted.fps))
    print("| way | receiver, us a frame | sender, us a frame | latency p50, us | latency p99, us |")
    print("| --- | --- | --- | --- | --- |")
    for way, measured in turns.items():
        columns = [
            [1e6 * receiver for receiver, _sender, _latencies in measured],
            [1e6 * sender for _receiver, sender, _latencies in measured],
            [1e6 * sorted(latencies)[len(latencies) // 2] for *_cpu, latencies in measured],
            [1e6 * sorted(latencies)[int(len(latencies) * 0.99)] for *_cpu, latencies in measured],
        ]
        print(f"| {way} | " + " | ".join(Spread.of(column).text(0) for column in columns) + " |")


if __name__ == "__main__":
    main()
