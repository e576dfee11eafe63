"""The header of an array that NumPy saved: what follows it, and where."""

import io
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

from advisor.values import dataclass

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class NpyHeader:
    """What the header of an `.npy` file declares, and at which byte the values begin."""

    shape: tuple[int, ...]
    dtype: "np.dtype[Any]"
    is_fortran: bool
    start: int


def read_npy_header(data: bytes) -> NpyHeader:
    """The header that `data`, the beginning of the file, holds. ValueError where it holds none."""
    import numpy as np

    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = read(file)
    except (ValueError, TypeError, KeyError, SyntaxError, TokenError, RecursionError) as error:
        raise ValueError("no array of NumPy") from error
    return NpyHeader(shape=shape, dtype=dtype, is_fortran=is_fortran, start=file.tell())
