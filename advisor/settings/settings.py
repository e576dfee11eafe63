"""Every setting, one row each; `table.py` derives flags, variables, keys and keywords."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import get_args

from advisor.inputs.histories.metric_names import Direction
from advisor.settings import value_types as takes
from advisor.settings.gate import FailLevel, FailVerdict, InconclusiveSetting, Limit, Waiver
from advisor.settings.readers import PolicySetting, SplitsSetting
from advisor.settings.report_formats import FORMAT_NAMES
from advisor.settings.row import setting
from advisor.values import dataclass

_GATE = "Gate (for CI)"
_PROBES = "Probe trainings (with --data)"


@dataclass(frozen=True, kw_only=True)
class GateSettings:
    """What fails a run; with nothing set there is no gate.

    The mappings hold limits by a metric's canonical name (`loss`, `accuracy`): for the rebound from
    its best, for the gap between training and validation, and for how much worse than the baseline
    the metric or its gap may be.
    """

    fail_on: FailLevel | None = setting(
        None,
        takes.FAIL_LEVEL,
        metavar="LEVEL",
        help="Fail if overfitting beyond the noise is at least mild, moderate or severe.",
        panel=_GATE,
    )
    fail_on_verdict: tuple[FailVerdict, ...] = setting(
        (),
        takes.FAIL_VERDICTS,
        metavar="V,V",
        help=f"Fail on these verdicts: {', '.join(get_args(FailVerdict))}.",
        panel=_GATE,
    )
    max_rebound: Mapping[str, Limit] = setting(
        {},
        takes.CAPS,
        metavar="[METRIC=]X",
        help="How far a validation metric may end from its best: 0.05 or 5%. Without METRIC: the "
        "loss. May be repeated, like the next two.",
        panel=_GATE,
    )
    max_gap: Mapping[str, Limit] = setting(
        {},
        takes.CAPS,
        metavar="[METRIC=]X",
        help="How far training may be from validation, e.g. accuracy=0.05.",
        panel=_GATE,
    )
    max_regression: Mapping[str, Limit] = setting(
        {},
        takes.CAPS,
        metavar="[METRIC=]X",
        help="How much worse than the baseline a metric and its gap may be.",
        panel=_GATE,
    )
    baseline: Path | None = setting(
        None,
        takes.REPORT_PATH,
        metavar="REPORT",
        help="The report to compare with, written by `advisor baseline write`.",
        panel=_GATE,
    )
    inconclusive: InconclusiveSetting = setting(
        "warn",
        takes.INCONCLUSIVE,
        metavar="warn|fail",
        help="What to do if noise hides the answer: warn (the default) or fail.",
        panel=_GATE,
    )
    waivers: tuple[Waiver, ...] = setting(
        (),
        takes.WAIVERS,
        help="Checks that may fail until a day: tables with check, reason, expires, perhaps model.",
        panel=_GATE,
    )

    @property
    def is_asked_for(self) -> bool:
        """True if anything here can fail a run."""
        caps = (self.max_rebound, self.max_gap, self.max_regression)
        return bool(self.fail_on or self.fail_on_verdict or self.baseline or any(caps))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting with its default, in the order of `check --help`.

    `train_size` and `val_size` count rows. `metric` maps a metric's name to "min" or "max",
    whichever is better. `rules` are folders of additional rules; `select` and `ignore` hold rule
    ids, and an empty `select` means all. `gate` holds the limits for a run. Its keys are in
    `[tool.advisor.gate]`; its variables and flags are among the others.

    `data` says where the rows are, `target` and `group` which columns of a table hold the label
    and the group. `imports` are modules that register custom classes. `budget` counts trainings of
    the user's model, `time_limit` seconds. None leaves these two and `splits` to the advisor.
    `journal` keeps finished probes for the next run.
    """

    train_size: int | None = setting(
        None, takes.COUNT, metavar="N", help="Rows of training data, if no input says so."
    )
    val_size: int | None = setting(
        None, takes.COUNT, metavar="N", help="Rows of validation data; they set the sampling error."
    )
    batch_size: int | None = setting(
        None, takes.COUNT, metavar="N", help="Rows per step, if no input says so."
    )
    metric: Mapping[str, Direction] = setting(
        {},
        takes.DIRECTIONS,
        metavar="NAME:max|min",
        help="Whether higher (max) or lower (min) is better for a metric.",
    )
    rules: tuple[Path, ...] = setting(
        (), takes.FOLDERS, metavar="DIR", help="A folder of additional rules."
    )
    select: tuple[str, ...] = setting(
        (), takes.NAMES, metavar="IDS", help="Apply only these rules: a,b or repeated."
    )
    ignore: tuple[str, ...] = setting(
        (), takes.NAMES, metavar="IDS", help="Leave these rules out: a,b or repeated."
    )
    format: str = setting(
        "rich",
        takes.REPORT_FORMAT,
        metavar="F",
        help=f"{', '.join(FORMAT_NAMES[:-1])} or {FORMAT_NAMES[-1]}; rich is the default.",
        short="-f",
        is_of_the_call=True,
    )

    gate: GateSettings = field(default_factory=GateSettings)

    data: str | None = setting(
        None,
        takes.SOURCE,
        metavar="SOURCE",
        help="Your rows: .npz (x_train, y_train, x_val, y_val), a folder of tf.data.Dataset.save, "
        "a folder of images, CSV or Parquet with --target, or package.module:function. The model "
        "is loaded and run: use only files that you trust.",
        panel=_PROBES,
    )
    target: str | None = setting(
        None,
        takes.TEXT,
        metavar="COL",
        help="The column of the table to predict.",
        panel=_PROBES,
    )
    group: str | None = setting(
        None,
        takes.TEXT,
        metavar="COL",
        help="The column of the table that says which rows belong together.",
        panel=_PROBES,
    )
    probe: bool = setting(
        True,
        takes.TRUTH,
        help="Train the candidates on the rows (the default with --data), or only measure them.",
        panel=_PROBES,
    )
    budget: float | None = setting(
        None,
        takes.AMOUNT,
        metavar="N",
        help="Take at most the time of N trainings of your model (2.5). For small networks, many "
        "more compiled probes fit in.",
        panel=_PROBES,
    )
    time_limit: float | None = setting(
        None,
        takes.AMOUNT,
        metavar="SECONDS",
        help="Stop the probes after this time and report what is known by then.",
        panel=_PROBES,
    )
    journal: bool = setting(
        True,
        takes.TRUTH,
        help="Keep finished probes in your cache folder, so that an interrupted run can continue "
        "(the default), or train all of them.",
        panel=_PROBES,
    )
    arms: str | None = setting(
        None,
        takes.TEXT,
        metavar="A,B",
        help="Compare only these candidates, e.g. l2=0.01,dropout=0.3+l2=0.001.",
        panel=_PROBES,
    )
    policy: PolicySetting = setting(
        "stopped",
        takes.POLICY,
        metavar="P",
        help="stopped: judge the epoch of the lowest validation loss (the default); last: the "
        "final one.",
        panel=_PROBES,
    )
    objective: str = setting(
        "val_loss",
        takes.TEXT,
        metavar="M",
        help="val_loss (the data loss without penalty; the default) or a compiled metric.",
        panel=_PROBES,
    )
    splits: SplitsSetting | None = setting(
        None,
        takes.SPLITS,
        metavar="S",
        help="resample, fixed (the rows are a sequence) or group; by default the rows decide.",
        panel=_PROBES,
    )
    epochs: int | None = setting(
        None,
        takes.COUNT,
        metavar="N",
        help="Epochs of a full training; by default the history's length.",
        panel=_PROBES,
    )
    seed: int = setting(0, takes.SEED, metavar="N", help="The random seed (0).", panel=_PROBES)
    loss: str | None = setting(
        None,
        takes.TEXT,
        metavar="L",
        help="The loss, if the model is not compiled.",
        panel=_PROBES,
    )
    optimizer: str | None = setting(
        None,
        takes.TEXT,
        metavar="O",
        help="The optimizer, if the model is not compiled.",
        panel=_PROBES,
    )
    imports: tuple[str, ...] = setting(
        (),
        takes.NAMES,
        flag="--import",
        metavar="MODULE",
        help="Your module that registers the model's custom classes; may be repeated.",
        panel=_PROBES,
    )
    trust: bool = setting(
        False,
        takes.TRUTH,
        help="Run the code in the model file (Lambda layers and the like).",
        panel=_PROBES,
    )
    use_test: bool = setting(
        False,
        takes.TRUTH,
        help="Use the test part as validation rows; it is then no longer a test.",
        panel=_PROBES,
    )
