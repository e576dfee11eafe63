"""A verdict that the files leave open, after probe trainings; the gate stays as it was."""

from dataclasses import replace

import pytest

from advisor import diagnose
from advisor.candidates.arm import Arm, arm_name
from advisor.pipeline import diagnosis
from advisor.probes.outcome import ArmResult, Expected, Label, Outcome
from advisor.probes.proof import Proof, Recipe
from advisor.recommend.probed_verdict import with_probes
from advisor.regularization import Change, Slot, Strategy
from advisor.rulebook.rule import Verdict
from tests.histories import WOBBLES
from tests.report.sample_probes import CURRENT, arm_result, outcome

OPEN = Verdict(name="undecided", severity="none", reason="No rule gives a verdict")


def changed(before: float, to: float, kind: str = "l2") -> Change:
    slot: Slot = "kernel_regularizer" if kind == "l2" else "rate"
    return Change(layer="a", slot=slot, kind=kind, before=before, to=to, low=0.0, high=before)


def race(*changes: Change, label: Label = "confirmed", change: float = -0.0625) -> Outcome:
    """The current recipe's loss is .521; the pick's changes bring it to .521 + `change`."""
    arm = Arm(share=0.3)
    pick = ArmResult(
        name=arm_name(arm), arm=arm, strategy=Strategy(changes=changes), runs=6,
        stopped=0.45, last=0.45, change=change, relative=change / 0.521,
    )  # fmt: skip
    expected = Expected(
        metric="val_loss", policy="stopped", baseline=0.521, changed=0.521 + change,
        change=change, low=change - 0.01, high=change + 0.01, level=0.9, runs=4,
    )  # fmt: skip
    current = arm_result({}, 8, CURRENT[1], CURRENT[2])
    return outcome([pick, current], pick.name, label=label, expected=expected)


def test_confirmed_less_is_the_verdict_where_no_rule_decides() -> None:
    verdict = with_probes(OPEN, race(changed(0.01, 0.001), changed(0.5, 0.1, "Dropout")))
    assert (verdict.name, verdict.severity) == (
        "over-regularized",
        "moderate",
    )  # .0625 / .521: 12 %
    assert verdict.reason == (
        "The probe trainings show it, while the files leave it open: less of the present "
        "regularization (0.3 of current) lowers the validation data loss by 12%"
    )


@pytest.mark.parametrize(("change", "severity"), [(-0.04, "mild"), (-0.2, "severe")])
def test_its_severity_is_the_share_of_the_loss_that_less_takes_away(
    change: float, severity: str
) -> None:
    assert with_probes(OPEN, race(changed(0.01, 0.001), change=change)).severity == severity


def test_of_a_metric_its_severity_is_the_share_of_what_the_current_recipe_reads() -> None:
    weaker = race(changed(0.01, 0.001))
    assert weaker.expected is not None
    expected = replace(
        weaker.expected, metric="val_accuracy", baseline=0.8, changed=0.9, change=0.1
    )
    verdict = with_probes(OPEN, replace(weaker, expected=expected, is_maximized=True))
    assert verdict.severity == "moderate"  # .1 / .8: 12.5 %
    assert verdict.reason.endswith("raises the validation accuracy by 0.1")


@pytest.mark.parametrize(
    "other",
    [
        race(changed(0.01, 0.001), label="tentative"),
        race(changed(0.0, 0.001)),
        race(changed(0.01, 0.0), changed(0.0, 0.3, "Dropout")),  # another family in its place
        race(changed(0.01, 0.1)),
    ],
    ids=["tentative", "added", "exchanged", "stronger"],
)
def test_whatever_else_probes_show_leaves_the_verdict_open(other: Outcome) -> None:
    assert with_probes(OPEN, other) is OPEN


def test_a_family_that_spreads_to_further_layers_may_still_be_less() -> None:
    weaker = race(changed(0.01, 0.001), replace(changed(0.0, 0.001), layer="out"))
    assert with_probes(OPEN, weaker).name == "over-regularized"


def test_what_rules_decide_stays() -> None:
    healthy = Verdict(name="healthy", severity="none", reason="Validation loss ends near its best")
    assert with_probes(healthy, race(changed(0.01, 0.001))) is healthy


def test_the_gate_rests_on_the_files_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = Proof(
        outcome=race(changed(0.01, 0.001)),
        engine="compiled",
        recipe=Recipe(batch_size=32, epochs=40),
        notes=(),
        seconds=1.0,
    )
    monkeypatch.setattr(diagnosis, "_probed", lambda *_: proof)
    report = diagnose(history=WOBBLES, fail_on_verdict=["over-regularized"], val_size=50)
    assert report.verdict == "over-regularized"
    assert report.gate is not None
    (check,) = report.gate.checks
    assert check.outcome == "inconclusive"
    assert check.message.startswith("The verdict is undecided:")
