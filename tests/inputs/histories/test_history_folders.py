"""Folders of DVCLive and MLflow: one file for each metric, read as one history."""

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.inputs.history import history_from, read_history

TRAIN = (0.9, 0.6, 0.4)
VALIDATION = (0.8, 0.7, 0.75)


def dvclive(folder: Path, curves: dict[str, tuple[float, ...]], metrics: str) -> Path:
    """What `Live.log_metric` leaves: `<metrics>/<name>.tsv` with timestamp, step and the name."""
    for name, values in curves.items():
        path = folder / metrics / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"timestamp\tstep\t{name}"]
        lines += [f"16236714847{step:02}\t{step}\t{value}" for step, value in enumerate(values)]
        path.write_text("\n".join(lines) + "\n")
    (folder / "metrics.json").write_text('{"step": 2, "train": {"loss": 0.4}}')
    (folder / "dvc.yaml").write_text("metrics:\n- metrics.json\n")
    return folder


KERAS_CURVES = {  # as DVCLiveCallback renames them
    "train/loss": TRAIN,
    "eval/loss": VALIDATION,
    "train/accuracy": (0.5, 0.7, 0.9),
    "system/cpu/usage (%)": (10.0, 20.0, 30.0),
}


@pytest.mark.parametrize("metrics", ["plots/metrics", "scalars"])
def test_dvclive_folder(metrics: str, tmp_path: Path) -> None:
    history = read_history(dvclive(tmp_path / "dvclive", KERAS_CURVES, metrics))
    assert history.source == "dvclive"
    assert history.train["loss"].values == TRAIN
    assert history.train["loss"].epochs == (1, 2, 3)
    assert history.validation["loss"].values == VALIDATION
    assert set(history.train) == {"loss", "accuracy"}
    assert history.notes == ()


def test_dvclive_folder_may_be_given_at_its_metrics(tmp_path: Path) -> None:
    folder = dvclive(tmp_path, KERAS_CURVES, "plots/metrics")
    assert read_history(folder / "plots/metrics").train["loss"].values == TRAIN
    assert history_from(folder / "plots").validation["loss"].values == VALIDATION


def test_dvclive_keeps_validation_at_its_own_steps(tmp_path: Path) -> None:
    folder = dvclive(tmp_path, {"train/loss": (4.0, 3.0, 2.0, 1.0)}, "plots/metrics")
    path = folder / "plots/metrics/eval/loss.tsv"
    path.parent.mkdir()
    path.write_text("step\teval/loss\n1\t3.5\n3\t3.25\n")
    history = read_history(folder)
    assert history.validation["loss"].epochs == (2, 4)
    assert history.validation["loss"].values == (3.5, 3.25)


def test_dvclive_summary_alone_is_refused(tmp_path: Path) -> None:
    folder = dvclive(tmp_path, KERAS_CURVES, "plots/metrics")
    with pytest.raises(InputError, match=r"metrics\.json: holds only the last values"):
        read_history(folder / "metrics.json")


def mlflow(run: Path, curves: dict[str, tuple[float, ...]]) -> Path:
    """What MLflow's file store leaves: `metrics/<name>` with lines of timestamp, value and step."""
    for name, values in curves.items():
        path = run / "metrics" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"17000000000{step:02} {value} {step}" for step, value in enumerate(values)]
        path.write_text("\n".join(lines) + "\n")
    (run / "params").mkdir()
    (run / "params" / "epochs").write_text("3")
    (run / "meta.yaml").write_text("run_id: 1\n")
    return run


def test_mlflow_run(tmp_path: Path) -> None:
    run = mlflow(tmp_path / "0" / "abc", {"loss": TRAIN, "val_loss": VALIDATION, "lr": (1, 1, 1)})
    history = read_history(run)
    assert history.train["loss"].values == TRAIN
    assert history.validation["loss"].values == VALIDATION
    assert history.validation["loss"].epochs == (1, 2, 3)
    assert history.learning_rate is not None
    assert read_history(run / "metrics").train["loss"].values == TRAIN


def test_several_mlflow_runs_are_refused_by_name(tmp_path: Path) -> None:
    for name in ("first", "second"):
        mlflow(tmp_path / name, {"loss": TRAIN})
    with pytest.raises(InputError, match=r"holds 2 runs \(first, second\); give one run's folder"):
        read_history(tmp_path)


def test_damaged_mlflow_metric_is_refused(tmp_path: Path) -> None:
    run = mlflow(tmp_path, {"loss": TRAIN})
    with (run / "metrics" / "loss").open("a") as file:
        file.write("garbage\n")
    with pytest.raises(InputError, match="lines that are not 'timestamp value step'"):
        read_history(run)


def test_folder_hash_changes_with_contents_and_names_only(tmp_path: Path) -> None:
    first = dvclive(tmp_path / "a", {"train/loss": TRAIN}, "plots/metrics")
    second = dvclive(tmp_path / "b", {"train/loss": TRAIN}, "plots/metrics")
    assert read_history(first).sha256 == read_history(second).sha256
    (second / "notes.txt").write_text("not read")
    assert read_history(first).sha256 == read_history(second).sha256
    dvclive(second, {"train/loss": VALIDATION}, "plots/metrics")
    assert read_history(first).sha256 != read_history(second).sha256


@pytest.mark.parametrize(
    ("name", "message"),
    [("history.txt", "a folder without a history"), ("config.json", "is a model's folder")],
)
def test_other_folders_are_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(InputError, match=message):
        read_history(tmp_path)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    dvclive(tmp_path / "elsewhere", KERAS_CURVES, "plots/metrics")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "plots").symlink_to(tmp_path / "elsewhere" / "plots")
    with pytest.raises(InputError, match="a folder without a history"):
        read_history(folder)
