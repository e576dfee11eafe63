"""The pipeline: a model file and a history in, a report out.

The module is not called `diagnose`: importing it would then put a module where the package offers
the function of that name.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from time import perf_counter

from advisor import __version__
from advisor.errors import UsageError
from advisor.evidence.gather import gather
from advisor.evidence.measurement import Evidence
from advisor.inputs.history import Direction, History, history_from, read_history
from advisor.inputs.model_facts import ModelFacts
from advisor.inputs.model_file import open_model
from advisor.recommend import recommend
from advisor.report.assemble import assemble
from advisor.report.report import Inputs, Report
from advisor.rulebook.apply import apply
from advisor.rulebook.rule import Rule
from advisor.rulebook.rulebook import load_rules, select_rules, shipped_rules
from advisor.rulebook.verdict import decide
from advisor.settings import Settings, with_flags
from advisor.values import dataclass

# Spectra of larger kernels cost seconds: `check` leaves them out, `inspect` takes them.
CHECK_SPECTRUM_LIMIT = 256
INSPECT_SPECTRUM_LIMIT = 4096


def diagnose(
    model: object = None,
    history: object = None,
    *,
    train_size: int | None = None,
    val_size: int | None = None,
    batch_size: int | None = None,
    metric: Mapping[str, Direction] | None = None,
    rules: Sequence[str | PathLike[str]] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Report:
    """Say whether a network overfits and which regularization to use, how strong, and where.

    `model` is the path of a saved model (`.keras`, `.h5`, `.weights.h5`, ...) or a live
    `keras.Model`; `history` is a path, a dict, a list of rows, a `keras.callbacks.History` or a
    `History`. Either may be left out; the report then says what it can't tell. A saved model is
    read, never run. `train_size` and `val_size` count rows; `metric` says in which direction a
    metric that isn't known gets better; `rules` are folders of further rules.

    Raises InputError for a file that is damaged or not what it was taken for, UsageError where
    neither input is given, RuleError and SettingsError for rules and settings.

    >>> diagnose(history={"loss": [0.9, 0.5], "val_loss": [0.9, 0.6]}).verdict
    'undecided'
    """
    settings = with_flags(
        Settings(),
        {
            "train_size": train_size,
            "val_size": val_size,
            "batch_size": batch_size,
            "metric": metric,
            "rules": tuple(Path(folder) for folder in rules),
            "select": tuple(select),
            "ignore": tuple(ignore),
        },
    )
    return check(model, history, settings)


def check(model: object, history: object, settings: Settings) -> Report:
    """The same, with settings as a value."""
    started = perf_counter()
    rules = rules_of(settings)
    with examined(model, history, settings, CHECK_SPECTRUM_LIMIT) as case:
        findings = apply(rules, case.evidence)
        verdict = decide(findings)
        return assemble(
            version=__version__,
            model=case.model,
            history=case.history,
            inputs=case.inputs,
            evidence=case.evidence,
            findings=findings,
            verdict=verdict,
            recommendation=recommend(verdict, findings, case.evidence, case.model),
            seconds=perf_counter() - started,
        )


@dataclass(frozen=True, kw_only=True)
class Case:
    """The inputs of one check, and all that was measured on them."""

    model: ModelFacts | None
    history: History | None
    inputs: Inputs
    evidence: Evidence


@contextmanager
def examined(
    model: object, history: object, settings: Settings, spectrum_limit: int
) -> Iterator[Case]:
    """The inputs opened and measured; spectra where the short side is within `spectrum_limit`."""
    if model is None and history is None:
        raise UsageError("nothing to check: give a saved model, a training history, or both")
    run = _history(history, settings)
    with _model(model) as facts:
        n_train = settings.train_size or (run.n_train if run else None)
        n_val = settings.val_size or (run.n_val if run else None)
        batch_size = settings.batch_size or (run.batch_size if run else None)
        evidence = gather(
            facts,
            run,
            n_train=n_train,
            n_val=n_val,
            batch_size=batch_size,
            spectrum_limit=spectrum_limit,
        )
        inputs = Inputs(
            model=facts.source if facts else None,
            model_sha256=facts.sha256 if facts else None,
            history=run.source if run else None,
            history_sha256=run.sha256 if run else None,
            n_train=n_train,
            n_val=n_val,
            batch_size=batch_size,
        )
        yield Case(model=facts, history=run, inputs=inputs, evidence=evidence)


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """The shipped rules with the user's own, as selected. Raises RuleError, UsageError."""
    rules = load_rules((shipped_rules(), *settings.rules))
    return select_rules(rules, settings.select, settings.ignore)


@contextmanager
def _model(model: object) -> Iterator[ModelFacts | None]:
    match model:
        case None:
            yield None
        case ModelFacts():
            yield model
        case str() | PathLike():
            with open_model(Path(model)) as facts:
                yield facts
        case _ if hasattr(model, "layers") and hasattr(model, "weights"):
            from advisor.inputs.live_model import describe_live_model

            yield describe_live_model(model)
        case _:
            raise UsageError(
                f"model: a path or a keras.Model is expected, not {type(model).__name__}; a "
                "training history goes in with history=..."
            )


def _history(history: object, settings: Settings) -> History | None:
    match history:
        case None | History():
            return history
        case str() | PathLike():
            return read_history(Path(history), settings.metric)
        case _:
            return history_from(history, settings.metric)
