"""What computes here and whether it will work, said before it is needed: ``python -m oasis_helpers doctor``.

`examination` gathers what there is (`system`, `memory`, `cards`, `packages`) and tries one compiled step per device in
a process of its own (`trial`). `machine_faults`, `card_faults` and `step_faults` are the faults it knows, each with
the command that fixes it (`fixes`). Nothing here imports TensorFlow or JAX, which cannot even be imported on some of
the machines that are ill; `cards` needs the standard library alone, because ``make setup EXTRAS=gpu`` asks it before
anything is installed.
"""
