"""Which arms to try: anchors across the families, then any of a lattice of doses.

In the measured grids the best strengths are often strong (1e-2 to 1e-1), so the anchors are there.
The user's rules may point elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, product

from advisor.candidates.arm import Arm
from advisor.candidates.search_space import SearchSpace
from advisor.regularization import FAMILIES, SPECS, Family, Strategy, Variant

# The first five are a mild and a usual dose of the families: where a race holds few trials, these
# alone on several splits picked better than more arms on fewer (replayed on the open half). Seven
# others that simulated races on the survey's grids spoke for (half the regret) did no better in 200
# real races, and a prior mean from other tasks' grids none in simulation either.
_ANCHORS: tuple[dict[Family, float], ...] = (
    {"l2": 1e-2},
    {"l1": 1e-3},
    {"dropout": 0.2},
    {"l1": 1e-2},
    {"l2": 1e-3},
    {"dropout": 0.5},
    {"l2": 1e-1},
    {"l1": 1e-4},
    {"l1": 1e-3, "l2": 1e-2},
    {"l2": 1e-2, "dropout": 0.2},
    {"l1": 1e-3, "dropout": 0.2},
    {"l2": 1e-3, "dropout": 0.5},
)
_SCREENED: tuple[dict[Family, float], ...] = (
    {"l2": 1e-2},
    {"dropout": 0.5},
    {"l1": 1e-2},
    {"l2": 1e-3, "dropout": 0.5},
    {"l2": 1e-1},
    {"l1": 1e-3},
    {"dropout": 0.2},
    {"l2": 1e-3},
    {"l2": 1e-2, "dropout": 0.3},
    {"l1": 1e-3, "dropout": 0.3},
    {"dropout": 0.7},
    {"l1": 1e-1},
)
# A penalty with a layer family comes first: they act in different ways.
_COUPLES = sorted(
    combinations(FAMILIES, 2),
    key=lambda both: len({SPECS[family].is_penalty for family in both}) == 1,
)
_SHARES = (0.0, 0.1, 0.3, 0.5, 2.0)
_SHARES_JOINED = (0.3, 1.0)


def anchors(space: SearchSpace) -> tuple[Arm, ...]:
    """Arms across the families, the most telling first; none of them is the current recipe."""
    return _distinct(space, _first_arms(space, _ANCHORS))


def screened(space: SearchSpace) -> tuple[Arm, ...]:
    """The arms of a warm screen, the most telling first."""
    return _distinct(space, _first_arms(space, _SCREENED))


def _first_arms(space: SearchSpace, combinations: Sequence[dict[Family, float]]) -> Iterator[Arm]:
    if space.has_present:
        yield Arm(share=0)
        yield Arm(share=0.3)
    every = (*combinations, *_unmeasured(combinations))
    known = [doses for doses in every if set(doses) <= set(space.families)]
    starts = [{family: start} for family, start in space.starts.items() if family in space.families]
    for doses in (*known[:5], *starts, *known[5:]):
        yield Arm(doses=space.scaled(doses), share=_share(space, doses))
    for family, variant in _variants(space):
        dose = space.scaled({family: variant.anchor})
        yield Arm(doses=dose, share=0, where={family: variant.where})


def _unmeasured(combinations: Sequence[dict[Family, float]]) -> Iterator[dict[Family, float]]:
    """The doses of families that came after the combinations were measured: last in the line."""
    measured = {family for doses in combinations for family in doses}
    for family in FAMILIES:
        if family not in measured:
            yield from ({family: dose} for dose in SPECS[family].joined)


def _variants(space: SearchSpace) -> Iterator[tuple[Family, Variant]]:
    for family, where in space.variants:
        variant = SPECS[family].variant
        if variant is not None and variant.where == where:
            yield family, variant


def _share(space: SearchSpace, doses: dict[Family, float]) -> float:
    """A family that is not there yet joins what is; one that is there, replaces it."""
    present = {place.family for place in space.present}
    return 1.0 if present and not present & set(doses) else 0.0


def lattice(space: SearchSpace) -> tuple[Arm, ...]:
    """Every arm that a race may try beside its anchors, each strategy once.

    What is there now is replaced, reduced by itself, or joined by a family that is not there yet.
    """
    doses = [*_alone(space), *_joined(space)]
    replacing = (Arm(doses=space.scaled(combined), share=0.0) for combined in doses)
    placed = (
        Arm(doses=space.scaled({family: dose}), share=0.0, where={family: variant.where})
        for family, variant in _variants(space)
        for dose in variant.doses
    )
    return _distinct(space, chain(replacing, placed, _beside_present(space)))


def _alone(space: SearchSpace) -> Iterator[dict[Family, float]]:
    for family in space.families:
        yield from ({family: dose} for dose in SPECS[family].alone)


def _joined(space: SearchSpace) -> Iterator[dict[Family, float]]:
    for first, second in _COUPLES:
        if {first, second} <= set(space.families):
            for one, other in product(SPECS[first].joined, SPECS[second].joined):
                yield {first: one, second: other}


def _beside_present(space: SearchSpace) -> Iterator[Arm]:
    if not space.has_present:
        return
    yield from (Arm(share=share) for share in _SHARES)
    held = {place.family for place in space.present}
    for family, share in product(space.families, _SHARES_JOINED):
        if family not in held:
            for dose in SPECS[family].joined:
                yield Arm(doses=space.scaled({family: dose}), share=share)


def _distinct(space: SearchSpace, arms: Iterable[Arm]) -> tuple[Arm, ...]:
    """Each strategy once, without that of keeping the model as it is."""
    by_strategy: dict[Strategy, Arm] = {}
    for arm in arms:
        strategy = space.strategy(arm)
        if strategy.changes and space.is_possible(arm):
            by_strategy.setdefault(strategy, arm)
    return tuple(by_strategy.values())
