"""What the gate looks at: one run with its verdict, and the baseline to compare it with."""

import numpy as np
import numpy.typing as npt

from advisor.evidence.curves.run import Run
from advisor.gate.baseline import Baseline
from advisor.rulebook.rule import Verdict
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class GateSubject:
    """One run to be judged; waivers are matched with `name` and the paths.

    `row_losses` [rows] are the data losses of the validation rows with the weights that ship.
    `val_sha256` identifies those rows, `data_sha256` the file that they came from. Each is None if
    it is unknown.
    """

    verdict: Verdict
    run: Run
    name: str | None = None
    model: str | None = None
    history: str | None = None
    val_sha256: str | None = None
    data_sha256: str | None = None
    row_losses: npt.NDArray[np.float32] | None = None
    baseline: Baseline | None = None
