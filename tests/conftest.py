"""Settings of the whole suite."""

import os

from hypothesis import settings

# The normal run tries the same examples everywhere, so that a red run is red for everybody; the nightly run and
# TRIALRULES_RANDOM=1 look for new ones. No test is timed: a busy machine is no failure.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None)
settings.load_profile("random" if os.environ.get("TRIALRULES_RANDOM") else "same")
