"""Trials that share seeds and splits, optimizers of every kind, and what falls back to `fit`."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.dataset import Dataset
from advisor.probes.trial import Trial
from advisor.training.engine.compiled_stream import StreamProgram
from advisor.training.rows.streamed import StreamedDataset
from advisor.training.trainer import ProgramTrainer, make_trainer
from tests.training.tested_trials import TestedTrials
from tests.training.trainers import dataset_of, keys, mlp, strategy, traced, vectors

pytestmark = pytest.mark.tensorflow

BATCH = 8


def test_splits_resample_the_pooled_rows_at_the_same_sizes() -> None:
    trainer = make_trainer(mlp(), vectors(), varied=[], batch_size=BATCH, epochs=1)
    own = trainer.plan(Trial(seed=0, split=0, epochs=1))
    other = trainer.plan(Trial(seed=9, split=4, epochs=1))
    assert sorted(own.train) == list(range(40))
    assert sorted(own.val) == list(range(40, 60))
    assert sorted([*other.train, *other.val]) == list(range(60))
    assert len(other.val) == 20
    assert sorted(other.val) != sorted(own.val)
    fixed = make_trainer(mlp(), vectors(), varied=[], batch_size=BATCH, epochs=1, splits="fixed")
    assert sorted(fixed.plan(Trial(seed=9, split=4, epochs=1)).val) == list(range(40, 60))


def test_batches_and_halves_depend_on_seed_and_split_alone() -> None:
    trainer = make_trainer(mlp(), vectors(), varied=[], batch_size=BATCH, epochs=9)
    short, long = (trainer.plan(Trial(seed=3, split=2, epochs=n)) for n in (1, 9))
    assert np.array_equal(short.order(0), long.order(0))
    assert not np.array_equal(long.order(0), long.order(1))
    assert not np.array_equal(
        trainer.plan(Trial(seed=4, split=2, epochs=1)).order(0), short.order(0)
    )
    assert np.array_equal(trainer.plan(Trial(seed=4, split=2, epochs=1)).val, short.val)


OPTIMIZERS: dict[str, Callable[[], Any]] = {
    name: (lambda name=name: getattr(__import__("keras").optimizers, name)(0.01))
    for name in (
        "SGD",
        "Adam",
        "AdamW",
        "RMSprop",
        "Adagrad",
        "Adadelta",
        "Adamax",
        "Nadam",
        "Ftrl",
        "Lion",
        "Adafactor",
        "Lamb",
    )
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_starts_anew_with_each_trial(name: str) -> None:
    trainer = make_trainer(
        mlp(optimizer=OPTIMIZERS[name]()), vectors(), varied=[], batch_size=BATCH, epochs=2
    )
    first = trainer.train(Trial(seed=0, epochs=2))
    assert trainer.train(Trial(seed=0, epochs=2)) == first
    assert first.val_loss[1] != first.val_loss[0]


def keras_run(model: Any, trainer: Any, dataset: Dataset, epochs: int) -> list[Any]:
    """Keras' own steps from the weights that the trainer starts from."""
    trial = Trial(seed=0, epochs=epochs)
    trainer.start(trial)
    model.set_weights(trainer.adjustable.model.get_weights())
    for epoch in range(epochs):
        order = trainer.plan(trial).order(epoch)
        for first in range(0, len(order), BATCH):
            rows = dataset.train.take(order[first : first + BATCH])
            model.train_on_batch(rows.inputs[0], rows.targets[0])
    trainer.train(trial)
    return list(zip(trainer.adjustable.model.get_weights(), model.get_weights(), strict=True))


def _schedule() -> Any:
    import keras

    return keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.5, 2, 0.5))


def _clipped() -> Any:
    import keras

    return keras.optimizers.SGD(0.5, momentum=0.9, global_clipnorm=0.1)


def _accumulating() -> Any:
    import keras

    return keras.optimizers.SGD(0.5, gradient_accumulation_steps=2)


def _averaging() -> Any:
    import keras

    return keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3)


def _scaled() -> Any:
    import keras

    return keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=64.0)


@pytest.mark.parametrize("make", [_schedule, _clipped, _accumulating, _averaging, _scaled])
def test_what_an_optimizer_does_besides_is_done(make: Callable[[], Any]) -> None:
    dataset, model = vectors(), mlp(optimizer=make())
    penalized = [("hidden", "kernel_regularizer", "l2")]
    trainer = make_trainer(model, dataset, varied=penalized, batch_size=BATCH, epochs=2)
    for mine, theirs in keras_run(mlp(optimizer=make()), trainer, dataset, epochs=2):
        assert mine == pytest.approx(theirs, abs=1e-5)


def test_logged_learning_rates_are_replayed() -> None:
    dataset = vectors()
    rates = [0.5, 0.5, 0.01]
    trainer = make_trainer(
        mlp(), dataset, varied=[], batch_size=BATCH, epochs=3, learning_rates=rates
    )
    curve = trainer.train(Trial(seed=0, epochs=3))
    fast = make_trainer(
        mlp(optimizer=__import__("keras").optimizers.SGD(0.5)),
        dataset,
        varied=[],
        batch_size=BATCH,
        epochs=3,
    ).train(Trial(seed=0, epochs=3))
    assert curve.val_loss[:2] == fast.val_loss[:2]
    assert curve.val_loss[2] != fast.val_loss[2]
    assert abs(curve.val_loss[2] - curve.val_loss[1]) < 0.02


def test_a_diverging_trial_reads_as_infinite() -> None:
    import keras

    def linear() -> Any:
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, name="out")])
        model.compile(keras.optimizers.SGD(1e18), "mse", metrics=["mae"])
        return model

    random = np.random.default_rng(0)
    rows = dataset_of([random.normal(size=(60, 6)).astype("float32")], [np.ones((60, 3))], 40)
    trainer = make_trainer(linear(), rows, varied=[], batch_size=BATCH, epochs=3)
    curve = trainer.train(Trial(seed=0, epochs=3))
    assert curve.val_loss[-1] == float("inf")
    by_metric = make_trainer(linear(), rows, varied=[], batch_size=BATCH, epochs=3, objective="mae")
    assert by_metric.train(Trial(seed=0, epochs=3)).objective[-1] == float("inf")


def test_an_objective_that_was_not_compiled_is_refused_with_those_that_were() -> None:
    model = mlp()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with pytest.raises(InputError, match="compiled with val_accuracy; name one of them"):
        make_trainer(model, vectors(), varied=[], batch_size=BATCH, epochs=1, objective="val_auc")


def own_step(rate: float = 0.0) -> Any:
    """The MLP with a `train_step` that does what Keras' own does."""
    import keras

    class Own(keras.Sequential):  # type: ignore[misc]
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    model = Own([keras.Input((6,)), *mlp(rate=rate).layers])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


def test_a_custom_train_step_goes_through_fit_and_gives_the_same_curves() -> None:
    dataset = vectors()
    chosen = strategy(("hidden", "kernel_regularizer", "l2", 0.1))
    trial = Trial(strategy=chosen, seed=2, split=1, epochs=3)
    compiled = make_trainer(mlp(), dataset, varied=keys(chosen), batch_size=BATCH, epochs=3)
    through_fit = make_trainer(own_step(), dataset, varied=keys(chosen), batch_size=BATCH, epochs=3)
    assert through_fit.engine == "fit"
    assert through_fit.notes == (
        "Probes ran through Keras' own fit, not compiled: Own has a train_step of its own.",
    )
    ours, theirs = compiled.train(trial), through_fit.train(trial)
    assert theirs.val_loss == pytest.approx(ours.val_loss, rel=1e-4)
    assert theirs.val_halves[0] == pytest.approx(ours.val_halves[0], rel=1e-4)
    bare = through_fit.train(Trial(seed=2, split=1, epochs=3))  # strengths are variables there too
    assert bare.val_loss != theirs.val_loss
    assert bare.val_loss == pytest.approx(
        compiled.train(Trial(seed=2, split=1, epochs=3)).val_loss, rel=1e-4
    )


@pytest.mark.parametrize("engine", ["compiled", "fit"])
def test_a_trial_is_the_same_to_the_last_bit_whatever_ran_before_it(engine: str) -> None:
    import keras

    def trainer() -> ProgramTrainer:
        keras.utils.set_random_seed(0)  # the saved weights
        model = mlp(rate=0.3) if engine == "compiled" else own_step(rate=0.3)
        found = make_trainer(model, vectors(), varied=keys(chosen), batch_size=BATCH, epochs=3)
        assert found.engine == engine
        return found

    chosen = strategy(("hidden", "kernel_regularizer", "l2", 0.1))
    trials = [
        Trial(strategy=chosen, seed=2, split=1, epochs=3),
        Trial(seed=5, epochs=2),
        Trial(seed=2, epochs=1, start="saved"),
    ]
    first = trainer()
    curves = [first.train(trial) for trial in trials]
    other = trainer()
    assert [other.train(trial) for trial in reversed(trials)] == curves[::-1]


def test_a_model_that_is_run_eagerly_or_cannot_be_traced_goes_through_fit() -> None:
    import keras

    @keras.saving.register_keras_serializable("test_trainer")
    class Numpy(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x + 0.0 * float(x[0, 0])

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor(x.shape, x.dtype)

    def model(is_eager: bool) -> Any:
        made = keras.Sequential([keras.Input((6,)), Numpy(), keras.layers.Dense(3, "softmax")])
        made.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=is_eager)
        return made

    eager = make_trainer(model(True), vectors(), varied=[], batch_size=BATCH, epochs=1)
    assert eager.engine == "fit"
    assert "run_eagerly" in eager.notes[0]
    assert np.isfinite(eager.train(Trial(seed=0, epochs=1)).val_loss[0])
    untraced = make_trainer(model(False), vectors(), varied=[], batch_size=BATCH, epochs=1)
    assert untraced.engine == "fit"
    assert "Numpy.call" in untraced.notes[0]
    with pytest.raises(InputError, match="Keras' own fit fails on these rows: .*Numpy.call"):
        untraced.train(Trial(seed=0, epochs=1))


def test_a_loss_of_its_own_decides_what_the_penalty_does() -> None:
    import keras

    class Doubled(keras.Sequential):  # type: ignore[misc]
        def compute_loss(
            self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, training: bool = True
        ) -> Any:
            return 2.0 * super().compute_loss(x, y, y_pred, sample_weight, training=training)

    def doubled() -> Any:
        model = Doubled([keras.Input((6,)), *mlp().layers])
        model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
        return model

    chosen = strategy(("hidden", "kernel_regularizer", "l2", 0.1))
    trial = Trial(strategy=chosen, seed=0, epochs=2)
    own = make_trainer(doubled(), vectors(), varied=keys(chosen), batch_size=BATCH, epochs=2)
    plain = make_trainer(mlp(), vectors(), varied=keys(chosen), batch_size=BATCH, epochs=2)
    assert own.engine == "compiled"
    # twice the loss at half the rate of .1 takes the same steps; the penalty is left out of both
    expected = [2 * loss for loss in plain.train(trial).val_loss]
    assert own.train(trial).val_loss == pytest.approx(expected, rel=1e-5)


def streamed(dataset: Dataset) -> StreamedDataset:
    import tensorflow as tf

    def part(rows: Any) -> Any:
        arrays = (rows.inputs, rows.targets)
        return tf.data.Dataset.from_tensor_slices(arrays).map(lambda x, y: (x, y, None))

    return StreamedDataset(
        source="stream",
        sha256=None,
        train=part(dataset.train),
        val=part(dataset.val),
        n_train=len(dataset.train),
        n_val=len(dataset.val),
    )


@pytest.mark.parametrize("build", [mlp, own_step])
def test_streamed_rows_train_as_rows_in_memory_do(
    build: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = vectors(300)
    chosen = strategy(("hidden", "kernel_regularizer", "l2", 0.02))
    trial = Trial(strategy=chosen, seed=1, epochs=4)
    options: dict[str, Any] = {"varied": keys(chosen), "epochs": 4}
    memory = make_trainer(mlp(), dataset, batch_size=200, **options)
    whole = make_trainer(build(), streamed(dataset), batch_size=200, **options)
    # whole epochs as one batch: their order does not matter
    assert whole.train(trial).val_loss == pytest.approx(memory.train(trial).val_loss, rel=1e-4)
    assert whole.engine == ("compiled" if build is mlp else "fit")

    traces = traced(monkeypatch, StreamProgram)
    stream = make_trainer(build(), streamed(dataset), batch_size=BATCH, **options)
    tested_trials = TestedTrials(stream, dataset.val, batch_size=BATCH)
    curve, tested = tested_trials.train_and_test(trial)
    assert curve.steps == 4 * 25
    assert tested == pytest.approx(curve.val_loss, rel=1e-4)
    assert curve.val_halves[0] != curve.val_halves[1]
    assert stream.train(trial).val_loss == pytest.approx(curve.val_loss, rel=1e-6)
    assert stream.train(Trial(seed=1, epochs=4)) != curve
    if build is mlp:
        assert len(traces) == 1


def test_a_metric_of_streamed_rows_is_that_of_whole_batches() -> None:
    import keras

    def distance(y: Any, outputs: Any) -> Any:  # one number a batch: no number for no rows
        return keras.ops.mean(keras.ops.abs(y - outputs))

    random = np.random.default_rng(0)
    x = random.normal(size=(40 + 1025, 6)).astype("float32")  # the last batch has one row
    dataset = dataset_of([x], [x[:, :1]], 40)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[distance])
    trainer = make_trainer(
        model,
        streamed(dataset),
        varied=[],
        batch_size=BATCH,
        epochs=1,
        objective="distance",
        directions={"distance": "min"},
    )
    curve = trainer.train(Trial(seed=0, epochs=1))
    missed = np.abs(trainer.adjustable.model.predict(x[40:], verbose=0) - x[40:, :1])
    expected = (missed[:1024].mean() + missed[1024:].mean()) / 2
    assert curve.objective[0] == pytest.approx(expected, rel=1e-4)


def test_costs_count_operations_and_not_the_clock() -> None:
    dataset = vectors()
    costs = [
        make_trainer(mlp(), dataset, varied=[], batch_size=BATCH, epochs=30).costs for _ in range(2)
    ]
    assert costs[0] == costs[1]
    assert costs[0].steps_per_epoch == 5
    assert 0 < costs[0].full < 0.1  # a compiled trial of a tiny network beside a fit of seconds
    assert 0 < costs[0].setup < 1
    with_fit = make_trainer(own_step(), dataset, varied=[], batch_size=BATCH, epochs=30).costs
    assert with_fit.full > 0.5


def test_training_a_live_model_shows_no_warnings() -> None:
    import keras

    x = keras.Input((6,))
    unused = keras.layers.Dense(2, name="unused")
    model = keras.Model(x, keras.layers.Dense(3, "softmax", name="out")(x))
    model.unused = unused
    unused.build((None, 6))
    model.compile("adam", "sparse_categorical_crossentropy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_trainer(model, vectors(), varied=[], batch_size=BATCH, epochs=1).train(
            Trial(seed=0, epochs=1)
        )
