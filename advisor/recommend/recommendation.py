"""What to do: the final strengths at each place, why, and what it is worth."""

from collections.abc import Mapping
from typing import Literal

from advisor.probes.outcome import Expected, Label
from advisor.recommend.wording import strengths_in_words
from advisor.regularization import Change, Family
from advisor.values import dataclass

Action = Literal["add", "reduce", "replace", "keep"]
Basis = Literal["rules", "probes"]
Confidence = Literal["low", "medium", "high"]


@dataclass(frozen=True, kw_only=True)
class EarlyStopping:
    """The epoch to stop at, the share of the final validation loss that it saves, and the code.

    `gain` is that of the present recipe, 0 where only the recommended one needs to be stopped.
    `code` is the callback in one line; beside an L1/L2 penalty it `is_by_data_loss`, which takes a
    class.
    """

    epoch: int
    gain: float
    code: str
    is_by_data_loss: bool


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """A strategy that came second, and why."""

    strategy: str
    changes: tuple[Change, ...]
    why: str


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """What to do: the final strengths at each place, why, and the code that does it.

    `strategy` names the families that the changes use, `none` where they only take away or where
    nothing is changed. `strengths` are the largest final ones of every family over the changed
    layers, or over the whole network where no model was given to say where they go; in JSON each
    is a key beside the others. `basis` is `rules` as long as no training has tested it; confidence
    is then never high, and `expected` and `label` are None. `label` says what probe trainings made
    of it; `expected` is None also where nothing is to be changed, and where no fresh training was
    left to measure it.
    """

    action: Action
    basis: Basis
    confidence: Confidence
    strategy: str
    strengths: Mapping[Family, float]
    changes: tuple[Change, ...]
    why: tuple[str, ...]
    early_stopping: EarlyStopping | None
    code: str
    alternatives: tuple[Alternative, ...] = ()
    expected: Expected | None = None
    label: Label | None = None

    def __repr__(self) -> str:
        what = " ".join(filter(None, [self.action, strengths_in_words(self.strengths)]))
        places = f"{len(self.changes)} change{'' if len(self.changes) == 1 else 's'}"
        return f"Recommendation({what}; {places}, by {self.basis}, confidence {self.confidence})"

    @property
    def l1(self) -> float:
        """The L1 strength, in Keras' own units; 0 for none."""
        return self.strengths["l1"]

    @property
    def l2(self) -> float:
        """The L2 strength, in Keras' own units (without a half); 0 for none."""
        return self.strengths["l2"]

    @property
    def dropout(self) -> float:
        """The dropout rate; 0 for none."""
        return self.strengths["dropout"]
