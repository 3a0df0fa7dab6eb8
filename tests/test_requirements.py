"""Each requirement that applies has a test of the ordinary suite; the run that writes the matrix fails where one is not shown to hold."""

from __future__ import annotations

import ast
import csv
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from . import rtm

ROOT = Path(__file__).resolve().parents[1]
APART = {"nightly", "clients", "browser"}
"""Marks of tests that the ordinary suite leaves out."""


def marks(decorators):
    """The marks among decorators or in a `pytestmark`, with their first argument: `("req", "T-09")`."""
    for node in decorators:
        call = node.func if isinstance(node, ast.Call) else node
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Attribute) and call.value.attr == "mark":
            first = node.args[0] if isinstance(node, ast.Call) and node.args else None
            yield call.attr, first.value if isinstance(first, ast.Constant) else None


def marked_in_source():
    """Requirement -> tests of the ordinary suite, read from the source: a run of part of the suite collects only part of them."""
    found = {}
    for path in sorted((ROOT / "tests").glob("**/test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = []
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "pytestmark":
                whole += node.value.elts if isinstance(node.value, ast.List) else [node.value]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                here = [*marks(whole), *marks(node.decorator_list)]
                if not APART & {name for name, _ in here}:
                    for name, number in here:
                        if name == "req":
                            found.setdefault(number, set()).add(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def test_every_requirement_that_applies_has_a_test():
    found = marked_in_source()
    assert [one["id"] for one in rtm.requirements() if one["applies"] == "yes" and not found.get(one["id"])] == []


def test_the_list_is_whole_and_says_why_something_does_not_apply():
    rows = rtm.requirements()
    assert [one["id"] for one in rows] == [f"T-{number:02d}" for number in range(1, 26)]
    assert all(one["applies"] in ("yes", "no") and one["requirement"].endswith(".") for one in rows)
    assert [one["id"] for one in rows if (one["applies"] == "no") != bool(one["reason"])] == []


# ---------------------------------------------------------------- the gate

ALL = {one["id"]: {"tests/test_x.py::test_x": "passed"} for one in rtm.requirements()}


def test_a_run_that_shows_every_requirement_is_well():
    assert rtm.lacking(ALL) == []


@pytest.mark.parametrize(
    ("results", "said"),
    [({}, "no test"), ({"test_x": "failed", "test_y": "passed"}, "failed"), ({"test_x": "skipped", "test_y": "failed"}, "failed")],
)
def test_a_requirement_without_a_passing_test_is_lacking(results, said):
    assert [(row["id"], row["result"]) for row in rtm.lacking({**ALL, "T-12": results})] == [("T-12", said)]


def test_a_test_that_was_skipped_is_shown_by_a_further_run(tmp_path):
    def report(outcome):
        return SimpleNamespace(user_properties=[("req", "T-10")], when="call", outcome=outcome, nodeid="test_roles")

    first = rtm.Matrix(tmp_path)
    first.pytest_runtest_logreport(report("skipped"))
    rtm.write(tmp_path, first.results)
    assert {row["id"]: row["result"] for row in rtm.rows(first.results)}["T-10"] == "skipped only"
    further = rtm.Matrix(tmp_path, add=True)
    further.pytest_runtest_logreport(report("passed"))
    assert {row["id"]: row["result"] for row in rtm.rows(further.results)}["T-10"] == "passed"
    further.pytest_runtest_logreport(report("failed"))
    further.pytest_runtest_logreport(report("passed"))
    assert {row["id"]: row["result"] for row in rtm.rows(further.results)}["T-10"] == "failed"


def test_the_run_fails_where_a_requirement_is_not_shown(pytester_run):
    code, out, rows = pytester_run('@pytest.mark.req("T-12")\ndef test_chain():\n    pass\n')
    assert code == 1
    assert "T-13: no test" in out
    assert {row["id"]: row["result"] for row in rows}["T-12"] == "passed"
    everything = "".join(f'@pytest.mark.req("{number}")\ndef test_{number[2:]}():\n    pass\n' for number in ALL)
    code, out, rows = pytester_run(everything)
    assert (code, {row["result"] for row in rows} - {rtm.DOES_NOT_APPLY}) == (0, {"passed"})


@pytest.fixture
def pytester_run(tmp_path):
    """Run tests of a text with `--rtm` in a process of its own: exit code, output, matrix."""
    import subprocess

    def run(text):
        folder = tmp_path / "tests"
        folder.mkdir(exist_ok=True)
        for name in ("__init__.py", "conftest.py", "rtm.py"):
            content = (ROOT / "tests" / name).read_text(encoding="utf-8") if (ROOT / "tests" / name).exists() else ""
            (folder / name).write_text(content, encoding="utf-8")
        (tmp_path / "validation").mkdir(exist_ok=True)
        (tmp_path / "validation" / "requirements.csv").write_bytes((ROOT / "validation" / "requirements.csv").read_bytes())
        (folder / "test_some.py").write_text(f"import pytest\n\n{text}", encoding="utf-8")
        (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = req: requirement\n", encoding="utf-8")
        asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rtm", "out", "tests"]
        done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
        with (tmp_path / "out" / "rtm.csv").open(encoding="utf-8", newline="") as file:
            return done.returncode, done.stdout, list(csv.DictReader(file))

    return run


# ---------------------------------------------------------------- the pack


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("validation_pack", ROOT / "tools" / "validation.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


JUNIT = """<testsuites><testsuite><testcase classname="tests.test_x" name="test_chain"><properties>
<property name="req" value="T-12"/></properties></testcase><testcase classname="tests.test_x" name="test_broken"><properties>
<property name="req" value="T-13"/></properties><failure message="no"/></testcase><testcase classname="tests.test_x" name="test_other"/>
<testcase classname="tests.test_x" name="test_later"><properties><property name="req" value="T-10"/></properties><skipped/></testcase>
</testsuite></testsuites>"""


@pytest.mark.req("T-25")
def test_the_pack_has_matrix_qualification_and_lists(tool, tmp_path):
    rtm.write(tmp_path, {**ALL, "T-13": {"tests.test_x.test_broken": "failed"}})
    (tmp_path / "oq.xml").write_text(JUNIT, encoding="utf-8")
    assert tool.cases(tmp_path / "oq.xml") == [
        ("T-10", "tests.test_x.test_later", "skipped"),
        ("T-12", "tests.test_x.test_chain", "passed"),
        ("T-13", "tests.test_x.test_broken", "failed"),
    ]
    assert tool.write_tests(tmp_path) is False
    tool.write_lists(tmp_path)
    (tmp_path / "iq.json").write_text(json.dumps({"version": "0.1.0"}), encoding="utf-8")
    tool.write_index(tmp_path, {"tests": False, "installation": True, "parts": True})
    first = (tmp_path / "index.html").read_text(encoding="utf-8")
    for name in ("urs.html", "rtm.html", "oq.html", "known_defects.html"):
        assert f'href="{name}"' in first
        assert (tmp_path / name).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert '<td class="bad">not well</td>' in first
    assert '<td class="bad">failed</td>' in (tmp_path / "rtm.html").read_text(encoding="utf-8")
    assert "1 failed, 1 passed, 1 skipped" in (tmp_path / "oq.html").read_text(encoding="utf-8")


@pytest.mark.req("T-25")
def test_known_defects_say_what_since_when_and_what_to_do():
    with (ROOT / "validation" / "known_defects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "what", "since", "effect", "workaround"]
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(all(row.values()) for row in rows)


def test_without_a_run_of_the_tests_there_is_no_pack(tool, tmp_path, capsys):
    assert tool.make(tmp_path / "empty", Path(sys.executable)) is False
    assert "rtm.csv, oq.xml" in capsys.readouterr().err
