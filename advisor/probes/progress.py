"""How far a race is, for who watches it."""

from advisor.probes.outcome import Phase
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where the race stands as a trial of `arm` begins, or once it `is_over`.

    `done` of about `planned` trials are finished, `recalled` of them out of a journal. `best` is
    the arm that leads so far, None before any can be compared, and `best_change` its change from
    the current recipe as a share of that one's reading.
    """

    done: int
    planned: int
    arm: str
    phase: Phase
    best: str | None = None
    best_change: float = 0.0
    recalled: int = 0
    is_over: bool = False
