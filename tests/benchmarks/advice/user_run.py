"""The run a user brings: the task's model, `fit` with validation data, model and history saved."""

import json
from pathlib import Path

from advisor.atomic import atomic_write
from advisor.candidates.placement import Placement
from advisor.candidates.search_space import SearchSpace, search_space_of
from advisor.evidence.measurement import Evidence
from advisor.inputs.history import read_history
from advisor.inputs.live_model import describe_live_model
from advisor.inputs.model_file import open_model
from advisor.rulebook.apply import apply
from advisor.rulebook.rule import Findings
from advisor.rulebook.rulebook import load_rules, shipped_rules
from advisor.values import dataclass
from tests.benchmarks.advice.caching import CACHE
from tests.benchmarks.advice.tasks import Drawn, Task, fingerprint
from tests.evidence.measured import evidence_of

_SPECTRUM_LIMIT = 0


@dataclass(frozen=True, kw_only=True)
class UserRun:
    """What `advisor check` is given, and what it makes of it before any probe.

    `onset` is the history's best epoch, from 1; None where it can't be told.
    """

    model: Path
    history: Path
    space: SearchSpace
    onset: int | None


def user_run(task: Task, data_seed: int, drawn: Drawn, cache: Path = CACHE) -> UserRun:
    """Fit the model once, unless that was done before, and read it as `advisor check` does."""
    model = model_path(task, data_seed, cache)
    history = model.with_suffix(".json")
    if not history.exists():
        model.parent.mkdir(parents=True, exist_ok=True)
        _fit(task, data_seed, drawn, model, history)
    run = read_history(history)
    with open_model(model) as facts:
        evidence = evidence_of(
            facts,
            run,
            n_train=task.n_train,
            n_val=task.n_val,
            batch_size=task.batch_size,
            spectrum_limit=_SPECTRUM_LIMIT,
        )
        findings = apply(load_rules((shipped_rules(),)), evidence)
        space = search_space_of(findings, Placement(model=facts, evidence=evidence))
    return UserRun(model=model, history=history, space=space, onset=_onset(evidence))


def model_path(task: Task, data_seed: int, cache: Path) -> Path:
    """Where the user's model is saved once it is fitted."""
    return cache / "users" / f"{task.name}-{data_seed}.keras"


def plain_space(task: Task, shape: tuple[int, ...]) -> SearchSpace:
    """What the network takes with no history to go by."""
    facts = describe_live_model(task.build(task, shape))
    placement = Placement(model=facts, evidence=evidence_of(facts, spectrum_limit=0))
    nothing = Findings(fired=(), undecided=())
    return search_space_of(nothing, placement)


def _fit(task: Task, data_seed: int, drawn: Drawn, model_path: Path, history_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(fingerprint(f"{task.name}/{data_seed}"))
    model = task.build(task, drawn.shape)
    history = model.fit(
        drawn.train.inputs[0],
        drawn.train.targets[0],
        validation_data=(drawn.val.inputs[0], drawn.val.targets[0]),
        epochs=task.epochs,
        batch_size=task.batch_size,
        verbose=0,
    )
    model.save(model_path)
    atomic_write(history_path, json.dumps(history.history))  # last: it says that all is there


def _onset(evidence: Evidence) -> int | None:
    epoch = evidence.model.values.get("best.epoch")
    return int(epoch) if isinstance(epoch, int | float) else None
