"""Figures for Prometheus: how many requests, how long, what feeds do. Labels are names of ours, never anything that was sent."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY: Final = CollectorRegistry(auto_describe=True)
REQUESTS: Final = Counter("trialrules_requests", "Requests answered.", ["name", "method", "status"], registry=REGISTRY)
SECONDS: Final = Histogram(
    "trialrules_request_seconds",
    "Time to answer.",
    ["name"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
FEEDS: Final = Counter("trialrules_feed_answers", "Answers to calendar programs.", ["answer"], registry=REGISTRY)
STALE: Final = Counter("trialrules_feed_stale", "Feeds served from their last good bytes because rendering failed.", registry=REGISTRY)
VERSION: Final = Gauge("trialrules_info", "The version that runs.", ["version"], registry=REGISTRY)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def seen(name: str, method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    REQUESTS.labels(name, method if method in _METHODS else "other", str(status)).inc()
    SECONDS.labels(name).observe(seconds)


def page() -> bytes:
    """The figures in Prometheus's text form."""
    return bytes(generate_latest(REGISTRY))
