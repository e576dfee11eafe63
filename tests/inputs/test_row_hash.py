import numpy as np
import pytest

from advisor.inputs.dataset import Rows
from advisor.inputs.row_hash import RowsHasher, rows_sha256

X = np.arange(12, dtype="float32").reshape(4, 3) / 7
Y = np.array([0, 1, 1, 0])


def sha(x: object, y: object) -> str:
    return rows_sha256(Rows(inputs=(np.asarray(x),), targets=(np.asarray(y),)))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X.astype("float64"), Y),
        (X, Y.astype("int8")),
        (X, Y.astype("float32")),  # labels are as often numbers
        (X, Y.reshape(4, 1)),
        (X.reshape(4, 3, 1), Y),
        (np.asfortranarray(X), Y),
    ],
)
def test_the_same_rows_in_another_form_have_the_same_hash(x: object, y: object) -> None:
    assert sha(x, y) == sha(X, Y)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X[::-1], Y),
        (X + 1e-6, Y),
        (X, 1 - Y),
        (X[:3], Y[:3]),
        (X.reshape(4, 1, 3).repeat(2, axis=1), Y),
        (Y, X),  # what is predicted from what
    ],
)
def test_other_rows_have_another_hash(x: object, y: object) -> None:
    assert sha(x, y) != sha(X, Y)


def test_several_inputs_count_in_any_order() -> None:
    both = Rows(inputs=(X, Y), targets=(Y,))
    assert rows_sha256(both) == rows_sha256(Rows(inputs=(Y, X), targets=(Y,)))
    assert rows_sha256(both) != rows_sha256(Rows(inputs=(X, X), targets=(Y,)))


def test_batches_of_any_size_have_the_hash_of_all_rows() -> None:
    for size in (1, 3, 4):
        hasher = RowsHasher()
        for at in range(0, 4, size):
            hasher.update((X[at : at + size],), (Y[at : at + size],))
        assert hasher.hexdigest() == sha(X, Y)


def test_text_counts_by_its_letters() -> None:
    words = np.array(["a", "bc"])
    assert sha(words, [0, 1]) == sha(words.astype(object), [0, 1])
    assert sha(words, [0, 1]) == sha(np.array([b"a", b"bc"]), [0, 1])
    assert sha(words, [0, 1]) != sha(np.array(["ab", "c"]), [0, 1])
