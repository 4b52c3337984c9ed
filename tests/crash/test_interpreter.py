"""Lines of strace become the operations that were done."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.crash.interpreter import Interpreter, UnknownCall
from tests.crash.models import Moment
from tests.crash.operations import ROOT, Flushed, NamesChanged, Operation, Resized, Sent, Written
from tests.crash.recorder import strace_command
from tests.crash.system_calls import SystemCall, UnreadableTrace, data, descriptor, parse
from tests.support.absent import program

if TYPE_CHECKING:
    from pathlib import Path


def hexed(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def lines(text: str) -> list[str]:
    """``'text'`` and ``<text>`` as strace prints them with ``-xx``."""
    found: list[str] = []
    for line in text.strip().splitlines():
        parts = line.strip().split("'")
        parts[1::2] = [f'"{hexed(part)}"' for part in parts[1::2]]
        pieces = "".join(parts).split("</")
        rest = [each.partition(">") for each in pieces[1:]]
        found.append(pieces[0] + "".join(f"<{hexed('/' + path)}>{after}" for path, _, after in rest))
    return found


def operations(text: str) -> tuple[Operation, ...]:
    interpreter = Interpreter("/r")
    interpreter.feed(parse(lines(text)))
    return interpreter.recording.operations


def test_a_file_is_written_flushed_and_renamed() -> None:
    assert operations("""
        7 openat(AT_FDCWD</w>, '/r/.a', O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 3</r/.a>
        7 write(3</r/.a>, 'he', 2) = 2
        7 write(3</r/.a>, 'llo', 3) = 3
        7 fsync(3</r/.a>) = 0
        7 close(3</r/.a>) = 0
        7 rename('/r/.a', '/r/a') = 0
        7 openat(AT_FDCWD</w>, '/r', O_RDONLY|O_CLOEXEC) = 3</r>
        7 fsync(3</r>) = 0
    """) == (
        NamesChanged(((ROOT, ".a", 1),)), Written(1, 0, b"he"), Written(1, 2, b"llo"), Flushed(1, 3),
        NamesChanged(((ROOT, ".a", None), (ROOT, "a", 1))), Flushed(ROOT, 5),
    )  # fmt: skip


def test_a_write_that_ended_while_a_flush_ran_is_not_covered() -> None:
    found = operations("""
        7 openat(AT_FDCWD</w>, '/r/a', O_WRONLY|O_CREAT, 0666) = 3</r/a>
        7 fsync(3</r/a> <unfinished ...>
        8 pwrite64(3</r/a>, 'x', 1, 9) = 1
        7 <... fsync resumed>) = 0
    """)
    assert found[1:] == (Written(1, 9, b"x"), Flushed(1, 1))


def test_threads_share_open_files_and_processes_get_a_copy() -> None:
    """The thread's first line comes before its creation has returned."""
    found = operations("""
        7 openat(AT_FDCWD</w>, '/r/a', O_WRONLY|O_CREAT, 0666) = 3</r/a>
        7 clone3({flags=CLONE_VM|CLONE_FILES, stack=0x1} <unfinished ...>
        8 write(3</r/a>, 'a', 1) = 1
        8 openat(AT_FDCWD</w>, '/r/b', O_WRONLY|O_CREAT, 0666) = 4</r/b>
        7 <... clone3 resumed> => {parent_tid=[8]}, 88) = 8
        7 vfork() = 9
        9 close(3</r/a>) = 0
        7 unlink('/r/b') = 0
        7 write(4</r/b>(deleted), 'x', 1) = 1
        7 write(3</r/a>, 'b', 1) = 1
    """)
    assert [each for each in found if isinstance(each, Written)] == [
        Written(1, 0, b"a"), Written(2, 0, b"x"), Written(1, 1, b"b"),
    ]  # fmt: skip


def test_a_descriptor_names_its_file_also_when_another_has_its_name() -> None:
    found = operations("""
        7 openat(AT_FDCWD</w>, '/r/a', O_WRONLY|O_CREAT, 0666) = 3</r/a>
        7 link('/r/a', '/r/b') = 0
        7 unlink('/r/a') = 0
        7 creat('/r/a', 0666) = 4</r/a>
        7 dup2(3</r/b>, 5) = 5</r/b>
        7 write(5</r/a>, 'x', 1) = 1
        7 ftruncate(4</r/a>, 7) = 0
        7 fallocate(4</r/a>, 0, 2, 9) = 0
    """)
    assert found[-3:] == (Written(1, 0, b"x"), Resized(2, 7), Resized(2, 11))


def test_buffers_of_one_call_and_what_a_socket_was_sent() -> None:
    found = operations("""
        7 openat(AT_FDCWD</w>, '/r/a', O_WRONLY|O_CREAT|O_APPEND, 0666) = 3</r/a>
        7 writev(3</r/a>, [{iov_base='ab', iov_len=2}, {iov_base='c', iov_len=1}], 2) = 3
        7 write(9<socket:[1]>, 'HTTP', 4) = 4
        7 sendmsg(9<socket:[1]>, {msg_name=NULL, msg_iov=[{iov_base='xyz', iov_len=3}], msg_iovlen=1}, 0) = 2
        7 write(1<pipe:[2]>, 'log', 3) = 3
        7 write(8</elsewhere/r/a>, 'no', 2) = 2
    """)
    assert found[1:] == (Written(1, 0, b"abc"), Sent(b"HTTP"), Sent(b"xy"), Sent(b"log"))


def test_a_file_without_a_name() -> None:
    assert operations("""
        7 openat(AT_FDCWD</w>, '/r', O_RDWR|O_TMPFILE, 0600) = 3</r/#1>
        7 write(3</r/#1>(deleted), 'x', 1) = 1
    """) == (Written(1, 0, b"x"),)


def test_what_failed_and_who_ended_changes_nothing() -> None:
    assert (
        operations("""
        7 unlink('/r/a') = -1 ENOENT (No such file or directory)
        7 mkdir('/r/d', 0777 <unfinished ...>
        8 exit_group(0) = ?
        8 +++ exited with 0 +++
        7 +++ killed by SIGKILL +++
    """)
        == ()
    )


@pytest.mark.parametrize(
    "line",
    [
        "7 rename('/elsewhere/a', '/r/a') = 0",
        "7 linkat(AT_FDCWD</w>, '/proc/self/fd/3', AT_FDCWD</w>, '/r/a', AT_SYMLINK_FOLLOW) = 0",
        "7 copy_file_range(3</w/a>, NULL, 4</r/a>, NULL, 9, 0) = 9",
        "7 symlink('/w', '/r/a') = 0",
        "7 write(3</r/a>, 'x', 1) = 1",
    ],
)
def test_what_is_not_understood_is_an_error(line: str) -> None:
    with pytest.raises(UnknownCall):
        operations(line)


def test_data_that_strace_has_cut_is_an_error() -> None:
    with pytest.raises(UnreadableTrace, match="cut"):
        data('"\\x61"...')
    with pytest.raises(UnreadableTrace):
        list(parse(["no line of strace"]))


def test_arguments_are_split_outside_of_brackets_only() -> None:
    (call,) = parse(['7  f(1, {a=[2, 3], b="\\x2c"}, A|B)   = -1 EIO (Input, output)\n'])
    assert call == SystemCall(7, "f", ("1", '{a=[2, 3], b="\\x2c"}', "A|B"), -1, 0, 0)
    assert descriptor("AT_FDCWD<\\x2f\\x77>") == (None, "/w")


SCRIPT = """
import os, sqlite3, sys, tempfile, threading
root = sys.argv[1]
os.makedirs(f"{root}/d/e")
def work(n):
    with open(f"{root}/d/{n}", "wb") as f:
        f.write(bytes([n]) * 20000); f.flush(); os.fsync(f.fileno())
    os.link(f"{root}/d/{n}", f"{root}/d/e/{n}"); os.unlink(f"{root}/d/{n}")
threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
[each.start() for each in threads]; [each.join() for each in threads]
with tempfile.NamedTemporaryFile(dir=root, delete=False) as f: f.write(b"t")
os.replace(f.name, f"{root}/d/t"); os.rename(f"{root}/d/e", f"{root}/e")
with open(f"{root}/d/t", "ab") as f: f.write(b"more")
os.truncate(f"{root}/d/t", 3)
if os.fork() == 0:
    with open(f"{root}/child", "w") as f: f.write("child")
    os._exit(0)
os.wait()
c = sqlite3.connect(f"{root}/x.sqlite3")
c.execute("PRAGMA locking_mode=EXCLUSIVE"); c.execute("PRAGMA journal_mode=WAL")
c.execute("CREATE TABLE t (x)"); c.execute("INSERT INTO t VALUES (zeroblob(9000))"); c.commit()
c.execute("PRAGMA wal_checkpoint(TRUNCATE)"); c.execute("INSERT INTO t VALUES (2)"); c.commit(); os._exit(0)
"""


def test_the_tree_of_a_real_run_is_the_real_tree(tmp_path: Path) -> None:
    program("strace")
    root, trace = (tmp_path / "root").resolve(), tmp_path / "trace"
    root.mkdir()
    subprocess.run([*strace_command(trace), sys.executable, "-c", SCRIPT, str(root)], check=True, timeout=60)
    interpreter = Interpreter(str(root))
    with trace.open() as text:
        interpreter.feed(parse(text))
    moment = Moment(interpreter.recording, len(interpreter.recording.operations))
    state = moment.state(moment.written)
    real = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {path: state.content(path) for path in state.files} == real
    assert state.folders == {"d", "e"}
    assert {"x.sqlite3", "x.sqlite3-wal", "child", "d/t", "e/1"} <= set(real)
    assert any(isinstance(each, Flushed) for each in interpreter.recording.operations)
