"""Every model of the zoo, read without Keras, against what Keras itself loads from the file."""

import math
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.evidence.weights.penalty import weight_penalty
from advisor.inputs.model_facts import LayerFacts, ModelFacts, Penalty, TensorFacts
from advisor.inputs.model_file import open_model, read_model
from tests.zoo import ZOO, randomize

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

# Layers whose variables Keras keeps in memory in another order than in the file.
REORDERED = {"SpectralNormalization"}
RATES = ("rate", "stddev", "dropout", "recurrent_dropout")


@dataclass(frozen=True)
class Truth:
    """A layer that Keras loaded: its place, its own weights, and what it does with them."""

    path: str
    layer: Any
    weights: list[Any]
    trainable: bool


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("zoo")


@cache
def saved(folder: Path, name: str) -> Path:
    """The model saved once for all tests."""
    import keras

    keras.backend.clear_session()
    path = folder / f"{name}.keras"
    ZOO[name]().save(path)
    return path


@cache
def loaded(folder: Path, name: str) -> Any:
    """The model as Keras loads it, with automatic names counted as when it was saved."""
    import keras

    path = saved(folder, name)
    keras.backend.clear_session()
    return keras.models.load_model(path, safe_mode=False)


def truths(model: Any, prefix: str = "") -> Iterator[Truth]:
    """The leaf layers of a model in Keras' order, with paths as ours."""
    import keras

    listed = getattr(model, "_layers", []) if isinstance(model, keras.Sequential) else model.layers
    for layer in listed:
        path = f"{prefix}{layer.name}"
        inner = getattr(layer, "layer", layer)
        if isinstance(inner, keras.Model) and is_wired(inner):
            yield from truths(inner, f"{path}/")
        elif is_own(layer):
            yield from own_truths(layer, path)
        elif not (isinstance(layer, keras.layers.InputLayer) and prefix):
            weights = [w for w in layer.weights if not w.name.startswith("lora_")]  # merged
            yield Truth(path, layer, weights, layer.trainable)


def own_truths(layer: Any, path: str) -> Iterator[Truth]:
    """A layer of the user's own: its own weights, then the layers that it made."""
    inner = layer._flatten_layers(include_self=False, recursive=False)
    own = [*layer._trainable_variables, *layer._non_trainable_variables]
    yield Truth(path, layer, own, layer.trainable)
    for child in inner:
        if is_own(child):
            yield from own_truths(child, f"{path}/{child.name}")
        else:
            yield Truth(f"{path}/{child.name}", child, child.weights, child.trainable)


def is_wired(model: Any) -> bool:
    return type(model).__name__ in ("Functional", "Sequential", "Own", "Chain")


def is_own(layer: Any) -> bool:
    return not type(layer).__module__.startswith("keras.")


def norm(values: Any) -> float:
    return math.sqrt(float(np.sum(np.square(np.asarray(values, "float64")))))


def stored_norm(tensor: TensorFacts) -> float:
    assert tensor.stored is not None
    pieces = [np.asarray(piece, "float64") for piece in tensor.stored.chunks(1 << 20)]
    assert sum(piece.size for piece in pieces) == tensor.size
    return norm(np.concatenate(pieces))


def weight_signs(layer: LayerFacts) -> list[tuple[tuple[int, ...], float]]:
    signs = [(tensor.shape, stored_norm(tensor)) for tensor in layer.tensors]
    is_quantized = any(tensor.dtype == "int8" for tensor in layer.tensors)
    return sorted(signs) if is_quantized or layer.class_name in REORDERED else signs


def true_signs(truth: Truth) -> list[tuple[tuple[int, ...], float]]:
    signs = [(tuple(weight.shape), norm(numpy_of(weight))) for weight in truth.weights]
    is_quantized = any(weight.dtype == "int8" for weight in truth.weights)
    return sorted(signs) if is_quantized or type(truth.layer).__name__ in REORDERED else signs


def numpy_of(weight: Any) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.ops.cast(weight, "float64"))


def class_of(layer: Any) -> str:
    name = type(layer).__name__
    return "GroupQueryAttention" if name == "GroupedQueryAttention" else name


def assert_same_weights(layer: LayerFacts, truth: Truth) -> None:
    found, expected = weight_signs(layer), true_signs(truth)
    assert [shape for shape, _ in found] == [shape for shape, _ in expected], layer.path
    assert [size for _, size in found] == pytest.approx(
        [size for _, size in expected], rel=1e-6, nan_ok=True
    ), layer.path


def true_penalty(regularizer: Any) -> Penalty | None:
    """What a loaded regularizer adds, from its attributes rather than its config."""
    if regularizer is None:
        return None
    name = type(regularizer).__name__
    if name not in ("L1", "L2", "L1L2"):
        return Penalty(kind=name)
    l1 = float(getattr(regularizer, "l1", 0.0))
    l2 = float(getattr(regularizer, "l2", 0.0))
    kinds = [kind for kind, strength in (("l1", l1), ("l2", l2)) if strength]
    return Penalty(kind="+".join(kinds) or "nothing", l1=l1, l2=l2)


def assert_same_penalty(found: Penalty | None, expected: Penalty | None, where: str) -> None:
    assert (found is None) == (expected is None), where
    if found is not None and expected is not None:
        assert found.kind == expected.kind, where
        assert found.l1 == pytest.approx(expected.l1, rel=1e-6), where
        assert found.l2 == pytest.approx(expected.l2, rel=1e-6), where


def assert_same_arguments(layer: LayerFacts, truth: Truth) -> None:
    """Regularizers, constraints and rates of a layer of Keras' own that the config lists."""
    source = innermost(truth.layer)
    names = [name for name in source.get_config() if name.endswith("_regularizer")]
    for name in names:
        expected = true_penalty(getattr(source, name, getattr(source, f"_{name}", None)))
        assert_same_penalty(layer.regularizers.get(name), expected, f"{layer.path}: {name}")
    assert set(layer.regularizers) <= {*names, "activity_regularizer"}
    for name in RATES:
        rate = getattr(source, name, None)
        if isinstance(rate, float) and (rate or name in ("rate", "stddev")):
            assert layer.rates.get(name) == pytest.approx(rate), f"{layer.path}: {name}"
        else:
            assert name not in layer.rates, layer.path


def innermost(layer: Any) -> Any:
    """The layer inside wrappers, and the last of stacked cells."""
    inner = getattr(layer, "layer", None) or getattr(layer, "forward_layer", None)
    return layer if inner is None else innermost(inner)


@pytest.mark.parametrize("name", ZOO)
def test_layers_and_weights_are_those_that_keras_loads(name: str, folder: Path) -> None:
    model = loaded(folder, name)
    with open_model(saved(folder, name)) as facts:
        found = {layer.path: layer for layer in facts.layers}
        expected = {truth.path: truth for truth in truths(model)}
        with_weights = {path for path, truth in expected.items() if truth.weights}
        assert with_weights <= set(found)
        assert {path for path, layer in found.items() if layer.tensors} == with_weights
        for path in with_weights:
            assert_same_weights(found[path], expected[path])
            if found[path].class_name != "unknown":
                assert found[path].class_name == class_of(expected[path].layer)
            assert found[path].name == expected[path].layer.name


@pytest.mark.parametrize("name", [n for n in ZOO if not n.startswith("subclassed")])
def test_listed_layers_are_all_there_in_order(name: str, folder: Path) -> None:
    facts = read_model(saved(folder, name))
    expected = [t for t in truths(loaded(folder, name)) if "/" not in t.path or not is_inner(t)]
    listed = [layer for layer in facts.layers if not layer.is_inferred and not is_operation(layer)]
    assert [layer.path for layer in listed] == [truth.path for truth in expected]
    for layer, truth in zip(listed, expected, strict=True):
        assert layer.class_name == class_of(truth.layer)
        assert layer.trainable == truth.trainable
        if not is_own(truth.layer):
            assert_same_arguments(layer, truth)


def is_inner(truth: Truth) -> bool:
    """True for a layer that a Block made in code."""
    return truth.path.startswith("block/")


def is_operation(layer: LayerFacts) -> bool:
    return layer.module is not None and ".ops." in layer.module


@pytest.mark.parametrize("name", ZOO)
def test_penalties_of_single_weights_are_those_of_the_loaded_variables(
    name: str, folder: Path
) -> None:
    facts = read_model(saved(folder, name))
    expected = {truth.path: truth for truth in truths(loaded(folder, name))}
    for layer in facts.layers:
        if layer.is_inferred or layer.class_name in REORDERED or not layer.tensors:
            continue
        for tensor, weight in zip(layer.tensors, expected[layer.path].weights, strict=True):
            where = f"{layer.path} {tensor.part} {tensor.role}"
            found = weight_penalty(layer, role=tensor.role, part=tensor.part)
            assert_same_penalty(found, true_penalty(weight.regularizer), where)


@pytest.mark.parametrize("name", ZOO)
def test_roles_are_the_names_of_the_loaded_variables(name: str, folder: Path) -> None:
    facts = read_model(saved(folder, name))
    expected = {truth.path: truth for truth in truths(loaded(folder, name))}
    for layer in facts.layers:
        if layer.class_name in REORDERED or name == "quantized" or not layer.tensors:
            continue
        for tensor, weight in zip(layer.tensors, expected[layer.path].weights, strict=True):
            is_depthwise = layer.class_name.startswith("Depthwise") and weight.name == "kernel"
            true_name = "depthwise_kernel" if is_depthwise else weight.name
            assert tensor.role in (true_name, "unknown"), layer.path
            assert (
                tensor.role != "unknown" or layer.is_inferred or is_own(expected[layer.path].layer)
            )


@pytest.mark.parametrize("name", ZOO)
def test_parameters_and_compilation_are_those_of_the_loaded_model(name: str, folder: Path) -> None:
    model = loaded(folder, name)
    facts = read_model(saved(folder, name))
    merged = sum(int(np.prod(w.shape)) for w in model.weights if w.name.startswith("lora_"))
    assert facts.parameters == model.count_params() - merged
    assert facts.keras_version is not None
    assert facts.sha256 is not None
    optimizer = getattr(model, "optimizer", None)
    assert facts.is_compiled == (optimizer is not None)
    if optimizer is not None:
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        assert facts.optimizer is not None
        assert facts.optimizer.name == type(inner).__name__
        assert facts.optimizer.learning_rate == pytest.approx(float(inner.learning_rate), rel=1e-6)
        assert facts.optimizer.weight_decay == inner.weight_decay
        assert facts.optimizer.iterations == 0


@pytest.mark.parametrize("name", ["mlp", "nested", "transformer", "subclassed"])
def test_an_unzipped_folder_reads_as_its_archive(name: str, folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(saved(folder, name)) as archive:
        archive.extractall(tmp_path / "model")
    facts = read_model(tmp_path / "model")
    assert facts.file_format == "keras-v3-folder"
    assert facts.layers == read_model(saved(folder, name)).layers


@pytest.mark.parametrize("name", ["mlp", "transformer"])
def test_the_extension_does_not_matter(name: str, folder: Path, tmp_path: Path) -> None:
    shutil.copy(saved(folder, name), tmp_path / "model.h5")
    assert read_model(tmp_path / "model.h5").file_format == "keras-v3"


LEGACY = [
    "mlp",
    "convolutional",
    "separable",
    "recurrent",
    "bidirectional",
    "time_distributed",
    "stacked_cells",
    "transformer",
    "siamese",
    "shared_layer",
    "operations",
    "frozen",
    "several_inputs_and_outputs",
    "name_collisions",
    "own_layer",
    "normalizations",
    "preprocessing",
]


@pytest.mark.parametrize("name", LEGACY)
def test_legacy_hdf5_says_the_same_as_the_archive(name: str, folder: Path, tmp_path: Path) -> None:
    loaded(folder, name).save(tmp_path / "model.keras.h5")
    with open_model(tmp_path / "model.keras.h5") as legacy, open_model(saved(folder, name)) as v3:
        assert legacy.file_format == "hdf5"
        assert legacy.parameters == v3.parameters
        assert legacy.optimizer == v3.optimizer
        listed = [layer for layer in v3.layers if not layer.is_inferred]
        assert [layer.path for layer in legacy.layers] == [layer.path for layer in listed]
        for found, expected in zip(legacy.layers, listed, strict=True):
            assert found.inbound == expected.inbound
            assert dict(found.regularizers) == dict(expected.regularizers)
            assert dict(found.rates) == dict(expected.rates)
            if expected.class_name == "Block":  # its layers are its own parts there
                continue
            assert weight_signs(found) == weight_signs(expected)
            if all(tensor.role != "unknown" for tensor in expected.tensors):
                assert weight_penalties(found) == weight_penalties(expected)


def weight_penalties(layer: LayerFacts) -> list[tuple[str, str, Penalty | None]]:
    return [
        (t.part, t.role, weight_penalty(layer, role=t.role, part=t.part)) for t in layer.tensors
    ]


def named(facts: ModelFacts) -> dict[str, list[tuple[tuple[int, ...], float]]]:
    return {layer.path: weight_signs(layer) for layer in facts.layers if layer.tensors}


@pytest.mark.parametrize("name", [n for n in ZOO if n not in ("mobilenet_v2", "resnet50")])
def test_weights_files_name_the_same_layers_and_weights(
    name: str, folder: Path, tmp_path: Path
) -> None:
    loaded(folder, name).save_weights(tmp_path / "model.weights.h5")
    with (
        open_model(tmp_path / "model.weights.h5") as weights,
        open_model(saved(folder, name)) as v3,
    ):
        assert weights.kind == weights.file_format == "weights"
        assert all(layer.is_inferred for layer in weights.layers)
        assert {path: sorted(signs) for path, signs in named(weights).items()} == {
            path: sorted(signs) for path, signs in named(v3).items()
        }
        true_classes = {layer.path: layer.class_name for layer in v3.layers}
        for layer in weights.layers:
            if layer.tensors and layer.class_name != "unknown":
                assert layer.class_name == true_classes[layer.path]


def test_sharded_weights_are_put_together(folder: Path, tmp_path: Path) -> None:
    model = loaded(folder, "mobilenet_v2")
    model.save_weights(tmp_path / "model.weights.json", max_shard_size=0.002)  # GB
    assert len(list(tmp_path.glob("*.h5"))) > 3
    with open_model(tmp_path / "model.weights.json") as shards:
        assert shards.file_format == "sharded-weights"
        assert shards.parameters == model.count_params()
        with open_model(saved(folder, "mobilenet_v2")) as whole:
            assert named(shards) == named(whole)


@pytest.mark.parametrize("is_inside_first", [True, False])
def test_a_layer_shared_across_the_border_of_a_nested_model_is_one_layer(
    is_inside_first: bool, tmp_path: Path
) -> None:
    """Keras saves such a model but can't load it, so the truth is the model itself."""
    import keras

    shared = keras.layers.Dense(4, name="shared")
    x = keras.Input((4,))
    tower = keras.Model(x, shared(keras.layers.Dense(4)(x)), name="tower")
    x = keras.Input((4,))
    y = shared(tower(x)) if is_inside_first else tower(shared(x))
    model = keras.Model(x, keras.layers.Dense(1)(y))
    randomize(model)
    model.save(tmp_path / "model.keras")
    with open_model(tmp_path / "model.keras") as facts:
        path = "tower/shared" if is_inside_first else "shared"
        assert facts.parameters == model.count_params() == 45  # 2 (4*4 + 4) + 4 + 1
        assert_same_weights(facts.layer(path), Truth(path, shared, shared.weights, True))
        assert facts.layer(path).calls == 2
        assert "may fail to load" in " ".join(facts.notes)
