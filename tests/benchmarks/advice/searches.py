"""Searches that a user writes without a tuner: what each trains, in which order."""

from tests.benchmarks.advice.ledger import Ledger


def random_search(ledger: Ledger) -> None:
    """Every arm in a random order, in full."""
    for arm in ledger.rng.permutation(ledger.field.rivals):
        ledger.pay(int(arm), ledger.field.epochs)


def screen(ledger: Ledger, top: int | None = 3) -> None:
    """Every arm for one epoch; the `top` that look best go on to the end, best first."""
    order = [int(arm) for arm in ledger.rng.permutation(ledger.field.rivals)]
    after_one = {arm: ledger.pay(arm, 1, is_candidate=False) for arm in order}
    for arm in sorted(after_one, key=after_one.__getitem__)[:top]:
        ledger.pay(arm, ledger.field.epochs, since=1)


def whole_grid(ledger: Ledger) -> None:
    """Every arm in full, in the grid's order: the noise floor of one split."""
    for arm in ledger.field.rivals:
        ledger.pay(arm, ledger.field.epochs)
