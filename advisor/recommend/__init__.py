"""What to do: from the rules alone, or from what probe trainings showed.

Imports from inputs, evidence, rulebook, candidates, probes.
"""

from advisor.recommend.by_probes import recommend_from_probes
from advisor.recommend.by_rules import recommend
from advisor.recommend.recommendation import (
    Action,
    Alternative,
    Basis,
    Confidence,
    EarlyStopping,
    Recommendation,
)

__all__ = [
    "Action",
    "Alternative",
    "Basis",
    "Confidence",
    "EarlyStopping",
    "Recommendation",
    "recommend",
    "recommend_from_probes",
]
