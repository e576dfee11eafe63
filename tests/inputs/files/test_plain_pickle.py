"""Pickles of plain values are read without being run."""

import os
import pickle
import random
import subprocess
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.files.plain_pickle import parse_pickle

PROTOCOLS = range(6)
PLAIN: dict[str, Any] = {
    "lists": {"loss": [1.0, 0.5], "accuracy": [0, 1], "name": "a", "best": None, "done": True},
    "tuples in dicts": {"run": {"loss": [1.0, -2, 2**40]}, "nan": [float("inf")]},
    "an OrderedDict": OrderedDict(loss=[1.5], val_loss=[2.5]),
    "a defaultdict": defaultdict(list, {"loss": [1.0]}),
    "empty ones": {"a": [], "b": {}},
}
ARRAYS: dict[str, tuple[Any, Any]] = {
    "scalars": ({"loss": [np.float32(0.5), np.float64(0.25)]}, {"loss": [0.5, 0.25]}),
    "an array": ({"loss": np.array([0.5, 0.25], "float32")}, {"loss": [0.5, 0.25]}),
    "half floats": (np.array([0.5, -2], "float16"), [0.5, -2.0]),
    "other byte order": (np.array([1.5, 2.5], ">f8"), [1.5, 2.5]),
    "small integers": (np.array([1, 255], "uint8"), [1, 255]),
    "large integers": (np.array([-1, 2**40]), [-1, 2**40]),
    "truths": (np.array([True, False]), [True, False]),
    "objects": (np.array([{"loss": [1.0]}], object), [{"loss": [1.0]}]),
    "a dict as np.save keeps it": (np.array({"loss": [1.0]}), {"loss": [1.0]}),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", PLAIN)
def test_plain_values_are_what_pickle_itself_reads(kind: str, protocol: int) -> None:
    data = pickle.dumps(PLAIN[kind], protocol)
    assert parse_pickle(data, "h.pkl") == pickle.loads(data)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ARRAYS)
def test_numbers_of_numpy_become_pythons(kind: str, protocol: int) -> None:
    value, expected = ARRAYS[kind]
    assert parse_pickle(pickle.dumps(value, protocol), "h.pkl") == expected


def test_a_value_that_is_used_twice_is_read_twice() -> None:
    losses = [1.0, 0.5]
    data = pickle.dumps({"loss": losses, "val_loss": losses})
    assert parse_pickle(data, "h.pkl") == {"loss": losses, "val_loss": losses}


class Runs:
    """Runs a command when it is unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("function", [os.system, subprocess.call, eval, exec])
def test_nothing_is_run(function: Any, protocol: int, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    argument = (
        f"touch {mark}" if function in (os.system, subprocess.call) else f"open('{mark}','w')"
    )
    data = pickle.dumps({"loss": [1.0], "x": Runs(function, argument)}, protocol)
    with pytest.raises(InputError, match=r"h\.pkl: is a pickle of '.+'\.'\w+'; only plain"):
        parse_pickle(data, "h.pkl")
    assert not mark.exists()


def nested(levels: int) -> Any:
    """2 to the power of `levels` numbers, in a pickle of a few bytes for each level."""
    value: Any = [1.0]
    for _ in range(levels):
        value = [value, value]
    return value


def in_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "instruction NEWOBJ"),
        ({1, 2}, "instruction EMPTY_SET"),
        (b"bytes", "is a pickle of bytes"),
        (2**70, "a number beyond 64 bits"),
        (np.float64, "is a pickle of objects"),
        (np.zeros((2, 2)), r"an array of shape \(2, 2\)"),
        (np.array(["a"]), "damaged"),
        (np.array([1j]), "damaged"),
        ({(1, 2): 3}, "a dict with keys that are no text"),
        (nested(40), "more than 4,000,000 values"),
        (in_itself(), "nested containers"),
    ],
)
def test_anything_else_is_refused_in_one_line(value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_pickle(pickle.dumps(value), "h.pkl")
    assert "\n" not in str(caught.value)


def test_an_array_that_claims_more_than_it_holds_is_refused() -> None:
    data = pickle.dumps({"loss": np.arange(3.0)}, 2)
    assert data.count(b"K\x03\x85") == 1  # its shape
    for shape in (b"K\x04\x85", b"J\xff\xff\xff\x7f\x85", b"J\xff\xff\xff\xff\x85"):
        with pytest.raises(InputError, match="damaged"):
            parse_pickle(data.replace(b"K\x03\x85", shape), "h.pkl")


def test_damage_of_any_kind_is_an_input_error() -> None:
    draw = random.Random(7)
    values = [*PLAIN.values(), *(value for value, _ in ARRAYS.values())]
    seeds = [pickle.dumps(value, protocol) for value in values for protocol in PROTOCOLS]
    refused = 0
    for _ in range(3000):
        data = bytearray(draw.choice(seeds))
        for _ in range(draw.randint(1, 4)):
            place = draw.randrange(len(data) + 1)
            data[place : place + draw.randrange(4)] = draw.randbytes(draw.randrange(4))
        try:
            parse_pickle(bytes(data), "h.pkl")
        except InputError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > 1000
