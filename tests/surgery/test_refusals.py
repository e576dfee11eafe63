"""What a file has no place for is refused in one line, with the change as code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.regularization import Change, Strategy
from advisor.surgery.apply import apply
from advisor.surgery.refusal import EditRefused
from tests.surgery.architectures import change, dropout, penalties
from tests.zoo import ZOO, custom

pytestmark = pytest.mark.tensorflow

Build = Callable[[], Any]
OLD_FILES = Path(__file__).parents[1] / "inputs" / "old_files"


def sequential(*layers: Any) -> Any:
    import keras

    return keras.Sequential([keras.Input((4,)), *layers])


def dense(name: str, **options: Any) -> Any:
    import keras

    return keras.layers.Dense(4, name=name, **options)


def with_softmax() -> Any:
    import keras

    return sequential(dense("a"), dense("b"), keras.layers.Softmax(name="softmax"), dense("c"))


def with_normalization() -> Any:
    import keras

    return sequential(dense("a"), keras.layers.BatchNormalization(name="norm"), dense("b"))


def off_in_training() -> Any:
    import keras

    base = sequential(dense("a"), dense("b"))
    base.name = "base"
    x = keras.Input((4,))
    return keras.Model(x, dense("out")(base(x, training=False)))


def shared_across_a_border() -> Any:
    import keras

    twice = keras.layers.ReLU(name="twice")
    x, y = keras.Input((4,)), keras.Input((4,))
    inner = keras.Model(x, dense("inside")(twice(x)), name="inner")
    return keras.Model(y, dense("out")(twice(inner(y))))


REFUSED: dict[str, tuple[Build, tuple[Change, ...], str]] = {
    "the output": (with_normalization, dropout("b"), "'b' is the model's output"),
    "before a softmax": (with_softmax, dropout("b"), "'softmax' follows 'b'"),
    "before a normalization": (with_normalization, dropout("a"), "'norm' follows 'a'"),
    "switched off": (off_in_training, dropout("base/a"), "'base' is called with training=False"),
    "shared across a border": (
        shared_across_a_border,
        dropout("inner/twice"),
        "shared across the border",
    ),
    "twice behind one layer": (
        with_normalization,
        (*dropout("norm"), *dropout("norm", kind="AlphaDropout")),
        "two dropout layers",
    ),
    "an unknown regularizer": (
        lambda: sequential(dense("a", kernel_regularizer="orthogonal_regularizer"), dense("b")),
        penalties("a"),
        "OrthogonalRegularizer, which can't be combined",
    ),
    "no such argument": (
        with_softmax,
        (change("a", "embeddings_regularizer", "l2", 0.1),),
        "no argument 'embeddings_regularizer'",
    ),
    "no dropout layer": (
        with_softmax,
        (change("a", "rate", "Dropout", 0.1),),
        "no argument 'rate'",
    ),
    "no such layer": (with_softmax, penalties("absent"), "has no layer 'absent'"),
    "the model itself": (with_softmax, dropout(""), "has no layer ''"),
    "made in code": (
        ZOO["own_layer"],
        penalties("block/dense"),
        "layers that are made in code",
    ),
    "nobody says what follows": (
        ZOO["subclassed_with_layers_in_config"],
        dropout("body"),
        "doesn't say what takes its output",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_reason_and_nothing_is_written(case: str, tmp_path: Path) -> None:
    build, changes, reason = REFUSED[case]
    build().save(tmp_path / "in.keras")
    with pytest.raises(EditRefused) as refused:
        apply(tmp_path / "in.keras", Strategy(changes=changes), tmp_path / "out.keras")
    message = str(refused.value)
    assert message.startswith("in.keras: ")
    assert reason in message
    assert "\n" not in message
    assert [path.name for path in tmp_path.iterdir()] == ["in.keras"]


def test_the_refusal_carries_the_code_of_the_change(tmp_path: Path) -> None:
    with_normalization().save(tmp_path / "in.keras")
    changes = (*penalties("a", l2=0.003), *dropout("a", rate=0.2))
    with pytest.raises(EditRefused) as refused:
        apply(tmp_path / "in.keras", Strategy(changes=changes), tmp_path / "out.keras")
    assert "regularizers.L2(0.003)" in refused.value.code
    assert 'layers.Dropout(0.2, name="a_dropout")' in refused.value.code
    compile(refused.value.code, "code", "exec")


def test_the_output_is_known_through_nested_models(tmp_path: Path) -> None:
    import keras

    x = keras.Input((4,))
    inner = keras.Model(x, dense("end")(dense("a")(x)), name="inner")
    y = keras.Input((4,))
    keras.Model(y, inner(y)).save(tmp_path / "in.keras")
    for layer in ("inner", "inner/end"):
        with pytest.raises(EditRefused, match=f"'{layer}' is the model's output"):
            apply(tmp_path / "in.keras", Strategy(changes=dropout(layer)), tmp_path / "o.keras")


@pytest.mark.parametrize(
    ("file", "reason"),
    [("m.h5", "legacy HDF5"), ("m.weights.h5", "contains weights"), ("m.json", "no weights")],
)
def test_other_formats_get_the_code(file: str, reason: str, tmp_path: Path) -> None:
    import warnings

    model = with_softmax()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that .h5 is legacy
        if file.endswith(".weights.h5"):
            model.save_weights(tmp_path / file)
        elif file.endswith(".h5"):
            model.save(tmp_path / file)
        else:
            (tmp_path / file).write_text(model.to_json())
    with pytest.raises(EditRefused, match=reason) as refused:
        apply(tmp_path / file, Strategy(changes=penalties("a")), tmp_path / "out.keras")
    assert "regularizers.L2(0.01)" in refused.value.code
    assert not (tmp_path / "out.keras").exists()


@pytest.mark.parametrize("file", ["tf_keras2.21.0.keras", "tensorflow2.12.1.keras"])
def test_files_of_keras_2_are_refused(file: str, tmp_path: Path) -> None:
    with pytest.raises(EditRefused, match=f"{file}: was saved by Keras 2") as refused:
        apply(OLD_FILES / file, Strategy(changes=penalties("out")), tmp_path / "out.keras")
    assert "regularizers.L2(0.01)" in refused.value.code


def test_files_of_the_first_keras_3_are_edited(tmp_path: Path) -> None:
    import keras

    changes = (*penalties("a", "tower/t2"), *dropout("tower", "b"))
    source = OLD_FILES / "keras3.0.5.keras"
    apply(source, Strategy(changes=changes), tmp_path / "out.keras")
    before = keras.saving.load_model(source, compile=False)
    after = keras.saving.load_model(tmp_path / "out.keras", compile=False)
    assert len(before.weights) == 22
    assert all(np.array_equal(a, b) for a, b in zip(before.weights, after.weights, strict=True))
    assert len(after.losses) == len(before.losses) + 2


def test_own_layers_take_the_arguments_that_their_config_has(tmp_path: Path) -> None:
    import keras

    classes = custom()
    x = keras.Input((6,))
    model = keras.Model(x, dense("out")(classes.Block(6, name="block")(x)))
    model.save(tmp_path / "in.keras")
    strategy = Strategy(changes=(change("block", "rate", "Dropout", 0.6, before=0.2),))
    apply(tmp_path / "in.keras", strategy, tmp_path / "out.keras")
    after = keras.saving.load_model(tmp_path / "out.keras")
    row = np.ones((1, 6), "float32")
    assert after.get_layer("block").rate == 0.6
    assert np.array_equal(model(row, training=False), after(row, training=False))


def test_a_frozen_layer_is_changed_and_said(tmp_path: Path) -> None:
    ZOO["frozen"]().save(tmp_path / "in.keras")
    strategy = Strategy(changes=(change("fixed", "kernel_regularizer", "l2", 0.5, before=0.01),))
    applied = apply(tmp_path / "in.keras", strategy, tmp_path / "out.keras")
    assert applied.notes == ("fixed is frozen: its penalty acts once the layer is trainable",)


def test_masked_attention_is_said_to_be_computed_otherwise(tmp_path: Path) -> None:
    import keras
    from keras import layers as L

    x = keras.Input((6,), dtype="int32")
    y = L.Embedding(9, 4, mask_zero=True)(x)
    attend = L.MultiHeadAttention(2, 3, name="attend")(y, y)
    keras.Model(x, L.Dense(2)(L.GlobalAveragePooling1D()(attend))).save(tmp_path / "in.keras")
    strategy = Strategy(changes=(change("attend", "dropout", "Dropout", 0.2),))
    (note,) = apply(tmp_path / "in.keras", strategy, tmp_path / "out.keras").notes
    assert note.startswith("attend: Keras computes attention differently with dropout")


def test_damaged_files_are_refused_as_by_check(tmp_path: Path) -> None:
    with_softmax().save(tmp_path / "in.keras")
    content = (tmp_path / "in.keras").read_bytes()
    (tmp_path / "cut.keras").write_bytes(content[: len(content) // 2])
    flipped = bytearray(content)
    place = content.index(b"\x89HDF") + 3000
    flipped[place : place + 8] = b"\xff" * 8
    (tmp_path / "bad.keras").write_bytes(flipped)
    for name in ("cut.keras", "bad.keras"):
        with pytest.raises(InputError, match=name):
            apply(tmp_path / name, Strategy(changes=penalties("a")), tmp_path / "out.keras")
    assert not (tmp_path / "out.keras").exists()
