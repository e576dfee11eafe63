"""Curves of a task's grid, stored small: a comparison can be replayed without training.

Losses are kept as whole numbers of 1/2000 of their logarithm (.05 % apart), differenced along the
epochs and deflated: three to six bits a value.
"""

import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from advisor.atomic import atomic_write
from advisor.values import dataclass
from tests.benchmarks.advice.readings import POLICIES, Floats

RESULTS = Path(__file__).parent / "results"

_STEPS = 2000.0
LEAST, MOST = 1e-4, 1e3
"""Bounds of a stored loss, so far apart that a step between them just fits 16 bits."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What full trainings of every arm came to, on one drawing of a task's rows.

    `val_halves` [2, arms, seeds, epochs] and `test` [arms, seeds, epochs] are data losses after
    each epoch: on either half of the user's validation rows, and on the test rows. Choices are
    made by these, and valued by further trainings: `fresh` [policies, arms, fresh seeds] keeps
    their test losses as each of POLICIES reads them. Only the first drawing has any.
    """

    task: str
    data_seed: int
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    val_halves: Floats
    test: Floats
    fresh: Floats

    @property
    def val(self) -> Floats:
        """The loss on all validation rows [arms, seeds, epochs]; their number is even."""
        return np.asarray(self.val_halves.mean(axis=0))


def save(truths: list[Truth], results: Path = RESULTS) -> Path:
    """Write all drawings of one task into one file."""
    path = _path(truths[0].task, results)
    head = [
        {
            "data_seed": t.data_seed,
            "arms": t.arms,
            "seeds": t.seeds,
            "epochs": t.test.shape[-1],
            "fresh": t.fresh.shape[-1],
        }
        for t in truths
    ]
    body = b"".join(
        _packed(np.concatenate([t.val_halves, t.test[None]])) + _packed(t.fresh[..., None])
        for t in truths
    )
    text = json.dumps(head).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, zlib.compress(len(text).to_bytes(4, "big") + text + body, 9))
    return path


def load(task: str, results: Path = RESULTS) -> list[Truth]:
    """Every stored drawing of a task; none where nothing is stored yet."""
    path = _path(task, results)
    if not path.exists():
        return []
    stream = io.BytesIO(zlib.decompress(path.read_bytes()))
    head = json.loads(stream.read(int.from_bytes(stream.read(4), "big")))
    return [_truth(task, entry, stream) for entry in head]


def first_drawing(task: str, results: Path = RESULTS) -> Truth | None:
    """The drawing whose whole grid is trained; None where it isn't stored yet."""
    return next((truth for truth in load(task, results) if truth.data_seed == 0), None)


def _truth(task: str, entry: dict[str, Any], stream: io.BytesIO) -> Truth:
    arms, seeds = tuple(entry["arms"]), tuple(entry["seeds"])
    curves = _unpacked(stream, (3, len(arms), len(seeds), int(entry["epochs"])))
    fresh = _unpacked(stream, (len(POLICIES), len(arms), int(entry["fresh"]), 1))
    return Truth(
        task=task,
        data_seed=int(entry["data_seed"]),
        arms=arms,
        seeds=seeds,
        val_halves=curves[:2],
        test=curves[2],
        fresh=fresh[..., 0],
    )


def _packed(losses: Floats) -> bytes:
    """Low bytes of all values first, then the high bytes, which are nearly all alike."""
    levels = np.rint(_STEPS * np.log(np.clip(losses, LEAST, MOST))).astype(np.int64)
    steps = np.diff(levels, axis=-1, prepend=0)
    zigzag = np.where(steps < 0, -2 * steps - 1, 2 * steps).astype(np.uint16)
    return zigzag.view(np.uint8).reshape(-1, 2).T.tobytes()


def _unpacked(stream: io.BytesIO, shape: tuple[int, ...]) -> Floats:
    data = stream.read(2 * int(np.prod(shape)))
    pairs = np.frombuffer(data, np.uint8).reshape(2, -1).T
    zigzag: npt.NDArray[np.int64] = (
        np.ascontiguousarray(pairs).view(np.uint16).astype(np.int64).reshape(shape)
    )
    steps = np.where(zigzag % 2 == 1, -(zigzag + 1) // 2, zigzag // 2)
    return np.exp(np.cumsum(steps, axis=-1) / _STEPS)


def _path(task: str, results: Path) -> Path:
    return results / "truth" / f"{task}.z"
