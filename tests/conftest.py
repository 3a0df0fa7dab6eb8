"""Settings of the whole suite."""

import os
from pathlib import Path

from hypothesis import settings

from . import rtm

# The normal run tries the same examples everywhere, so that a red run is red for everybody; the nightly run and
# TRIALRULES_RANDOM=1 look for new ones. No test is timed: a busy machine is no failure.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None)
settings.load_profile("random" if os.environ.get("TRIALRULES_RANDOM") else "same")


def pytest_addoption(parser):
    parser.addoption("--rtm", metavar="FOLDER", help="write the traceability matrix of the requirements into this folder")
    parser.addoption("--rtm-add", action="store_true", help="add to the matrix that a run before has written there")


def pytest_configure(config):
    folder = config.getoption("--rtm")
    if folder:
        config.pluginmanager.register(rtm.Matrix(Path(folder), add=config.getoption("--rtm-add")), "rtm")


def pytest_collection_modifyitems(items):
    rtm.note(items)
