"""A training history, whatever tool wrote it, as aligned curves."""

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.file_window import shown, shown_name
from advisor.inputs.histories.epoch_alignment import Points, align
from advisor.inputs.histories.formats import read_log
from advisor.inputs.histories.metric_names import (
    Direction,
    MetricName,
    chosen_direction,
    direction_of,
    metric_name,
    metric_names,
)
from advisor.inputs.histories.recorded import with_rows
from advisor.inputs.histories.run_log import RunLog, check_shape, left_out
from advisor.inputs.histories.shapes import log_from_history_object, log_from_value
from advisor.inputs.record import Record
from advisor.values import dataclass

__all__ = ["Direction", "History", "Series", "history_from", "read_history"]

_NAMES_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Series:
    """One logged quantity: `values[i]` belongs to epoch `epochs[i]` (counted from 1).

    A NaN or infinite value means that Keras logged one; an epoch without a value is left out.
    """

    epochs: tuple[int, ...]
    values: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        if not self.values:
            return "Series(empty)"
        first, last = (f"{self.values[i]:.4g} at epoch {self.epochs[i]}" for i in (0, -1))
        return f"Series({len(self)} values: {first}, ..., {last})"


@dataclass(frozen=True, kw_only=True)
class History:
    """The curves of one training run.

    `train` and `validation` are keyed by canonical names (`loss`, `accuracy`, `out_loss`), a
    validation metric without its `val_` prefix. `directions` says for every metric whether lower
    or higher is better; metrics whose direction is unknown are in `undirected`, never guessed.

    >>> from advisor.inputs.history import history_from
    >>> history = history_from({"loss": [0.9, 0.5], "val_loss": [0.9, 0.6]})
    >>> history
    History('history', 2 epochs; train: loss; validation: loss)
    >>> history.validation["loss"].values, history.directions["loss"]
    ((0.9, 0.6), 'min')
    """

    source: str  # the file's name or "history", for messages
    sha256: str | None
    epochs: int  # the number of epochs of the run, as far as the history shows
    train: Mapping[str, Series]
    validation: Mapping[str, Series]
    learning_rate: Series | None = None
    directions: Mapping[str, Direction] = field(default_factory=dict)
    undirected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what was unusual: resumed, cut short, validation every 2nd epoch
    batch_size: int | None = None  # from the Recorder or `params`
    n_train: int | None = None
    n_val: int | None = None
    steps_per_epoch: int | None = None  # optimizer steps, from `params`
    record: Record | None = None  # where a Recorder wrote the history

    def __repr__(self) -> str:
        source = shown(self.source)
        curves = f"train: {_names(self.train)}; validation: {_names(self.validation)}"
        return f"History({source}, {self.epochs} epochs; {curves})"


def _names(curves: Mapping[str, Series]) -> str:
    """The first names of metrics, fit for one line of a terminal."""
    names = [name if name.isidentifier() else shown(name) for name in curves]
    more = [f"and {len(names) - _NAMES_SHOWN} more"] if len(names) > _NAMES_SHOWN else []
    return ", ".join([*names[:_NAMES_SHOWN], *more]) or "none"


def read_history(path: Path, metrics: Mapping[str, Direction] = {}) -> History:
    """The history in a file or folder at `path`, whatever its name ends in.

    `metrics` says of metrics, by logged or canonical name, which way is better; it overrides the
    table. InputError where there is no history; MissingExtraError where reading needs an extra.
    """
    source = shown_name(path)
    logged = read_log(path, source)
    history = _history(logged.log, source, logged.sha256, metrics)
    return _with_rows(history, path) if logged.log.has_rows else history


def _with_rows(history: History, path: Path) -> History:
    """The same with the losses per row that a Recorder wrote beside the history."""
    if history.record is None:
        return history
    val_loss = history.validation.get("loss", Series(epochs=(), values=()))
    logged = dict(zip(val_loss.epochs, val_loss.values, strict=True))
    record, notes = with_rows(history.record, path, logged)
    return replace(history, record=record, notes=(*history.notes, *notes))


def history_from(value: object, metrics: Mapping[str, Direction] = {}) -> History:
    """The history in a dict, a list of rows, a live `keras.callbacks.History`, or at a path.

    A History is returned as it is. `metrics` and errors as in `read_history`.
    """
    match value:
        case History():
            return value
        case Path():
            return read_history(value, metrics)
        case str():
            return read_history(Path(value), metrics)
    source = "history"
    log = log_from_history_object(value, source) or log_from_value(value, source)
    return _history(log, source, None, metrics)


def _history(
    log: RunLog, source: str, sha256: str | None, metrics: Mapping[str, Direction]
) -> History:
    check_shape(len(log.columns), 1, source)
    names, name_notes = _chosen_names(log)
    aligned = align(log, names, source)
    curves: dict[str, dict[str, Series]] = {"train": {}, "validation": {}, "learning rate": {}}
    for raw, points in aligned.points.items():
        if points:
            curves[names[raw].role][names[raw].metric] = _series(points)
    directions, undirected = _directions(curves, metrics)
    _require_a_metric(directions, undirected, source)
    return History(
        source=source,
        sha256=sha256,
        epochs=aligned.epochs,
        train=curves["train"],
        validation=curves["validation"],
        learning_rate=curves["learning rate"].get("learning_rate"),
        directions=directions,
        undirected=undirected,
        notes=(*log.notes, *name_notes, *aligned.notes, *_unused_metrics(curves, metrics)),
        batch_size=log.sizes.batch_size,
        n_train=log.sizes.n_train,
        n_val=log.sizes.n_val,
        steps_per_epoch=log.sizes.steps_per_epoch,
        record=log.record,
    )


def _chosen_names(log: RunLog) -> tuple[dict[str, MetricName], tuple[str, ...]]:
    """The columns to use: one for each curve, the plainly named one where several claim it."""
    chosen: dict[tuple[str, str], str] = {}
    names = metric_names(log.columns)
    batches = [raw for raw, name in names.items() if name.role == "batch"]
    doubles: list[str] = []
    for raw in sorted(names, key=lambda raw: (names[raw].is_alias, _is_test(raw))):
        name = names[raw]
        if name.role in ("batch", "bookkeeping"):
            continue
        curve = (name.role, name.metric)
        if curve in chosen:
            doubles.append(raw)
        else:
            chosen[curve] = raw
    used = set(chosen.values())
    tests = [raw for raw in log.columns if raw in used and _is_test(raw) and names[raw].is_alias]
    notes = left_out(batches, "logged for each batch")
    notes += left_out(doubles, "another column says the same")
    notes += tuple(f"{shown(raw)} is taken for the validation" for raw in tests[:1])
    return {raw: names[raw] for raw in log.columns if raw in used}, notes


def _is_test(raw: str) -> bool:
    return raw.lower().startswith("test")


def _series(points: Points) -> Series:
    epochs = sorted(points)
    return Series(epochs=tuple(epochs), values=tuple(points[epoch] for epoch in epochs))


def _directions(
    curves: Mapping[str, Mapping[str, Series]], metrics: Mapping[str, Direction]
) -> tuple[dict[str, Direction], tuple[str, ...]]:
    directions: dict[str, Direction] = {}
    undirected: list[str] = []
    for metric in dict.fromkeys((*curves["train"], *curves["validation"])):
        direction = chosen_direction(metric, metrics)
        if direction is None:
            undirected.append(metric)
        else:
            directions[metric] = direction
    return directions, tuple(undirected)


def _require_a_metric(
    directions: Mapping[str, Direction], undirected: tuple[str, ...], source: str
) -> None:
    if directions:
        return
    if not undirected:
        raise InputError(f"{source}: holds no metric with a value; export the history again")
    runs = [name for name in undirected if direction_of(name.rpartition("/")[2])]
    if len(runs) > 1:
        raise InputError(
            f"{source}: seems to hold several runs ({', '.join(map(shown, runs[:3]))}); give the"
            " history of one of them"
        )
    raise InputError(
        f"{source}: has no 'loss' or other known metric, only"
        f" {', '.join(map(shown, undirected[:5]))}; if it is a history, say which way is better:"
        f" --metric {undirected[0] if undirected[0].isidentifier() else 'NAME'}:max"
    )


def _unused_metrics(
    curves: Mapping[str, Mapping[str, Series]], metrics: Mapping[str, Direction]
) -> tuple[str, ...]:
    known = {*curves["train"], *curves["validation"]}
    unused = [raw for raw in metrics if raw not in known and metric_name(raw).metric not in known]
    return tuple(
        f"the metric {shown(raw)} was given a direction but is not logged" for raw in unused
    )
