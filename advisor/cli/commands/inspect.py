"""`advisor inspect`: every measurement, and no verdict."""

from collections.abc import Mapping

from advisor.cli import console, options
from advisor.cli.flags import inputs_by_kind, settings_with
from advisor.cli.report_targets import keep_inputs
from advisor.cli.setting_options import with_settings
from advisor.errors import UsageError


@with_settings(("train_size", "val_size", "batch_size", "metric", "format"))
def inspect(
    model: options.ModelArgument = None,
    history: options.HistoryArgument = None,
    *,
    flags: Mapping[str, object],
    output: options.Output = None,
) -> None:
    """Show every measurement with its unit and meaning, and no verdict."""
    from advisor.pipeline.examination import INSPECT_SPECTRUM_LIMIT, examine
    from advisor.report.formats.inspection import INSPECTION_FORMATS, inspection_of

    settings = settings_with(flags)
    if settings.format not in INSPECTION_FORMATS:
        raise UsageError(f"inspect has no {settings.format} format; use rich or json")
    paths = inputs_by_kind(model, history)
    keep_inputs(paths.values(), [output])
    model_file, log = paths.get("model"), paths.get("history")
    with examine(model_file, log, settings, spectrum_limit=INSPECT_SPECTRUM_LIMIT) as examination:
        shown = inspection_of(examination.inputs, examination.model, examination.evidence)
    console.deliver(INSPECTION_FORMATS[settings.format](shown, console.page_for(output)), output)
