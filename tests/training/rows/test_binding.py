"""Rows bound to live models: ordered, shaped, cast, or refused before any training."""

from dataclasses import replace

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.dataset import Dataset, Rows
from advisor.training.rows import tensor_rows
from advisor.training.rows.binding import bind
from advisor.training.rows.sources import open_data
from advisor.training.rows.streamed import numpy_elements

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

pytestmark = pytest.mark.tensorflow

X = np.arange(24, dtype=np.float64).reshape(8, 3)
Y = np.arange(8) % 3


def data(x=X, y=Y, weights=None, **facts):
    x = x if isinstance(x, tuple) else (x,)
    y = y if isinstance(y, tuple) else (y,)
    rows = Rows(inputs=x, targets=y, weights=weights)
    return Dataset(source="data.npz", sha256=None, train=rows, val=rows, **facts)


def classifier(units=3, loss="sparse_categorical_crossentropy", shape=(3,), compiled=True):
    model = keras.Sequential(
        [
            keras.Input(shape, name="x"),
            keras.layers.Flatten(),
            keras.layers.Dense(units, name="out"),
        ]
    )
    if compiled:
        model.compile("sgd", loss)
    return model


def bound(dataset, model=None):
    return bind(dataset, model or classifier()).train


def refusal(dataset, model=None):
    with pytest.raises(InputError) as caught:
        bind(dataset, model or classifier())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_rows_take_the_types_that_keras_gives_them():
    rows = bound(data(weights=np.ones(8)))
    assert [rows.inputs[0].dtype, rows.targets[0].dtype, rows.weights.dtype] == [
        np.float32,
        np.int32,
        np.float32,
    ]
    assert bound(data(y=X[:, 0]), classifier(1, "mse")).targets[0].dtype == np.float32


def test_an_axis_of_one_is_added_or_taken_away():
    images = np.zeros((8, 4, 4))
    assert bound(data(images), classifier(shape=(4, 4, 1))).inputs[0].shape == (8, 4, 4, 1)
    assert bound(data(X[..., None])).inputs[0].shape == (8, 3)
    assert bound(data(y=Y[:, None])).targets[0].shape == (8,)
    assert bound(data(y=X[:, 0]), classifier(1, "mse")).targets[0].shape == (8, 1)
    one_hot = np.eye(3)[Y]
    assert bound(data(y=one_hot[..., None]), classifier(3, "mse")).targets[0].shape == (8, 3)


def two_inputs():
    a, b = keras.Input((3,), name="a"), keras.Input((1,), name="b", dtype="int32")
    joined = keras.layers.Concatenate()([a, keras.ops.cast(b, "float32")])
    outputs = [
        keras.layers.Dense(1, name="price")(joined),
        keras.layers.Dense(3, name="kind")(joined),
    ]
    model = keras.Model([a, b], outputs)
    model.compile("sgd", ["mse", "sparse_categorical_crossentropy"])
    return model


def test_names_decide_the_order_where_they_are_given():
    dataset = data((Y, X), (Y, X[:, 0]), input_names=("b", "a"), target_names=("kind", "price"))
    rows = bind(dataset, two_inputs())
    assert [array.shape for array in rows.train.inputs] == [(8, 3), (8, 1)]
    assert [array.dtype for array in rows.train.inputs] == [np.float32, np.int32]
    assert [array.shape for array in rows.train.targets] == [(8, 1), (8,)]
    assert (rows.input_names, rows.target_names) == (("a", "b"), ("price", "kind"))


def test_without_names_the_order_decides():
    rows = bound(data((X, Y), (X[:, 0], Y)), two_inputs())
    assert rows.inputs[0].shape == (8, 3)


def test_models_with_dicts_are_bound_by_their_keys():
    a, b = keras.Input((3,), name="left"), keras.Input((2,), name="right")
    model = keras.Model(
        {"left": a, "right": b},
        {"u": keras.layers.Dense(1)(a), "v": keras.layers.Dense(3)(b)},
    )
    model.compile("sgd", {"v": "sparse_categorical_crossentropy", "u": "mae"})
    dataset = data(
        (X[:, :2], X), (Y, X[:, 1]), input_names=("right", "left"), target_names=("v", "u")
    )
    rows = bind(dataset, model)
    assert [array.shape for array in rows.train.inputs] == [(8, 3), (8, 2)]
    assert [array.dtype for array in rows.train.targets] == [np.float32, np.int32]
    assert rows.input_names == ("left", "right")


def test_columns_of_a_table_go_to_inputs_of_their_names():
    inputs = [keras.Input((1,), name=name) for name in ("b", "a")]
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()(inputs)))
    model.compile("sgd", "mse")
    table = data(X, X[:, 0], column_names=("a", "b", "c"))
    rows = bound(table, model)
    np.testing.assert_array_equal(rows.inputs[0][:, 0], X[:, 1])
    np.testing.assert_array_equal(rows.inputs[1][:, 0], X[:, 0])
    assert refusal(replace(table, column_names=("a", "d", "c")), model) == (
        "data.npz: the model has an input 'b', but there is no column of that name; name the"
        " columns as the inputs, or give the rows by a function"
    )


def test_class_names_become_one_hot_where_the_loss_wants_them():
    dataset = data(class_names=("a", "b", "c"))
    model = classifier(3, "categorical_crossentropy")
    np.testing.assert_array_equal(bound(dataset, model).targets[0], np.eye(3)[Y])


def test_text_goes_to_models_that_take_text():
    words = np.array(["good film", "bad film", "a film"])
    vectorizer = keras.layers.TextVectorization(output_sequence_length=2, vocabulary=["film"])
    model = keras.Sequential(
        [
            keras.Input((1,), dtype="string"),
            vectorizer,
            keras.layers.Embedding(3, 2),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    rows = bound(data(words, Y[:3]), model)
    assert rows.inputs[0].shape == (3, 1)
    assert "takes text" in refusal(data(X[:3, :1], Y[:3]), model)
    assert refusal(data(words, Y[:3])) == (
        "data.npz: the training inputs hold text, but the model's input 'x' takes float32; give"
        " what its preprocessing makes of them, e.g. by a function"
    )


@keras.saving.register_keras_serializable("binding")
class Own(keras.Model):
    def __init__(self, units=3):
        super().__init__()
        self.dense = keras.layers.Dense(units)

    def call(self, x):
        return self.dense(x)


def test_models_made_in_code_are_asked_for_their_output():
    model = Own()
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert bound(data(), model).targets[0].dtype == np.int32
    assert "labels must be 0 to 2 (subtract 1)" in refusal(data(y=Y + 1), model)
    model(X)
    assert refusal(data(X[:, :2]), model).startswith("data.npz: the model can't take its rows: ")


def test_models_without_a_loss_have_no_labels_checked():
    rows = bound(data(y=np.full((8, 3), 7.5)), classifier(compiled=False))
    assert rows.targets[0][0, 0] == 7.5


def test_losses_of_the_users_own_have_no_labels_checked():
    def sparse_categorical_crossentropy(y_true, y_pred):
        return keras.ops.mean(y_pred)

    model = classifier(3, sparse_categorical_crossentropy)
    assert bound(data(y=np.full((8, 3), -1.0)), model).targets[0].dtype == np.float32


def test_an_ignored_class_may_be_out_of_range():
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=255)
    assert bound(data(y=np.where(Y == 0, 255, Y)), classifier(3, loss)).targets[0].max() == 255


def test_soft_labels_and_masked_rows_pass():
    soft = np.full((8, 3), 1 / 3)
    soft[0] = 0
    assert bound(data(y=soft), classifier(3, "categorical_crossentropy")).targets[0][0].sum() == 0
    half = np.full((8, 1), 0.5)
    assert bound(data(y=half), classifier(1, "binary_crossentropy")).targets[0][0] == 0.5


BAD = np.where(X == 4, np.nan, X)
ONE_HOT = np.eye(3)[Y]
SPARSE = "sparse_categorical_crossentropy"


@pytest.mark.parametrize(
    ("dataset", "model", "what"),
    [
        (
            data(X[:, :2]),
            {},
            "data.npz: the training inputs have rows of shape (2,), but the model's input 'x' takes"
            " (3,): axis 1 has 2 instead of 3; give what the model was trained on",
        ),
        (
            data(np.zeros((8, 1, 4, 5))),
            {"shape": (4, 5, 1)},
            "data.npz: the training inputs have rows of shape (1, 4, 5), but the model's input 'x'"
            " takes (4, 5, 1): axis 1 has 1 instead of 4; transpose the axes",
        ),
        (
            data(np.zeros((8, 3, 2))),
            {},
            "data.npz: the training inputs have rows of shape (3, 2), but the model's input 'x'"
            " takes (3,): 2 axes instead of 1; reshape them as for the training",
        ),
        (
            data((X, X)),
            {},
            "data.npz: has 2 inputs, but the model 1 input (x); give an array for each, named like"
            " it",
        ),
        (
            data(BAD),
            {},
            "data.npz: the training inputs are NaN or infinite in 1 rows (first: row 1); fill or"
            " drop them as for the training",
        ),
        (
            data(BAD, column_names=("a", "b", "c")),
            {},
            "data.npz: the training inputs are NaN or infinite in 1 rows (first: row 1) in the"
            " column 'b'; fill or drop them as for the training",
        ),
        (
            data(np.where(X == 4, 1e300, X)),
            {},
            "data.npz: the training inputs are NaN or infinite in 1 rows (first: row 1); fill or"
            " drop them as for the training",
        ),
        (
            data(y=np.where(Y == 2, np.nan, Y)),
            {},
            "data.npz: the training targets are NaN or infinite in 2 rows (first: row 2); fill or"
            " drop them as for the training",
        ),
        (
            data(y=np.where(Y == 2, 1e300, Y)),
            {"loss": "mse", "units": 1},
            "data.npz: the training targets are NaN or infinite in 2 rows (first: row 2); fill or"
            " drop them as for the training",
        ),
        (
            data(y=Y + 1),
            {},
            "data.npz: the training targets hold the labels 1 to 3, but the output 'out' has 3"
            " units: labels must be 0 to 2 (subtract 1)",
        ),
        (
            data(y=Y - 1),
            {},
            "data.npz: the training targets hold the labels -1 to 1, but the output 'out' has 3"
            " units: labels must be 0 to 2",
        ),
        (
            data(y=Y / 2),
            {},
            "data.npz: the training targets are not whole numbers, but"
            " sparse_categorical_crossentropy takes class numbers",
        ),
        (
            data(y=ONE_HOT),
            {},
            "data.npz: the training targets are rows of 3 numbers, as one-hot rows are, but"
            " sparse_categorical_crossentropy takes class numbers; give y.argmax(-1), or compile"
            " with categorical_crossentropy",
        ),
        (
            data(),
            {"loss": "categorical_crossentropy"},
            "data.npz: the training targets are class numbers, but categorical_crossentropy takes"
            " one-hot rows of 3; give keras.utils.to_categorical(y, 3), or compile with"
            " sparse_categorical_crossentropy",
        ),
        (
            data(y=2 * ONE_HOT),
            {"loss": "categorical_crossentropy"},
            "data.npz: the training targets have a row that sums to 2, but"
            " categorical_crossentropy takes rows of probabilities that sum to 1",
        ),
        (
            data(y=np.eye(4)[Y]),
            {"loss": "categorical_crossentropy"},
            "data.npz: the training targets have rows of shape (4,), but the model's output 'out'"
            " gives (3,); give what it was trained on",
        ),
        (
            data(y=2 * (Y % 2) - 1),
            {"units": 1, "loss": "binary_crossentropy"},
            "data.npz: the training targets run from -1 to 1, but binary_crossentropy takes 0 to 1;"
            " turn -1 into 0",
        ),
        (
            data(y=Y),
            {"units": 1, "loss": "hinge"},
            "data.npz: the training targets run from 0 to 2, but hinge takes -1 and 1",
        ),
        (
            data(y=X[:, 0] - 5),
            {"units": 1, "loss": "poisson"},
            "data.npz: the training targets go down to -5, but poisson takes no negative numbers",
        ),
        (
            data(y=X),
            {"units": 1, "loss": "mse"},
            "data.npz: the training targets have rows of shape (3,), but the model's output 'out'"
            " gives (1,); give what it was trained on",
        ),
        (
            data(y=Y),
            {"units": 3, "loss": "mse"},
            "data.npz: the training targets have rows of shape (), but the model's output 'out'"
            " gives (3,); give what it was trained on",
        ),
        (
            data(weights=-np.ones(8)),
            {},
            "data.npz: the training sample weights go down to -1; they must not be negative",
        ),
        (
            data(weights=np.zeros(8)),
            {},
            "data.npz: the training sample weights are all 0: nothing would count",
        ),
        (
            data(weights=np.full(8, np.inf)),
            {},
            "data.npz: the training sample weights are not all finite numbers",
        ),
        (
            data(weights=np.full(8, 1e300)),
            {},
            "data.npz: the training sample weights are not all finite numbers",
        ),
    ],
)
def test_every_refusal_says_what_to_do(dataset, model, what):
    assert refusal(dataset, classifier(**model)) == what


def test_names_that_the_model_does_not_have_are_refused():
    dataset = data((X, Y), (X[:, 0], Y), input_names=("a", "c"))
    assert refusal(dataset, two_inputs()) == (
        "data.npz: no input is called 'b' as in the model, but a, c; use the model's names, or"
        " number them in the model's order"
    )


def test_validation_rows_are_checked_too():
    dataset = data()
    worse = Rows(inputs=(BAD,), targets=dataset.val.targets)
    assert "the validation inputs are NaN" in refusal(replace(dataset, val=worse))


def test_a_loss_of_the_users_own_takes_targets_of_another_shape_than_the_output():
    def interval_loss(y, bounds):
        return keras.ops.mean(keras.ops.abs(y - bounds), axis=-1)

    prices = np.arange(8.0)[:, None]
    rows = bound(data(y=prices), classifier(units=2, loss=interval_loss))
    assert rows.targets[0].shape == (8, 1)
    assert "gives (2,)" in refusal(data(y=prices), classifier(units=2, loss="mse"))


def test_what_keras_says_comes_without_its_colors():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.final = keras.layers.Dense(3)
            self.final.build((None, 4))

        def call(self, x):
            return self.final(x)

    model = Own()
    model.compile("sgd", "mse")
    complaint = refusal(data(), model)
    assert complaint.startswith("data.npz: the model can't take its rows: ")
    assert "\x1b" not in complaint


def test_a_model_that_needs_its_rows_in_order_is_refused():
    model = keras.Sequential(
        [keras.Input(batch_shape=(4, 3, 1)), keras.layers.LSTM(2, stateful=True, name="memory")]
    )
    model.compile("sgd", "mse")
    assert refusal(data(x=X[..., None], y=np.ones((8, 2))), model) == (
        "model: stateful layers (memory) keep their state from batch to batch, but probes shuffle"
        " the rows; build them with stateful=False, or add --no-probe"
    )


def test_bound_rows_train_in_keras_as_they_are():
    model = two_inputs()
    rows = bound(data((X, Y), (X[:, 0], Y)), model)
    model.train_on_batch(list(rows.inputs), list(rows.targets))


@pytest.fixture
def streamed(monkeypatch):
    monkeypatch.setattr(tensor_rows, "MAX_BYTES", 100)

    def make(x, y):
        rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(4)
        return open_data((rows, rows))

    return make


def test_streams_are_ordered_and_cast_like_arrays(streamed):
    stream = bind(streamed({"b": Y, "a": X}, {"kind": Y, "price": X[:, 0]}), two_inputs())
    (a, b), (price, kind), weight = next(numpy_elements(stream.train))
    assert [a.shape, b.shape, price.shape, kind.shape, weight] == [(3,), (1,), (1,), (), None]
    assert [a.dtype, b.dtype, price.dtype, kind.dtype] == [
        np.float32,
        np.int32,
        np.float32,
        np.int32,
    ]
    assert stream.notes[-1] == "Only the first 1,000 rows of each part were checked."


def test_streams_are_refused_like_arrays(streamed):
    assert refusal(streamed(X, Y + 1)) == (
        "data: the training targets hold the labels 1 to 3, but the output 'out' has 3 units:"
        " labels must be 0 to 2 (subtract 1)"
    )
