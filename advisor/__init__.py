"""Should a Keras network get L1, L2, dropout or a mix: how strong, and where?

>>> from advisor import diagnose
>>> report = diagnose("model.keras", "history.json")
>>> report.verdict, report.recommendation.strategy
('overfitting', 'l2')

The public names are imported when first used, so that `import advisor` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from advisor.version import __version__

if TYPE_CHECKING:
    from advisor.errors import AdvisorError as AdvisorError
    from advisor.inputs.history import History as History
    from advisor.pipeline.application import apply_recommendation as apply_recommendation
    from advisor.pipeline.assertion import InconclusiveGateWarning as InconclusiveGateWarning
    from advisor.pipeline.assertion import assert_not_overfitting as assert_not_overfitting
    from advisor.pipeline.diagnosis import diagnose as diagnose
    from advisor.recommend.recommendation import Recommendation as Recommendation
    from advisor.recorder import Recorder as Recorder
    from advisor.report.report import Report as Report

_HOMES = {
    "AdvisorError": "advisor.errors",
    "History": "advisor.inputs.history",
    "InconclusiveGateWarning": "advisor.pipeline.assertion",
    "Recommendation": "advisor.recommend.recommendation",
    "Recorder": "advisor.recorder",
    "Report": "advisor.report.report",
    "apply_recommendation": "advisor.pipeline.application",
    "assert_not_overfitting": "advisor.pipeline.assertion",
    "diagnose": "advisor.pipeline.diagnosis",
}

__all__ = [
    "AdvisorError",
    "History",
    "InconclusiveGateWarning",
    "Recommendation",
    "Recorder",
    "Report",
    "__version__",
    "apply_recommendation",
    "assert_not_overfitting",
    "diagnose",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'advisor' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
