"""Trial results built by hand."""

from advisor.probes.outcome import Phase, TrialResult
from advisor.probes.trial import Start, Trial
from advisor.regularization import Strategy


def result(
    arm: str,
    pair: int,
    stopped: float,
    last: float | None = None,
    *,
    phase: Phase = "finals",
    start: Start = "scratch",
) -> TrialResult:
    return TrialResult(
        arm=arm,
        phase=phase,
        trial=Trial(strategy=Strategy(), seed=pair, split=pair, epochs=10, start=start),
        stopped=stopped,
        last=stopped if last is None else last,
        best_epoch=5,
        cost=0.1,
    )
