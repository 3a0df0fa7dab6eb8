"""Visits become iCalendar events (RFC 5545) with stable identity. Pure: now, domain, key and earlier state are arguments."""
