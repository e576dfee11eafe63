"""The grid of strategies whose truth is measured, and the fixed advice a user finds elsewhere."""

from collections.abc import Mapping

from advisor.candidates.arm import Arm
from advisor.regularization import Family

_L1 = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
_L2 = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
_DROPOUT = (0.1, 0.2, 0.35, 0.5, 0.7)
_PENALTIES_JOINED = (1e-3, 1e-2)
_RATES_JOINED = (0.2, 0.5)

FIXED: Mapping[str, Mapping[Family, float]] = {
    "dropout .5": {"dropout": 0.5},
    "L2 1e-3": {"l2": 1e-3},
    "dropout .5 + L2 1e-3": {"dropout": 0.5, "l2": 1e-3},
    "dropout .2 + L2 1e-3": {"dropout": 0.2, "l2": 1e-3},
}
"""Advice that knows nothing of the model: it sets what it names and leaves the rest alone."""


def grid(is_regularized: bool) -> tuple[Arm, ...]:
    """The user's current recipe first, then every strategy by itself.

    Where the recipe holds regularization already: without it, with less of it, and with fixed
    advice on top.
    """
    doses: list[Mapping[Family, float]] = [
        *({"l1": dose} for dose in _L1),
        *({"l2": dose} for dose in _L2),
        *({"dropout": rate} for rate in _DROPOUT),
        *({"l2": dose, "dropout": r} for dose in (*_PENALTIES_JOINED, 3e-2) for r in _RATES_JOINED),
        *({"l1": dose, "dropout": rate} for dose in _PENALTIES_JOINED for rate in _RATES_JOINED),
        *(
            {"l1": first, "l2": second}
            for first in _PENALTIES_JOINED
            for second in _PENALTIES_JOINED
        ),
    ]
    alone = [Arm(doses=dose, share=0.0) for dose in doses]
    less = [Arm(share=share) for share in (0.0, 0.1, 0.3)]
    on_top = [Arm(doses=dose) for dose in FIXED.values()]
    return (Arm(), *alone, *(less + on_top if is_regularized else []))


def fixed_arm(title: str, is_regularized: bool) -> Arm:
    """The grid's arm for a piece of fixed advice."""
    return Arm(doses=FIXED[title], share=1.0 if is_regularized else 0.0)
