"""Student's t distribution for whole degrees of freedom, in closed form.

Abramowitz & Stegun (1964), 26.7.3 and 26.7.4: finite sums, so that a table of a dozen values needs
no statistics library at run time.
"""

from math import atan, cos, pi, sin, sqrt

_STEPS = 200  # halvings of an interval below 1e4: exact to the last bit long before


def cumulative(t: float, degrees: int) -> float:
    """P(T <= t) for at least one degree of freedom."""
    return 0.5 + 0.5 * _central(t, degrees)


def quantile(probability: float, degrees: int) -> float:
    """The t that T stays below with `probability`, which lies between .5 and .9999."""
    low, high = 0.0, 1e4
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if cumulative(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _central(t: float, degrees: int) -> float:
    """P(-|t| <= T <= |t|) with the sign of t."""
    theta = atan(t / sqrt(degrees))
    if degrees % 2:
        total = sum(_odd_terms(theta, degrees))
        return 2 / pi * (theta + sin(theta) * total)
    return sin(theta) * sum(_even_terms(theta, degrees))


def _odd_terms(theta: float, degrees: int) -> list[float]:
    terms = [cos(theta)] if degrees > 1 else []
    for k in range(1, (degrees - 1) // 2):
        terms.append(terms[-1] * cos(theta) ** 2 * 2 * k / (2 * k + 1))
    return terms


def _even_terms(theta: float, degrees: int) -> list[float]:
    terms = [1.0]
    for k in range(1, degrees // 2):
        terms.append(terms[-1] * cos(theta) ** 2 * (2 * k - 1) / (2 * k))
    return terms
