"""One protocol, one patient, one instant. Pure: no clock, no disk, no network."""
