"""The gate: whether a run is within its limits, beyond what noise could explain.

Imports from inputs, evidence, settings, rulebook.
"""

from advisor.gate.judge import judge
from advisor.gate.subject import GateSubject

__all__ = ["GateSubject", "judge"]
