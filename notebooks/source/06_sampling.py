# %% [markdown]
# # 06 · What did it learn, and what can you ask it for?
#
# A trained generator is a machine with handles: the seed, the truncation, a style for every layer, the noise. This
# notebook turns them one by one and looks at what changes in the brain.
#
# **Goals.** After it you can
#
# 1. draw brains from seeds, and say why a seed is a picture's name;
# 2. trade variety for quality with truncation;
# 3. mix the styles of two brains, and say which layers carry what;
# 4. walk from one brain to another;
# 5. show what the noise does.
#
# **Needs** a trained generator: it takes your newest run from notebook 05, and trains a tiny one (half a minute, 16 px,
# blobs) if there is none. **Takes** about 15 minutes to read, under a minute to run.

# %%
from oasis_helpers import checks, device_name, sampling
from oasis_helpers.runs import any_generator
from oasis_helpers.view.figures import show_mixing, show_slices, subplots

import numpy as np

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
first_seed = 0  # seeds are counted from here; any whole number from 0
brains = 16  # how many to draw; 1 to 64 are quick
psi = 0.7  # truncation; 0 is the mean brain, 1 turns it off
coarse_layers = 4  # how many of the first layers count as coarse; 1 to the number of layers less 1
noise = "fixed"  # "fixed" by the seed, "fresh" at every call, "off" for none

# %% tags=["nbval-ignore-output"]
# Not compared in CI: which run is the newest differs, and training a small one shows a bar.
generator = any_generator()
about = generator.about
print(f"{generator.resolution} px, {generator.num_styles} styles, trained with {about['kimg']:g} thousand images")
print("data:", about["data"])

# %% [markdown]
# ## Idea 1: a seed is a name
#
# A seed is a whole number. It starts a random number generator, which makes a latent z and the noise maps; from them
# follows the picture. The same seed gives the same brain today and tomorrow, alone or among others.

# %%
seeds = sampling.seed_range(first_seed, brains)
coarse = sampling.first_layers(generator, coarse_layers)
pictures = sampling.sample(generator, seeds, psi, noise)
print("one picture per seed:", len(pictures) == brains, "- grey values are", pictures.dtype)
show_slices(pictures, [f"seed {s}" for s in seeds], title=f"psi = {psi}")

# %%
alone = sampling.sample(generator, first_seed, psi, "fixed")[0]
among = sampling.sample(generator, range(first_seed, first_seed + 5), psi, "fixed")[0]
print("alone and among others, the same picture:", np.array_equal(alone, among))

# %% [markdown]
# ## Idea 2: truncation trades variety for quality
#
# From notebook 02: $w' = \bar{w} + \psi\,(w - \bar{w})$. $\bar{w}$ is the mean style, and $\psi$ says how far from
# it a brain may be.
#
# The toy version on styles, beside the packaged one:

# %%
every = generator.num_styles  # truncate every layer
ws, half, mean = (sampling.styles(generator, seeds[:1], value, every) for value in (1.0, 0.5, 0.0))
print("the toy and the package agree:", np.allclose(mean + 0.5 * (ws - mean), half, atol=1e-5))

# %% [markdown]
# **Predict.** Below, each row is one seed and psi grows from left to right. What will the leftmost column look like?

# %%
sweep = (0.0, 0.35, 0.7, 1.0)
rows = [sampling.sample(generator, seed, value, "off", every)[0] for seed in seeds[:3] for value in sweep]
show_slices(np.stack(rows), [f"psi {value}" for value in sweep] * (len(rows) // len(sweep)), columns=len(sweep))

# %% [markdown]
# **What we see.** At 0, every seed gives the same brain, the mean one. With growing psi they part. At 1 they differ
# most, and some are odd.
#
# How much variety is lost? The spread of a pixel over many brains, averaged over all pixels, at two values of psi:

# %%
many = range(first_seed, first_seed + 64)
spread = {v: sampling.sample(generator, many, v, "off", every).std(axis=0).mean() for v in (0.0, 0.5, 1.0)}
print("no variety at psi 0:", bool(spread[0.0] == 0))
print("less at 0.5 than at 1:", bool(spread[0.5] < spread[1.0]))

# %% [markdown]
# ## Idea 3: each layer has its own style
#
# Every layer gets a w of its own. Usually they are all the same, but they need not be (paper, section 3.1). Take the
# styles of a **source**, and replace those of some layers by a **donor's**:
#
# $$w^{mix}_l = \begin{cases} w^{donor}_l & \text{if layer } l \text{ is chosen} \\ w^{source}_l & \text{otherwise}\end{cases}$$
#
# $l$ counts the layers from coarse (4 px) to fine. The toy version is one line of NumPy per layer range:

# %%
source, donor = sampling.styles(generator, [first_seed, first_seed + 1])
toy = source.copy()
toy[:coarse_layers] = donor[:coarse_layers]
print("the first layers are the donor's:", np.array_equal(toy[:coarse_layers], donor[:coarse_layers]))
print("the others are the source's:", np.array_equal(toy[coarse_layers:], source[coarse_layers:]))

# %%
mixed = sampling.mix(generator, seeds[:1], [first_seed + 1], coarse, psi)
noise_map = sampling.noise_maps(seeds[:1], generator.resolution)
by_hand = sampling.styles(generator, seeds[:1], psi)
by_hand[:, :coarse_layers] = sampling.styles(generator, [first_seed + 1], psi)[:, :coarse_layers]
print("the package draws the same:", np.array_equal(mixed[0], sampling.draw(generator, by_hand, noise_map)))

# %% [markdown]
# **Predict.** A brain takes its coarse layers from a donor. Will its outline be the source's or the donor's? (The noise
# is off below, so that only the styles count.)

# %%
sources, donors = [first_seed, first_seed + 1, first_seed + 2], [first_seed + 10 + i for i in range(4)]
left, top = sampling.sample(generator, sources, 1.0, "off"), sampling.sample(generator, donors, 1.0, "off")
from_coarse = sampling.mix(generator, sources, donors, coarse, 1.0, "off")
show_mixing(left, top, from_coarse, f"coarse layers 0-{coarse_layers - 1} from the donor")

# %%
fine = range(coarse_layers, generator.num_styles)
from_fine = sampling.mix(generator, sources, donors, fine, 1.0, "off")
show_mixing(left, top, from_fine, "all other layers from the donor")

# %% tags=["nbval-ignore-output"]
# Not compared in CI: how far a mix lies from both depends on the run.
for name, mixes in (("coarse", from_coarse), ("others", from_fine)):
    far = [np.abs(mixes.astype(float) - brain).mean() for brain in (left[:, None], top[None])]
    print(f"{name} from the donor: {far[0]:4.1f} grey values from the source, {far[1]:4.1f} from the donor")

# %% [markdown]
# **What we see.** With the run of preset `laptop` shown here: the mixes with a donor's coarse layers are hardly to be
# told from their source, and the outline comes with the other layers. This is **not** what the paper shows. There,
# after 25 million images, coarse styles carry pose and shape, and fine ones only colours and grain. Our run showed 58
# thousand, and spent most of its steps on the last levels, which learned to do everything. Which layer carries what is
# not built in; it has to be learned. Try `coarse_layers` at 8, or another run.

# %% [markdown]
# ## Idea 4: walks
#
# Between two brains lie others. In W we walk straight:
#
# $$w(t) = (1 - t)\,w_a + t\,w_b, \qquad 0 \le t \le 1$$
#
# $w_a$ and $w_b$ are the styles of two seeds. In Z we walk along a great circle (**slerp**, spherical linear
# interpolation), because z lies near a sphere.

# %%
steps = 8
in_w = sampling.interpolate(generator, first_seed, first_seed + 1, steps, "w", psi)
in_z = sampling.interpolate(generator, first_seed, first_seed + 1, steps, "z", psi)
print("both start at the same brain:", np.array_equal(in_w[0], in_z[0]))
print("both end at the same brain:", np.array_equal(in_w[-1], in_z[-1]))

# %%
titles = [f"W, t = {t:.2f}" for t in np.linspace(0, 1, steps)] + [f"Z, t = {t:.2f}" for t in np.linspace(0, 1, steps)]
show_slices(np.concatenate([in_w, in_z]), titles, columns=steps)

# %% [markdown]
# **What we see.** The brain changes smoothly: no step on the way is an average of two pictures laid over each other,
# each is a brain of its own. The upper walk is straight in W. The lower one takes a way of its own between the same
# ends.

# %% [markdown]
# ## Idea 5: noise
#
# The noise maps stand for what a style need not decide: the exact place of a fold, the grain. Let us draw one brain
# with many noises, and look at where it changes.
#
# **Predict.** Where will the noise matter most: outside the brain, at its rim, or in the tissue?

# %%
ws = np.repeat(sampling.styles(generator, [first_seed], psi), 32, axis=0)
noisy = sampling.draw(generator, ws, sampling.noise_maps(list(range(32)), generator.resolution)).astype("float32")
figure, axes = subplots(1, 3, figsize=(9, 3.2))
for ax, picture, title in zip(
    axes, (noisy[0], noisy.mean(0), noisy.std(0)), ("one", "mean of 32", "their spread"), strict=True
):
    shown = ax.imshow(np.rot90(picture), cmap="viridis" if title == "their spread" else "gray")
    ax.set(title=title, xticks=[], yticks=[])
figure.colorbar(shown, ax=axes[-1], label="grey values (standard deviation)")
print("the noise changes no pixel outside 0 to 255:", bool(noisy.min() >= 0 and noisy.max() <= 255))
figure

# %% [markdown]
# **What we see.** The outline and the ventricles stay: they belong to the style. The mean of many noises is smooth. The
# grain inside the tissue is the noise's work, by up to 40 grey values in the run shown here. It stands in for folds that
# this short run has not learned. With `noise = "off"` the same brains look smoother.

# %% [markdown]
# ## Limits
#
# - The generator knows the data that it was trained on and nothing else. On the synthetic cohort that is one template
#   brain, deformed.
# - Pretty samples at psi 0.7 say little about quality: truncation hides the poor ones.
# - Whether it copies people from its training data cannot be seen here. A later part of the course will ask.
# - A sample is not a patient. Never use one for a diagnosis.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1.** Write slerp for two vectors of length 1. With the angle $\Omega$ between them,
# $\text{slerp}(a, b; t) = \frac{\sin((1-t)\,\Omega)}{\sin \Omega}\, a + \frac{\sin(t\,\Omega)}{\sin \Omega}\, b$.


# %% tags=["exercise"]
def my_slerp(a, b, t):
    """Walk from a (t = 0) to b (t = 1) on the sphere; a and b are arrays of length 1."""
    # <solution>
    angle = np.arccos(np.dot(a, b))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_slerp(my_slerp)

# %% [markdown]
# **2.** Write style mixing.


# %% tags=["exercise"]
def my_mix(source, donor, first, last):
    """Styles (layers, w) of the source, with layers first to last (both included) of the donor."""
    # <solution>
    mixed = source.copy()
    mixed[first : last + 1] = donor[first : last + 1]
    return mixed
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_mix(my_mix)

# %% [markdown]
# **3.** How many different pictures do 100 seeds give with psi = 0, all layers truncated, and no noise?

# %% tags=["exercise"]
# <solution>
pictures_at_zero = 1
# </solution>
# <stub>
# pictures_at_zero = ...
# </stub>
checks.check_zero_psi(pictures_at_zero)

# %% [markdown]
# ## Recap
#
# 1. A seed names a picture.
# 2. Psi trades variety for quality.
# 3. Every layer has a style of its own. What each one carries is learned, and a short run learns it differently.
# 4. Straight walks in W pass from brain to brain.
# 5. Noise decides what the style leaves open.
#
# **Next:** train longer, or on other slices, in [05 · How does a generator learn to draw brains?](05_progressive_training.ipynb).
# Judging a generator by numbers comes in a later part of the course.
