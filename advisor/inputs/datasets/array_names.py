"""Arrays by name, as an `.npz` file or a dict holds them: `x_train`, `y_val`, `x_train_image`."""

import re
from collections.abc import Mapping, Sequence

from advisor.errors import InputError
from advisor.inputs.dataset import Array, Rows
from advisor.inputs.datasets.parts import (
    PART_NAMES,
    Parts,
    as_array,
    part_notes,
    validation_part,
)
from advisor.inputs.files.file_window import shown
from advisor.values import dataclass

ROLE_NAMES = {
    "x": "inputs",
    "input": "inputs",
    "inputs": "inputs",
    "features": "inputs",
    "y": "targets",
    "target": "targets",
    "targets": "targets",
    "label": "targets",
    "labels": "targets",
    "sample_weight": "weights",
    "sample_weights": "weights",
    "group": "groups",
    "groups": "groups",
}
LETTERS = {"inputs": "x", "targets": "y", "weights": "sample_weight", "groups": "groups"}
_ROLE = "|".join(sorted(ROLE_NAMES, key=len, reverse=True))
_PART = "|".join(sorted(PART_NAMES, key=len, reverse=True))
_PATTERNS = (
    re.compile(rf"(?P<role>{_ROLE})(?:_?(?P<part>{_PART}))?(?:_(?P<key>.+))?", re.I | re.S),
    re.compile(rf"(?P<part>{_PART})_(?P<role>{_ROLE})(?:_(?P<key>.+))?", re.I | re.S),
)
ACCEPTED = "x_train, y_train, x_val, y_val (or x and y), several inputs as x_train_0, x_train_1"


@dataclass(frozen=True, kw_only=True)
class ArrayName:
    """What a name says: the array's role, its part, and which input or target it is."""

    role: str  # a value of ROLE_NAMES
    part: str  # "train", "val" or "test"; "train" where the name has none
    key: str  # "0", "image", or ""


def parse_name(name: str) -> ArrayName | None:
    """The meaning of an array's name; None if it has none. Case and `_` make little difference."""
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(name):
            part = match["part"]
            return ArrayName(
                role=ROLE_NAMES[match["role"].lower()],
                part=PART_NAMES[part.lower()] if part else "train",
                key=match["key"] or "",
            )
    return None


def parts_of_names(arrays: Mapping[str, object], source: str, *, use_test: bool) -> Parts:
    """The parts that the arrays' names tell apart.

    Raises InputError where inputs or targets are missing, two names mean the same, or parts don't
    name the same inputs.
    """
    names = {name: parse_name(name) for name in arrays}
    slots: dict[tuple[str, str, str], str] = {}
    for name, meaning in names.items():
        if meaning is None:
            continue
        slot = (meaning.part, meaning.role, meaning.key)
        if slot in slots:
            raise InputError(
                f"{source}: {shown(slots[slot])} and {shown(name)} mean the same array; keep one"
            )
        slots[slot] = name
    if not any(role == "inputs" for _, role, _ in slots):
        given = ", ".join(shown(name, 30) for name in list(arrays)[:8]) or "nothing"
        raise InputError(f"{source}: no inputs in it, but {given}; name the arrays {ACCEPTED}")
    found_parts = tuple(dict.fromkeys(part for part, role, _ in slots if role == "inputs"))
    if "train" not in found_parts:
        raise InputError(f"{source}: has no training part; name its arrays x_train and y_train")
    chosen = validation_part(found_parts, source, use_test)
    reader = _Reader(arrays=arrays, slots=slots, source=source)
    keys = {role: reader.keys("train", role) for role in ("inputs", "targets")}
    train = reader.rows("train", keys)
    val = reader.rows(chosen, keys) if chosen else None
    unused = [name for name, meaning in names.items() if meaning is None]
    return Parts(
        train=train,
        val=val,
        train_groups=reader.single("train", "groups"),
        val_groups=reader.single(chosen, "groups") if chosen else None,
        input_names=_real_names(keys["inputs"]),
        target_names=_real_names(keys["targets"]),
        notes=(
            *part_notes(found_parts, chosen),
            *((f"Not used: {', '.join(shown(name, 30) for name in unused)}.",) if unused else ()),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """The arrays of each slot (part, role, key)."""

    arrays: Mapping[str, object]
    slots: Mapping[tuple[str, str, str], str]
    source: str

    def keys(self, part: str, role: str) -> tuple[str, ...]:
        """The keys of a part's inputs or targets: numbers in order, names as they come."""
        keys = [key for name, kind, key in self.slots if (name, kind) == (part, role)]
        wanted = f"{LETTERS[role]}_{part}"
        if not keys:
            raise InputError(f"{self.source}: has no {wanted}; name the arrays {ACCEPTED}")
        if len(keys) > 1 and "" in keys:
            other = self.slots[part, role, next(key for key in keys if key)]
            raise InputError(
                f"{self.source}: has both {shown(self.slots[part, role, ''])} and {shown(other)};"
                f" name several arrays {wanted}_0, {wanted}_1, ..., and others differently"
            )
        if all(key.isdecimal() for key in keys):
            keys.sort(key=int)
            if [int(key) for key in keys] != list(range(len(keys))):
                raise InputError(
                    f"{self.source}: {wanted}_ is numbered {', '.join(keys)}; count from 0 without"
                    " gaps"
                )
        return tuple(keys)

    def rows(self, part: str, keys: Mapping[str, tuple[str, ...]]) -> Rows:
        """The rows of a part, its arrays in the order of the training part's keys."""
        for role, wanted in keys.items():
            if set(self.keys(part, role)) != set(wanted):
                raise InputError(
                    f"{self.source}: {part} has {self._listed(part, role)}, but train has"
                    f" {self._listed('train', role)}; give both the same"
                )
        inputs, targets = (
            tuple(self._array(part, role, key) for key in keys[role])
            for role in ("inputs", "targets")
        )
        return Rows(inputs=inputs, targets=targets, weights=self.single(part, "weights"))

    def single(self, part: str, role: str) -> Array | None:
        """The part's sample weights or groups, flat; None where it has none."""
        if (part, role, "") not in self.slots:
            return None
        array = self._array(part, role, "")
        return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array

    def _array(self, part: str, role: str, key: str) -> Array:
        name = self.slots[part, role, key]
        return as_array(self.arrays[name], name, self.source)

    def _listed(self, part: str, role: str) -> str:
        return ", ".join(self.slots[part, role, key] for key in self.keys(part, role))


def _real_names(keys: Sequence[str]) -> tuple[str, ...]:
    return () if all(key == "" or key.isdecimal() for key in keys) else tuple(keys)
