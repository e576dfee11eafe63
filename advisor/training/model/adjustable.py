"""A model of our own, changed in place so that its strengths are variables."""

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.errors import InputError
from advisor.inputs.live_model import inner_optimizer, live_layers
from advisor.regularization import SPECS, Family, family_of
from advisor.training.model.dropout import Noise, install
from advisor.training.model.masks import Masks
from advisor.training.model.penalties import ROLES, Penalized, Penalties, present_penalty
from advisor.training.model.strengths import Key, Strengths
from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Adjustable:
    """A model whose strengths are variables. Its known penalties are no longer Keras' own."""

    model: Any
    strengths: Strengths
    masks: Masks
    penalties: Penalties


def make_adjustable(model: Any, varied: Iterable[Key]) -> Adjustable:
    """Change `model` in place, at the slots that are varied; nothing is cloned.

    So it works for every model that Keras runs: nested, shared, subclassed. Raises InputError
    for a slot that can't be varied.
    """
    keys = tuple(dict.fromkeys(varied))
    layers = live_layers(model)
    for path, slot, _ in keys:
        if path not in layers:
            raise InputError(f"{path}: the loaded model has no such layer, so {slot} can't vary")
    masks = Masks()
    penalized = [key for key in keys if SPECS[family_of(key[2])].is_penalty]
    present = {key: _present_penalty(layers[key[0]], key) for key in penalized}
    strengths = Strengths(present | {key: 0.0 for key in keys if key not in present})
    entries = _taken_over(model, layers, penalized)
    rates = {
        key: install(layers[key[0]], Noise(key=key, strengths=strengths, masks=masks))
        for key in keys
        if key not in present
    }
    strengths.set_present(rates)
    masks.finish(inner_optimizer(model.optimizer).iterations)
    return Adjustable(
        model=model,
        strengths=strengths,
        masks=masks,
        penalties=Penalties(entries, strengths),
    )


def _weights(layer: Any, slot: str) -> list[Any]:
    """The variables that a slot penalizes, in wrappers and the parts of a layer too."""
    names = {ROLES[slot]}
    if slot == "depthwise_regularizer" and "Depthwise" in type(layer).__name__:
        names.add("kernel")  # what Keras 3 calls it where there is no other kernel
    return [weight for weight in layer.weights if weight.name in names]


def _present_penalty(layer: Any, key: Key) -> float:
    path, slot, kind = key
    present = [present_penalty(weight) for weight in _weights(layer, slot)]
    if not present:
        raise InputError(f"{path}: {type(layer).__name__} has no weight for {slot}")
    known = [strengths for strengths in present if strengths is not None]
    if len(known) < len(present):
        raise InputError(f"{path}: {slot} holds a regularizer of another kind, which can't vary")
    return max(strengths.get(family_of(kind), 0.0) for strengths in known)


def _taken_over(model: Any, layers: Mapping[str, Any], keys: Iterable[Key]) -> list[Penalized]:
    """Take every known penalty off its weight; what trials vary reads a variable from now on."""
    varied: dict[int, dict[Family, Key]] = {}
    for key in keys:
        for weight in _weights(layers[key[0]], key[1]):
            varied.setdefault(id(weight), {})[family_of(key[2])] = key
    entries = []
    for weight in model.weights:
        present = present_penalty(weight)
        here = varied.get(id(weight), {})
        if present is None or not (present or here):
            continue
        weight.regularizer = None
        entries.append(Penalized(variable=weight, strengths={**present, **here}))
    return entries
