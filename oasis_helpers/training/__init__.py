"""Training (notebook 05): `trainer` runs the `schedule`, `step` is one compiled update, `losses` what it minimises.

`state` is everything that training changes, `ada` adapts the augmentation, `checkpoint` saves and restores,
`warm_start` begins with another run's networks. `folder` is where a run lives, `history` its log, `plots` its images,
`guards` and `stop` end it in time; `callbacks` and `tensorboard` follow it, `cost` counts what a step takes.
"""
