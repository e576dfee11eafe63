"""What the command's exit code says of the runs that were looked at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.report.wording.runs import RunResult

GATE_FAILED = 1
CANNOT_CHECK = 2


def exit_code(results: "Sequence[RunResult]") -> int:
    """2 where a run could not be checked, else 1 where one failed its gate, else 0."""
    from advisor.report.unchecked import Unchecked

    if any(isinstance(result, Unchecked) for result in results):
        return CANNOT_CHECK
    gates = [result.gate for result in results if not isinstance(result, Unchecked)]
    return GATE_FAILED if any(gate is not None and gate.is_failed for gate in gates) else 0
