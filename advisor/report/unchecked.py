"""A run that could not be checked, beside the reports of those that could."""

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Unchecked:
    """The run's name, and the one line that says why, and what to do."""

    name: str
    message: str
    location: str | None = None  # a file of the run's, as a path from where the check was started
