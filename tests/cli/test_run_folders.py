"""Which folders match a pattern, and which of their files are the model and the history."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from advisor.cli.demo_network import DemoFiles
from advisor.cli.run_folders import files_of_run, run_folders
from advisor.errors import InputError, UsageError
from tests.cli.test_app import advisor
from tests.histories import REBOUNDS, SETTLES, write_history


def test_folders_go_by_their_names_and_files_among_them_are_passed_over(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    (tmp_path / "runs" / "README.md").write_text("notes")
    found = run_folders([str(tmp_path / "runs" / "*"), str(tmp_path / "runs" / "a")])
    assert found == {"a": tmp_path / "runs" / "a", "b": tmp_path / "runs" / "b"}


def test_folders_of_one_name_go_by_their_paths(tmp_path: Path) -> None:
    for name in ("x/seed-1", "y/seed-1", "y/seed-2"):
        (tmp_path / name).mkdir(parents=True)
    assert list(run_folders([str(tmp_path / "*" / "*")])) == [
        str(tmp_path / "x" / "seed-1"),
        str(tmp_path / "y" / "seed-1"),
        "seed-2",
    ]


def test_a_pattern_without_a_match_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="matches no folder"):
        run_folders([str(tmp_path / "*")])


def test_files_are_told_apart_by_what_they_hold(demo: DemoFiles, tmp_path: Path) -> None:
    shutil.copy(demo.model, tmp_path / "weights.bin")
    write_history(tmp_path / "log.txt")
    (tmp_path / "README.md").write_text("# A run\n")
    (tmp_path / "params.json").write_text('{"dropout": 0.5}')
    (tmp_path / ".history.json.tmp").write_text("{")
    np.savez(tmp_path / "log.rows.npz", losses=np.zeros((2, 3)))
    np.savez(tmp_path / "data.npz", x_train=np.zeros((2, 3)))
    assert files_of_run(tmp_path, {}) == {
        "model": tmp_path / "weights.bin",
        "history": tmp_path / "log.txt",
    }


def test_an_earlier_report_is_no_history(tmp_path: Path) -> None:
    history = write_history(tmp_path / "history.json")
    for name in ("json", "markdown", "junit", "gitlab"):
        assert advisor("check", history, "-f", name, "-o", tmp_path / name).returncode == 0
    assert files_of_run(tmp_path, {}) == {"history": history}


def test_two_of_a_kind_are_named(tmp_path: Path) -> None:
    write_history(tmp_path / "a.json", REBOUNDS)
    write_history(tmp_path / "b.json", SETTLES)
    with pytest.raises(InputError, match=r"holds 2 that may be the history: a.json, b.json;"):
        files_of_run(tmp_path, {})


def test_a_history_that_cannot_be_read_is_not_passed_over(demo: DemoFiles, tmp_path: Path) -> None:
    shutil.copy(demo.model, tmp_path)
    (tmp_path / "history.json").write_text('{"loss": [1.0, 0.5')
    with pytest.raises(InputError, match=r"holds no history: history.json: "):
        files_of_run(tmp_path, {})
    (tmp_path / "README.md").write_text("# A run\n")
    with pytest.raises(InputError, match=r"holds no history; found README.md, history.json"):
        files_of_run(tmp_path, {})


def test_a_model_alone_is_a_run_and_nothing_is_none(demo: DemoFiles, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds neither a model nor a history"):
        files_of_run(tmp_path, {})
    shutil.copy(demo.model, tmp_path)
    assert files_of_run(tmp_path, {}) == {"model": tmp_path / demo.model.name}


def test_folders_inside_count_where_no_file_is_a_history(tmp_path: Path) -> None:
    scalars = tmp_path / "dvclive" / "plots" / "metrics"
    scalars.mkdir(parents=True)
    (scalars / "loss.tsv").write_text("step\tloss\n0\t1.0\n1\t0.5\n")
    assert files_of_run(tmp_path, {}) == {"history": tmp_path / "dvclive"}
    history = write_history(tmp_path / "history.json")
    assert files_of_run(tmp_path, {}) == {"history": history}


def test_a_metric_of_the_users_own_makes_a_history(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,lift,val_lift\n1,0.1,0.1\n2,0.2,0.1\n")
    with pytest.raises(InputError, match="--metric"):
        files_of_run(tmp_path, {})
    assert files_of_run(tmp_path, {"lift": "max"}) == {"history": tmp_path / "log.csv"}
