"""Histories whose verdict and gate are plain, and those where they are not."""

import json
from collections.abc import Mapping
from math import sin
from pathlib import Path

History = Mapping[str, list[float]]

EPOCHS = range(40)

# The validation loss falls to .5 and ends at .9: severe.
REBOUNDS: History = {
    "loss": [0.9**epoch for epoch in EPOCHS],
    "val_loss": [1.0 - 0.05 * e for e in range(10)] + [0.5 + 0.4 * e / 29 for e in range(30)],
}

# Both level off and stay: no rebound, and a gap of .05.
SETTLES: History = {
    "loss": [0.45 + 0.8**epoch for epoch in EPOCHS],
    "val_loss": [0.5 + 0.8**epoch + 0.0005 * sin(3 * epoch) for epoch in EPOCHS],
}

# The same with a rise of about the limit at the end, under jitter of its size.
WOBBLES: History = {
    "loss": [0.45 + 0.8**epoch for epoch in EPOCHS],
    "val_loss": [
        0.5 + 0.8**epoch + 0.001 * max(0, epoch - 15) + 0.02 * sin(3 * epoch) for epoch in EPOCHS
    ],
}


# A data loss that falls to .5 within 10 epochs, stays there for 10, climbs to .65 within 10 more
# and stays: 30 % above its best. Its L1/L2 penalty falls twice as fast as it climbs.
DATA_REBOUNDS = [
    1.0 - 0.05 * e if e < 10 else 0.5 + 0.015 * min(max(e - 19, 0), 10) for e in EPOCHS
]
FALLING_PENALTY = [1.2 - 0.03 * e for e in EPOCHS]


def write_history(file: Path, history: History = REBOUNDS) -> Path:
    """`history` as `json.dump(run.history, file)` leaves it; folders are made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(history), encoding="utf-8")
    return file


def write_recorded(
    file: Path, history: History, *, rows: str, n_val: int = 500, **noted: object
) -> Path:
    """The same as a Recorder writes it; `rows` is the hash of the validation rows."""
    document = {
        "history": history,
        "epoch": list(EPOCHS),
        "params": {"n_val": n_val},
        "recorder": {"format": 1, "val_sha256": rows, **noted},
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document), encoding="utf-8")
    return file
