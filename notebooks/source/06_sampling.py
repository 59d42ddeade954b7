# %% [markdown]
# # 06 · What did it learn, and what can you ask it for?
#
# A trained generator has several controls: the seed, the truncation, a style for every layer, the noise. This notebook
# changes them one by one and measures what changes in the brain. Then it goes backwards, from an image to the style
# that draws it.
#
# **Goals.** After it you can
#
# 1. draw brains from seeds, and say what a seed fixes;
# 2. trade variety for quality with truncation;
# 3. mix the styles of two brains, and say which layers carry what;
# 4. walk from one brain to another, and fit a direction to a measure;
# 5. show what the noise does;
# 6. project a slice into the generator, and say what a good projection proves and what not.
#
# **Needs** nothing: generators are included. They were trained by this repository's code. Like the preset `laptop` of
# notebook 05, they use the relativistic loss and a mapping network of two layers, where the paper has the logistic loss and
# eight layers; `default` is `laptop` with twice as many images. Their **model cards** say more, such as `oasis_helpers/models/default.md`. **Takes** about 50 minutes to read, two minutes to run.

# %%
from oasis_helpers import checks, device_name, load_data, load_generator, sampling
from oasis_helpers.data import read_label
from oasis_helpers.engine import compile_function, to_numpy, value_and_grad
from oasis_helpers.errors import called, check_number, check_whole
from oasis_helpers.images import block_mean, to_float
from oasis_helpers.networks.layers import downsample
from oasis_helpers.view import costs, latent
from oasis_helpers.view.explorer import Explorer
from oasis_helpers.view.figures import show_slices, subplots
from oasis_helpers.view.quiz import Quiz
from oasis_helpers.weights import shipped

import keras
import numpy as np
from keras import ops
from scipy import ndimage

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
generator_name = "default"  # an included one; or a run folder of yours, such as "../runs/first"
quiz_name = "cohort128"  # whose samples stand in the quiz at the end: a name, a file or a run folder
data = None  # slices for projections and quiz, of the kind the generators learned from; None is the synthetic cohort
first_seed = 0  # seeds are counted from here; any whole number from 0
brains = 16  # how many to draw; 1 to 256, up to 64 are quick
psi = 0.7  # truncation; 0 is the mean brain, 1 turns it off
noise = "fixed"  # "fixed" by the seed, "fresh" at every call, "off" for none
steps = 150  # of each projection; 50 to 1000, more steps come closer to the image

# %%
with called(path="generator_name"):
    generator = load_generator(generator_name)
with called(path="quiz_name"):
    quizzed = load_generator(quiz_name)
check_whole("first_seed", first_seed, 0)
check_whole("brains", brains, 1, 256)
check_whole("steps", steps, 50, 1000)
psi = check_number("psi", psi, 0, 2)
print("included generators:", ", ".join(shipped()))
size, layers = generator.resolution, sampling.layer_range(generator, "all")
print(f"{size} px, {len(layers)} layers, was shown {generator.about['kimg']:g} thousand images")
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
# Try every control. **Pin** keeps a brain beside the next ones. The **donor** is a second seed: tick *coarse* (4 and
# 8 px), *middle* (16 and 32 px) or *fine* (from 64 px), and those layers take their styles from it. A direction is a
# way through the space of styles; what it means is for you to find out.
#
# (On paper, or where no notebook server runs, there is one still image in place of the panel.)

# %% alt="The explorer's image of one brain, with its settings."
explorer = Explorer(generator, seed=first_seed, psi=psi)
explorer

# %% [markdown]
# ## Idea 1: from a seed to an image
#
# A seed is a whole number. It starts a random number generator, which makes a latent z and the noise maps; from them
# follows the image.
#
# **Predict.** A seed fixes its image; we draw the same seeds twice to check. Then we draw them with `noise="fresh"`,
# that is with new noise at each call. How many of all pixels will differ: a tenth, a quarter, or nearly all? And inside
# the head? (Outside of it most pixels are black.)

# %% alt="A grid of samples, one for each seed: heads cut at several heights, with and without ventricles."
seeds = sampling.seed_range(first_seed, brains)
shown, again = (sampling.sample(generator, seeds, psi, noise) for _ in range(2))
print("drawn:", shown.shape, "= (brains, height, width), seeds", seeds[0], "to", seeds[-1])
print(f"pixels that differ: drawn again {np.sum(shown != again)}")
latent.sample_grid(generator, seeds, psi, noise)

# %% tags=["nbval-ignore-output"]
# Not compared in CI: fresh noise is other noise at each call.
differ = sampling.sample(generator, seeds, psi, "fresh") != shown
print(f"pixels that differ with fresh noise: {differ.mean():.0%}; inside the head: {differ[shown > 25].mean():.0%}")

# %% [markdown]
# **What we see.** No pixel differs: a seed determines the image, noise included. With fresh noise a quarter of all pixels
# change, and inside the head nine in ten (by how much, idea 5 shows). The brains differ in their outline, in their ventricles,
# and in the **slice height**, that is how far up in the head the slice was cut. How good are they beside real slices? At
# the end of this notebook you are asked to tell them apart. Notebook [07](07_evaluation.ipynb) puts numbers on it.

# %% [markdown]
# ## Idea 2: truncation trades variety for quality
#
# From notebook [02](02_mapping_network.ipynb): $w' = \bar{w} + \psi\,(w - \bar{w})$. $\bar{w}$ is the mean style, and
# $\psi$ is the fraction of its distance to the mean that a style keeps (paper, appendix B). The toy version on
# styles, beside the packaged one:

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
num_layers = generator.num_styles  # all layers are truncated, as is usual for this generator; the paper truncates 8
ws, half, mean = (sampling.styles(generator, seeds[:1], value, cutoff=num_layers) for value in (1.0, 0.5, 0.0))
toy = mean + 0.5 * (ws - mean)
print(f"largest difference between toy and package: {abs(toy - half).max():.1e}")
assert np.allclose(toy, half, atol=1e-4)

# %% [markdown]
# **Predict.** Below, each row is one seed, and psi grows from 0 to 1 and past it. What happens to a brain past 1?

# %% alt="Three seeds in rows, psi growing from left to right: one mean brain at 0, different brains at 1."
latent.truncation_sweep(generator, [first_seed + i for i in range(3)])

# %% [markdown]
# **What we see.** At 0, every seed gives the same brain, the mean one. With growing psi they become different, first
# in slice height. Beyond 1 they go on in the same direction: at 1.25 seed 0 is cut higher still. These three hardly show
# artefacts yet. The farther from the mean, the more likely they are: see the left end of direction 0 in idea 4.
#
# How much variety is lost? We measure the standard deviation of each pixel over 64 brains, and average over the pixels.
#
# **Predict.** In notebook 00, psi = 0.3 left more than half of the variety. How much will psi = 0.5 leave over 64
# brains: 60 %, 75 % or 90 %?

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
many = range(first_seed, first_seed + 64)
variety = {}
for value in sorted({0.0, 0.5, 0.7, 1.0, psi}):
    drawn = sampling.sample(generator, many, value, noise="off", cutoff=num_layers, together=16)
    variety[value] = drawn.std(axis=0).mean()
    print(f"psi {value:g}: standard deviation {variety[value]:.1f} grey values on average")
print(
    f"of the variety at psi 1, psi {psi:g} leaves {variety[psi] / variety[1.0]:.0%}, psi 0.5 {variety[0.5] / variety[1.0]:.0%}"
)

# %% [markdown]
# **What we see.** 73 % is left at psi = 0.5. In W the distances to the mean are halved, but the image does not follow
# in proportion: the first steps away from the mean brain change most.

# %% [markdown]
# ## Idea 3: each layer has its own style
#
# Every layer gets a w of its own. Usually they are all the same, but they need not be (paper, section 3.1). Take the
# styles of a **source**, and replace those of some layers by a **donor's**, which is called **style mixing**:
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
print("pixels in which the toy and the package differ:", np.sum(by_hand != packaged[0]))

# %% [markdown]
# **Predict.** A brain takes its coarse styles (4 and 8 px) from a donor. Will the slice height of the mix be the source's or
# the donor's? The outline? The size of the ventricles? (The noise is off below, so that only the styles count.)

# %% alt="A table of mixed brains with the donors' coarse styles: each column takes the slice height and roughly the outline of its donor."
sources, donors = [first_seed + i for i in range(3)], [first_seed + 10 + i for i in range(4)]
latent.mixing_matrix(generator, sources, donors, "coarse", 1.0)

# %% alt="A table of mixed brains with the donors' middle styles: every row keeps its source's outline and slice height."
latent.mixing_matrix(generator, sources, donors, "middle", 1.0)

# %% [markdown]
# Twelve mixes are too few for a judgement, and the eye is easily misled. So we measure three things in many mixes:
# the slice height (by the linear rule of notebook 02, learned from slices of the cohort), the area of the brain, and
# the size of the ventricles. The ventricles are the dark, fluid-filled spaces in the middle of the brain. Their size
# is measured in three steps. The brain is everything brighter than 25 in the slightly blurred image, with holes
# filled. A pixel is deep inside it if its distance to the brain's edge is more than 35 % of the greatest such
# distance. We count the deep pixels that are darker than 90, as a share of the brain.


# %%
def dark_inside(image, depth=0.35, dark=90):
    """Area of the pixels darker than ``dark`` whose depth is more than ``depth`` of the largest one, as a share of the brain."""
    brain = ndimage.binary_fill_holes(ndimage.gaussian_filter(image.astype(float), 1) > 25)
    how_deep = ndimage.distance_transform_edt(brain)
    deep = how_deep > depth * max(how_deep.max(), 1)
    return ((image < dark) & deep).sum() / max(brain.sum(), 1)


def brain_area(image):
    """Share of the pixels that belong to the brain."""
    return np.mean(image > 25)


# %% tags=["nbval-ignore-output"]
# Not compared in CI: a bar is shown where the cohort has to be made first.
cohort = load_data()
learn, test = cohort.split("train"), cohort.split("test")


def pixels(images):
    """Images (n, R, R) as rows of 16 x 16 grey values, and a 1."""
    small = block_mean(images, 16).reshape(len(images), -1)
    return np.c_[small, np.ones(len(small))].astype("float64")


x = pixels(learn.level(16))
rule = np.linalg.solve(x.T @ x + 1e5 * np.eye(x.shape[1]), x.T @ learn.table["slice"])  # ridge regression
miss = abs(pixels(test.level(16)) @ rule - test.table["slice"]).mean()
print(f"on new people, the slice height is off by {miss:.1f} of 32 slices on average")

# %% [markdown]
# **Check.** The cohort's slices come with labels, so the measure of the ventricles can be tested against the truth there:
# the fluid (CSF, class 1) in the same deep part.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the machine.
fluid, measured = [], []
for image, file in zip(test.level(size)[::4], test.table["label"][::4], strict=True):
    label = read_label(file)
    how_deep = ndimage.distance_transform_edt(ndimage.binary_fill_holes(label > 0))
    fluid.append(((label == 1) & (how_deep > 0.35 * max(how_deep.max(), 1))).sum() / max((label > 0).sum(), 1))
    measured.append(dark_inside(image))
agreement = np.corrcoef(fluid, measured)[0, 1]
print(f"{len(fluid)} slices; correlation of the measure with the labels: {agreement:.2f}")
assert agreement > 0.9 or size < 64  # smaller images have too few pixels for it

# %% [markdown]
# Now 60 pairs of a source and a donor. We correlate each measure of the mixes with that of their sources, and with that
# of their donors. A correlation of 1 means that the mix follows.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine.
measures = {
    "slice height": lambda images: pixels(images) @ rule,
    "area of the brain": lambda images: [brain_area(image) for image in images],
    "ventricles": lambda images: [dark_inside(image) for image in images],
}
of_source, of_donor = (sampling.styles(generator, range(start, start + 60), 1.0) for start in (0, 500))
plain = {
    "source": sampling.draw(generator, of_source, together=20),
    "donor": sampling.draw(generator, of_donor, together=20),
}
for name, span in sampling.ranges_of(generator).items():
    mixed = of_source.copy()
    mixed[:, span] = of_donor[:, span]
    drawn = sampling.draw(generator, mixed, together=20)
    for what, measure in measures.items():
        r = {who: np.corrcoef(measure(drawn), measure(images))[0, 1] for who, images in plain.items()}
        print(
            f"{name:6} styles of the donor, {what:17}: correlation {r['source']:+.2f} with the source, {r['donor']:+.2f} with the donor"
        )

# %% [markdown]
# **What we see.** The first number compares the mixes with their sources, over 60 pairs, the second with their
# donors. With coarse styles from the donor, the slice height follows the donor closely (correlation 0.95). The area
# of the brain follows the donor, but less closely (0.54), and the ventricles follow neither well. With middle or fine
# styles from the donor, all three stay near the source's; of these two, only the middle styles noticeably change the area
# and the ventricles. With 60 pairs a correlation between -0.25 and +0.25 may be chance, and among many numbers one a
# little beyond it is no surprise. The
# first of the two figures shows the same: within a column the slices have nearly one height, but the ventricles of a
# mix are not quite those of its donor.
#
# Which layer carries how much can be measured too. Below, one brain keeps all its styles but one, and that one is taken
# from other brains. The maps show where the image then differs.
#
# **Predict.** Which of the ten layers will change the image most, and which least?

# %% alt="For each layer a map of how much its style changes the image; layer 1, at 4 px, changes most, ventricles, folds and rim."
donors = [first_seed + 1 + i for i in range(24)]
spreads = []
for layer in layers:
    mixed = sampling.mix(generator, [first_seed], donors, layer, psi, "off")[0]  # (donors, R, R)
    spreads.append(mixed.astype("float32").std(axis=0))
latent.style_effect(spreads)

# %% [markdown]
# **What we see.** Layer 1, the second one at 4 px, has the largest effect. Layer 2, the first at 8 px, and layer 0
# follow. The others change little, and layer 8, the first at 64 px, least. So most of what differs from brain to brain
# is decided in three of the ten layers. On faces, the paper found that coarse styles carry pose and shape, and fine ones
# colours and fine texture. These maps show how much a layer changes, not what; and none of it is built in, it has to be
# learned.

# %% [markdown]
# ## Idea 4: walks and directions
#
# We can interpolate between two brains. In W, along a straight line:
#
# $$w(t) = (1 - t)\,w_a + t\,w_b, \qquad 0 \le t \le 1$$
#
# $w_a$ and $w_b$ are the styles of two seeds. In Z we walk along a great circle (**slerp**, spherical linear
# interpolation), because z lies near a sphere.

# %% alt="Two walks in eight steps from one brain to another, in W above and in Z below."
latent.interpolation_strip(generator, first_seed, first_seed + 5)

# %% [markdown]
# **What we see.** The brain changes smoothly, in Z as in W, with no jump and no double outline on the way. (Two images laid
# over each other would have one.) By eye the two walks are equally smooth. Notebook 02 measured the difference: over
# many pairs, the path length (a mean squared speed) through Z is 1.8 times that through W.
#
# A walk need not end at a brain. It can follow a **direction** $d$, by an amount $a$: $w' = w + a\,\sigma_d\,d$, with
# $\sigma_d$ the standard deviation of w along $d$. The directions in which w varies most are its **principal
# components**. Nobody told the generator what they should mean. By hand, they come from a singular value decomposition
# of many w; the packaged `principal_directions` does the same.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
many_w = sampling.styles(generator, range(2000), 1.0)[:, 0]
_, sizes, components = np.linalg.svd(many_w - many_w.mean(axis=0), full_matrices=False)
share = sizes**2 / np.sum(sizes**2)
directions = sampling.principal_directions(generator, count=4)  # from 4096 other w
print("share of the variance of w along the first four, by hand:", (100 * share[:4]).round(1), "%")
print("                                      with the package:", (100 * directions.share).round(1), "%")
print(f"if all {len(share)} directions were equal, each would have {1 / len(share):.1%}")

# %% alt="Four rows, one brain moved along each of the four widest directions of W."
latent.direction_strip(generator, directions, first_seed)

# %% [markdown]
# **What we see.** No direction stands out: each holds only a few per cent of the variance. Directions 0, 1 and 2
# change the slice height. Direction 3 changes it a little, and with it the dark area in the middle. Far out, heads fall
# apart: see the left end of direction 0.

# %% [markdown]
# ### A direction with a meaning: the ventricles
#
# The ventricles grow with age (notebook [01](01_data_loading.ipynb)), and `dark_inside` measures them. We draw many
# brains, measure each, and fit: which direction in W goes with larger ventricles? `fit_direction` is ridge regression
# (least squares that prefers short directions). The seeds 0 to 399 are for the fit, the seeds 400 to 599 test it.
#
# **Predict.** How strongly will each of the four principal directions above correlate with the size of the
# ventricles: near 0, near 0.5 or near 1? And a direction that is fitted to it?

# %%
ws = sampling.styles(generator, range(600), 1.0)
dark = np.array([dark_inside(image) for image in sampling.draw(generator, ws, together=20)])
fit, held = slice(0, 400), slice(400, 600)
ventricles = sampling.fit_direction(ws[fit], dark[fit])
centred = ws[fit, 0] - ws[fit, 0].mean(axis=0)
square = centred.T @ centred
ridge = 0.1 * np.trace(square) / len(square)  # a tenth of the mean variance, for each of the numbers of w
slope = np.linalg.solve(square + ridge * np.eye(len(square)), centred.T @ (dark[fit] - dark[fit].mean()))
print(f"largest difference by hand: {abs(slope / np.linalg.norm(slope) - ventricles.components[0]).max():.4f}")
along = (ws[held, 0] - directions.mean) @ np.concatenate([directions.components, ventricles.components]).T
correlations = [np.corrcoef(way, dark[held])[0, 1] for way in along.T]

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine.
ways = [*(f"principal direction {k}" for k in range(4)), "fitted direction"]
for name, correlation in zip(ways, correlations, strict=True):
    print(f"{name:22s} correlation with the dark area of new seeds {correlation:+.2f}")

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine.
amounts = (-3, -2, -1, 0, 1, 2, 3)
fresh = sampling.styles(generator, range(1000, 1030), psi)  # seeds that the fit has not seen
moved = [sampling.draw(generator, sampling.move(generator, fresh, ventricles, [a]), together=15) for a in amounts]
areas = [[dark_inside(image) for image in images] for images in moved]
for name, measure in measures.items():  # the ventricles come last
    low, high = (np.mean(measure(images)) for images in (moved[0], moved[-1]))
    print(f"{name:17} from {low:.3g} at {amounts[0]} to {high:.3g} at +{amounts[-1]} standard deviations")

# %% alt="Dark area of the deep brain against the amount moved along the fitted direction: its mean grows from left to right."
figure, ax = subplots(figsize=(6, 2.8))
ax.errorbar(amounts, 100 * np.mean(areas, axis=1), 100 * np.std(areas, axis=1), marker="o", capsize=3)
ax.set(xlabel="amount along the direction (standard deviations of w)", ylabel="dark inside (% of the brain)")
ax.set_title("30 new brains, mean and standard deviation", fontsize=10)
ax.grid(alpha=0.3)
figure

# %% alt="One brain moved along the fitted direction: from left to right it is cut lower, and the dark parts behind the middle grow."
latent.direction_strip(generator, ventricles, first_seed + 5, amounts, psi=psi)

# %% [markdown]
# **What we see.** None of the four widest directions controls ventricle size: the correlations stay below 0.2. Direction 3
# seemed to: in the figure it enlarged the ventricles of one brain. Over 200 brains its correlation is even slightly
# negative. What a direction does to one brain need not hold for others. The
# fitted one does better, with 0.52 on brains that it has not seen, though far from 1: much of the ventricles is not
# linear in w. Along the axis the dark area grows by two thirds on
# average; in the single brain of the strip you mainly see the slice height change, and hardly any growth. It holds less than one per cent of the variance, so no
# search for wide directions would have found it. But look at the other two measures: the slice height changes as well,
# by six slices. Where two things go together in the samples, a fit cannot keep them apart: a
# direction does what was measured and all that goes with it, not what its name says. How would you look for one that
# leaves the height alone?
#
# <details><summary>One way</summary>
#
# Fit a second direction to the slice height. Subtract from the first its component along the second, and measure both
# again: the height should move less.
#
# </details>

# %% [markdown]
# ## Idea 5: noise
#
# The noise maps are there for details that the style does not determine (paper, section 3.2). We draw one brain a
# hundred times, each time with other noise, and look at where it changes.
#
# **Predict.** Where inside the head will the noise matter most: in the white matter, in the grey matter, or in the
# ventricles?

# %% alt="One brain with two draws of noise, the mean of a hundred draws, and a map of where they change it: most in the grey matter at the sides."
one_style = np.repeat(sampling.styles(generator, first_seed, psi), 100, axis=0)
latent.noise_effect(sampling.draw(generator, one_style, sampling.noise_maps(range(100), size)))

# %% [markdown]
# **What we see.** The outline, the ventricles and the position of the large folds stay: they belong to the style. With
# the noise a pixel varies with a standard deviation of up to about 20 of 255 grey values, most in the grey matter at the sides, least in the white matter, in the ventricles
# and outside the brain. The mean of a hundred draws is hardly softer than one. In the paper noise decides where single hairs lie; a
# brain at 64 px leaves little fine detail to vary.

# %% [markdown]
# ## Idea 6: backwards, from an image to a style
#
# **Projection** asks: which w draws this slice $x$? There is no formula; we search. Start at the mean style and go
# downhill (Karras et al. 2019, the StyleGAN2 paper, appendix D). That paper compares images by the features of a
# pretrained network (LPIPS). Here they are compared grey value by grey value, because that needs nothing to download:
#
# $$w^* = \arg\min_w \; \sum_s \, \frac{1}{n_s} \lVert g(w)_s - x_s \rVert^2$$
#
# $g(w)$ is the image drawn from w, and $s$ runs over sizes, with $n_s$ pixels each: both images are compared at full
# size, at half, and so on, so that the rough form counts as well as each pixel. The search by hand, for one sample of
# the generator's own, at two sizes: we look for an `offset` from the mean style, in standard deviations of w
# (`scale`). The image counts as it is shown: the generator may draw below black (`clip_black`, notebook 05), and that is
# shown as black. `value_and_grad` returns the distance and its gradient, and Adam takes one step.

# %%
target = to_float(sampling.sample(generator, first_seed + 1, 1.0, "off"))[..., None]  # (1, R, R, 1)
scale = float(many_w.std())
offset = keras.Variable(np.zeros((1, many_w.shape[1]), "float32"))  # of w from its mean, in standard deviations
adam = keras.optimizers.Adam(0.1)
adam.build([offset])


def distance():
    """Mean squared difference to the target at two sizes, as a function of the offset."""
    w = scale * offset + many_w.mean(axis=0)
    image = generator.draw(ops.broadcast_to(w[:, None], (1, num_layers, w.shape[1])))
    image = ops.clip(image, -1, 1)  # as it is shown: what lies below black is black
    small = ops.mean((downsample(image) - downsample(ops.convert_to_tensor(target))) ** 2)
    return ops.mean((image - target) ** 2) + small


def descend():
    """Go one step downhill; returns the distance before it."""
    value, slopes = value_and_grad(distance, [offset])
    adam.apply(slopes, [offset])
    return value


# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine.
one_step = compile_function(descend, [offset, *adam.variables, *generator.variables], jit=False)
distances = [float(to_numpy(one_step())) for _ in range(60)]
print("distance after 0, 20, 40 and 59 steps:", " ".join(f"{distances[i]:.3f}" for i in (0, 20, 40, 59)))

# %% [markdown]
# The packaged `project` does this at all sizes and with a learning-rate schedule. First the same image again. We know
# that the generator can draw it: it is one of its own, at psi 1 and without noise. (As in the appendix, the steps
# grow over the first twentieth of the search and shrink over the last quarter.)

# %% tags=["nbval-ignore-output"] alt="A sample of the generator, what projection found for it, and the small difference."
# Not compared in CI: a progress bar, and images.
own = sampling.sample(generator, first_seed + 1, 1.0, "off")[0]
costs.announce_projections(generator, steps, 7)
found = sampling.project(generator, own, steps, noise=False)
print(f"{len(found.errors)} steps brought the error from {found.errors[0]:.1f} to {found.error:.1f} grey values")
latent.projection_figure(found, "a sample of its own")

# %% [markdown]
# **What we see.** By eye the projection is the sample. The map shows small differences all over the brain, and large ones
# in single pixels. While the steps are largest, they overshoot: the
# error jumps up and down for forty steps, and then falls steadily.
#
# **Predict.** Now three images that it has not drawn: a slice of a test person, the same slice upside down,
# and a checkerboard. We search one w for all layers. Which ones will it find?

# %% tags=["nbval-ignore-output"] alt="Three targets, each beside what projection found for it in W: a test person's slice, the slice upside down, a checkerboard; all but the last come out blurred, the last not at all."
# Not compared in CI: as above.
person = unseen.level(size)[len(unseen) // 3]
board = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((size // 8, size // 8))).astype("uint8") * 160
others = {"a test person": person, "upside down": person[:, ::-1], "a checkerboard": board}
in_w = {name: sampling.project(generator, image, steps, noise=False) for name, image in others.items()}
columns = [image for r in in_w.values() for image in (r.target, r.image)]
titles = [t for name, r in in_w.items() for t in (name, f"nearest in W,\n{r.error:.0f} grey values off")]
show_slices(np.stack(columns), titles, columns=6, size=2.1, crop=True)

# %% [markdown]
# **What we see.** The test person's slice comes back as a blurred head of about that outline; the folds are lost. So
# does the slice upside down. The generator never saw an upside-down brain, and yet the error is hardly larger: **the
# error alone does not tell a brain from a mistake.** The checkerboard is not found at all.
#
# The same three again, now with a w for each layer (called W+), and with the noise maps searched too.

# %% tags=["nbval-ignore-output"] alt="The same three targets, each beside what projection found for it in W+ with noise: all three come closer, still blurred, and the squares of the checkerboard are there."
# Not compared in CI: as above.
free = {name: sampling.project(generator, image, steps, "w+", noise=True) for name, image in others.items()}
columns = [image for r in free.values() for image in (r.target, r.image)]
titles = [t for name, r in free.items() for t in (name, f"nearest in W+,\n{r.error:.0f} grey values off")]
for name, result in free.items():
    print(f"{name}: off by {in_w[name].error:.1f} grey values in W, by {result.error:.1f} in W+ with noise")
show_slices(np.stack(columns), titles, columns=6, size=2.1, crop=True)

# %% [markdown]
# **What we see.** With a style for each layer and free noise everything comes closer. The slice upside down is now
# nearer to its target than the test person's was in W, and even a checkerboard appears, though no brain looks like
# that. So a smaller error proves little: a projection into W+ can draw what no seed ever draws. Anyone who uses
# projections to compare patients, or to fill in a lesion, must ask first whether the found image is one that the
# generator would be likely to draw: near the mean style, and in W.

# %% [markdown]
# ## Can you tell?
#
# The oldest test of a generator needs no formula: your eyes. Below are twenty slices of test people and twenty
# samples of `quiz_name` (truncated with `psi`), mixed up. `cohort128` draws 128 px, twice the size of those above:
# there is more to look at, and less that can hide. (For another generator, set `data` to slices of the kind that it
# learned from; otherwise you only tell two kinds of data apart.) Write the numbers of those that you take for
# generated into `guess`, and run the cell below the images again. Take your time, and do not look at the answers
# first.
#
# **Predict.** How many of the forty will you classify correctly? Guessing gives about 20, give or take three.

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
# An empty list gets every slice right and every sample wrong. When you have your score, look at the answers with
# `quiz.show(answers=True, columns=5)`. What gave the samples away: the texture, the outline, an impossible fold? A
# score near twenty says that *you* could not tell, at *this* size, in *this* time. It says nothing about how varied
# the samples are, and nothing about copies: slices of the training people would fool every eye.

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
# **1. Build.** Write a projection loop. The generator is a linear one, $g(w) = A\,w + c$, so that you can work out
# the slope of the distance by hand. (Start with one pixel and one number w: the slope of $(a w + c - x)^2$. With a
# matrix, each product with $a$ becomes one with $A$ or with its transpose.) Start at the mean style, go downhill, and
# return the w that you end at. The distance is the **sum** of squared differences over the pixels.


# %% tags=["exercise"]
def my_projection(A, c, target, mean_w, steps, rate):
    """Project target (pixels,) into g(w) = A w + c: plain gradient descent from mean_w (d,). Returns w."""
    # <solution>
    w = mean_w
    for _ in range(steps):
        difference = A @ w + c - target
        w = w - rate * 2 * A.T @ difference
    return w
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_projection(my_projection)

# %% [markdown]
# **2. Break.** Truncation takes psi from 0 to 1. The formula works for any number. Take psi = -1.
# Predict what happens to the slice height of a brain: does it
#
# 1. stay as it was,
# 2. become that of the mean brain, for every seed,
# 3. go to the other side of the mean brain's height,
# 4. become any height, independent of what it was?
#
# Fill in the number of your answer. Then run the next cell.

# %% tags=["exercise"]
# <solution>
answer = 3  # slice height is nearly linear in w, so a reflection of w reflects it too
# </solution>
# <stub>
# answer = ...
# </stub>
checks.check_negative_psi(answer)

# %% tags=["nbval-ignore-output"] alt="Six brains at psi 1 above the same seeds at psi -1: high slices become low ones."
# Not compared in CI: the digits depend on the engine.
ws = sampling.styles(generator, range(60), 1.0)
moved = (2 * many_w.mean(axis=0) - ws).astype("float32")
at_one, at_minus_one = (sampling.draw(generator, some, together=20) for some in (ws, moved))
r = np.corrcoef(pixels(at_one) @ rule, pixels(at_minus_one) @ rule)[0, 1]
print(f"correlation of the slice height at psi 1 and at psi -1, over 60 seeds: {r:+.2f}")
titles = [f"seed {seed}, psi {value}" for value in (1, -1) for seed in range(6)]
show_slices(np.concatenate([at_one[:6], at_minus_one[:6]]), titles, columns=6, size=1.9, crop=True)

# %% [markdown]
# **3. Read the figure.** Look again at the figure of the dark area along the fitted direction, drawn with the default
# parameters. By how many percentage points does the dark area grow, on average, for each standard deviation?

# %% tags=["exercise"]
# <solution>
points_per_step = 0.3  # the rise over the whole axis, divided by its six steps
# </solution>
# <stub>
# points_per_step = ...
# </stub>
checks.check_ventricle_slope(points_per_step)

# %% [markdown]
# ## Recap
#
# 1. A seed determines an image.
# 2. Psi trades variety for quality.
# 3. Every layer has a style of its own. What each one carries is learned, and has to be measured.
# 4. Straight walks in W pass from brain to brain; a fitted direction changes what its measure rewards.
# 5. Noise decides what the style leaves open.
# 6. Projection finds a style for an image. That an image can be drawn does not mean that it is a brain.
#
# **Next:** [07 · How good is it, and is anyone's brain being copied?](07_evaluation.ipynb)
