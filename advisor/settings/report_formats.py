"""The formats of a report: one table, a row for each.

It stands here, and not with the modules that write them, because settings, flags and their help
name the formats.
"""

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class ReportFormat:
    """One format: its name, its module in `advisor/report/formats/`, and its files' endings.

    The module's `render(results, page)` gives the text. `is_for_people`: it says the gate's
    decision in words.
    """

    name: str
    module: str
    suffixes: tuple[str, ...] = ()  # a file with this ending is of this format, unless told
    is_for_people: bool = False


REPORT_FORMATS: tuple[ReportFormat, ...] = (
    ReportFormat(name="rich", module="terminal", suffixes=(".txt",), is_for_people=True),
    ReportFormat(name="json", module="json", suffixes=(".json",)),
    ReportFormat(
        name="markdown", module="markdown", suffixes=(".md", ".markdown"), is_for_people=True
    ),
    ReportFormat(name="junit", module="junit", suffixes=(".xml",)),
    ReportFormat(name="gitlab", module="gitlab"),
    ReportFormat(name="github", module="github"),
)
FORMAT_NAMES = tuple(row.name for row in REPORT_FORMATS)
