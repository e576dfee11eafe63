"""The gate: whether a run is within its limits, beyond what noise could pretend."""

from advisor.gate.judge import judge
from advisor.gate.subject import Subject

__all__ = ["Subject", "judge"]
