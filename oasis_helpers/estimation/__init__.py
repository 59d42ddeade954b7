"""What a training will cost here: the work that a configuration asks for, timed steps, and both laid out (notebook 05).

`workload` counts steps and saved states, `timing` times real steps, `estimate` lays one over the other, and `budget`
refuses what would take too long. What a step costs in multiply-adds is in `oasis_helpers.training.cost`.
"""
