"""Each measurement is there for somebody: a rule, the code, or a user who asks `inspect`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import advisor
from advisor.evidence.catalog import CATALOG
from advisor.rulebook.rulebook import load_rules, shipped_rules
from advisor.rulebook.titles import names_shown

# What no rule and no code names -> what a user learns from it in `advisor inspect`.
KEPT_FOR_INSPECT = {
    "loss.train_min": "how low the training loss got, beside where it ended",
    "loss.val_first": "what the validation loss started from, beside where it ended",
    "rebound.absolute": "the rebound of a loss that is not positive, which has no share",
    "stopping.epochs_saved": "how much training time early stopping would have saved",
    "accuracy.gap_best": "how far apart the accuracies were at the epoch worth keeping",
    "gap.loss_best": "how far apart the losses were at the epoch worth keeping",
    "slope.train": "whether the training loss was still falling at the end, and how fast",
    "slope.val": "whether the validation loss was still falling at the end, and how fast",
    "slope.train_z": "whether the training loss fell beyond its noise",
    "divergence.first_bad_epoch": "at which epoch to look for what broke the training",
    "learning_rate.first": "whether the schedule started where it was meant to",
    "learning_rate.last": "whether the schedule ended where it was meant to",
    "penalty.l1": "how much of the loss is L1 penalty",
    "penalty.l2": "how much of the loss is L2 penalty",
    "weights.norm": "how large the weights are, to compare two trainings",
    "weights.rms_over_initial": "how far the weights moved from their initial scale",
    "model.kind": "how the reader understood the file",
    "model.is_compiled": "whether the file holds the loss and the optimizer at all",
    "model.has_code_parts": "whether loading the file would run code that came with it",
    "model.depth": "how deep the network is",
    "model.hidden_layers": "how many layers the advice is about",
    "model.narrowest_hidden": "where the network is a bottleneck",
    "model.parameters": "how large the network is",
    "model.trainable_parameters": "how much of the network training can change",
    "model.has_input_normalization": "whether the network sees scaled inputs",
    "model.classes": "what accuracy guessing would have",
    "optimizer.learning_rate": "which learning rate the saved file would go on with",
    "data.clean_train_loss": "the training loss without dropout, augmentation and penalty",
    "data.clean_val_loss": "the validation loss without penalty, of the weights in the file",
    "data.clean_train_accuracy": "the training accuracy without dropout and augmentation",
    "layer.calls": "whether a layer is shared",
    "layer.is_inferred": "whether a layer's name and class are guesses",
    "layer.l2": "how strong the L2 penalty of a layer is",
    "layer.has_dropout": "whether dropout acts on a layer, its own or that of a layer after it",
    "layer.recurrent_dropout": "how much of its state a recurrent layer drops",
    "layer.parameters": "where most of the weights are",
    "layer.norm": "how large a layer's weights are: an L2 penalty is its square",
    "layer.rms_over_initial": "which layers moved from their initial scale",
    "layer.largest_over_median": "which layer has the outlier that the model's figure tells of",
    "layer.neuron_largest_over_median": "which layer has the neuron that outdoes the others",
    "layer.zero_share": "which layers are sparse",
    "layer.near_zero_share": "which layers L1 has made nearly sparse",
    "layer.stable_rank_share": "which layers use few of the directions they have",
    "layer.spectral_norm": "how much a layer can magnify a change of its input",
    "layer.penalty": "which layers the penalty falls on",
    "layer.nonfinite": "which layer holds the NaN",
}


def test_each_measurement_is_used_or_kept_with_a_reason() -> None:
    unused = CATALOG.keys() - _named_by_rules() - _named_in_code()
    unexplained, stale = unused - KEPT_FOR_INSPECT.keys(), KEPT_FOR_INSPECT.keys() - unused
    assert not unexplained, "let a rule name it, or say above what a user learns from it"
    assert not stale, "a rule or the code uses it, or it is gone: take it off the table"


def _named_by_rules() -> set[str]:
    names: set[str] = set()
    for rule in load_rules((shipped_rules(),)):
        names.update(name for condition in rule.conditions for name in condition.names)
        names.update(names_shown(rule.title), names_shown(rule.caveat or ""))
    return names


def _named_in_code() -> set[str]:
    package = Path(advisor.__file__).parent
    return {
        constant.value
        for path in package.rglob("*.py")
        for constant in _constants(ast.parse(path.read_text(encoding="utf-8")))
        if constant.value in CATALOG
    }


def _constants(node: ast.AST) -> Iterator[ast.Constant]:
    """All but those of the decorators that give measurements their names."""
    match node:
        case ast.Constant():
            yield node
        case ast.Call(func=ast.Name(id="measurement")):
            return
    for child in ast.iter_child_nodes(node):
        yield from _constants(child)
