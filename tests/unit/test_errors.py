"""The tree in the docstring matches the classes."""

from __future__ import annotations

import inspect

import pytest

from photonic import errors
from photonic.errors import (
    BadInput,
    CameraError,
    CaptureError,
    FailureKind,
    IllegalTransition,
    PhotonicError,
    ServiceError,
    StorageError,
)


def drawn_tree() -> dict[str, str]:
    """Class name -> name of its parent in the docstring's tree."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    assert errors.__doc__ is not None
    for line in errors.__doc__.splitlines():
        text = line.lstrip(" │├└─")
        name = text.split(" ")[0]
        if not name or not inspect.isclass(getattr(errors, name, None)):
            continue
        depth = len(line) - len(text)
        while above and above[-1][0] >= depth:
            above.pop()
        if above:
            parents[name] = above[-1][1]
        above.append((depth, name))
    return parents


def real_tree() -> dict[str, str]:
    """Class name -> name of its photonic base, for every class below the root."""
    parents: dict[str, str] = {}
    waiting = [PhotonicError]
    while waiting:
        base = waiting.pop()
        for child in base.__subclasses__():
            if child.__module__ == errors.__name__:
                parents[child.__name__] = base.__name__
                waiting.append(child)
    return parents


def test_the_drawn_tree_is_the_real_one() -> None:
    assert drawn_tree() == real_tree()


def test_every_error_of_the_module_hangs_under_the_root() -> None:
    for name, member in vars(errors).items():
        if inspect.isclass(member) and issubclass(member, Exception) and member.__module__ == errors.__name__:
            assert issubclass(member, PhotonicError), name


@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_kind_is_its_name_in_lower_case_in_the_api(kind: FailureKind) -> None:
    assert kind.value == kind.name.lower()


def test_bad_input_is_a_value_error_with_its_field_and_choices() -> None:
    error = BadInput("no such shutter speed", field="shutter_speed", choices=["1/60", "1/125"])
    assert isinstance(error, ValueError)
    assert (str(error), error.field, error.choices) == ("no such shutter speed", "shutter_speed", ("1/60", "1/125"))


def test_an_illegal_transition_names_state_and_event() -> None:
    error = IllegalTransition("live", "opened")
    assert (error.state, error.event) == ("live", "opened")
    assert "live" in str(error)
    assert "opened" in str(error)


def test_a_camera_error_is_a_camera_fault_unless_it_says_otherwise() -> None:
    error = CameraError("the camera does not answer", code=-7)
    assert (error.reason, error.kind, error.code) == ("the camera does not answer", FailureKind.CAMERA_FAULT, -7)


def test_capture_storage_and_service_errors_carry_why() -> None:
    assert CaptureError("no focus", kind=FailureKind.AUTOFOCUS_FAILED).kind is FailureKind.AUTOFOCUS_FAILED
    assert StorageError("read-only").kind is FailureKind.HOST_STORAGE_UNUSABLE
    unanswered = ServiceError("nobody answers")
    assert (unanswered.status, unanswered.kind, str(unanswered)) == (None, None, "nobody answers")
