"""The result of a check, and what can be done with it."""

from advisor.report.content import ReportContent


class Report(ReportContent):
    """The result of a check: its attributes, and every form in which they are shown."""
