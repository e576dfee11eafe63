"""Strengths by hand: where they go, what is refused, and what rules say against it."""

from pathlib import Path
from typing import Any

import pytest

from advisor.errors import UsageError
from advisor.inputs.model_file import read_model
from advisor.regularization import Strategy
from advisor.surgery.apply import apply
from advisor.surgery.manual_strengths import strategy_by_hand
from tests.surgery.test_apply import small

pytestmark = pytest.mark.tensorflow


def placed(strategy: Strategy) -> dict[tuple[str, str, str], float]:
    return {(c.layer, c.slot, c.kind): c.to for c in strategy.changes}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("by-hand") / "model.keras"
    small().save(path)
    return path


def test_strengths_by_hand_go_where_probes_would_put_them(saved: Path) -> None:
    kernel = "kernel_regularizer"
    strategy, _ = strategy_by_hand(saved, {"l1": 0.1, "l2": 0.01, "dropout": 0.25})
    assert placed(strategy) == {
        ("b", kernel, "l1"): 0.1,  # in "a" there is as much
        ("out", kernel, "l1"): 0.1,
        ("a", kernel, "l2"): 0.01,
        ("b", kernel, "l2"): 0.01,
        ("out", kernel, "l2"): 0.01,
        ("a", "output", "Dropout"): 0.25,
        ("drop", "rate", "Dropout"): 0.25,
    }


def test_zero_by_hand_removes_a_family_and_leaves_the_others(saved: Path, tmp_path: Path) -> None:
    strategy, _ = strategy_by_hand(saved, {"l2": 0.0, "dropout": 0.0})
    assert placed(strategy) == {
        ("a", "kernel_regularizer", "l2"): 0.0,
        ("drop", "rate", "Dropout"): 0.0,
    }
    apply(saved, strategy, tmp_path / "out.keras")
    after = read_model(tmp_path / "out.keras")
    assert after.layer("a").regularizers["kernel_regularizer"].kind == "l1"
    assert after.layer("drop").rates == {"rate": 0.0}


@pytest.mark.parametrize(
    ("doses", "message"),
    [
        ({"dropout": 1.0}, "--dropout 1: a strength from 0 to 0.9 is expected"),
        ({"l2": -1.0}, "--l2 -1: a strength from 0 to 1000 is expected"),
        ({"l1": float("nan")}, "--l1 nan: a strength"),
        ({"l1": float("inf")}, "--l1 inf: a strength"),
    ],
)
def test_strengths_out_of_range_are_usage_errors(saved: Path, doses: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        strategy_by_hand(saved, doses)


def test_a_family_without_a_place_is_a_usage_error(tmp_path: Path) -> None:
    import keras

    keras.Sequential([keras.Input((3,)), keras.layers.ReLU()]).save(tmp_path / "m.keras")
    with pytest.raises(UsageError, match=r"--l2 0.1: m\.keras has no place for it"):
        strategy_by_hand(tmp_path / "m.keras", {"l2": 0.1})


def before_normalization(path: Path, *behind: Any) -> Path:
    import keras
    from keras import layers as L

    keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(4, 3, use_bias=False, name="normalized"),
            L.BatchNormalization(),
            L.DepthwiseConv2D(3, name="depthwise"),
            L.Flatten(),
            *behind,
        ]
    ).save(path)
    return path


def test_strengths_by_hand_keep_off_the_places_that_rules_forbid(tmp_path: Path) -> None:
    import keras

    model = before_normalization(tmp_path / "m.keras", keras.layers.Dense(2, name="out"))
    strategy, notes = strategy_by_hand(model, {"l2": 0.01, "l1": 0.001})
    assert placed(strategy) == {
        ("out", "kernel_regularizer", "l2"): 0.01,
        ("normalized", "kernel_regularizer", "l1"): 0.001,  # no rule forbids L1 there
        ("out", "kernel_regularizer", "l1"): 0.001,
    }
    assert len(notes) == 2
    assert notes[0].startswith("--l2 0.01 is not put on normalized (Before batch normalization, ")
    assert "; depthwise (Depthwise kernels have too few weights for a penalty)" in notes[0]
    assert notes[1].startswith("--l1 0.001 is not put on depthwise (")


def test_a_family_that_rules_forbid_everywhere_is_put_there_and_said(tmp_path: Path) -> None:
    strategy, notes = strategy_by_hand(before_normalization(tmp_path / "m.keras"), {"l2": 0.01})
    assert {change.layer for change in strategy.changes} == {"normalized", "depthwise"}
    (note,) = notes
    assert note.startswith("--l2 0.01 is put, against a rule, on normalized (Before batch ")
