"""Files that old versions wrote, whose weights are known from their layers' paths."""

from pathlib import Path

import numpy as np
import pytest

from advisor.inputs.model_file import open_model
from tests.inputs.old_files.write import weight_of

FOLDER = Path(__file__).parent / "old_files"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".keras", ".h5"))


def test_the_old_files_are_there() -> None:
    assert FILES == [
        "keras3.0.5.keras",
        "keras3.3.3.h5",
        "tensorflow2.12.1.h5",
        "tensorflow2.12.1.keras",
        "tf_keras2.21.0.keras",
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_weight_is_that_of_its_layer(name: str) -> None:
    with open_model(FOLDER / name) as facts:
        layers = {layer.path: layer for layer in facts.layers}
        assert facts.parameters == 238  # 2 (4*8 + 2*8 + 8) + 5 (4*4 + 4) + 4*4 + 4*2 + 2
        for path, layer in layers.items():
            assert not layer.is_inferred
            for index, tensor in enumerate(layer.tensors):
                assert tensor.stored is not None
                found = np.concatenate(list(tensor.stored.chunks(1 << 20)))
                expected = weight_of(path, index, tensor.shape)
                assert found.tolist() == expected.reshape(-1).tolist(), f"{path} {index}"
        assert [path for path, layer in layers.items() if layer.tensors] == [
            "both",
            "c",
            "tower/t1",
            "tower/t2",
            "a",
            "norm",
            "b",
            "out",
        ]


@pytest.mark.parametrize("name", FILES)
def test_settings_and_graph_are_read(name: str) -> None:
    with open_model(FOLDER / name) as facts:
        layers = {layer.path: layer for layer in facts.layers}
        assert layers["tower/t1"].regularizers["kernel_regularizer"].l2 == 0.003
        assert layers["b"].regularizers["kernel_regularizer"].l1 == 0.0002
        assert layers["tower/drop"].rates == {"rate": 0.25}
        assert layers["both"].rates == {"dropout": 0.1}
        assert layers["tower/t1"].inbound == ("c", "norm")
        assert layers["tower/t1"].calls == 2
        assert layers["a"].inbound == layers["b"].inbound == ("tower/t2",)
        assert (facts.loss, facts.metrics) == ("mean_squared_error", ("mae",))
        assert facts.optimizer is not None
        assert (facts.optimizer.name, facts.optimizer.iterations) == ("Adam", 0)
        assert facts.keras_version is not None
        assert facts.code_parts == ()
