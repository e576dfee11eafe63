"""The verdict on a stored training, from its history alone or with its model's stored facts."""

from __future__ import annotations

from functools import lru_cache

from advisor.inputs.history import history_from
from advisor.pipeline.diagnosis import rules_of
from advisor.rulebook.apply import apply
from advisor.rulebook.rule import Rule
from advisor.rulebook.verdict import decide
from advisor.settings.settings import Settings
from tests.benchmarks.diagnosis.cases import LabelledCase
from tests.benchmarks.diagnosis.facts import StoredModel, load_models
from tests.evidence.measured import evidence_of


def verdict_with_model(case: LabelledCase) -> str:
    """What `advisor check MODEL HISTORY --train-size N --val-size N` says."""
    return _verdict(case, _models()[case.name])


def verdict_of_history(case: LabelledCase) -> str:
    """What `advisor check HISTORY` says."""
    return _verdict(case, None)


def _verdict(case: LabelledCase, stored: StoredModel | None) -> str:
    history = history_from({name: list(values) for name, values in case.history.items()})
    evidence = evidence_of(
        stored.model if stored else None,
        history,
        n_train=case.n_train if stored else None,
        n_val=case.n_val if stored else None,
        statistics=stored.statistics if stored else None,
    )
    return decide(apply(_rules(), evidence)).name


@lru_cache(maxsize=1)
def _models() -> dict[str, StoredModel]:
    return dict(load_models())


@lru_cache(maxsize=1)
def _rules() -> tuple[Rule, ...]:
    return rules_of(Settings())
