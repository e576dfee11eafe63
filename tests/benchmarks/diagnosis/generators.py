"""Seeded data sets with a known generator: tables, planes, images, signals, sequences, words.

Every function takes `(rng, rows)` plus settings and returns inputs [rows, ...] and targets
[rows]: class indices, or real numbers for a regression.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Data = tuple[npt.NDArray[Any], npt.NDArray[Any]]
Rng = np.random.Generator


def table(
    rng: Rng,
    rows: int,
    *,
    inputs: int,
    informative: int,
    flip: float = 0.0,
    separation: float = 1.0,
    classes: int = 2,
    minority: float = 0.0,
) -> Data:
    """Gaussian clusters on a hypercube; `minority` is the share of class 1 where not balanced."""
    from sklearn.datasets import make_classification

    x, y = make_classification(
        n_samples=rows,
        n_features=inputs,
        n_informative=informative,
        n_redundant=min(5, inputs - informative),
        n_classes=classes,
        flip_y=flip,
        class_sep=separation,
        weights=[1 - minority, minority] if minority else None,
        random_state=int(rng.integers(2**31)),
    )
    return x, y


def moons(rng: Rng, rows: int, *, noise: float) -> Data:
    from sklearn.datasets import make_moons

    x, y = make_moons(rows, noise=noise, random_state=int(rng.integers(2**31)))
    return x, y


def spirals(rng: Rng, rows: int, *, noise: float) -> Data:
    """Two interleaved spirals of one and a half turns."""
    y = rng.integers(0, 2, rows)
    radius = np.sqrt(rng.uniform(0.02, 1.0, rows))
    angle = 3 * np.pi * radius + np.pi * y
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + rng.normal(0, noise, x.shape), y


def friedman(rng: Rng, rows: int, *, variant: int, noise: float, inputs: int = 10) -> Data:
    """Friedman's three regressions; inputs beyond the formula's own are irrelevant."""
    from sklearn import datasets

    seed = int(rng.integers(2**31))
    if variant == 1:
        x, y = datasets.make_friedman1(rows, n_features=inputs, random_state=seed)
    else:
        make = {2: datasets.make_friedman2, 3: datasets.make_friedman3}[variant]
        x, y = make(rows, random_state=seed)
    return x, y + noise * y.std() * rng.normal(size=rows)


def linear(
    rng: Rng, rows: int, *, inputs: int, relevant: int, noise: float, correlation: float = 0.0
) -> Data:
    """A linear signal; `correlation` is that of every pair of inputs."""
    shared = rng.normal(size=(rows, 1))
    x = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * rng.normal(size=(rows, inputs))
    coefficients = np.zeros(inputs)
    coefficients[:relevant] = rng.normal(size=relevant)
    y = x @ coefficients
    return x, y + noise * y.std() * rng.normal(size=rows)


def smooth(rng: Rng, rows: int, *, inputs: int, noise: float) -> Data:
    """A sum of sines along random directions plus one product: dense and non-linear."""
    x = rng.normal(size=(rows, inputs))
    directions = rng.normal(size=(inputs, 4)) / np.sqrt(inputs)
    y = np.sin(2 * x @ directions).sum(axis=1) + x[:, 0] * x[:, 1]
    return x, y + noise * y.std() * rng.normal(size=rows)


def digits(rng: Rng, rows: int, *, flip: float = 0.0, image: bool = False) -> Data:
    """Scikit-learn's 1797 digits of 8 x 8 pixels, shuffled; `rows` must be 1797."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = rng.permutation(rows)
    x, y = x[order] / 16, _flipped(rng, y[order], flip, 10)
    return (x.reshape(-1, 8, 8, 1) if image else x), y


def bars(rng: Rng, rows: int, *, classes: int, noise: float, flip: float = 0.0) -> Data:
    """Gratings of 12 x 12 pixels; the class is the orientation, phase and scale are random."""
    y = rng.integers(0, classes, rows)
    angle = np.pi * y / classes + rng.normal(0, 0.12, rows)
    grid = np.mgrid[0:12, 0:12] - 5.5
    along = np.cos(angle)[:, None, None] * grid[0] + np.sin(angle)[:, None, None] * grid[1]
    scale = rng.uniform(0.6, 1.4, rows)[:, None, None]
    x = np.cos(along * scale + rng.uniform(0, 2 * np.pi, rows)[:, None, None])
    return (x + rng.normal(0, noise, x.shape))[..., None], _flipped(rng, y, flip, classes)


def blobs(rng: Rng, rows: int, *, noise: float) -> Data:
    """One soft spot in 12 x 12 pixels; the class says whether it is wide or narrow."""
    y = rng.integers(0, 2, rows)
    centre = rng.uniform(3, 8, (2, rows, 1, 1))
    grid = np.mgrid[0:12, 0:12]
    distance = (grid[0] - centre[0]) ** 2 + (grid[1] - centre[1]) ** 2
    width = np.where(y == 1, 2.4, 1.5)[:, None, None]
    x = np.exp(-distance / (2 * width**2))
    return (x + rng.normal(0, noise, x.shape))[..., None], y


def tones(rng: Rng, rows: int, *, classes: int, noise: float, flip: float = 0.0) -> Data:
    """Sines of 48 samples; the class is the frequency, the phase is random."""
    y = rng.integers(0, classes, rows)
    frequency = 3 + 1.5 * y + rng.normal(0, 0.2, rows)
    time = np.linspace(0, 1, 48)
    phase = rng.uniform(0, 2 * np.pi, rows)
    x = np.sin(2 * np.pi * frequency[:, None] * time + phase[:, None])
    return (x + rng.normal(0, noise, x.shape))[..., None], _flipped(rng, y, flip, classes)


def bursts(rng: Rng, rows: int, *, noise: float) -> Data:
    """Noise of 48 samples with one burst; the target is the burst's energy (regression)."""
    strength = rng.uniform(0.5, 2.5, rows)
    centre = rng.uniform(8, 40, rows)[:, None]
    time = np.arange(48)
    envelope = strength[:, None] * np.exp(-((time - centre) ** 2) / 18)
    x = envelope * np.cos(1.2 * (time - centre)) + rng.normal(0, noise, (rows, 48))
    return x[..., None], strength


def adding(rng: Rng, rows: int, *, noise: float) -> Data:
    """Twelve steps of (value, mark); the target is the sum of the two marked values."""
    values = rng.uniform(-1, 1, (rows, 12))
    marks = np.zeros((rows, 12))
    marks[np.arange(rows), rng.integers(0, 6, rows)] = 1
    marks[np.arange(rows), rng.integers(6, 12, rows)] = 1
    y = (values * marks).sum(axis=1)
    return np.stack([values, marks], axis=2), y + noise * y.std() * rng.normal(size=rows)


def order(rng: Rng, rows: int, *, noise: float, flip: float = 0.0) -> Data:
    """Twelve noisy steps of two channels; the class says which channel's pulse comes first."""
    first, second = rng.integers(0, 5, rows), rng.integers(7, 12, rows)
    y = rng.integers(0, 2, rows)
    x = rng.normal(0, noise, (rows, 12, 2))
    x[np.arange(rows), first, y] += 1.5
    x[np.arange(rows), second, 1 - y] += 1.5
    return x, _flipped(rng, y, flip, 2)


def topics(
    rng: Rng, rows: int, *, vocabulary: int, length: int, classes: int, contrast: float
) -> Data:
    """Documents of `length` tokens; classes tilt a shared Zipf distribution by `contrast`."""
    logits = -np.log(np.arange(1, vocabulary + 1)) + contrast * rng.normal(
        size=(classes, vocabulary)
    )
    share = np.exp(logits)
    cumulative = np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)
    y = rng.integers(0, classes, rows)
    draws = rng.uniform(size=(rows, length))
    x = np.stack([np.searchsorted(cumulative[k], d) for k, d in zip(y, draws, strict=True)])
    return np.minimum(x, vocabulary - 1).astype(np.int32), y


def _flipped(rng: Rng, y: npt.NDArray[Any], share: float, classes: int) -> npt.NDArray[Any]:
    """Labels of which `share` is replaced by a uniform draw."""
    replaced = rng.uniform(size=len(y)) < share
    return np.where(replaced, rng.integers(0, classes, len(y)), y)
