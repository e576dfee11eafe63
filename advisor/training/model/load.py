"""The user's model as a live one of our own: a file loaded with care, or a live model copied."""

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.inputs.live_model import inner_optimizer
from advisor.inputs.model_facts import ModelFacts
from advisor.inputs.model_file import read_model
from advisor.keras_internals.compiled import user_metrics
from advisor.keras_internals.layers import flat_layers
from advisor.keras_internals.optimizer import decays, exclude_from_decay
from advisor.training.reason import named_reason, reason_of
from advisor.training.rows.user_function import working_directory_on_path

_WHOLE_MODELS = {"keras-v3": ".keras", "hdf5": ".h5"}  # formats that Keras knows by their ending
# How `ModelFacts.code_parts` speaks of classes, which --import makes known; the rest is code that
# runs as it is loaded.
_OF_CLASSES = (" is a class of the user's own", " comes from the module ")


def load_model(
    source: Any,
    *,
    trust: bool = False,
    imports: Sequence[str] = (),
    loss: str | None = None,
    optimizer: str | None = None,
) -> Any:
    """A compiled `keras.Model` of our own, which may be changed; `source` is a path or a model.

    A file is inspected before anything in it runs. A configuration that carries code needs `trust`.
    Custom classes must be defined in `imports`: modules that are imported with the working
    directory on the path. Keras' safe mode stays on unless `trust`. `loss` and `optimizer` compile
    the model again. Raises InputError with the flag to add.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        model = _loaded(path, read_model(path), trust=trust, imports=imports)
        name = path.name
    else:
        model, name = _copied(source), "model"
    _compile(model, name, loss, optimizer)
    return model


def _loaded(path: Path, facts: ModelFacts, *, trust: bool, imports: Sequence[str]) -> Any:
    import keras

    if facts.kind == "weights" or "weights" in facts.file_format:
        raise InputError(
            f"{path.name}: holds weights only, so it can't be trained; save the whole model with"
            " model.save('model.keras')"
        )
    code = [part for part in facts.code_parts if not any(phrase in part for phrase in _OF_CLASSES)]
    if code and not trust:
        raise InputError(
            f"{path.name}: would run code when loaded ({'; '.join(code[:3])}); add --trust if the"
            " file is your own"
        )
    own = _imported(imports)
    with _by_its_format(path, facts.file_format) as file:
        try:
            with _silent_about_optimizers():
                return keras.models.load_model(file, custom_objects=own, safe_mode=not trust)
        except Exception as error:  # Keras raises what its layers raise, and theirs are the user's
            raise _load_error(path, facts, error, is_imported=bool(imports)) from error


def _load_error(
    path: Path, facts: ModelFacts, error: Exception, *, is_imported: bool
) -> InputError:
    reason = reason_of(error)
    classes = [part for part in facts.code_parts if any(p in part for p in _OF_CLASSES)]
    if classes or "Could not locate" in reason or "Unknown" in reason:
        named = f" ({'; '.join(classes[:3])})" if classes else ""
        said = f"; Keras says: {reason}" if is_imported or not classes else ""
        return InputError(
            f"{path.name}: needs your own code{named}; add --import MODULE with the module that"
            f" defines it{said}"
        )
    return InputError(f"{path.name}: Keras can't load it: {type(error).__name__}: {reason}")


@contextmanager
def _by_its_format(path: Path, file_format: str) -> Iterator[Path]:
    """The file under a name that Keras knows its format by."""
    ending = _WHOLE_MODELS.get(file_format, path.suffix)
    if path.suffix == ending:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / f"model{ending}"
        named.symlink_to(path.resolve())
        yield named


def _imported(modules: Sequence[str]) -> dict[str, Any]:
    """What the modules define, by name; what they register with Keras is known through that."""
    objects: dict[str, Any] = {}
    for name in modules:
        try:
            with working_directory_on_path():
                module = import_module(name)
        except (Exception, SystemExit) as error:  # the user's own code may raise anything
            raise InputError(f"--import {name}: {named_reason(error)}") from error
        objects |= {key: value for key, value in vars(module).items() if callable(value)}
    return objects


def _compile(model: Any, name: str, loss: str | None, optimizer: str | None) -> None:
    """Compile as asked; what the user had compiled stays where nothing else is asked for."""
    import keras

    is_compiled = bool(model.compiled) and model.optimizer is not None
    if is_compiled and loss is None and optimizer is None:
        return
    lacking = [
        flag
        for flag, value in (("--loss NAME", loss), ("--optimizer NAME", optimizer))
        if value is None and not is_compiled
    ]
    if lacking:
        raise InputError(
            f"{name}: is not compiled, so it can't be trained; add {' '.join(lacking)}"
        )
    metrics = user_metrics(model) if is_compiled else None
    try:
        keras.losses.get(loss)  # compiling would find an unknown name only in the first step
        model.compile(
            optimizer=model.optimizer if optimizer is None else optimizer,
            loss=model.loss if loss is None else loss,
            metrics=metrics,
        )
    except ValueError as error:
        raise InputError(f"{name}: {reason_of(error)}") from error


def _copied(model: Any) -> Any:
    """A live model saved and loaded; the user's own is never touched."""
    import keras

    if not isinstance(model, keras.Model):
        raise InputError(f"model: is a {type(model).__name__}, not a keras.Model")
    if not model.built:
        raise InputError("model: is not built; call it on a batch, or fit it, first")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        try:
            model.save(file)
            with _silent_about_optimizers():
                copy = keras.models.load_model(
                    file, custom_objects=own_objects(model), safe_mode=False
                )
        except Exception as error:  # the user's own get_config and from_config may raise anything
            raise InputError(
                "model: can't be copied by saving and loading it"
                f" ({reason_of(error)}); give its classes a get_config"
            ) from error
    _keep_decay_exclusions(model, copy)
    return copy


@contextmanager
def _silent_about_optimizers() -> Iterator[None]:
    """A model that was compiled but never trained has no optimizer state, which is no fault."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Skipping variable loading for optimizer")
        yield


def own_objects(model: Any) -> dict[str, Any]:
    """The classes and functions of the user's own that the model is made of, by name."""
    import keras

    compiled = [model.loss, user_metrics(model)]
    parts = [*flat_layers(model), model.optimizer, *keras.tree.flatten(compiled)]
    for layer in flat_layers(model):
        parts += [value for value in vars(layer).values() if callable(value)]
    objects = {}
    for part in parts:
        defined = part if hasattr(part, "__name__") else type(part)
        if not str(defined.__module__).startswith(("keras.", "tensorflow.", "builtins")):
            objects[defined.__name__] = defined
    return objects


def _keep_decay_exclusions(model: Any, copy: Any) -> None:
    """Carry over what `exclude_from_weight_decay` set, which no config holds."""
    if model.optimizer is None or copy.optimizer is None:
        return
    theirs, ours = (inner_optimizer(holder.optimizer) for holder in (model, copy))
    pairs = zip(model.trainable_variables, copy.trainable_variables, strict=True)
    exclude_from_decay(ours, [mine for its, mine in pairs if not decays(theirs, its)])
