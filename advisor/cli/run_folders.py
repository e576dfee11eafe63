"""Folders with one run each: which match, and which of their files is the model, which the history.

Files are told apart by what they hold, whatever they are called.
"""

from collections.abc import Iterator, Mapping, Sequence
from glob import iglob
from pathlib import Path

from advisor.errors import InputError, MissingExtraError, UsageError
from advisor.inputs.file_format import REFUSALS, Format, sniff
from advisor.inputs.files.file_window import shown_name
from advisor.inputs.histories.history_file import HistoryFile
from advisor.inputs.histories.tensorboard_events import is_event_file
from advisor.inputs.history import Direction, read_history
from advisor.inputs.kinds import InputKind

MAX_ENTRIES = 1_000  # of one run's folder
_NAMED = 5  # of the files that a message lists


def run_folders(patterns: Sequence[str]) -> dict[str, Path]:
    """The folders that match, by name: the folder's name, or its path if two have the same name.

    Raises UsageError where a pattern matches none.
    """
    by_place: dict[Path, Path] = {}
    for pattern in patterns:
        # Unlike Path.glob this leaves hidden folders out, as a shell does, and takes "/..." too.
        matches = sorted(iglob(pattern, recursive=True))  # noqa: PTH207
        folders = [Path(match) for match in matches if Path(match).is_dir()]
        if not folders:
            raise UsageError(f"--runs {pattern}: matches no folder")
        by_place.update({folder.resolve(): folder for folder in folders})
    names = [real.name for real in by_place]
    return {
        (real.name if names.count(real.name) == 1 else str(folder)): folder
        for real, folder in by_place.items()
    }


def files_of_run(folder: Path, metrics: Mapping[str, Direction]) -> dict[InputKind, Path]:
    """The model and the history in `folder`; one of them may be missing.

    Folders in it, such as TensorBoard's, count if no file is of that kind. Raises InputError for
    two of one kind, for none of either, and for what can't be read as a history.
    """
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    if len(entries) > MAX_ENTRIES:
        raise InputError(f"{folder}: holds {len(entries):,} files; give folders of one run each")
    files = [entry for entry in entries if entry.is_file()]
    inner = [entry for entry in entries if entry.is_dir()]
    models = _models(files) or _models(inner)
    others = [entry for entry in files if entry not in models]
    refused: dict[Path, str] = {}
    histories = _histories(folder, others, metrics, refused)
    if not histories:
        rest = [entry for entry in inner if entry not in models]
        histories = list(_readable(rest, metrics, refused))
    for kind, candidates in (("model", models), ("history", histories)):
        if len(candidates) > 1:
            raise InputError(
                f"{folder}: holds {len(candidates)} that may be the {kind}: {_listed(candidates)};"
                " leave one there, or list the runs in a --manifest"
            )
    if not histories and refused:
        raise InputError(_no_history(folder, refused))
    if not models and not histories:
        raise InputError(f"{folder}: holds neither a model nor a history")
    return {
        kind: candidates[0]
        for kind, candidates in _by_kind(models, histories).items()
        if candidates
    }


def _by_kind(models: list[Path], histories: list[Path]) -> Mapping[InputKind, list[Path]]:
    return {"model": models, "history": histories}


def _models(entries: Sequence[Path]) -> list[Path]:
    return [entry for entry in entries if _format(entry) not in (None, *REFUSALS)]


def _format(entry: Path) -> Format | None:
    try:
        return sniff(entry)
    except InputError:
        return None


def _histories(
    folder: Path,
    files: Sequence[Path],
    metrics: Mapping[str, Direction],
    refused: dict[Path, str],
) -> list[Path]:
    """The files that are histories; all of TensorBoard's events together are one, the folder."""
    events = [file for file in files if is_event_file(HistoryFile(file))]
    texts = [file for file in files if file not in events and _format(file) == "unknown"]
    readable = list(_readable(texts, metrics, refused))
    return [*readable, *([folder] if events else [])]


def _readable(
    entries: Sequence[Path], metrics: Mapping[str, Direction], refused: dict[Path, str]
) -> Iterator[Path]:
    """Those that are read as a history; why the others are not goes into `refused`."""
    for entry in entries:
        try:
            read_history(entry, metrics)
        except MissingExtraError:
            yield entry  # it is one, and the check says what is missing
        except InputError as error:
            refused[entry] = str(error)
        else:
            yield entry


def _no_history(folder: Path, refused: Mapping[Path, str]) -> str:
    if len(refused) == 1:
        (reason,) = refused.values()
        return f"{folder}: holds no history: {reason}"
    return f"{folder}: holds no history; found {_listed(list(refused))}"


def _listed(entries: Sequence[Path]) -> str:
    names = ", ".join(shown_name(entry) for entry in entries[:_NAMED])
    more = len(entries) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
