"""The result of a check, and what can be done with it."""

from pathlib import Path
from typing import Self

from advisor.errors import UsageError
from advisor.inputs.files.file_window import shown_name
from advisor.report.content import ReportContent
from advisor.report.formats.formats import FORMATS, renderer_for
from advisor.report.page import Page
from advisor.report.wording.advice import recommendation_line
from advisor.report.wording.findings import headline
from advisor.report.wording.gate import gate_word
from advisor.report.wording.visible import visible

_LONGEST = 120  # characters of a line of the `repr`


class Report(ReportContent):
    """The result of a check: its attributes, and every form in which they are shown.

    >>> from advisor import diagnose
    >>> loss = [0.9, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.08, 0.06]
    >>> val_loss = [0.9, 0.6, 0.5, 0.45, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    >>> report = diagnose(history={"loss": loss, "val_loss": val_loss}, fail_on="mild")
    >>> report
    Report: OVERFITTING (severe)
      Validation loss ends 78% above its best
      Add L2 0.01 and dropout 0.4 (by the rules alone, confidence low)
      Gate: FAIL
    >>> report.to_markdown().splitlines()[0]
    '## OVERFITTING (severe)'
    """

    def to_json(self) -> str:
        """The report as JSON: all of it, as `schema.json` of this package describes it."""
        return FORMATS["json"]((self,), Page())

    def to_markdown(self) -> str:
        """The report as Markdown."""
        return FORMATS["markdown"]((self,), Page())

    def to_text(self, *, width: int = 100, color: bool = False) -> str:
        """The report as the terminal shows it, in lines of at most `width` columns.

        `color` puts ANSI escapes into it. Raises UsageError for a width below 1.
        """
        if width < 1:
            raise UsageError(f"width={width}: 1 column or more is expected")
        return FORMATS["rich"]((self,), Page(width=width, has_color=color))

    def save(self, path: str | Path, format: str | None = None) -> None:
        """Write the report to a file, whole or not at all, in place of one that is there.

        The suffix decides on the format: `.json`, `.md`, `.txt`, or `.xml` for JUnit; `format`
        overrides it with a word of `--format`. Raises UsageError where neither names a format or
        where the file is what was checked, InputError where it can't be written.
        """
        from advisor.atomic import atomic_write

        target = Path(path)
        render = renderer_for(target, format)
        checked = Path(self.location or target)
        if self.location and target.exists() and checked.exists() and target.samefile(checked):
            raise UsageError(f"{target}: is what was checked; write the report elsewhere")
        atomic_write(target, render((self,), Page()))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The report in a JSON file that `save` or `advisor check --report json=FILE` wrote.

        The file may come from anybody: nothing in it is run. Raises InputError where it is damaged
        or no report, is of another version, or holds several.

        >>> from tempfile import TemporaryDirectory
        >>> from advisor import diagnose
        >>> report = diagnose(history={"loss": [0.9, 0.5], "val_loss": [0.9, 0.6]})
        >>> with TemporaryDirectory() as folder:
        ...     report.save(f"{folder}/report.json")
        ...     Report.load(f"{folder}/report.json") == report
        True
        """
        from advisor.inputs.report_file import report_document
        from advisor.report.formats.json_reader import report_from

        file = Path(path)
        return report_from(report_document(file), shown_name(file), cls)

    def __repr__(self) -> str:
        lines = [
            f"Report: {headline(self)}",
            f"  {self.reason}",
            f"  {recommendation_line(self)}",
            *([] if self.gate is None else [f"  Gate: {gate_word(self.gate)}"]),
        ]
        return "\n".join(_brief(visible(line)) for line in lines)

    def _repr_markdown_(self) -> str:
        """What notebooks show."""
        return self.to_markdown()


def _brief(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
