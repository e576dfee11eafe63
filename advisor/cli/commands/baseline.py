"""`advisor baseline write`: the report that later checks compare with."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import console, options
from advisor.cli.flags import project_settings
from advisor.cli.report_targets import keep_inputs
from advisor.cli.run_request import Request, requests_of
from advisor.cli.setting_options import with_settings
from advisor.errors import AdvisorError, InputError, UsageError
from advisor.report.unchecked import Unchecked

if TYPE_CHECKING:
    from advisor.pipeline.new_baseline import NewBaseline

DEFAULT_FILE = Path("advisor-baseline.json")
_SETTINGS = (
    "train_size", "val_size", "batch_size", "metric", "rules", "data", "target", "group", "loss",
    "optimizer", "imports", "trust", "use_test", "seed",
)  # fmt: skip


@with_settings(_SETTINGS)
def write(
    model: options.ModelArgument = None,
    history: options.HistoryArgument = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            "-o",
            metavar="FILE",
            help=f"The file to write; by default the setting `baseline`, or {DEFAULT_FILE}.",
            show_default=False,
        ),
    ] = None,
    *,
    flags: Mapping[str, object],
    manifest: options.Manifest = None,
) -> None:
    """Write the report that `check --baseline` compares with; nothing else ever writes it.

    If the loss of each validation row is known, from a Recorder with rows=True or from --data, it
    goes into a .rows.npz beside FILE, and comparisons are paired row by row. No candidates are
    trained. With --manifest, every run needs its own `baseline`.
    """
    from advisor.inputs.row_losses import rows_beside

    flags = {"baseline": output, **flags}
    requests = _checkable(requests_of(model, history, manifest, (), project_settings(), flags))
    files = [_file_for(request, is_only=manifest is None) for request in requests]
    if len({file.resolve() for file in files}) < len(files):
        raise UsageError(f"{manifest}: two runs have one baseline; give each run its own")
    sources = [path for request in requests for path in (*request.sources, manifest) if path]
    keep_inputs(sources, [path for file in files for path in (file, rows_beside(file))])
    # All are made before the first is written: a run that can't be checked leaves all as they were.
    made = [_made(request, file) for request, file in zip(requests, files, strict=True)]
    for baseline in made:
        baseline.write()
        console.show("".join(f"{line}\n" for line in baseline.said()))


def _checkable(requests: Sequence[Request | Unchecked]) -> list[Request]:
    for request in requests:
        if isinstance(request, Unchecked):
            raise InputError(request.message)
    return [request for request in requests if isinstance(request, Request)]


def _file_for(request: Request, *, is_only: bool) -> Path:
    file = request.settings.gate.baseline
    if file is None and not is_only:
        raise UsageError(f"{request.name}: has no baseline in the manifest; say where it goes")
    return file or DEFAULT_FILE


def _made(request: Request, file: Path) -> "NewBaseline":
    from advisor.pipeline.new_baseline import new_baseline

    try:
        return new_baseline(
            request.model,
            request.history,
            request.settings,
            file,
            today=date.today(),
            name=request.name,
        )
    except AdvisorError as error:
        if request.name is None:
            raise
        raise InputError(f"{request.name}: {error}; no baseline was written") from error
