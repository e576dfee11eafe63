"""Histories in every form that tools export: the same curves, or one line that says why not."""

import json
import math
import random
from pathlib import Path
from types import SimpleNamespace

import pytest

from advisor.errors import InputError
from advisor.inputs.history import History, Series, history_from, read_history

CURVES = {"loss": [0.9, 0.6, 0.4], "val_loss": [0.8, 0.7, 0.75], "acc": [0.5, 0.7, 0.9]}
ROWS = [
    {"loss": 0.9, "val_loss": 0.8, "acc": 0.5},
    {"loss": 0.6, "val_loss": 0.7, "acc": 0.7},
    {"loss": 0.4, "val_loss": 0.75, "acc": 0.9},
]
NUMBERED_ROWS = [{"epoch": epoch, **row} for epoch, row in enumerate(ROWS)]
SPLIT = {
    "columns": ["loss", "val_loss", "acc"],
    "index": [0, 1, 2],
    "data": [list(row.values()) for row in ROWS],
}
PANDAS_CSV = ",loss,val_loss,acc\n0,0.9,0.8,0.5\n1,0.6,0.7,0.7\n2,0.4,0.75,0.9\n"

ACCEPTED = {
    "json.dump(history.history)": json.dumps(CURVES),
    "with a byte order mark": "\ufeff" + json.dumps(CURVES),
    "indented": json.dumps(CURVES, indent=2),
    "history inside": json.dumps({"history": CURVES}),
    "history, params and epoch": json.dumps(
        {"params": {"epochs": 3}, "epoch": [0, 1, 2], "history": CURVES}
    ),
    "epochs counted from 1": json.dumps({"epoch": [1, 2, 3], **CURVES}),
    "JSON in JSON": json.dumps(json.dumps(CURVES)),
    "JSON in JSON in history": json.dumps({"history": json.dumps(CURVES)}),
    "rows": json.dumps(ROWS),
    "numbered rows": json.dumps(NUMBERED_ROWS),
    "rows in history": json.dumps({"history": ROWS}),
    "trainer state": json.dumps({"log_history": NUMBERED_ROWS, "best_metric": None}),
    "JSON lines": "\n".join(map(json.dumps, NUMBERED_ROWS)),
    "JSON lines without numbers": "\n".join(map(json.dumps, ROWS)) + "\n\n",
    "pandas to_json": json.dumps(
        {name: {str(at): v for at, v in enumerate(values)} for name, values in CURVES.items()}
    ),
    "pandas orient=index": json.dumps({str(at): row for at, row in enumerate(ROWS)}),
    "pandas orient=split": json.dumps(SPLIT),
    "pandas orient=table": json.dumps(
        {"schema": {}, "data": [{"index": at, **row} for at, row in enumerate(ROWS)]}
    ),
    "rows by epoch": json.dumps({f"epoch {at + 1}": row for at, row in enumerate(ROWS)}),
    "text values": json.dumps({name: [str(v) for v in values] for name, values in CURVES.items()}),
    "numpy as text": json.dumps(
        {name: [f"np.float32({v})" for v in values] for name, values in CURVES.items()}
    ),
    "lists of one": json.dumps({name: [[v] for v in values] for name, values in CURVES.items()}),
    "split in groups": json.dumps(
        {
            "train": {"loss": CURVES["loss"], "accuracy": CURVES["acc"]},
            "val": {"loss": CURVES["val_loss"]},
        }
    ),
    "str(dict)": str(CURVES),
    "str(dict) of numpy": str(CURVES).replace("0.9", "np.float32(0.9)"),
    "str(dict) of arrays": str(CURVES).replace("[0.9, 0.6, 0.4]", "array([0.9, 0.6, 0.4])"),
    "str(rows)": str(ROWS),
    "str of {history}": str({"history": CURVES, "epoch": [0, 1, 2]}),
    "pandas to_csv": PANDAS_CSV,
    "Windows lines": PANDAS_CSV.replace("\n", "\r\n"),
    "semicolons": PANDAS_CSV.replace(",", ";"),
    "semicolons and decimal commas": PANDAS_CSV.replace(",", ";").replace(".", ","),
    "tabs": PANDAS_CSV.replace(",", "\t"),
    "to_csv(index=False)": "\n".join(line.partition(",")[2] for line in PANDAS_CSV.splitlines()),
    "CSVLogger": PANDAS_CSV.replace(",loss", "epoch,loss", 1),
    "CSVLogger with arrays": (
        'epoch,acc,loss,val_loss\n0,0.5,"""[0.9]""",0.8\n1,0.7,0.6,0.7\n2,0.9,0.4,0.75\n'
    ),
    "a repeated header": (
        "epoch,loss,val_loss,acc\n0,0.9,0.8,0.5\nepoch,loss,val_loss,acc\n1,0.6,0.7,0.7\n"
        "2,0.4,0.75,0.9\n"
    ),
    "Lightning": (
        "acc,epoch,step,train_loss_epoch,train_loss_step,val_loss\n"
        ",0,5,,0.95,\n,0,9,,,0.8\n0.5,0,9,0.9,,\n,1,19,,,0.7\n0.7,1,19,0.6,,\n,2,29,,,0.75\n"
        "0.9,2,29,0.4,,\n"
    ),
    "Weights & Biases": (
        "_step,_runtime,_timestamp,epoch/epoch,epoch/loss,epoch/val_loss,epoch/acc\n"
        "0,1.5,1700000000,0,0.9,0.8,0.5\n1,3.1,1700000002,1,0.6,0.7,0.7\n"
        "2,4.2,1700000003,2,0.4,0.75,0.9\n"
    ),
    "Weights & Biases chart": (
        '"Step","my - run 3 - epoch/loss","my - run 3 - epoch/loss__MIN",'
        '"my - run 3 - epoch/val_loss","my - run 3 - epoch/acc"\n'
        '"0","0.9","0.9","0.8","0.5"\n"1","0.6","0.6","0.7","0.7"\n"2","0.4","0.4","0.75","0.9"\n'
    ),
    "train and validation logged in turn": "".join(
        f'{{"step": {100 * at + 10}, "loss": {row["loss"]}, "acc": {row["acc"]}}}\n'
        f'{{"step": {100 * at + 11}, "val_loss": {row["val_loss"]}}}\n'
        for at, row in enumerate(ROWS)
    ),
    "newest first": json.dumps(NUMBERED_ROWS[::-1]),
}


def written(folder: Path, text: str | bytes, name: str = "history.json") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("form", ACCEPTED)
def test_every_form_gives_the_same_curves(form: str, tmp_path: Path) -> None:
    history = read_history(written(tmp_path, ACCEPTED[form], "its-name-says-nothing.png"))
    assert history.epochs == 3
    assert {name: series.values for name, series in history.train.items()} == {
        "loss": (0.9, 0.6, 0.4),
        "accuracy": (0.5, 0.7, 0.9),
    }
    assert history.train["loss"].epochs == (1, 2, 3)
    assert {name: series.values for name, series in history.validation.items()} == {
        "loss": (0.8, 0.7, 0.75)
    }
    assert history.validation["loss"].epochs == (1, 2, 3)
    assert history.directions == {"loss": "min", "accuracy": "max"}
    assert history.undirected == ()


REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "an empty dict": (b"{}", "holds no epochs"),
    "an empty list": (b"[]", "holds no epochs"),
    "empty curves": (b'{"loss": [], "val_loss": []}', "holds no metric with a value"),
    "nothing but missing values": (b"epoch,loss\n0,NA\n1,NA\n", "holds no metric with a value"),
    "a header alone": (b"epoch,loss,val_loss\n", "holds no metric with a value"),
    "a model": (b"PK\x03\x04...", "is not a readable zip archive"),
    "an HDF5 model": (b"\x89HDF\r\n\x1a\n....", "is an HDF5 file, as a model is"),
    "a model's JSON": (b'{"class_name": "Sequential", "config": {}}', "a model's configuration"),
    "a report": (b'{"schema_version": 1, "verdict": "healthy"}', "is a report"),
    "pickle, protocol 4": (b"\x80\x04\x95\x10", "is a damaged pickle"),
    "pickle, protocol 0": (b"(dp0\nVloss\np1\n", "is a damaged pickle"),
    "pickled object, protocol 0": (b"ccopy_reg\n_reconstructor\np0\n", "is a damaged pickle"),
    "a Parquet table": (b"PAR1....", "save the table with to_csv"),
    "rows of other lengths": (
        b'{"columns": ["loss", "val_loss"], "data": [[1, 2], [3]]}',
        "don't hold one cell for each of 2 columns",
    ),
    "a cell beyond any figure": (b"epoch,loss\n0," + b"9" * 200_000, "field larger than"),
    "gzip": (b"\x1f\x8b\x08...", "is compressed with gzip"),
    "zero bytes": (b"loss\x00val_loss", "zero bytes"),
    "not UTF-8": (b"loss,\xff\n1,2", "is not text"),
    "JSON cut short": (b'{"loss": [0.9, 0.6', "is not valid JSON"),
    "a number": (b"0.5", "its first line holds no names"),
    "a bare list": (b"[0.9, 0.6]", "is a list without names"),
    "CSV without names": (b"0,0.9,0.8\n1,0.6,0.7\n", "its first line holds no names"),
    "a wrong word": (b'{"loss": [0.9, "low", 0.4]}', "'loss' is 'low' at epoch 2, not a number"),
    "a wrong cell": (b"epoch,loss\n0,0.9\n1,x\n", "'loss' is 'x' at line 3, not a number"),
    "a ragged line": (b"epoch,loss\n0,0.9\n1,0.6,7\n2,0.5\n", "line 3 has 3 values for 2 names"),
    "a column twice": (b"loss,loss\n1,2\n", "two columns that are called 'loss'"),
    "a data set": (b"age,fare\n22,7.25\n38,71.3\n", "no 'loss' or other known metric"),
    "several runs": (
        b'{"a": {"loss": [1, 2]}, "b": {"loss": [1, 3], "val_loss": [2, 3]}}',
        "seems to hold several runs",
    ),
    "a list of runs": (b'[{"loss": [1, 2]}, {"loss": [1, 3]}]', "holds 2 runs"),
    "charts of two runs": (b'"Step","a - loss","b - loss"\n0,1,2\n1,1,2\n', "holds 2 runs"),
    "DVCLive's summary": (b'{"step": 9, "train": {"loss": 0.2}}', "only the last values"),
    "negative epochs": (b"epoch,loss\n-1,0.9\n0,0.8\n", "counts its epochs from -1"),
    "seconds for epochs": (b"epoch,loss\n1700000000,0.9\n", "counts 1,700,000,001 epochs"),
    "cut short": (
        json.dumps({"loss": [0.5] * 40, "val_loss": [0.5] * 12}).encode(),
        "'val_loss' has 12 epochs but 'loss' has 40; export the whole history",
    ),
    "a metric cut short": (
        json.dumps({"loss": [0.5] * 4, "accuracy": [0.5] * 2}).encode(),
        "'accuracy' has 2 epochs but 'loss' has 4; export the whole history",
    ),
    "more validation than training": (
        json.dumps({"loss": [0.5] * 12, "val_loss": [0.5] * 40}).encode(),
        "'val_loss' has 40 epochs but 'loss' has 12; export the whole history",
    ),
    "code": (b"{'loss': [__import__('os').getpid()]}", "neither JSON nor a printed Python dict"),
    "a deep literal": (b"{'a': " * 150, "nests deeper"),
    "deep JSON": (b"[" * 100_000, "nests deeper"),
    "an endless integer": (b'{"loss": [1' + b"0" * 400 + b"]}", "no metric|not a number|no 'loss'"),
}


@pytest.mark.parametrize("form", REFUSED)
def test_other_files_are_refused_in_one_line(form: str, tmp_path: Path) -> None:
    content, message = REFUSED[form]
    with pytest.raises(InputError, match=message) as caught:
        read_history(written(tmp_path, content))
    assert str(caught.value).startswith("history.json")
    assert "\n" not in str(caught.value)


def test_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.json: cannot be read"):
        read_history(tmp_path / "gone.json")


def test_file_beyond_64_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(64 * 2**20 + 1)
    with pytest.raises(InputError, match="larger than 64 MB"):
        read_history(path)


def test_wide_sparse_rows_are_refused_before_they_fill_memory(tmp_path: Path) -> None:
    rows = json.dumps([{"loss": 1.0, f"c{at}": 1.0} for at in range(3000)])
    with pytest.raises(InputError, match="3,001 columns and 3,000 rows"):
        read_history(written(tmp_path, rows))


def test_nan_and_infinity_are_values_and_null_is_none(tmp_path: Path) -> None:
    text = '{"loss": [0.9, NaN, Infinity], "val_loss": [0.8, null, "nan"]}'
    history = read_history(written(tmp_path, text))
    assert history.train["loss"].epochs == (1, 2, 3)
    assert math.isnan(history.train["loss"].values[1])
    assert history.train["loss"].values[2] == math.inf
    assert history.validation["loss"].epochs == (1, 3)
    assert math.isnan(history.validation["loss"].values[1])


def test_nan_in_a_csv_is_a_value_and_na_is_none(tmp_path: Path) -> None:
    text = "epoch,loss,val_loss\n0,0.9,NA\n1,nan,0.7\n2,inf,NA\n"
    history = read_history(written(tmp_path, text))
    assert history.train["loss"].values[0] == 0.9
    assert math.isnan(history.train["loss"].values[1])
    assert history.train["loss"].values[2] == math.inf
    assert history.validation["loss"].epochs == (2,)


def test_nan_in_a_printed_dict_is_a_value(tmp_path: Path) -> None:
    history = read_history(written(tmp_path, "{'loss': [0.5, nan, -inf], 'val_loss': [1, 2, 3]}"))
    assert math.isnan(history.train["loss"].values[1])
    assert history.train["loss"].values[2] == -math.inf


def test_learning_rate_is_no_metric() -> None:
    history = history_from({**CURVES, "lr": [1e-3, 1e-3, 1e-4]})
    assert history.learning_rate is not None
    assert history.learning_rate.values == (1e-3, 1e-3, 1e-4)
    assert set(history.train) == {"loss", "accuracy"}
    assert "learning_rate" not in history.undirected


def test_unknown_metric_is_undirected_until_it_is_told() -> None:
    curves = {**CURVES, "my_score": [1, 2, 3], "val_my_score": [1, 2, 2]}
    assert history_from(curves).undirected == ("my_score",)
    assert "my_score" not in history_from(curves).directions
    told = history_from(curves, {"my_score": "min"})
    assert (told.undirected, told.directions["my_score"]) == ((), "min")
    assert history_from(curves, {"val_my_score": "max"}).directions["my_score"] == "max"


def test_given_direction_overrides_the_table() -> None:
    assert history_from(CURVES, {"acc": "min"}).directions["accuracy"] == "min"


def test_direction_for_a_metric_that_is_not_logged_is_noted() -> None:
    notes = history_from(CURVES, {"f1": "max"}).notes
    assert notes == ("the metric 'f1' was given a direction but is not logged",)


def test_told_direction_makes_a_history_of_an_unknown_metric_readable() -> None:
    assert history_from({"fitness": [1, 2]}, {"fitness": "max"}).directions == {"fitness": "max"}
    with pytest.raises(InputError, match="--metric fitness:max"):
        history_from({"fitness": [1, 2]})


def test_both_spellings_of_one_metric_keep_the_plain_one() -> None:
    history = history_from({**CURVES, "accuracy": [0.1, 0.2, 0.3]})
    assert history.train["accuracy"].values == (0.1, 0.2, 0.3)
    assert "left out: 'acc' (another column says the same)" in history.notes


def test_test_loss_serves_as_validation_only_without_one() -> None:
    alone = history_from({"loss": [3, 2], "test_loss": [4, 5]})
    assert alone.validation["loss"].values == (4, 5)
    assert "'test_loss' is taken for the validation" in alone.notes
    beside = history_from({"loss": [3, 2], "test_loss": [4, 5], "val_loss": [6, 7]})
    assert beside.validation["loss"].values == (6, 7)


def test_history_without_validation_has_none() -> None:
    history = history_from({"loss": [3, 2]})
    assert history.validation == {}
    assert history.epochs == 2


def test_figures_of_several_values_and_words_are_left_out_with_a_note() -> None:
    history = history_from({**CURVES, "f1": [[1, 2], [1, 2], [1, 2]], "when": ["a", "b", "c"]})
    assert set(history.train) == {"loss", "accuracy"}
    assert history.notes == ("left out: 'f1', 'when' (not one number for each epoch)",)


def test_sizes_are_read_from_params_and_beside_the_curves(tmp_path: Path) -> None:
    text = json.dumps(
        {"params": {"samples": 300, "batch_size": 32, "steps": 10}, "n_val": 100, "history": CURVES}
    )
    history = read_history(written(tmp_path, text))
    assert (history.n_train, history.n_val, history.batch_size) == (300, 100, 32)
    assert history.steps_per_epoch == 10
    flat = history_from({**CURVES, "n_train": 300, "batch_size": True})
    assert (flat.n_train, flat.batch_size) == (300, None)


def test_last_line_cut_short_is_left_out_with_a_note(tmp_path: Path) -> None:
    history = read_history(written(tmp_path, PANDAS_CSV + "3,0.3"))
    assert history.epochs == 3
    assert history.notes == ("line 5, the last one, was cut short and is left out",)


def test_resumed_logger_with_new_columns_fills_the_old_rows_with_none(tmp_path: Path) -> None:
    text = "epoch,loss\n0,0.9\n1,0.8\nepoch,loss,val_loss\n2,0.7,0.6\n"
    history = read_history(written(tmp_path, text))
    assert history.train["loss"].epochs == (1, 2, 3)
    assert history.validation["loss"].epochs == (3,)


def test_utf16_from_a_windows_shell_is_read(tmp_path: Path) -> None:
    for text in (PANDAS_CSV, json.dumps(CURVES)):
        assert read_history(written(tmp_path, text.encode("utf-16"))).epochs == 3


def test_live_history_object_needs_no_keras() -> None:
    live = SimpleNamespace(history=CURVES, epoch=[1, 2, 3], params={"steps": 7})
    history = history_from(live)
    assert history.train["loss"].epochs == (2, 3, 4)  # Keras counts from 0
    assert history.steps_per_epoch == 7
    assert history.notes == ("the history starts at epoch 2: what came before is not in it",)


def test_numpy_values_of_a_custom_callback_are_read() -> None:
    import numpy as np

    curves = {
        "loss": np.array([0.5, 0.25], dtype="float32"),
        "val_loss": [np.float32(0.5), np.array([0.75])],
    }
    history = history_from(curves)
    assert history.train["loss"].values == (0.5, 0.25)
    assert history.validation["loss"].values == (0.5, 0.75)


def test_path_and_history_pass_through(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(CURVES))
    history = read_history(path)
    assert history_from(str(path)) == history_from(path) == history
    assert history_from(history) is history
    assert history.source == "history.json"
    assert history.sha256 is not None
    assert history_from(CURVES).sha256 is None


@pytest.mark.parametrize("value", [3, None, object(), {"loss": object()}, [1, 2], ["loss"], {1: 2}])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="history: "):
        history_from(value)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """`data` with bytes flipped, figures changed, a piece cut out, or two pieces swapped."""
    for _ in range(rng.randint(1, 2)):
        first, second = sorted(rng.sample(range(len(data)), 2))
        match rng.randrange(6):
            case 0:
                data = data[:first] + bytes([rng.randrange(256)]) + data[first + 1 :]
            case 1:
                data = data[:first] + data[second:]
            case 2:
                data = data[:first] + data[second:] + data[first:second]
            case 3:
                data = data[:second] + rng.choice(b'[]{},:"\n;.-e').to_bytes() + data[second:]
            case _:
                digits = [at for at, byte in enumerate(data) if byte in b"0123456789"] or [0]
                at = rng.choice(digits)
                data = data[:at] + rng.choice(b"0123456789.-eN").to_bytes() + data[at + 1 :]
        if len(data) < 2:
            break
    return data


@pytest.mark.parametrize("form", ["history, params and epoch", "str(dict)", "Lightning"])
def test_mutated_histories_give_a_history_or_an_input_error(form: str, tmp_path: Path) -> None:
    rng = random.Random(form)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(200):
        path = written(tmp_path, mutated(ACCEPTED[form].encode(), rng))
        try:
            assert isinstance(read_history(path), History)
            outcomes["read"] += 1
        except InputError as error:
            assert "\n" not in str(error)
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 10  # the mutations are neither all harmless nor all fatal


def test_the_repr_is_one_line_whatever_the_history_holds() -> None:
    series = Series(epochs=tuple(range(1, 1001)), values=(0.5, 0.25) * 500)
    names = ("loss", "\x1b[31m\n" + "x" * 1000, *(f"metric_{number}" for number in range(40)))
    history = History(
        source="history.json",
        sha256=None,
        epochs=1000,
        train=dict.fromkeys(names, series),
        validation={},
    )
    shown = repr(history)
    assert shown.startswith("History('history.json', 1000 epochs; train: loss, '\\x1b[31m\\nxxx")
    assert shown.endswith("metric_0, metric_1, metric_2, and 37 more; validation: none)")
    assert shown.isprintable()
    assert len(shown) < 250
    assert repr(series) == "Series(1000 values: 0.5 at epoch 1, ..., 0.25 at epoch 1000)"
