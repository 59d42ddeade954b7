# %% [markdown]
# # 06 · What did it learn, and what can you ask it for?
#
# A trained generator is a machine with handles: the seed, the truncation, a style for every layer, the noise. This
# notebook turns them one by one and looks at what changes in the brain. Then it goes backwards, from an image to the
# style that draws it.
#
# **Goals.** After it you can
#
# 1. draw brains from seeds, and say why a seed is an image's name;
# 2. trade variety for quality with truncation;
# 3. mix the styles of two brains, and say which layers carry what;
# 4. walk from one brain to another, and along a direction that makes the ventricles grow;
# 5. show what the noise does;
# 6. project a slice into the generator, and say what a good projection proves and what not.
#
# **Needs** nothing: generators come with the course. **Takes** about 20 minutes to read, a minute and a half to run.

# %%
from oasis_helpers import checks, device_name, load_data, load_generator, sampling
from oasis_helpers.data import read_label
from oasis_helpers.errors import called, check_number, check_whole
from oasis_helpers.view import costs, latent
from oasis_helpers.view.explorer import Explorer
from oasis_helpers.view.figures import show_slices, subplots
from oasis_helpers.view.quiz import Quiz
from oasis_helpers.weights import shipped

import numpy as np
from scipy import ndimage

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
generator_name = "default"  # one that comes along; or a run folder of yours, such as "../runs/first"
quiz_name = "cohort128"  # whose samples stand in the quiz at the end: a name, a file or a run folder
data = None  # slices for projections and quiz, of the kind the generators learned from; None is the synthetic cohort
first_seed = 0  # seeds are counted from here; any whole number from 0
brains = 16  # how many to draw; 1 to 256, up to 64 are quick
psi = 0.7  # truncation; 0 is the mean brain, 1 turns it off
noise = "fixed"  # "fixed" by the seed, "fresh" at every call, "off" for none
steps = 150  # of each projection; 50 to 1000, more come closer

# %%
with called(path="generator_name"):
    generator = load_generator(generator_name)
with called(path="quiz_name"):
    quizzed = load_generator(quiz_name)
check_whole("first_seed", first_seed, 0)
check_whole("brains", brains, 1, 256)
check_whole("steps", steps, 50, 1000)
psi = check_number("psi", psi, 0, 2)
print("generators that come with the course:", ", ".join(shipped()))
size, layers = generator.resolution, sampling.layer_range(generator, "all")
print(f"{size} px, {len(layers)} layers, trained with {generator.about['kimg']:g} thousand images")
print("data:", generator.about["data"])
print("terms:", generator.about.get("terms", "those of its data"))
for name, span in sampling.ranges_of(generator).items():
    print(f"{name} styles: layers {span[0]} to {span[-1]}")

# %% tags=["nbval-ignore-output"]
# Not compared in CI: a bar is shown where the slices have to be read, or the cohort made, first.
with called(path="data"):
    unseen = load_data(data).split("test")  # of people whom no generator was shown

# %% [markdown]
# ## Play first
#
# Move everything. **Pin** keeps a brain beside the next ones. The donor lends its styles to the range that you switch
# over: coarse, middle or fine. A direction is a way through the space of styles; what it means, you find out.
#
# (On paper, or where no notebook server runs, there is one still image in place of the panel.)

# %% alt="The explorer's image of one brain, with its settings."
explorer = Explorer(generator, seed=first_seed, psi=psi)
explorer

# %% [markdown]
# ## Idea 1: a seed is a name
#
# A seed is a whole number. It starts a random number generator, which makes a latent z and the noise maps; from them
# follows the image. The same seed gives the same brain today and tomorrow, alone or among others.

# %% alt="A grid of samples, one for each seed: heads cut at several heights, with and without ventricles."
seeds = sampling.seed_range(first_seed, brains)
shown, again = (sampling.sample(generator, seeds, psi, noise) for _ in range(2))
print("drawn:", shown.shape, "= (brains, height, width), seeds", seeds[0], "to", seeds[-1])
print("drawn again, they are the same:", np.array_equal(shown, again))
varied = sampling.sample(generator, seeds, 1.0, noise).std(axis=0).mean()
print(f"psi {psi:g} makes them less varied:", bool(shown.std(axis=0).mean() < varied))
latent.sample_grid(generator, seeds, psi, noise)

# %%
alone = sampling.sample(generator, first_seed, psi)[0]
among = sampling.sample(generator, range(first_seed, first_seed + 5), psi)[0]
print("alone and among others, the same image:", np.array_equal(alone, among))

# %% [markdown]
# **What we see.** Brains that differ: in their outline, in their ventricles, and in the **level**, that is how far up in the
# head the slice was cut. How good are they beside real slices? At the end of this notebook you are asked to tell
# them apart. Notebook [07](07_evaluation.ipynb) puts numbers on it.
#
# ## Idea 2: truncation trades variety for quality
#
# From notebook [02](02_mapping_network.ipynb): $w' = \bar{w} + \psi\,(w - \bar{w})$. $\bar{w}$ is the mean style, and $\psi$ says how far from
# it a brain may be (paper, appendix B). The toy version on styles, beside the packaged one:

# %%
every = generator.num_styles  # truncate every layer
ws, half, mean = (sampling.styles(generator, seeds[:1], value, every) for value in (1.0, 0.5, 0.0))
print("the toy and the package agree:", np.allclose(mean + 0.5 * (ws - mean), half, atol=1e-5))

# %% [markdown]
# **Predict.** Below, each row is one seed and psi grows from left to right, past 1. The styles of the last column were rare
# in training. How will you notice?

# %% alt="Three seeds in rows, psi growing from left to right: one mean brain at 0, different brains at 1."
latent.truncation_sweep(generator, [first_seed + i for i in range(3)])

# %% [markdown]
# **What we see.** At 0, every seed gives the same brain, the mean one. With growing psi they part, by level first. Beyond 1
# the first oddities show: an outline that bends, tissue without order.
#
# How much variety is lost? The spread of a pixel over many brains, averaged over all pixels, at three values of psi:

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
# $l$ counts the layers from 0 (coarse, 4 px) up. The toy version is one line of NumPy:

# %%
source, donor = first_seed, first_seed + 1
toy = sampling.styles(generator, source, psi)
toy[:, :4] = sampling.styles(generator, donor, psi)[:, :4]
by_hand = sampling.draw(generator, toy, sampling.noise_maps([source], size))
packaged = sampling.mix(generator, [source], [donor], "coarse", psi)
print("the toy and the package draw the same:", np.array_equal(by_hand, packaged[0]))

# %% [markdown]
# **Predict.** A brain takes its coarse styles (4 and 8 px) from a donor. The paper says that on faces these carry pose
# and shape. Will the outline of the mix be the source's or the donor's? And the size of the ventricles? (The noise is
# off below, so that only the styles count.)

# %% alt="A table of mixed brains with the donors' coarse styles: every column takes its donor's outline and level."
sources, donors = [first_seed + i for i in range(3)], [first_seed + 10 + i for i in range(4)]
latent.mixing_matrix(generator, sources, donors, "coarse", 1.0)

# %% alt="A table of mixed brains with the donors' middle styles: every row keeps its source's outline."
latent.mixing_matrix(generator, sources, donors, "middle", 1.0)

# %% [markdown]
# **What we see.** With coarse styles from the donor, outline and level are the donor's: the columns look alike. With middle
# ones they stay the source's, and the rows look alike; the donor changes little more than folds and brightness.
#
# Which layer carries how much can be measured. Below, one brain keeps all its styles but one, and that one is taken from
# other brains. The maps show where the image then differs.

# %% alt="For each layer a map of how much its style changes the image; the layers at 8 px change most, ventricles and rim."
latent.style_effect(generator, first_seed)

# %% [markdown]
# **What we see.** The layers at 8 px carry most: ventricles, rim, level. Later ones change less, and the last ones change
# brightness all over. That is the paper's finding on faces, where coarse styles carry pose and shape, and fine ones colours
# and grain. But it is not built in; it has to be learned. The first generator of this course, trained for a third as long,
# half of it at the last level, had it the other way round: its last layers carried nearly everything.
#
# ## Idea 4: walks and directions
#
# Between two brains lie others. In W we walk straight:
#
# $$w(t) = (1 - t)\,w_a + t\,w_b, \qquad 0 \le t \le 1$$
#
# $w_a$ and $w_b$ are the styles of two seeds. In Z we walk along a great circle (**slerp**, spherical linear
# interpolation), because z lies near a sphere.

# %% alt="Two walks in eight steps from one brain to another, in W above and in Z below."
latent.interpolation_strip(generator, first_seed, first_seed + 5)

# %% [markdown]
# **What we see.** The brain changes smoothly, in Z as in W, with no jump and no double outline on the way. (Two images laid
# over each other would have one.)
#
# A walk need not end at a brain. It can follow a **direction** $d$, by an amount $a$: $w' = w + a\,\sigma_d\,d$, with
# $\sigma_d$ the standard deviation of w along $d$. The directions in which w varies most are its **principal
# components**. Nobody told the generator what they should mean.

# %% alt="Four rows, one brain moved along each of the four widest directions of W."
directions = sampling.principal_directions(generator, count=4)
print("shares of the variance of w fall:", bool((np.diff(directions.share) <= 0).all()))
latent.direction_strip(generator, directions, first_seed)

# %% [markdown]
# ### A direction with a meaning: the ventricles
#
# The ventricles are the dark, fluid-filled spaces in the middle of the brain. They grow with age (notebook
# [01](01_data_loading.ipynb)). Can we find a direction
# that makes them larger? We need a measure that asks for no labels: the dark part of the deep brain, as a share of the
# whole brain.


# %%
def dark_inside(image, depth=0.35, dark=90):
    """Area of the pixels darker than ``dark`` and deeper than ``depth`` (of the deepest), as a share of the brain."""
    brain = ndimage.binary_fill_holes(ndimage.gaussian_filter(image.astype(float), 1) > 25)
    how_deep = ndimage.distance_transform_edt(brain)
    deep = how_deep > depth * max(how_deep.max(), 1)
    return ((image < dark) & deep).sum() / max(brain.sum(), 1)


# %% [markdown]
# **Check.** The cohort's slices come with labels, so the measure can be tested against the truth there: the fluid
# (CSF, class 1) in the same deep part.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: a bar is shown where the cohort has to be made first.
cohort = load_data().split("test")

# %%
fluid, measured = [], []
for image, file in zip(cohort.level(256)[::4], cohort.table["label"][::4], strict=True):
    label = read_label(file)
    how_deep = ndimage.distance_transform_edt(ndimage.binary_fill_holes(label > 0))
    fluid.append(((label == 1) & (how_deep > 0.35 * max(how_deep.max(), 1))).sum() / max((label > 0).sum(), 1))
    measured.append(dark_inside(image))
agreement = np.corrcoef(fluid, measured)[0, 1]
print(f"{len(fluid)} slices; measure and labels agree (correlation above 0.9): {agreement > 0.9}")

# %% [markdown]
# Now draw many brains, measure each, and fit: which direction in W goes with larger ventricles? `fit_direction` is least
# squares. The seeds 0 to 399 are for the fit; others will test it.
#
# **Predict.** The four principal directions above are the widest ways through W. Will one of them be the way of the
# ventricles?

# %%
ws = sampling.styles(generator, range(400), 1.0)
dark = np.array([dark_inside(image) for image in sampling.draw(generator, ws)])
along = (ws[:, 0] - directions.mean) @ directions.components.T
ventricles = sampling.fit_direction(ws, dark)
along_fit = (ws[:, 0] - ventricles.mean) @ ventricles.components[0]
correlations = [np.corrcoef(way, dark)[0, 1] for way in (*along.T, along_fit)]

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine.
ways = [*(f"principal direction {k}" for k in range(4)), "fitted direction"]
for name, correlation in zip(ways, correlations, strict=True):
    print(f"{name:22s} correlation with the dark area {correlation:+.2f}")

# %%
amounts = (-3, -2, -1, 0, 1, 2, 3)
fresh = sampling.styles(generator, range(1000, 1030), psi)  # seeds that the fit has not seen
moved = [sampling.draw(generator, sampling.move(generator, fresh, ventricles, [a])) for a in amounts]
areas = [[dark_inside(image) for image in images] for images in moved]
brain_areas = [(images > 25).mean() for images in moved]
print("the dark area grows at every step:", bool((np.diff(np.mean(areas, axis=1)) > 0).all()))
print("the brain keeps its area to a twentieth:", bool(np.ptp(brain_areas) < 0.05 * np.mean(brain_areas)))

# %% alt="Dark area of the deep brain against the amount moved along the fitted direction: it grows for every seed."
figure, ax = subplots(figsize=(6, 2.8))
ax.errorbar(amounts, 100 * np.mean(areas, axis=1), 100 * np.std(areas, axis=1), marker="o", capsize=3)
ax.set(xlabel="amount along the direction (standard deviations of w)", ylabel="dark inside (% of the brain)")
ax.set_title("30 new brains, mean and standard deviation", fontsize=10)
ax.grid(alpha=0.3)
figure

# %% alt="One brain moved along the fitted direction: the middle grows darker from left to right."
latent.direction_strip(generator, ventricles, first_seed + 5, amounts, psi=psi)

# %% [markdown]
# **What we see.** None of the widest directions is the way of the ventricles (the first two go up through the head); the
# fitted one is, also for brains that the fit has not seen. But look closely at the strip: more changes than the
# ventricles. Slices from high up in the head have small ones or none, so the measure also rewards another level. A
# direction does what the measure rewards, not what its name says. Can you think of a measure that would not be fooled?
#
# ## Idea 5: noise
#
# The noise maps stand for what a style need not decide: the exact place of a fold, the grain (paper, section 3.2). Let
# us draw one brain with a hundred noises, and look at where it changes.
#
# **Predict.** Where will the noise matter most: outside the brain, at its rim, or in the tissue?

# %% alt="One brain with two noises, the mean of a hundred noises, and a map of where they change it: among the folds and at the rim."
latent.noise_effect(generator, first_seed, draws=100, psi=psi)

# %% [markdown]
# **What we see.** The outline, the ventricles and most folds stay: they belong to the style. The noise moves grey values by
# a little, most among the folds and at the rim. The mean of a hundred noises is hardly softer than one. In the paper it
# decides where single hairs lie; a brain at 64 px leaves it little to do.
#
# ## Idea 6: backwards, from an image to a style
#
# **Projection** asks: which w draws this slice $x$? There is no formula; we search. Start at the mean style and go
# downhill (Karras et al. 2019, the StyleGAN2 paper, appendix D):
#
# $$w^* = \arg\min_w \; \sum_s \, \lVert g(w)_s - x_s \rVert^2$$
#
# $g(w)$ is the image drawn from w, and $s$ runs over sizes: both images are compared at full size, at half, and so
# on, so that the rough form counts as well as each pixel. The toy version searches a single number:

# %%
toy_w, toy_target = 0.0, 3.0
for _ in range(40):
    slope = 2 * (2 * toy_w + 1 - toy_target) * 2  # of (g(w) - x)^2 with the generator g(w) = 2 w + 1
    toy_w = toy_w - 0.1 * slope
print("the toy finds the w that draws 3:", round(toy_w, 3), "since 2 * 1 + 1 = 3")

# %% [markdown]
# First an image that we know the generator can draw: one of its own, at psi 1 and without noise.

# %% tags=["nbval-ignore-output"] alt="A sample of the generator, what projection found for it, and the small difference."
# Not compared in CI: a progress bar, and images.
own = sampling.sample(generator, first_seed + 1, 1.0, "off")[0]
costs.announce_projections(generator, steps, 7)
found = sampling.project(generator, own, steps, noise=False)
print(f"{len(found.errors)} steps brought the error from {found.errors[0]:.1f} to {found.error:.1f} grey values")
latent.projection_figure(found, "a sample of its own")

# %% [markdown]
# **Predict.** Now three images that it has not drawn: a slice of a test person, the same slice upside down,
# and a checkerboard. We search one w for all layers. Which ones will it find?

# %% tags=["nbval-ignore-output"] alt="Three targets above what projection found for them: a test person's slice, the slice upside down, a checkerboard."
# Not compared in CI: as above.
person = unseen.level(size)[len(unseen) // 3]
board = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((size // 8, size // 8))).astype("uint8") * 160
others = {"a test person": person, "upside down": person[:, ::-1], "a checkerboard": board}
in_w = {name: sampling.project(generator, image, steps, noise=False) for name, image in others.items()}
columns = [image for r in in_w.values() for image in (r.target, r.image)]
titles = [t for name, r in in_w.items() for t in (name, f"found, {r.error:.0f} off")]
show_slices(np.stack(columns), titles, columns=6, size=1.9)

# %% [markdown]
# **What we see.** The test person's slice comes back as *a* brain of about that outline, and not as this person's: the
# folds are gone. The slice upside down comes back as a blurred shape of the right outline. Upside down is nothing that the
# generator has learned to draw, and yet its error is hardly larger: **the error alone does not tell a brain from a
# mistake.** The checkerboard is not found at all.
#
# Give the search more freedom: a w for each layer (called W+), and the noise maps too.

# %% tags=["nbval-ignore-output"] alt="Three targets above what projection found for them: a test person's slice, the slice upside down, a checkerboard."
# Not compared in CI: as above.
free = {name: sampling.project(generator, image, steps, "w+", noise=True) for name, image in others.items()}
columns = [image for r in free.values() for image in (r.target, r.image)]
titles = [t for name, r in free.items() for t in (name, f"found, {r.error:.0f} off")]
show_slices(np.stack(columns), titles, columns=6, size=1.9)

# %%
for name, result in free.items():
    print(f"{name}: closer than in W: {result.error < in_w[name].error}")

# %% [markdown]
# **What we see.** With a style for each layer and free noise everything comes closer, the checkerboard too, although no
# brain looks like that. So a small error proves little: a projection into W+ can draw what no seed ever draws. Whoever uses
# projections to compare patients, or to fill in a lesion, must ask first whether the found image is one that the
# generator believes in: near the mean style, and in W.

# %% [markdown]
# ## Can you tell?
#
# The oldest test of a generator needs no formula: your eyes. Below are twenty slices of test people and twenty
# samples of `quiz_name`, mixed up. `cohort128` draws 128 px, twice the size of those above: there is more to look at, and less
# that can hide. (Another generator wants slices of the kind that it learned from in `data`; else you tell two kinds of
# data apart.) Write the numbers of those that you take for generated into `guess`, and run the cell below the images
# again. Take your time, and do not look at the answers first.
#
# **Predict.** How many of the forty will you put right? A coin gets twenty, give or take three.

# %% alt="Forty numbered images, slices and samples mixed up, without a word on which is which."
slices = unseen.level(quizzed.resolution)
picked = np.random.default_rng(first_seed).choice(len(slices), 20, replace=False)
quiz = Quiz(slices[picked], sampling.sample(quizzed, range(500, 520), psi), seed=first_seed)
print(f"a quiz at {quizzed.resolution} px: {len(quiz.images)} images, 20 of {len(slices)} slices of test people")
quiz.show(columns=5)

# %%
guess = []  # numbers of the images that you take for generated, such as [3, 8, 21]
print(quiz.mark(guess))

# %% [markdown]
# Whoever names none has every slice right and every sample wrong, as the line above says. When you have your score,
# look at the answers with `quiz.show(answers=True, columns=5)`. What gave the samples away: grain, the outline, a fold that
# cannot be? A score near twenty says that *you* could not tell, at *this* size, in *this* time. It says nothing about
# how varied the samples are, and nothing about copies: slices of the training people would fool every eye.

# %% [markdown]
# ## Limits
#
# - The generator knows the data that it was trained on and nothing else. On the synthetic cohort that is one template
#   brain, deformed.
# - Pretty samples at psi 0.7 say little about quality: truncation hides the poor ones.
# - Whether it copies people from its training data cannot be seen here. Notebook 07 asks.
# - A sample is not a patient, and a projected patient is not that patient. Never use either for a diagnosis.

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
# **3.** How many different images do 100 seeds give with psi = 0, all layers truncated, and no noise?

# %% tags=["exercise"]
# <solution>
images_at_zero = 1
# </solution>
# <stub>
# images_at_zero = ...
# </stub>
checks.check_zero_psi(images_at_zero)

# %% [markdown]
# ## Recap
#
# 1. A seed names an image.
# 2. Psi trades variety for quality.
# 3. Every layer has a style of its own. What each one carries is learned, and a short run learns it differently.
# 4. Straight walks in W pass from brain to brain; a fitted direction changes one thing that can be measured.
# 5. Noise decides what the style leaves open.
# 6. Projection finds a style for an image. That an image can be drawn does not mean that it is a brain.
#
# **Next:** [07 · How good is it, and is anyone's brain being copied?](07_evaluation.ipynb)
