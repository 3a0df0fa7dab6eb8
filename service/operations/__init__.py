"""What the person at the machine does: start, look after, copy and examine an installation. The verbs of the command line stand on it."""
