"""Does the generator copy people? The memorisation audit (notebook 07).

`audit` is the way in. `registration` brings heads into one frame, `edges`, `parts` and the pixels themselves are
what is compared, `nearest` finds the training slice that each image resembles most, `threshold` says where chance
ends, `one_distance` judges by one distance, `audit` puts these together. `disguises` makes copies on purpose, to see
whether the audit finds them.
"""
