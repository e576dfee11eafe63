"""Whether the advice lasts when all rows are drawn anew: three drawings of every task.

The further drawings have eight strategies by three seeds, so that every drawing is read on the same
eight and the same three. Regret is against the best of the eight: the advisor may come out below
it, as its picks are not held to them. The eight were chosen on the first drawing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from advisor.candidates.arm import Arm, arm_name
from advisor.probes.outcome import Policy
from advisor.values import dataclass
from tests.benchmarks.advice import races, store
from tests.benchmarks.advice.races import Race
from tests.benchmarks.advice.readings import Floats, is_harmful, oracle, read, relative_regret
from tests.benchmarks.advice.space import family_of
from tests.benchmarks.advice.store import RESULTS, Truth
from tests.benchmarks.advice.strategies import FIXED, fixed_arm
from tests.benchmarks.advice.tables import with_interval

DATA_SEEDS = (0, 1, 2)
ADVISOR, CURRENT = "advisor, rules + probes", "current recipe"
_HEAD = (
    f"{'relative regret, by drawing':<32}{'tasks':>5}"
    + "".join(f"{f'rows {data_seed}':>9}" for data_seed in DATA_SEEDS)
    + f"{'all':>27}{'spread':>8}{'to current':>12}{'harm':>6}"
)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One drawing of a task: losses [choices, seeds] by contender, and the best of the eight.

    `families` are those of the advisor's picks, one a race.
    """

    losses: Mapping[str, Floats]
    best: float
    families: frozenset[str]

    @property
    def current(self) -> Floats:
        """Losses [seeds] of the current recipe."""
        return np.asarray(self.losses[CURRENT][0])

    def regret(self, contender: str) -> float:
        """Relative to the best of the eight."""
        return relative_regret(float(self.losses[contender].mean()), self.best)

    def change(self, contender: str) -> float:
        """Relative to the current recipe."""
        return float(self.losses[contender].mean() / self.current.mean() - 1)

    def harm(self, contender: str) -> float:
        """The share of choices that do significant harm."""
        return float(np.mean([is_harmful(own, self.current) for own in self.losses[contender]]))


def drawings(task: str, policy: Policy, results: Path = RESULTS) -> tuple[Drawing, ...]:
    """All drawings of a task; none unless truth and races of each are stored."""
    truths = {truth.data_seed: truth for truth in store.load(task, results)}
    stored = races.load(task, results).values()
    raced = {each: races.alike(stored, policy, data_seed=each) for each in DATA_SEEDS}
    if any(each not in truths or not raced[each] for each in DATA_SEEDS):
        return ()
    is_regularized = arm_name(Arm(share=0)) in truths[0].arms
    eight = truths[DATA_SEEDS[-1]]
    return tuple(_drawing(truths[s], eight, policy, raced[s], is_regularized) for s in DATA_SEEDS)


def _drawing(
    truth: Truth, eight: Truth, policy: Policy, raced: Sequence[Race], is_regularized: bool
) -> Drawing:
    """The arms and seeds of `eight`, of a truth that has at least those."""
    rows = [truth.arms.index(arm) for arm in eight.arms]
    columns = [truth.seeds.index(seed) for seed in eight.seeds]
    losses = read(truth.val, truth.test, policy)[np.ix_(rows, columns)]
    names = {
        CURRENT: arm_name(Arm()),
        **{title: arm_name(fixed_arm(title, is_regularized)) for title in FIXED},
    }
    return Drawing(
        losses={
            # A race's losses are by the same seeds, in their order, and by further ones behind.
            ADVISOR: np.array([race.losses[: len(columns)] for race in raced]),
            **{
                title: losses[[eight.arms.index(name)]]
                for title, name in names.items()
                if name in eight.arms
            },
        },
        best=oracle(losses),
        families=frozenset(family_of(race.pick) for race in raced),
    )


def drawings_table(tasks: Sequence[str], policy: Policy, results: Path = RESULTS) -> str:
    """A line a contender: regret on each drawing and on all, and how far they lie apart.

    Spread is the standard deviation over drawings, in the mean over tasks. `to current` is the
    change of the loss against the current recipe.
    """
    stored = {task: drawings(task, policy, results) for task in tasks}
    found = {task: own for task, own in stored.items() if own}
    if not found:
        return f"{policy}: no task has races and truth on all drawings"
    lines = [_HEAD]
    for title in dict.fromkeys(t for own in found.values() for d in own for t in d.losses):
        having = {t: own for t, own in found.items() if all(title in d.losses for d in own)}
        lines.append(_line(title, having))
    kept = [bool(frozenset.intersection(*(d.families for d in own))) for own in found.values()]
    lines.append(f"a family that the advisor names on every drawing: {sum(kept)} of {len(kept)}")
    return "\n".join(lines)


def _line(title: str, found: Mapping[str, Sequence[Drawing]]) -> str:
    regrets = np.array([[d.regret(title) for d in own] for own in found.values()])
    means = {task: float(own.mean()) for task, own in zip(found, regrets, strict=True)}
    change = np.mean([[d.change(title) for d in own] for own in found.values()])
    harm = np.mean([[d.harm(title) for d in own] for own in found.values()])
    each = "".join(f"{mean:>9.1%}" for mean in regrets.mean(axis=0))
    return (
        f"{title:<32}{len(found):>5}{each}{with_interval(means, '.1%'):>27}"
        f"{regrets.std(axis=1, ddof=1).mean():>8.1%}{change:>12.1%}{harm:>6.0%}"
    )
