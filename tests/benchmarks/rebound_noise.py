"""How often noise alone passes for a rebound, and how often a true rebound is found.

`python tests/benchmarks/rebound_noise.py` simulates 1,000 validation curves a row and leaves
`results/rebound_noise.json`; `--smoke` takes 100 and leaves nothing. Both exit 1 if noise fires
more often than promised. Three rules side by side:

* advisor: `rebound.z > 2.33` and `rebound.relative > 0.05`;
* windows: the same, but with second differences, and the noise of every run, however short,
  compared between its non-overlapping windows (the formula that the advisor's grew from);
* plain: last / lowest - 1 > 0.05 [Prechelt 1998].
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import exp, sqrt
from pathlib import Path
from random import Random
from statistics import fmean, median

from advisor.evidence.curves.sampling import wilson
from advisor.evidence.curves.smoothing import MAD_TO_SIGMA, Curve, Smoothed

RESULTS = Path(__file__).parent / "results" / "rebound_noise.json"
CUT, Z_CUT = 0.05, 2.33
LENGTHS, SHORT_LENGTHS = (30, 60, 100), (10, 15, 20)
CORRELATIONS = (0.0, 0.5)
NOISES = (0.02, 0.05, 0.1)  # standard deviation of one epoch, as a share of the loss
REBOUNDS = (0.1, 0.2, 0.5)
REBOUND_NOISE = 0.03

# False alarms on flat curves of 30 epochs or more, by autocorrelation of the noise: what the
# report may promise. A run of this benchmark fails where the Wilson interval lies above it.
PROMISED = {0.0: 0.015, 0.5: 0.03}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of curve: how many fired, of `curves`, under each rule."""

    epochs: int
    correlation: float
    noise: float
    rebound: float
    curves: int
    advisor: int
    windows: int
    plain: int

    def interval(self, fired: int) -> tuple[float, float]:
        return wilson(fired / self.curves, self.curves, 1.96)

    def __str__(self) -> str:
        cells = []
        for fired in (self.advisor, self.windows, self.plain):
            low, high = self.interval(fired)
            cells.append(f"{fired / self.curves:6.1%} [{low:5.1%},{high:6.1%}]")
        return (
            f"{self.epochs:6d} {self.correlation:11.1f} {self.noise:6.2f} {self.rebound:8.0%}  "
            + "  ".join(cells)
        )


def noisy(shape: list[float], noise: float, correlation: float, random: Random) -> list[float]:
    """`shape` times 1 + noise, which is autoregressive of order one and stationary."""
    innovation = sqrt(1 - correlation**2)
    state = random.gauss(0, 1)
    curve = []
    for value in shape:
        curve.append(value * (1 + noise * state))
        state = correlation * state + innovation * random.gauss(0, 1)
    return curve


def rebounding(epochs: int, rebound: float) -> list[float]:
    """A loss that decays to 1 and from 40 % of the run on climbs to 1 + `rebound`."""
    times = [epoch / (epochs - 1) for epoch in range(epochs)]
    return [1 + 1.2 * exp(-10 * t) + rebound * max(0.0, (t - 0.4) / 0.6) for t in times]


def error_between_windows(smoothed: Smoothed) -> float:
    """The noise of a window mean as the advisor's formula had it at first."""
    values, window = smoothed.curve.values, smoothed.window
    start = len(values) % window
    blocks = tuple(fmean(values[i : i + window]) for i in range(start, len(values), window))
    return max(_bend(values) / sqrt(window), _bend(blocks))


def _bend(values: tuple[float, ...]) -> float:
    """The standard deviation of independent noise, from the median second difference."""
    bends = [abs(a - 2 * b + c) for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return MAD_TO_SIGMA * median(bends) / sqrt(6)


def fires(curve: list[float]) -> tuple[bool, bool, bool]:
    """Whether advisor, windows and plain call the curve a rebound."""
    smoothed = Smoothed(curve=Curve(epochs=tuple(range(1, len(curve) + 1)), values=tuple(curve)))
    is_large = smoothed.rebound / smoothed.lowest > CUT
    z_of_windows = (smoothed.rebound / error_between_windows(smoothed) - smoothed.luck) / 1.2
    return (
        is_large and smoothed.z > Z_CUT,
        is_large and z_of_windows > Z_CUT,
        curve[-1] / min(curve) - 1 > CUT,
    )


def measured(epochs: int, correlation: float, noise: float, rebound: float, curves: int) -> Row:
    """Simulate one row; the same arguments give the same row."""
    random = Random(f"{epochs} {correlation} {noise} {rebound}")
    shape = rebounding(epochs, rebound) if rebound else [1.0] * epochs
    fired = [fires(noisy(shape, noise, correlation, random)) for _ in range(curves)]
    advisor, windows, plain = (sum(column) for column in zip(*fired, strict=True))
    return Row(
        epochs=epochs,
        correlation=correlation,
        noise=noise,
        rebound=rebound,
        curves=curves,
        advisor=advisor,
        windows=windows,
        plain=plain,
    )


def rows(curves: int) -> Iterator[Row]:
    """First the flat curves, where every rule should be silent, then the rebounds."""
    lengths = (*SHORT_LENGTHS, *LENGTHS)
    for epochs in lengths:
        for correlation in CORRELATIONS:
            for noise in NOISES:
                yield measured(epochs, correlation, noise, 0.0, curves)
    for epochs in lengths:
        for correlation in CORRELATIONS:
            for rebound in REBOUNDS:
                yield measured(epochs, correlation, REBOUND_NOISE, rebound, curves)


def is_broken_promise(row: Row) -> bool:
    """True for a flat curve of 30 epochs or more that fires surely more often than promised."""
    if row.rebound or row.epochs not in LENGTHS:
        return False
    return row.interval(row.advisor)[0] > PROMISED[row.correlation]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="100 curves a row, nothing written")
    is_smoke = parser.parse_args().smoke
    print(
        "epochs correlation  noise  rebound  "
        + "  ".join(f"{rule:22s}" for rule in ("advisor", "windows", "plain"))
    )
    found = []
    for row in rows(100 if is_smoke else 1000):
        found.append(row)
        print(row, flush=True)
    if not is_smoke:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    broken = [row for row in found if is_broken_promise(row)]
    for row in broken:
        print("fires more often than promised:", row)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
