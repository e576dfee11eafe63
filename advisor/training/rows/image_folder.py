"""A folder of images, one sub-folder a class, as `image_dataset_from_directory` reads it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from advisor.errors import InputError
from advisor.inputs.dataset import Rows
from advisor.inputs.datasets.parts import MAX_BYTES, PART_NAMES, Parts, sha256_of_all
from advisor.inputs.files.file_window import shown, shown_name
from advisor.training.reason import reason_of
from advisor.training.rows.streamed import StreamedDataset
from advisor.values import dataclass

ENDINGS = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png"})
CHANNELS = (1, 3, 4)
Size = tuple[int, int, int]  # height, width, channels


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The files of one part with the number of the class that each belongs to."""

    files: tuple[Path, ...]
    labels: tuple[int, ...]


def image_parts(root: Path) -> dict[str, Path] | None:
    """The folder of each part, by part; None where `root` is no folder of images.

    Without sub-folders called train, val or test, all of it is the training part.
    """
    parts = {
        PART_NAMES[folder.name.lower()]: folder
        for folder in _folders(root)
        if folder.name.lower() in PART_NAMES
    }
    if "train" not in parts:
        parts = {"train": root}
    return parts if any(_images(folder) for folder in _folders(parts["train"])) else None


def read_images(
    folders: Sequence[Path], root: Path, size: Size | None
) -> tuple[Parts | StreamedDataset, str]:
    """Images of a training and perhaps a validation part, and the SHA-256 of all files.

    Pixels are float32 in [0, 255], resized bilinearly to `size`, the model's input; classes are
    the sub-folders in sorted order. Raises InputError for files that are not images, for an unknown
    size, and for parts with different classes.
    """
    source = shown_name(root)
    if size is None:
        raise InputError(
            f"{source}: holds images, but the model does not say their size: its input must have"
            " the shape (height, width, channels); give the rows as arrays or tf.data instead"
        )
    classes = tuple(folder.name for folder in _folders(folders[0]) if _images(folder))
    listings = [_listing(folder, classes, source) for folder in folders]
    files = [file for listing in listings for file in listing.files]
    digest = sha256_of_all(root, files)
    note = (
        f"Images were resized to {size[0]} x {size[1]} with {size[2]} channels, pixels 0 to 255, as"
        " image_dataset_from_directory does."
    )
    if len(files) * int(np.prod(size)) * 4 > MAX_BYTES:
        return _streamed(listings, classes, source, size, digest, note), digest
    rows = [_rows(listing, root, size) for listing in listings]
    return (
        Parts(
            train=rows[0],
            val=rows[1] if len(rows) > 1 else None,
            class_names=classes,
            notes=(note,),
        ),
        digest,
    )


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] != ".")


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)


def _listing(folder: Path, classes: Sequence[str], source: str) -> Listing:
    names = tuple(entry.name for entry in _folders(folder) if _images(entry))
    if set(names) - set(classes):
        odd = sorted(set(names) - set(classes))[0]
        raise InputError(
            f"{source}: {shown(folder.name)} has the class {shown(odd)}, which the training part"
            " has not; give both the same"
        )
    pairs = [(file, label) for label, name in enumerate(classes) for file in _images(folder / name)]
    if not pairs:
        raise InputError(f"{source}: {shown(folder.name)} holds no images in folders of classes")
    return Listing(files=tuple(p[0] for p in pairs), labels=tuple(p[1] for p in pairs))


def _rows(listing: Listing, root: Path, size: Size) -> Rows:
    pixels = np.empty((len(listing.files), *size), dtype=np.float32)
    for index, file in enumerate(listing.files):
        pixels[index] = _read(file, root, size)
    return Rows(inputs=(pixels,), targets=(np.array(listing.labels, dtype=np.int64),))


def _read(file: Path, root: Path, size: Size) -> Any:
    import tensorflow as tf

    try:
        return _decoded(tf.io.read_file(str(file)), size).numpy()
    except tf.errors.OpError as error:
        reason = reason_of(error, 160)
        raise InputError(
            f"{shown_name(root)}: {shown(str(file.relative_to(root)))} is no readable image"
            f" ({reason}); convert or remove it"
        ) from error


def _decoded(content: Any, size: Size) -> Any:
    import tensorflow as tf

    image = tf.io.decode_image(content, channels=size[2], expand_animations=False)
    return tf.ensure_shape(tf.image.resize(image, size[:2]), size)


def _streamed(
    listings: Sequence[Listing],
    classes: tuple[str, ...],
    source: str,
    size: Size,
    digest: str,
    note: str,
) -> StreamedDataset:
    import tensorflow as tf

    if len(listings) == 1:
        raise InputError(
            f"{source}: its images take more than {MAX_BYTES >> 30} GiB and have no validation"
            " part; put them into train/ and val/"
        )

    def part(listing: Listing) -> Any:
        pairs = ([str(file) for file in listing.files], list(listing.labels))
        return tf.data.Dataset.from_tensor_slices(pairs).map(
            lambda file, label: ((_decoded(tf.io.read_file(file), size),), (label,), None),
            num_parallel_calls=tf.data.AUTOTUNE,
        )

    return StreamedDataset(
        source=source,
        sha256=digest,
        train=part(listings[0]),
        val=part(listings[1]),
        n_train=len(listings[0].files),
        n_val=len(listings[1].files),
        class_names=classes,
        notes=(note, f"They take more than {MAX_BYTES >> 30} GiB: they are streamed."),
    )


def image_size(shapes: Sequence[tuple[int | None, ...]] | None) -> Size | None:
    """Height, width and channels of a model's only input; None where it takes no images."""
    match shapes:
        case [(int(height), int(width), int(channels))] if channels in CHANNELS:
            return height, width, channels
        case _:
            return None
