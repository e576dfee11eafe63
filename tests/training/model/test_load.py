"""Models are loaded with care, and each refusal names the flag that helps."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.training.model.load import load_model
from tests.training.trainers import mlp
from tests.zoo import ZOO

pytestmark = pytest.mark.tensorflow

OWN_LAYERS = """
import keras


class Scaled(keras.layers.Layer):
    def call(self, x):
        return 2 * x
"""


def test_a_saved_model_comes_back_compiled_with_its_optimizer(tmp_path: Path) -> None:
    model = mlp()
    x, y = np.ones((8, 6), "float32"), np.zeros(8, "int32")
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    assert int(loaded.optimizer.iterations) == 1


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_file_is_loaded_by_what_it_is_and_not_by_its_name(tmp_path: Path, ending: str) -> None:
    model = mlp()
    model.save(tmp_path / f"model.{ending}")
    (tmp_path / f"model.{ending}").rename(tmp_path / "model.bin")
    x = np.ones((3, 6), "float32")
    loaded = load_model(tmp_path / "model.bin")
    assert np.array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


def test_code_in_a_configuration_needs_trust(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2)])
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    with pytest.raises(InputError, match=r"would run code when loaded .*; add --trust"):
        load_model(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", trust=True)
    assert np.array_equal(loaded.predict(np.ones((1, 4)), verbose=0), 2 * np.ones((1, 4)))


def test_own_classes_are_imported_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    import keras

    (tmp_path / "own_layers_for_load.py").write_text(OWN_LAYERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    from importlib import import_module

    module = import_module("own_layers_for_load")
    model = keras.Sequential([keras.Input((4,)), module.Scaled(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    monkeypatch.undo()
    del sys.modules["own_layers_for_load"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="own_layers_for_load") as lacking:
        load_model(tmp_path / "model.keras")
    assert str(lacking.value).endswith("; add --import MODULE with the module that defines it")
    (tmp_path / "another_for_load.py").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="; Keras says: Could not locate class 'Scaled'"):
        load_model(tmp_path / "model.keras", imports=("another_for_load",))
    loaded = load_model(tmp_path / "model.keras", imports=("own_layers_for_load",))
    assert type(loaded.layers[0]).__name__ == "Scaled"
    with pytest.raises(InputError, match="--import no_such_module: ModuleNotFoundError"):
        load_model(tmp_path / "model.keras", imports=("no_such_module",))
    (tmp_path / "leaves_for_load.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    with pytest.raises(InputError, match="--import leaves_for_load: SystemExit: 3"):
        load_model(tmp_path / "model.keras", imports=("leaves_for_load",))
    assert str(tmp_path) not in sys.path


def test_a_model_that_is_not_compiled_needs_loss_and_optimizer(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(InputError, match="is not compiled.*; add --loss NAME --optimizer NAME"):
        load_model(tmp_path / "model.keras")
    with pytest.raises(InputError, match=r"add --optimizer NAME$"):
        load_model(tmp_path / "model.keras", loss="mse")
    with pytest.raises(InputError, match="no_such_loss"):
        load_model(tmp_path / "model.keras", loss="no_such_loss", optimizer="adam")
    loaded = load_model(tmp_path / "model.keras", loss="mae", optimizer="adam")
    assert loaded.loss == "mae"


def test_weights_alone_are_refused(tmp_path: Path) -> None:
    mlp().save_weights(tmp_path / "model.weights.h5")
    with pytest.raises(InputError, match="holds weights only"):
        load_model(tmp_path / "model.weights.h5")


def test_a_live_model_is_copied_and_left_as_it_is() -> None:
    import keras

    optimizer = keras.optimizers.AdamW(0.01)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model = mlp(lambda: keras.regularizers.L2(0.1), optimizer=optimizer)
    model.fit(np.ones((8, 6), "float32"), np.zeros(8, "int32"), verbose=0)
    before = model.get_weights()
    copy = load_model(model)
    for mine, theirs in zip(before, copy.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
    assert [copy.optimizer._use_weight_decay(v) for v in copy.trainable_variables] == [
        True,
        False,
        True,
        False,
    ]
    copy.set_weights([np.zeros_like(values) for values in before])
    assert np.array_equal(model.get_weights()[0], before[0])
    with pytest.raises(InputError, match="is a str|is a dict"):
        load_model({"not": "a model"})


@pytest.mark.parametrize("name", ["own_layer", "subclassed", "lambda_layer", "preprocessing"])
def test_live_models_with_code_of_their_own_are_copied_too(name: str) -> None:
    model = ZOO[name]()
    model.compile("adam", "mse")
    copy: Any = load_model(model)
    assert [w.shape for w in copy.weights] == [w.shape for w in model.weights]


def test_a_live_model_that_is_not_built_is_refused() -> None:
    import keras

    with pytest.raises(InputError, match="is not built"):
        load_model(keras.Sequential([keras.layers.Dense(2)]))
