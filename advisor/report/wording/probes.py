"""What the report says of the probe trainings, the same in every format that people read."""

from collections.abc import Iterator, Sequence

from advisor.recommend.wording import figure, metric_words, percent, short_metric, trainings
from advisor.report.charts.curves import Marks
from advisor.report.content import ReportContent
from advisor.report.probes import ProbedArm, Probes
from advisor.values import dataclass

_ARMS_LISTED = 12
_LEAST_SCALE = 0.05  # so that differences within noise draw no long bars
_SPLITS = {
    "resample": "on resampled splits",
    "fixed": "on the validation rows as they are",
    "group": "on splits that keep groups whole",
}


@dataclass(frozen=True, kw_only=True)
class ArmRow:
    """One arm as a line of the table; `gain` is its share of the baseline, above 0 for better."""

    name: str
    runs: str
    stopped: str
    last: str
    change: str
    gain: float | None
    is_screened: bool
    is_pick: bool
    is_current: bool

    @property
    def remark(self) -> str:
        """What the arm is to the user."""
        if self.is_current:
            return "your recipe: keep" if self.is_pick else "your recipe now"
        return "recommended" if self.is_pick else ""


def arm_rows(probes: Probes) -> tuple[list[ArmRow], int]:
    """The arms, best first, the user's recipe always among them; then how many more there are."""
    listed = probes.arms[:_ARMS_LISTED]
    beyond = probes.arms[_ARMS_LISTED:]
    named = [*listed, *(arm for arm in beyond if arm.is_current or arm.is_pick)]
    return [_row(arm, probes) for arm in named], len(probes.arms) - len(named)


def _row(arm: ProbedArm, probes: Probes) -> ArmRow:
    gain = None
    if arm.relative is not None:
        gain = arm.relative if probes.is_maximized else -arm.relative
    return ArmRow(
        name=arm.name,
        runs=str(arm.runs or "screen"),
        stopped=_figure(arm.stopped),
        last=_figure(arm.last),
        change="" if arm.is_current else _percent(arm.relative),
        gain=gain,
        is_screened=not arm.runs,
        is_pick=arm.is_pick,
        is_current=arm.is_current,
    )


def _figure(value: float | None) -> str:
    return "not finite" if value is None else figure(value)


def _percent(share: float | None) -> str:
    return "?" if share is None else f"{share:+.1%}"


def scaled_gains(rows: Sequence[ArmRow]) -> list[float]:
    """Each arm's gain as a share of the largest one in the table, at most 1 and at least -1.

    0 for the screen's rows, which are on another scale.
    """
    gains = [0.0 if row.is_screened else row.gain or 0.0 for row in rows]
    scale = max([_LEAST_SCALE, *gains])
    return [max(-1.0, min(gain / scale, 1.0)) for gain in gains]


def cost_line(report: ReportContent, probes: Probes) -> str:
    """What the race took: trainings, the user's own fits in time and in steps, seconds."""
    engine = " by Keras' own fit" if probes.engine == "fit" else ""
    line = f"{trainings(len(probes.trials))}{engine} {_SPLITS[probes.splits]}"
    if probes.cost_in_fits is not None and probes.cost_in_trainings is not None:
        line += (
            f", worth {probes.cost_in_fits:.2g} fits in time and "
            f"{probes.cost_in_trainings:.2g} in steps"
        )
    seconds = report.timing.get("probe_seconds")
    return line if seconds is None else f"{line} ({seconds:.1f} s)"


def table_note(probes: Probes, more: int) -> str:
    """How to read the table's changes, and how many arms it leaves out."""
    metric = metric_words(probes.objective)
    left_out = f"; {more} more in the JSON" if more else ""
    return (
        f"mean {metric} over paired trainings; change: {probes.policy}, against current{left_out}"
        f"{_screen_note(probes)}"
    )


def _screen_note(probes: Probes) -> str:
    """What the rows of the screen are, which stand on a scale of their own; "" without any."""
    if all(arm.runs for arm in probes.arms):
        return ""
    screened = [trial for trial in probes.trials if trial.phase == "screen"]
    current = probes.current()
    own = next((trial for trial in screened if current and trial.arm == current.name), None)
    said = "; screen: trained on from the saved weights, against your recipe trained on likewise"
    if own is not None:
        reading = own.stopped if probes.policy == "stopped" else own.last
        said += f" for {own.epochs} epoch{'' if own.epochs == 1 else 's'} ({_figure(reading)})"
    return f"{said}: another scale, which no figure of the advice rests on"


def reading_lines(probes: Probes) -> Iterator[str]:
    """Both policies, and what stopping early alone is worth."""
    current = probes.current()
    pick = next((arm for arm in probes.arms if arm.is_pick), None)
    if current is not None and pick is not None and not pick.is_current:
        pairs = "Its one pair" if pick.runs == 1 else f"All its {pick.runs} pairs"
        yield f"{pairs}: {_both(current, pick)}"
    if probes.stopping.gain is not None and probes.stopping.epoch > 0:
        yield _stopping_line(probes, probes.stopping.gain)


def _stopping_line(probes: Probes, gain: float) -> str:
    """What stopping early alone is worth, as far as probes of this length can tell."""
    stopping, metric = probes.stopping, short_metric(probes.objective)
    if stopping.guess is not None:
        return (
            f"Your recipe only guesses at its best, near epoch {stopping.epoch} of {probes.epochs} "
            f"(the {metric} of guessing is {figure(stopping.guess)}): stopping there is no use"
        )
    if stopping.last_epoch < probes.epochs:
        end = f"epoch {stopping.last_epoch} of {probes.epochs}, where these probes ended"
        if gain > 0:
            return (
                f"Early stopping alone, near epoch {stopping.epoch}, improves the {metric} by "
                f"{gain:.0%} against {end}"
            )
        return (
            f"What early stopping alone is worth can't be told here: the {metric} is at its best "
            f"at {end}"
        )
    if gain > 0:
        return (
            f"Early stopping alone, near epoch {stopping.epoch} of {probes.epochs}, improves the "
            f"last {metric} by {gain:.0%}"
        )
    return f"Early stopping alone is worth nothing: the {metric} is at its best at the end"


def _both(current: ProbedArm, pick: ProbedArm) -> str:
    readings = (
        ("stopped early", current.stopped, pick.stopped),
        ("at the end", current.last, pick.last),
    )
    return ", ".join(
        f"{figure(now)} to {figure(then)} {when}"
        + (f" ({percent((then - now) / abs(now))})" if now else "")
        for when, now, then in readings
        if now is not None and then is not None
    )


def dose_title(probes: Probes, marks: Marks) -> str:
    """What the picture of doses shows, and its marks."""
    pick = {arm.name for arm in probes.arms if arm.is_pick}
    drawn = {point.arm for points in probes.dose_response.values() for point in points}
    legend = f"{marks.both} recommended  " if pick & drawn else ""
    legend += f"{marks.train * 3} your recipe now"
    return f"{metric_words(probes.objective)} by dose: {legend}"
