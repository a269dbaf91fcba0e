"""Figures for Prometheus: those of the machinery come from the checks, those of requests are counted here."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from vikno.core import health

REGISTRY = CollectorRegistry(auto_describe=False)
ProcessCollector(registry=REGISTRY)
REQUESTS = Histogram(
    "vikno_request_seconds",
    "Time from the first byte of a request to the end of its answer, static files and streams left out",
    ["method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


def observe_request(method: str, status: int, seconds: float) -> None:
    """Count one answered request; strange methods share one name, so that nobody can fill the memory with them."""
    REQUESTS.labels(method if method in _METHODS else "other", f"{status // 100}xx").observe(seconds)


class Checks(Collector):
    """The results of all checks, as gauges."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        well = GaugeMetricFamily("vikno_check_ok", "1 if the check finds all well", labels=["check"])
        values = GaugeMetricFamily(
            "vikno_check_value", "The figure of the check, in the unit its name tells", labels=["check"]
        )
        for name, result in health.results().items():
            well.add_metric([name], 1.0 if result.ok else 0.0)
            if result.value is not None:
                values.add_metric([name], float(result.value))
        yield well
        yield values


REGISTRY.register(Checks())


def text() -> bytes:
    """All figures in Prometheus' text format."""
    return generate_latest(REGISTRY)
