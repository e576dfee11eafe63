"""The cases: how each task is trained, by a user who does well, too much or too little.

Recipes are spread over the tasks by the hash of the task's name and were chosen for a mix of
labels, before any diagnosis rule was run on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.benchmarks.diagnosis.models import Architecture, Kind, Strengths
from tests.benchmarks.diagnosis.task_list import TASKS, halves
from tests.benchmarks.diagnosis.tasks import Half, Task, fingerprint

RECIPES_PER_TASK = 4
LONG_STEPS = 1000
COSTLY: dict[Kind, float] = {"cnn": 0.5, "cnn-bn": 0.5, "lstm": 0.7, "gru": 0.6}
"""Share of `LONG_STEPS` for networks whose steps are slow on a CPU."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Relative to the task's own size, length and learning rate."""

    length: float = 1.0
    """Epochs as a share of the task's long training."""
    size: str = "main"
    speed: float = 1.0
    """Factor on the learning rate."""
    strengths: Strengths = field(default_factory=Strengths)
    has_class_weight: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """One training to be diagnosed: everything it takes to run it again."""

    name: str
    task: Task
    half: Half
    architecture: Architecture
    optimizer: str
    learning_rate: float
    epochs: int
    strengths: Strengths
    has_class_weight: bool
    seed: int


RECIPES: dict[str, Recipe] = {
    "plain": Recipe(),
    "wide": Recipe(size="wide", length=0.8),
    "brief": Recipe(length=0.15),
    "medium": Recipe(length=0.35),
    "tiny": Recipe(size="tiny", length=0.6),
    "gentle": Recipe(strengths=Strengths(l2=1e-3), length=0.5),
    "half": Recipe(strengths=Strengths(dropout=0.5), length=0.6),
    "mixed": Recipe(strengths=Strengths(l2=3e-3, dropout=0.3), length=0.5),
    "decayed": Recipe(strengths=Strengths(l2=0.2), length=0.6),
    "dropped": Recipe(strengths=Strengths(dropout=0.85), length=0.5),
    "lasso": Recipe(strengths=Strengths(l1=0.02), length=0.7),
    "jumpy": Recipe(speed=8.0, length=0.5),
    "slow": Recipe(speed=0.15, length=0.7),
    "weighted": Recipe(has_class_weight=True, length=0.7),
    "weighted-brief": Recipe(has_class_weight=True, length=0.3, strengths=Strengths(dropout=0.2)),
}

SIZES: dict[Kind, dict[str, tuple[tuple[int, int], ...]]] = {
    "mlp": {
        "main": ((16, 2), (24, 1), (32, 2), (48, 1), (64, 1)),
        "wide": ((96, 1), (64, 2), (128, 1)),
        "tiny": ((2, 1), (3, 1), (2, 2)),
    },
    "cnn": {"main": ((6, 2), (8, 1)), "wide": ((12, 2),), "tiny": ((1, 2),)},
    "cnn-bn": {"main": ((6, 2),), "wide": ((12, 2),), "tiny": ((1, 2),)},
    "conv1d": {"main": ((8, 2), (8, 1)), "wide": ((16, 2),), "tiny": ((1, 1),)},
    "lstm": {"main": ((8, 1),), "wide": ((20, 1),), "tiny": ((2, 1),)},
    "gru": {"main": ((10, 1),), "wide": ((20, 1),), "tiny": ((2, 1),)},
    "bow": {"main": ((8, 2), (16, 1)), "wide": ((32, 2),), "tiny": ((1, 1),)},
}
"""(width, depth) to choose from."""

LEARNING_RATES: dict[str, tuple[float, ...]] = {
    "adam": (1e-3, 3e-3, 5e-3),
    "rmsprop": (1e-3, 2e-3),
    "sgd": (1e-2, 3e-2),
}


def all_cases() -> tuple[Case, ...]:
    """Every case, task after task, in a fixed order."""
    half = halves()
    return tuple(
        _case(task, half[task.name], recipe) for task in TASKS for recipe in _recipes(task)
    )


def _recipes(task: Task) -> list[str]:
    rng = np.random.default_rng(task.seed)
    optional = [name for name in RECIPES if name != "plain" and not name.startswith("weighted")]
    chosen = rng.choice(optional, RECIPES_PER_TASK - 1, replace=False)
    extra = ["weighted", "weighted-brief"] if task.family == "imbalanced" else []
    return ["plain", *sorted(str(name) for name in chosen), *extra]


def _case(task: Task, half: Half, recipe_name: str) -> Case:
    recipe = RECIPES[recipe_name]
    rng = np.random.default_rng(fingerprint(task.name + "/optimizer"))
    optimizer = str(rng.choice(["adam", "adam", "adam", "sgd", "rmsprop"]))
    learning_rate = float(rng.choice(LEARNING_RATES[optimizer]))
    name = f"{task.name}_{recipe_name}"
    seed = fingerprint(name)
    sizes = SIZES[task.kind][recipe.size]
    width, depth = sizes[task.seed % len(sizes)]
    activation = "tanh" if task.kind == "mlp" and task.seed % 4 == 0 else "relu"
    return Case(
        name=name,
        task=task,
        half=half,
        architecture=Architecture(kind=task.kind, width=width, depth=depth, activation=activation),
        optimizer=optimizer,
        learning_rate=float(f"{learning_rate * recipe.speed:.3g}"),
        epochs=_epochs(task, recipe, seed),
        strengths=recipe.strengths,
        has_class_weight=recipe.has_class_weight,
        seed=seed,
    )


def _epochs(task: Task, recipe: Recipe, seed: int) -> int:
    """About `LONG_STEPS` steps times the recipe's length, 12 to 150 epochs."""
    steps_per_epoch = task.n_train / task.batch_size
    jitter = np.random.default_rng(seed).uniform(0.8, 1.25)
    steps = LONG_STEPS * COSTLY.get(task.kind, 1.0)
    epochs = recipe.length * jitter * np.clip(steps / steps_per_epoch, 25, 150)
    return int(np.clip(round(epochs), 12, 150))
