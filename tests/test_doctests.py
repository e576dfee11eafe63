"""The examples in the docstrings of the public names do what they say."""

import doctest
from importlib import import_module

import pytest

import advisor

FINDER = doctest.DocTestFinder(exclude_empty=True)
MODULES = sorted({"advisor", *advisor._HOMES.values()})
EXAMPLES = {
    test.name: test
    for name in MODULES
    for test in FINDER.find(import_module(name), name)
    if test.examples
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_a_docstring_hold(name: str) -> None:
    said: list[str] = []
    results = doctest.DocTestRunner().run(EXAMPLES[name], out=said.append, clear_globs=False)
    assert results.failed == 0, "".join(said)


def test_the_public_names_have_examples_that_run() -> None:
    run = {
        name
        for name, test in EXAMPLES.items()
        if not all(example.options.get(doctest.SKIP) for example in test.examples)
    }
    assert run >= {
        "advisor.inputs.history.History",
        "advisor.pipeline.assertion.assert_not_overfitting",
        "advisor.pipeline.diagnosis.diagnose",
        "advisor.recommend.recommendation.Recommendation",
        "advisor.report.report.Report",
        "advisor.report.report.Report.load",
    }
