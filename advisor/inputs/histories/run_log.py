"""A run log: the columns that a training tool wrote down, before they are put on one time axis."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Literal, SupportsFloat

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import MAX_VALUES
from advisor.inputs.files.file_window import shown
from advisor.inputs.record import Record
from advisor.values import dataclass

Axis = Literal["epoch", "step"]
MAX_COLUMNS = 2_000  # more are weights or pixels, not metrics


@dataclass(frozen=True, kw_only=True)
class LoggedColumn:
    """One logged name in the order of logging: `values[i]` at `positions[i]`; None where none was.

    Without `positions` the values simply follow one another, from the run's first epoch on.
    """

    values: tuple[float | None, ...]
    positions: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class RunSizes:
    """Counts that a log may carry beside its curves; None where it doesn't."""

    n_train: int | None = None  # rows
    n_val: int | None = None  # rows
    batch_size: int | None = None  # rows a step
    steps_per_epoch: int | None = None

    def filled_from(self, other: "RunSizes") -> "RunSizes":
        """These sizes, with those of `other` where nothing is known here."""
        return RunSizes(
            n_train=self.n_train or other.n_train,
            n_val=self.n_val or other.n_val,
            batch_size=self.batch_size or other.batch_size,
            steps_per_epoch=self.steps_per_epoch or other.steps_per_epoch,
        )


@dataclass(frozen=True, kw_only=True)
class RunLog:
    """What one tool wrote about one run, keyed by the names it used.

    `axis` says what the columns' positions count. `epochs` are the run's epoch numbers as logged,
    for columns without positions; `counts_from_zero` is set where the tool is known to do so.
    """

    columns: Mapping[str, LoggedColumn]
    axis: Axis = "epoch"
    epochs: tuple[int, ...] | None = None
    counts_from_zero: bool = False
    sizes: RunSizes = field(default_factory=RunSizes)
    notes: tuple[str, ...] = ()
    record: Record | None = None  # where a Recorder wrote the log
    has_rows: bool = False  # losses per row lie beside it

    def with_sizes(self, sizes: RunSizes) -> "RunLog":
        """The same log; its own sizes, filled from `sizes` where it has none."""
        return replace(self, sizes=self.sizes.filled_from(sizes))


_SIZE_NAMES: Mapping[str, tuple[str, ...]] = {
    "n_train": ("n_train", "train_size", "samples"),  # Keras 2 put `samples` into params
    "n_val": ("n_val", "val_size", "validation_samples"),
    "batch_size": ("batch_size",),
    "steps_per_epoch": ("steps_per_epoch", "steps"),
}
SIZE_KEYS = frozenset(name for names in _SIZE_NAMES.values() for name in names)


def sizes_in(value: object) -> RunSizes:
    """The positive whole numbers under the known names of a dict, and of its `params`."""
    if not isinstance(value, Mapping):
        return RunSizes()
    sizes = {
        size: next((value[name] for name in names if _is_count(value.get(name))), None)
        for size, names in _SIZE_NAMES.items()
    }
    own = RunSizes(**sizes)
    return own.filled_from(sizes_in(value["params"])) if "params" in value else own


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15


_MISSING = frozenset({"", "na", "n/a", "<na>", "none", "null", "-"})
_WRAPPED = (
    re.compile(  # np.float32(0.5), array([0.5], dtype=float32), tf.Tensor(0.5, shape=(), ...)
        r"(?:\w+\.)*(?:float\d*|int\d*|array|tensor)\(\s*([^,()]+?)\s*(?:,.*)?\)", re.IGNORECASE
    )
)
_LONGEST_NUMBER = 200  # characters; longer text is not one number


def number(raw: object) -> float | None:
    """The one number that `raw` holds, None for a missing value; ValueError for anything else.

    Text counts as the number it spells: `"0.5"`, `"np.float32(0.5)"`, `"[0.5]"`; NaN stays NaN.
    """
    try:
        return _number(raw)
    except (TypeError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _number(raw: object) -> float | None:
    match raw:
        case None:
            return None
        case bool():
            raise ValueError("a truth value is not a figure")
        case int() | float():
            return float(raw)
        case str():
            return _number_in_text(raw)
        case list() | tuple() if len(raw) == 1 and not isinstance(raw[0], list | tuple):
            return _number(raw[0])
    item = getattr(raw, "item", None)  # numpy's scalars and arrays of one entry
    if callable(item):
        raw = item()
    if isinstance(raw, SupportsFloat):
        return float(raw)
    raise ValueError(f"{type(raw).__name__} is not a number")


def _number_in_text(text: str) -> float | None:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("too long for a number")
    bare = text.strip(" \t\r\n\"'")
    if wrapped := _WRAPPED.fullmatch(bare):
        bare = wrapped[1]
    bare = bare.strip(" []")
    return None if bare.lower() in _MISSING else float(bare)


def numbers(
    name: str, raws: Sequence[object], source: str, place: Callable[[int], str]
) -> tuple[float | None, ...] | None:
    """The column's numbers; None for a column that holds no number at all, such as dates.

    InputError where only some entries are no number; `place(i)` says where entry `i` stands.
    """
    values: list[float | None] = []
    bad: list[int] = []
    for index, raw in enumerate(raws):
        try:
            values.append(number(raw))
        except ValueError:
            bad.append(index)
    if bad and any(value is not None for value in values):
        text = shown(str(raws[bad[0]]), 40)
        raise InputError(
            f"{source}: {shown(name)} is {text} at {place(bad[0])}, not a number;"
            " export the history again"
        )
    return None if bad else tuple(values)


def whole_numbers(raws: object) -> tuple[int, ...] | None:
    """The epochs or steps that a list holds; None where an entry is missing or is no number.

    A fraction, as some tools log it within an epoch, belongs to the epoch it is a part of.
    """
    if not isinstance(raws, list | tuple) or not raws:
        return None
    places: list[int] = []
    for raw in raws:
        try:
            value = number(raw)
        except ValueError:
            return None
        if value is None or not math.isfinite(value):
            return None
        places.append(math.ceil(value - 1e-6))
    return tuple(places)


def check_shape(columns: int, rows: int, source: str) -> None:
    """InputError for a table that is too wide, or too large once every row has every column."""
    if columns > MAX_COLUMNS or columns * rows > MAX_VALUES:
        raise InputError(
            f"{source}: holds {columns:,} columns and {rows:,} rows, too many for a history; export"
            " one row for each epoch"
        )


def left_out(names: Sequence[str], reason: str) -> tuple[str, ...]:
    """One note that names what is not used and why; none where `names` is empty."""
    if not names:
        return ()
    some = ", ".join(shown(name) for name in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (f"left out: {some}{more} ({reason})",)
