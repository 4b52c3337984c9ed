"""How tests are built: nothing is imported from a test, nothing sleeps, nothing is skipped in silence."""

from __future__ import annotations

import ast
import functools
import gc
from pathlib import Path

from tests.support import shared_routes
from tests.support.fake_controller import FakeController

from photonic.service.app import create_app
from photonic.service.config.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
PACKAGE = ROOT / "src" / "photonic"

CUT_OFF = "the wait ends with the viewer, at once"
DRIPS = "a client or a receiver that drips on purpose"
MAY_SLEEP = {
    "contract/driver/harness.py::DriverHarness.idle_until": "the driver's own housekeeping is what goes on meanwhile",
    "system/access/test_attacks.py::Watcher.rate": "frames a second are measured over some seconds",
    "system/access/test_attacks.py::healths": "twenty questions a second, not as many as possible",
    "system/access/test_planted_secrets.py::photo_of": "between two tries of a camera that is not ready yet",
    "system/access/test_planted_secrets.py"
    "::test_no_secret_is_shown_by_the_kernel_the_log_the_bundle_or_the_metrics": "between two looks at the processes",
    "system/crash/test_any_order.py::Disorder.act": "pauses drawn from the seed",
    "system/http/wire/test_churn.py::Service.settled": "two looks at what a process holds, a second apart",
    "system/http/wire/test_heads.py::test_a_request_that_does_not_end_is_let_go_although_it_drips": DRIPS,
    "system/http/wire/test_heads.py::test_blank_lines_keep_no_connection": DRIPS,
    "system/http/wire/test_slow_readers.py::test_a_viewer_that_takes_slowly_but_steadily_stays": DRIPS,
    "unit/service/live/test_subscriber.py::test_a_ping_behind_a_stuck_frame_is_no_progress": CUT_OFF,
    "unit/service/live/test_subscriber.py::test_a_viewer_that_takes_nothing_is_stuck_after_the_time": CUT_OFF,
    "unit/service/notify/test_webhook.py::test_a_receiver_that_trickles_its_head_is_left_at_the_deadline": DRIPS,
    "unit/service/sequence/test_service.py"
    "::test_an_interval_shorter_than_a_capture_is_refused_unless_misses_are_allowed": "how long a capture takes",
}
"""Sleeps of real time outside ``tests/support``, which has the waits that others use."""

NOT_MIRRORED = {
    "unit/soak": "tests of soak/",
    "unit/bench": "tests of bench/",
    "unit/packaging": "tests of packaging/",
}


@functools.cache
def trees() -> dict[Path, ast.Module]:
    """Every module of the tests, parsed."""
    # A finalizer that runs while a tree is built can break the parser's count of its depth (CPython gh-106905).
    gc.disable()
    try:
        return {path: ast.parse(path.read_text()) for path in sorted(TESTS.rglob("*.py"))}
    finally:
        gc.enable()


def imported(path: Path, tree: ast.Module) -> list[str]:
    """What a module imports, by full names; relative imports too."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            folder = ".".join(path.relative_to(ROOT).parts[: -node.level or None]) if node.level else ""
            module = ".".join(part for part in (folder, node.module) if part)
            names += [f"{module}.{alias.name}" for alias in node.names]
    return names


def test_no_module_imports_from_a_test_or_a_conftest() -> None:
    found = [
        f"{path.relative_to(TESTS)} imports {name}"
        for path, tree in trees().items()
        for name in imported(path, tree)
        if name.startswith("tests.")
        and any(part.startswith("test_") or part == "conftest" for part in name.split(".")[:-1])
    ]
    assert found == [], "what tests share stands in tests/support, or beside them in a module of its own"


def test_what_several_folders_share_is_in_support() -> None:
    found: list[str] = []
    for path, tree in trees().items():
        here = ".".join(path.relative_to(ROOT).parts[:-1]) + "."
        for name in imported(path, tree):
            if name.startswith("tests.simulation.") and here.startswith(("tests.simulation.", "tests.crash.")):
                continue  # a package whose modules belong together, and whose disk is compared with the crash models
            if name.startswith("tests.") and not name.startswith("tests.support."):
                # A module may use what stands in its own folder, or in one above it.
                module = name if (ROOT / f"{name.replace('.', '/')}.py").exists() else name.rpartition(".")[0]
                if not here.startswith(module.rpartition(".")[0] + "."):
                    found.append(f"{path.relative_to(TESTS)} imports {module}")
    assert found == [], "what several folders share stands in tests/support"


def calls_of(tree: ast.AST, *names: str) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in names]


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """By ``Class.name`` or name; what is defined within a function belongs to that one."""
    found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for each in inside:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                found[prefix + each.name] = each
    return found


def in_virtual_time(text: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """In a module or a function whose event loop jumps over every wait."""
    marks = [ast.unparse(each) for each in function.decorator_list]
    return "looptime" in "\n".join(marks) or "pytestmark = pytest.mark.looptime" in text or "in_virtual_time" in text


def test_no_test_sleeps_in_real_time() -> None:
    """An event is awaited, or time is virtual. A sleep is too short on a busy machine, and too long on every other."""
    found: set[str] = set()
    for path, tree in trees().items():
        if {TESTS / "support", TESTS / "simulation"} & set(path.parents):
            continue  # time is simulated in the latter
        text = path.read_text()
        for name, function in functions(tree).items():
            for call in calls_of(function, "time.sleep", "asyncio.sleep", "page.wait_for_timeout"):
                if ast.unparse(call.args[0]) != "0" and not in_virtual_time(text, function):
                    found.add(f"{path.relative_to(TESTS)}::{name}")
    assert found == set(MAY_SLEEP)


def test_every_skip_says_what_is_absent_and_fails_in_ci() -> None:
    """By ``tests/support/absent.py``."""
    found = [
        f"{path.relative_to(TESTS)}:{node.lineno}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in {"pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.importorskip"}
        and path.name not in {"absent.py", "test_tests.py"}
    ]
    assert found == []


def test_a_folder_of_unit_tests_is_a_package_of_the_source() -> None:
    folders = {path.parent for path in (TESTS / "unit").rglob("test_*.py")} - {TESTS / "unit"}
    unknown = [
        name
        for name in sorted(str(folder.relative_to(TESTS)) for folder in folders)
        if not (PACKAGE / name.removeprefix("unit/")).is_dir()
        and not any(name == other or name.startswith(f"{other}/") for other in NOT_MIRRORED)
    ]
    assert unknown == []


def test_applications_share_their_routes(tmp_path: Path) -> None:
    """Without it, half a second for each test of a route."""
    shared_routes.install()
    first, second = (create_app(ServiceSettings(photo_root=tmp_path), [FakeController()]) for _application in range(2))
    assert sum(one is other for one, other in zip(first.routes, second.routes, strict=True)) > 20
