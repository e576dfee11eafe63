from advisor.evidence.curves.run import Run
from advisor.evidence.data import MEASUREMENTS
from advisor.evidence.measurement import Missing, read
from tests.evidence.runs import WORKED


def test_without_data_every_measurement_says_what_it_lacks() -> None:
    for run in (WORKED, Run(history=None)):
        found = read(run, MEASUREMENTS)
        assert found.values == {}
        assert found.missing["data.label_noise"].needs == "data"
        assert found.missing["training.saved_epoch"] == Missing(
            reason="a history does not say how fit was called", needs="recorder"
        )


def test_meanings_are_sentences() -> None:
    for each in MEASUREMENTS:
        assert each.meaning.endswith(".")
        assert each.unit or each.kind == "truth"
