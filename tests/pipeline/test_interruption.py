"""Ctrl-C is noted even where Python drops the exception."""

import signal
import threading

import pytest

from advisor.pipeline.interruption import noted_interrupts


class RaisesAsItGoes:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_is_raised_and_noted() -> None:
    with noted_interrupts() as is_interrupted:
        assert not is_interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert is_interrupted()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_is_noted() -> None:
    with noted_interrupts() as is_interrupted:
        lost = RaisesAsItGoes()
        del lost  # Python prints "Exception ignored" and goes on
        assert is_interrupted()


def test_a_handler_of_the_programs_own_stays() -> None:
    calls: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: calls.append(number))
    try:
        with noted_interrupts() as is_interrupted:
            signal.raise_signal(signal.SIGINT)
            assert not is_interrupted()
    finally:
        signal.signal(signal.SIGINT, before)
    assert calls == [signal.SIGINT]


def test_another_thread_is_left_alone() -> None:
    answers: list[bool] = []

    def run() -> None:
        with noted_interrupts() as is_interrupted:
            answers.append(is_interrupted())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert answers == [False]
