"""The pipeline: a model file and a history in, a report out.

The module is not called `diagnose`: importing it would then replace the package's function of that
name with a module.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Unpack

from advisor.errors import UsageError
from advisor.gate.result import GateResult
from advisor.pipeline.examination import Examination, examine
from advisor.recommend import recommend, recommend_from_probes
from advisor.recommend.probed_verdict import with_probes
from advisor.report.assemble import assemble
from advisor.report.report import Report
from advisor.rulebook.apply import apply
from advisor.rulebook.rule import Findings, Rule, Verdict
from advisor.rulebook.rulebook import load_rules, select_rules, shipped_rules
from advisor.rulebook.verdict import decide
from advisor.settings.gate import FailLevel
from advisor.settings.keywords import Keywords
from advisor.settings.settings import GateSettings, Settings
from advisor.settings.sources import with_flags
from advisor.version import __version__

if TYPE_CHECKING:  # what runs models is imported only when needed
    from advisor.probes.proof import Proof
    from advisor.probes.race import Progress

Watch = Callable[["Progress"], None]


def diagnose(
    model: object = None,
    history: object = None,
    *,
    fail_on: FailLevel | None = None,
    **keywords: Unpack[Keywords],
) -> Report:
    """Say whether a network overfits and which regularization to use, how strong, and where.

    `model` is the path of a saved model (`.keras`, `.h5`, `.weights.h5`, ...) or a live
    `keras.Model`; `history` is a path, a dict, a list of rows, a `keras.callbacks.History` or a
    `History`. Either may be left out; the report then says what it can't show.

    A saved model is read, never run, unless `data` is given. That is a path or
    `package.module:function` as for `--data`, arrays `(x_train, y_train, x_val, y_val)`, a dict of
    arrays, or a `tf.data.Dataset`. Candidates are then trained on it.

    The other keywords are the flags' names with underscores, see `Keywords`: `val_size`, `metric`,
    `seed` and so on. Those of the gate (`fail_on`, `max_gap`, `baseline`, ...) put its decision
    into the report's `gate`; `assert_not_overfitting` raises on it.

    Raises InputError for a file that is damaged or of another kind than expected, UsageError if
    neither input is given or a flag is needed, RuleError and SettingsError for rules and settings.

    >>> diagnose(history={"loss": [0.9, 0.5], "val_loss": [0.9, 0.6]}).verdict
    'undecided'
    """
    flags: dict[str, object] = {**keywords, "fail_on": fail_on}
    flags["rules"] = tuple(Path(folder) for folder in keywords.get("rules", ()))
    data = flags.pop("data", None)
    return check(model, history, with_flags(Settings(), flags), data, today=date.today())


def check(
    model: object,
    history: object,
    settings: Settings,
    data: object = None,
    *,
    today: date,
    name: str | None = None,
    watch: Watch | None = None,
) -> Report:
    """The same as `diagnose`, with settings as a value.

    `today` decides which waivers are still valid. `name` is the run's name, if several are checked.
    `watch` is called for each probe training.
    """
    started = perf_counter()
    _refuse_an_idle_gate(settings.gate)
    rules = rules_of(settings)
    runs_model = settings.gate.baseline is not None  # row by row, the comparison is paired
    with examine(model, history, settings, data, runs_model=runs_model) as examination:
        return report_on(
            examination, rules, settings, today=today, started=started, name=name, watch=watch
        )


def report_on(
    examination: Examination,
    rules: Sequence[Rule],
    settings: Settings,
    *,
    today: date,
    started: float,
    name: str | None = None,
    watch: Watch | None = None,
) -> Report:
    """The report on an open examination; `started` is `perf_counter` from before it was opened."""
    findings = apply(rules, examination.evidence)
    verdict = decide(findings)
    gate = _gate(examination, verdict, settings, today, name)
    proof = _probed(examination, findings, settings, watch)
    report = assemble(
        version=__version__,
        model=examination.model,
        history=examination.history,
        inputs=examination.inputs,
        evidence=examination.evidence,
        findings=findings,
        verdict=verdict if proof is None else with_probes(verdict, proof.outcome),
        recommendation=recommend(verdict, findings, examination.evidence, examination.model)
        if proof is None
        else recommend_from_probes(
            proof.outcome, verdict, findings, examination.evidence, examination.model
        ),
        proof=proof,
        notes=examination.notes,
        seconds=perf_counter() - started,
    )
    return replace(
        report, name=name, location=examination.history_path or examination.model_path, gate=gate
    )


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """The shipped rules and the user's own, as selected. Raises RuleError, UsageError."""
    rules = load_rules((shipped_rules(), *settings.rules))
    return select_rules(rules, settings.select, settings.ignore)


def _refuse_an_idle_gate(gate: GateSettings) -> None:
    """Raise UsageError if inconclusive checks must fail, but no check is asked for."""
    if gate.inconclusive == "fail" and not gate.is_asked_for:
        raise UsageError(
            "--inconclusive fail: there is no limit to check, so nothing could fail; give"
            " --fail-on LEVEL or another limit with it"
        )


def _gate(
    examination: Examination, verdict: Verdict, settings: Settings, today: date, name: str | None
) -> GateResult | None:
    if not settings.gate.is_asked_for:
        return None
    from advisor.gate.baseline import read_baseline
    from advisor.gate.judge import judge
    from advisor.gate.subject import GateSubject

    path = settings.gate.baseline
    subject = GateSubject(
        name=name,
        model=examination.model_path,
        history=examination.history_path,
        verdict=verdict,
        run=examination.run,
        val_sha256=examination.inputs.val_sha256,
        data_sha256=examination.inputs.data_sha256,
        row_losses=examination.row_losses,
        baseline=None if path is None else read_baseline(path, name),
    )
    return judge(subject, settings.gate, today=today)


def _probed(
    examination: Examination, findings: Findings, settings: Settings, watch: Watch | None
) -> "Proof | None":
    if examination.subject is None or examination.model is None or not settings.probe:
        return None
    from advisor.pipeline.probing import run_probes

    return run_probes(
        examination.subject,
        examination.model,
        examination.evidence,
        findings,
        settings,
        watch,
    )
