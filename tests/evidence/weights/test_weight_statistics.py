"""The statistics of tensors against sums by hand and against NumPy in float64."""

import numpy as np
import pytest

from advisor.evidence.weights.weight_statistics import (
    CHUNK_BYTES,
    measure_tensor,
    measure_weights,
)
from advisor.inputs.model_facts import TensorFacts
from tests.evidence.arrays import ArrayTensor, chain, layer, tensor


def test_sums_and_extremes_of_a_small_kernel():
    found = measure_tensor(tensor([[3, 0], [-4, 0], [0, 2]]))
    assert found.count == 6
    assert found.sum_magnitudes == 9  # 3 + 4 + 2
    assert found.sum_squares == 29  # 9 + 16 + 4
    assert (found.smallest, found.largest) == (-4, 3)
    assert found.zeros == 3
    assert found.rms == pytest.approx((29 / 6) ** 0.5)
    assert found.largest_magnitude == 4


def test_norms_of_output_units_are_those_of_columns():
    found = measure_tensor(tensor([[3, 0, 1], [4, 0, 1]]))
    assert found.units == 3
    assert found.largest_unit_norm == 5  # sqrt(9 + 16)
    assert found.median_unit_norm == pytest.approx(2**0.5)  # the middle of 5, 0, sqrt(2)


def test_a_unit_is_constant_without_two_different_weights():
    found = measure_tensor(tensor([[0, 7, 1, 0], [0, 7, 1, 0], [0, 7, 2, 1e-30]]))
    # the first two columns; the last one's square vanishes in float32, its weight doesn't
    assert found.constant_units == 2


def test_a_kernel_with_one_input_has_no_constant_units():
    assert measure_tensor(tensor([[5, 5, 0]])).constant_units == 1  # only the one at 0


def test_inputs_that_carry_nine_tenths_of_the_squared_norm():
    # squared norms of the rows 81, 9, 9, 1, 0: 81 + 9 are exactly 90 of 100
    found = measure_tensor(tensor([[1, 0], [3, 0], [9, 0], [0, 3], [0, 0]]))
    assert (found.inputs, found.heavy_inputs) == (5, 2)


def test_inputs_of_a_convolution_are_its_channels():
    kernel = np.zeros((2, 2, 3, 4), dtype=np.float32)
    kernel[:, :, 1] = 1.0  # only channel 1 is used, at all four places
    found = measure_tensor(tensor(kernel), "Conv2D")
    assert (found.inputs, found.heavy_inputs) == (3, 1)
    assert (found.rows, found.columns) == (12, 4)


def test_depthwise_units_are_channels_times_multiplier():
    kernel = np.ones((3, 3, 5, 2), dtype=np.float32)
    kernel[0, 0] = 2.0
    kernel[:, :, 4, 1] = 0.0
    found = measure_tensor(tensor(kernel, "depthwise_kernel"), "DepthwiseConv2D")
    assert (found.rows, found.columns, found.units, found.constant_units) == (9, 10, 10, 1)
    assert found.inputs is None
    assert found.spectral_norm is None


def test_units_of_a_head_projection_are_heads_times_width():
    kernel = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    query = measure_tensor(tensor(kernel, part="query_dense"), "MultiHeadAttention")
    assert (query.rows, query.columns, query.inputs) == (2, 12, 2)
    output = measure_tensor(tensor(kernel, part="_output_dense"), "GroupQueryAttention")
    assert (output.rows, output.columns, output.inputs) == (6, 4, 6)


def test_biases_and_embeddings_have_no_unit_figures():
    bias = measure_tensor(tensor([1.0, 2.0], "bias"))
    assert (bias.is_kernel, bias.sum_squares, bias.median, bias.units) == (False, 5, None, None)
    embeddings = measure_tensor(tensor(np.eye(4, dtype=np.float32), "embeddings"), "Embedding")
    assert (embeddings.is_kernel, embeddings.units, embeddings.inputs) == (True, None, None)


def test_a_transposed_convolution_has_its_inputs_last_and_no_unit_figures():
    kernel = np.ones((3, 3, 8, 2), dtype=np.float32)
    assert measure_tensor(tensor(kernel), "Conv2DTranspose").units is None


def test_nan_and_infinity_are_counted_and_left_out_of_the_sums():
    found = measure_tensor(tensor([[1, np.nan], [-2, np.inf], [0, 2]]))
    assert found.nonfinite == 2
    assert found.sum_squares == 9  # 1 + 4 + 0 + 4
    assert (found.smallest, found.largest) == (-2, 2)
    assert (found.zeros, found.near_zeros) == (1, 1)
    assert found.median is None


def test_a_tensor_of_nothing_but_nan_has_no_extremes():
    found = measure_tensor(tensor([[np.nan, np.nan]]))
    assert (found.nonfinite, found.smallest, found.largest, found.rms) == (2, None, None, 0)


def test_scalars_and_empty_tensors():
    assert measure_tensor(tensor(np.float32(3).reshape(()), "count")).sum_squares == 9
    empty = measure_tensor(tensor(np.zeros((0, 4), dtype=np.float32)))
    assert (empty.count, empty.is_kernel, empty.largest, empty.rms) == (0, False, None, 0)


def test_the_median_of_a_small_kernel_is_exact():
    found = measure_tensor(tensor([[-1, 1], [1, -1], [2, -2]]))
    assert found.median == 1  # of 1, 1, 1, 1, 2, 2
    assert not found.is_sampled


def test_a_large_kernel_is_sampled_reproducibly():
    values = np.random.default_rng(0).standard_normal((3000, 200)).astype(np.float32)
    found = measure_tensor(tensor(values))
    assert (found.sampled, found.is_sampled) == (65_536, True)
    assert found.median == pytest.approx(np.median(np.abs(values)), rel=0.03)
    assert measure_tensor(tensor(values)) == found


def test_near_zeros_are_below_a_thousandth_of_the_rms():
    # RMS sqrt((1e6 + 0.25 + 2.25) / 4) = 500.0006, so the threshold is 0.5000006
    assert measure_tensor(tensor([[1000, 0.5], [1.5, 0]])).near_zeros == 2


def test_near_zeros_are_exact_where_the_first_rows_mislead():
    values = np.full((300_000, 4), 100.0, dtype=np.float32)
    values[:100_000] = 0.01  # 0.01 < 1e-3 x RMS = 1e-3 x 100 x sqrt(2 / 3)
    facts = tensor(values)
    found = measure_tensor(facts)
    assert found.near_zeros == 400_000
    assert isinstance(facts.stored, ArrayTensor)
    assert len(facts.stored.readings) == 2  # the first rows' bound was too low: read again


def test_near_zeros_are_exact_where_most_entries_are_tiny():
    values = np.full((3000, 1000), 1e-6, dtype=np.float32)
    values[::1000] = 10.0
    values[1] = 0.0
    found = measure_tensor(tensor(values))
    assert (found.zeros, found.near_zeros) == (1000, 3000 * 1000 - 3000)


@pytest.mark.parametrize(
    "shape",
    [(1500, 1000), (150_000, 10), (1_200_000, 1), (3, 400_000), (3, 3, 300, 500), (70_001, 17)],
)
def test_large_tensors_agree_with_numpy(shape):
    values = np.random.default_rng(1).normal(0.01, 0.05, shape).astype(np.float32)
    values[values > 0.2] = 0
    assert values.nbytes > CHUNK_BYTES or values.size > 1 << 20
    found = measure_tensor(tensor(values))
    precise = values.astype(np.float64)
    matrix = precise.reshape(-1, shape[-1])
    norms = np.sqrt(np.square(matrix).sum(axis=0))
    assert found.sum_squares == pytest.approx(np.square(precise).sum(), rel=1e-6)
    assert found.sum_magnitudes == pytest.approx(np.abs(precise).sum(), rel=1e-6)
    assert (found.smallest, found.largest) == (values.min(), values.max())
    assert found.zeros == np.count_nonzero(values == 0)
    threshold = 1e-3 * np.sqrt(np.square(precise).mean())
    assert found.near_zeros == np.count_nonzero(np.abs(values) < np.float32(threshold))
    assert found.largest_unit_norm == pytest.approx(norms.max(), rel=1e-6)
    assert found.median_unit_norm == pytest.approx(np.median(norms), rel=1e-6)


@pytest.mark.parametrize("scale", [1e-25, 1e25])
def test_squares_neither_vanish_nor_overflow(scale):
    found = measure_tensor(tensor(np.full((10, 10), scale, dtype=np.float32)))
    assert found.sum_squares**0.5 == pytest.approx(10 * scale, rel=1e-6)
    assert found.heavy_inputs == 9


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "uint32"])
def test_other_dtypes_keep_their_values(dtype):
    values = np.array([[1, 2], [3, 120]]).astype(dtype)
    assert measure_tensor(tensor(values)).sum_squares == 14414  # 1 + 4 + 9 + 14400


def test_rows_that_chunks_cut_in_two_are_put_together():
    values = np.random.default_rng(2).normal(size=(5, 2, 3)).astype(np.float32)

    class Cut(ArrayTensor):
        def chunks(self, max_bytes):
            for start in range(0, 30, 3):  # rows of the last axis, half a row of the matrix
                yield self.values.reshape(-1)[start : start + 3]

    cut = Cut(values=values)
    facts = TensorFacts(
        role="kernel", part="key_dense", shape=(5, 2, 3), dtype="float32", stored=cut
    )
    expected = np.linalg.norm(values.reshape(5, 6), axis=0)
    assert measure_tensor(facts).largest_unit_norm == pytest.approx(expected.max(), rel=1e-6)


@pytest.mark.parametrize("shape", [(600, 40), (40, 600), (3, 3, 8, 20), (20_000, 64)])
def test_spectral_norm_is_the_largest_singular_value(shape):
    values = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    matrix = values.reshape(-1, shape[-1]).astype(np.float64)
    expected = np.linalg.svd(matrix, compute_uv=False)
    found = measure_tensor(tensor(values), "Conv2D")
    assert found.spectral_norm == pytest.approx(expected[0], rel=1e-5)


def test_spectra_are_left_out_above_the_limit():
    values = np.random.default_rng(4).normal(size=(70, 80)).astype(np.float32)
    assert measure_tensor(tensor(values), spectrum_limit=69).spectral_norm is None
    assert measure_tensor(tensor(values), spectrum_limit=70).spectral_norm is not None
    assert measure_tensor(tensor(np.zeros((4, 4), dtype=np.float32))).spectral_norm is None


def test_weights_are_measured_by_layer_path_and_those_not_read_left_out():
    unread = TensorFacts(role="kernel", shape=(2, 2), dtype="float32")
    model = chain(
        [
            layer("encoder/dense", tensors=([[1.0, 2.0]], [0.5, 0.5])),
            layer("relu", "ReLU"),
            layer("out", tensors=(unread,)),
        ]
    )
    found = measure_weights(model)
    assert list(found) == ["encoder/dense"]
    assert [each.role for each in found["encoder/dense"]] == ["kernel", "bias"]


def test_two_threads_find_what_one_finds(monkeypatch):
    rng = np.random.default_rng(6)
    kernels = [rng.normal(size=(300 + i, 40)).astype(np.float32) for i in range(6)]
    model = chain([layer(f"dense_{i}", tensors=(k, k[0])) for i, k in enumerate(kernels)])
    alone = measure_weights(model)
    monkeypatch.setattr("advisor.evidence.weights.weight_statistics.PARALLEL_ENTRIES", 1)
    together = measure_weights(model)
    assert list(together) == list(alone)
    assert together == alone
