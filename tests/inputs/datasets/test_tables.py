"""CSV and Parquet files as tables of inputs and a target."""

import sys

import numpy as np
import pytest

from advisor.errors import InputError, MissingExtraError
from advisor.inputs.datasets.csv_file import read_csv
from advisor.inputs.datasets.parquet import read_parquet
from advisor.inputs.datasets.table import column_of, parts_of_tables


def table(tmp_path, text, name="train.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_csv(path)


def parts(tmp_path, text, target="y", group=None):
    return parts_of_tables(table(tmp_path, text), None, "train.csv", target=target, group=group)


def refusal(tmp_path, text, target="y", group=None):
    with pytest.raises(InputError) as caught:
        parts(tmp_path, text, target, group)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_numeric_columns_but_the_target_are_one_input(tmp_path):
    found = parts(tmp_path, "a,y,b\n1,0,2.5\n3,1,-4e1\n")
    np.testing.assert_array_equal(found.train.inputs[0], np.float32([[1, 2.5], [3, -40]]))
    assert found.train.inputs[0].dtype == np.float32
    assert found.train.targets[0].tolist() == [0, 1]
    assert found.train.targets[0].dtype == np.int64
    assert found.column_names == ("a", "b")
    assert found.notes == ("Inputs: 2 columns. Target: y.",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_that_of_the_header(tmp_path, delimiter):
    text = "a,b,y\n1,2,0\n3,4,1\n".replace(",", delimiter)
    assert parts(tmp_path, text).train.inputs[0].tolist() == [[1, 2], [3, 4]]


def test_what_spreadsheets_write_is_read(tmp_path):
    found = parts(tmp_path, '\ufeff"a","y"\r\n" 1 ",TRUE\r\n\r\n2,false\r\n')
    assert found.train.inputs[0].tolist() == [[1], [2]]
    assert found.train.targets[0].tolist() == [1, 0]


def test_an_index_that_pandas_wrote_is_left_out(tmp_path):
    found = parts(tmp_path, ",a,y\n0,5,0\n1,7,1\n")
    assert found.column_names == ("a",)
    assert found.notes[-1].startswith("Left out, as it only counts the rows: ")


def test_columns_without_names_are_called_by_number(tmp_path):
    assert parts(tmp_path, "0,1,2\n5,6,0\n7,8,1\n", target="2").column_names == ("0", "1")


def test_several_targets_are_columns_of_one(tmp_path):
    found = parts(tmp_path, "a,u,v\n1,2,.5\n2,3,4\n", target="u,v")
    assert found.train.targets[0].tolist() == [[2, 0.5], [3, 4]]


def test_groups_and_sample_weights_are_no_inputs(tmp_path):
    found = parts(tmp_path, "a,who,sample_weight,y\n1,x,1,0\n2,z,.5,1\n", group="who")
    assert found.column_names == ("a",)
    assert found.train_groups.tolist() == ["x", "z"]
    assert found.train.weights.tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("column", "is_sequence"), [("time", True), ("Year", True), ("timed", False)]
)
def test_a_column_of_rising_times_makes_a_sequence(tmp_path, column, is_sequence):
    text = f"{column},y\n" + "".join(f"{2000 + i // 2},{i % 3}\n" for i in range(9))
    assert parts(tmp_path, text).is_sequence is is_sequence


def test_shuffled_times_make_none(tmp_path):
    assert not parts(tmp_path, "time,y\n3,0\n1,1\n2,0\n").is_sequence


def test_training_and_validation_tables_share_their_columns(tmp_path):
    train = table(tmp_path, "a,y\n1,0\n2,1\n")
    val = table(tmp_path, "y,a\n1,5\n", "val.csv")
    found = parts_of_tables(train, val, "data", target="y", group=None)
    assert found.val.inputs[0].tolist() == [[5]]
    with pytest.raises(InputError) as caught:
        parts_of_tables(train, {"y": val["y"]}, "data", target="y", group=None)
    assert str(caught.value) == (
        "data: training and validation rows differ in the column 'a'; give both the same columns"
    )


@pytest.mark.parametrize(
    ("text", "target", "what"),
    [
        (
            "a,b\n1,2\n",
            None,
            "train.csv: say which column to predict with --target; it has 'a', 'b'",
        ),
        ("a,b\n1,2\n", "c", "train.csv: has no column 'c'; it has 'a', 'b'"),
        ("y\n1\n2\n", "y", "train.csv: has no column beside the target to predict it from"),
        (
            "a,y\nred,1\nblue,0\n",
            "y",
            "train.csv: the column 'a' holds text ('blue', 'red'); turn it into the numbers that"
            " the model takes, and give the rows by a function: --data pkg.mod:function",
        ),
        (
            "a,y\n1,1\n,0\nNA,1\n",
            "y",
            "train.csv: the column 'a' is empty in 2 of 3 rows (first in row 2); fill or drop them"
            " as for the training",
        ),
        (
            "a,y\n1,cat\n2,\n",
            "y",
            "train.csv: the column 'y' is empty in 1 of 2 rows (first in row 2); fill or drop them"
            " as for the training",
        ),
        (
            "a,y\n1,2\n3\n",
            "y",
            "train.csv: row 2 has 1 cells, but the header 2; quote cells that hold the delimiter",
        ),
        ("a,a\n1,2\n", "a", "train.csv: has two columns called 'a'; rename one"),
        ("a,y\n", "y", "train.csv: has no rows under a header line"),
        (
            "0.5,1\n0.25,0\n",
            "1",
            "train.csv: its first line holds numbers, not the columns' names; add a header line",
        ),
    ],
)
def test_every_refusal_says_what_to_do(tmp_path, text, target, what):
    assert refusal(tmp_path, text, target) == what


def test_other_encodings_are_refused(tmp_path):
    path = tmp_path / "train.csv"
    path.write_bytes("größe,y\n1,2\n".encode("latin-1"))
    with pytest.raises(InputError, match="is no CSV file in UTF-8"):
        read_csv(path)


def test_digits_with_underscores_are_text():
    assert column_of(["1_000", "2"]).dtype.kind == "U"


def test_parquet_without_a_reader_names_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = tmp_path / "train.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(MissingExtraError) as caught:
        read_parquet(path)
    assert str(caught.value) == (
        "train.parquet: reading Parquet takes pyarrow: pip install pyarrow"
    )


def test_parquet_columns_are_numbers_or_text(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "train.parquet"
    columns = {"a": [1, None, 3], "b": [True, False, True], "y": ["no", "yes", None]}
    parquet.write_table(pyarrow.table(columns), path)
    found = read_parquet(path)
    np.testing.assert_array_equal(found["a"], [1, np.nan, 3])
    assert found["b"].tolist() == [1, 0, 1]
    assert found["y"].tolist() == ["no", "yes", ""]
    parquet.write_table(pyarrow.table({"a": [[1], [2]]}), path)
    with pytest.raises(InputError, match="the column 'a' holds list<.*>, neither numbers nor text"):
        read_parquet(path)
    path.write_bytes(b"PAR1" + bytes(40))
    with pytest.raises(InputError, match=r"train\.parquet: is no readable Parquet file"):
        read_parquet(path)
