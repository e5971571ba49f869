"""Numbers for Prometheus. No label holds an id of a conversation, an address or anything that was written."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The gateway's counters, in a registry of their own so that one process can hold several gateways."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter("plainscan_requests", "HTTP requests", ["method", "route", "status"], registry=registry)
        self.seconds = Histogram(
            "plainscan_request_seconds", "Time to answer", ["route"], buckets=SECONDS, registry=registry
        )
        self.stages = Histogram(
            "plainscan_stage_seconds", "Time of a stage of answering", ["stage"], buckets=SECONDS, registry=registry
        )
        self.urgent = Counter("plainscan_urgent", "Urgent messages, by level", ["level"], registry=registry)
        self.messages = Counter("plainscan_messages", "Messages said, by type", ["type"], registry=registry)
        self.unavailable = Counter(
            "plainscan_unavailable", "Questions that could not be answered, by cause", ["cause"], registry=registry
        )
        self.feedback = Counter("plainscan_feedback", "Feedback on messages", ["helpful", "passage"], registry=registry)
        self.conversations = Gauge("plainscan_conversations", "Conversations held", registry=registry)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self.registry)
