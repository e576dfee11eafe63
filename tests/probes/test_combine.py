"""Which arms are tried: anchors, then what the results suggest."""

from advisor.arm import Arm, arm_name
from advisor.probes.combine import Scored, anchors, next_arm, screened, step_down, step_up
from advisor.regularization import Strategy
from tests.probes.fake_trainer import menu

ALL = menu("l1", "l2", "dropout")


def arm(share: float = 0, **doses: float) -> Arm:
    return Arm(doses=doses, share=share)  # type: ignore[arg-type]


def upcoming(scored: list[Scored], count: int) -> list[str]:
    """The next arms if each of them turned out worse than all before."""
    found, worst = [], max(score for _, score in scored)
    for step in range(count):
        tried = [ALL.strategy(each) for each, _ in scored]
        following = next_arm(ALL, scored, [Strategy(), *tried])
        if following is None:
            break
        scored = [*scored, (following, worst + 1 + step)]
        found.append(arm_name(following))
    return found


def test_anchors_lie_across_the_families() -> None:
    assert [arm_name(each) for each in anchors(ALL)][:4] == [
        "L2 0.01",
        "dropout 0.5",
        "L1 0.01",
        "dropout 0.5 + L2 0.001",
    ]


def test_one_family_has_its_own_anchors_only() -> None:
    assert all(set(each.doses) == {"dropout"} for each in anchors(menu("dropout")))
    assert len(anchors(menu("dropout"))) >= 2


def test_less_and_none_come_first_where_there_is_something() -> None:
    names = [arm_name(each) for each in anchors(menu("l1", "l2", "dropout", present={"l2": 1e-2}))]
    assert names[:2] == ["none", "0.3 of current"]
    assert "current + dropout 0.5" in names
    assert "L2 0.01" not in names  # that is the current recipe


def test_nothing_is_tried_without_a_place() -> None:
    assert anchors(menu()) == screened(menu()) == ()
    assert next_arm(menu(), [(Arm(), 1.0)], []) is None


def test_neighbours_of_the_best_come_first() -> None:
    scored = [(Arm(), 1.0), (arm(l2=1e-2), 0.5), (arm(dropout=0.5), 2.0)]
    assert upcoming(scored, 2) == ["L2 0.1", "L2 0.001"]


def test_then_combinations_with_the_best_of_other_families_then_half_steps() -> None:
    scored = [
        (Arm(), 1.0),
        (arm(l2=1e-2), 0.90),
        (arm(l2=1e-1), 0.95),
        (arm(l2=1e-3), 0.92),
        (arm(dropout=0.5), 0.91),
        (arm(dropout=0.3), 1.0),
        (arm(dropout=0.7), 1.2),
        (arm(l1=1e-2), 1.5),  # too bad to be a parent
        (arm(l1=1e-3), 1.0),  # and weaker doses can only be as good as none
    ]
    assert upcoming(scored, 4) == [
        "dropout 0.3 + L2 0.01",
        "dropout 0.5 + L2 0.01",
        "L2 0.003",  # towards the better neighbour
        "L2 0.03",
    ]


def test_a_family_whose_anchor_was_far_too_strong_gets_weaker_doses() -> None:
    scored = [(Arm(), 1.0), (arm(dropout=0.3), 0.99), (arm(l2=1e-2), 3.0)]
    assert "L2 0.001" in upcoming(scored, 3)
    scored = [(Arm(), 1.0), (arm(dropout=0.3), 0.99), (arm(l2=1e-2), 3.0), (arm(l2=1e-3), 1.005)]
    assert not [name for name in upcoming(scored, 3) if name.startswith("L2")]


def test_doses_go_in_place_of_what_is_there_where_that_is_better_removed() -> None:
    present = menu("l1", "l2", "dropout", present={"dropout": 0.5})
    on_top, without = arm(1, l2=1e-3), arm(0)
    scored = [(Arm(), 1.0), (without, 0.9), (on_top, 0.8)]
    following = next_arm(present, scored, [Strategy(), *(present.strategy(a) for a, _ in scored)])
    assert following == arm(0, l2=1e-3)


def test_the_grid_grows_beyond_its_strong_end() -> None:
    assert upcoming([(Arm(), 1.0), (arm(l2=1e-1), 0.5)], 1) == ["L2 0.3"]
    assert upcoming([(Arm(), 1.0), (arm(dropout=0.7), 0.5)], 1) == ["dropout 0.8"]
    assert step_up(ALL, "l2", 0.3) == 1.0
    assert step_up(ALL, "l2", 1.0) is None
    assert step_up(ALL, "dropout", 0.8) is None


def test_below_the_weak_end_a_dose_does_nothing() -> None:
    assert step_down(ALL, "l1", 1e-5) is None
    assert step_down(ALL, "l1", 3e-5) == 1e-5


def test_shares_of_the_current_recipe_are_refined_too() -> None:
    present = menu("l2", present={"l2": 1e-2})
    tried = [Strategy(), present.strategy(Arm(share=0.3)), present.strategy(Arm(share=0))]
    scored = [(Arm(), 1.0), (Arm(share=0.3), 0.8), (Arm(share=0), 0.9)]
    following = next_arm(present, scored, tried)
    assert following is not None
    assert arm_name(following) == "0.1 of current"
