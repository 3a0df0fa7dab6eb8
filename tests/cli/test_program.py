"""The group itself: exit codes, near names, bugs, pipes, Ctrl-C, completion."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from importlib import import_module

import click
import pytest
from trialrules import cli
from trialrules.commands import _console, _outcome

PLAIN = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "TRIALRULES_DEBUG"}}


def start(*args: str, **more: object) -> subprocess.Popen[str]:
    env = {**PLAIN, **more.pop("env", {})}
    command = [sys.executable, "-m", "trialrules", *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=env, **more)


def ends(*args: str, **more: object) -> tuple[int, str, str]:
    with start(*args, **more) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def verb(monkeypatch):
    """Puts a callback in the place of a verb and runs it."""

    def run(callback, *args: str) -> int:
        command = click.Command("screen", callback=callback)
        monkeypatch.setattr(cli.LazyVerbs, "get_command", lambda *_: command)
        return cli.run(["screen", *args])

    return run


def test_the_version_is_one_line():
    assert ends("--version") == (0, f"trialrules {cli.__version__}\n", "")


def test_help_lists_every_verb_and_imports_none():
    code, out, _ = ends("--help")
    assert code == 0
    assert [name for name in cli.VERBS if not re.search(rf"^  {name} ", out, re.MULTILINE)] == []
    program = "import sys\nfrom trialrules.cli import run\nrun(['--help'])\nprint(*(m for m in sys.modules if '.commands.' in m))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "trialrules.commands._console trialrules.commands._outcome"


@pytest.mark.parametrize("name", list(cli.VERBS))
def test_every_verb_exposes_a_command_with_help(name):
    command = import_module(f"trialrules.commands.{name.replace('-', '_')}").command
    assert isinstance(command, click.Command)
    assert cli.run([name, "--help"]) == cli.ExitCode.DONE


@pytest.mark.parametrize(("typed", "hint"), [("scren", "`trialrules screen`"), ("Check", "`trialrules check`"), ("xyzzy", "--help")])
def test_an_unknown_verb_gets_the_near_name(typed, hint):
    code, out, err = ends(typed)
    assert (code, out) == (2, "")
    assert f"there is no verb `{typed}`" in err
    assert hint in err


@pytest.mark.parametrize("args", [["--nonsense"], ["completion", "tcsh"], ["completion"], []])
def test_wrong_usage_is_two(args):
    assert ends(*args)[0] == 2


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (None, 0),
        (_outcome.Outcome.DONE, 0),
        (_outcome.Outcome.FINDINGS, 1),
        (_outcome.Outcome.INPUT_ERROR, 2),
        (_outcome.Outcome.NOT_ELIGIBLE, 3),
    ],
)
def test_each_outcome_has_its_code(verb, result, code):
    assert verb(lambda: result) == code


def test_every_outcome_is_mapped():
    assert cli._CODES.keys() == set(_outcome.Outcome)


def test_an_input_error_shows_its_message_only(verb, capsys):
    def callback():
        raise _outcome.InputError("no such patient")

    assert verb(callback) == 2
    assert capsys.readouterr() == ("", "no such patient\n")


def test_an_unreadable_file_is_an_input_error(verb, capsys, tmp_path):
    assert verb((tmp_path / "none.json").read_text) == 2
    assert capsys.readouterr().err == f"trialrules: {tmp_path / 'none.json'}: No such file or directory\n"


@pytest.mark.parametrize("debug", [False, True])
def test_our_own_bug_is_owned_up_without_quoting_data(verb, capsys, monkeypatch, debug):
    monkeypatch.setenv("TRIALRULES_DEBUG", "1" if debug else "0")

    def callback():
        raise KeyError("patient Chen")

    assert verb(callback) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert "this is a bug in trialrules" in err
    assert re.search(r"KeyError at tests.cli.test_program\.py:\d+\)", err)
    assert ("patient Chen" in err) is debug
    assert ("Traceback" in err) is debug


def test_a_reader_who_goes_away_is_no_bug(verb, capsys):
    def callback():
        raise BrokenPipeError

    assert verb(callback) == 141
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise there")
def test_a_closed_pipe_ends_in_silence():
    program = (
        "import click, sys\nfrom trialrules import cli\n"
        "many = click.Command('screen', callback=lambda: [click.echo('x' * 999) for _ in range(9999)])\n"
        "cli.LazyVerbs.get_command = lambda self, ctx, name: many\nsys.argv = ['trialrules', 'screen']\ncli.main()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_control_c_ends_without_a_traceback():
    program = (
        # A shell starts what runs in the background with the signal ignored, and this test is about what the program does with it.
        "import click, signal, time\nfrom trialrules import cli\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "slow = click.Command('screen', callback=lambda: (click.echo('on'), time.sleep(60)))\n"
        "cli.LazyVerbs.get_command = lambda self, ctx, name: slow\nimport sys\nsys.argv = ['trialrules', 'screen']\ncli.main()"
    )
    command = [sys.executable, "-u", "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == ""


def test_no_colour_when_piped_or_refused(verb, capsys):
    assert "\x1b" not in ends("doctor")[1]
    assert _console.colour_refused({"NO_COLOR": "1"})
    assert _console.colour_refused({"TERM": "dumb"})
    assert not _console.colour_refused({"NO_COLOR": "", "TERM": "xterm"})


def test_no_color_reaches_click(verb, monkeypatch):
    seen = []
    monkeypatch.setenv("NO_COLOR", "1")
    verb(lambda: seen.append(click.get_current_context().color))
    assert seen == [False]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_call_the_program(shell):
    code, out, _ = ends("completion", shell)
    assert code == 0
    assert f"_TRIALRULES_COMPLETE={shell}_complete" in out


def test_completion_offers_verbs():
    words = {"_TRIALRULES_COMPLETE": "bash_complete", "COMP_WORDS": "trialrules expl", "COMP_CWORD": "1"}
    code, out, _ = ends(env=words)
    assert code == 0
    assert out.split() == ["plain,explain", "plain,explain-code"]
