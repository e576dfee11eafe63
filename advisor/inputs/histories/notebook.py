"""Notebooks (`.ipynb`): what `fit` printed below the cells."""

from collections.abc import Iterator, Mapping

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.json_value import list_of, mapping_of
from advisor.inputs.histories.history_file import HistoryFile, HistoryFiles
from advisor.inputs.histories.run_log import RunLog

_RUN_IT = "run its cell and save the notebook, or give a history"


def is_notebook(file: HistoryFile) -> bool:
    """True for the JSON of a notebook, of any version."""
    text = file.text
    return '"nbformat"' in text and '"cells"' in text and text.lstrip().startswith("{")


def log_from_notebook(files: HistoryFiles) -> RunLog:
    """The log of the last `fit` whose output the notebook holds; a note if there are several.

    InputError for a notebook without such output, and as `log_in`.
    """
    from advisor.inputs.histories.printed_log import log_in  # most histories are no notebooks

    document = mapping_of(parse_json(files.only.data, files.source))
    text = "\n".join(_printed(document))
    if "loss" not in text:
        raise InputError(f"{files.source}: is a notebook without the output of `fit`; {_RUN_IT}")
    return log_in(text, files.source, what="notebook")


def _printed(document: Mapping[str, object]) -> Iterator[str]:
    """The text of each output, in the order of the cells; version 3 has them in worksheets."""
    sheets = [document, *map(mapping_of, list_of(document.get("worksheets")))]
    cells = [mapping_of(cell) for sheet in sheets for cell in list_of(sheet.get("cells"))]
    for output in (mapping_of(x) for cell in cells for x in list_of(cell.get("outputs"))):
        plain = mapping_of(output.get("data")).get("text/plain")
        yield _joined(output.get("text")) or _joined(plain)


def _joined(text: object) -> str:
    """Text, which notebooks keep whole or as a list of lines."""
    lines = text if isinstance(text, list) else [text]
    return "".join(line for line in lines if isinstance(line, str))
