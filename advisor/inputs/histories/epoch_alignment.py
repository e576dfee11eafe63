"""Epoch alignment: every logged value on one axis of epochs, counted from 1."""

import itertools
from collections.abc import Iterable, Mapping

from advisor.errors import InputError
from advisor.inputs.files.file_window import shown
from advisor.inputs.histories.metric_names import MetricName
from advisor.inputs.histories.run_log import LoggedColumn, RunLog, left_out
from advisor.values import dataclass

MAX_EPOCHS = 100_000  # beyond that a log counts batches, or seconds since 1970

Points = dict[int, float]
_Entries = list[tuple[int, float | None]]  # (position as logged, value), in the order of logging


@dataclass(frozen=True, kw_only=True)
class AlignedLog:
    """Per logged name its values by epoch; `epochs` is the run's last one."""

    points: Mapping[str, Points]
    epochs: int
    notes: tuple[str, ...]


def align(log: RunLog, names: Mapping[str, MetricName], source: str) -> AlignedLog:
    """The columns of `log` that are in `names`, each value at its epoch.

    Shorter validation lists are placed as `validation_freq` would; a resumed run replaces the
    epochs it repeats. InputError where lists don't fit together.
    """
    columns = {name: log.columns[name] for name in names}
    pairing: tuple[str, ...] = ()
    if log.axis == "step" and _alternates(columns, names):
        columns = {name: _without_positions(column) for name, column in columns.items()}
        pairing = ("training and validation are logged at different steps: paired in order",)
    shift = _shift(log, columns, source)
    placed, list_notes = _placed_lists(log, columns, names, shift, source)
    tracks = [_Track(_in_time(entries)) for entries in placed.values()]
    track_notes = _track_notes(tracks)
    numbering, numbering_notes = _numbering(log, tracks, shift, source)
    points = {
        name: {numbering[place]: value for place, value in track.points.items()}
        for name, track in zip(placed, tracks, strict=True)
    }
    return AlignedLog(
        points=points,
        epochs=max(numbering.values(), default=0),
        notes=(*pairing, *list_notes, *track_notes, *numbering_notes),
    )


def _alternates(columns: Mapping[str, LoggedColumn], names: Mapping[str, MetricName]) -> bool:
    """True if training and validation never share a step, as tools log them one after the other."""
    steps: dict[str, set[int]] = {"train": set(), "validation": set()}
    for name, column in columns.items():
        if names[name].role in steps and column.positions is not None:
            logged = zip(column.positions, column.values, strict=True)
            steps[names[name].role].update(step for step, value in logged if value is not None)
    train, validation = steps["train"], steps["validation"]
    return 0 < len(validation) <= len(train) and not train & validation


def _without_positions(column: LoggedColumn) -> LoggedColumn:
    return LoggedColumn(values=tuple(value for value in column.values if value is not None))


def _shift(log: RunLog, columns: Mapping[str, LoggedColumn], source: str) -> int:
    """What to add to a logged position to get the epoch: 1, as Keras counts from 0, or 0."""
    lowest = min(
        itertools.chain(
            log.epochs or (),
            *(column.positions or () for column in columns.values()),
        ),
        default=0,
    )
    if lowest < 0:
        raise InputError(f"{source}: counts its epochs from {lowest}; number them from 0 or 1")
    return 0 if lowest == 1 and not log.counts_from_zero else 1


def _placed_lists(
    log: RunLog,
    columns: Mapping[str, LoggedColumn],
    names: Mapping[str, MetricName],
    shift: int,
    source: str,
) -> tuple[dict[str, _Entries], tuple[str, ...]]:
    """Every column as (position, value) pairs; the lists without positions get theirs here."""
    lists = {name: len(column.values) for name, column in columns.items() if not column.positions}
    train = [name for name in lists if names[name].role == "train"]
    losses = [name for name in train if names[name].metric == "loss"]
    reference = next(iter(losses or train or lists), "")
    run, notes = _run_positions(log, lists.get(reference, 0), shift)
    every: dict[int, int] = {}  # length of a shorter list -> its validation_freq
    odd: list[str] = []
    placed: dict[str, _Entries] = {}
    for name, column in columns.items():
        positions = column.positions or run
        if len(positions) != len(column.values):
            if names[name].role == "learning rate" or not column.values:
                odd.append(name)
                continue
            frequency = _validation_every(run, shift, lists[name])
            if (
                names[name].role != "validation"
                or frequency is None
                or every.keys() - {lists[name]}
            ):
                raise _cut_short(source, name, lists[name], reference, len(run))
            every[lists[name]] = frequency
            positions = _validated(run, shift, frequency)
        placed[name] = list(zip(positions, column.values, strict=True))
    for frequency in every.values():
        notes += (_frequency_note(_validated(run, shift, frequency), len(run), frequency, shift),)
    return placed, notes + left_out(odd, f"not one value for each of {len(run)} epochs")


def _validated(run: tuple[int, ...], shift: int, every: int) -> tuple[int, ...]:
    """The positions after which Keras validates with `validation_freq=every`."""
    return tuple(place for place in run if (place + shift) % every == 0)


def _run_positions(log: RunLog, length: int, shift: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    plain = tuple(range(1 - shift, 1 - shift + length))
    if log.epochs is None or len(log.epochs) == length:
        return log.epochs or plain, ()
    return plain, (
        f"the log numbers {len(log.epochs)} epochs but holds {length}: they are counted from 1",
    )


def _validation_every(run: tuple[int, ...], shift: int, length: int) -> int | None:
    """The `validation_freq` that validates `length` times in these epochs, if one stands out.

    Keras validates after each epoch whose number (from 1) is a multiple of it. Several can give
    the same count; then the one that validates after the last epoch is taken.
    """
    if not run or run != tuple(range(run[0], run[-1] + 1)):
        return None
    first, last = run[0] + shift, run[-1] + shift
    fitting = [
        every for every in range(2, last + 1) if last // every - (first - 1) // every == length
    ]
    if len(fitting) == 1:
        return fitting[0]
    return next((every for every in reversed(fitting) if last % every == 0), None)


def _frequency_note(positions: tuple[int, ...], epochs: int, every: int, shift: int) -> str:
    shown_epochs = ", ".join(str(place + shift) for place in positions[:2])
    return (
        f"validation has {len(positions)} values for {epochs} epochs: they are taken for epoch"
        f" {shown_epochs}{', ...' if len(positions) > 2 else ''}, where validation_freq={every}"
        " logs them"
    )


def _cut_short(source: str, name: str, length: int, reference: str, expected: int) -> InputError:
    return InputError(
        f"{source}: {shown(name)} has {length} epochs but {shown(reference)} has {expected};"
        " export the whole history"
    )


def _in_time(entries: _Entries) -> _Entries:
    """The entries oldest first, where the log was written newest first."""
    falling = len(entries) > 2 and all(
        later[0] < earlier[0] for earlier, later in itertools.pairwise(entries)
    )
    return entries[::-1] if falling else entries


class _Track:
    """One column after resumed runs: going back to a position drops what was logged from there."""

    def __init__(self, entries: _Entries) -> None:
        self.points: Points = {}
        self.steps_back: list[tuple[int, int]] = []  # (from, to), as logged
        self.has_repeats = False
        last = -1
        for place, value in entries:
            if place < last:
                self.steps_back.append((last, place))
                while self.points and next(reversed(self.points)) >= place:
                    self.points.popitem()
            if value is not None:
                self.has_repeats |= place in self.points
                self.points[place] = value
            last = place


def _track_notes(tracks: Iterable[_Track]) -> tuple[str, ...]:
    resumed = max((track.steps_back for track in tracks), key=len, default=[])
    if len(resumed) == 1:
        last, place = resumed[0]
        return (
            f"a resumed run: the log goes back from {last} to {place}, as it numbers its epochs;"
            f" what was logged last from {place} on is kept",
        )
    if resumed:
        return (f"a run resumed {len(resumed)} times: what was logged last of each epoch is kept",)
    if any(track.has_repeats for track in tracks):
        return ("several values in one epoch: the last of each epoch is kept",)
    return ()


def _numbering(
    log: RunLog, tracks: Iterable[_Track], shift: int, source: str
) -> tuple[dict[int, int], tuple[str, ...]]:
    """Position as logged -> epoch from 1, and what was unusual about the positions."""
    logged = sorted({place for track in tracks for place in track.points})
    if not logged:
        return {}, ()
    missing = logged[-1] - logged[0] + 1 - len(logged)
    if log.axis == "step" and missing:
        _check_count(len(logged), source)
        return {place: index for index, place in enumerate(logged, start=1)}, (
            f"the log numbers steps ({logged[0]} to {logged[-1]}), not epochs: its"
            f" {len(logged)} entries are counted as epochs",
        )
    first, last = logged[0] + shift, logged[-1] + shift
    _check_count(last, source)
    notes: tuple[str, ...] = ()
    if first > 1:
        notes += (f"the history starts at epoch {first}: what came before is not in it",)
    if missing:
        notes += (f"{missing} of the epochs {first} to {last} are not in the log",)
    return {place: place + shift for place in logged}, notes


def _check_count(epochs: int, source: str) -> None:
    if epochs > MAX_EPOCHS:
        raise InputError(
            f"{source}: counts {epochs:,} epochs; more than {MAX_EPOCHS:,} are not read: export"
            " one row for each epoch, not for each batch"
        )
