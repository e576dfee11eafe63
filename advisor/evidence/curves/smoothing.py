"""A logged curve, its windows of a few epochs, and how far noise alone moves their means."""

from functools import cached_property
from math import log, sqrt
from statistics import NormalDist, fmean, median

from advisor.inputs.history import Series
from advisor.values import dataclass

MINIMUM_POINTS = 6  # two windows of three epochs that don't overlap
POINTS_FOR_MEDIANS = 9  # with fewer, the first and last three are too close for medians

# Keras computes losses in float32: values beyond the largest one are an overflow, and two logged
# values closer than the resolution are the same value.
FLOAT32_MAX = 3.4028235e38
FLOAT32_RESOLUTION = 2.0**-23

MAD_TO_SIGMA = 1.4826  # median absolute deviation -> standard deviation of a normal distribution
WINDOWS_FOR_SLOW_NOISE = 8  # with fewer, the bend of the curve is mistaken for noise
POINTS_FOR_LAG_TWO = 14

# Slow noise moves neighbouring windows together, so their differences show .78 to .93 of it
# (autocorrelation .5, windows of 3 to 9). They are widened by the inverse of .8.
UNSEEN_SLOW_NOISE = 1.25

LUCK_SPREAD = 1.2  # of the difference of a lucky window and another one, in errors of a window


def is_finite(value: float) -> bool:
    """False for NaN, infinity, and values beyond float32."""
    return abs(value) <= FLOAT32_MAX


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The finite values of one logged quantity, at least one; `values[i]` is at `epochs[i]`."""

    epochs: tuple[int, ...]
    values: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def negated(self) -> "Curve":
        """The curve with its sign changed, so that lower is better."""
        return Curve(epochs=self.epochs, values=tuple(-value for value in self.values))

    @property
    def first(self) -> float:
        """The median of the first three values, or the first if there are fewer than nine."""
        return median(self.values[:3]) if len(self) >= POINTS_FOR_MEDIANS else self.values[0]

    @property
    def last(self) -> float:
        """The median of the last three values, or the last if there are fewer than nine."""
        return median(self.values[-3:]) if len(self) >= POINTS_FOR_MEDIANS else self.values[-1]


def finite_curve(series: Series) -> Curve | None:
    """The curve without its non-finite epochs, as if they had not been logged.

    None if no epoch is left.
    """
    kept = [
        (epoch, float(value))
        for epoch, value in zip(series.epochs, series.values, strict=True)
        if is_finite(value)
    ]
    if not kept:
        return None
    epochs, values = zip(*kept, strict=True)
    return Curve(epochs=epochs, values=values)


def window_length(points: int) -> int:
    """A tenth of the run, in points, at least 3 and at most 9."""
    return min(max(round(points / 10), 3), 9)


def jitter(values: tuple[float, ...], lag: int) -> float:
    """The standard deviation of independent noise on a smooth curve, in the curve's unit.

    It is the median third difference over `lag` points, which neither a straight trend nor an even
    bend affects. The third difference of noise with variance v has variance 20 v. 0 if there are
    too few points.
    """
    first, second, third = (values[i * lag :] for i in (1, 2, 3))
    bends = [
        abs(d - 3 * c + 3 * b - a) for a, b, c, d in zip(values, first, second, third, strict=False)
    ]
    return MAD_TO_SIGMA * median(bends) / sqrt(20) if bends else 0.0


@dataclass(frozen=True, kw_only=True)
class Smoothed:
    """A curve that is better when lower, as the means of every window of `window` points.

    The curve has at least `MINIMUM_POINTS` points. `judged` is the index of the window that is
    compared with the lowest one; None for the last window.
    """

    curve: Curve
    judged: int | None = None

    @cached_property
    def window(self) -> int:
        """The number of points in a window."""
        return window_length(len(self.curve))

    @cached_property
    def means(self) -> tuple[float, ...]:
        """The mean of every full window, in order."""
        values, window = self.curve.values, self.window
        return tuple(fmean(values[i : i + window]) for i in range(len(values) - window + 1))

    @cached_property
    def best(self) -> int:
        """The index of the lowest window, and of its first point; the first one if several tie."""
        return self.means.index(min(self.means))

    @property
    def best_epochs(self) -> tuple[int, ...]:
        """The epochs of the lowest window."""
        return self.curve.epochs[self.best : self.best + self.window]

    @property
    def best_epoch(self) -> int:
        """The epoch in the middle of the lowest window, the earlier of two."""
        return self.best_epochs[(self.window - 1) // 2]

    @property
    def lowest(self) -> float:
        """The mean of the lowest window."""
        return self.means[self.best]

    @property
    def judged_window(self) -> int:
        """The index of the judged window; the last one by default."""
        return len(self.means) - 1 if self.judged is None else self.judged

    @property
    def end(self) -> float:
        """The mean of the judged window."""
        return self.means[self.judged_window]

    @property
    def judged_epochs(self) -> tuple[int, ...]:
        """The epochs of the judged window."""
        start = self.judged_window
        return self.curve.epochs[start : start + self.window]

    def around(self, epoch: int) -> "Smoothed":
        """The same curve, judged by the window whose middle is nearest to `epoch`."""
        middle = (self.window - 1) // 2
        centers = self.curve.epochs[middle : middle + len(self.means)]
        nearest = min(range(len(centers)), key=lambda place: abs(centers[place] - epoch))
        return Smoothed(curve=self.curve, judged=nearest)

    @property
    def rebound(self) -> float:
        """How far the judged window is above the lowest one; never negative."""
        return self.end - self.lowest

    @property
    def level(self) -> float:
        """The level midway between the lowest and the judged window, which are compared."""
        return (self.lowest + self.end) / 2

    @cached_property
    def sigma(self) -> float:
        """The standard deviation of the noise from one epoch to the next, at `level`."""
        return self._jitter(self.curve.values, 1)

    def _jitter(self, values: tuple[float, ...], lag: int) -> float:
        """The noise of `values` at `level`.

        The noise of a loss grows and shrinks with the loss. It is therefore measured as a share of
        the level, from differences of logarithms. A steep descent is nearly straight in logarithms,
        so it is not mistaken for noise either. A curve that is not positive, such as a negated
        accuracy, is assumed to have the same noise everywhere.
        """
        if min(self.curve.values) > 0:
            return self.level * jitter(tuple(map(log, values)), lag)
        return jitter(values, lag)

    @cached_property
    def error(self) -> float:
        """The standard error of a window's mean, including noise that lasts over several epochs.

        It is the larger of what independent noise would give (`sigma / sqrt(window)`) and what is
        seen at a longer distance. That distance is from window to window if there are eight or more
        to compare. In shorter runs of 14 points or more it is two points, in runs that are shorter
        still it is one. The result is widened by 4 / points, because the median of few differences
        is itself uncertain.

        Comparing windows also in shorter runs would mistake the bend of the curve for noise: it
        finds no rebounds of 50 % within 10 or 12 epochs. So would second differences instead of
        third ones of logarithms: a smooth descent from 2.2 to .2 within 40 epochs could then hide a
        rebound of 31 %.
        """
        points = len(self.curve)
        if points >= WINDOWS_FOR_SLOW_NOISE * self.window:
            slow = self._jitter(self.means, self.window)
        else:
            lag = 2 if points >= POINTS_FOR_LAG_TWO else 1
            slow = self._jitter(self.curve.values, lag) / sqrt(self.window)
        error = max(self.sigma / sqrt(self.window), UNSEEN_SLOW_NOISE * slow)
        return max((1 + 4 / points) * error, FLOAT32_RESOLUTION * max(map(abs, self.curve.values)))

    @cached_property
    def luck(self) -> float:
        """How many errors the lowest of this many windows is below the truth by chance (Blom)."""
        windows = len(self.curve) / self.window
        return NormalDist().inv_cdf((windows - 0.375) / (windows + 0.25))

    @property
    def z(self) -> float:
        """The rebound in standard errors beyond what the luck of the lowest window explains."""
        if self.error == 0:  # a curve of zeros
            return -self.luck / LUCK_SPREAD
        return (self.rebound / self.error - self.luck) / LUCK_SPREAD


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One quantity on the training and on the validation rows."""

    train: Curve
    validation: Curve

    @cached_property
    def common(self) -> tuple[tuple[int, float, float], ...]:
        """(epoch, train, validation) for every epoch that has both."""
        train = dict(zip(self.train.epochs, self.train.values, strict=True))
        return tuple(
            (epoch, train[epoch], value)
            for epoch, value in zip(self.validation.epochs, self.validation.values, strict=True)
            if epoch in train
        )

    def means(self, epochs: tuple[int, ...]) -> tuple[float, float] | None:
        """The means of train and validation over those of `epochs` that have both; None if none."""
        chosen = [(train, value) for epoch, train, value in self.common if epoch in epochs]
        if not chosen:
            return None
        return fmean(train for train, _ in chosen), fmean(value for _, value in chosen)
