"""An edited file is the same model in plain Keras, with the strengths that were asked for."""

import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.inputs.model_file import read_model
from advisor.regularization import REGULARIZER_SLOTS, Change, Strategy
from advisor.surgery.apply import apply
from tests.surgery.architectures import ARCHITECTURES, Architecture, dropout

pytestmark = pytest.mark.tensorflow

ROLES = {
    "kernel_regularizer": ("kernel",),
    "recurrent_regularizer": ("recurrent_kernel",),
    "depthwise_regularizer": ("depthwise_kernel", "kernel"),
    "pointwise_regularizer": ("pointwise_kernel",),
    "embeddings_regularizer": ("embeddings",),
}
NAMES = list(ARCHITECTURES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edited")


@cache
def edited(folder: Path, name: str) -> tuple[Path, Path]:
    """A model that was trained for two steps, saved, and the same with its changes."""
    import keras

    keras.utils.set_random_seed(3)
    architecture = ARCHITECTURES[name]
    model = architecture.build()
    model.compile("adam", "mse", run_eagerly=True)
    x = batch(architecture)
    for _ in range(2):
        model.train_on_batch(x, targets(model, x))
    source, output = folder / f"{name}.keras", folder / f"{name} out.keras"
    model.save(source)
    apply(source, Strategy(changes=architecture.changes), output)
    return source, output


def batch(architecture: Architecture) -> Any:
    return architecture.inputs(np.random.default_rng(5))


def targets(model: Any, x: Any) -> Any:
    import keras

    return keras.tree.map_structure(np.ones_like, outputs(model, x))


def outputs(model: Any, x: Any, training: bool = False) -> Any:
    import keras

    return keras.tree.map_structure(np.asarray, model(x, training=training))


def load(path: Path) -> Any:
    import keras

    return keras.saving.load_model(path, safe_mode=False)


def equal(a: Any, b: Any, within: float = 0.0) -> bool:
    import keras

    pairs = zip(keras.tree.flatten(a), keras.tree.flatten(b), strict=True)
    return all(np.allclose(x, y, rtol=0, atol=within) for x, y in pairs)


def at(model: Any, path: str) -> Any:
    for name in path.split("/"):
        model = getattr(model, "layer", model).get_layer(name)
    return model


@pytest.mark.parametrize("name", NAMES)
def test_predictions_weights_and_steps_are_the_same(folder: Path, name: str) -> None:
    before, after = map(load, edited(folder, name))
    x = batch(ARCHITECTURES[name])
    # Recurrent dropout makes Keras take products in another order, which rounds otherwise.
    assert equal(outputs(before, x), outputs(after, x), within=1e-6)
    assert weights_of(before) == weights_of(after)
    assert int(after.optimizer.iterations) == 2


def weights_of(model: Any) -> list[tuple[str, bytes]]:
    return sorted((weight.path, np.asarray(weight).tobytes()) for weight in model.weights)


@pytest.mark.parametrize("name", NAMES)
def test_the_penalty_is_the_sum_over_the_changed_weights(folder: Path, name: str) -> None:
    before, after = map(load, edited(folder, name))
    expected = sum(map(float, before.losses))
    for change in ARCHITECTURES[name].changes:
        if change.slot in REGULARIZER_SLOTS:
            power = 1 if change.kind == "l1" else 2
            norm = sum(float(np.sum(np.abs(w) ** power)) for w in penalized(before, change))
            assert norm > 0
            expected += (change.to - change.before) * norm  # l1 * sum|w| or l2 * sum w^2
    assert sum(map(float, after.losses)) == pytest.approx(expected, rel=1e-5)


def penalized(model: Any, change: Change) -> Iterator[Any]:
    for weight in at(model, change.layer).weights:
        if weight.name in ROLES[change.slot]:
            yield np.asarray(weight, "float64")


@pytest.mark.parametrize("name", NAMES)
def test_new_dropout_acts_in_training_alone(folder: Path, name: str) -> None:
    after = load(edited(folder, name)[1])
    architecture = ARCHITECTURES[name]
    x = batch(architecture)
    rates = {f"{c.layer}_dropout": c for c in architecture.changes if c.slot == "output"}
    assert rates.keys() == set(architecture.inserted)
    for path, change in rates.items():
        layer = at(after, path)
        assert (type(layer).__name__, layer.rate) == (change.kind, change.to)
    assert equal(outputs(after, x), outputs(after, x))
    assert not equal(outputs(after, x, training=True), outputs(after, x, training=True))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_trained_saved_and_loaded_again(folder: Path, name: str, tmp_path: Path) -> None:
    after = load(edited(folder, name)[1])
    x = batch(ARCHITECTURES[name])
    losses = after.fit(x, targets(after, x), verbose=0, epochs=2).history["loss"]
    assert np.isfinite(losses).all()
    after.save(tmp_path / "again.keras")
    again = load(tmp_path / "again.keras")
    assert equal(outputs(after, x), outputs(again, x))
    assert int(again.optimizer.iterations) == 4


@pytest.mark.parametrize("name", NAMES)
def test_reading_it_shows_exactly_what_was_asked_for(folder: Path, name: str) -> None:
    source, output = edited(folder, name)
    before, after = read_model(source), read_model(output)
    expected = {layer.path: strengths(layer) for layer in before.layers}
    for change in ARCHITECTURES[name].changes:
        if change.slot == "output":
            expected[f"{change.layer}_dropout"] = {("rate", change.kind): change.to}
        else:
            key = (change.slot, change.kind if change.slot in REGULARIZER_SLOTS else "")
            expected[change.layer][key] = change.to
    assert {layer.path: positive(strengths(layer)) for layer in after.layers} == {
        path: positive(found) for path, found in expected.items()
    }
    assert after.notes == before.notes
    assert {x.path: [t.shape for t in x.tensors] for x in after.layers if x.tensors} == {
        x.path: [t.shape for t in x.tensors] for x in before.layers if x.tensors
    }


def strengths(layer: Any) -> dict[tuple[str, str], float]:
    found = {(s, k): getattr(p, k) for s, p in layer.regularizers.items() for k in ("l1", "l2")}
    new = layer.class_name if layer.name.endswith("_dropout") else ""
    return found | {(name, new): rate for name, rate in layer.rates.items()}


def positive(found: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    return {key: value for key, value in found.items() if value > 0}


def test_all_members_but_the_config_are_copied(folder: Path) -> None:
    source, output = edited(folder, "plain")
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(output) as after:
        assert before.namelist() == after.namelist()
        same = [name for name in before.namelist() if before.read(name) == after.read(name)]
        assert same == [name for name in before.namelist() if name != "config.json"]
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in after.infolist())


def test_the_same_changes_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    source, output = edited(folder, "nested")
    changes = ARCHITECTURES["nested"].changes
    apply(source, Strategy(changes=changes), tmp_path / "again.keras")
    assert (tmp_path / "again.keras").read_bytes() == output.read_bytes()


def test_removing_what_was_added_gives_the_old_config(folder: Path, tmp_path: Path) -> None:
    added = [c for c in ARCHITECTURES["sequence"].changes if c.slot != "output"]
    removed = [
        Change(layer=c.layer, slot=c.slot, kind=c.kind, before=c.to, to=0.0, low=0.0, high=c.to)
        for c in added
    ]
    source, _ = edited(folder, "sequence")
    apply(source, Strategy(changes=tuple(added)), tmp_path / "more.keras")
    apply(tmp_path / "more.keras", Strategy(changes=tuple(removed)), tmp_path / "less.keras")
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(tmp_path / "less.keras") as after:
        assert json.loads(before.read("config.json")) == json.loads(after.read("config.json"))


def test_an_unzipped_folder_becomes_one_file(tmp_path: Path) -> None:
    import keras

    words = keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")
    x = keras.Input((1,), dtype="string")
    model = keras.Model(x, keras.layers.Dense(2, name="out")(words(x)))
    model.save(tmp_path / "model", zipped=False)
    (tmp_path / "model" / "README.md").write_text("of the hub")
    apply(
        tmp_path / "model",
        Strategy(changes=ARCHITECTURES["convolutional"].changes[1:2]),
        tmp_path / "out.keras",
    )
    after = load(tmp_path / "out.keras")
    assert len(after.losses) == 1
    word = np.array([["b"]], dtype=object)
    import tensorflow as tf

    assert equal(outputs(model, tf.constant(word)), outputs(after, tf.constant(word)))
    with zipfile.ZipFile(tmp_path / "out.keras") as archive:
        assert "README.md" not in archive.namelist()


def test_nothing_warns_when_plain_keras_loads_it(folder: Path) -> None:
    import keras

    _, output = edited(folder, "branches")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keras.saving.load_model(output)


def test_dropout_behind_a_quantized_layer_is_not_quantized(tmp_path: Path) -> None:
    import keras

    layer = keras.layers.Dense(3, name="a")
    model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(2, name="out")])
    layer.quantize("int8")
    model.save(tmp_path / "in.keras")
    apply(tmp_path / "in.keras", Strategy(changes=dropout("a")), tmp_path / "out.keras")
    after = load(tmp_path / "out.keras")
    x = np.ones((2, 4), "float32")
    assert after.get_layer("a_dropout").dtype_policy.name == "float32"
    assert equal(outputs(model, x), outputs(after, x))
