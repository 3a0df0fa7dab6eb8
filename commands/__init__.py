"""One file for each verb of the command line; each exposes `command`."""
