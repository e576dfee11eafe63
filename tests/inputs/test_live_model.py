import numpy as np
import pytest

from advisor.evidence.weights.penalty import weight_penalty
from advisor.inputs.live_model import LiveTensor, describe_live_model, live_layers
from advisor.inputs.model_facts import LayerFacts, ModelFacts
from advisor.inputs.model_file import read_model
from tests.zoo import ZOO

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

# Large ones that add nothing here, and one whose LoRA adapters a file holds merged.
LEFT_OUT = {"mobilenet_v2", "resnet50", "transfer", "low_rank", "quantized"}
NAMES = [name for name in ZOO if name not in LEFT_OUT]


def tensors(layer: LayerFacts) -> list[tuple[object, ...]]:
    return sorted(
        (t.part, t.shape, t.dtype, str(weight_penalty(layer, role=t.role, part=t.part)))
        for t in layer.tensors
    )


def by_path(facts: ModelFacts) -> dict[str, LayerFacts]:
    return {layer.path: layer for layer in facts.layers}


@pytest.mark.parametrize("name", NAMES)
def test_a_live_model_reads_as_the_file_that_it_saves(name: str, tmp_path) -> None:
    import keras

    keras.backend.clear_session()
    model = ZOO[name]()
    live = describe_live_model(model)
    model.save(tmp_path / "model.keras")
    saved = read_model(tmp_path / "model.keras")
    assert (live.kind, live.loss) == (saved.kind, saved.loss)
    assert live.parameters == saved.parameters == model.count_params()
    found, expected = by_path(live), by_path(saved)
    assert set(found) >= set(expected)
    for path, layer in expected.items():
        assert found[path].trainable == layer.trainable
        assert found[path].parameters == layer.parameters
        if not layer.is_inferred:
            assert tensors(found[path]) == tensors(layer)
            assert found[path].inbound == layer.inbound
            assert found[path].class_name == layer.class_name
            assert dict(found[path].regularizers) == dict(layer.regularizers)
            assert dict(found[path].rates) == dict(layer.rates)


def test_layers_made_in_code_are_known_with_their_settings() -> None:
    facts = by_path(describe_live_model(ZOO["subclassed"]()))
    dropout = next(layer for layer in facts.values() if layer.rates.get("rate") == 0.4)
    assert dropout.class_name == "Dropout"
    assert not any(layer.is_inferred for layer in facts.values())
    inner = [layer for path, layer in facts.items() if path.startswith("block/")]
    assert sorted(layer.class_name for layer in inner) == [
        "Dense",
        "Dense",
        "Dense",
        "Dropout",
        "LayerNormalization",
    ]


def test_the_steps_taken_and_what_is_not_decayed_are_told() -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, "mse")
    model.fit(np.ones((8, 3)), np.ones((8, 2)), batch_size=2, epochs=2, verbose=0)
    found = describe_live_model(model).optimizer
    assert found is not None
    assert (found.name, found.weight_decay, found.iterations) == ("AdamW", 0.1, 8)  # 2 x 8/2
    assert found.excluded_from_decay == ("bias",)


def test_a_model_that_is_not_built_is_described_without_weights() -> None:
    import keras

    facts = describe_live_model(keras.Sequential([keras.layers.Dense(2, name="only")]))
    assert [layer.path for layer in facts.layers] == ["only"]
    assert facts.parameters == 0
    assert "not built" in " ".join(facts.notes)


def test_a_class_without_a_config_of_its_own_is_described_by_what_it_holds() -> None:
    import keras

    class Secretive(keras.Model):
        def __init__(self, thing: object) -> None:
            super().__init__(name="secretive")
            self.inner = keras.layers.Dense(2, name="inner", kernel_regularizer="l2")

        def call(self, x):
            return self.inner(x)

        def get_config(self):
            raise NotImplementedError

    model = Secretive(object())
    model(np.ones((1, 3), "float32"))
    facts = by_path(describe_live_model(model))
    assert facts["inner"].regularizers["kernel_regularizer"].l2 == 0.01
    assert facts["inner"].parameters == 8  # 3 * 2 + 2


def test_chunks_hold_whole_rows_in_order() -> None:
    import keras

    variable = keras.Variable(np.arange(24, dtype="float32").reshape(4, 6), dtype="bfloat16")
    pieces = list(LiveTensor(variable).chunks(50))  # two rows of 6 float32 have 48 bytes
    assert [piece.size for piece in pieces] == [12, 12]
    assert all(piece.dtype == np.float32 for piece in pieces)
    assert np.concatenate(pieces).tolist() == list(range(24))


def test_a_regularizer_set_on_a_built_layer_is_said_to_do_nothing() -> None:
    import keras

    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="late"), keras.layers.Dense(1, name="none")]
    )
    model.get_layer("late").kernel_regularizer = keras.regularizers.L2(0.5)
    facts = describe_live_model(model)
    assert model.losses == []  # as Keras sees it
    assert facts.layer("late").regularizers == {}
    assert any("built already (late)" in note for note in facts.notes)


def test_regularizers_of_layers_built_with_them_stay() -> None:
    import keras

    model = keras.Sequential(
        [
            keras.Input((4, 3)),
            keras.layers.Bidirectional(keras.layers.LSTM(2, kernel_regularizer="l2"), name="b"),
            keras.layers.Dense(1, bias_regularizer="l1", name="d"),
        ]
    )
    facts = describe_live_model(model)
    assert set(facts.layer("b").regularizers) == {"kernel_regularizer"}
    assert set(facts.layer("d").regularizers) == {"bias_regularizer"}
    assert not any("built already" in note for note in facts.notes)


@pytest.mark.parametrize("name", ["nested", "bidirectional", "time_distributed", "subclassed"])
def test_every_layer_with_weights_is_found_by_its_path(name: str) -> None:
    model = ZOO[name]()
    layers = live_layers(model)
    for facts in describe_live_model(model).layers:
        if facts.tensors:
            shapes = [tuple(weight.shape) for weight in layers[facts.path].weights]
            assert {tensor.shape for tensor in facts.tensors} <= set(shapes)
