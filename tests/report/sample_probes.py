"""Races built by hand, with figures as the demo's network gives them, and their reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from advisor.candidates.arm import Arm, arm_name
from advisor.evidence.measurement import Evidence
from advisor.probes.outcome import ArmResult, Expected, Outcome, Phase, TrialResult
from advisor.probes.proof import Proof, Recipe
from advisor.probes.trial import Trial
from advisor.recommend import recommend_from_probes
from advisor.regularization import Change, Family, Slot, Strategy
from advisor.report.probes import probes_shown
from advisor.report.report import Report
from advisor.rulebook.rule import Findings
from tests.builders import dense, evidence, findings, model, suggestion, verdict
from tests.report.sample_reports import healthy, overfitting, reading

MODEL = model(dense("hidden_1", 128, 64), dense("digit", 10, 128, ["hidden_1"]))
READINGS = evidence(
    {"stopping.epoch": 12.0, "stopping.gain": 0.5},
    {
        "hidden_1": {"layer.kind": "dense", "layer.is_output": False},
        "digit": {"layer.kind": "dense", "layer.is_output": True},
    },
)
RULES = findings(
    suggestion("wide-hidden-layer", {"dropout": 1.2}),
    suggestion("few-rows", {"l2": 0.6}),
)
CURRENT = ("current", 0.521, 1.05)  # the network's own readings: stopped early, and at the end


def strategy(doses: Mapping[Family, float]) -> Strategy:
    """Penalties on both kernels, dropout behind the hidden layer; nothing is there now."""
    changes = []
    for family, dose in doses.items():
        places: Sequence[tuple[str, Slot]] = [
            ("hidden_1", "kernel_regularizer"),
            ("digit", "kernel_regularizer"),
        ]
        if family == "dropout":
            places = [("hidden_1", "output")]
        changes += [
            Change(
                layer=name,
                slot=slot,
                kind="Dropout" if family == "dropout" else family,
                before=0.0,
                to=dose,
                low=round(dose / 3, 5) if family != "dropout" else round(dose - 0.1, 2),
                high=dose * 3 if family != "dropout" else dose + 0.1,
            )
            for name, slot in places
        ]
    return Strategy(changes=tuple(changes))


def arm_result(
    doses: Mapping[Family, float], runs: int, stopped: float, last: float, base: float = CURRENT[1]
) -> ArmResult:
    """An arm that sets nothing but `doses`; no doses at all are the user's own recipe."""
    arm = Arm(doses=doses, share=0.0 if doses else 1.0)
    return ArmResult(
        name=arm_name(arm),
        arm=arm,
        strategy=strategy(doses),
        runs=runs,
        stopped=stopped,
        last=last,
        change=round(stopped - base, 6),
        relative=round(stopped / base - 1, 6),
    )


def trials_of(arms: Sequence[ArmResult]) -> tuple[TrialResult, ...]:
    """As many trials of each arm as it has runs, each reading what the arm reads on average."""
    phases: tuple[Phase, ...] = ("anchors", "finals", "confirm")
    return tuple(
        TrialResult(
            arm=arm.name,
            phase=phases[min(run, 2)],
            trial=Trial(strategy=arm.strategy, seed=run, split=run, epochs=31),
            stopped=arm.stopped,
            last=arm.last,
            best_epoch=12,
            cost=0.1,
        )
        for run in range(max(arm.runs for arm in arms))
        for arm in arms
        if arm.runs > run
    )


def outcome(arms: Sequence[ArmResult], pick: str, **rest: object) -> Outcome:
    """A race that picked the arm of that name."""
    values: dict[str, object] = {
        "pick": next(arm for arm in arms if arm.name == pick),
        "label": "confirmed",
        "expected": None,
        "arms": tuple(sorted(arms, key=lambda arm: arm.name != pick)),
        "trials": trials_of(arms),
        "policy": "stopped",
        "objective": "val_loss",
        "splits": "resample",
        "seed": 0,
        "stopping_epoch": 12,
        "stopping_gain": 1 - CURRENT[1] / CURRENT[2],  # .529 of 1.05 are .504
        "epochs": 31,
        "cost": 1.9,
        "trainings": 27.0,
        "notes": (),
    }
    return Outcome(**{**values, **rest})  # type: ignore[arg-type]


CONFIRMED = outcome(
    [
        arm_result({"l2": 0.01}, 6, 0.431, 0.47),
        arm_result({"dropout": 0.3, "l2": 0.01}, 3, 0.436, 0.462),
        arm_result({"l2": 0.003}, 2, 0.447, 0.612),
        arm_result({"dropout": 0.5}, 2, 0.468, 0.664),
        arm_result({"dropout": 0.3}, 2, 0.481, 0.702),
        arm_result({"l2": 0.001}, 2, 0.497, 0.881),
        arm_result({}, 8, CURRENT[1], CURRENT[2]),
        arm_result({"l1": 0.001}, 1, 0.533, 0.58),
        arm_result({"l2": 0.1}, 1, 1.62, 1.64),
    ],
    "L2 0.01",
    expected=Expected(
        metric="val_data_loss", policy="stopped", baseline=0.521, changed=0.431, change=-0.09,
        low=-0.124, high=-0.056, level=0.9, runs=4, probability=0.998,
    ),
)  # fmt: skip

_TENTATIVE_ARMS = [
    arm_result({"dropout": 0.3}, 5, 0.503, 0.71),
    arm_result({"l2": 0.001}, 2, 0.512, 0.88),
    arm_result({}, 7, CURRENT[1], CURRENT[2]),
    arm_result({"l1": 0.001}, 1, 0.533, 0.58),
]
TENTATIVE = outcome(
    _TENTATIVE_ARMS,
    "dropout 0.3",
    label="tentative",
    expected=Expected(
        metric="val_data_loss", policy="stopped", baseline=0.521, changed=0.503, change=-0.018,
        low=-0.046, high=0.01, level=0.9, runs=3, probability=0.86,
    ),
)  # fmt: skip

_KEEP_ARMS = [
    arm_result({}, 9, CURRENT[1], 0.534),
    arm_result({"l2": 0.001}, 5, 0.516, 0.527),
    arm_result({"dropout": 0.1}, 2, 0.524, 0.531),
    arm_result({"l1": 0.0001}, 1, 0.53, 0.541),
    arm_result({"l2": 0.01}, 1, 0.562, 0.565),
    arm_result({"dropout": 0.5}, 1, 0.604, 0.604),
]
KEEP = outcome(
    _KEEP_ARMS,
    "current",
    label="keep",
    stopping_epoch=27,
    stopping_gain=0.024,
    contender=_KEEP_ARMS[1],
    contender_expected=Expected(
        metric="val_data_loss", policy="stopped", baseline=0.521, changed=0.516, change=-0.005,
        low=-0.021, high=0.011, level=0.9, runs=4, probability=0.71,
    ),
)  # fmt: skip

CUT_SHORT = outcome(
    [
        arm_result({"l2": 0.01}, 1, 0.444, 0.481),
        arm_result({"dropout": 0.3}, 1, 0.477, 0.698),
        arm_result({}, 1, CURRENT[1], CURRENT[2]),
    ],
    "L2 0.01",
    label="tentative",
    is_cut_short=True,
    cost=0.4,
    trainings=3.0,
    notes=("the race was ended before its plan was done",),
)

NOTES = ("Batches of 32 rows are assumed; use --batch-size to change that.",)


def proof(race: Outcome, notes: tuple[str, ...] = NOTES) -> Proof:
    """The race as it is handed to the report."""
    return Proof(
        outcome=race,
        engine="compiled",
        recipe=Recipe(batch_size=32, epochs=31),
        notes=notes,
        seconds=6.1,
    )


def probed(
    base: Report,
    race: Outcome,
    fired: Findings = RULES,
    readings: Evidence = READINGS,
    notes: tuple[str, ...] = NOTES,
) -> Report:
    """The report of a race on the demo's network, as `assemble` would make it."""
    return replace(
        base,
        inputs=replace(base.inputs, data="data.npz", data_sha256="2" * 64, n_train=300, n_val=200),
        recommendation=recommend_from_probes(
            race, verdict(base.verdict, base.severity), fired, readings, MODEL
        ),
        probes=probes_shown(proof(race, notes)),
        evidence={**base.evidence, "history.epochs": reading(31.0, "epochs")},
        timing={"seconds": 9.4, "probe_seconds": 6.1},
    )


PROBED = {
    "probes-confirmed": probed(overfitting(), CONFIRMED),
    "probes-tentative": probed(overfitting(), TENTATIVE),
    "probes-keep": probed(healthy(), KEEP),
    "probes-cut-short": probed(overfitting(), CUT_SHORT),
}
