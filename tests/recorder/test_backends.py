"""The same small training on every backend of Keras that is installed, each in its own process."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("backend_program.py")
REPOSITORY = PROGRAM.parents[2]


@pytest.mark.tensorflow
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_backend_records_what_it_trained(backend: str, tmp_path: Path) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["backend"] == backend
    assert found["weights_differ"] == 0
    assert found["randomness_differs"] is False
    assert found["largest_error"] < 1e-5  # of the rows' mean and the penalty from val_loss
    assert found["clean_error"] < 1e-5  # of the training rows, against evaluate
    assert found["saved_epoch"] == found["best_epoch"]
    assert found["epochs"] == [1, 2, 3, 4, 5, 6]
    assert found["unknown"] == {}
    assert found["of_data_set"] == found["of_data_set_expected"]
