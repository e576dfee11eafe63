"""What a format is drawn on: its width, and whether colour and Unicode may be used."""

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Page:
    """`width` in columns; formats that aren't drawn ignore it."""

    width: int = 100
    has_color: bool = False
    has_unicode: bool = True
