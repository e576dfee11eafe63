"""Which epoch's weights a training ended with: the weights of each epoch's end, by a digest."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from advisor.recorder.forward import as_numpy

_VARIABLES = 3  # the last ones get a gradient in every step; each takes .2 ms to look at
_LARGEST = 2**20  # numbers in a variable that is looked at
NO_EPOCH = "the final weights are those of no epoch's end: averaged, or changed by a callback"


class WeightsTrace:
    """Digests of the last few variables, which differ from epoch to epoch as all weights do."""

    def __init__(self) -> None:
        self._digests: dict[int, bytes] = {}
        self._losses: dict[int, str] = {}

    def note(self, model: Any, epoch: int, logs: Mapping[str, object]) -> None:
        """Remember the weights at the end of `epoch` (from 1)."""
        self._digests[epoch] = _digest(model)
        self._losses[epoch] = repr(logs.get("val_loss", logs.get("loss")))  # NaN equals NaN

    def epoch_of(self, model: Any) -> int | None:
        """The epoch at whose end the weights were what they are now; None if there is none.

        A callback may have restored the best weights before the last epoch was noted. So the first
        epoch with these weights counts, unless nothing changed from there to the end.
        """
        now = _digest(model)
        same = [epoch for epoch, digest in self._digests.items() if digest == now]
        if not same:
            return None
        has_stood_still = same[-1] == max(self._digests) and (
            self._losses[same[0]] == self._losses[same[-1]]
        )
        return same[-1] if has_stood_still else same[0]


def _digest(model: Any) -> bytes:
    variables = model.trainable_variables[-_VARIABLES:]
    small = [
        variable for variable in variables if np.prod(variable.shape) <= _LARGEST
    ] or variables[-1:]
    digest = hashlib.blake2b(digest_size=16)
    for variable in small:
        digest.update(as_numpy(variable).tobytes())
    return digest.digest()
