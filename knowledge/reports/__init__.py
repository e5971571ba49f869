"""Reading reports: which findings a report names, and whether it says that they are there."""

from knowledge.reports.reader import ReportReader
from knowledge.reports.reading import Contradiction, Hedge, Mention, Reading, Section, Span, Status
from knowledge.reports.recognition import Style, looks_like_report

__all__ = [
    "Contradiction", "Hedge", "Mention", "Reading", "ReportReader", "Section", "Span", "Status", "Style",
    "looks_like_report",
]  # fmt: skip
