"""What every request passes through: headers, sizes, where it comes from, how often, and the log."""
