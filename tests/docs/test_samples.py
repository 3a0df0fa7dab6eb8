"""Every command and every rule sample of README.md and docs/*.md does what the page says.

TRIALRULES_RENEW=1 writes the output that commands give now into the pages; look at the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .samples import ROOT, WRITING, Block, PageRun, blocks_of, fits, problems_of_rules, steps_of

PAGES = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if path.is_file()]
RENEW = os.environ.get("TRIALRULES_RENEW") == "1"


def blocks_to_run(page: Path, kind: str) -> list[Block]:
    return [
        block
        for block in blocks_of(page.read_text(encoding="utf-8"))
        if block.kind == kind and block.notes.keys().isdisjoint({"not run", "mend"})
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_rule_samples_parse(page):
    assert {block.line: found for block in blocks_to_run(page, "rules") if (found := problems_of_rules(block))} == {}


@pytest.mark.parametrize("page", [page for page in PAGES if blocks_to_run(page, "console")], ids=lambda page: page.name)
def test_commands_give_what_the_page_shows(page, tmp_path):
    run = PageRun(tmp_path)
    text = page.read_text(encoding="utf-8")
    renewed: list[tuple[Block, str]] = []
    for block in blocks_of(text):
        if "not run" in block.notes:
            continue
        if not block.notes.keys().isdisjoint(WRITING):
            run.write(block)
        elif block.kind == "console":
            shown = ""
            for step in steps_of(block):
                got = run.run(step.command)
                if not RENEW:
                    where = f"{page.name}:{block.line}: $ {step.command}"
                    assert fits(step.expected, got), "\n".join([where, "shown:", *step.expected, "got:", *got])
                kept = list(step.expected) if fits(step.expected, got) else got
                shown += "\n".join([f"$ {step.command}", *kept]) + "\n"
            renewed.append((block, shown))
    if RENEW:
        for block, shown in reversed(renewed):
            text = text[: block.start] + shown + text[block.end :]
        page.write_text(text, encoding="utf-8")


def test_the_language_page_has_samples():
    assert len(blocks_to_run(ROOT / "docs" / "language.md", "rules")) >= 8


# ---------------------------------------------------------------- the runner itself

PAGE = """
<!-- file: a.rules -->
```rules
facts
  pain "Pain" score 0 to 10 reach 1 day
```
text
```console
$ echo one; echo two
one
…
$ (exit 3)
$ echo $?
3
```
<!-- not run: needs a network -->
```console
$ nonsense
```
<!-- fragment: criterion -->
```rules
age at screening >= 18 years
```
"""


def test_notes_belong_to_the_block_below():
    first, console, skipped, fragment = blocks_of(PAGE)
    assert (first.notes, first.kind) == ({"file": "a.rules"}, "rules")
    assert [step.command for step in steps_of(console)] == ["echo one; echo two", "(exit 3)", "echo $?"]
    assert skipped.notes == {"not run": "needs a network"}
    assert problems_of_rules(fragment) == []


def test_commands_run_in_one_folder_and_keep_the_exit_code(tmp_path):
    run = PageRun(tmp_path)
    run.write(blocks_of(PAGE)[0])
    assert run.run("cat a.rules")[0] == "facts"
    run.run("(exit 3)")
    assert run.run("echo $?") == ["3"]


def test_files_grow_and_are_mended(tmp_path):
    run = PageRun(tmp_path)
    notes = ("file: a", "add to: a", "mend: a | tw")
    texts = ("one\n  two\n", "three\n", "  2\n  2.5\n")
    page = "".join(f"<!-- {note} -->\n```text\n{text}```\n" for note, text in zip(notes, texts, strict=True))
    for block in blocks_of(page):
        run.write(block)
    assert run.run("cat a") == ["one", "  2", "  2.5", "three"]
    with pytest.raises(AssertionError, match="no line begins"):
        run.write(blocks_of("<!-- mend: a | nine -->\n```text\n9\n```\n")[0])


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        (["a", "b"], ["a", "b", ""], True),
        (["a"], ["a", "b"], False),
        (["a", "…", "d"], ["a", "b", "c", "d"], True),
        (["a", "…", "d"], ["a", "d"], True),
        (["took … s"], ["took 0.3 s"], True),
        (["took … s"], ["took 0.3 m"], False),
        ([], [], True),
        ([], ["a"], False),
        (["a.c"], ["abc"], False),
    ],
)
def test_output_is_compared(expected, got, same):
    assert fits(expected, got) is same


def test_a_broken_sample_is_seen():
    (block,) = blocks_of("```rules\ninclusion I1\n  age >=\n```\n")
    assert problems_of_rules(block)
