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

    `gain` is that of the present recipe; 0 if only the recommended one needs to be stopped. `code`
    is the callback in one line. With an L1/L2 penalty it `is_by_data_loss`, and takes a class.
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

    `strategy` names the families that the changes use. It is `none` if they only take away, or if
    nothing is changed.

    `strengths` are the largest final ones of every family over the changed layers. They are those
    of the whole network if no model was given to say where they go. In JSON each strength is a key
    beside the others.

    `basis` is `rules` until a training has tested it. Confidence is then never high, and
    `expected` and `label` are None. `label` says what the probe trainings showed. `expected` is
    also None if nothing is to be changed, or if no fresh training was left to measure it.

    >>> from advisor import diagnose
    >>> diagnose(history={"loss": [0.9, 0.5], "val_loss": [0.9, 0.6]}).recommendation
    Recommendation(keep; 0 changes, by rules, confidence low)
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
        """The L1 strength in Keras' units; 0 for none."""
        return self.strengths["l1"]

    @property
    def l2(self) -> float:
        """The L2 strength in Keras' units (without a half); 0 for none."""
        return self.strengths["l2"]

    @property
    def dropout(self) -> float:
        """The dropout rate; 0 for none."""
        return self.strengths["dropout"]
