"""What a real search works on: its job, the model to build anew, and what it found."""

import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from advisor.candidates.arm import Arm, arm_name
from advisor.candidates.placement import Placement
from advisor.candidates.search_space import search_space_of
from advisor.inputs.model_file import CONFIG, open_model
from advisor.regularization import SPECS, Family
from advisor.rulebook.rule import Findings
from advisor.surgery.config_document import ConfigDocument
from advisor.surgery.edit import make_changes
from advisor.values import dataclass
from tests.benchmarks.advice.space import Space, space_of
from tests.benchmarks.advice.strategies import grid
from tests.evidence.measured import evidence_of

MODEL, HISTORY, DATA = "model.keras", "history.json", "data.npz"
CUT, END = "cut", "end"
KIND = "kind"
_JOB, _FOUND = "job.json", "found.json"
_NAMES: Mapping[str, Family] = {spec.label: family for family, spec in SPECS.items()}


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is the same for every process: the user's training, and when a search is cut short.

    `limit` is in epochs. Without `has_end` a search that could go on from there ends as well.
    """

    task: str
    epochs: int
    batch_size: int
    seed: int
    limit: int
    has_end: bool = True


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Where a search stood: its pick, what that showed, and the epochs and trials until then.

    `wall` and `cpu` are the seconds from this point to the end of the process, or, negative, those
    that a search lacks which was stopped after `measured` trials; None if none was stopped.
    """

    row: str
    kind: str
    strengths: Mapping[str, float]
    shown: float
    epochs: float
    trials: int
    wall: float
    cpu: float
    measured: int | None = None

    @property
    def arm(self) -> Arm:
        """The pick."""
        return arm_at(self.kind, self.strengths)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Wall and CPU seconds of this process since some start."""

    wall: float
    cpu: float


def now() -> Moment:
    """This moment."""
    return Moment(wall=time.perf_counter(), cpu=time.process_time())


def arm_at(kind: str, strengths: Mapping[str, float]) -> Arm:
    """The arm at a point of the space: its kind with all of its strengths."""
    if "share" in strengths:
        return Arm(share=strengths["share"])
    doses: dict[Family, float] = {f: strengths[n] for n, f in _NAMES.items() if n in strengths}
    return Arm(doses=doses, share=1.0 if kind.startswith("current + ") else 0.0)


def strengths_at(space: Space, values: Mapping[str, Any]) -> dict[str, float]:
    """The strengths of what a tuner has drawn; those without a dial are the same for all arms."""
    kind = values[KIND]
    fixed = dict(next(iter(space.kinds[kind].values())))
    return fixed | {dial.name: values[f"{kind}: {dial.name}"] for dial in space.dials[kind]}


def fitting(folder: Path, job: Job) -> dict[str, Any]:
    """What `fit`, or a tuner's `search`, is given beside the epochs."""
    with np.load(folder / DATA) as rows:
        return {
            "x": rows["x_train"],
            "y": rows["y_train"],
            "validation_data": (rows["x_val"], rows["y_val"]),
            "batch_size": job.batch_size,
            "verbose": 0,
        }


class Recipe:
    """The user's model, built anew with any strengths, and what it is fitted with.

    Its config is edited and then built and compiled, which takes as long as the same layers take
    in code (45 to 75 ms either way, the editing 1 to 4 ms of it).
    """

    def __init__(self, folder: Path, job: Job) -> None:
        with open_model(folder / MODEL) as facts:
            evidence = evidence_of(facts, statistics={})  # what layers are needs no weights
            nothing = Findings(fired=(), undecided=())
            self._space = search_space_of(nothing, Placement(model=facts, evidence=evidence))
        with zipfile.ZipFile(folder / MODEL) as archive:
            self._config = archive.read(CONFIG)
        arms = [arm for arm in grid(self._space.has_present) if self._space.is_possible(arm)]
        self.space = space_of([arm_name(arm) for arm in arms], range(1, len(arms)))
        self._seed = job.seed
        self.fitting = fitting(folder, job)

    def model(self, values: Mapping[str, Any]) -> Any:
        """A new compiled model with what a tuner has drawn."""
        import keras

        keras.utils.set_random_seed(self._seed)
        arm = arm_at(values[KIND], strengths_at(self.space, values))
        document = ConfigDocument(json.loads(self._config), MODEL)
        make_changes(document, self._space.strategy(arm).changes)
        config: Any = document.config
        compiled = config.pop("compile_config")
        del config["build_config"]  # the input layer says it as well; it would be built twice
        model = keras.saving.deserialize_keras_object(config)
        model.compile(keras.optimizers.deserialize(compiled["optimizer"]), compiled["loss"])
        return model


class Meter:
    """Counts epochs, and calls `at_limit` once: when one would begin that is beyond the limit."""

    def __init__(self, limit: int | None, at_limit: Callable[[], None]) -> None:
        self.epochs = 0
        self._limit, self._at_limit = limit, at_limit

    def callback(self) -> Any:
        """For `fit`. KerasTuner copies it deeply, which functions, unlike methods, come through."""
        import keras

        return keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: self._begin(),
            on_epoch_end=lambda epoch, logs: self._end(),
        )

    def _begin(self) -> None:
        if self._limit is not None and self.epochs >= self._limit:
            self._limit = None
            self._at_limit()

    def _end(self) -> None:
        self.epochs += 1


def save_found(folder: Path, found: list[Finding]) -> None:
    """For the process that started this one."""
    (folder / _FOUND).write_text(json.dumps([asdict(each) for each in found]), encoding="utf-8")


def load_found(folder: Path) -> list[Finding]:
    """What the last search has left."""
    return [Finding(**each) for each in json.loads((folder / _FOUND).read_text(encoding="utf-8"))]


def save_job(folder: Path, job: Job) -> None:
    """For the processes to be started."""
    (folder / _JOB).write_text(json.dumps(asdict(job)), encoding="utf-8")


def load_job(folder: Path) -> Job:
    """What this process was started for."""
    return Job(**json.loads((folder / _JOB).read_text(encoding="utf-8")))
