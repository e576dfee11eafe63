import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.file_format import REFUSALS
from advisor.inputs.model_file import open_model, read_model, sniff
from tests.inputs.config_samples import layer, sequential
from tests.inputs.weight_file_samples import weights_tree

MODEL = sequential(
    "m",
    [layer("Dense", "d", units=3, kernel_regularizer="l2"), layer("Dropout", "drop", rate=0.5)],
    compile_config={"optimizer": "adam", "loss": "mse"},
)


def write_model(folder: Path, config: Any = MODEL, **members: bytes) -> Path:
    """A `.keras` file with one Dense layer's weights; members may be given or left out (None)."""
    weights_tree(
        folder / "w.h5",
        {
            "layers/dense": ("d", [np.arange(6, dtype="float32").reshape(2, 3), (3,)]),
            "layers/dropout": ("drop", []),
            "optimizer": ("adam", [np.int64(12), np.float32(0.02)]),
        },
    )
    content = {
        "config.json": json.dumps(config).encode(),
        "metadata.json": b'{"keras_version": "3.15.1"}',
        "model.weights.h5": (folder / "w.h5").read_bytes(),
        **members,
    }
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def test_a_keras_file_is_read_with_its_weights(tmp_path: Path) -> None:
    path = write_model(tmp_path)
    with open_model(path) as facts:
        assert (facts.source, facts.file_format, facts.keras_version) == (
            "model.keras",
            "keras-v3",
            "3.15.1",
        )
        assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        stored = facts.layer("d").tensors[0].stored
        assert stored is not None
        assert next(stored.chunks(1 << 20)).tolist() == [0, 1, 2, 3, 4, 5]
        assert facts.parameters == 9  # 2 * 3 + 3


def test_reading_alone_gives_no_access_to_weights(tmp_path: Path) -> None:
    facts = read_model(write_model(tmp_path))
    assert [tensor.stored for tensor in facts.layer("d").tensors] == [None, None]
    assert facts.parameters == 9


def test_an_optimizer_given_by_name_gets_its_learning_rate_from_its_state(tmp_path: Path) -> None:
    optimizer = read_model(write_model(tmp_path)).optimizer
    assert optimizer is not None
    assert (optimizer.name, optimizer.iterations, optimizer.learning_rate) == ("Adam", 12, 0.02)


def test_an_optimizer_that_the_config_lost_is_known_from_its_state(tmp_path: Path) -> None:
    facts = read_model(write_model(tmp_path, {**MODEL, "compile_config": {}}))
    assert facts.optimizer is not None
    assert (facts.optimizer.name, facts.optimizer.iterations) == ("Adam", 12)
    assert facts.is_compiled


def test_deflated_members_are_read(tmp_path: Path) -> None:
    stored = write_model(tmp_path)
    with zipfile.ZipFile(stored) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "deflated.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with open_model(tmp_path / "deflated.keras") as facts:
        tensor = facts.layer("d").tensors[0].stored
        assert tensor is not None
        assert next(tensor.chunks(8)).size > 0
    assert facts.layers == read_model(stored).layers


@pytest.mark.parametrize("missing", ["metadata.json", "model.weights.h5"])
def test_a_file_without_metadata_or_weights_still_shows_its_structure(
    missing: str, tmp_path: Path
) -> None:
    facts = read_model(write_model(tmp_path, **{missing: None}))  # type: ignore[arg-type]
    assert [x.path for x in facts.layers] == ["d", "drop"]
    assert facts.layer("drop").rates == {"rate": 0.5}
    assert bool(facts.parameters) == (missing == "metadata.json")
    assert ("no weights" in " ".join(facts.notes)) == (missing == "model.weights.h5")


def test_the_json_of_a_model_alone_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(MODEL))
    facts = read_model(tmp_path / "m.json")
    assert (facts.file_format, facts.kind) == ("config", "sequential")
    assert facts.layer("d").regularizers["kernel_regularizer"].l2 == 0.01


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b"", "is empty"),
        (b"not json", "is not valid JSON"),
        (b"[1, 2]", "no 'class_name'"),
        (b"\xff\xfe\x00", "not"),
        (b'{"class_name": "Sequential", "class_name": "x", "config": {}}', "twice"),
        (b"[" * 500 + b"]" * 500, "deep"),
        (b'{"class_name": "Sequential", "config": ' + b'{"a":' * 300 + b"1" + b"}" * 301, "deep"),
    ],
)
def test_a_damaged_config_is_one_line(config: bytes, said: str, tmp_path: Path) -> None:
    path = write_model(tmp_path, **{"config.json": config})
    with pytest.raises(InputError) as raised:
        read_model(path)
    assert said in str(raised.value)
    assert str(raised.value).startswith("model.keras: ")
    assert "\n" not in str(raised.value)


def torch_file(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02.")


def npz_file(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, a=np.zeros(3))


def folder_with(*names: str) -> Any:
    def write(path: Path) -> None:
        path.mkdir()
        for name in names:
            (path / name).write_bytes(b"\x08\x01\x12")

    return write


REFUSED = {
    "saved-model": folder_with("saved_model.pb", "keras_metadata.pb"),
    "tf-checkpoint": folder_with("checkpoint", "ckpt-1.index"),
    "npz": npz_file,
    "tflite": lambda path: path.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(60)),
    "onnx": lambda path: path.write_bytes(b"\x08\x08\x12\x07pytorch\x1a\x05" + bytes(60)),
    "torch": torch_file,
    "pickle": lambda path: path.write_bytes(b"\x80\x04\x95" + bytes(60)),
    "lfs-pointer": lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"),
    "unknown": lambda path: path.write_text("<html>Sign in</html>"),
}


def test_every_refusal_is_tried() -> None:
    assert set(REFUSED) == set(REFUSALS)


@pytest.mark.parametrize("found", REFUSED)
def test_other_formats_are_refused_with_what_to_do(found: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    REFUSED[found](path)
    assert sniff(path) == found
    with pytest.raises(InputError, match=r"^model\.keras: is .*(;|which)|holds") as raised:
        read_model(path)
    assert "\n" not in str(raised.value)
    assert "model.save" in str(raised.value) or "git lfs pull" in str(raised.value)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x93NUMPY\x01\x00", "npz"),
        (b"\x08\x01\x12\x03", "saved-model"),
        (b'model_checkpoint_path: "ckpt-1"', "tf-checkpoint"),
        (bytes(100) + bytes.fromhex("57fb808b247547db"), "tf-checkpoint"),
        (b'{"loss": [1, 2]}', "unknown"),
        (b"\x08", "unknown"),
        (b"\x80", "unknown"),
    ],
)
def test_formats_are_told_by_their_first_bytes(content: bytes, found: str, tmp_path: Path) -> None:
    (tmp_path / "f.keras").write_bytes(content)
    assert sniff(tmp_path / "f.keras") == found


def test_the_prefix_of_a_checkpoint_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "ckpt-1.index").write_bytes(b"x")
    with pytest.raises(InputError, match=r"^ckpt-1: is a TensorFlow checkpoint"):
        read_model(tmp_path / "ckpt-1")


@pytest.mark.parametrize("content", [None, b"", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"])
def test_missing_empty_and_cut_files_are_one_line(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "m.keras").write_bytes(content)
    with pytest.raises(InputError, match=r"^m\.keras: .+") as raised:
        read_model(tmp_path / "m.keras")
    assert "\n" not in str(raised.value)


def test_an_hdf5_file_of_something_else_is_refused(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["pixels"] = np.zeros((3, 3))
    with pytest.raises(InputError, match="without a Keras model or weights"):
        read_model(tmp_path / "data.h5")


def shards(folder: Path, weight_map: object) -> Path:
    weights_tree(folder / "m_00000.weights.h5", {"layers/dense": ("a", [(2, 3)])})
    weights_tree(folder / "m_00001.weights.h5", {"layers/dense_1": ("b", [(3, 4), (4,)])})
    (folder / "m.weights.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return folder / "m.weights.json"


def test_shards_are_put_together_in_their_order(tmp_path: Path) -> None:
    weight_map = {
        "/layers/dense_1/vars": ["m_00001.weights.h5"],
        "/layers/dense/vars": "m_00000.weights.h5",
    }
    facts = read_model(shards(tmp_path, weight_map))
    assert facts.file_format == "sharded-weights"
    assert [(x.path, x.parameters) for x in facts.layers] == [("a", 6), ("b", 16)]


@pytest.mark.parametrize(
    "name",
    ["../m_00000.weights.h5", "/etc/passwd", "a/b.h5", "a\\b.h5", "..", ".", "", "a\0b", 3, None],
)
def test_shards_elsewhere_are_refused(name: object, tmp_path: Path) -> None:
    path = shards(tmp_path, {"/layers/dense/vars": [name]})
    with pytest.raises(InputError, match=r"^m\.weights\.json: names the shard .* not beside it"):
        read_model(path)


@pytest.mark.parametrize("weight_map", [{}, None, 3, [], {"/layers/dense/vars": None}])
def test_an_index_without_shards_is_refused(weight_map: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names no shards"):
        read_model(shards(tmp_path, weight_map))


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    path = shards(tmp_path, {"/layers/dense/vars": "m_00007.weights.h5"})
    with pytest.raises(InputError, match=r"^m_00007\.weights\.h5: cannot be read"):
        read_model(path)


def test_a_folder_without_a_config_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(InputError, match=r"^model: is a folder without config\.json"):
        read_model(tmp_path / "model")


def test_reading_imports_neither_a_framework_nor_libhdf5(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from advisor.inputs.model_file import open_model
with open_model(Path(sys.argv[1])) as facts:
    for layer in facts.layers:
        for tensor in layer.tensors:
            list(tensor.stored.chunks(1 << 20))
heavy = {"tensorflow", "keras", "h5py", "tf_keras", "jax", "torch", "sklearn", "pandas", "scipy"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}), facts.parameters)
"""
    arguments = [sys.executable, "-c", program, str(write_model(tmp_path))]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "9"]


def test_code_in_a_model_is_reported_and_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    attack = {
        "module": "builtins",
        "class_name": "exec",
        "config": f"open({str(trap)!r}, 'w')",
        "registered_name": None,
    }
    lambdas = {"class_name": "__lambda__", "config": {"value": "4wEAAAAAAAAA"}}
    config = sequential(
        "m", [layer("Lambda", "f", function=lambdas), layer("Dense", "d", x=attack)]
    )
    facts = read_model(write_model(tmp_path, config))
    assert "Lambda 'f' runs Python code" in facts.code_parts
    assert any("builtins" in part for part in facts.code_parts)
    assert not trap.exists()
