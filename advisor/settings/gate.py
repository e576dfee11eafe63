"""What the gate may hold a run to, and the readers of it."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite, nan
from os import PathLike
from pathlib import Path
from typing import Literal, cast, get_args

from advisor.errors import SettingsError
from advisor.inputs.histories.metric_names import metric_name
from advisor.settings.readers import texts
from advisor.values import dataclass

FailLevel = Literal["mild", "moderate", "severe"]
FailVerdict = Literal["over-regularized", "underfitting", "diverged"]
InconclusiveSetting = Literal["warn", "fail"]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """An amount in the metric's own unit, or where `is_relative` a share (`5%` is .05)."""

    amount: float
    is_relative: bool


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A check (by its id) that may fail, for the runs that `model` matches, until then.

    `model` is a glob for the run's name, or for the path or file name of its model or history;
    None matches every run. The waiver holds on the day `expires` itself.
    """

    check: str
    reason: str
    expires: date
    model: str | None = None


def caps(value: object, where: str, _base: Path | None) -> Mapping[str, Limit]:
    """Caps by metric: a table, `METRIC=X,...`, or a bare X for the loss. Raises SettingsError.

    X is a number in the metric's own unit, or a share such as `5%`.
    """
    if isinstance(value, Mapping):
        pairs = [(str(name), cap) for name, cap in value.items()]
    elif isinstance(value, str):
        pairs = [_named(part) for part in value.split(",") if part.strip()]
    elif isinstance(value, list | tuple):
        pairs = [pair for part in value for pair in _pairs(part)]
    else:
        pairs = [("loss", value)]
    if not pairs:
        raise SettingsError(f"{where}: a number or a share such as 5% is expected, not {value!r}")
    caps: dict[str, Limit] = {}
    for name, cap in pairs:
        if not name:
            raise SettingsError(f"{where}: a metric is expected before the '='")
        metric = metric_name(name).metric
        if metric in caps:
            raise SettingsError(f"{where}: {metric} has two caps; keep one")
        caps[metric] = _limit(cap, where if len(pairs) == 1 else f"{where}: {name}")
    return caps


def _pairs(part: object) -> list[tuple[str, object]]:
    if isinstance(part, str):
        return [_named(name) for name in part.split(",") if name.strip()]
    return [("loss", part)]


def _named(text: str) -> tuple[str, object]:
    name, sign, cap = text.rpartition("=")
    return (name.strip(), cap.strip()) if sign else ("loss", cap.strip())


def _limit(value: object, where: str) -> Limit:
    text = value.strip() if isinstance(value, str) else value
    is_relative = isinstance(text, str) and text.endswith("%")
    try:
        amount = float(text.removesuffix("%") if isinstance(text, str) else text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        amount = nan
    if isinstance(value, bool) or not isfinite(amount) or amount < 0:
        raise SettingsError(
            f"{where}: a number or a share such as 5%, 0 or more, is expected, not {value!r}"
        )
    return Limit(amount=amount / 100 if is_relative else amount, is_relative=is_relative)


def fail_verdicts(value: object, where: str, base: Path | None) -> tuple[FailVerdict, ...]:
    """A list of verdicts, or text with commas between them."""
    known = get_args(FailVerdict)
    names = texts(value, where, base)
    for name in names:
        if name not in known:
            advice = "; for overfitting use fail-on" if name == "overfitting" else ""
            raise SettingsError(
                f"{where}: one of {', '.join(known)} is expected, not {name!r}{advice}"
            )
    return cast(tuple[FailVerdict, ...], tuple(dict.fromkeys(names)))


def report_path(value: object, where: str, base: Path | None) -> Path:
    """The path of a report, relative to the file that names it."""
    shown = str(value) if isinstance(value, PathLike) else value
    if not isinstance(value, str | PathLike) or not str(value).strip() or not Path(value).name:
        raise SettingsError(f"{where}: the path of a report is expected, not {shown!r}")
    return base / Path(value) if base else Path(value)


def waivers(value: object, where: str, _base: Path | None) -> tuple[Waiver, ...]:
    """`[[tool.advisor.gate.waivers]]`: tables with check, reason, expires and perhaps model."""
    if not isinstance(value, list | tuple) or not all(
        isinstance(table, Mapping) for table in value
    ):
        raise SettingsError(f"{where}: tables with check, reason and expires are expected")
    return tuple(_waiver(table, f"{where} {number}") for number, table in enumerate(value, 1))


def _waiver(table: Mapping[str, object], where: str) -> Waiver:
    known = ("check", "reason", "expires", "model")
    for key in table:
        if key not in known:
            raise SettingsError(f"{where}: {key!r} is unknown; it takes {', '.join(known)}")
    check, reason, expires, model = (table.get(key) for key in known)
    if not isinstance(check, str) or not _CHECK_ID.fullmatch(check):
        raise SettingsError(
            f"{where}: check: the id of a check is expected, such as severity, rebound.loss, "
            f"gap.accuracy or verdict.underfitting, not {check!r}"
        )
    if not isinstance(reason, str) or not reason.strip():
        raise SettingsError(f"{where}: reason: say why {check} may fail, not {reason!r}")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise SettingsError(
            f"{where}: expires: a date without quotes is expected, such as 2030-01-31, "
            f"not {str(expires) if isinstance(expires, datetime) else expires!r}"
        )
    if model is not None and (not isinstance(model, str) or not model.strip()):
        raise SettingsError(f"{where}: model: a name, a path or a glob is expected, not {model!r}")
    return Waiver(check=check, reason=reason.strip(), expires=expires, model=model)


_CHECK_ID = re.compile(
    r"severity|verdict\.(over-regularized|underfitting|diverged)"
    r"|(rebound|gap|regression|gap-growth)\..+"
)
