"""A table of a rule file: its keys must be known, and its values are read by their kind."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from advisor.errors import RuleError
from advisor.rulebook.vocabulary import did_you_mean

Word = TypeVar("Word", bound=str)


class RuleTable:
    """A TOML table at `key` of `source`; every error names both.

    `known` are the allowed keys; None allows any key.
    """

    def __init__(
        self, source: str, key: str, values: Mapping[str, object], known: Sequence[str] | None
    ) -> None:
        self.source = source
        self._key = key
        self._values = values
        for given in values if known is not None else ():
            if given not in (known or ()):
                hint = did_you_mean(given, known or ())
                keys = ", ".join(known or ())
                raise self.fault(given, f"unknown key{hint or f'; the keys are {keys}'}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def get(self, key: str) -> object:
        """The value as TOML gives it; None if there is none."""
        return self._values.get(key)

    def fault(self, key: str, message: str) -> RuleError:
        """The error to raise about `key`."""
        place = f"{self._key}.{key}" if self._key else key
        place = place if place.isprintable() else ascii(place)
        return RuleError(f"{self.source}: {place[:200]}: {message}")

    def text(self, key: str) -> str:
        """A required text of one printable line."""
        value = self._required(key)
        if not isinstance(value, str):
            raise self.wrong(key, "a text", value)
        return self._line(key, value)

    def prose(self, key: str) -> str:
        """A required text whose paragraphs, split by empty lines, become one line each."""
        value = self._required(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "a text", value)
        paragraphs = (" ".join(part.split()) for part in value.split("\n\n"))
        return "\n\n".join(self._line(key, part) for part in paragraphs if part)

    def texts(self, key: str) -> tuple[str, ...]:
        """A required list of at least one text."""
        value = self._required(key)
        if not isinstance(value, list) or not value:
            raise self.wrong(key, "a list of texts", value)
        lines: list[str] = []
        for line in value:
            if not isinstance(line, str):
                raise self.wrong(key, "a list of texts", value)
            lines.append(self._line(key, line.strip()))
        return tuple(lines)

    def choice(self, key: str, words: Sequence[Word], default: Word | None = None) -> Word:
        """One of `words`."""
        if default is not None and key not in self:
            return default
        return self._word(key, self._required(key), words)

    def choices(self, key: str, words: Sequence[Word]) -> tuple[Word, ...]:
        """A list of some of `words`; empty if the key is not given."""
        value = self._values.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, f"a list of {', '.join(words)}", value)
        return tuple(self._word(key, word, words) for word in value)

    def number(self, key: str, *, at_least: float, at_most: float = float("inf")) -> float:
        """A required finite number within the bounds."""
        number = self.as_number(self._required(key), key)
        if not at_least <= number <= at_most:
            raise self.fault(key, f"{number:g} is not between {at_least:g} and {at_most:g}")
        return number

    def as_number(self, value: object, key: str) -> float:
        """`value`, given at `key`, as a finite number."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong(key, "a number", value)
        if not -1e300 < value < 1e300:
            raise self.fault(key, "a finite number is expected")
        return float(value)

    def table(
        self, key: str, known: Sequence[str] | None, *, optional: bool = False
    ) -> "RuleTable":
        """The table at `key`; an empty one if it is optional and not given."""
        value = self._values.get(key, {}) if optional else self._required(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "a table", value)
        place = f"{self._key}.{key}" if self._key else key
        return RuleTable(self.source, place, value, known)

    def _required(self, key: str) -> object:
        if key not in self._values:
            raise self.fault(key, "this key is missing")
        return self._values[key]

    def _word(self, key: str, value: object, words: Sequence[Word]) -> Word:
        for word in words:
            if value == word:
                return word
        hint = did_you_mean(value, words) if isinstance(value, str) else ""
        raise self.fault(key, f"one of {', '.join(words)} is expected, not {_shown(value)}{hint}")

    def _line(self, key: str, text: str) -> str:
        if not text or not text.isprintable():
            raise self.wrong(key, "a line of printable text", text)
        return text

    def wrong(self, key: str, expected: str, value: object) -> RuleError:
        """The error to raise about a `value` of another kind than `expected`."""
        return self.fault(key, f"{expected} is expected, not {_shown(value)}")


def _shown(value: object) -> str:
    """A short, printable form of a value for a message, whatever its size."""
    match value:
        case str():
            return repr(value[:60])
        case list() | dict():
            return "an empty list" if value == [] else f"a {_TOML_KIND[type(value)]}"
        case bool():
            return "true" if value else "false"
        case int() if abs(value) > 10**18:
            return "a huge number"
        case _:
            return str(value)[:60]


_TOML_KIND: Mapping[type, str] = {list: "list", dict: "table"}
