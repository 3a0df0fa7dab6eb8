"""Planned and actual: a checked study and a subject's course become visits with windows, doses, periods and deviations. Pure."""
