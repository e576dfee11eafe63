"""One recipe to compare: doses of the families, their names, and how a user writes them."""

from collections.abc import Mapping
from dataclasses import field

from advisor.errors import UsageError
from advisor.regularization import FAMILIES, SPECS, Family, Where
from advisor.values import dataclass

_WHERE_NAMES: Mapping[Where, str] = {"first": "first layer", "last-block": "last block"}
_SHARE_NAMES: Mapping[float, str] = {1.0: "current", 0.0: "none", 0.5: "half of current"}


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One recipe to compare.

    `doses` sets a family's strength at all of its places, or at those that `where` names for it.
    Every other slot keeps `share` of its present strength: 1 leaves it as it is, 0 removes it, .1
    is a tenth.

    So `Arm()` is the user's current recipe, `Arm(share=0)` is no regularization at all, and
    `Arm(doses={"l2": 0.01}, share=0)` is L2 alone. A dose of dropout is halved for whole feature
    maps and for recurrent states.
    """

    doses: Mapping[Family, float] = field(default_factory=dict)
    share: float = 1.0
    where: Mapping[Family, Where] = field(default_factory=dict)


def arm_name(arm: Arm) -> str:
    """How an arm is shown: `current`, `none`, `L2 0.01`, `dropout 0.3 + L2 0.001`, ..."""
    shown = sorted(arm.doses, key=lambda family: (SPECS[family].is_penalty, family))
    parts = [f"{SPECS[f].label} {arm.doses[f]:.4g}{_where_name(arm, f)}" for f in shown]
    if not parts or arm.share != 0:
        parts.insert(0, _SHARE_NAMES.get(arm.share, f"{arm.share:g} of current"))
    return " + ".join(parts)


def _where_name(arm: Arm, family: Family) -> str:
    where = arm.where.get(family)
    return f" ({_WHERE_NAMES.get(where, where)})" if where else ""


def parse_arms(text: str) -> tuple[Arm, ...]:
    """Arms as a user writes them: `none,l2=0.01,dropout=0.3+l2=0.001,current+l1@first=0.01`.

    Raises UsageError, with what to write, for anything else.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise _wrong_arm(text, "names no arm")
    return tuple(_parsed_arm(part) for part in parts)


def _parsed_arm(text: str) -> Arm:
    doses: dict[Family, float] = {}
    where: dict[Family, Where] = {}
    share = 0.0
    for word in (word.strip().lower() for word in text.split("+")):
        if word in ("none", "current"):
            share = 1.0 if word == "current" else 0.0
            continue
        name, equals, value = word.partition("=")
        family_name, at, place = name.strip().partition("@")
        family = next((f for f in FAMILIES if f == family_name), None)
        if family is None or not equals or (at and place not in _WHERE_NAMES):
            raise _wrong_arm(text, f"does not name a family and its strength ({word!r})")
        doses[family] = _dose(text, family, value)
        if at:
            where[family] = next(known for known in _WHERE_NAMES if known == place)
    return Arm(doses=doses, share=share, where=where)


def _dose(text: str, family: Family, value: str) -> float:
    try:
        dose = float(value)
    except ValueError as error:
        raise _wrong_arm(text, f"has no number after {family}") from error
    limit = SPECS[family].scale.limit
    if not 0 < dose <= limit:
        raise _wrong_arm(text, f"has {family}={value}; it must be above 0 and at most {limit:g}")
    return dose


def _wrong_arm(text: str, fault: str) -> UsageError:
    return UsageError(
        f"--arms: {text!r} {fault}; write for example none,l2=0.01,dropout=0.3+l2=0.001"
    )
