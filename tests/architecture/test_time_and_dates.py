"""The clock is read at the edges only, and no text is ever taken for a date by guessing."""

from __future__ import annotations

import ast

import pytest

from .source_tree import module_name, package_files, python_files, text_of

# The verbs choose "today" when nobody says --on; records stamp what they read; the service has one place for it.
MAY_READ_THE_CLOCK = ("commands.", "cli", "records.", "service.clock")
CLOCK = {
    "date": {"today"},
    "datetime": {"now", "today", "utcnow"},
    "time": {"time", "time_ns", "localtime", "gmtime", "strftime", "ctime"},
}


def clock_reads(source: str) -> list[int]:
    """Lines that name a reading of the clock, called or handed on, under any alias of the module."""
    tree = ast.parse(source)
    origin = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            origin.update({alias.asname or alias.name: alias.name for alias in node.names})
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in CLOCK.get(last_word(node.value, origin), set())
    ]
    taken = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "time" and any(alias.name in CLOCK["time"] for alias in node.names)
    ]
    return sorted(lines + taken)


def last_word(node: ast.expr, origin: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return origin.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def guessed_dates(source: str) -> list[int]:
    """Lines that use dateutil's readers of text: both take "1/2/2026" or "2026" and make up the rest."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if guesses(node)]


def guesses(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module=module, names=names):
            return (module or "").startswith("dateutil.parser") or (module == "dateutil" and any(alias.name == "parser" for alias in names))
        case ast.Import(names=names):
            return any(alias.name.startswith("dateutil.parser") for alias in names)
        case ast.Attribute(attr=attr):
            return attr == "isoparse" or ast.unparse(node).endswith("dateutil.parser")
    return False


def test_the_core_does_not_read_the_clock():
    core = [path for path in package_files() if not module_name(path).startswith(MAY_READ_THE_CLOCK)]
    assert core
    assert {str(path): lines for path in core if (lines := clock_reads(text_of(path)))} == {}


def test_no_date_is_guessed():
    assert {str(path): lines for path in python_files() if (lines := guessed_dates(text_of(path)))} == {}


@pytest.mark.parametrize(
    "snippet",
    [
        "from datetime import date\ndate.today()",
        "from datetime import datetime as dt\ndt.now(tz=UTC)",
        "import datetime\ndatetime.datetime.utcnow()",
        "import datetime as d\nd.date.today()",
        "import time\nx = time.time()",
        "from time import time",
        "from datetime import date\nfield(factory=date.today)",
    ],
)
def test_a_reading_of_the_clock_is_seen(snippet):
    assert clock_reads(snippet)


@pytest.mark.parametrize("snippet", ["from datetime import date\ndate(2026, 3, 2)", "record.now", "import time\ntime.perf_counter()"])
def test_innocent_dates_pass(snippet):
    assert clock_reads(snippet) == []


@pytest.mark.parametrize(
    "snippet",
    [
        "from dateutil.parser import isoparse",
        "from dateutil import parser",
        "import dateutil.parser",
        "import dateutil\ndateutil.parser.parse('1/2/2026')",
        "from dateutil import parser as p\np.isoparse('2026')",
    ],
)
def test_a_guessed_date_is_seen(snippet):
    assert guessed_dates(snippet)


def test_month_steps_pass():
    assert guessed_dates("from dateutil.relativedelta import relativedelta\nself.parser.parse(text)") == []
