"""The sentences of a rule: text in which `{name}` or `{name:.0%}` stands for a measured value.

Only names of measurements and a few number formats are known. Nothing else is looked up, so a
sentence can't reach any object's attributes. `{{` and `}}` are braces.
"""

import re
from collections.abc import Mapping

from advisor.errors import RuleError
from advisor.evidence.measurement import Value
from advisor.rulebook.vocabulary import Vocabulary

MAX_LENGTH = 400  # characters of a sentence
NUMBER_FORMAT = re.compile(r"\+?,?\.[0-6][%efg]")  # ".0%", "+.1%", ",.0f", ".2e", ".3g"
UNKNOWN = "unknown"  # stands for a value that is missing

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[{}]")


def check_sentence(text: str, vocabulary: Vocabulary, place: str) -> None:
    """Raise a RuleError that says what can't be rendered, and where in the sentence."""
    if not text.isprintable() or not text.strip():
        raise RuleError(f"{place}: {text!r} must be one line of printable characters")
    if len(text) > MAX_LENGTH:
        raise RuleError(f"{place}: {len(text)} characters, but at most {MAX_LENGTH} are shown")
    for field in _FIELD.finditer(text):
        name, number_format = field[1], field[2]
        if field[0] in ("{{", "}}"):
            continue
        fault = _fault(name, number_format, vocabulary)
        if fault:
            carets = " " * field.start() + "^" * len(field[0])
            raise RuleError(f"{place}: {fault}\n    {text}\n    {carets}")


def names_shown(text: str) -> tuple[str, ...]:
    """The names of the measurements that a checked sentence shows, each once."""
    return tuple(dict.fromkeys(name for name in (f[1] for f in _FIELD.finditer(text)) if name))


def _fault(name: str | None, number_format: str | None, vocabulary: Vocabulary) -> str | None:
    if name is None:
        return "a single brace; write {name}, or {{ and }} for braces"
    match vocabulary.kind(name):
        case None:
            return vocabulary.complaint(name)
        case "truth":
            return f"{name!r} is true or false, which a sentence can't show"
        case "text" if number_format is not None:
            return f"{name!r} is a text and takes no format"
    if number_format is not None and not NUMBER_FORMAT.fullmatch(number_format):
        return f"unknown number format {number_format!r}; use one like .0% .2f ,.0f .3g .1e"
    return None


def render(text: str, values: Mapping[str, Value]) -> str:
    """A checked sentence with its values; `unknown` for what has no value."""

    def shown(field: re.Match[str]) -> str:
        if field[1] is None:
            return field[0][0]  # "{{" and "}}" are one brace each
        value = values.get(field[1])
        if value is None:
            return UNKNOWN
        if isinstance(value, str):
            return value
        if field[2] is not None:
            return format(float(value), field[2])
        return _plain(float(value))

    return _FIELD.sub(shown, text)


def _plain(number: float) -> str:
    """A number without a format: all digits of a whole number, three digits of any other."""
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.3g}"
