"""Everything that `--data` takes, as real files, folders and functions."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.dataset import Dataset
from advisor.inputs.model_file import open_model
from advisor.training.rows import image_folder, sources, tensor_rows
from advisor.training.rows.sources import open_data
from advisor.training.rows.streamed import StreamedDataset, numpy_elements

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3)).astype(np.float32)
Y = np.arange(40) % 2
FOUR = {"x_train": X[:30], "y_train": Y[:30], "x_val": X[30:], "y_val": Y[30:]}


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(source, model=None, **wishes):
    with pytest.raises(InputError) as caught:
        open_data(source, model, **wishes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def is_four(data: Dataset) -> bool:
    np.testing.assert_array_equal(data.train.inputs[0], FOUR["x_train"])
    np.testing.assert_array_equal(data.train.targets[0], FOUR["y_train"])
    np.testing.assert_array_equal(data.val.inputs[0], FOUR["x_val"])
    np.testing.assert_array_equal(data.val.targets[0], FOUR["y_val"])
    return data.val_origin == "given"


def test_npz_files_are_read_and_hashed(here):
    np.savez("data.npz", **FOUR)
    data = open_data("data.npz")
    assert is_four(data)
    assert data.sha256 == sha256(Path("data.npz").read_bytes()).hexdigest()
    assert is_four(open_data(Path("data.npz")))


def test_formats_go_by_content_and_not_by_ending(here):
    np.savez("data.npz", **FOUR)
    Path("data.npz").rename("train.csv")
    assert is_four(open_data("train.csv"))


def test_csv_files_and_folders_of_them(here):
    rows = [f"{a},{b},{'yes' if y else 'no'}" for (a, b), y in zip(X[:, :2], Y, strict=True)]
    Path("all.csv").write_text("\n".join(["a,b,y", *rows]))
    data = open_data("all.csv", target="y")
    assert (len(data.train), len(data.val), data.val_origin) == (32, 8, "split off")
    assert data.class_names == ("no", "yes")
    folder = here / "parts"
    folder.mkdir()
    (folder / "train.csv").write_text("\n".join(["a,b,y", *rows[:30]]))
    (folder / "valid.csv").write_text("\n".join(["a,b,y", *rows[30:]]))
    data = open_data("parts", target="y")
    np.testing.assert_allclose(data.val.inputs[0], X[30:, :2])
    assert data.val.targets[0].tolist() == Y[30:].tolist()
    assert data.sha256 is not None
    assert data.sha256 != open_data("all.csv", target="y").sha256


def test_a_folder_with_a_test_table_needs_permission(here):
    Path("parts").mkdir()
    for name in ("train", "test"):
        (Path("parts") / f"{name}.csv").write_text("a,y\n1,0\n2,1\n")
    assert refusal("parts", target="y") == (
        "parts: has a test part but no validation part, and a test part is for the end, not for"
        " choosing a recipe; add a validation part, leave the test part out, or allow it with"
        " --use-test"
    )
    data = open_data("parts", target="y", use_test=True)
    assert data.notes[1:2] == (
        "Validated on the test part, as --use-test allows: keep other rows for the end.",
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x93NUMPY\x01\x00", "is a single array; save all of them in one file with np.savez"),
        (b"\x80\x04K\x01.", "is a pickle, which runs code when it is read; use np.savez"),
        (b"\x89HDF\r\n\x1a\n", "is an HDF5 file; save its arrays with np.savez"),
        (b"", "is empty; export it again"),
        (b"PK\x05\x06" + bytes(18), "holds no arrays; save them with np.savez"),
    ],
)
def test_other_files_are_refused(here, content, what):
    Path("data.bin").write_bytes(content)
    assert refusal("data.bin") == f"data.bin: {what}"


def test_what_is_not_there_is_refused(here):
    assert refusal("nothing.npz") == (
        "nothing.npz: no such file or folder; give an .npz file, a CSV or Parquet file, a folder"
        " saved by tf.data.Dataset.save, a folder of images, or package.module:function"
    )
    Path("empty").mkdir()
    assert refusal("empty").startswith("empty: is a folder without data that is known; give an")


def test_columns_are_named_only_for_tables(here):
    np.savez("data.npz", **FOUR)
    assert refusal("data.npz", target="y") == (
        "data.npz: --target names a column of a CSV or Parquet file, which this is not; leave it"
        " out"
    )
    assert refusal("data.npz", group="who") == (
        "data.npz: --group names a column of a CSV or Parquet file, which this is not; leave it"
        " out, or add arrays groups_train and groups_val"
    )


MODULE = """
    import numpy as np
    X = np.arange(40.0).reshape(20, 2); Y = np.arange(20) % 2
    def pair(): return X, Y
    def four(): return X[:15], Y[:15], X[15:], Y[15:]
    def nested(): return (X[:15], Y[:15]), (X[15:], Y[15:])
    def names(): return {"x_train": X[:15], "y_train": Y[:15], "x_val": X[15:], "y_val": Y[15:]}
    class Maker:
        @staticmethod
        def make(): return X, Y
    def broken():
        raise KeyError("price\\nlist")
    def leaving():
        import sys
        sys.exit(3)
    def nothing(): pass
    table = X
"""


@pytest.fixture
def module(here, monkeypatch):
    (here / "pack").mkdir()
    (here / "pack" / "my_rows.py").write_text(dedent(MODULE))
    monkeypatch.syspath_prepend("/nowhere")  # forgets what the tests before imported
    for name in ("pack.my_rows", "pack"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    return "pack.my_rows"


@pytest.mark.parametrize("function", ["four", "nested", "names"])
def test_functions_in_the_working_directory_give_the_rows(module, function):
    data = open_data(f"{module}:{function}")
    assert (len(data.train), len(data.val)) == (15, 5)
    assert (data.source, data.sha256) == (f"pack.my_rows:{function}", None)


@pytest.mark.parametrize("function", ["pair", "Maker.make"])
def test_functions_without_a_validation_part_have_one_split_off(module, function):
    assert open_data(f"{module}:{function}").val_origin == "split off"


def test_a_path_that_exists_wins_over_a_function(module, here):
    np.savez("arrays.npz", **FOUR)
    Path("arrays.npz").rename("pack.my_rows:four")
    assert is_four(open_data("pack.my_rows:four"))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("pack.my_rows:broken", r"raised KeyError: 'price\nlist' at my_rows.py, line 12"),
        ("pack.my_rows:leaving", "raised SystemExit: 3 at my_rows.py, line 15"),
        ("pack.my_rows:absent", "pack.my_rows has no 'absent'; name a function"),
        ("pack.my_rows:table", "is a ndarray, not a function without arguments"),
        (
            "pack.my_rows:nothing",
            "None is no data; give (x, y), (x_train, y_train, x_val, y_val), ((x, y), (x_val,"
            " y_val)), or a dict of these names",
        ),
        ("pack.my_rows:", "is neither a file nor package.module:function"),
    ],
)
def test_functions_that_fail_are_told_in_one_line(module, name, what):
    assert refusal(name) == f"{name}: {what}"


def test_a_module_that_is_not_there_is_told(module, here):
    assert refusal("pack.absent:rows") == (
        f"pack.absent:rows: there is no such file, and no module 'pack.absent' in {here} or among"
        " the installed packages"
    )


def test_a_module_that_lacks_another_is_told(module, here):
    (here / "lacking.py").write_text("import absent_package\n")
    assert refusal("lacking:rows") == (
        "lacking:rows: raised ModuleNotFoundError: No module named 'absent_package' at lacking.py,"
        " line 1"
    )


def test_the_search_path_is_as_before(module, here):
    import sys

    before = list(sys.path)
    open_data("pack.my_rows:four")
    assert sys.path == before


@pytest.mark.tensorflow
@pytest.mark.parametrize("batch", [None, 7])
def test_a_saved_tf_data_set_is_loaded(tf, here, batch):
    rows = tf.data.Dataset.from_tensor_slices((X, Y))
    (rows.batch(batch) if batch else rows).save("all")
    data = open_data("all")
    assert sorted(map(tuple, np.vstack([data.train.inputs[0], data.val.inputs[0]]))) == sorted(
        map(tuple, X)
    )
    assert data.val_origin == "split off"
    assert len(data.sha256) == 64


@pytest.mark.tensorflow
def test_saved_parts_in_one_folder_are_loaded(tf, here):
    for name, part in (("train", slice(0, 30)), ("val", slice(30, None))):
        tf.data.Dataset.from_tensor_slices((X[part], Y[part])).batch(8).save(f"parts/{name}")
    assert is_four(open_data("parts"))


@pytest.mark.tensorflow
def test_a_damaged_saved_set_is_refused(tf, here):
    Path("all").mkdir()
    (Path("all") / "dataset_spec.pb").write_bytes(b"junk")
    assert refusal("all").startswith("all: 'all' cannot be loaded as tf.data (")


@pytest.mark.tensorflow
def test_tf_data_objects_with_names_weights_and_text(tf):
    elements = ({"b": X, "a": Y.astype(str)}, Y, np.linspace(0, 1, 40))
    train = tf.data.Dataset.from_tensor_slices(elements).batch(16)
    data = open_data((train, train))
    assert data.input_names == ("a", "b")
    assert data.train.inputs[0].tolist() == Y.astype(str).tolist()
    np.testing.assert_array_equal(data.train.inputs[1], X)
    np.testing.assert_allclose(data.train.weights, np.linspace(0, 1, 40))
    assert data.duplicates == 40
    assert len(open_data({"train": train, "validation": train}).val) == 40


@pytest.mark.tensorflow
def test_the_model_tells_batches_from_rows(tf, keras):
    sequences = tf.data.Dataset.from_tensor_slices((np.zeros((12, 5, 2)), np.zeros((12, 5))))
    model = keras.Sequential([keras.Input((5, 2)), keras.layers.Dense(1)])
    assert len(open_data((sequences, sequences), model).train) == 12
    # without a model, rows of five steps with a label each look like batches of five rows
    assert len(open_data((sequences, sequences)).train) == 60


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda tf: tf.data.Dataset.from_tensor_slices(X), "data: its elements are single tensors,"
         " without targets; give (x, y) or (x, y, sample_weight)"),
        (
            lambda tf: tf.data.Dataset.from_tensor_slices((X, Y)).repeat(),
            "data: repeats its rows for ever; leave .repeat() out",
        ),
        (
            lambda tf: tf.data.Dataset.from_tensor_slices(
                (tf.ragged.constant([[1.0], [2.0, 3.0]]), [0, 1])
            ),
            "data: holds a RaggedTensor; make it a plain tensor, e.g. with .to_tensor() and one"
            " length for all rows",
        ),
        (
            lambda tf: tf.data.Dataset.from_generator(
                lambda: iter([(np.zeros((2, 3)), [0, 1]), (np.zeros((2, 4)), [0, 1])]),
                output_signature=(tf.TensorSpec((None, None)), tf.TensorSpec((None,))),
            ),
            "data: its rows have different shapes; pad or crop them to one",
        ),
        (
            lambda tf: tf.data.Dataset.from_tensor_slices((X, Y)).take(0),
            "data: has a part without rows",
        ),
    ],
)  # fmt: skip
def test_tf_data_of_other_forms_is_refused(tf, make, what):
    assert refusal(make(tf)) == what


@pytest.mark.tensorflow
def test_py_datasets_are_read_batch_by_batch(keras):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            part = slice(8 * index, 8 * index + 8)
            return X[part], Y[part]

    data = open_data((Batches(), Batches()))
    np.testing.assert_array_equal(data.train.inputs[0], X)
    np.testing.assert_array_equal(data.val.targets[0], Y)


@pytest.mark.tensorflow
def test_a_py_dataset_that_fails_is_told(keras):
    class Broken(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            raise OSError("disk is gone")

    assert refusal(Broken()).startswith("data: raised OSError: disk is gone at test_sources.py")


def stream_elements(rows):
    return list(numpy_elements(rows))


@pytest.mark.tensorflow
def test_rows_above_the_limit_are_streamed(tf, monkeypatch):
    monkeypatch.setattr(tensor_rows, "MAX_BYTES", 100)
    train = tf.data.Dataset.from_tensor_slices(({"b": X, "a": Y}, Y)).batch(7)
    stream = open_data((train, train.take(2)))
    assert isinstance(stream, StreamedDataset)
    assert (stream.n_train, stream.n_val, stream.input_names) == (40, 14, ("a", "b"))
    (a, b), (y,), weight = stream_elements(stream.train)[5]
    assert (a, y, weight) == (Y[5], Y[5], None)
    np.testing.assert_array_equal(b, X[5])
    assert "takes more than" in refusal(train)


@pytest.mark.tensorflow
def test_arrays_above_the_limit_are_streamed_from_their_file(tf, here, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 100)
    np.savez("data.npz", **FOUR, sample_weight=np.linspace(0, 1, 30))
    stream = open_data("data.npz")
    assert (stream.n_train, stream.n_val) == (30, 10)
    (x,), (y,), weight = stream_elements(stream.train)[29]
    np.testing.assert_array_equal(x, X[29])
    assert (y, weight) == (Y[29], 1)
    assert stream_elements(stream.val)[0][2] is None
    assert stream.sha256 is not None


def drawn_images(tf, root: Path, classes=("cat", "dog"), count=6):
    for number, name in enumerate(classes):
        folder = root / name
        folder.mkdir(parents=True)
        for index in range(count):
            pixels = np.full((9, 7, 3), 40 * number + index, dtype=np.uint8)
            tf.io.write_file(str(folder / f"{index}.png"), tf.io.encode_png(pixels))


def image_model(keras, shape=(8, 8, 1)):
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(2)])


@pytest.mark.tensorflow
def test_image_folders_are_read_in_the_size_of_the_model(tf, keras, here):
    drawn_images(tf, here / "photos" / "train")
    drawn_images(tf, here / "photos" / "val", count=2)
    data = open_data("photos", image_model(keras))
    assert data.train.inputs[0].shape == (12, 8, 8, 1)
    assert data.train.targets[0].tolist() == [0] * 6 + [1] * 6
    assert data.class_names == ("cat", "dog")
    assert data.train.inputs[0][8, 0, 0, 0] == 42  # the third dog is of grey 40 + 2
    assert len(data.val) == 4


@pytest.mark.tensorflow
def test_image_folders_equal_what_keras_reads(tf, keras, here):
    drawn_images(tf, here / "photos")
    data = open_data("photos", image_model(keras, (5, 6, 3)))
    of_keras = keras.utils.image_dataset_from_directory(
        "photos", image_size=(5, 6), shuffle=False, verbose=False, batch_size=None
    )
    pixels = np.stack([x.numpy() for x, _ in of_keras])
    ours = np.concatenate([data.train.inputs[0], data.val.inputs[0]])
    order = np.argsort(ours[:, 0, 0, 0], kind="stable")
    np.testing.assert_allclose(ours[order], pixels, atol=1e-4)
    assert data.val_origin == "split off"


@pytest.mark.tensorflow
def test_the_size_of_images_comes_from_the_file_too(tf, keras, here):
    drawn_images(tf, here / "photos")
    image_model(keras).save("model.keras")
    with open_model(Path("model.keras")) as facts:
        assert open_data("photos", facts).train.inputs[0].shape[1:] == (8, 8, 1)


@pytest.mark.tensorflow
def test_images_without_a_size_or_with_damage_are_refused(tf, keras, here):
    drawn_images(tf, here / "photos")
    assert refusal("photos") == (
        "photos: holds images, but the model does not say their size: its input must have the"
        " shape (height, width, channels); give the rows as arrays or tf.data instead"
    )
    (here / "photos" / "cat" / "0.png").write_bytes(b"no image")
    assert refusal("photos", image_model(keras)).startswith(
        "photos: 'cat/0.png' is no readable image ("
    )


@pytest.mark.tensorflow
def test_classes_that_training_lacks_are_refused(tf, keras, here):
    drawn_images(tf, here / "photos" / "train")
    drawn_images(tf, here / "photos" / "val", classes=("cow",))
    assert refusal("photos", image_model(keras)) == (
        "photos: 'val' has the class 'cow', which the training part has not; give both the same"
    )


@pytest.mark.tensorflow
def test_many_images_are_streamed(tf, keras, here, monkeypatch):
    monkeypatch.setattr(image_folder, "MAX_BYTES", 100)
    drawn_images(tf, here / "photos" / "train")
    drawn_images(tf, here / "photos" / "val", count=2)
    stream = open_data("photos", image_model(keras))
    assert (stream.n_train, stream.n_val) == (12, 4)
    (x,), (y,), weight = stream_elements(stream.train)[8]
    assert (x.shape, x[0, 0, 0], y, weight) == ((8, 8, 1), 42, 1, None)


def test_data_sets_pass_through():
    data = open_data((X[:30], Y[:30], X[30:], Y[30:]))
    assert is_four(data)
    assert open_data(data) is data
    assert replace(data, source="other").train is data.train
