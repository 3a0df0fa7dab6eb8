"""Every kind of bad rule file, end to end: a code with a page, a place, a mend, the documented exit code, never a traceback, never long."""

from __future__ import annotations

import pytest

from .program import found_by_check, start

HEAD = """\
protocol bad version 1.0 language 1
  title     "Bad"
  source    "source.md" from "Inclusion Criteria" to "Study Plan"
  timezone  UTC
  months    round down

moments
  screening  "Screening"  given

facts
  creatinine  "Creatinine"  lab in umol/L  1 mg/dL = 88.4 umol/L  reach 28 days
  he_grade    "Encephalopathy"  grade 0 to 4  reach 1 day
  embolism    "Embolism"  event  absent unless recorded
  birth_date  "Birth date"  attribute date

"""
FIRST = HEAD.count("\n") + 2
"""Line of the first line of the criterion that `criterion` adds."""


def criterion(body, name="I1"):
    return f'inclusion {name} "A criterion"\n  {body}\n'


def of(body):
    return HEAD + criterion(body)


def nested(count):
    return (
        HEAD
        + 'inclusion I1 "Deep"\n'
        + "".join("  " * level + "all of\n" for level in range(1, count + 1))
        + "  " * (count + 1)
        + "never\n"
    )


USED = "creatinine < 100 umol/L and he_grade < 1 and not embolism ever and age at screening >= 18 years"

# Name: text, the code that must come, the line where (None: anywhere), a word of its message or mend.
MISTAKES = {
    "unknown fact": (of("white_cells < 5 umol/L"), "TR030", FIRST, "white_cells"),
    "near miss": (of("creatinin < 5 umol/L"), "TR030", FIRST, "did you mean `creatinine`?"),
    "unit of another dimension": (of("creatinine < 5 cm"), "TR034", FIRST, "umol/L"),
    "no unit at all": (of("creatinine < 5 foo/bar"), "TR033", FIRST, "mg/dL"),
    "months against days": (of("days from screening to the assessment day < 3 months"), "TR036", FIRST, "months differ in length"),
    "days against years": (of("age at screening > 300 days"), "TR036", FIRST, "`years`"),
    "mixed in one line": (of("embolism ever and he_grade >= 1 or he_grade >= 2"), None, FIRST, "parenthes"),
    "mixed in a block": (of("embolism ever\n  and he_grade >= 1\n  or he_grade >= 2"), "TR038", FIRST + 2, "`any of`"),
    "circle of definitions": (
        HEAD + 'define first_one "A" = second_one + 1\ndefine second_one "B" = first_one + 1\n' + criterion("first_one > 1"),
        "TR041",
        FIRST - 1,
        "break the circle",
    ),
    "id said twice": (HEAD + criterion("he_grade >= 1") + criterion("he_grade >= 2"), "TR071", FIRST + 1, "another id"),
    "unreachable row": (
        of("cases\n    always : he_grade >= 1\n    embolism ever : never\n    otherwise : never"),
        "TR052",
        FIRST + 2,
        "otherwise",
    ),
    "library missing": (HEAD.replace("  months ", '  use "lib/none.rules"\n  months ', 1) + criterion(USED), "TR066", 5, "lib/none.rules"),
    "library above": (HEAD.replace("  months ", '  use "../other.rules"\n  months ', 1) + criterion(USED), "TR065", 5, "without `..`"),
    "library by absolute path": (HEAD.replace("  months ", '  use "/etc/passwd"\n  months ', 1) + criterion(USED), None, 5, "folder"),
    "tab": (HEAD + f'inclusion I1 "A"\n\t{USED}\n', "TR005", FIRST, "two spaces"),
    "tab after blanks": (HEAD + 'inclusion I1 "A"\n  all of\n    he_grade >= 1\n\tembolism ever\n', "TR005", FIRST + 2, "two spaces"),
    "byte order mark": ("\ufeff" + of(USED), "TR003", 1, "fmt"),
    "CR LF": (of(USED).replace("\n", "\r\n"), "TR004", 1, "LF"),
    "empty": ("", "TR006", 1, "protocol NAME"),
    "blank": (" \n\n", "TR006", 1, "protocol NAME"),
    "only a comment": ("# nothing\n", None, 1, "protocol NAME"),
    "control character": (of("he_grade >= 1 \0"), "TR009", FIRST, "U+0000"),
    "huge exponent": (of("creatinine < 1e1000000 umol/L"), "TR064", FIRST, "30 digits"),
    "huge negative exponent": (of("creatinine < 1e-1000000 umol/L"), "TR064", FIRST, "30 digits"),
    "very long number": (of(f"creatinine < {'9' * 5000} umol/L"), "TR064", FIRST, "30 digits"),
    "power of ten bomb": (of("creatinine < 5 10*999999999"), "TR033", FIRST, "UCUM"),
    "exponent of a unit": (of("creatinine < 5 m999999999"), "TR033", FIRST, "UCUM"),
    "very long unit": (of(f"creatinine < 5 {'mg/' * 3000}L"), "TR033", FIRST, "UCUM"),
    "very long name": (of(f"{'a' * 100_000} < 5"), None, FIRST, ""),
    "1,000 parentheses": (of("(" * 1000 + "he_grade >= 1" + ")" * 1000), "TR008", None, "`define`"),
    "parentheses never closed": (of("(" * 1000), None, None, ""),
    "1,000 times not": (of("not " * 1000 + "he_grade >= 1"), "TR008", None, "`define`"),
    "1,000 summands": (of("he_grade > " + " + ".join(["1"] * 1000)), "TR008", None, "`define`"),
    "100,000 summands": (of("he_grade > " + " + ".join(["1"] * 100_000)), "TR008", None, "`define`"),
    "200 levels": (nested(200), "TR008", None, "`define`"),
    "1,000 levels": (nested(1000), "TR007", 1, "divide it"),
    "larger than a megabyte": (of(USED) + "# x\n" * 300_000, "TR007", 1, "divide it"),
    "one line of a megabyte": ("x" * 900_000, None, 1, "begins"),
    "a megabyte of parentheses": ("(" * 900_000, None, 1, "begins"),
}
WARNINGS = {"unreachable row", "byte order mark", "CR LF"}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told(name, tmp_path):
    text, code, line, word = MISTAKES[name]
    path = tmp_path / "bad.rules"
    path.write_text(text, encoding="utf-8", newline="")
    exit_code, problems = found_by_check(path)
    assert exit_code == (0 if name in WARNINGS else 1)
    fitting = [
        each
        for each in problems
        if (code is None or each["code"] == code)
        and (line is None or each["labels"][0]["line"] == line)
        and word in f"{each['message']} {each['help']}"
    ]
    assert fitting, problems[:5]
    if name in WARNINGS:
        assert start("check", "--strict", path.name, cwd=tmp_path).code == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "gb18030"])
def test_another_encoding(tmp_path, encoding):
    path = tmp_path / "bad.rules"
    path.write_bytes(of(f"{USED}  # é").encode(encoding))
    exit_code, problems = found_by_check(path)
    assert exit_code == 1
    assert problems[0]["code"] in ("TR002", "TR009")
    assert "UTF-8" in problems[0]["help"] or "remove" in problems[0]["help"]


def test_a_library_through_a_link_out_of_the_folder(tmp_path):
    (tmp_path / "outside.rules").write_text("library outside version 1.0 language 1\n", encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.rules").symlink_to(tmp_path / "outside.rules")
    (inside / "folder").symlink_to(tmp_path)
    for name in ("link.rules", "folder/outside.rules"):
        (inside / "bad.rules").write_text(HEAD.replace("  months ", f'  use "{name}"\n  months ', 1) + criterion(USED), encoding="utf-8")
        exit_code, problems = found_by_check(inside / "bad.rules")
        assert exit_code == 1
        assert [(each["code"], each["labels"][0]["line"]) for each in problems if each["severity"] == "error"] == [("TR065", 5)]


def test_a_missing_file_is_an_input_error(tmp_path):
    exit_code, (problem,) = found_by_check(tmp_path / "none.rules")
    assert (exit_code, problem["code"]) == (2, "TR025")
    assert start("screen", "none.rules", "--patient", "p.json", "--on", "2026-03-02", cwd=tmp_path).code == 2


def test_a_folder_is_an_input_error(tmp_path):
    (tmp_path / "bad.rules").mkdir()
    exit_code, problems = found_by_check(tmp_path / "bad.rules")
    assert (exit_code, len(problems)) == (2, 1)


def test_all_mistakes_in_one_run_by_place(tmp_path):
    """Mistakes of syntax, names, units and logic in one file are told together."""
    bodies = [
        "creatinin < 5 umol/L", "creatinine < 5 cm", "creatinine <", "age at screening > 300 days", "he_grade >= 1e99", "he_grade >= 1 )",
        "embolism ever\n  and he_grade >= 1\n  or he_grade >= 2", "embolism within 3 moons before screening", "embolsm ever",
    ]  # fmt: skip
    text = HEAD + "".join(criterion(body, f"I{number}") for number, body in enumerate(bodies, 1))
    path = tmp_path / "bad.rules"
    path.write_text(text, encoding="utf-8")
    exit_code, problems = found_by_check(path)
    errors = [each for each in problems if each["severity"] == "error"]
    lines = [each["labels"][0]["line"] for each in errors]
    assert exit_code == 1
    assert len(set(lines)) == len(bodies), [(each["code"], each["labels"][0]["line"]) for each in errors]
    assert lines == sorted(lines)


@pytest.mark.parametrize("name", ["1,000 times not", "near miss", "empty", "CR LF"])
def test_the_other_verbs_take_no_harm(name, tmp_path):
    (tmp_path / "bad.rules").write_text(MISTAKES[name][0], encoding="utf-8", newline="")
    (tmp_path / "p.json").write_text('{"id": "p"}', encoding="utf-8")
    right = name in WARNINGS
    for verb in (["test"], ["trace"], ["lock"], ["docs", "-o", "bad.html"], ["fmt", "--check"]):
        done = start(verb[0], "bad.rules", *verb[1:], cwd=tmp_path)
        assert done.code in (0, 1, 2)
        assert right or name == "near miss" or done.code != 0, verb
    for verb in ("screen", "explain", "advise"):
        done = start(verb, "bad.rules", "--patient", "p.json", "--on", "2026-03-02", cwd=tmp_path)
        assert done.code == (0 if right else 2)
        assert right or "TR0" in done.err


def test_long_chains_that_are_lawful_are_taken(tmp_path):
    """`and` and `or` join any number of conditions: their length is no nesting."""
    path = tmp_path / "long.rules"
    path.write_text(of(" or ".join(["embolism ever", "he_grade < 1"] * 1500)), encoding="utf-8")
    assert found_by_check(path)[0] == 0


def test_a_tower_of_powers_ends(tmp_path):
    (tmp_path / "p.json").write_text(
        '{"id": "p", "facts": [{"fact": "creatinine", "value": 9, "unit": "umol/L", "date": "2026-03-01"}]}', encoding="utf-8"
    )
    for body in ("(creatinine in umol/L) ^ 9 ^ 9 ^ 9 > 1", "(creatinine in umol/L) ^ 999999999 > 1", "exp(exp(creatinine in umol/L)) > 1"):
        (tmp_path / "bad.rules").write_text(of(body), encoding="utf-8")
        done = start("screen", "bad.rules", "--patient", "p.json", "--on", "2026-03-02", "--moment", "screening=2026-03-02", cwd=tmp_path)
        assert done.code in (0, 2)


SOURCE = """\
Inclusion Criteria:
1. Age 18 years or older.
2. Willing to walk.
Exclusion Criteria:
1. Dialysis.
Study Plan
"""


@pytest.fixture
def traced(tmp_path):
    (tmp_path / "source.md").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "bad.rules").write_text(
        HEAD
        + criterion("source inclusion 1\n  age at screening >= 18 years\n  and creatinine < 100 umol/L")
        + criterion("source inclusion 2\n  he_grade < 1", "I2")
        + criterion("source exclusion 1\n  not embolism ever", "I3"),
        encoding="utf-8",
    )
    return tmp_path


def test_a_source_item_that_does_not_exist(traced):
    text = (traced / "bad.rules").read_text(encoding="utf-8")
    (traced / "bad.rules").write_text(text.replace("source inclusion 2", "source inclusion 9"), encoding="utf-8")
    done = start("trace", "bad.rules", cwd=traced)
    assert done.code == 1
    assert "inclusion 9" in done.out
    assert "help:" in done.out
    # What is left without a rule is told in the same run.
    assert "inclusion 2 has no rule" in done.out


def test_a_source_item_that_has_changed(traced):
    assert start("lock", "bad.rules", cwd=traced).code == 0
    assert start("trace", "bad.rules", cwd=traced).code == 0
    (traced / "source.md").write_text(SOURCE.replace("18 years", "16 years"), encoding="utf-8")
    done = start("trace", "bad.rules", cwd=traced)
    assert done.code == 1
    assert "the words of inclusion 1 changed" in done.out
    assert "I1" in done.out
    assert "help:" in done.out
    assert start("lock", "--check", "bad.rules", cwd=traced).code == 1


def test_a_source_that_is_not_there(traced):
    (traced / "source.md").unlink()
    done = start("trace", "bad.rules", cwd=traced)
    assert done.code in (1, 2)
    assert "source.md" in done.out + done.err
