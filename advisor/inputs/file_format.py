"""The format of a model file or folder, by what it holds and never by its extension."""

from pathlib import Path
from typing import Literal

from advisor.errors import InputError
from advisor.inputs.files.archive import open_archive
from advisor.inputs.files.file_window import FileWindow, shown_name, whole_file
from advisor.inputs.hdf5 import SIGNATURE

Format = Literal[
    "keras-v3",
    "keras-v3-folder",
    "hdf5",
    "sharded-weights",
    "config",
    "saved-model",
    "tf-checkpoint",
    "npz",
    "tflite",
    "onnx",
    "torch",
    "pickle",
    "lfs-pointer",
    "unknown",
]
_HEAD = 4096
_SSTABLE_END = bytes.fromhex("57fb808b247547db")  # of the .index file of a TensorFlow checkpoint
_MAGIC: tuple[tuple[bytes, int, Format], ...] = (
    (b"TFL3", 4, "tflite"),
    (b"\x93NUMPY", 0, "npz"),
    (b"version https://git-lfs", 0, "lfs-pointer"),
    (b"model_checkpoint_path", 0, "tf-checkpoint"),
    *((bytes([0x80, protocol]), 0, "pickle") for protocol in (2, 3, 4, 5)),
    (b"\x08\x01\x12", 0, "saved-model"),  # saved_model.pb: schema version 1, then a graph
    *((bytes([0x08, version, 0x12]), 0, "onnx") for version in range(2, 32)),  # then its producer
)
_SAVE = "save the model in Keras with model.save('model.keras') and give that file"
REFUSALS = {
    "saved-model": f"is a TensorFlow SavedModel, which keeps no layers' arguments; {_SAVE}",
    "tf-checkpoint": f"is a TensorFlow checkpoint, which keeps weights without layers; {_SAVE}",
    "npz": f"holds NumPy arrays without layers; {_SAVE}",
    "tflite": f"is a TensorFlow Lite model, which is frozen for inference; {_SAVE}",
    "onnx": f"is an ONNX model; {_SAVE}",
    "torch": f"is a PyTorch file; {_SAVE}",
    "pickle": f"is a pickle, which runs code when it is read; {_SAVE}",
    "lfs-pointer": "is a Git LFS pointer, not the file itself; run git lfs pull",
    "unknown": f"is in no format of Keras; {_SAVE}",
}


def sniff(path: Path) -> Format:
    """The format of `path`; InputError where there is nothing to read there.

    `hdf5` is a legacy model or a weights file, which only their contents tell apart; the names
    from `saved-model` on are formats that are refused.
    """
    if path.is_dir():
        return _folder_format(path)
    if not path.exists() and path.with_name(f"{path.name}.index").is_file():
        return "tf-checkpoint"
    window = whole_file(path)
    if window.length == 0:
        raise InputError(f"{shown_name(path)}: is empty; save or copy it again")
    head = window.magic(_HEAD)
    if head.startswith(b"PK"):
        return _zip_format(path)
    if head.startswith(SIGNATURE):
        return "hdf5"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_format(window)
    return _foreign_format(window, head)


def _folder_format(path: Path) -> Format:
    if (path / "config.json").is_file():
        return "keras-v3-folder"
    if (path / "saved_model.pb").is_file():
        return "saved-model"
    if (path / "checkpoint").is_file():
        return "tf-checkpoint"
    raise InputError(
        f"{shown_name(path)}: is a folder without config.json, so no model of Keras; give a .keras"
        " file"
    )


def _zip_format(path: Path) -> Format:
    with open_archive(path) as archive:
        names = archive.names
    if "config.json" in names:
        return "keras-v3"
    if any(name.endswith("data.pkl") for name in names):
        return "torch"
    return "npz" if names and all(name.endswith(".npy") for name in names) else "unknown"


def _json_format(window: FileWindow) -> Format:
    """An index of shards or a model's config; the whole is parsed later."""
    text = window.read(0, min(window.length, 1 << 16))
    if b'"weight_map"' in text:
        return "sharded-weights"
    return "config" if b'"class_name"' in text else "unknown"


def _foreign_format(window: FileWindow, head: bytes) -> Format:
    for magic, offset, form in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return form
    end = window.read(window.length - 8, 8) if window.length > 48 else b""
    return "tf-checkpoint" if end == _SSTABLE_END else "unknown"
