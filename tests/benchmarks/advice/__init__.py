"""What the advice is worth: the race's pick against what a user would do instead.

`rebuild` makes everything that is stored: it trains a grid of strategies for every task
(`results/truth`), asks the rules alone (`results/rules.json`), and so for a survey of further tasks
on which the rules' strengths may be set (`results/survey.json`), runs the race and retrains what it
picked (`results/races`), and replays other searches on the same trainings (`results/replays`).
Every training goes through a cache, so all of it is resumable. `report` reads what is stored,
without training, and gives tables and plots. `compare` tells protocols of the race apart, and
`wall_clock` runs the searches for real.
"""
