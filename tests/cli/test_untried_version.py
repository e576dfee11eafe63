"""A check in a version of Keras that lacks a private name."""

import keras
import pytest

from advisor.cli.demo_network import DemoFiles
from advisor.keras_internals.tried import TRIED
from tests.cli.conftest import Command

pytestmark = pytest.mark.tensorflow

OLDEST, NEWEST = TRIED["keras"]


@pytest.fixture
def without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras itself does not need it to load and to run a model."""
    monkeypatch.delattr(keras.layers.Layer, "_get_regularization_losses")


@pytest.mark.usefixtures("without_a_name")
def test_what_is_missing_is_one_line_and_exit_code_2(command: Command, demo: DemoFiles) -> None:
    done = command("check", demo.model, demo.history, "--data", demo.data, "--budget", "1")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"advisor: Keras {keras.__version__} has no Sequential._get_regularization_losses, which"
        " advisor needs; install a version that it was tried with:"
        f" keras>={OLDEST},<={NEWEST}\n"
    )


@pytest.mark.usefixtures("without_a_name")
@pytest.mark.parametrize("has_data", [True, False])
def test_a_check_that_runs_no_model_does_not_mind(
    command: Command, demo: DemoFiles, has_data: bool
) -> None:
    data = ("--data", demo.data, "--no-probe") if has_data else ()
    done = command("check", demo.model, demo.history, *data)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("OVERFITTING")
