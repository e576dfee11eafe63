"""The rulebook for people: the list of rules, and one rule whole.

What a rule says of a run is shown as it reads for the values of the rule's own example.
"""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from advisor.evidence.catalog import CATALOG
from advisor.report.formats.terminal import as_text
from advisor.report.page import Page
from advisor.report.wording.visible import visible
from advisor.rulebook import titles
from advisor.rulebook.apply import names_of
from advisor.rulebook.rule import Rule, Suggestion


def render_rules(rules: Sequence[Rule], page: Page) -> str:
    """A line a rule: its id, what it says about the run, and its title for its example."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("rule", no_wrap=page.width >= 100, overflow="fold")
    table.add_column("says", overflow="fold")
    table.add_column("title", overflow="fold")
    for rule in rules:
        table.add_row(rule.id, _says(rule), _filled(rule.title, rule))
    said = f"{len(rules)} rules, with the values of their own examples"
    return as_text([table, Text(f"\n{said}; `advisor explain RULE` shows one")], page)


def _says(rule: Rule) -> str:
    if rule.verdict is not None:
        return rule.verdict if rule.severity == "none" else f"{rule.verdict}, {rule.severity}"
    if rule.suggest is None:
        return "caveat" if rule.caveat else "note"
    words = [*(f"{family}" for family in rule.suggest.weights)]
    words += [f"less {family}" for family in rule.suggest.reduce]
    words += [f"no {family}" for family in rule.suggest.forbid]
    words += [
        f"{family} {dose:g} without data"
        for family, dose in rule.suggest.strength_without_data.items()
    ]
    return ", ".join(words)


def render_rule(rule: Rule, record: str | None, page: Page) -> str:
    """One rule: when it fires, why, what it suggests, how it did, and where it comes from.

    `record` is None where nothing was measured.
    """
    return as_text(_rule(rule, record), page)


def _rule(rule: Rule, record: str | None) -> Iterator[RenderableType]:
    yield Text(rule.id, style="bold")
    yield _filled(rule.title, rule)
    if shown := titles.names_shown(f"{rule.title} {rule.caveat or ''}"):
        lacking = set(shown) - rule.example.keys()
        more = "; values that it lacks are in braces" if lacking else ""
        yield Text(f"(with the values of the rule's own example{more})", style="dim")
    yield Text(f"says: {_says(rule)}; judged for: {rule.scope}", style="dim")
    yield _heading("Fires when all of these hold")
    for clause in rule.when:
        yield Padding(Text(visible(clause)), (0, 0, 0, 2))
    yield _heading("Where")
    for name in names_of(rule):
        known = CATALOG[name]
        unit = f" [{known.unit}]" if known.unit else ""
        yield Padding(Text(f"{name}{unit}: {known.meaning}"), (0, 0, 0, 2))
    yield _heading("Why")
    yield Padding(Text(visible(" ".join(rule.rationale.split()))), (0, 0, 0, 2))
    if rule.caveat:
        yield _heading("Caveat it adds to the report")
        yield Padding(_filled(rule.caveat, rule), (0, 0, 0, 2))
    if rule.suggest is not None:
        yield _heading("Suggests")
        for line in _suggestion(rule.suggest):
            yield Padding(Text(line), (0, 0, 0, 2))
    if record is not None:
        yield Text(f"\nMeasured: {record}")
    yield _heading("Sources")
    for source in rule.cite:
        yield Padding(Text(f"- {visible(source)}"), (0, 0, 0, 2))
    yield _heading("File")
    yield Padding(Text(visible(rule.source)), (0, 0, 0, 2))


def _filled(sentence: str, rule: Rule) -> Text:
    """A title or caveat as it reads for the rule's example.

    What that does not give, which `advisor rules test` complains of, stays a name in braces.
    """
    names = {name: f"{{{name}}}" for name in titles.names_shown(sentence)}
    return Text(visible(titles.render(sentence, {**names, **rule.example})))


def _heading(words: str) -> RenderableType:
    return Text(f"\n{words}", style="bold")


def _suggestion(suggest: Suggestion) -> Iterator[str]:
    for family, weight in suggest.weights.items():
        strength = suggest.strengths.get(family)
        span = ""
        if strength:
            bounds = f"{strength.low:g} to {strength.high:g}"
            span = f", starting at {strength.start:g} (worth trying: {bounds})"
        yield f"{family} with weight {weight:g}{span}, where: {suggest.where}"
    for family, dose in suggest.strength_without_data.items():
        yield f"{family} of {dose:g} as long as nothing can be tried, whatever rule asks for it"
    if suggest.reduce:
        yield f"less of: {', '.join(suggest.reduce)}"
    if suggest.forbid:
        yield f"never: {', '.join(suggest.forbid)}"
