"""The weights that a seed starts from: new ones where layers train, the file's elsewhere."""

import random
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from advisor.errors import InputError
from advisor.keras_internals.layers import flat_layers, own_variables

_CACHED_BYTES = 256 * 2**20
# Variables that are named otherwise than the initializer that fills them.
_INITIALIZERS = {
    "recurrent_kernel": "recurrent_initializer",
    "depthwise_kernel": "depthwise_initializer",
    "pointwise_kernel": "pointwise_initializer",
}
# Weights that Keras fills without asking: class and name -> initializer.
_FIXED = {
    ("RMSNormalization", "scale"): "ones",
    ("Attention", "scale"): "ones",
    ("Attention", "concat_score_weight"): "ones",
    ("AdditiveAttention", "scale"): "glorot_uniform",
    ("ReversibleEmbedding", "reverse_embeddings"): "glorot_uniform",
}


class InitialWeights:
    """Values for all of a model's variables by seed, and the saved ones.

    Frozen layers and preprocessing layers (whose state is adapted, not trained) keep the values in
    the file. So do the states of random generators, which `seed_generators` sets.
    """

    def __init__(self, model: Any) -> None:
        import tensorflow as tf

        self._model = model
        self._variables = [v for v in model.variables if not _is_generator(v)]
        self._generators = [v for v in model.variables if _is_generator(v)]
        self._saved = [tf.identity(v.value) for v in self._variables]
        self._makers = _makers(model)
        self._bytes = sum(int(np.prod(v.shape)) * 4 for v in self._variables)
        self._cache: OrderedDict[int, list[Any]] = OrderedDict()

    def assign(self, seed: int) -> None:
        """Put the weights of `seed` into the model, and start its random generators."""
        if seed not in self._cache:
            while self._cache and (len(self._cache) + 1) * self._bytes > _CACHED_BYTES:
                self._cache.popitem(last=False)
            self._cache[seed] = self._drawn(seed)
        self._cache.move_to_end(seed)
        self._put(self._cache[seed], seed)

    def restore(self, seed: int) -> None:
        """Put the saved weights into the model; `seed` starts its random generators."""
        self._put(self._saved, seed)

    def _put(self, values: list[Any], seed: int) -> None:
        for variable, value in zip(self._variables, values, strict=True):
            variable.assign(value)
        for place, generator in enumerate(self._generators):
            key = np.random.SeedSequence([seed, 2, place]).generate_state(1)[0]
            generator.assign(np.array([key, 0], np.int64).astype(str(generator.dtype)))

    def _drawn(self, seed: int) -> list[Any]:
        import tensorflow as tf

        unknown = [v for v in self._variables if self._makers.get(id(v)) is _UNKNOWN]
        built = _built_anew(self._model, seed) if unknown else {}
        values = []
        for place, (variable, saved) in enumerate(zip(self._variables, self._saved, strict=True)):
            maker = self._makers.get(id(variable))
            if maker is None:
                values.append(saved)
            elif maker is _UNKNOWN:
                values.append(built[id(variable)])
            else:
                key = int(np.random.SeedSequence([seed, 0, place]).generate_state(1)[0])
                values.append(tf.identity(maker(key & 0x7FFFFFFF)))
        return values


Maker = Callable[[int], Any]


def _UNKNOWN(seed: int) -> Any:
    """Stands for an initializer that is known only by rebuilding the whole model."""
    raise NotImplementedError


def _makers(model: Any) -> dict[int, Maker]:
    """How each variable is filled, without those that keep their values."""
    makers: dict[int, Maker] = {}
    for layer in flat_layers(model):
        if not layer.trainable or _is_preprocessing(layer):
            continue
        for variable in own_variables(layer):
            if "float" in str(variable.dtype) and not _is_quantized(layer):
                makers[id(variable)] = _maker(layer, variable)
    return makers


def _maker(layer: Any, variable: Any) -> Maker:
    import keras

    shape, dtype = tuple(variable.shape), variable.dtype
    if not type(layer).__module__.startswith("keras."):
        return _UNKNOWN
    role = variable.name
    if role == "kernel" and type(layer).__name__.startswith("Depthwise"):
        role = "depthwise_kernel"
    initializer = getattr(layer, _INITIALIZERS.get(role, f"{role}_initializer"), None)
    fixed = _FIXED.get((type(layer).__name__, role))
    if role.startswith("lora_"):  # Hu et al. (2021): the product starts at 0
        fixed = "he_uniform" if role.endswith("_a") else "zeros"
    if fixed is not None:
        initializer = keras.initializers.get(fixed)
    if not isinstance(initializer, keras.initializers.Initializer):
        return _UNKNOWN
    if variable.name == "bias" and getattr(layer, "unit_forget_bias", False):

        def forgetful(seed: int) -> Any:  # the second of the four gates starts at 1
            i, f, c, o = np.split(np.array(_seeded(initializer, seed)(shape, dtype)), 4)
            return np.concatenate([i, np.ones_like(f), c, o])

        return forgetful
    return lambda seed: _seeded(initializer, seed)(shape, dtype)


def _seeded(initializer: Any, seed: int) -> Any:
    """The initializer with another seed; one without a seed is not random."""
    config = initializer.get_config()
    if "seed" not in config:
        return initializer
    return type(initializer).from_config({**config, "seed": seed})


def _is_generator(variable: Any) -> bool:
    return bool(variable.name == "seed_generator_state")


def _is_quantized(layer: Any) -> bool:
    """True for a layer whose weights were rounded to few bits: it can't learn others."""
    return hasattr(layer.dtype_policy, "quantization_mode") and (
        layer.dtype_policy.quantization_mode is not None
    )


def _is_preprocessing(layer: Any) -> bool:
    return ".preprocessing." in type(layer).__module__


def _built_anew(model: Any, seed: int) -> dict[int, Any]:
    """The weights of the same model made from its config, by the identity of ours."""
    import keras

    classes = {type(layer).__name__: type(layer) for layer in flat_layers(model)}
    own = {name: c for name, c in classes.items() if not c.__module__.startswith("keras.")}
    try:
        with _seeded_python(seed), keras.saving.custom_object_scope(own):
            if getattr(model, "inputs", None) is not None:  # Sequential or Functional
                twin = keras.models.clone_model(model)
            else:
                twin = type(model).from_config(model.get_config())
            if not twin.built:
                twin.build_from_config(model.get_build_config())
        pairs = list(zip(model.variables, twin.variables, strict=True))
    except (TypeError, ValueError, NotImplementedError, AttributeError) as error:
        first_line = str(error).partition("\n")[0]
        raise InputError(
            f"model: it can't be rebuilt to start from other weights ({first_line}); give its"
            " classes a get_config that holds their arguments"
        ) from error
    return {id(mine): theirs.value for mine, theirs in pairs}


@contextmanager
def _seeded_python(seed: int) -> Iterator[None]:
    """Keras seeds its initializers from Python's own generator, which is put back after."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
