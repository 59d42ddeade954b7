"""How good is a generator? `evaluate` is the way in (notebook 07).

`scores` compares distributions of images, `audit` looks for copies of people, `tissues` measures anatomy, `poses` where
heads lie. `sides` picks what is compared with what, `corruptions` spoils slices on purpose, `extractors` turn images
into features; `summary` makes numbers and tables of the result, `comparison` puts two of them side by side.
"""
