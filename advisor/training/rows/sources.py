"""What `--data` and `diagnose(data=...)` take: files, folders, functions and objects of rows."""

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.inputs.dataset import Dataset, nbytes
from advisor.inputs.datasets.completion import completed
from advisor.inputs.datasets.csv_file import read_csv
from advisor.inputs.datasets.npz import read_npz
from advisor.inputs.datasets.objects import parts_of_object
from advisor.inputs.datasets.parquet import MAGIC as PARQUET
from advisor.inputs.datasets.parquet import read_parquet
from advisor.inputs.datasets.parts import (
    MAX_BYTES,
    PART_NAMES,
    Parts,
    part_notes,
    sha256_of_all,
    validation_part,
)
from advisor.inputs.datasets.table import Table, parts_of_tables
from advisor.inputs.files.file_window import sha256_of, shown, shown_name, whole_file
from advisor.training.reason import reason_of
from advisor.training.rows.image_folder import image_parts, image_size, read_images
from advisor.training.rows.model_shapes import input_shapes
from advisor.training.rows.streamed import StreamedDataset, streamed_arrays
from advisor.training.rows.tensor_rows import Shapes, is_tensor_source, read_tensors
from advisor.training.rows.user_function import call_function
from advisor.values import dataclass

SAVED_DATASET = "dataset_spec.pb"  # what tf.data.Dataset.save leaves in its folder
TABLE_ENDINGS = (".csv", ".tsv", ".parquet")
ACCEPTED = (
    "give an .npz file, a CSV or Parquet file, a folder saved by tf.data.Dataset.save, a folder of"
    " images, or package.module:function"
)
REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"\x93NUMPY", "is a single array; save all of them in one file with np.savez"),
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file; save its arrays with np.savez"),
    *(
        (bytes([0x80, protocol]), "is a pickle, which runs code when it is read; use np.savez")
        for protocol in (2, 3, 4, 5)
    ),
)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the flags say on how to read the source."""

    target: str | None
    group: str | None
    use_test: bool
    shapes: Shapes | None  # of a row of each input of the model, where that is known
    seed: int


def open_data(
    source: object,
    model: object = None,
    *,
    target: str | None = None,
    group: str | None = None,
    use_test: bool = False,
    seed: int = 0,
) -> Dataset | StreamedDataset:
    """The rows in `source`: a path, `package.module:function`, or an object that holds rows.

    `model`, live or as ModelFacts, gives the size of images and shows whether elements are batches
    or single rows; `binding.bind` puts rows in its order. `target` and `group` name columns of a
    table. A missing validation part is split off by `seed`. Rows above 2 GiB are streamed.

    Raises InputError, one line that says what to do, for anything that can't be read or would leak;
    MissingExtraError if reading takes a package that is not installed.
    """
    wishes = Wishes(
        target=target, group=group, use_test=use_test, shapes=input_shapes(model), seed=seed
    )
    match source:
        case Dataset() | StreamedDataset():
            return source
        case str() | PathLike():
            path = Path(source)
            if path.exists():
                return _of_folder(path, wishes) if path.is_dir() else _of_file(path, wishes)
            name = str(source)
            if ":" not in name:
                raise InputError(f"{name}: no such file or folder; {ACCEPTED}")
            return _of_object(call_function(name), name, wishes)
        case _:
            return _of_object(source, "data", wishes)


def _of_file(path: Path, wishes: Wishes) -> Dataset | StreamedDataset:
    source = shown_name(path)
    head = whole_file(path).magic(8)
    for magic, refusal in REFUSED:
        if head.startswith(magic):
            raise InputError(f"{source}: {refusal}")
    if not head:
        raise InputError(f"{source}: is empty; export it again")
    if head.startswith(b"PK"):
        _refuse_columns(source, wishes)
        parts = read_npz(path, use_test=wishes.use_test)
    else:
        parts = _of_tables([_table(path)], source, wishes)
    return _finished(parts, source, sha256_of(path), wishes)


def _table(path: Path) -> Table:
    return read_parquet(path) if whole_file(path).magic(4) == PARQUET else read_csv(path)


def _of_tables(tables: list[Table], source: str, wishes: Wishes) -> Parts:
    train, val = tables[0], tables[1] if len(tables) > 1 else None
    return parts_of_tables(train, val, source, target=wishes.target, group=wishes.group)


def _of_folder(path: Path, wishes: Wishes) -> Dataset | StreamedDataset:
    """A saved data set, one for each part, a table for each part, or images."""
    source = shown_name(path)
    if (path / SAVED_DATASET).is_file():
        _refuse_columns(source, wishes)
        return _of_saved({"train": path}, path, wishes)
    folders = _by_part(entry for entry in path.iterdir() if (entry / SAVED_DATASET).is_file())
    if "train" in folders:
        _refuse_columns(source, wishes)
        return _of_saved(folders, path, wishes)
    files = _by_part(entry for entry in path.iterdir() if entry.suffix.lower() in TABLE_ENDINGS)
    if "train" in files:
        chosen, notes = _chosen(files, source, wishes)
        parts = _of_tables([_table(file) for file in chosen], source, wishes)
        parts = replace(parts, notes=(*parts.notes, *notes))
        return _finished(parts, source, sha256_of_all(path, chosen), wishes)
    images = image_parts(path)
    if images is None:
        raise InputError(f"{source}: is a folder without data that is known; {ACCEPTED}")
    _refuse_columns(source, wishes)
    chosen, notes = _chosen(images, source, wishes)
    read, digest = read_images(chosen, path, image_size(wishes.shapes))
    return _finished(replace(read, notes=(*read.notes, *notes)), source, digest, wishes)


def _by_part(entries: Any) -> dict[str, Path]:
    """Files or folders by the part that their names say."""
    return {
        PART_NAMES[entry.stem.lower()]: entry
        for entry in sorted(entries)
        if entry.stem.lower() in PART_NAMES
    }


def _chosen(
    by_part: Mapping[str, Path], source: str, wishes: Wishes
) -> tuple[list[Path], tuple[str, ...]]:
    """The training and perhaps the validation part, and what to say of the others."""
    val = validation_part(tuple(by_part), source, wishes.use_test)
    return [by_part["train"], *([by_part[val]] if val else [])], part_notes(tuple(by_part), val)


def _of_saved(folders: Mapping[str, Path], root: Path, wishes: Wishes) -> Dataset | StreamedDataset:
    source = shown_name(root)
    chosen, notes = _chosen(folders, source, wishes)
    files = [file for folder in chosen for file in folder.rglob("*") if file.is_file()]
    sets = [_loaded(folder, source) for folder in chosen]
    parts = read_tensors(sets[0], sets[1] if len(sets) > 1 else None, source, wishes.shapes)
    parts = replace(parts, notes=(*parts.notes, *notes))
    return _finished(parts, source, sha256_of_all(root, files), wishes)


def _loaded(folder: Path, source: str) -> Any:
    import tensorflow as tf
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        return tf.data.Dataset.load(str(folder))
    except (tf.errors.OpError, DecodeError, ValueError, TypeError) as error:
        reason = reason_of(error, 200)
        raise InputError(
            f"{source}: {shown(folder.name)} cannot be loaded as tf.data ({reason}); save it again"
        ) from error


def _of_object(value: object, source: str, wishes: Wishes) -> Dataset | StreamedDataset:
    _refuse_columns(source, wishes)
    match value:
        case Dataset() | StreamedDataset():
            return value
        case _ if is_tensor_source(value):
            parts = read_tensors(value, None, source, wishes.shapes)
        case [train, val] if is_tensor_source(train) and is_tensor_source(val):
            parts = read_tensors(train, val, source, wishes.shapes)
        case Mapping() if value and all(is_tensor_source(part) for part in value.values()):
            parts = _of_named_sources(value, source, wishes)
        case _:
            parts = parts_of_object(value, source, use_test=wishes.use_test)
    return _finished(parts, source, None, wishes)


def _of_named_sources(
    value: Mapping[Any, Any], source: str, wishes: Wishes
) -> Parts | StreamedDataset:
    parts = {PART_NAMES.get(str(name).lower(), ""): part for name, part in value.items()}
    if "train" not in parts or "" in parts:
        names = ", ".join(shown(str(name), 30) for name in value)
        raise InputError(f"{source}: its parts are called {names}; call them train and val")
    val = validation_part(tuple(parts), source, wishes.use_test)
    rows = read_tensors(parts["train"], parts[val] if val else None, source, wishes.shapes)
    notes = part_notes(tuple(parts), val)
    return replace(rows, notes=(*rows.notes, *notes))


def _refuse_columns(source: str, wishes: Wishes) -> None:
    flag = "--target" if wishes.target is not None else "--group" if wishes.group else None
    if flag:
        raise InputError(
            f"{source}: {flag} names a column of a CSV or Parquet file, which this is not; leave it"
            " out" + ("" if flag == "--target" else ", or add arrays groups_train and groups_val")
        )


def _finished(
    parts: Parts | StreamedDataset, source: str, sha256: str | None, wishes: Wishes
) -> Dataset | StreamedDataset:
    if isinstance(parts, StreamedDataset):
        return replace(parts, sha256=sha256)
    total = nbytes(parts.train) + (nbytes(parts.val) if parts.val is not None else 0)
    if total > MAX_BYTES:
        return streamed_arrays(parts, source, sha256)
    return completed(parts, source, sha256=sha256, seed=wishes.seed)
