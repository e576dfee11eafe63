"""How a model was trained: its optimizer, learning rate and weight decay."""

from advisor.evidence.measurement import Assumed, Missing, Reading, measurement
from advisor.inputs.model_facts import ModelFacts, OptimizerFacts

NO_OPTIMIZER = Missing(reason="the model was saved without its optimizer")
# Optimizers that scale each weight's step by its own gradients. They also scale an L2 penalty in
# the loss (Loshchilov & Hutter 2019).
ADAPTIVE = frozenset(
    {
        "Adadelta",
        "Adafactor",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "Ftrl",
        "Lamb",
        "Lion",
        "Muon",
        "Nadam",
        "RMSprop",
        "ScheduleFreeAdamW",
    }
)
NOT_ADAPTIVE = frozenset({"SGD"})
# Optimizers that decay weights by default, in Keras 3.
DEFAULT_DECAYS = {"AdamW": 0.004}


@measurement("optimizer.name", kind="text")
def optimizer_name(model: ModelFacts) -> Reading:
    """The class of the optimizer, such as Adam."""
    return model.optimizer.name if model.optimizer else NO_OPTIMIZER


@measurement("optimizer.learning_rate", unit="learning rate")
def optimizer_learning_rate(model: ModelFacts) -> Reading:
    """The optimizer's learning rate when the model was saved (above 0)."""
    if model.optimizer is None:
        return NO_OPTIMIZER
    if model.optimizer.learning_rate is None:
        schedule = model.optimizer.schedule
        return Missing(
            reason=f"the learning rate follows a schedule, {schedule}"
            if schedule
            else "the file doesn't contain the learning rate"
        )
    return model.optimizer.learning_rate


@measurement("optimizer.is_adaptive", kind="truth")
def optimizer_is_adaptive(model: ModelFacts) -> Reading:
    """True if the optimizer scales each weight's step by its own gradients, as Adam does."""
    if model.optimizer is None:
        return NO_OPTIMIZER
    if model.optimizer.name in ADAPTIVE | NOT_ADAPTIVE:
        return model.optimizer.name in ADAPTIVE
    return Missing(reason=f"the optimizer {model.optimizer.name} is not one of Keras' own")


@measurement("optimizer.decays_everything", kind="truth")
def optimizer_decays_everything(model: ModelFacts) -> Reading:
    """True if the optimizer decays weights and no exclusion of biases and normalizations is known.
    Keras decays them all unless `exclude_from_weight_decay` is called.
    """
    if model.optimizer is None:
        return NO_OPTIMIZER
    return decays(model.optimizer) and not model.optimizer.excluded_from_decay


@measurement("optimizer.iterations", unit="steps")
def optimizer_iterations(model: ModelFacts) -> Reading:
    """The number of steps that the saved optimizer has taken (0 or more)."""
    if model.optimizer is None:
        return NO_OPTIMIZER
    if model.optimizer.iterations is None:
        return Missing(reason="the file doesn't contain the optimizer's step count")
    return model.optimizer.iterations


@measurement("optimizer.is_untrained", kind="truth")
def optimizer_is_untrained(model: ModelFacts) -> Reading:
    """True if the saved optimizer has taken no steps."""
    iterations = optimizer_iterations.measure(model)
    return iterations if isinstance(iterations, Missing) else iterations == 0


@measurement("regularization.weight_decay")
def regularization_weight_decay(model: ModelFacts) -> Reading:
    """The optimizer's decoupled weight decay per step, in units of the learning rate (0 or more; 0
    if there is none).
    """
    return weight_decay(model.optimizer) if model.optimizer else NO_OPTIMIZER


@measurement("regularization.has_weight_decay", kind="truth")
def regularization_has_weight_decay(model: ModelFacts) -> Reading:
    """True if the optimizer decays weights by itself, as AdamW does."""
    return decays(model.optimizer) if model.optimizer else NO_OPTIMIZER


def weight_decay(optimizer: OptimizerFacts) -> float | Assumed:
    """The strength of the weight decay; 0 if there is none."""
    if optimizer.weight_decay is not None:
        return optimizer.weight_decay
    default = DEFAULT_DECAYS.get(optimizer.name)
    if default is None:
        return 0.0
    return Assumed(value=default, assumption=f"Keras' default for {optimizer.name}")


def decays(optimizer: OptimizerFacts | None) -> bool:
    """True if the optimizer is known to decay weights."""
    decay = weight_decay(optimizer) if optimizer else 0.0
    return bool(decay.value if isinstance(decay, Assumed) else decay)
