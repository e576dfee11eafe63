"""What the advice is worth: the race's pick against what a user would do instead.

`truth` trains a grid of strategies for every task (`results/truth`), `run` runs the race and
retrains what it picked (`results/races`), `rules_alone` keeps what the rules say without probes
(`results/rules.json`). From what is stored, without training, `table` prints regrets, harm and
coverage, and `versus` sets the advisor beside searches, Optuna and KerasTuner at equal budgets;
`compare` tells protocols of the race apart. Every training goes through a cache, so all of it is
resumable.
"""
