"""What trainings run on: equal machines give equal curves for equal seeds, to the last bit."""

import os
import platform
from collections.abc import Mapping
from importlib import import_module

import numpy as np

# Settings of TensorFlow and XLA that choose between kernels; what only changes the log doesn't.
_CHOOSES_KERNELS = ("TF_", "XLA_")
_ONLY_LOGS = ("TF_CPP_",)


def machine() -> Mapping[str, object]:
    """Versions, the kind of processor and devices, and the settings that decide on rounding."""
    import keras
    import tensorflow as tf

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "system": [platform.system(), platform.machine(), platform.processor()],
        "processor": sorted(name for name, has_it in _processor_features().items() if has_it),
        "cores": _cores(),  # sums are split among threads
        "threads": [
            tf.config.threading.get_intra_op_parallelism_threads(),
            tf.config.threading.get_inter_op_parallelism_threads(),
        ],
        "devices": [
            [device.device_type, sorted(_details(device).items())]
            for device in tf.config.list_physical_devices()
        ],
        "keras_config": [
            keras.config.floatx(),
            keras.config.epsilon(),
            keras.config.image_data_format(),
            keras.config.dtype_policy().name,
        ],
        "environment": sorted(
            (name, value)
            for name, value in os.environ.items()
            if name.startswith(_CHOOSES_KERNELS) and not name.startswith(_ONLY_LOGS)
        ),
    }


def _processor_features() -> Mapping[str, bool]:
    """The instruction sets that NumPy found: TensorFlow chooses its kernels by the same."""
    core = "numpy._core" if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else "numpy.core"
    module = import_module(f"{core}._multiarray_umath")
    features: Mapping[str, bool] = getattr(module, "__cpu_features__", {})
    return features


def _cores() -> int | None:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _details(device: object) -> Mapping[str, str]:
    """The device's name and kind, where it is no CPU."""
    import tensorflow as tf

    details = tf.config.experimental.get_device_details(device)
    return {str(name): str(value) for name, value in details.items()}
