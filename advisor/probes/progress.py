"""How far a race is, for who watches it."""

from advisor.probes.outcome import Phase
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The state of the race as a trial of `arm` begins, or when it `is_over`.

    `done` of about `planned` trials are finished, `recalled` of them from a journal. `best` is the
    leading arm so far (None before any can be compared), `best_change` its change from the current
    recipe, as a share of the current recipe's reading.
    """

    done: int
    planned: int
    arm: str
    phase: Phase
    best: str | None = None
    best_change: float = 0.0
    recalled: int = 0
    is_over: bool = False
