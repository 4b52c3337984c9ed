"""The deliberate breaks: their list, how one is made, what counts as found, and the exit codes of the command."""

from __future__ import annotations

import json
import shutil
from functools import partial
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.simulation.mutants.__main__ import main
from tests.simulation.mutants.breaks import BadList, Break, Edit, load
from tests.simulation.mutants.source_copy import ROOT, RunFailed, SourceCopy
from tests.simulation.mutants.trial import Trials

if TYPE_CHECKING:
    from pathlib import Path

SIMULATION = """
    import json, sys
    from pathlib import Path
    import photonic
    first, last = map(int, sys.argv[sys.argv.index("--seeds") + 1].split("-"))
    known = [dict(seed=2, invariant=1, rule="known", text="an old one")]
    if photonic.A == 2:
        known.append(dict(seed=3, invariant=4, rule="another", text="which another history shows"))
    made = [dict(seed=seed, invariant=1, rule="new", text="by the break") for seed in (7, 5)]
    if photonic.ENDS:
        sys.exit("it fell over")
    findings = [*known, *(made if photonic.BROKEN else [])]
    findings = [one for one in findings if first <= one["seed"] <= last]
    report = Path(sys.argv[sys.argv.index("--report") + 1])
    report.write_text(json.dumps(dict(findings=findings, errors=[])))
"""
EDIT = """
    [[breaks.edits]]
    file = "src/photonic/__init__.py"
"""
BREAKS = {
    "found": f'invariants = [1]\n{EDIT}old = "BROKEN = False"\nnew = "BROKEN = True"',
    "harmless": f'invariants = [1]\n{EDIT}old = "A = 1"\nnew = "A = 2"',
    "explained": f'invariants = [1]\nreason = "no user does that"\n{EDIT}old = "A = 1"\nnew = "A = 2"',
    "falls": f'invariants = [1]\n{EDIT}old = "ENDS = False"\nnew = "ENDS = True"',
    "absent": f'invariants = [1]\n{EDIT}old = "A = 3"\nnew = "A = 2"',
    "twice": f'invariants = [1]\n{EDIT}old = " = "\nnew = " == "',
    "unit": f'tests = ["tests/test_unit.py"]\nreason = "not run"\n{EDIT}old = "A = 1"\nnew = "A = 2"',
    "unit-harmless": f'tests = ["tests/test_unit.py"]\nreason = "not run"\n{EDIT}old = "B = 1"\nnew = "B = 2"',
    "unit-red": f'tests = ["tests/test_red.py"]\nreason = "not run"\n{EDIT}old = "B = 1"\nnew = "B = 2"',
}


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources with a simulation that knows at once what it finds, and tests that need no plugins."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    root = tmp_path / "sources"
    files = {
        "src/photonic/__init__.py": "BROKEN = False\nENDS = False\nA = 1\nB = 1\n",
        "tests/__init__.py": "",
        "tests/simulation/__init__.py": "",
        "tests/simulation/__main__.py": dedent(SIMULATION),
        "tests/test_unit.py": "import photonic\n\ndef test_a():\n    assert photonic.A == 1\n",
        "tests/test_red.py": "def test_red():\n    assert False\n",
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\nmarkers = ["long"]\n',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def listed(folder: Path, *names: str) -> Path:
    path = folder / "breaks.toml"
    path.write_text("\n".join(dedent(f'[[breaks]]\nname = "{name}"\nabout = ""\n{BREAKS[name]}') for name in names))
    return path


def test_the_list_fits_the_sources() -> None:
    for one in load():
        for edit in one.edits:
            assert (ROOT / edit.file).read_text(encoding="utf-8").count(edit.old) == 1, one.name
        for test in one.tests:
            assert (ROOT / test.partition("::")[0]).is_file(), one.name


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("breaks = 3", "has to have"),
        ("[[breaks]]\nabout = 'x'", "has no name"),
        ("[[breaks]]\nname = 'x'\nabout = 'x'", "break x lacks edits"),
        ("[[breaks]]\nname = 'x'\nabout = 'x'\nedits = []", "break x lacks edits"),
        ("[[breaks]]\nname = 'x'\nabout = 'x'\nedits = [{file = 'a', old = 'b'}]", "break x lacks new"),
        ("[[breaks]]\nname = 'x'\nabout = 'x'\nedits = [{file = 'a', old = 'b', new = 'b'}]", "changes nothing in a"),
        ("[[breaks]]\nname = 'x'\nabout = 'x'\nedits = [{file = 'a', old = '', new = 'b'}]", "changes nothing in a"),
        ("[[breaks]]\nname = 'x'\nabout = 'x'\nseed = 3\nedits = []", "unknown fields: seed"),
        (
            "[[breaks]]\nname = 'x'\nabout = 'x'\ntests = ['t']\nedits = [{file = 'a', old = 'b', new = 'c'}]",
            "and not the reason",
        ),
        ("[[breaks]]\nname = 'x'\nabout = 'x'\nedits = [{file = 'a', old = 'b', new = 'c'}]", "has to name either"),
        (
            2 * "[[breaks]]\nname = 'x'\nabout = 'x'\ninvariants = [1]\nedits = [{file = 'a', old = 'b', new = 'c'}]\n",
            "are called x",
        ),
        ("[[breaks", "breaks.toml: "),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(text: str, about: str, tmp_path: Path) -> None:
    (tmp_path / "breaks.toml").write_text(text)
    with pytest.raises(BadList, match=about.replace("[", r"\[")):
        load(tmp_path / "breaks.toml")


@pytest.mark.parametrize(("old", "count"), [("absent", 0), ("same", 2)])
def test_a_text_that_does_not_stand_there_once_is_an_error(old: str, count: int, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("same same")
    broken = Break("this-one", "", (Edit("module.py", old, "other"),), (1,))
    with pytest.raises(BadList, match=f"break this-one: the old text stands {count} times in module.py"):
        broken.make(tmp_path)
    assert (tmp_path / "module.py").read_text() == "same same"


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("found", 0, "| found | 5 | invariant 1: new |"),
        ("harmless", 1, "| harmless | 9 | NOT FOUND |"),
        ("explained", 0, "| explained | 9 | not found: no user does that |"),
        ("unit", 0, "| unit | - | `tests/test_unit.py::test_a` (not run) |"),
        ("unit-harmless", 1, "| unit-harmless | - | NOT FOUND: its tests pass |"),
    ],
)
def test_what_a_break_comes_to(
    name: str, code: int, said: str, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    arguments = ["--list", str(listed(tmp_path, name)), "--seeds", "9", "--jobs", "1", "--report", str(report)]
    assert main(arguments, partial(Trials, origin=sources)) == code
    assert said in capsys.readouterr().out
    (facts,) = json.loads(report.read_text())["breaks"]
    assert (facts["name"], facts["satisfied"]) == (name, code == 0)
    assert said in report.with_suffix(".txt").read_text()
    assert "BROKEN = False" in (sources / "src/photonic/__init__.py").read_text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("falls", "wrote no report: it fell over"),
        ("absent", "break absent: the old text stands 0 times"),
        ("twice", "break twice: the old text stands 4 times"),
        ("unit-red", "the tests of unit-red do not pass on the unbroken sources"),
    ],
)
def test_what_cannot_be_tried_is_one_line_and_an_error(
    name: str, said: str, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--list", str(listed(tmp_path, name)), "--jobs", "1"], partial(Trials, origin=sources))
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["--only", "nonsense"], "no break is called nonsense; there are "),
        (["--seeds", "0"], "0 is not a positive number"),
        (["--list", "absent.toml"], "absent.toml cannot be read"),
    ],
)
def test_bad_arguments_are_one_line(arguments: list[str], about: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert about in error
    assert error.count("\n") == 1


def test_a_copy_is_what_runs_and_a_run_that_does_not_end_is_stopped(sources: Path, tmp_path: Path) -> None:
    copy = SourceCopy(tmp_path / "copy", sources)
    copy.check()
    with pytest.raises(RunFailed, match="has not ended after 0 s"):
        copy.python(["-c", "import time; time.sleep(60)"], 0.01)
    shutil.rmtree(copy.folder / "src/photonic")
    with pytest.raises(RunFailed, match="is not what runs"):
        copy.check()
