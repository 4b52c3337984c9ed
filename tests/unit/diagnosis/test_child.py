from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.diagnosis.child import output_of
from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Writes the source of the module ``asked``."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return (tmp_path / "asked.py").write_text


async def test_its_output_is_the_result(write: Callable[[str], int]) -> None:
    write("print('this')")
    assert await output_of("asked") == b"this\n"


@pytest.mark.parametrize(
    ("code", "reason"), [("raise SystemExit('no library')", "no library"), ("raise SystemExit(7)", "exit code 7")]
)
async def test_one_that_fails_is_an_error_with_its_last_line(
    write: Callable[[str], int], code: str, reason: str
) -> None:
    write(code)
    with pytest.raises(CameraError, match=reason):
        await output_of("asked")


async def test_one_that_hangs_is_ended(write: Callable[[str], int]) -> None:
    write("import time; time.sleep(600)")
    with pytest.raises(CameraError, match=r"no answer within 0\.05 s") as late:
        await output_of("asked", 0.05)
    assert late.value.kind is FailureKind.TIMEOUT
