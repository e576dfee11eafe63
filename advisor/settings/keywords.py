"""The keywords of `diagnose` and `assert_not_overfitting`: the command line's flags by name."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TypedDict

from advisor.inputs.history import Direction
from advisor.settings.gate import FailVerdict, InconclusiveSetting
from advisor.settings.readers import PolicySetting, SplitsSetting

Cap = float | str  # 0.05, or "5%" of the metric
Caps = Cap | Mapping[str, Cap]  # of the loss, or by metric


class Keywords(TypedDict, total=False):
    """What is known of the run, how to probe it, and what the gate is to hold it to.

    `data` are rows: a path or `package.module:function` as for `--data`, arrays
    `(x_train, y_train, x_val, y_val)`, a dict of arrays, or a `tf.data.Dataset`. `train_size` and
    `val_size` count rows; `metric` says in which direction a metric that isn't known gets better;
    `rules` are folders of further rules; `baseline` is a report that `advisor baseline write` made.
    """

    # Written from the table of settings by `pytest tests/settings --update-golden`.
    train_size: int | None
    val_size: int | None
    batch_size: int | None
    metric: Mapping[str, Direction] | None
    rules: Sequence[str | PathLike[str]]
    select: Sequence[str]
    ignore: Sequence[str]

    fail_on_verdict: Sequence[FailVerdict]
    max_rebound: Caps | None
    max_gap: Caps | None
    max_regression: Caps | None
    baseline: str | PathLike[str] | None
    inconclusive: InconclusiveSetting | None

    data: object
    target: str | None
    group: str | None
    probe: bool
    budget: float | None
    time_limit: float | None
    journal: bool
    arms: str | None
    policy: PolicySetting | None
    objective: str | None
    splits: SplitsSetting | None
    epochs: int | None
    seed: int | None
    loss: str | None
    optimizer: str | None
    imports: Sequence[str]
    trust: bool
    use_test: bool
