"""How good is a generator? `evaluate` is the way in (notebook 07).

`scores` compares distributions of images, `audit` looks for copies of people, `tissues` measures anatomy, `poses` where
heads lie, and `two_sample` asks a network to tell samples from slices. `sides` picks what is compared with what,
`extractors` turn images into features. `judging` puts every score beside its null, `verdicts` makes colours of that.
`corruptions` and `defects` degrade slices on purpose, and `sensitivity` says which score sees which defect. `summary`
makes numbers and tables of the result, `comparison` puts two of them side by side.
"""
