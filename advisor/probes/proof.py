"""What probes showed, and the training of the user that they vary."""

from collections.abc import Mapping

from advisor.probes.outcome import Outcome
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a full training of the user's model goes: assumed where no input told, and then said."""

    batch_size: int
    epochs: int
    learning_rates: tuple[float, ...] | None = None  # one an epoch, where the history logged them
    class_weight: Mapping[int, float] | None = None  # by label, where a Recorder noted it
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the probes showed, and how they were run."""

    outcome: Outcome
    engine: str
    recipe: Recipe
    notes: tuple[str, ...]
    seconds: float
