"""A JSON report of `advisor check`, read back for what it recommends."""

from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import get_args

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.file_window import shown, shown_name, whole_file
from advisor.inputs.files.json_value import number_of
from advisor.regularization import SPECS, Change, Slot, Strategy
from advisor.values import dataclass
from advisor.version import SCHEMA_VERSION

MAX_BYTES = 64 << 20  # a report with 1,000 layers has 2 MB
MAX_CHANGES = 20_000  # as many as a model may have layers
_SLOTS: Mapping[str, Slot] = {slot: slot for slot in get_args(Slot)}
_ACTIONS = ("add", "reduce", "replace", "keep")


@dataclass(frozen=True, kw_only=True)
class ReportFile:
    """What a report recommends; `model_sha256` is None where it couldn't tell the model's."""

    source: str
    strategy: Strategy
    model_sha256: str | None


def read_report(path: Path) -> ReportFile:
    """The recommendation in the report at `path`.

    InputError where it is no report, one of a later version, one of several, or where it
    recommends something without saying at which layers, as a report made without a model does.
    """
    source = shown_name(path)
    report = report_document(path)
    advice, inputs = report.get("recommendation"), report.get("inputs")
    if not isinstance(advice, dict) or advice.get("action") not in _ACTIONS:
        raise _no_report(source)
    sha256 = inputs.get("model_sha256") if isinstance(inputs, dict) else None
    return recommended(
        source,
        Strategy(changes=_changes(advice.get("changes"), source)),
        sha256 if isinstance(sha256, str) else None,
        is_keep=advice["action"] == "keep",
    )


def recommended(
    source: str, strategy: Strategy, model_sha256: str | None, *, is_keep: bool
) -> ReportFile:
    """What a report recommends; InputError where that is a change, but not at which layers."""
    if not is_keep and not strategy.changes:
        raise InputError(
            f"{source}: doesn't say at which layers; it was made without the model: run "
            "advisor check MODEL HISTORY --report json=FILE"
        )
    return ReportFile(source=source, strategy=strategy, model_sha256=model_sha256)


def report_document(path: Path) -> Mapping[str, object]:
    """The JSON object of the one report at `path`, of the version that is read.

    InputError where it is no report, one of a later version, one of several, or too large.
    """
    source = shown_name(path)
    window = whole_file(path)
    if window.length > MAX_BYTES:
        raise InputError(f"{source}: has {window.length:,} bytes; too many for a report")
    report = parse_json(window.read(0, window.length), source)
    if isinstance(report, list) and all(isinstance(entry, dict) for entry in report):
        raise InputError(f"{source}: holds {len(report)} reports; give a file with one")
    if not isinstance(report, dict) or "schema_version" not in report:
        raise _no_report(source)
    version = report["schema_version"]
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise InputError(
            f"{source}: is a report of version {version!r:.40}, and version {SCHEMA_VERSION} is "
            "read; make it with this advisor"
        )
    if "error" in report:
        reason = shown(str(report["error"]))
        raise InputError(f"{source}: is of a run that could not be checked: {reason}")
    return report


def _no_report(source: str) -> InputError:
    return InputError(
        f"{source}: is no report of advisor; make one with "
        "advisor check MODEL HISTORY --report json=FILE"
    )


def _changes(value: object, source: str) -> tuple[Change, ...]:
    if not isinstance(value, list) or len(value) > MAX_CHANGES:
        raise InputError(f"{source}: its recommendation has no list of changes; make it again")
    changes = tuple(
        change_of(entry, f"{source}: change {number}") for number, entry in enumerate(value, 1)
    )
    places = {(change.layer, change.slot, change.kind) for change in changes}
    if len(places) < len(changes):
        raise InputError(f"{source}: changes one place twice; make it again")
    return changes


def change_of(value: object, where: str) -> Change:
    """The change that a JSON object stands for; InputError, which starts with `where`, for none."""
    if not isinstance(value, dict):
        raise InputError(f"{where} is no object; make the report again")
    layer, kind, slot = value.get("layer"), value.get("kind"), _SLOTS.get(str(value.get("slot")))
    if not isinstance(layer, str) or not layer:
        raise InputError(f"{where} names no layer; make the report again")
    if slot is None:
        raise InputError(f"{where}: slot {shown(str(value.get('slot')))} is not known")
    fitting = (spec for spec in SPECS.values() if kind in spec.kinds and slot in spec.slots)
    spec = next(fitting, None)
    if not isinstance(kind, str) or spec is None:
        raise InputError(f"{where}: kind {shown(str(kind))} has no place in {slot}")
    numbers = {key: number_of(value.get(key)) for key in ("from", "to", "low", "high")}
    for key, number in numbers.items():
        if number is None or number < 0 or (key == "to" and number >= spec.scale.end):
            expected = "a number of 0 or more"
            if spec.scale.end < inf:
                expected = f"a {spec.quantity} of 0 or more, below {spec.scale.end:g},"
            raise InputError(
                f"{where}: '{key}' is {shown(str(value.get(key)))}; {expected} is expected"
            )
    return Change(
        layer=layer,
        slot=slot,
        kind=kind,
        before=numbers["from"] or 0.0,
        to=numbers["to"] or 0.0,
        low=numbers["low"] or 0.0,
        high=numbers["high"] or 0.0,
    )
