"""Layers made in code, which no config lists: what the weights file alone says about them."""

import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from advisor.inputs.configs.keras_layers import Part, parts
from advisor.inputs.configs.path_names import PathNames
from advisor.inputs.model_facts import LayerFacts, TensorFacts
from advisor.inputs.weight_files.class_inference import (
    UNKNOWN,
    class_named,
    composite_class,
    fitting_config,
    shape_class,
)
from advisor.inputs.weight_files.layer_tensors import part_tensors
from advisor.inputs.weight_files.weight_holders import Holder


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The model or layer of the user's own inside which layers were made in code."""

    group: str
    path: str
    trainable: bool = True


@dataclass
class _Found:
    """A layer in the making: its class, and its holders by their path inside it."""

    group: str
    class_name: str
    holders: dict[str, Holder] = field(default_factory=dict)

    @property
    def order(self) -> tuple[int, int]:
        """When it was written; layers without weights, of which nothing tells, come last."""
        written = [holder.order for holder in self.holders.values() if holder.variables]
        return min(written, default=(sys.maxsize, 0))


def infer_layers(
    owner: Owner, holders: Iterable[Holder], paths: PathNames
) -> tuple[LayerFacts, ...]:
    """The layers that `holders`, all below the owner's group, come from, in the order of saving.

    Paths go on from the owner's with the layers' names where the file has them, else with the
    attributes that held them; `paths` are those in use, and is added to. The class comes from the
    group where Keras names it by class, else from an automatic name, else from the shapes where
    only one class stores such, and is `unknown` otherwise.
    """
    by_group = {holder.group: holder for holder in holders}
    classes = _composites(by_group)
    outermost: dict[str, _Found] = {}
    for group, holder in sorted(by_group.items()):
        outer = next((above for above in _above(group) if above in classes), group)
        if outer not in outermost:
            outermost[outer] = _Found(
                group=outer, class_name=classes.get(outer) or _plain_class(holder, owner, by_group)
            )
        inner = group.removeprefix(outer).strip("/")
        outermost[outer].holders[_without_underscores(inner)] = holder
    parents = {above for group in outermost for above in _above(group)}
    layers = []
    for layer in sorted(outermost.values(), key=lambda layer: (layer.order, layer.group)):
        has_weights = any(holder.variables for holder in layer.holders.values())
        is_told = layer.class_name not in (UNKNOWN, "InputLayer") and layer.group not in parents
        if has_weights or is_told:
            path = paths.unique(_path(layer.group, owner, by_group, parents))
            layers.append(_facts(layer, path, owner, by_group.get(layer.group)))
    return tuple(layers)


def _composites(by_group: Mapping[str, Holder]) -> dict[str, str]:
    """The groups of Keras' layers that keep layers inside (recurrent, attention, wrappers)."""
    inside: dict[str, dict[str, Holder]] = {}
    for group, holder in by_group.items():
        for above in _above(group):
            inner = _without_underscores(group.removeprefix(f"{above}/"))
            inside.setdefault(above, {})[inner] = holder
    classes = {}
    for group in sorted(inside):
        own = by_group.get(group)
        hint = class_named(own.name if own else None) or class_named(_last(group))
        class_name = composite_class(inside[group], hint)
        if class_name is not None and not any(above in classes for above in _above(group)):
            classes[group] = class_name
    return classes


def _above(group: str) -> list[str]:
    """The groups around a group, outermost first."""
    steps = group.split("/")
    return ["/".join(steps[:count]) for count in range(1, len(steps))]


def _last(group: str) -> str:
    return group.rpartition("/")[2]


def _without_underscores(path: str) -> str:
    return "/".join(step.lstrip("_") for step in path.split("/"))


def _plain_class(holder: Holder, owner: Owner, by_group: Mapping[str, Holder]) -> str:
    """The class of a layer that keeps its weights itself; `unknown` where nothing tells."""
    parent = holder.group.rpartition("/")[0]
    is_in_list = parent not in ("", owner.group) and parent not in by_group
    if is_in_list or _last(parent) == "layers":
        named = class_named(_last(holder.group))  # Keras names members of a list by class
    else:
        named = class_named(holder.name)
    if not holder.variables:
        return named or UNKNOWN
    if named is not None and fitting_config(named, holder) is not None:
        return named
    return shape_class([dataset.shape for dataset in holder.variables]) or UNKNOWN


def _path(
    group: str, owner: Owner, by_group: Mapping[str, Holder], parents: Collection[str]
) -> str:
    """The owner's path and the names on the way down, without the steps that are no layers."""
    steps = [owner.path] if owner.path else []
    is_named = any(holder.name is not None for holder in by_group.values())
    for above in [*_above(group), group]:
        is_wrapped_model = _last(above) == "layer" and f"{above}/layers" in parents
        if len(above) <= len(owner.group) or is_wrapped_model:
            continue
        holder = by_group.get(above)
        if holder is not None:
            steps.append(holder.name or _last(above))
        elif not is_named and _last(above) != "layers":
            steps.append(_last(above))
    return "/".join(steps) or owner.path or "model"


def _facts(layer: _Found, path: str, owner: Owner, holder: Holder | None) -> LayerFacts:
    tensors = _tensors(layer)
    return LayerFacts(
        path=path,
        name=(holder.name if holder else None) or path.rpartition("/")[2],
        class_name=layer.class_name,
        trainable=owner.trainable,
        units=units_of(layer.class_name, tensors),
        tensors=tuple(tensors),
        is_inferred=True,
    )


def _tensors(layer: _Found) -> list[TensorFacts]:
    """The tensors with the roles that the class gives them, as far as their number fits."""
    places = [part.path for part in parts(layer.class_name, {})]

    def rank(path: str) -> tuple[int, bool, str]:
        known = places.index(path) if path in places else len(places)
        return known, path.startswith("backward_layer"), path

    tensors: list[TensorFacts] = []
    for path in sorted(layer.holders, key=rank):
        holder = layer.holders[path]
        class_name = _part_class(layer.class_name, path, holder)
        config = fitting_config(class_name, holder)
        part = Part(path=path, class_name=class_name, config=config or {})
        if config is None:
            part = Part(path=path, class_name="", config={})
        tensors.extend(part_tensors(part, holder)[0])
    return tensors


def _part_class(class_name: str, path: str, holder: Holder) -> str:
    known = {part.path: part.class_name for part in parts(class_name, {})}
    if path in known:
        return known[path]
    return class_named(holder.name) or shape_class([v.shape for v in holder.variables]) or ""


def units_of(class_name: str, tensors: Iterable[TensorFacts]) -> int | None:
    """The number of units, filters or embedding dimensions that the shapes show."""
    for tensor in tensors:
        match tensor.role, tensor.shape:
            case "recurrent_kernel", (*_, units, _):
                return units
            case "kernel", (*_, units, _) if class_name.endswith("Transpose"):
                return units
            case (("kernel" | "embeddings" | "pointwise_kernel"), (_, *_, units)) if (
                class_name not in ("MultiHeadAttention", "GroupQueryAttention")
                and not tensor.part.endswith("cell")
            ):
                return units
    return None
