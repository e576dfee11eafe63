"""Every measurement, without a verdict: what `advisor inspect` shows."""

import json
from collections.abc import Callable, Iterator, Mapping

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from advisor.evidence.measurement import Evidence
from advisor.inputs.model_facts import ModelFacts
from advisor.report.content import Inputs, ReportedLayer, ReportedReading
from advisor.report.formats.json import as_json
from advisor.report.formats.terminal import as_text
from advisor.report.page import Page
from advisor.report.readings import layers_shown, readings_shown, reasons_shown
from advisor.report.wording.visible import shown_unit, shown_value, visible
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """All readings of the model, its run and its layers, and why the others have no value."""

    inputs: Inputs
    evidence: Mapping[str, ReportedReading]
    missing: Mapping[str, str]
    layers: tuple[ReportedLayer, ...]
    notes: tuple[str, ...]


def inspection_of(inputs: Inputs, model: ModelFacts | None, evidence: Evidence) -> Inspection:
    """The readings as they are shown."""
    return Inspection(
        inputs=inputs,
        evidence=readings_shown(evidence.model),
        missing=reasons_shown(evidence.model),
        layers=layers_shown(model, evidence),
        notes=model.notes if model else (),
    )


def _rich(inspection: Inspection, page: Page) -> str:
    return as_text(_sections(inspection), page)


def _json(inspection: Inspection, _page: Page) -> str:
    return json.dumps(as_json(inspection), indent=2, allow_nan=False) + "\n"


INSPECTION_FORMATS: Mapping[str, Callable[[Inspection, Page], str]] = {"rich": _rich, "json": _json}


def _sections(inspection: Inspection) -> Iterator[RenderableType]:
    yield from _section("Model and run", inspection.evidence, inspection.missing)
    for layer in inspection.layers:
        title = f"{layer.path} ({layer.class_name}, {layer.regularization})"
        yield from _section(title, layer.evidence, layer.missing)
    for note in inspection.notes:
        yield Text(f"- {visible(note)}")


def _section(
    title: str, evidence: Mapping[str, ReportedReading], missing: Mapping[str, str]
) -> Iterator[RenderableType]:
    yield Rule(Text(visible(title), style="bold"), align="left", style="dim")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("measurement", no_wrap=True)
    table.add_column("value", justify="right", overflow="fold", max_width=24)
    table.add_column("unit and meaning", overflow="fold", ratio=1)
    for name, reading in evidence.items():
        words = [shown_unit(reading), reading.meaning, reading.assumption or ""]
        meaning = "; ".join(word for word in words if word)
        table.add_row(name, shown_value(reading), Text(visible(meaning)))
    for name, reason in missing.items():
        table.add_row(name, "-", Text(visible(reason), style="dim"))
    yield table
    yield Text()
