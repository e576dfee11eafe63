"""Whether a history and a model come from one training, as far as one contradicts the other."""

import re

from advisor.evidence.curves.metric_choice import ALIASES
from advisor.evidence.curves.run import Run
from advisor.evidence.evaluation import Evaluation
from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.inputs.histories.metric_names import direction_of, metric_name
from advisor.inputs.history import History
from advisor.inputs.model_facts import ModelFacts
from advisor.values import dataclass

NOTHING = "nothing"
FAR = 1.5  # times outside what was logged; averaged weights of several epochs stay within that
_NUMBERED = re.compile(r"_\d+$")  # Keras counts unnamed metrics of one class: auc, auc_1


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A run's history and the model that it is supposed to belong to.

    `evaluation` is of the model on the validation rows of that training; None if it was not run on
    them.
    """

    run: Run
    model: ModelFacts | None
    evaluation: Evaluation | None = None


@measurement("history.contradiction", kind="text")
def history_contradiction(subject: Agreement) -> Reading:
    """What argues against the history coming from the model's own training: a metric that the model
    wasn't compiled with, or a loss that the training never came near. "nothing" if nothing does.
    """
    if isinstance(subject.run.log, Missing):
        return subject.run.log
    if subject.model is None:
        return Missing(reason="no model was given", needs="model")
    return _other_loss(subject) or _other_metrics(subject.run.log, subject.model) or NOTHING


def _other_loss(subject: Agreement) -> str | None:
    """A text if the model's loss on its validation rows is far outside all logged ones."""
    run, curve = subject.run, subject.run.followed
    loss = subject.evaluation.clean_val_loss if subject.evaluation else None
    if loss is None or isinstance(curve, Missing):
        return None
    if isinstance(run.data_loss, Missing):  # the logged loss contains the penalty
        if run.model_penalty is None:
            return None
        loss += run.model_penalty
    low, high = min(curve.values), max(curve.values)
    if low <= 0 or low / FAR <= loss <= high * FAR:
        return None
    return (
        f"the validation loss of the saved weights is {loss:.3g}, but it was {low:.3g} to"
        f" {high:.3g} in the history"
    )


def _other_metrics(history: History, model: ModelFacts) -> str | None:
    """A text if the history has metrics, of both kinds of rows, that the model doesn't compute."""
    if not model.is_compiled or model.kind not in ("sequential", "functional"):
        return None
    compiled = {spelling for name in model.metrics for spelling in _spellings(name)}
    foreign = [
        name
        for name in sorted(history.train.keys() & history.validation.keys())
        if not name.endswith("loss")
        and direction_of(name) is not None
        and not any(_is_of(spelling, compiled) for spelling in _spellings(name))
    ]
    if not foreign:
        return None
    return f"the history logs {', '.join(foreign)}, which the model was not compiled with"


def _spellings(name: str) -> set[str]:
    """The names under which a metric may be logged, without the number at the end."""
    plain = _NUMBERED.sub("", metric_name(name).metric.lower())
    shorter = {short for short, long in ALIASES.items() if long == plain}
    return {plain, plain.replace("_", ""), ALIASES.get(plain, plain), *shorter}


def _is_of(logged: str, compiled: set[str]) -> bool:
    """True if `logged` is one of these, of the whole model or of an output."""
    return any(logged == name or logged.endswith(f"_{name}") for name in compiled)
