"""What a loss of power may leave of the simulated disk, and what it may not touch."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from tests.simulation.death import Death
from tests.simulation.disk import Disturbance, SimulatedDisk
from tests.simulation.randomness import Randomness
from tests.simulation.trace import Trace

ROOT = Path("/simulated")
OLD, NEW = b"o" * 20_000, b"n" * 30_000


def flush(path: Path) -> None:
    """A file or a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def new_disk(seed: int) -> SimulatedDisk:
    return SimulatedDisk(ROOT, Randomness(seed), Trace())


def after_power_loss(disk: SimulatedDisk, *, strict: bool) -> dict[str, bytes]:
    disk.power_lost(strict=strict)
    return {Path(path).relative_to(ROOT).as_posix(): content for path, content in disk.contents().items()}


@pytest.mark.parametrize("strict", [False, True])
def test_what_was_flushed_with_its_name_stays(strict: bool) -> None:
    for seed in range(50):
        with new_disk(seed) as disk:
            (ROOT / "photo").write_bytes(NEW)
            flush(ROOT / "photo")
            flush(ROOT)
            (ROOT / "other").write_bytes(NEW)
            assert after_power_loss(disk, strict=strict)["photo"] == NEW


def test_a_photo_can_lose_a_block_in_its_middle_and_keep_its_size_its_beginning_and_its_end() -> None:
    holes: set[bytes] = set()
    for seed in range(60):
        with new_disk(seed) as disk:
            (ROOT / "photo").write_bytes(NEW)
            flush(ROOT)
            left = after_power_loss(disk, strict=True)["photo"]
            if len(left) == len(NEW) and left.startswith(b"n") and left.endswith(b"n"):
                holes.add(left.strip(b"n"))
    assert bytes(512) in holes


def test_strict_loses_each_name_whose_folder_was_not_flushed_and_brings_back_each_that_was_removed() -> None:
    with new_disk(1) as disk:
        (ROOT / "a").mkdir()
        (ROOT / "b").mkdir()
        (ROOT / "a" / "moved").write_bytes(OLD)
        (ROOT / "a" / "removed").write_bytes(OLD)
        disk.settle()
        (ROOT / "a" / "moved").rename(ROOT / "b" / "moved")
        (ROOT / "a" / "removed").unlink()
        (ROOT / "a" / "new").write_bytes(NEW)
        flush(ROOT / "a" / "new")
        flush(ROOT / "b")
        assert after_power_loss(disk, strict=True) == {"a/moved": OLD, "a/removed": OLD, "b/moved": OLD}
        disk.begin_life()
        assert (ROOT / "a" / "moved").stat().st_nlink == 2


def test_otherwise_names_are_lost_from_some_moment_on() -> None:
    """Each outcome is a moment that was, never a mixture, and never before the last flush of anything."""
    moments: set[tuple[str, ...]] = set()
    for seed in range(200):
        with new_disk(seed) as disk:
            for name in ("flushed", "one", "two"):
                (ROOT / name).touch()
                if name == "flushed":
                    flush(ROOT / name)
            (ROOT / "one").rename(ROOT / "three")
            (ROOT / "flushed").unlink()
            moments.add(tuple(sorted(after_power_loss(disk, strict=False))))
    assert moments == {
        ("flushed",),
        ("flushed", "one"),
        ("flushed", "one", "two"),
        ("flushed", "three", "two"),
        ("three", "two"),
    }


def outcomes_of_a_write(offset: int, data: bytes, seeds: int = 200) -> list[bytes]:
    """What may be left of a write that was not flushed, to a file that was."""
    found: set[bytes] = set()
    for seed in range(seeds):
        with new_disk(seed) as disk:
            (ROOT / "photo").write_bytes(OLD)
            disk.settle()
            with (ROOT / "photo").open("r+b", buffering=0) as file:
                file.seek(offset)
                file.write(data)
            found.add(after_power_loss(disk, strict=False)["photo"])
    return sorted(found)


def test_a_write_that_was_not_flushed_is_kept_lost_torn_or_zeros() -> None:
    found = outcomes_of_a_write(len(OLD), NEW)
    assert OLD in found
    assert OLD + NEW in found
    assert any(OLD in each and set(each[len(OLD) :]) == {0} for each in found), "zeros"
    assert any(each.startswith(OLD + b"n") and len(each) < len(OLD + NEW) for each in found), "a torn end"
    assert any((b"n\0" in each and each.endswith(b"n")) or b"\0n" in each for each in found), "a hole"
    for each in found:
        assert each.startswith(OLD)
        assert set(each[len(OLD) :]) <= {0, ord("n")}


def test_a_write_over_what_was_flushed_leaves_old_or_new_bytes_only() -> None:
    found = outcomes_of_a_write(0, NEW[:3000])
    assert any(0 < each.count(b"n") < 3000 for each in found), "torn"
    for each in found:
        assert len(each) == len(OLD)
        assert set(each[:3000]) <= {ord("o"), ord("n")}
        assert each[3000:] == OLD[3000:]


def test_a_truncation_that_is_lost_takes_with_it_what_was_written_after_it() -> None:
    found: set[bytes] = set()
    for seed in range(100):
        with new_disk(seed) as disk:
            (ROOT / "photo").write_bytes(OLD)
            disk.settle()
            (ROOT / "photo").write_bytes(b"new")
            found.add(after_power_loss(disk, strict=False)["photo"])
    assert found == {OLD, b"", b"new", b"\0\0\0"}


def random_writes(seed: int) -> tuple[bytes, bytes, list[set[int]]]:
    """What a loss of power left, what was flushed last, and for each place the bytes that it may have."""
    draws = random.Random(seed)
    with new_disk(seed) as disk:
        path = ROOT / "photo"
        path.touch()
        disk.settle()
        flushed = b""
        possible: list[set[int]] = []
        with path.open("r+b", buffering=0) as file:
            for number in range(1, 40):
                offset, length = draws.randrange(3000), draws.randrange(1, 3000)
                file.seek(offset)
                file.write(bytes([number]) * length)
                possible += [{0} for _each in range(offset + length - len(possible))]
                for each in range(offset, offset + length):
                    possible[each].add(number)
                if draws.randrange(4) == 0:
                    os.fsync(file.fileno())
                    flushed = path.read_bytes()
                    possible = [{each} for each in flushed]
        return after_power_loss(disk, strict=False)["photo"], flushed, possible


def test_no_byte_comes_from_nowhere_and_none_is_lost_that_was_flushed_last() -> None:
    for seed in range(30):
        content, flushed, possible = random_writes(seed)
        assert len(flushed) <= len(content) <= len(possible)
        assert all(byte in wanted for byte, wanted in zip(content, possible, strict=False))


def test_a_flush_that_failed_is_not_made_good_by_the_next_one() -> None:
    found: set[bytes] = set()
    for seed in range(60):
        with new_disk(seed) as disk:
            with (ROOT / "photo").open("wb", buffering=0) as file:
                file.write(b"first")
                disk.plan[disk.operations + 1] = Disturbance("EIO")
                with pytest.raises(OSError, match="Input/output"):
                    os.fsync(file.fileno())
                file.write(b"second")
                os.fsync(file.fileno())
            flush(ROOT)
            assert disk.content(ROOT / "photo") == b"firstsecond", "the page cache has it"
            found.add(after_power_loss(disk, strict=False)["photo"])
    assert found == {b"firstsecond", b"\0\0\0\0\0second"}


def test_a_flush_that_dies_in_its_middle_has_flushed_a_part() -> None:
    found: set[bytes] = set()
    for seed in range(100):
        with new_disk(seed) as disk:
            with (ROOT / "photo").open("wb", buffering=0) as file:
                disk.settle()
                file.write(b"aa")
                file.write(b"bb")
                disk.plan[disk.operations + 1] = Disturbance("power", "middle")
                with pytest.raises(Death) as death:
                    os.fsync(file.fileno())
            assert death.value.power
            found.add(after_power_loss(disk, strict=False)["photo"])
    assert {b"", b"aa", b"aabb"} <= found


def test_after_it_everything_is_on_the_disk_and_nothing_is_open() -> None:
    with new_disk(3) as disk:
        (ROOT / "photo").write_bytes(NEW)
        os.open(ROOT / "photo", os.O_RDONLY)
        first = after_power_loss(disk, strict=False)
        disk.begin_life()
        assert len(disk.files) == 0
        assert after_power_loss(disk, strict=True) == first
