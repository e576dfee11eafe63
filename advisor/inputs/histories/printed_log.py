"""Printed logs: what Keras' `fit` writes on the screen, as `tee` and CI systems keep it.

Keras 1 to 3 and R's keras, with `verbose=1` or `verbose=2`, among whatever else was printed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

from advisor.errors import InputError
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.run_log import LoggedColumn, RunLog, RunSizes, check_shape
from advisor.inputs.record import Record

# Colours and cursor movements; what overwrites a line begins a new one.
_ESCAPE = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)")
_LINE_END = re.compile(r"[\r\n\x08]+")
_EPOCH = re.compile(r"(?:^|[\s\]|])Epoch:?\s{0,4}(\d{1,6})\s{0,2}/\s{0,2}\d{1,6}\b(.*)")
_STEPS = re.compile(r"(?:^|[\s\]|])(\d{1,12})/(\d{1,12}|Unknown)(?=[\s\[\u2501]|$)")
_BAR = re.compile(r"(\d{1,12})/(\d{1,12}) (?:\[=+\]|\u2501+)")
_SECONDS = re.compile(r"(?:^|\s)-?\s?\d{1,7}m?s\b")
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)"
_VALUE = re.compile(rf"(?<![\w.])([A-Za-z_][\w./-]{{0,199}})\s?[:=]\s{{0,2}}({_NUMBER})(?![\w.:])")
_SAMPLES = re.compile(r"Train on (\d{1,12}) samples(?:, validate on (\d{1,12}) samples)?")
_TRAIN_STEPS = re.compile(r"Train for (\d{1,12}) steps")
_REDUCED = re.compile(
    r"Epoch 0{0,6}(\d{1,6}): (ReduceLROnPlateau |LearningRateScheduler )?"
    rf"(?:reducing|setting) learning rate to ({_NUMBER}?)\.?(?:\s|$)"
)
_STOPPED = re.compile(r"Epoch 0{0,6}(\d{1,6}): early stopping")
_RESTORED = re.compile(r"Restoring model weights from the end of the best epoch(?:: (\d{1,6}))?")
_LOOKED_AT = 2**20  # characters in which a printed log must show what it is
_RATES = ("lr", "learning_rate")


def is_printed_log(file: HistoryFile) -> bool:
    """True if the text holds a loss after an epoch's title or a progress bar, as `fit` prints."""
    lines = list(_lines(file.text[:_LOOKED_AT]))
    if any(map(_EPOCH.search, lines)):
        return any(_is_of_an_epoch(_values(line)) for line in lines)
    return any(_is_last_of_an_epoch(line) for line in lines)


def log_from_printed(files: HistoryFiles) -> RunLog:
    """The log of the last `fit` in the text; InputError as `log_in`."""
    return log_in(files.only.text, files.source, what="log")


def log_in(text: str, source: str, what: str) -> RunLog:
    """The log of the last `fit` that was printed in a text; a note if there are several.

    InputError for text without a finished epoch, and for more metrics and epochs than a history
    has. `what` is the kind of file, for messages.
    """
    runs = list(_runs(text))
    if not runs:
        raise InputError(f"{source}: holds no finished epoch of a training; give the whole {what}")
    run = runs[-1]
    check_shape(len(run.names), len(run.epochs), source)
    several = f"the {what} holds {len(runs)} trainings: the last one is read"
    return RunLog(
        columns=run.columns(),
        sizes=run.sizes(),
        notes=(*([several] if len(runs) > 1 else ()), *run.notes()),
        record=run.record(),
    )


def _lines(text: str) -> list[str]:
    return _LINE_END.split(_ESCAPE.sub("", text))


def _runs(text: str) -> "Iterator[_Run]":
    """Each `fit` of the log that finished an epoch; one begins where epochs are counted again."""
    lines = _lines(text)
    has_titles = any(map(_EPOCH.search, lines))
    run, sizes = _Run(), RunSizes()
    for line in lines:
        sizes = _announced(line) or sizes
        title = _EPOCH.search(line)
        if title:
            number = int(title[1])
            if run.is_over(number):
                yield from run.if_any()
                run = _Run()
            run.begin(number, sizes)
        elif not has_titles and _is_last_of_an_epoch(line):
            run.begin(len(run.epochs) + 1, sizes)
        run.read(title[2] if title else line)
    yield from run.if_any()


def _announced(line: str) -> RunSizes | None:
    """What a line before the first epoch says of the number of rows or steps."""
    if samples := _SAMPLES.search(line):
        return RunSizes(n_train=int(samples[1]), n_val=int(samples[2]) if samples[2] else None)
    if steps := _TRAIN_STEPS.search(line):
        return RunSizes(steps_per_epoch=int(steps[1]))
    return None


class _Epoch:
    """One epoch's values; `is_complete` once its last step, or its validation, was printed."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.is_complete = False


class _Run:
    """One `fit`, read line by line."""

    def __init__(self) -> None:
        self.epochs: dict[int, _Epoch] = {}
        self.names: dict[str, None] = {}
        self._last = 0  # the epoch that is read; a title's epochs only rise
        self._said = RunSizes()  # by a line of their own
        self._counted: int | None = None  # steps, or rows, that a complete epoch counted
        self._reduced: dict[int, float] = {}  # learning rates, by the first epoch that has them
        self._stopped: int | None = None
        self._is_restored = False
        self._restored: int | None = None

    def is_over(self, epoch: int) -> bool:
        """True if an epoch's title is that of another `fit`, which doesn't continue this one."""
        return epoch <= self._last

    def begin(self, epoch: int, sizes: RunSizes) -> None:
        """Start an epoch of a `fit` before which `sizes` were printed."""
        self._said, self._last = sizes, epoch
        self.epochs[epoch] = _Epoch()

    def if_any(self) -> "Iterator[_Run]":
        """The run itself if it has a finished epoch."""
        if self.epochs and self._finished():
            yield self

    def read(self, line: str) -> None:
        """Take in a line after an epoch's title; one without any meaning is passed over."""
        if not self.epochs or self._read_message(line):
            return
        values = _values(line)
        if not _is_of_an_epoch(values):
            return
        epoch = self.epochs[self._last]
        steps = _STEPS.search(line)
        is_complete = steps is None or steps[1] == steps[2] or _has_validation(values)
        if is_complete and not epoch.is_complete:
            epoch.values.clear()
        if is_complete or not epoch.is_complete:
            epoch.values |= values
            epoch.is_complete |= is_complete
            self.names |= dict.fromkeys(values)
        if steps is not None and steps[1] == steps[2]:
            self._counted = int(steps[1])

    def _read_message(self, line: str) -> bool:
        """Take in what a callback said."""
        if reduced := _REDUCED.search(line):
            # A schedule speaks at the beginning of the epoch, ReduceLROnPlateau at its end.
            first = int(reduced[1]) + (reduced[2] != "LearningRateScheduler ")
            self._reduced[first] = float(reduced[3])
        elif stopped := _STOPPED.search(line):
            self._stopped = int(stopped[1])
        elif restored := _RESTORED.search(line):
            self._is_restored = True
            self._restored = int(restored[1]) if restored[1] else None
        else:
            return False
        return True

    def columns(self) -> Mapping[str, LoggedColumn]:
        """A column for each name, at the epochs that printed it; and the learning rates."""
        finished = {number: epoch.values for number, epoch in self._finished().items()}
        columns = {}
        for name in self.names:
            places = [number for number, values in finished.items() if name in values]
            values = tuple(finished[number][name] for number in places)
            if places:
                columns[name] = LoggedColumn(values=values, positions=tuple(places))
        return columns | self._rates()

    def _finished(self) -> dict[int, _Epoch]:
        """The epochs to use: the last one only if it came to its end."""
        return {
            number: epoch
            for number, epoch in self.epochs.items()
            if epoch.values and (epoch.is_complete or number < self._last)
        }

    def _rates(self) -> dict[str, LoggedColumn]:
        """The learning rates that callbacks announced, where none were printed as a metric."""
        if not self._reduced or any(name in self.names for name in _RATES):
            return {}
        firsts, rates = sorted(self._reduced), dict[int, float]()
        for number in sorted(self._finished()):
            if known := bisect_right(firsts, number):
                rates[number] = self._reduced[firsts[known - 1]]
        column = LoggedColumn(values=tuple(rates.values()), positions=tuple(rates))
        return {"learning_rate": column} if rates else {}

    def sizes(self) -> RunSizes:
        """Rows and steps as far as the log tells.

        Keras 1, and 2 up to TensorFlow 2.1, counted rows up to the end of an epoch and said so
        before the first one, if there were validation rows; later versions count steps.
        """
        if self._said.n_train or self._said.steps_per_epoch or self._counted is None:
            return self._said
        counts_steps = any(map(_has_validation, (e.values for e in self.epochs.values())))
        return RunSizes(steps_per_epoch=self._counted) if counts_steps else self._said

    def record(self) -> Record | None:
        """Which epoch's weights early stopping left, where it said so."""
        if not self._is_restored:
            return None
        known = self._restored if self._restored in self._finished() else None
        return Record(is_of_recorder=False, restores_best_weights=True, saved_epoch=known)

    def notes(self) -> tuple[str, ...]:
        """What was unusual."""
        last, notes = self._last, []
        if last not in self._finished():
            notes.append(f"epoch {last}, the last one, was cut short and is left out")
        if self._stopped is not None:
            notes.append(f"early stopping ended the training after epoch {self._stopped}")
        if self._restored is not None:
            notes.append(f"the weights of epoch {self._restored} were restored at the end")
        return tuple(notes)


def _values(line: str) -> dict[str, float]:
    """The metrics of a progress line, after its count of steps and its time."""
    start = max((m.end() for m in (_STEPS.search(line), _SECONDS.search(line)) if m), default=0)
    return {name: float(value) for name, value in _VALUE.findall(line, start) if name != "ETA"}


def _is_last_of_an_epoch(line: str) -> bool:
    """True for a progress bar at its end."""
    bar = _BAR.search(line)
    return bar is not None and bar[1] == bar[2] and "ETA" not in line and " loss: " in line


def _is_of_an_epoch(values: Mapping[str, float]) -> bool:
    return any(name.endswith("loss") for name in values)


def _has_validation(values: Mapping[str, float]) -> bool:
    return any(name.startswith("val_") for name in values)
