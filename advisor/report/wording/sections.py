"""The report's sections, each said once for all formats that people read."""

from collections.abc import Callable, Iterator, Sequence

from advisor.gate.result import GateResult
from advisor.report.charts.curves import draw
from advisor.report.charts.doses import draw_doses
from advisor.report.content import ReportContent, ReportedCurve
from advisor.report.probes import Probes
from advisor.report.wording.advice import (
    recommendation_line,
    shown_change,
    stopping_block,
    stopping_line,
    untested_line,
)
from advisor.report.wording.blocks import (
    Block,
    Check,
    CheckList,
    Code,
    Finding,
    FindingList,
    Line,
    Medium,
    Named,
    Picture,
    Points,
    Table,
)
from advisor.report.wording.findings import (
    deciding_inputs,
    evidence_rows,
    grouped_findings,
    notable_layers,
)
from advisor.report.wording.gate import check_details, gate_notes, gate_word, ordered_checks
from advisor.report.wording.probes import (
    arm_rows,
    cost_line,
    dose_title,
    reading_lines,
    scaled_gains,
    table_note,
)
from advisor.values import dataclass

_CURVE_ROWS = 10
_DOSE_ROWS = 8
_WIDEST_DOSES = 110


@dataclass(frozen=True, kw_only=True)
class Section:
    """A titled part of the report, left out if it has no blocks.

    `outcome` is a word after the title. A section that `is_advice` is at the end of a screen and at
    the top of a page, where each is read first. `media` are those that show it.
    """

    title: str
    blocks: Callable[[ReportContent], Iterator[Block]]
    outcome: Callable[[ReportContent], str] = lambda _: ""
    is_advice: bool = False
    media: frozenset[Medium] = frozenset({"screen", "page"})


def sections(medium: Medium) -> Sequence[Section]:
    """The sections that a medium shows, in its order."""
    shown = [section for section in SECTIONS if medium in section.media]
    if medium == "screen":
        return shown
    advice = [section for section in shown if section.is_advice]
    return [shown[0], *reversed(advice), *(s for s in shown[1:] if not s.is_advice)]


def _gate(report: ReportContent) -> Iterator[Block]:
    gate = report.gate
    if gate is None:
        return
    rows = [
        Check(
            outcome=check.outcome,
            text=check.message,
            id=check.id,
            details=tuple(check_details(check)),
        )
        for check in ordered_checks(gate)
    ]
    yield CheckList(rows=rows, notes=tuple(gate_notes(gate)))


def _gate_word(report: ReportContent) -> str:
    gate: GateResult | None = report.gate
    return "" if gate is None else gate_word(gate)


def _curves(report: ReportContent) -> Iterator[Block]:
    others = [c for c in report.curves if c.metric != "loss" and c.train and c.validation]
    for curve in (*(c for c in report.curves if c.metric == "loss"), *others[:1]):
        yield _drawn(curve)


def _drawn(curve: ReportedCurve) -> Picture:
    return Picture(
        title=lambda marks: (
            f"{curve.metric}: {marks.train} train"
            + (f"  {marks.validation} validation" if curve.validation else "")
        ),
        draw=lambda width, marks: draw(curve, width=width, height=_CURVE_ROWS, marks=marks),
    )


def _findings(report: ReportContent) -> Iterator[Block]:
    rows = [
        Finding(
            severity="" if group.severity == "none" else group.severity,
            text=group.title,
            layers=group.layers,
            rule=group.rule,
        )
        for group in grouped_findings(report)
    ]
    if rows:
        yield FindingList(rows=rows)


def _evidence(report: ReportContent) -> Iterator[Block]:
    rows, assumptions = evidence_rows(report)
    if rows:
        yield Table(
            titles=("measurement", "value", "unit", "basis"),
            rows=[(row.name, row.value, row.unit, row.basis) for row in rows],
            numeric=frozenset({"value"}),
            footnotes=assumptions,
        )


def _layers(report: ReportContent) -> Iterator[Block]:
    notable, more = notable_layers(report)
    if notable:
        yield Table(
            titles=("layer", "class", "weights", "regularization now", "why"),
            rows=[
                (layer.path, layer.class_name, f"{layer.parameters:,}", layer.regularization, why)
                for layer, why in notable
            ],
            numeric=frozenset({"weights"}),
            notes=[f"and {more} more"] if more else (),
        )


def _probes(report: ReportContent) -> Iterator[Block]:
    probes = report.probes
    if probes is None:
        return
    yield Line(text=cost_line(report, probes))
    yield _arms(probes)
    if readings := tuple(reading_lines(probes)):
        yield Points(texts=readings, are_bare=True)
    yield Picture(
        title=lambda marks: dose_title(probes, marks),
        draw=lambda width, marks: draw_doses(probes, width=width, height=_DOSE_ROWS, marks=marks),
        widest=_WIDEST_DOSES,
    )
    if probes.notes:
        yield Points(texts=probes.notes, are_aside=True)


def _arms(probes: Probes) -> Table:
    rows, more = arm_rows(probes)
    return Table(
        titles=("arm", "runs", "stopped", "last", "change", ""),
        rows=[(r.name, r.runs, r.stopped, r.last, r.change, r.remark) for r in rows],
        numeric=frozenset({"runs", "stopped", "last", "change"}),
        bars=scaled_gains(rows),
        strong=next((place for place, row in enumerate(rows) if row.is_pick), None),
        notes=[table_note(probes, more)],
    )


def _recommendation(report: ReportContent) -> Iterator[Block]:
    advice = report.recommendation
    yield Line(text=recommendation_line(report), is_strong=True)
    if untested := untested_line(report):
        yield Line(text=untested)
    if advice.why:
        yield Points(texts=advice.why, are_indented=True)
    if advice.changes:
        yield Table(
            titles=("layer", "what", "now", "to", "worth trying"),
            rows=[shown_change(change) for change in advice.changes],
            are_indented=True,
        )
    if advice.early_stopping is not None:
        yield Line(text=stopping_line(report, advice.early_stopping))
        yield from _code(stopping_block(advice.early_stopping))
    yield from _code(advice.code)
    yield from _alternatives(report)


def _code(text: str) -> Iterator[Code]:
    if text:
        yield Code(text=text)


def _alternatives(report: ReportContent) -> Iterator[Block]:
    """Those of rules by their families; those of probes name their arm themselves."""
    advice, title = report.recommendation, "Alternatives, and why they came second"
    if not advice.alternatives:
        return
    if advice.basis == "probes":
        whys = [other.why for other in advice.alternatives]
        yield Points(title=title, texts=whys, are_indented=True)
        return
    yield Named(title=title, rows=[(other.strategy, other.why) for other in advice.alternatives])


def _caveats(report: ReportContent) -> Iterator[Block]:
    if report.caveats:
        yield Points(texts=report.caveats)


def _undecided(report: ReportContent) -> Iterator[Block]:
    if lines := tuple(deciding_inputs(report)):
        yield Points(texts=lines)


SECTIONS: Sequence[Section] = (
    Section(title="Gate", blocks=_gate, outcome=_gate_word),
    Section(title="Learning curves", blocks=_curves, media=frozenset({"screen"})),
    Section(title="Findings", blocks=_findings),
    Section(title="Evidence", blocks=_evidence),
    Section(title="Layers worth looking at", blocks=_layers),
    Section(title="Probes", blocks=_probes, is_advice=True),
    Section(title="Recommendation", blocks=_recommendation, is_advice=True),
    Section(title="Read the figures with care", blocks=_caveats),
    Section(title="Not decided", blocks=_undecided),
)
