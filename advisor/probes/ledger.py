"""Runs trials one after another, keeps what they showed, and counts what they cost."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from advisor.candidates.arm import Arm, arm_name
from advisor.candidates.search_space import SearchSpace
from advisor.probes.choice import BASELINE, BASELINE_NAME, chosen_arm, surface_over
from advisor.probes.outcome import Phase, TrialResult
from advisor.probes.plan import Protocol, RacePlan, RaceSettings, budget_of
from advisor.probes.pooling import Pair, relative_change
from advisor.probes.progress import Progress
from advisor.probes.readings import read
from advisor.probes.trial import Costs, Start, Trainer, Trial
from advisor.regularization import Strategy


class Expired(Exception):
    """The time limit has passed; raised between trials."""


class Ledger:
    """The trials of one race in the order in which they ran."""

    def __init__(
        self,
        *,
        space: SearchSpace,
        trainer: Trainer,
        costs: Costs,
        settings: RaceSettings,
        protocol: Protocol,
        plan: RacePlan,
        on_trial: Callable[[Progress], None] | None,
    ) -> None:
        self.space = space
        self.costs = costs
        self.settings = settings
        self.protocol = protocol
        self.plan = plan
        self.trials: list[TrialResult] = []
        self.arms: dict[str, Arm] = {BASELINE_NAME: BASELINE}
        self.budget = budget_of(settings, protocol)
        self.spent = costs.setup
        self._trainer = trainer
        self._on_trial = on_trial
        self._lengths: dict[str, int] = {}

    def run(self, arm: Arm, phase: Phase, pair: Pair, start: Start = "scratch") -> TrialResult:
        """Train `arm` once. Raises Expired, or KeyboardInterrupt from the trainer."""
        if self.settings.has_expired():
            raise Expired
        name = arm_name(arm)
        self.arms[name] = arm
        epochs = self.plan.screen_epochs if start == "saved" else self.epochs_of(arm)
        seed, split = pair
        trial = Trial(
            strategy=self.space.strategy(arm), seed=seed, split=split, epochs=epochs, start=start
        )
        self._report(name, phase)
        reading = read(
            self._trainer.train(trial),
            is_loss=self.settings.objective == "val_loss",
            is_maximized=self.settings.maximize,
            is_cross_fitted=self.protocol.is_cross_fitted,
        )
        self.spent += self.costs.of(epochs)
        result = TrialResult(
            arm=name,
            phase=phase,
            trial=trial,
            stopped=reading.stopped,
            last=reading.last,
            best_epoch=reading.best_epoch,
            cost=self.costs.of(epochs),
        )
        self.trials.append(result)
        return result

    def epochs_of(self, arm: Arm) -> int:
        """The length of a from-scratch trial of `arm`."""
        return self._lengths.get(arm_name(arm), self.plan.epochs)

    def extend(self, arm: Arm, epochs: int) -> None:
        """From now on trials of `arm` take that many epochs."""
        self._lengths[arm_name(arm)] = epochs

    def price(self, arms: Sequence[Arm]) -> float:
        """What a from-scratch trial of each of `arms` costs."""
        return sum(self.costs.of(self.epochs_of(arm)) for arm in arms)

    def affords(self, price: float, reserve: float = 0.0) -> bool:
        """True if `price` leaves `reserve`, up to rounding errors."""
        return self.spent + price + reserve <= self.budget * (1 + 1e-9) + 1e-12

    def pair(self, number: int) -> Pair:
        """The seed and split of the `number`-th round (0: the screen, on the user's own split).

        Races of different seeds share none of them, as long as they have fewer than 100 rounds.
        """
        seed = 100 * self.settings.seed + number
        is_own_split = number == 0 or self.settings.splits == "fixed"
        return seed, 0 if is_own_split else seed

    def score(self, result: TrialResult) -> float:
        """A reading under the race's policy, turned so that lower is better."""
        reading: float = getattr(result, self.settings.policy)
        return -reading if self.settings.maximize else reading

    def chosen(self) -> str:
        """The arm that the trials favour, without those of confirmation."""
        return chosen_arm(
            self._choosing(),
            self._usual(self.arms),
            self.settings.policy,
            tie=self.protocol.tie,
            is_maximized=self.settings.maximize,
            present=self.space.usual(self.space.held),
        )

    def promising(self, arms: Iterable[Arm], count: int, number: int) -> list[Arm]:
        """The `count` of `arms`, or of those run so far, to look at in round `number`."""
        by_strategy = {self.space.strategy(arm): arm for arm in (*self.arms.values(), *arms)}
        distinct = list(by_strategy.values())  # the current recipe comes first
        seen = surface_over(
            self._usual({arm_name(arm): arm for arm in distinct}),
            self._choosing(),
            self.settings.policy,
            is_maximized=self.settings.maximize,
            present=self.space.usual(self.space.held),
        )
        seed = (self.settings.seed, number)
        return [distinct[place] for place in seen.promising(count, range(1, len(distinct)), seed)]

    def _usual(self, arms: Mapping[str, Arm]) -> dict[str, Arm]:
        """The arms in doses for losses of ordinary size, by the names that they have here."""
        usual = self.space.usual
        return {name: replace(arm, doses=usual(arm.doses)) for name, arm in arms.items()}

    def _choosing(self) -> list[TrialResult]:
        return [trial for trial in self.trials if trial.phase != "confirm"]

    def tried(self) -> list[Strategy]:
        """The strategies that have had a from-scratch trial, and that of keeping the model."""
        return [Strategy(), *(t.trial.strategy for t in self.trials if t.trial.start == "scratch")]

    def end(self) -> None:
        """Tell who watches that no further trial comes."""
        if self.trials:
            last = self.trials[-1]
            self._report(last.arm, last.phase, is_over=True)

    def _report(self, name: str, phase: Phase, *, is_over: bool = False) -> None:
        if self._on_trial is None:
            return
        done = len(self.trials)
        best = self._leader()
        self._on_trial(
            Progress(
                done=done,
                planned=done if is_over else max(self.plan.trials, done + 1),
                arm=name,
                phase=phase,
                best=best,
                best_change=0.0
                if best is None
                else relative_change(self.trials, best, BASELINE_NAME, self.settings.policy),
                is_over=is_over,
            )
        )

    def _leader(self) -> str | None:
        """The arm that would be chosen now; None before any was trained beside the current one."""
        scratch = {trial.arm for trial in self.trials if trial.trial.start == "scratch"}
        return self.chosen() if len(scratch) > 1 else None
