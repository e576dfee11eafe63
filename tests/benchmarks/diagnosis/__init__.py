"""Labelled trainings: what a diagnosis says, against what an intervention shows.

`train` trains the cases of `recipes` and their interventions into a cache (about an hour),
`cases` packs the cache into `results/`, `table` scores the rules on the packed cases (seconds).
"""
