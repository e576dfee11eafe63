"""Texts and values from users' files as people may safely see them."""

from unicodedata import category

from advisor.report.content import ReportedReading

_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def visible(text: str) -> str:
    """`text` with every control, format and direction character spelled out (`\\x1b`, `\\u202e`).

    A layer's name can then neither move the cursor nor reorder the line it stands on.
    """
    if text.isprintable():
        return text
    return "".join(_spelled(c) if category(c) in _INVISIBLE else c for c in text)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def shown_value(reading: ReportedReading) -> str:
    """The value as a person reads it: shares in per cent, truths as yes and no."""
    match reading.value:
        case bool():
            return "yes" if reading.value else "no"
        case str():
            return visible(reading.value)
        case value if reading.unit.startswith("share"):
            return f"{value:.1%}"
        case value if float(value).is_integer() and abs(value) < 1e15:
            return f"{int(value):,}"
        case value:
            return f"{value:.4g}"


def shown_unit(reading: ReportedReading) -> str:
    """The unit beside the value; a share's per cent sign already says it."""
    unit = reading.unit
    return unit.removeprefix("share").strip() if unit.startswith("share") else unit
