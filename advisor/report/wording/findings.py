"""What the report says in words, the same in every format that people read."""

from collections.abc import Iterator, Sequence

from advisor.report.content import ReportContent, ReportedFinding, ReportedLayer
from advisor.report.wording.visible import shown_unit, shown_value
from advisor.rulebook.rule import SEVERITIES, Severity
from advisor.values import dataclass

# The readings every reader asks for first; `advisor inspect` shows all of them.
KEY_READINGS = (
    "history.epochs",
    "loss.train_last",
    "loss.val_last",
    "loss.followed",
    "rebound.relative",
    "rebound.lower",
    "rebound.upper",
    "rebound.smallest_visible",
    "noise.relative",
    "gap.loss",
    "gap.relative_of_val",
    "accuracy.train_last",
    "accuracy.val_last",
    "accuracy.gap",
    "penalty.total",
    "penalty.share",
    "loss.train_data_last",
    "loss.val_data_last",
    "stopping.epoch",
    "stopping.gain",
    "parameters.per_sample",
    "weights.largest_over_median",
    "weights.inputs_for_90_share",
    "weights.stable_rank_share",
    "weights.dead_units_share",
    "weights.nonfinite",
)
_ABOUT_A_PENALTY = ("penalty.share", "loss.train_data_last", "loss.val_data_last")
_LAYERS_NAMED = 4
_LAYERS_LISTED = 12

_INPUT_WORDS = {
    "model": "a saved model",
    "history": "a training history",
    "validation": "a history with validation metrics (fit with validation_data)",
    "data": "the training and validation data",
    "recorder": "a record of how fit was called",
    "train-size": "--train-size N, the number of training rows",
    "val-size": "--val-size N, the number of validation rows",
}


@dataclass(frozen=True, kw_only=True)
class FindingGroup:
    """One rule's finding, with all layers it fired for; `layers` is "" for the whole model."""

    rule: str
    title: str
    severity: Severity
    layers: str


def headline(report: ReportContent) -> str:
    """The verdict in capitals, with its severity where it has one."""
    severity = f" ({report.severity})" if report.severity != "none" else ""
    return f"{report.verdict.upper()}{severity}"


def checked_files(report: ReportContent) -> str:
    """What was checked: the files, the epochs, the layers and weights, the rows."""
    parts = []
    if report.inputs.model is not None:
        weights = sum(layer.parameters for layer in report.layers)
        parts.append(f"{report.inputs.model}: {len(report.layers)} layers, {weights:,} weights")
    if report.inputs.history is not None:
        epochs = report.evidence.get("history.epochs")
        count = f": {epochs.value:.0f} epochs" if epochs and epochs.value else ""
        parts.append(f"{report.inputs.history}{count}")
    if report.inputs.data is not None:
        parts.append(f"{report.inputs.data}{_rows(report)}")
    return "; ".join(parts)


def _rows(report: ReportContent) -> str:
    sizes = (report.inputs.n_train, report.inputs.n_val)
    return ": {:,} training and {:,} validation rows".format(*sizes) if None not in sizes else ""


@dataclass(frozen=True, kw_only=True)
class EvidenceRow:
    """One reading as a line of a table; `basis` is `measured`, or the number of an assumption."""

    name: str
    value: str
    unit: str
    basis: str


def evidence_rows(report: ReportContent) -> tuple[list[EvidenceRow], list[str]]:
    """The key readings, and the assumptions they rest on, each said once."""
    penalty = report.evidence.get("penalty.total")
    hidden = _ABOUT_A_PENALTY if penalty is not None and penalty.value == 0 else ()
    assumptions: list[str] = []
    rows = []
    for name in KEY_READINGS:
        reading = report.evidence.get(name)
        if reading is None or name in hidden:
            continue
        basis = "measured"
        if reading.assumption is not None:
            if reading.assumption not in assumptions:
                assumptions.append(reading.assumption)
            basis = f"assumed ({assumptions.index(reading.assumption) + 1})"
        rows.append(
            EvidenceRow(
                name=name, value=shown_value(reading), unit=shown_unit(reading), basis=basis
            )
        )
    return rows, [f"({number}) {text}" for number, text in enumerate(assumptions, start=1)]


def grouped_findings(report: ReportContent) -> list[FindingGroup]:
    """The findings, worst first, one line a rule and title however many layers it fired for."""
    groups: dict[tuple[str, str], list[ReportedFinding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.rule, finding.title), []).append(finding)
    shown = [
        FindingGroup(
            rule=rule,
            title=title,
            severity=same[0].severity,
            layers=_named([finding.layer for finding in same if finding.layer is not None]),
        )
        for (rule, title), same in groups.items()
    ]
    return sorted(shown, key=lambda group: -SEVERITIES.index(group.severity))


def _named(layers: Sequence[str]) -> str:
    more = len(layers) - _LAYERS_NAMED
    return ", ".join(layers[:_LAYERS_NAMED]) + (f" and {more} more" if more > 0 else "")


def notable_layers(report: ReportContent) -> tuple[list[tuple[ReportedLayer, str]], int]:
    """The layers that a change or a finding names, and why; then how many more there are.

    What a rule says about most layers is a fact about the model and singles none of them out.
    """
    fired: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.layer is not None:
            fired.setdefault(finding.rule, []).append(finding.layer)
    reasons: dict[str, list[str]] = {}
    for change in report.recommendation.changes:
        reasons.setdefault(change.layer, []).append("to be changed")
    for rule, layers in fired.items():
        if len(layers) <= _LAYERS_LISTED:
            for layer in layers:
                reasons.setdefault(layer, []).append(rule)
    notable = [
        (layer, ", ".join(dict.fromkeys(reasons[layer.path])))
        for layer in report.layers
        if layer.path in reasons
    ]
    return notable[:_LAYERS_LISTED], max(len(notable) - _LAYERS_LISTED, 0)


def deciding_inputs(report: ReportContent) -> Iterator[str]:
    """What was left undecided, grouped by the input that would decide it."""
    by_need: dict[tuple[str, ...], list[str]] = {}
    for undecided in report.undecided:
        by_need.setdefault(undecided.needs, []).append(undecided.rule)
    for needs, rules in sorted(by_need.items(), key=lambda item: (not item[0], item[0])):
        names = list(dict.fromkeys(rules))
        if needs:
            words = " and ".join(_INPUT_WORDS[need] for need in needs)
            yield f"{words} would decide {_rules(names)}"
            continue
        for name in names:
            undecided = next(rule for rule in report.undecided if rule.rule == name)
            reasons = "; ".join(f"{what}: {why}" for what, why in undecided.missing.items())
            yield f"{name}: {reasons}"


def _rules(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown + (f" and {len(names) - 3} more rules" if len(names) > 3 else "")
