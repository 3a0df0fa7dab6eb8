"""Derived outcomes: each outcome of a study at each of its times for one subject, three-valued and explained."""
