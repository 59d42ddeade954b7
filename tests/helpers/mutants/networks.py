"""Planted mistakes in the networks."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "networks/layers.py",
        "networks/test_layers.py",
        ("relu-slope", "negative_slope=0.2", "negative_slope=0.1"),
        (
            "pixel-norm-over-the-batch",
            'ops.square(ops.cast(x, "float32")), axis=-1',
            'ops.square(ops.cast(x, "float32")), axis=0',
        ),
        ("instance-norm-keeps-the-mean", "x = x - ops.mean(x, axis=(1, 2), keepdims=True)", "x = x - 0.0"),
        ("blur-too-flat", "x = x[:, :-2] + 2.0 * x[:, 1:-1] + x[:, 2:]", "x = x[:, :-2] + x[:, 1:-1] + x[:, 2:]"),
        ("groups-of-neighbours", "ops.tile(y, (size,))", "ops.repeat(y, size)"),
        ("bias-without-multiplier", "+ self.bias * self.lr_multiplier", "+ self.bias"),
        ("weights-start-small", "normal(self.seed, 1.0 / self.lr_multiplier)", "normal(self.seed, 1.0)"),
        ("style-scale-without-1", "* (scale + 1.0) + shift", "* scale + shift"),
    ),
    *mistakes_in(
        "networks/convolution.py",
        "networks/test_layers.py",
        ("halving-sums", "k[:-1, :-1]) / 4.0", "k[:-1, :-1]) / 2.0"),
        ("doubling-mirrored", "ops.concatenate(quarters, axis=-1)", "ops.concatenate(quarters[::-1], axis=-1)"),
        ("gain-forgotten", "self.scale = self.gain / math.sqrt", "self.scale = 1.0 / math.sqrt"),
    ),
    *mistakes_in(
        "networks/synthesis.py",
        "networks/test_networks.py",
        ("no-blur-after-doubling", "if self.up:\n            x = blur(x)", "if not self.up:\n            x = blur(x)"),
        ("fade-turned-round", "return old + (image - old) * alpha", "return image + (old - image) * alpha"),
        (
            "one-noise-for-each-level",
            "None if noise is None else noise[i]",
            "None if noise is None else noise[i - i % 2]",
        ),
        ("every-layer-one-style", "x = layer(x, ws[:, i], None", "x = layer(x, ws[:, 0], None"),
        ("gray-with-gain", "kernel_size=1, gain=1.0, seed=seed", "kernel_size=1, seed=seed"),
    ),
    *mistakes_in(
        "networks/discriminator.py",
        "networks/test_networks.py",
        (
            "d-fade-turned-round",
            'x = old + (ops.cast(x, "float32") - old) * alpha',
            'x = ops.cast(x, "float32") + (old - ops.cast(x, "float32")) * alpha',
        ),
        (
            "d-without-deviation",
            "if self.group > 1:\n            x = minibatch_stddev(x, self.group)",
            "if self.group > 1:\n            x = minibatch_stddev(x, 1)",
        ),
        ("d-without-blur", "self.bias1(self.conv1(blur(x)))", "self.bias1(self.conv1(x))"),
        (
            "d-level-below-not-trained",
            "self.from_gray[max(level - 1, 0) : level + 1]",
            "self.from_gray[level : level + 1]",
        ),
    ),
    *mistakes_in(
        "networks/generator.py",
        "networks/test_networks.py",
        ("psi-none-is-off", "self.config.truncation_psi if psi is None else psi", "1.0 if psi is None else psi"),
        ("psi-0-is-none", "self.config.truncation_psi if psi is None else psi", "psi or self.config.truncation_psi"),
        (
            "cutoff-none-is-all",
            "self.config.truncation_cutoff if cutoff is None else cutoff",
            "self.num_styles if cutoff is None else cutoff",
        ),
        (
            "cutoff-0-is-none",
            "self.config.truncation_cutoff if cutoff is None else cutoff",
            "cutoff or self.config.truncation_cutoff",
        ),
        ("cutoff-one-layer-more", "np.arange(self.num_styles) < cutoff", "np.arange(self.num_styles) <= cutoff"),
        ("truncated-towards-0", "self.w_avg + (ws - self.w_avg) * weight", "ws * weight"),
        ("call-truncates", "psi: float = 1.0,\n        cutoff", "psi: float | None = None,\n        cutoff"),
        (
            "g-level-below-not-trained",
            "synthesis.to_gray[max(level - 2, 0) : level]",
            "synthesis.to_gray[level - 1 : level]",
        ),
        ("alpha-of-another-level", "self.alpha if size == self.resolution else 1.0", "self.alpha"),
    ),
    *mistakes_in(
        "networks/augment.py",
        "networks/test_augment.py",
        ("stretch-both-ways-alike", "for sign in (1, -1))", "for sign in (1, 1))"),
        ("stretch-forgotten", "ops.exp(scale + sign * stretch)", "ops.exp(scale + 0 * sign * stretch)"),
        ("stretch-turned-round", "for sign in (1, -1))", "for sign in (-1, 1))"),
        ("gates-turned-round", "uniform[:, :GATES] < p", "uniform[:, :GATES] > p"),
        ("flips-front-to-back", "+ ops.cos(angle) * x) * wide", "+ ops.cos(angle) * x) * wide * sign"),
        ("moves-as-it-gets-brighter", "MOVE * normal[:, 3:5]", "MOVE * normal[:, 4:6]"),
        ("turn-shears", "(ops.sin(angle) * y + ops.cos(angle) * x)", "(ops.cos(angle) * x)"),
        ("outside-repeats-the-rim", 'taken * weight * ops.cast(inside, "float32")', "taken * weight"),
        ("bend-and-turn-share-a-gate", "(gate[:, 4] * BEND)", "(gate[:, 1] * BEND)"),
        ("black-gets-brighter", "* value * (1 - value)", "* (1 - value)"),
    ),
]
