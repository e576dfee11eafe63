"""All that is measured on a model and its history, for tests and benchmarks that have no files."""

from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.evaluation import Evaluation
from advisor.evidence.gather import gather, run_of
from advisor.evidence.measurement import Evidence
from advisor.evidence.weights.kernels import ModelWeights
from advisor.evidence.weights.penalty import Statistics
from advisor.evidence.weights.weight_statistics import SPECTRUM_LIMIT, measure_weights
from advisor.inputs.dataset import Dataset
from advisor.inputs.history import History
from advisor.inputs.model_facts import ModelFacts


def evidence_of(
    model: ModelFacts | None,
    history: History | None = None,
    *,
    statistics: Statistics | None = None,
    spectrum_limit: int = SPECTRUM_LIMIT,
    dataset: Dataset | None = None,
    evaluation: Evaluation | None = None,
    **sizes: int | None,
) -> Evidence:
    """As `advisor check` measures it; the weights are read unless their `statistics` are given.

    `sizes` are `n_train`, `n_val` and `batch_size`, in rows.
    """
    weights = None
    if model is not None:
        if statistics is None:
            statistics = measure_weights(model, spectrum_limit)
        flow = LayerFlow(model=model)
        weights = ModelWeights(flow=flow, statistics=statistics, history=history)
    run = run_of(history, weights, dataset=dataset, evaluation=evaluation, **sizes)
    return gather(run, weights, dataset=dataset, evaluation=evaluation)
