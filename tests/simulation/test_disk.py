"""The simulated disk does what a real one does, but for what is planned to go wrong."""

from __future__ import annotations

import errno
import fcntl
import filecmp
import os
import random
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulation.death import Death
from tests.simulation.disk import Disturbance, SimulatedDisk
from tests.simulation.randomness import Randomness
from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

ROOT = Path("/simulated")


@contextmanager
def installed(seed: int = 1, **how: Any) -> Generator[SimulatedDisk]:
    with SimulatedDisk(ROOT, Randomness(seed), Trace(keep=True), **how) as disk:
        yield disk


# It agrees with a real one

SEEDS = 8
ROUNDS = 20
STEPS = 20
PLACES = ["a", "b", "a/x", "a/y", "b/x", "a/x/deep", "c", "d"]


def read_all(path: Path) -> bytes:
    return path.read_bytes()


def listed(path: Path) -> list[str]:
    return sorted(each.name for each in path.iterdir())


def scanned(path: Path) -> list[tuple[str, bool, bool, int]]:
    with os.scandir(path) as entries:
        found = [(one.name, one.is_dir(), one.is_file(), one.stat().st_size if one.is_file() else 0) for one in entries]
    return sorted(found)


def status(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    is_file = path.is_file()
    return found.st_mode, found.st_size if is_file else 0, found.st_nlink if is_file else 0


def written(path: Path, mode: str, data: bytes) -> int:
    with path.open(mode) as file:
        return file.write(data)


def patched(path: Path, offset: int, data: bytes) -> bytes:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)
        file.seek(0)
        return file.read()


def by_descriptor(path: Path, flags: int, data: bytes, offset: int) -> tuple[int, bytes, int]:
    descriptor = os.open(path, flags, 0o640)
    try:
        count = os.pwrite(descriptor, data, offset) if flags & (os.O_WRONLY | os.O_RDWR) else 0
        found = os.pread(descriptor, 100, 1) if not flags & os.O_WRONLY else b""
        os.fsync(descriptor)
        return count, found, os.fstat(descriptor).st_size if path.is_file() else 0
    finally:
        os.close(descriptor)


def copied(source: Path, target: Path) -> bytes:
    shutil.copyfile(source, target)
    return target.read_bytes()


def linked(source: Path, target: Path) -> None:
    target.hardlink_to(source)


def cut_off(path: Path, size: int) -> None:
    os.truncate(path, size)


def made(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)


def globbed(path: Path) -> list[str]:
    return sorted(str(each.relative_to(path)) for each in path.glob("**/*"))


def at(path: Path, ns: int) -> int:
    os.utime(path, ns=(ns, ns + 1))
    return path.stat().st_mtime_ns


FLAGS = [
    os.O_RDONLY,
    os.O_RDWR | os.O_CREAT,
    os.O_WRONLY | os.O_CREAT | os.O_EXCL,
    os.O_WRONLY | os.O_TRUNC,
    os.O_RDONLY | os.O_DIRECTORY,
    os.O_RDWR,
]
ON_ONE: list[Callable[..., Any]] = [
    *(Path.mkdir, Path.rmdir, Path.unlink, Path.exists, Path.is_dir, Path.resolve),
    *(made, read_all, listed, scanned, status, globbed, shutil.rmtree),
]
ON_TWO: list[Callable[..., Any]] = [Path.rename, Path.replace, linked, copied]


def drawn(draws: random.Random) -> tuple[Any, ...]:
    """A step: a function, and its arguments; places as text."""
    place, size = draws.choice(PLACES), draws.randrange(40)
    match draws.randrange(10):
        case 0 | 1 | 2:
            return draws.choice(ON_ONE), place
        case 3 | 4:
            return draws.choice(ON_TWO), place, draws.choice(PLACES)
        case 5 | 6:
            return written, place, draws.choice(["wb", "xb", "ab"]), draws.randbytes(size)
        case 7:
            return patched, place, draws.randrange(60), draws.randbytes(size)
        case 8:
            return by_descriptor, place, draws.choice(FLAGS), draws.randbytes(size), draws.randrange(60)
        case _:
            other = (cut_off, size), (Path.chmod, draws.choice([0o600, 0o755])), (at, draws.randrange(10**18))
            work, argument = draws.choice(other)
            return work, place, argument


FIRST_STEPS: list[tuple[Any, ...]] = [
    (made, "a"),
    (made, "b"),
    (written, "a/x", "wb", b"0123456789"),
    (linked, "a/x", "a/y"),
    (written, "c", "wb", b"abc"),
]


def outcome(root: Path, work: Callable[..., Any], *arguments: Any) -> object:
    """What the step answered, or the error; without the name of the root."""
    whole = [root / each if isinstance(each, str) and each not in {"wb", "xb", "ab"} else each for each in arguments]
    try:
        answer = work(*whole)
    except OSError as error:
        return error.errno
    return str(answer).replace(str(root), "") if isinstance(answer, str | Path) else answer


def tree(root: Path) -> list[tuple[object, ...]]:
    return [
        (each, status(root / each), (root / each).read_bytes() if (root / each).is_file() else None)
        for each in globbed(root)
    ]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_sequence_of_operations_agrees_with_a_real_disk(seed: int) -> None:
    draws = random.Random(seed)
    umask = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory() as real, installed():
            for number in range(ROUNDS):
                one, other = ROOT / f"{number}", Path(real).resolve() / f"{number}"
                one.mkdir()
                other.mkdir()
                for step in [*FIRST_STEPS, *(drawn(draws) for _each in range(STEPS))]:
                    assert outcome(one, *step) == outcome(other, *step), step
                assert tree(one) == tree(other)
    finally:
        os.umask(umask)


def test_files_have_buffers_text_and_positions_as_real_ones() -> None:
    with installed():
        path = ROOT / "text"
        with path.open("w", encoding="utf-8") as file:
            assert file.write("eins\nzwei\n") == 10
            assert path.stat().st_size == 0, "still in the buffer"
            file.flush()
            assert path.stat().st_size == 10
        with path.open(encoding="utf-8") as file:
            assert [line.strip() for line in file] == ["eins", "zwei"]
        with path.open("a+b") as file:
            assert file.tell() == 10
            file.write(b"drei")
            file.seek(5)
            assert file.read() == b"zwei\ndrei"
        with path.open("rb", buffering=0) as file, pytest.raises(OSError, match="not open for writing"):
            file.write(b"x")
        with pytest.raises(FileExistsError):
            path.open("x")
        with pytest.raises(IsADirectoryError):
            ROOT.open("rb")
        with os.fdopen(os.open(path, os.O_RDONLY), "rb") as file:
            assert file.read(4) == b"eins"


def test_temporary_files_lie_on_the_disk_under_names_from_the_seed() -> None:
    def names(seed: int) -> list[str]:
        with installed(seed) as disk:
            with tempfile.NamedTemporaryFile(dir=ROOT, prefix="making-", delete=False) as file:
                file.write(b"x")
            with tempfile.TemporaryFile(dir=ROOT, buffering=0) as nameless:
                nameless.write(b"probe")
                assert os.fstat(nameless.fileno()).st_nlink == 0
            with tempfile.TemporaryDirectory() as folder:
                assert Path(folder).parent == ROOT / "tmp"
            assert list(disk.contents()) == [file.name]
            return [file.name, folder]

    assert names(1) == names(1) != names(2)


def test_what_lies_elsewhere_is_left_to_the_real_disk(tmp_path: Path) -> None:
    with installed() as disk:
        (tmp_path / "real").write_bytes(b"real")
        (ROOT / "simulated").write_bytes(b"simulated")
        assert listed(tmp_path) == ["real"]
        with pytest.raises(OSError, match="cross-device") as caught:
            (tmp_path / "real").rename(ROOT / "moved")
        assert caught.value.errno == errno.EXDEV
        assert list(disk.contents()) == [str(ROOT / "simulated")]
        assert disk.content(ROOT / "simulated") == b"simulated"
    assert not ROOT.exists()
    assert (tmp_path / "real").read_bytes() == b"real"


def test_a_listing_has_an_order_from_the_seed_that_nobody_may_rely_on() -> None:
    def orders(seed: int) -> list[list[str]]:
        with installed(seed):
            for number in range(20):
                (ROOT / f"{number}").touch()
            return [[path.name for path in ROOT.iterdir()] for _each in range(3)]

    assert orders(1) == orders(1) != orders(2)
    assert len({tuple(each) for each in orders(1)}) == 3
    assert len({frozenset(each) for each in orders(1)}) == 1


def test_a_lock_is_held_by_one_and_released_with_its_descriptor() -> None:
    with installed() as disk:
        first, second = (os.open(ROOT / "lock", os.O_RDWR | os.O_CREAT) for _each in range(2))
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(first)
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        disk.refuse_everything()
        disk.begin_life()
        fcntl.flock(os.open(ROOT / "lock", os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_comparisons_of_another_history_are_forgotten() -> None:
    for content in (b"same", b"else"):
        with installed():
            (ROOT / "one").write_bytes(b"same")
            (ROOT / "other").write_bytes(content)
            assert filecmp.cmp(ROOT / "one", ROOT / "other", shallow=False) is (content == b"same")


# What is planned to go wrong


def write_in_three(path: Path) -> None:
    """Operations: 1 creates, 2 writes, 3 flushes, 4 renames."""
    with path.open("wb", buffering=0) as file:
        file.write(b"0123456789")
        os.fsync(file.fileno())
    path.rename(path.with_suffix(".jpg"))


@pytest.mark.parametrize("kind", ["kill", "EIO"])
@pytest.mark.parametrize(
    ("number", "moment", "left"),
    [
        (1, "before", {}),
        (1, "after", {"photo": b""}),
        (2, "before", {"photo": b""}),
        (2, "after", {"photo": b"0123456789"}),
        (3, "before", {"photo": b"0123456789"}),
        (4, "before", {"photo": b"0123456789"}),
        (4, "after", {"photo.jpg": b"0123456789"}),
    ],
)
def test_an_operation_fails_or_kills_before_or_after_it(kind: Any, number: int, moment: Any, left: Any) -> None:
    with installed() as disk:
        disk.plan[number] = Disturbance(kind, moment)
        with pytest.raises(Death if kind == "kill" else OSError):
            write_in_three(ROOT / "photo")
        assert {Path(path).name: content for path, content in disk.contents().items()} == left
        assert disk.operations == number


def test_in_the_middle_of_a_write_a_part_is_written() -> None:
    lengths: set[int] = set()
    for seed in range(30):
        with installed(seed) as disk:
            disk.plan[2] = Disturbance("ENOSPC", "middle")
            with pytest.raises(OSError, match="No space left"):
                write_in_three(ROOT / "photo")
            content = disk.content(ROOT / "photo") or b""
            assert b"0123456789".startswith(content)
            lengths.add(len(content))
    assert len(lengths) > 5
    assert 10 not in lengths


def test_in_the_middle_of_a_rename_it_has_happened_or_not() -> None:
    names: set[str] = set()
    for seed in range(20):
        with installed(seed) as disk:
            disk.plan[4] = Disturbance("kill", "middle")
            with pytest.raises(Death):
                write_in_three(ROOT / "photo")
            (path,) = disk.contents()
            names.add(Path(path).name)
    assert names == {"photo", "photo.jpg"}


def test_a_death_is_aimed_at_a_change_of_names() -> None:
    with installed() as disk:
        disk.name_plan[2] = Disturbance("kill", "after")
        write_in_three(ROOT / "photo")
        with pytest.raises(Death):
            (ROOT / "photo.jpg").unlink()
        assert disk.contents() == {}


def test_a_flush_fails_once_and_the_next_one_proves_nothing() -> None:
    with installed() as disk:
        disk.at_flush = ("sec", Disturbance("EIO", "middle"))
        for name in ("first", "second", "third"):
            with (ROOT / name).open("wb") as file:
                file.write(b"content")
                file.flush()
                if name == "second":
                    with pytest.raises(OSError, match="Input/output error"):
                        os.fsync(file.fileno())
                os.fsync(file.fileno())
        assert disk.at_flush is None
        assert len(disk.failures) == 1


def test_a_full_disk_refuses_what_needs_space_and_nothing_else() -> None:
    with installed() as disk:
        (ROOT / "photo").write_bytes(b"0123")
        disk.free_bytes = 0
        assert shutil.disk_usage(ROOT).free == 0
        patched(ROOT / "photo", 0, b"abcd")
        for work in (lambda: patched(ROOT / "photo", 2, b"abcd"), (ROOT / "new").touch, (ROOT / "d").mkdir):
            with pytest.raises(OSError, match="No space left"):
                work()
        (ROOT / "photo").rename(ROOT / "moved")
        assert disk.content(ROOT / "moved") == b"abcd"
        disk.free_bytes = 10**9
        (ROOT / "new").touch()


def test_a_disk_that_fails_does_so_until_it_is_mended() -> None:
    with installed() as disk:
        (ROOT / "photo").write_bytes(b"0123")
        disk.failing = errno.EIO
        for work in ((ROOT / "photo").read_bytes, (ROOT / "photo").unlink, lambda: listed(ROOT)):
            with pytest.raises(OSError, match="Input/output"):
                work()
        assert (ROOT / "photo").exists()
        disk.failing = None
        assert (ROOT / "photo").read_bytes() == b"0123"


def test_the_dead_change_nothing_whatever_they_try() -> None:
    with installed() as disk:
        buffered = (ROOT / "buffered").open("wb")
        buffered.write(b"in the buffer")
        descriptor = os.open(ROOT / "photo", os.O_RDWR | os.O_CREAT)
        disk.refuse_everything()
        before, operations = disk.contents(), disk.operations
        for work in (
            lambda: os.write(descriptor, b"x"),
            lambda: os.fsync(descriptor),
            (ROOT / "photo").unlink,
            (ROOT / "new").mkdir,
            (ROOT / "photo").stat,
            lambda: (ROOT / "new").write_bytes(b""),
            lambda: shutil.rmtree(ROOT, ignore_errors=True),
        ):
            with pytest.raises(Death):
                work()
        os.close(descriptor)
        buffered.close()
        assert (disk.contents(), disk.operations) == (before, operations)
        disk.begin_life()
        (ROOT / "photo").unlink()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fsync(descriptor)


def test_a_disk_without_hard_links_says_so() -> None:
    with installed(hard_links=False):
        (ROOT / "photo").touch()
        with pytest.raises(PermissionError):
            (ROOT / "other").hardlink_to(ROOT / "photo")


def test_the_same_seed_makes_the_same_trace() -> None:
    def digest(seed: int) -> str:
        with installed(seed) as disk:
            for number in range(20):
                write_in_three(ROOT / f"{number}")
            shutil.rmtree(ROOT / "tmp")
            for path in list(ROOT.iterdir())[:10]:
                path.unlink()
            disk.power_lost(strict=False)
            return disk.trace.digest

    assert digest(1) == digest(1) != digest(2)
