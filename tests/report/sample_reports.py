"""Reports built by hand, one for each kind of outcome a format has to show."""

from advisor.recommend import Alternative, EarlyStopping, Recommendation
from advisor.recommend.stopping_code import stopping_code
from advisor.regularization import FAMILIES, Change
from advisor.report.content import (
    Inputs,
    ReportedCurve,
    ReportedFinding,
    ReportedLayer,
    ReportedReading,
    ReportedUndecided,
)
from advisor.report.report import Report

HOSTILE = "[red]x[/red]\x1b[31m|`<script>*_\u202e\n# boo"


def reading(
    value: float | bool | str, unit: str = "", assumption: str | None = None
) -> ReportedReading:
    basis = "assumed" if assumption else "measured"
    return ReportedReading(
        value=value, unit=unit, meaning="what it means", basis=basis, assumption=assumption
    )  # type: ignore[arg-type]


KEEP = Recommendation(
    action="keep",
    basis="rules",
    confidence="medium",
    strategy="none",
    strengths=dict.fromkeys(FAMILIES, 0.0),
    changes=(),
    why=("the run shows no overfitting that regularization could fix",),
    early_stopping=None,
    code="",
)


def overfitting(hidden: str = "hidden_1") -> Report:
    """A network of two layers whose validation loss rebounds, the usual case."""
    changes = (
        Change(
            layer=hidden,
            slot="kernel_regularizer",
            kind="l2",
            before=0.0,
            to=1e-3,
            low=1e-4,
            high=0.1,
        ),
        Change(layer=hidden, slot="output", kind="Dropout", before=0.0, to=0.3, low=0.1, high=0.5),
    )
    return Report(
        advisor_version="0.0.0",
        inputs=Inputs(
            model="model.keras",
            model_sha256="0" * 64,
            history="history.json",
            history_sha256="1" * 64,
            n_train=300,
            n_val=200,
            batch_size=32,
        ),
        verdict="overfitting",
        severity="severe",
        reason="Validation loss ends 76% above its best",
        findings=(
            ReportedFinding(
                rule="wide-hidden-layer",
                title="A hidden layer is wide",
                layer=hidden,
                severity="none",
                verdict=None,
                evidence={"layer.units": 128.0},
                rationale="Wide layers can afford to lose units.",
                cite=("Srivastava et al. (2014)",),
            ),
            ReportedFinding(
                rule="validation-loss-rebounds-severely",
                title="Validation loss ends 76% above its best",
                layer=None,
                severity="severe",
                verdict="overfitting",
                evidence={"rebound.relative": 0.76},
                rationale="It got worse while training went on.",
                cite=("Prechelt (1998)",),
            ),
        ),
        undecided=(
            ReportedUndecided(
                rule="linear-evidence-is-sparse",
                verdict=None,
                layer=None,
                missing={"data.sparse_linear_advantage": "no data was given"},
                needs=("data",),
            ),
        ),
        recommendation=Recommendation(
            action="add",
            basis="rules",
            confidence="medium",
            strategy="l2+dropout",
            strengths=dict.fromkeys(FAMILIES, 0.0) | {"l2": 1e-3, "dropout": 0.3},
            changes=changes,
            why=("A hidden layer is wide", "The network has 87 weights per training row"),
            early_stopping=EarlyStopping(
                epoch=7,
                gain=0.43,
                code=stopping_code(None, patience=5, has_penalty=True),
                is_by_data_loss=True,
            ),
            code=(
                "from keras import layers, regularizers\n\n"
                f"dense = layers.Dense(128, name={hidden.encode('unicode_escape').decode()!r})\n"
            ),
            alternatives=(
                Alternative(
                    strategy="dropout",
                    changes=changes[1:],
                    why="the rules score it 1.2 against 1.4 (wide-hidden-layer)",
                ),
            ),
        ),
        caveats=("The penalty is in both losses.",),
        evidence={
            "rebound.relative": reading(0.763, "share of best"),
            "rebound.lower": reading(0.71, "share of best", "conditional on this validation set"),
            "best.epoch": reading(6.0, "epoch"),
            "loss.val_last": reading(1.1034, "loss"),
        },
        missing={"penalty.total": "no model"},
        layers=(
            ReportedLayer(
                path=hidden,
                class_name="Dense",
                parameters=8320,
                trainable=True,
                regularization="none",
                evidence={"layer.norm": reading(0.12)},
            ),
            ReportedLayer(
                path="digit",
                class_name="Dense",
                parameters=1290,
                trainable=True,
                regularization="none",
            ),
        ),
        curves=(
            ReportedCurve(
                metric="loss",
                train=((1, 2.0), (2, 1.0), (3, 0.4), (4, 0.1), (5, 0.02)),
                validation=((1, 2.0), (2, 1.1), (3, 0.7), (4, 0.9), (5, 1.1)),
            ),
        ),
        timing={"seconds": 0.25},
    )


def healthy() -> Report:
    """Nothing to do, and hardly anything to show: a history without a model."""
    return Report(
        advisor_version="0.0.0",
        inputs=Inputs(history="history.csv", history_sha256="1" * 64),
        verdict="healthy",
        severity="none",
        reason="Validation loss ends at most 2% above its best",
        findings=(),
        undecided=(),
        recommendation=KEEP,
        caveats=(),
        evidence={"history.epochs": reading(40.0, "epochs")},
        missing={},
        layers=(),
        curves=(
            ReportedCurve(
                metric="loss",
                train=((1, 2.0), (2, None), (3, 0.4)),
                validation=((1, 2.0), (3, 0.7)),
            ),
        ),
        timing={"seconds": 0.01},
    )


def undecided() -> Report:
    """A history without validation."""
    from dataclasses import replace

    return replace(
        healthy(),
        verdict="undecided",
        reason="Whether the model is overfitting can't be told: no validation loss was logged",
        undecided=(
            ReportedUndecided(
                rule="validation-loss-rebounds-severely",
                verdict="overfitting",
                layer=None,
                missing={"rebound.relative": "no validation loss was logged"},
                needs=("validation",),
            ),
            ReportedUndecided(
                rule="losses-still-falling",
                verdict="underfitting",
                layer=None,
                missing={"slope.train": "6 epochs are too few"},
                needs=(),
            ),
        ),
        curves=(),
    )


SAMPLES = {"overfitting": overfitting(), "healthy": healthy(), "undecided": undecided()}
