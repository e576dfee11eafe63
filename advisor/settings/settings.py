"""Every setting, one row each: add one here, and `table.py` says what comes of a row."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import get_args

from advisor.inputs.histories.metric_names import Direction
from advisor.settings import value_types as takes
from advisor.settings.gate import FailLevel, FailVerdict, InconclusiveSetting, Limit, Waiver
from advisor.settings.readers import REPORT_FORMATS, PolicySetting, ReportFormat, SplitsSetting
from advisor.settings.row import setting
from advisor.values import dataclass

_GATE = "Gate (for CI)"
_PROBES = "Probe trainings (with --data)"


@dataclass(frozen=True, kw_only=True)
class GateSettings:
    """What fails a run; nothing set means that no gate is asked for.

    The mappings go from a metric's canonical name (`loss`, `accuracy`) to its cap: on the rebound
    from its best, on the gap between training and validation, on what it may be worse than in the
    baseline (as may be its gap).
    """

    fail_on: FailLevel | None = setting(
        None,
        takes.FAIL_LEVEL,
        metavar="LEVEL",
        help="Fail where the network overfits that much beyond the noise: mild, moderate, severe.",
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
        help="How far a validation metric may end from its best: 0.05 or 5%; of the loss where no "
        "metric is named. May be repeated, as the next two.",
        panel=_GATE,
    )
    max_gap: Mapping[str, Limit] = setting(
        {},
        takes.CAPS,
        metavar="[METRIC=]X",
        help="How far training may lie from validation, e.g. accuracy=0.05.",
        panel=_GATE,
    )
    max_regression: Mapping[str, Limit] = setting(
        {},
        takes.CAPS,
        metavar="[METRIC=]X",
        help="How much worse than in the baseline a metric, and its gap, may be.",
        panel=_GATE,
    )
    baseline: Path | None = setting(
        None,
        takes.REPORT_PATH,
        metavar="REPORT",
        help="The report to compare with, as `advisor baseline write` left it.",
        panel=_GATE,
    )
    inconclusive: InconclusiveSetting = setting(
        "warn",
        takes.INCONCLUSIVE,
        metavar="warn|fail",
        help="What to do where noise hides the answer: warn (the default) or fail.",
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

    `train_size` and `val_size` count rows. `metric` maps a metric's name to the direction in
    which it gets better. `rules` are folders of further rules; `select` and `ignore` hold rule
    ids, `select` empty meaning all. `gate` is what a run is held to; its settings stand in
    `[tool.advisor.gate]`, and as variables and flags among the others.

    `data` says where the rows are, `target` and `group` which columns of a table hold the label
    and the group. `imports` are modules that register the user's own classes. `budget` counts
    trainings of the user's model, `time_limit` seconds; None leaves both to the advisor, as it
    does `splits`. `journal` keeps finished probes for a run that is started again.
    """

    train_size: int | None = setting(
        None, takes.COUNT, metavar="N", help="Rows of training data, where no input tells."
    )
    val_size: int | None = setting(
        None, takes.COUNT, metavar="N", help="Rows of validation data: sets the sampling error."
    )
    batch_size: int | None = setting(
        None, takes.COUNT, metavar="N", help="Rows per step, where no input tells."
    )
    metric: Mapping[str, Direction] = setting(
        {},
        takes.DIRECTIONS,
        metavar="NAME:max|min",
        help="The direction in which a metric gets better.",
    )
    rules: tuple[Path, ...] = setting(
        (), takes.FOLDERS, metavar="DIR", help="A folder of further rules."
    )
    select: tuple[str, ...] = setting(
        (), takes.NAMES, metavar="IDS", help="Apply these rules only: a,b or repeated."
    )
    ignore: tuple[str, ...] = setting(
        (), takes.NAMES, metavar="IDS", help="Leave these rules out: a,b or repeated."
    )
    format: ReportFormat = setting(
        "rich",
        takes.REPORT_FORMAT,
        metavar="F",
        help=f"{', '.join(REPORT_FORMATS[:-1])} or {REPORT_FORMATS[-1]}; rich is the default.",
        short="-f",
        is_of_the_call=True,
    )

    gate: GateSettings = field(default_factory=GateSettings)

    data: str | None = setting(
        None,
        takes.SOURCE,
        metavar="SOURCE",
        help="Your rows: .npz (x_train, y_train, x_val, y_val), a folder of tf.data.Dataset.save, "
        "a folder of images, CSV or Parquet with --target, or package.module:function. This loads "
        "and runs the model: for your own files only.",
        panel=_PROBES,
    )
    target: str | None = setting(
        None,
        takes.TEXT,
        metavar="COL",
        help="The table's column to predict.",
        panel=_PROBES,
    )
    group: str | None = setting(
        None,
        takes.TEXT,
        metavar="COL",
        help="The table's column that says which rows belong together.",
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
        help="At most the time of N trainings of your model (2.5); compiled probes of small "
        "networks are many more.",
        panel=_PROBES,
    )
    time_limit: float | None = setting(
        None,
        takes.AMOUNT,
        metavar="SECONDS",
        help="Stop the probes after this time and report what is there.",
        panel=_PROBES,
    )
    journal: bool = setting(
        True,
        takes.TRUTH,
        help="Keep finished probes in your cache folder, where a run that was killed goes on from "
        "(the default), or train all of them.",
        panel=_PROBES,
    )
    arms: str | None = setting(
        None,
        takes.TEXT,
        metavar="A,B",
        help="Compare these candidates only, e.g. l2=0.01,dropout=0.3+l2=0.001.",
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
        help="resample, fixed (the rows are a sequence) or group; told from the rows by default.",
        panel=_PROBES,
    )
    epochs: int | None = setting(
        None,
        takes.COUNT,
        metavar="N",
        help="Epochs of a full training; the history's length where not given.",
        panel=_PROBES,
    )
    seed: int = setting(
        0, takes.SEED, metavar="N", help="The seed of all that is random (0).", panel=_PROBES
    )
    loss: str | None = setting(
        None,
        takes.TEXT,
        metavar="L",
        help="The loss, where the model is not compiled.",
        panel=_PROBES,
    )
    optimizer: str | None = setting(
        None,
        takes.TEXT,
        metavar="O",
        help="The optimizer, where the model is not compiled.",
        panel=_PROBES,
    )
    imports: tuple[str, ...] = setting(
        (),
        takes.NAMES,
        flag="--import",
        metavar="MODULE",
        help="A module of yours that registers the model's own classes; may be repeated.",
        panel=_PROBES,
    )
    trust: bool = setting(
        False,
        takes.TRUTH,
        help="Run the code that the model file carries (Lambda layers and the like).",
        panel=_PROBES,
    )
    use_test: bool = setting(
        False,
        takes.TRUTH,
        help="Take a test part for the validation rows; it is then no test any more.",
        panel=_PROBES,
    )
