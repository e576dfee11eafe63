"""What is known of a saved tensor's values, as plain numbers."""

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class TensorStatistics:
    """The result of one pass over a tensor.

    Everything is exact, except `median` if `sampled` is below `count`. Sums and extremes are over
    the finite entries. Figures that only kernels have are None for other tensors, and for kernels
    that are too large for them.
    """

    role: str
    part: str
    shape: tuple[int, ...]
    dtype: str
    is_kernel: bool
    count: int
    nonfinite: int  # entries that are NaN or infinite
    sum_magnitudes: float  # sum |w|
    sum_squares: float  # sum w^2
    smallest: float | None  # of the signed entries; None without a finite one
    largest: float | None
    zeros: int  # exactly 0
    near_zeros: int  # 0, or |w| < 1e-3 x RMS
    sampled: int = 0  # entries that the median is taken of
    median: float | None = None  # of |w|
    rows: int | None = None  # of the kernel as a matrix, see MatrixView
    columns: int | None = None
    units: int | None = None
    constant_units: int | None = None  # all incoming weights are equal, also if all are 0
    median_unit_norm: float | None = None  # L2 norm of a unit's incoming weights
    largest_unit_norm: float | None = None
    inputs: int | None = None
    heavy_inputs: int | None = None  # the fewest that carry 90 % of the squared norm
    spectral_norm: float | None = None  # the largest singular value

    @property
    def rms(self) -> float:
        """The root mean square of the finite entries, 0 for an empty tensor."""
        finite = self.count - self.nonfinite
        return float((self.sum_squares / finite) ** 0.5) if finite else 0.0

    @property
    def largest_magnitude(self) -> float:
        """The largest |w|, 0 without a finite entry."""
        return max(abs(self.smallest or 0.0), abs(self.largest or 0.0))

    @property
    def is_sampled(self) -> bool:
        """True if `median` comes from a sample."""
        return 0 < self.sampled < self.count
