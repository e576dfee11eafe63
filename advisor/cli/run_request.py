"""The runs that a command was asked to look at, each with its files and its settings."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from advisor.cli.flags import inputs_by_kind
from advisor.errors import AdvisorError, InputError, UsageError
from advisor.report.unchecked import Unchecked
from advisor.settings.settings import Settings
from advisor.settings.sources import with_flags
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Request:
    """One run: its files and settings; `name` is None where it is the only one."""

    settings: Settings
    name: str | None = None
    model: Path | None = None
    history: Path | None = None

    @property
    def location(self) -> str | None:
        """The file that the run is named after: its history, or else its model."""
        path = self.history or self.model
        return None if path is None else str(path)

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files that the run itself is read from, the losses per row beside its history too."""
        return (*([self.model] if self.model else []), *_with_rows(self.history))

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that the check reads, those of the baseline included."""
        return (*self.sources, *_with_rows(self.settings.gate.baseline))

    def unchecked(self, message: str) -> Unchecked:
        """The run as one that could not be checked."""
        name = self.name or self.location or "run"
        return Unchecked(name=name, message=message, location=self.location)


def _with_rows(path: Path | None) -> tuple[Path, ...]:
    from advisor.inputs.row_losses import rows_beside

    return () if path is None else (path, rows_beside(path))


def requests_of(
    model: Path | None,
    history: Path | None,
    manifest: Path | None,
    runs: Sequence[str],
    project: Settings,
    flags: Mapping[str, object],
) -> tuple[Request | Unchecked, ...]:
    """The run of MODEL and HISTORY, or all those of a manifest and of the folders that match.

    `project` are the settings of pyproject.toml with those of `ADVISOR_*` on top. A manifest's run
    overrides them, and `flags` override it. Raises UsageError and SettingsError for a wrong call; a
    folder without exactly one run is Unchecked.
    """
    if manifest is None and not runs:
        return (_single(model, history, with_flags(project, flags)),)
    if model is not None or history is not None:
        raise UsageError(
            f"{model or history}: give MODEL and HISTORY, or --manifest and --runs, not both (a "
            "pattern after --runs goes in quotes, or the shell puts its matches there)"
        )
    requests: list[Request | Unchecked] = []
    if manifest is not None:
        from advisor.cli.manifest import read_manifest

        requests += [
            Request(
                name=run.name,
                model=run.model,
                history=run.history,
                settings=with_flags(run.settings, flags),
            )
            for run in read_manifest(manifest, project)
        ]
    if runs:
        requests += _in_folders(runs, with_flags(project, flags))
    _refuse_namesakes(requests)
    return tuple(requests)


def _single(first: Path | None, second: Path | None, settings: Settings) -> Request | Unchecked:
    """The one run; a file that isn't there is a run that can't be checked, not a wrong call."""
    try:
        files = inputs_by_kind(first, second)
    except InputError as error:
        given = str(second or first)
        return Unchecked(name=given, message=str(error), location=given)
    return Request(settings=settings, model=files.get("model"), history=files.get("history"))


def _in_folders(patterns: Sequence[str], settings: Settings) -> list[Request | Unchecked]:
    from advisor.cli.run_folders import files_of_run, run_folders

    requests: list[Request | Unchecked] = []
    for name, folder in run_folders(patterns).items():
        try:
            files = files_of_run(folder, settings.metric)
        except AdvisorError as error:
            requests.append(Unchecked(name=name, message=str(error), location=str(folder)))
        else:
            requests.append(Request(name=name, settings=settings, **files))
    return requests


def inputs_among(requests: Sequence[Request | Unchecked], *given: Path | None) -> Iterator[Path]:
    """Every file that is read, those `given` included; of an unchecked folder all it holds."""
    yield from (path for path in given if path is not None)
    for request in requests:
        if isinstance(request, Request):
            yield from request.inputs
        elif request.location is not None:
            path = Path(request.location)
            yield from path.iterdir() if path.is_dir() else (path,)


def _refuse_namesakes(requests: Sequence[Request | Unchecked]) -> None:
    names = [request.name for request in requests]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name}: two runs have this name; give one of them another")
