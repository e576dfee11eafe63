"""Histories as pickle and NumPy save them."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.history import History, read_history
from advisor.inputs.kinds import kind_of

LOGGED = {"loss": [1.0, 0.5, 0.25], "val_loss": [1.25, 0.75, 0.5]}
CURVES = ((1.0, 0.5, 0.25), (1.25, 0.75, 0.5))


def curves(history: History) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return history.train["loss"].values, history.validation["loss"].values


def saved(path: Path, value: Any) -> Path:
    match path.suffix:
        case ".pkl":
            path.write_bytes(pickle.dumps(value))
        case ".npy":
            np.save(path, value, allow_pickle=True)
        case _:
            np.savez(path, **value)
    return path


@pytest.mark.parametrize("name", ["h.pkl", "h.npy", "h.npz"])
def test_a_saved_dict_is_read(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / name, LOGGED)
    assert kind_of(path) == "history"
    assert curves(read_history(path)) == CURVES


def test_an_archive_of_one_saved_dict_is_read(tmp_path: Path) -> None:
    path = tmp_path / "h.npz"
    np.savez(path, history=np.array(LOGGED, object))
    assert curves(read_history(path)) == CURVES


@pytest.mark.parametrize(("name", "curve"), [("val_loss", "validation"), ("run_1", "train")])
def test_one_array_is_the_curve_of_its_name(name: str, curve: str, tmp_path: Path) -> None:
    history = read_history(saved(tmp_path / f"{name}.npy", np.array(LOGGED["loss"])))
    assert getattr(history, curve)["loss"].values == CURVES[0]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((4, 2)), r"an array of shape \(4, 2\) and type 'float64'"),
        (np.array(["a"]), "not one value for each epoch"),
        (object(), "instruction"),
    ],
)
def test_other_arrays_are_refused(value: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "h.npy"
    np.save(path, value, allow_pickle=True)
    with pytest.raises(InputError, match=message):
        read_history(path)


def test_an_array_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "loss.npy", np.arange(9.0))
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(InputError, match=r"loss\.npy: was cut short"):
        read_history(path)
