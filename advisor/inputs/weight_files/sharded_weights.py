"""The index of sharded weights, `x.weights.json`, and the shards beside it."""

from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.file_window import FileWindow, shown, shown_name, whole_file
from advisor.inputs.files.json_value import list_of, mapping_of

MAX_INDEX_BYTES = 64 << 20
MAX_SHARDS = 1024


def shard_windows(path: Path) -> tuple[FileWindow, ...]:
    """The shards that the index at `path` names, sorted by name, as Keras numbers them.

    InputError where one is missing, or lies anywhere but beside the index.
    """
    source = shown_name(path)
    index = whole_file(path)
    if index.length > MAX_INDEX_BYTES:
        raise InputError(f"{source}: has {index.length:,} bytes; too many for an index of shards")
    parsed = parse_json(index.read(0, index.length), source)
    names: set[str] = set()
    for value in mapping_of(mapping_of(parsed).get("weight_map")).values():
        for name in [value] if isinstance(value, str) else list_of(value):
            names.add(_checked(name, source))
    if not names:
        raise InputError(f"{source}: its 'weight_map' names no shards; save the weights again")
    if len(names) > MAX_SHARDS:
        raise InputError(
            f"{source}: names {len(names):,} shards; more than {MAX_SHARDS} are not read"
        )
    return tuple(whole_file(path.with_name(name)) for name in sorted(names))


def _checked(name: object, source: str) -> str:
    """The name of a file beside the index; InputError for a path that leads elsewhere."""
    is_plain = isinstance(name, str) and name not in ("", ".", "..") and "\0" not in name
    if not isinstance(name, str) or not is_plain or "/" in name or "\\" in name:
        raise InputError(
            f"{source}: names the shard {shown(str(name))}, which is not beside it; it is not read"
        )
    return name
