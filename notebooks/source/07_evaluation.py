# %% [markdown]
# # 07 · How good is it, and is anyone's brain being copied?
#
# You can look at samples, but not at all of them, and visual inspection is lenient. This notebook measures: are the
# generated slices like real ones, are they as varied, are their tissues right? And the question that matters most in
# medicine: does the generator reproduce slices of the people it was trained on?
#
# **Goals.** After it you can
#
# 1. say why a score needs a floor and a ceiling beside it;
# 2. compute a Fréchet distance, precision and recall, and say what each cannot see;
# 3. say how scores judge a generator that only copies, and why;
# 4. audit a generator for copies, person by person;
# 5. test whether samples tell who was in the training set;
# 6. say what a score may be used for.
#
# **Needs** nothing: a generator and a segmenter are included, each with an account of its training. **Takes** about 40 minutes to read, under two
# minutes to run. The whole evaluation, with thousands of images, is a command:
# `python -m oasis_helpers evaluate default --out report`.

# %%
from oasis_helpers import checks, device_name, load_data, load_generator
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import called, check_number, check_whole
from oasis_helpers.evaluation.audit.audit import audit
from oasis_helpers.evaluation.extractors import extractor
from oasis_helpers.evaluation.scores import bootstrap, compute, frechet, precision, recall
from oasis_helpers.evaluation.sides import make_sides
from oasis_helpers.evaluation.tissues import measures
from oasis_helpers.evaluation.tissues.segmenter import check_generator, load_segmenter, network_input
from oasis_helpers.images import block_mean
from oasis_helpers.view import costs
from oasis_helpers.view.audit_figures import closest_pairs
from oasis_helpers.view.figures import show_slices, show_tissues, subplots

import keras
import numpy as np
import pandas as pd
from matplotlib.patches import Circle

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
generator_name = "default"  # an included one of the cohort; or a run folder of yours, of 64 px or more
data = None  # the slices that it was trained on; None is the synthetic cohort
count = 300  # images of each kind; 60 to 2000, more give more precise scores and take longer
false_alarms = 0.01  # share of new people's slices that may be flagged; 0.001 to 0.2, larger is stricter
seed = 0  # which people and images are chosen; any whole number from 0

# %% tags=["nbval-ignore-output"]
# Not compared in CI: a bar is shown where the cohort has to be made first.
check_whole("count", count, 60, 2000)
false_alarms = check_number("false_alarms", false_alarms, 0.001, 0.2)
check_whole("seed", seed, 0)
with called(path="generator_name", generator="generator_name"):
    generator = load_generator(generator_name)
    check_generator(generator)
with called(path="data"):
    slices = load_data(data)
costs.announce_evaluation(generator, count)
sides = make_sides(generator, slices, count, seed)

# %% [markdown]
# ## What is compared with what
#
# "The score is 12" says nothing. Is that good? It depends on the data, on how many images there are, and on what is
# compared. So we never show a score alone. The people of the training split are divided into two halves:
#
# - one half is the **reference**, with which everything is compared;
# - slices of the **other people** show how good a score can get: they are real (the **floor** of a distance);
# - the same slices **blurred**, **noisy** and **shuffled** show how bad (the **ceilings**);
# - so do an **untrained** generator, and the **mean slice** over and over.
#
# The generator's own samples are called **fakes**, as in a GAN.

# %% alt="Two images of each kind: reference, fakes, other people, blurred, noisy, shuffled, untrained, mean slice."
kinds = {"reference": sides.reference, **sides.others}
print({name: len(images) for name, images in kinds.items()})
print("the reference starts with", ", ".join(list(dict.fromkeys(sides.people))[:3]))
shown = np.concatenate([images[:: len(images) // 6][:2] for images in kinds.values()])
show_slices(shown, [name for name in kinds for _ in range(2)], columns=8, size=2.0, crop=True)

# %% [markdown]
# ## Idea 1: compare distributions, not single images
#
# No fake has a partner among the reals, so we compare the two sets as a whole. Each image becomes a row of numbers, its
# **features**. The **Fréchet distance** (Heusel et al. 2017) describes the rows of each set by a normal distribution,
# with mean $\mu$ and covariance $\Sigma$:
#
# $$d = \lVert \mu_r - \mu_f \rVert^2 + \operatorname{tr}\left(\Sigma_r + \Sigma_f - 2\,(\Sigma_r \Sigma_f)^{1/2}\right)$$
#
# $r$ are the reals, $f$ the fakes; $\operatorname{tr}$ sums the diagonal. For a single feature it is
# $(\mu_r - \mu_f)^2 + (\sigma_r - \sigma_f)^2$. The trace of the root is the sum of the roots of the eigenvalues, so by
# hand it takes a few lines. On made-up rows of three features:


# %%
def by_hand(real, fake):
    """Fréchet distance of rows (n, d) and (m, d)."""
    both = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(both[0] @ both[1]).real, 0))
    means = np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2)
    return means + np.trace(both[0]) + np.trace(both[1]) - 2 * roots.sum()


rng = np.random.default_rng(0)
a, b = rng.normal(0, 1, (5000, 3)), rng.normal(2, 3, (5000, 3))
print(f"by hand {by_hand(a, b):.4f}, by the package {frechet(a, b):.4f}")
print("three features, each with means 0 and 2 and standard deviations 1 and 3:", 3 * ((0 - 2) ** 2 + (1 - 3) ** 2))

# %% [markdown]
# ### What is a feature of a slice?
#
# The usual choice is the last layer of **Inception**, a network trained on the photographs of ImageNet: dogs, cars and a
# thousand other things. With its features the distance is called **FID**. For medical images it misleads, for three
# reasons. No photograph is a brain slice, so the network may react to what does not matter, such as grain, and miss what
# does, such as a ventricle that is too large. A grey slice must be enlarged to 299 px and copied into three colours. And
# 2,048 features need many thousand images for a covariance. A FID of one paper can't be compared with that of another
# unless data, number and resizing of the images agree.
#
# Our features come from a network that knows brains: a **segmenter**, trained to name the tissue of each pixel. Its 112
# feature maps on the way down are summarised by the mean and the standard deviation over their pixels: 224 numbers. The
# name of the extractor belongs to the score: **frechet(tissue)**.

# %% alt="A slice beside the tissue classes that the segmenter gives its pixels."
segmenter, tissues = load_segmenter(), extractor("tissue")
features = {name: tissues(images) for name, images in kinds.items()}
first_layers = keras.Model(segmenter.model.input, segmenter.model.layers[2].output)
maps = to_numpy(first_layers(network_input(sides.reference[:4])))  # (4, 64, 64, 16)
print("features:", features["reference"].shape, "= (slices, numbers)")
apart = abs(maps.mean(axis=(1, 2)) - features["reference"][:4, :16]).max()
print(f"largest difference of the first 16, by hand and by the package: {apart:.4f}")
small = block_mean(sides.reference[:1], 64).astype("uint8")
show_tissues(small[0], segmenter.classes(small)[0])

# %% [markdown]
# How good is the segmenter? **Dice** is twice the pixels that two masks share, over the pixels of both: 1 for equal
# masks, 0 for masks that do not overlap.
#
# **Predict.** Reference and other people are both real. We compute their Fréchet distance from 60 slices of each, and
# from all. Which one is larger, or are they the same?

# %%
print("Dice on people whom the segmenter had not seen:")
print({name: round(value, 2) for name, value in segmenter.about["dice"].items()})

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
pick = np.random.default_rng(1)
for n in (60, len(sides.reference)):
    few = [features[kind][pick.permutation(len(sides.reference))[:n]] for kind in ("reference", "other people")]
    print(f"{n:4} slices of each: Fréchet distance {frechet(*few):.3f}")

# %% [markdown]
# **What we see.** With 60 slices the distance is several times as large, although nothing else has changed. Few images give
# a poor covariance, and every error adds to the distance. So compare Fréchet distances at equal numbers only. **KID**
# (Bińkowski et al. 2018), another distance of two sets of features, is unbiased in sample size: its mean is 0 for two
# samples of one distribution, so by chance it can lie a little below 0.

# %% [markdown]
# ## Idea 2: quality and variety are two things
#
# **Precision** is the share of fakes that lie near a real slice; **recall** the share of real slices that lie near a fake
# (Kynkäänniemi et al. 2019). Near means: inside a ball around an image that reaches to its third neighbour of its own
# kind. Precision uses balls around reals, recall balls around fakes.
#
# Features of two numbers can be drawn. The reals are a cloud, and the generator draws one good image over and over, with
# little variation.
#
# **Predict.** What are its precision and its recall: high or low?


# %% alt="Two panels with 60 real dots spread out and 60 fakes close together in the middle: circles around the reals cover the fakes, circles around the fakes are tiny and hold hardly any real."
def balls(points):
    """How far it is from each point (n, 2) to its third neighbour, (n,)."""
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    return np.sort(apart, axis=1)[:, 3]  # at 0 is the point itself


reals, one_image = rng.normal(size=(60, 2)), 0.3 + rng.normal(scale=0.05, size=(60, 2))
figure, axes = subplots(1, 2, figsize=(8.4, 4), sharex=True, sharey=True)
for ax, centres, name in zip(axes, (reals, one_image), ("reals (precision)", "fakes (recall)"), strict=True):
    for centre, radius in zip(centres, balls(centres), strict=True):
        ax.add_patch(Circle(centre, radius, facecolor="C0", alpha=0.12))
    ax.plot(*reals.T, "ko", markersize=4, label="reals")
    ax.plot(*one_image.T, "C1x", markersize=4, label="fakes")
    ax.set(title=f"balls around {name}", aspect="equal", xlabel="first feature", xlim=(-4, 4), ylim=(-4, 4))
axes[0].set_ylabel("second feature")
axes[0].legend()
figure

# %%
print(f"precision {precision(reals, one_image):.2f}, recall {recall(reals, one_image):.2f}")

# %% [markdown]
# **What we see.** All fakes lie in a ball of some real: precision is 1. The balls around fakes are so small that hardly any
# real lies in one: recall is near 0. Only the two together describe a generator that repeats one good image.

# %% [markdown]
# ### A generator that copies
#
# A third generator joins: the **memoriser**. It has learned nothing. It gives out training slices, some of them mirrored,
# with a little noise.
#
# **Predict.** Which one will the Fréchet distance prefer, the memoriser or the honest generator? And KID, precision and
# recall?

# %%
train = slices.split("train")
images, owners = train.level(generator.resolution), train.table["person"].to_numpy()
chosen, mirrored = rng.integers(len(images), size=len(sides.reference)), rng.random(len(sides.reference)) < 0.5
copies = images[chosen].astype("float32")
copies[mirrored] = copies[mirrored][:, ::-1]
grain = rng.normal(0, 6, copies.shape) * (copies > 0)
memoriser = np.clip(copies + grain, 0, 255).astype("uint8")
features["memoriser"] = tissues(memoriser)
print(f"{len(memoriser)} slices of the memoriser, {mirrored.mean():.0%} of them mirrored")

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
rows = ["fakes", "memoriser", "other people", "blurred", "noisy", "shuffled", "untrained", "mean slice"]
table = pd.DataFrame(index=rows)
for name in ("frechet", "kid", "precision", "recall"):
    scores = [compute(name, features["reference"], features[row], "tissue").value for row in rows]
    table[f"{name}(tissue)"] = scores
table.round(4)

# %%
print("by Fréchet distance, best first:", ", ".join(table["frechet(tissue)"].sort_values().index))

# %% [markdown]
# **What we see.** By Fréchet distance and by recall the memoriser beats the honest generator, and in all columns it scores
# about like real slices of other people, for its slices *are* real. (The first three distances by KID are 0 but for chance.)
# Every score that compares sets rewards copying. In recall the memoriser even beats other people, since half of its slices
# show the very people of the reference. A score better than the floor is a warning, for those who look at the floor. A
# generator that copies people outside of the reference would not even leave that trace.
#
# And the honest generator, the row `fakes`? Its Fréchet distance is about three times that of other people, and nearly a
# hundred times smaller than that of blurred slices. Its precision is higher than that of other people: it keeps to what is
# usual. Its recall is lower: it leaves out what is rare. Shuffled slices have a high recall, which is no praise: what is
# scattered widely comes near everything. (The generator's model card has the scores of 1,632 images.)

# %% [markdown]
# ## Idea 3: how certain is a score?
#
# With other people in the reference, the score would be another one. The **bootstrap** draws as many people as there are,
# with replacement, each with all slices, and computes the score again. Many such scores show how far it varies.
#
# **Predict.** Somebody draws single slices instead of people. Will the score seem more certain or less certain?


# %%
def frechet_of(rows):
    """The score of the fakes against some rows of the reference."""
    return frechet(features["reference"][rows], features["fakes"])


def spread(owner, repeats=40):
    """Standard deviation of the score over drawings of owners, each with all rows."""
    draw, names = np.random.default_rng(seed), np.unique(owner)
    drawn = [draw.choice(names, len(names)) for _ in range(repeats)]
    rows = [np.concatenate([np.flatnonzero(owner == name) for name in some]) for some in drawn]
    return np.std([frechet_of(some) for some in rows])


print("people in the reference:", len(np.unique(sides.people)))

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
print(f"the score is {frechet_of(np.arange(len(sides.people))):.4f}")
print(f"drawing people, it varies by {spread(sides.people):.4f} (standard deviation)")
print(f"drawing slices, it varies by {spread(np.arange(len(sides.people))):.4f}")
interval = bootstrap(sides.people, frechet_of, repeats=40)
print(f"the packaged bootstrap: 95 % of such scores lie from {interval.low:.4f} to {interval.high:.4f}")

# %% [markdown]
# **What we see.** More certain, and wrongly so: drawing slices, the score varies half as much. Slices of one person are
# alike, so single slices pretend that there are more independent images than there are. And the interval by people is
# wide: two generators whose scores lie in it can't be told apart by this number of people.

# %% [markdown]
# ## Idea 4: compare tissue areas
#
# Are the tissues right? The segmenter names each pixel, and we compare areas. The figure shows **empirical cumulative
# distributions**: the share of slices that lie below each value. The distance of two of them is the **Wasserstein
# distance**: how far the reals' values must be moved, on average, to become the fakes'.

# %% alt="Empirical cumulative distributions of grey matter, white matter and ventricles: the curve of the fakes lies close to those of both halves of the people."
names = ("reference", "other people", "fakes")
tables = {name: measures.measure_tissues(kinds[name]) for name in names}
figure, axes = subplots(1, 3, figsize=(10, 3), sharey=True)
for ax, tissue in zip(axes, ("grey", "white", "ventricles"), strict=True):
    for name, style in zip(names, ("C0-", "C0:", "C1-"), strict=True):
        values = np.sort(tables[name][tissue].dropna())
        ax.plot(100 * values, np.linspace(0, 1, len(values)), style, label=name)
    ax.set(xlabel=f"{tissue}, % of the brain")
    ax.grid(alpha=0.3)
axes[0].set_ylabel("share of the slices below")
axes[0].legend(fontsize=8)
figure

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
far, floor = (measures.tissue_distances(tables["reference"], tables[name]) for name in ("fakes", "other people"))
for tissue in ("grey", "white", "ventricles"):
    print(f"{tissue:10}: fakes {100 * far[tissue]:.2f} % of the brain, other people {100 * floor[tissue]:.2f} %")

# %% [markdown]
# **What we see.** Blue are real slices, two halves of the people; orange is the generator. Where orange lies to the right,
# the generator has too much of a tissue; where it rises more steeply, its slices vary too little. Here the three curves
# nearly agree, and the distances are about those of other people. Unlike a Fréchet distance, this figure says what would
# be wrong.

# %% [markdown]
# ## Idea 5: is anyone copied?
#
# For each fake, an **audit** looks for the nearest training slice. But how near is too near? Blurred images lie near
# everything. So the **score** of an image is a ratio: its distance to the nearest person's slice, divided by the mean
# distance to the nearest slices of the ten next people. It is about 1 for anybody new, and 0 for a copy. And slices of
# **held-out people** (notebook [01](01_data_loading.ipynb)), whom nobody can have copied, show which scores are usual: the
# threshold is chosen so that at most a share of `false_alarms` of them lies below it. By hand, on images of 16 px:


# %%
def as_rows(images):
    """Images (n, R, R) as rows of 256 grey values."""
    return block_mean(images, 16).reshape(len(images), -1).astype("float32")


def distances(x, y):
    """Distance of each row of x (n, d) from each row of y (m, d), (n, m)."""
    squares = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * x @ y.T
    return np.sqrt(np.maximum(squares, 0))


def copy_score(some):
    """Distance to the nearest training person over the mean of the ten next people's, (n,)."""
    apart = distances(as_rows(some), as_rows(images))
    people = np.stack([apart[:, owners == name].min(axis=1) for name in np.unique(owners)], axis=1)
    people.sort(axis=1)
    return people[:, 0] / people[:, 1:11].mean(axis=1)


# %% [markdown]
# **Predict.** All slices of the memoriser are copies, half of them mirrored. What share of them will lie below the
# threshold? And of the honest generator's fakes?

# %% alt="Histograms of the score by hand: held-out people and the generator between 0.6 and 1; the memoriser in two heaps, one near 0, one with the others."
outside = slices.select((slices.table["split"] != "train").to_numpy())
new, new_owners = outside.level(generator.resolution), outside.table["person"].to_numpy()
scored = {"held-out people": new, "the generator": sides.others["fakes"], "the memoriser": memoriser}
scored = {name: copy_score(some) for name, some in scored.items()}
threshold = np.quantile(scored["held-out people"], false_alarms)
figure, ax = subplots(figsize=(7, 3.2))
for name, values in scored.items():
    ax.hist(values, bins=np.linspace(0, 1, 41), density=True, histtype="step", linewidth=1.5, label=name)
ax.axvline(threshold, color="k", linestyle="--", linewidth=1, label="threshold")
ax.set(xlabel="score (0 is a copy)", ylabel="density", title="distance to the nearest person / to the ten next people")
ax.legend()
figure

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
for name, values in scored.items():
    print(f"{name:16}: {np.mean(values < threshold):.0%} below the threshold of {threshold:.2f}")

# %% [markdown]
# **What we see.** About half: the copies that are not mirrored. A mirrored copy scores like anybody new, because our few
# lines compare pixel by pixel. Of the honest generator's fakes none lies below the threshold. A search finds only the
# copies that it looks for.
#
# The packaged audit does more. It lays each fake on each candidate first: mirrored, moved, matched in brightness. It has two
# distances: `pixel` compares grey values, `perceptual` edges. (The command `evaluate` adds a third, `domain`: what the
# segmenter sees.) Training people serve as new people, too, each compared with everybody but themselves. In its reasons,
# p is the probability that chance alone flags so many fakes or more. The audit fails where p is below `level`, the
# significance level.

# %%
few = min(count, 200)
honest = audit(sides.others["fakes"][:few], images, owners, new, new_owners, false_alarms=false_alarms)
copied = audit(memoriser[:few], images, owners, new, new_owners, false_alarms=false_alarms)
for name, found in (("the generator", honest), ("the memoriser", copied)):
    print(f"{name}: {found.verdict}")

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
for found in (honest, copied):
    print("\n".join(found.reasons), end="\n\n")

# %% alt="Fakes of the memoriser above the training slices that they copy; the difference is noise."
closest_pairs(copied, memoriser[:few], images, 5)

# %% alt="Fakes of the generator above their nearest training slices; the differences are large."
closest_pairs(honest, sides.others["fakes"][:few], images, 5)

# %% [markdown]
# **What we see.** All slices of the memoriser are flagged, the mirrored ones too, and it fails. Under its fakes are the
# slices that it copied, and the difference is noise. Under the generator's fakes are slices of about the same height and
# shape, of people who were not copied: the differences are large, and everywhere. The generator passes.
#
# The table of exposure names, for each training person, how often they were the nearest, how often that was to be
# `expected`, the lowest score among them (`closest`), and how many fakes were `flagged` as theirs:

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
copied.exposure.head(5).round(2)

# %% [markdown]
# ## Idea 6: do samples tell who was in the training set?
#
# The people of OASIS-1 agreed that their scans are used for research. They did not agree to be recognised. Samples are
# often shared where scans may not be, as "nobody's data". But sometimes a secret is not the image, but the membership: who
# is known to be in a study of a disease has the disease. **Membership inference** tries to find that out. The attacker has
# somebody's scan and the samples of a generator, and says "was in the training set" where samples lie unusually near.
#
# We try it with the distance by hand: for each person, the mean distance of their slices to the nearest sample. **AUC** is
# how often a training person is nearer than a held-out one, over all pairs: 1 is always, 0.5 is chance.
#
# **Predict.** What will the AUC be for the samples of the memoriser, and for those of the honest generator?


# %%
def nearness(some, names, samples):
    """Mean distance of each person's slices to the nearest sample, (people,)."""
    nearest = distances(as_rows(some), as_rows(samples)).min(axis=1)
    return np.array([nearest[names == name].mean() for name in np.unique(names)])


# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
for name, samples in (("the generator", sides.others["fakes"]), ("the memoriser", memoriser)):
    members, others = nearness(images, owners, samples), nearness(new, new_owners, samples)
    auc = np.mean(members[:, None] < others[None])
    print(f"{name}: AUC {auc:.2f} ({len(members)} training people, {len(others)} held out)")

# %% [markdown]
# **What we see.** The memoriser's samples betray its training people: AUC 0.87, although each person has only about three
# copies among them, and nearly half of these are mirrored. With the honest generator the attack does no better than chance. That
# speaks for this generator against this attack; a better attack may find more. Only training that limits the influence of
# each person (differential privacy) gives a guarantee, and it costs quality.

# %% [markdown]
# ## Limits
#
# - A score compares two sets as one extractor sees them. What the extractor does not see, the score does not see.
# - The audit finds copies of whole slices. It does not find a copied ventricle in another brain, and a pass does not prove
#   that nobody could be recognised.
# - Samples inherit who is in the data: by age, sex and scanner (notebook [01](01_data_loading.ipynb)). Scores against the
#   same data do not see that.
# - A few hundred images give rough numbers. The command `evaluate` takes up to 2,000.
# - Use scores to compare two runs on the same data, with the same number of images. Do not compare them between papers,
#   and never use them to say that a generated brain could stand for a patient's.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1. Build.** Write precision, from features to the share. The definition is in idea 2: a ball around each real reaches to
# its third neighbour among the reals, and a fake counts if it lies in at least one ball (its edge belongs to it).


# %% tags=["exercise"]
def my_precision(real, fake):
    """Share of fakes (m, d) that lie in the ball of at least one real (n, d)."""
    # <solution>
    radius = np.sort(np.linalg.norm(real[:, None] - real[None], axis=2), axis=1)[:, 3]
    apart = np.linalg.norm(fake[:, None] - real[None], axis=2)  # (m, n)
    return np.mean((apart <= radius).any(axis=1))
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_precision(my_precision)

# %% [markdown]
# **2. Break.** Take all training slices. With the people divided into two halves, the slices of one half have a precision of
# about 0.4 against those of the other (default parameters): people differ. Now somebody divides the *slices* into two random
# halves. Predict: the precision of one half against the other
#
# 1. stays about the same,
# 2. rises to nearly 1,
# 3. falls to nearly 0,
# 4. becomes 0.5, as by chance?
#
# Fill in the number of your answer. Then run the next cell.

# %% tags=["exercise"]
# <solution>
answer = 2  # nearly every slice has a neighbour of the same person in the other half
# </solution>
# <stub>
# answer = ...
# </stub>
checks.check_halves_of_slices(answer)

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
everything, draw = tissues(images), np.random.default_rng(0)
half_of_people = np.isin(owners, draw.permutation(np.unique(owners))[::2])
half_of_slices = draw.permutation(len(images)) % 2 == 0
for name, half in (("people", half_of_people), ("slices", half_of_slices)):
    print(f"halves of {name}: precision {precision(everything[half], everything[~half]):.2f}")

# %% [markdown]
# **What we see.** Nearly every slice then has a neighbour of the same person in the other half. Such a floor would ask of
# the generator what no new person's slices can reach, and a memoriser would reach it.
#
# **3. Read the figure.** Look again at the tissue areas, drawn with the default parameters. In what share of the
# *reference* slices do the ventricles take less than 6 % of the brain?

# %% tags=["exercise"]
# <solution>
share = 0.23  # the solid blue curve at 6
# </solution>
# <stub>
# share = ...
# </stub>
checks.check_small_ventricles(share)

# %% [markdown]
# ## Recap
#
# 1. A score stands beside its floor (real slices of other people) and its ceilings (spoilt slices), or it says nothing.
# 2. The Fréchet distance compares distributions; precision measures quality, recall variety.
# 3. A generator that copies wins in both distances and in recall; so no score says that nobody was copied.
# 4. The audit compares with people, and is calibrated by people who were held out. The generator `default` copies nobody
#    that the audit could find, and its samples do not tell who was in the training set.
# 5. Scores compare runs. They do not make a brain real.
#
# **Next:** evaluate a run of your own, with `python -m oasis_helpers evaluate RUN --out DIR`, and put two side by side with
# `python -m oasis_helpers compare A B`. Or go back to [05 · How does a generator learn to draw brains?](05_progressive_training.ipynb)
# and make a better one.
