"""How many steps to take in one call, so that Ctrl-C acts soon: it does so between two calls."""

from collections.abc import Iterator
from time import perf_counter

CALL_SECONDS = 0.3
_FIRST_GUESS = 1.0  # steps a second: one step, which also waits for the graph to be optimized


class Pace:
    """The speed of the calls so far. It sets how steps are grouped, never what they compute."""

    def __init__(self) -> None:
        self._speed = _FIRST_GUESS

    def pieces(self, steps: int) -> Iterator[tuple[int, int]]:
        """First step and the one after the last of each call; the caller makes it meanwhile."""
        done = 0
        while done < steps:
            stop = min(steps, done + max(1, int(self._speed * CALL_SECONDS)))
            started = perf_counter()
            yield done, stop
            self._speed = (stop - done) / max(1e-4, perf_counter() - started)
            done = stop
