"""The version, in one place: the build, the command line and every decision read it from here."""

__version__ = "0.1.0"
