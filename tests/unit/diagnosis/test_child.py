from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.diagnosis.child import said_by
from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Writes the module ``asked``."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return (tmp_path / "asked.py").write_text


async def test_what_it_says_is_the_answer(write: Callable[[str], int]) -> None:
    write("print('this')")
    assert await said_by("asked") == b"this\n"


@pytest.mark.parametrize(
    ("code", "said"), [("raise SystemExit('no library')", "no library"), ("raise SystemExit(7)", "exit code 7")]
)
async def test_one_that_fails_is_an_error_with_its_last_words(
    write: Callable[[str], int], code: str, said: str
) -> None:
    write(code)
    with pytest.raises(CameraError, match=said):
        await said_by("asked")


async def test_one_that_hangs_is_ended(write: Callable[[str], int]) -> None:
    write("import time; time.sleep(600)")
    with pytest.raises(CameraError, match=r"no answer within 0\.05 s") as late:
        await said_by("asked", 0.05)
    assert late.value.kind is FailureKind.TIMEOUT
