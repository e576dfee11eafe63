"""Which arms are tried: anchors, then any of a lattice."""

from advisor.candidates.arm import arm_name
from advisor.probes.combine import anchors, lattice, screened
from tests.probes.fake_trainer import space

ALL = space("l1", "l2", "dropout")


def test_a_mild_and_a_usual_dose_of_each_family_come_first() -> None:
    assert [arm_name(each) for each in anchors(ALL)][:5] == [
        "L2 0.01",
        "L1 0.001",
        "dropout 0.2",
        "L1 0.01",
        "L2 0.001",
    ]


def test_one_family_has_its_own_anchors_only() -> None:
    assert all(set(each.doses) == {"dropout"} for each in anchors(space("dropout")))
    assert len(anchors(space("dropout"))) >= 2


def test_less_and_none_come_first_where_there_is_something() -> None:
    names = [arm_name(each) for each in anchors(space("l1", "l2", "dropout", present={"l2": 1e-2}))]
    assert names[:2] == ["none", "0.3 of current"]
    assert "current + dropout 0.5" in names
    assert "L2 0.01" not in names  # that is the current recipe


def names(*families: str, **given: object) -> list[str]:
    return [arm_name(each) for each in lattice(space(*families, **given))]  # type: ignore[arg-type]


def test_nothing_is_tried_without_a_place() -> None:
    assert anchors(space()) == screened(space()) == lattice(space()) == ()


def test_the_lattice_holds_half_decades_alone_and_couples() -> None:
    found = names("l1", "l2", "dropout")
    assert {
        "L1 0.003",
        "L2 0.1",
        "dropout 0.4",
        "dropout 0.35 + L2 0.003",
        "L1 0.003 + L2 0.01",
    } <= {*found}
    assert len(found) == len(set(found))
    assert "current" not in found
    assert {"dropout 0.8", "L2 1"} <= set(found)  # beyond the ends of the space's ladders


def test_a_family_without_a_place_is_in_no_arm() -> None:
    assert all(name.startswith("dropout") and "+" not in name for name in names("dropout"))


def test_what_is_there_is_reduced_removed_replaced_and_joined() -> None:
    found = names("l2", "dropout", present={"l2": 2e-2})
    assert {"none", "0.1 of current", "L2 0.003", "current + dropout 0.2"} <= set(found)
    assert not [name for name in found if name.startswith("current + L2")]
    # A dose that is there already is the current recipe.
    assert "L2 0.01" not in names("l2", present={"l2": 1e-2})
