# %% [markdown]
# # 00 · What will you build here?
#
# A **StyleGAN** (Karras et al. 2018): a network that generates brain MRI slices of people who do not exist. In
# nine notebooks you look at the data, build each part of it, train it on your own machine, explore what it learned, and
# measure how good it is.
#
# **Goals.** After this notebook you
#
# 1. know your way around the course;
# 2. know that your machine is ready for it;
# 3. have seen brain slices, and some that a network generated;
# 4. can change a seed and a truncation, and say what they do;
# 5. know the presets, where things are kept, and how to use the real OASIS slices.
#
# **Needs** nothing but this repository. **Takes** about 10 minutes to read and half a minute to run. The first time, virtual
# people are made; that takes a minute more.
#
# ## How to use the notebooks
#
# Click a grey cell and press **Shift+Enter**: it runs, and the next one is selected. Run the cells from top to bottom.
# Each notebook has one cell of **parameters**. Change a value there and run from there on again. If something looks
# wrong, choose *Kernel, Restart Kernel and Run All Cells*. You cannot break anything. A `NameError` means that a cell
# above has not been run yet.
#
# `make lab` opens your own copies of the notebooks, in the folder `my-course/`: without outputs, and with *What we see*
# folded until you click it. Nothing overwrites them. The folder `notebooks/` has them as we ran them, with all figures.
#
# Where you read **Predict**, stop and guess before you run. A wrong guess teaches the most.
#
# | notebook | question | running on two cores |
# | --- | --- | --- |
# | 00 | What will you build here? | half a minute |
# | [01](01_data_loading.ipynb) | What does the network get to see? | half a minute |
# | [02](02_mapping_network.ipynb) | What does the mapping network do to a latent? | a minute |
# | [03](03_adain_synthesis.ipynb) | How do styles become an image? | half a minute |
# | [04](04_discriminator_and_losses.ipynb) | What teaches the generator, and who teaches the teacher? | half a minute |
# | [05](05_progressive_training.ipynb) | How does a generator learn to draw brains? | half an hour |
# | [06](06_sampling.ipynb) | What did it learn, and what can you ask it for? | a minute and a half |
# | [07](07_evaluation.ipynb) | How good is it, and is anyone's brain being copied? | a minute |
# | [08](08_what_came_after.ipynb) | What came after, and why? | two minutes |
#
# The times are for running only. New words are in the [glossary](../docs/glossary.md).

# %% [markdown]
# ## Is your machine ready?
#
# The next cell looks at the processor, memory, disk, packages and driver. Where there is an NVIDIA card, it also compiles
# a small training step. This runs in a separate process, so a card that cannot compile does not stop the notebook; it takes
# up to half a minute. For each problem the cell gives the command that fixes it; fix it before you go on. To see the full
# report, run `print(examine())`, or `.venv/bin/python -m oasis_helpers doctor` in a terminal.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: it speaks of the machine that it runs on.
from oasis_helpers.doctor.examination import examine

print(examine().short())

# %%
from oasis_helpers import checks, device_name, load_data, load_generator, make_config, sampling
from oasis_helpers.config import PRESETS
from oasis_helpers.errors import called, check_number
from oasis_helpers.view import costs
from oasis_helpers.view.figures import show_slices

import numpy as np

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# The line above names the engine that computes (TensorFlow or JAX) and what it computes on. A CPU with two cores is
# enough for every notebook.
#
# ## Parameters
#
# Change a value, then run the notebook again from here. Also try an invalid value: you get one line that says what is
# expected.

# %% tags=["parameters"]
data = None  # a folder with OASIS slices, such as "/path/to/oasis"; None takes the synthetic cohort
people = 120  # size of the cohort; 3 to 342, 120 are made in about a minute; not used with data
slice_from = "train"  # whose slices to look at: "train", "validate" or "test"
seeds = [0, 1, 2, 3, 4, 5, 6, 7]  # an image for each; 1 to 64 whole numbers from 0
psi = 0.7  # truncation; 0 is the mean brain, 1 turns it off; see One parameter, two values

# %% [markdown]
# ## What a brain slice looks like
#
# With `data = None` the course makes its own people. They are **synthetic**: one real template brain, bent, folded and
# aged by a program. Nobody was scanned for them. They have the layout of the OASIS slices, which are scans of real
# people, so that you can switch to those later.
#
# These people are the **cohort**. They are divided into three groups, the **splits** train, validate and test.
# `load_data` returns a **pyramid**: every slice at each size, its **levels**, from 4 to 256 px. Notebook 01 says more.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: a bar is shown while the people are made, and nothing when they are there already.
config = make_config("laptop", people=people)
psi, seeds = check_number("psi", psi, 0, 2), sampling.check_seeds(seeds, most=64)
costs.announce_people(data, config.people)
with called(path="data", name="slice_from"):
    pyramid = load_data(data, people=config.people)
    looked_at = pyramid.split(slice_from)

# %% alt="Middle slices of the first people of the chosen split, side by side: bright brains on black."
print(pyramid)
print(f"slices in the split {slice_from!r}: {len(looked_at)}, of {len(looked_at.people)} people")
chosen = looked_at.select(looked_at.table["slice"] == 18)
names = ["age unknown" if np.isnan(age) else f"{age:.0f} years" for age in chosen.table["age"][:8]]
title = f"Slice 18 of the first people in the split {slice_from!r}"
show_slices(chosen.level(256)[:8], names, title=title, size=1.9, crop=True)

# %% [markdown]
# **What we see.** Brains from above, foreheads up. White matter is bright, the grey matter around it darker, and the
# fluid in the ventricles and folds nearly black. All are built alike, and no two are the same. That is what a
# generator must learn: what all brains share, and how they may differ.
#
# ## A seed, a latent, an image
#
# A **generator** turns a list of random numbers into an image:
#
# $$x = g(f(z)), \qquad z \sim N(0, 1)$$
#
# $z$ is the **latent**: some numbers drawn from the normal distribution. The mapping network $f$ (notebook 02) turns it
# into a second list of numbers, the **style** $w = f(z)$. The synthesis network $g$ (03) draws the image $x = g(w)$ from
# it. Nobody tells the generator what a brain looks like. It learns from a second network,
# the **discriminator**, which tries to tell its images from real slices (04, 05).
#
# The random numbers can be repeated: a **seed** fixes them. In every notebook we first write an idea by hand in a few lines
# (the *toy* version), and compare it with the function of `oasis_helpers` that does the real work (the *packaged* one). They
# should differ by 0, or by rounding:

# %%
toy = np.random.default_rng(seeds[0]).standard_normal(config.z_dim, dtype="float32")
packaged = sampling.latents(seeds, config.z_dim)
print("latents:", packaged.shape, "= (seeds, numbers)")
print("largest difference between toy and package:", abs(packaged[0] - toy).max())
print(f"seed {seeds[0]} starts with", " ".join(f"{number:.3f}" for number in toy[:4]))

# %% [markdown]
# ## Generated brains
#
# Pretrained generators are included. `load_generator()` loads the smallest of them. It was trained with the same code, on
# the synthetic cohort; notebook 05 trains one for a shorter time.
#
# Some words first. The brain has two halves, the **hemispheres**. Its surface is wrinkled into **folds**. In its middle lie
# the **ventricles**, which are filled with fluid and look dark.
#
# **Predict.** Nobody told the generator what a brain is: it has only been shown slices. What will it get right: the outline,
# the two hemispheres, the ventricles, the folds at the rim?

# %%
generator = load_generator()
print(f"It draws {generator.resolution} px. It was shown {generator.about['kimg']:g} thousand slices in training.")

# %% alt="Top row real-looking slices of the cohort, bottom row as many samples of the generator: right outline, ventricles, blurred folds."
reals = chosen.level(generator.resolution)[: len(seeds)]
fakes = sampling.sample(generator, seeds, psi)
alone = sampling.sample(generator, seeds[:1], psi)
print("samples:", fakes.shape, "= (seeds, height, width),", fakes.dtype)
print(f"psi {psi:g}: from seed to seed a pixel varies by {fakes.std(axis=0).mean():.0f} grey values")
print("a seed alone and among others: pixels that differ:", np.sum(alone[0] != fakes[0]))
titles = ["a slice"] * len(reals) + [f"seed {s}" for s in seeds]
show_slices(np.concatenate([reals, fakes]), titles, columns=min(8, len(seeds)), size=1.9, crop=True)

# %% [markdown]
# **What we see.** The top row shows slices at the generator's size, the bottom row its samples. The outline is right,
# the hemispheres and the grey matter around them are there, and ventricles where they belong. The folds at the rim
# are there as well. Less clear are the structures deep in the low slices, such as those of seed 2. (All slices on top
# were cut at one height; the generator has learned all heights.) Even a good sample is **not a patient**: it shows
# what the network has learned, not what anybody has.
#
# Now change `seeds` above, for example to `range(100, 108)`, and run again from there. A seed determines the image.
#
# ## One parameter, two values
#
# **Truncation** pulls the style of each brain towards the mean style. $\psi$ (psi) is the share of the distance that is left:
# 1 changes nothing. Besides z, each seed fixes some random **noise** for fine detail (notebook 03); `noise="off"` leaves
# it out.
#
# **Predict.** $\psi = 0.3$ leaves 30 % of the distance between the styles of two seeds. Will a pixel vary 30 % as much from
# brain to brain as with $\psi = 1$, more than that, or less?

# %% alt="Eight samples with psi 1 above the same eight with psi 0.3, which are more alike."
rows = [sampling.sample(generator, seeds[:8], value) for value in (1.0, 0.3)]
spread = [row.std(axis=0).mean() for row in rows]  # how much a pixel differs from seed to seed
mean_brains = sampling.sample(generator, seeds, psi=0.0, noise="off")
print(f"psi 0 without noise: {len(np.unique(mean_brains, axis=0))} distinct image for {len(seeds)} seeds")
titles = [f"seed {s}, psi {value}" for value in (1.0, 0.3) for s in seeds[:8]]
title = f"A pixel varies by {spread[0]:.1f} grey values with psi = 1, by {spread[1]:.1f} with psi = 0.3"
show_slices(np.concatenate(rows), titles, columns=len(rows[0]), title=title, size=1.9, crop=True)

# %% [markdown]
# **What we see.** With $\psi = 0.3$ the brains are more alike, but less so than the styles: a pixel keeps about half of
# its variation (the title has both numbers). There are two reasons: truncation does not touch the noise, and the synthesis
# network is not linear, so 30 % of the distance in w is not 30 % in the image. In return, rare samples, which are often poor, disappear.
# At $\psi = 0$ all seeds give one image, the mean brain, except for each seed's own noise. Notebooks
# [02](02_mapping_network.ipynb) and [06](06_sampling.ipynb) come back to it.
#
# ## Presets
#
# A run is described by one configuration: sizes, learning rates, lengths. There are **presets**, and every value in them
# can be changed.

# %%
for name in PRESETS:
    c = make_config(name)
    wide = f"z of {c.z_dim:3} numbers, at most {c.channels(4):3} feature maps (03)"
    print(f"{name:7} {c.resolution:3} px, {wide}, {1000 * c.total_kimg:10,.0f} slices shown")

# %% [markdown]
# | preset | what it costs | what you get |
# | --- | --- | --- |
# | `smoke` | half a minute on two cores | blobs; it tests that everything works |
# | `lab` | three minutes on two cores | small images of 32 px; to compare settings |
# | `laptop` | 15 minutes on two cores | images of 64 px; the run of notebook 05 |
# | `gpu` | an evening on one GPU (a guess, not yet measured) | 256 px |
# | `paper` | days on one large GPU (also a guess) | every value of the paper |
#
# Notebooks that train use `laptop`, unless the environment variable `OASIS_PRESET` names another.
#
# ## Where things are kept
#
# | what | where | to move it |
# | --- | --- | --- |
# | virtual people, and slices at all sizes (about 0.5 GB) | your system's cache folder | set `OASIS_CACHE` |
# | your notebooks | `my-course/` in this repository | |
# | training runs: configuration, history, weights, images | `runs/` in this repository | set `OASIS_RUNS` |
# | the code behind the notebooks | `oasis_helpers/` in this repository | |
#
# `print(examine())` in a cell of your own names the cache folder and the runs folder. You can delete the cache; it is
# made again.
#
# ## The real OASIS slices
#
# OASIS-1 (Marcus et al. 2007) holds brain scans of 416 people from 18 to 96 years. You ask for it at
# [oasis-brains.org](https://www.oasis-brains.org), and accept its terms of use; this repository holds none of it. Your
# course may hand you the 11,328 prepared slices, a folder `keras_png_slices_data`. Then set
# `data = "/path/to/keras_png_slices_data"` here or in any notebook. From the raw discs, or the other forms
# that [Data](../docs/data.md) lists (NIfTI, neurite-oasis, OASIS-3 in BIDS, JPEG), you make such a folder with
#
# ```
# .venv/bin/python -m oasis_helpers prepare --data /path/to/scans --out /path/to/oasis
# ```
#
# ## Limits
#
# - The included generator is small and was trained on two cores, in 40 minutes. It does not show what StyleGAN can do with
#   weeks on a GPU.
# - The cohort is synthetic. What you find in it was put there by a program.
# - No image here, generated or loaded, is for medical use.

# %% [markdown]
# ## Exercises
#
# Every notebook ends with a few. Replace the dots, run the cell, and read the verdict. A wrong answer gets a hint; the
# solution is folded below. Here are two short ones, so that you know what a verdict looks like.
#
# **1.** How many grey values does a generator write for one image of 256 px?

# %% tags=["exercise"]
# <solution>
pixels = 256 * 256  # rows times columns; one grey value each
# </solution>
# <stub>
# pixels = ...
# </stub>
checks.check_pixels(pixels)

# %% [markdown]
# **2.** You ask for `sampling.sample(generator, [3, 5, 3, 5, 7])`. How many different images will you see?

# %% tags=["exercise"]
# <solution>
images = 3  # seeds 3, 5 and 7; the same seed is the same image
# </solution>
# <stub>
# images = ...
# </stub>
checks.check_different_images(images)

# %% [markdown]
# ## Recap
#
# 1. Nine notebooks, each with one question; run from top to bottom, guess where it says **Predict**.
# 2. Your machine is ready, if the first cell said so.
# 3. Brains are alike and different. You will build a network that generates them: a seed gives a latent z, the mapping
#    network a style w, the synthesis network an image; a discriminator teaches it.
# 4. A seed determines the image; truncation trades variety for quality.
# 5. Presets go from half a minute to days. `data = "/path/to/..."` brings in the real slices.
#
# **Next:** [01 · What does the network get to see?](01_data_loading.ipynb)
