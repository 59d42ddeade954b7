# %% [markdown]
# # 07 · How good is it, and is anyone's brain being copied?
#
# Samples can be looked at, but not all of them, and eyes are kind. This notebook asks for numbers: are the generated
# slices like real ones, are they as varied, have they the right tissues? And the question that matters most in medicine:
# does the generator hand out slices of the people it was trained on?
#
# **Goals.** After it you can
#
# 1. say what a score is worth without its floor and its ceilings (nothing);
# 2. compute a Frechet distance, precision and recall, and say what each cannot see;
# 3. show how a generator that only copies fools them;
# 4. read an audit of copies by person;
# 5. say what a score may be used for.
#
# **Needs** nothing: a generator and a segmenter come with the course. **Takes** about 20 minutes to read, under two
# minutes to run. The whole evaluation, with thousands of images, is a command:
# `python -m oasis_helpers evaluate default --out report`.

# %%
from oasis_helpers import checks, device_name, load_data, load_generator
from oasis_helpers.errors import called, check_number, check_whole
from oasis_helpers.evaluation.audit.audit import audit
from oasis_helpers.evaluation.extractors import extractor
from oasis_helpers.evaluation.scores import bootstrap, compute, frechet, precision, recall
from oasis_helpers.evaluation.sides import make_sides
from oasis_helpers.evaluation.tissues import measures
from oasis_helpers.evaluation.tissues.segmenter import check_generator, load_segmenter
from oasis_helpers.view import costs
from oasis_helpers.view.audit_figures import closest_pairs
from oasis_helpers.view.figures import show_slices, subplots

import numpy as np
import pandas as pd

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
generator_name = "default"  # one of the cohort that comes along; or a run folder of yours, of 64 px or more
data = None  # the slices that it was trained on; None is the synthetic cohort
count = 300  # images of each kind; 60 to 2000, more are surer and slower
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
# "The score is 12" says nothing. Is that good? It depends on the data, on how many images there are, on what is
# compared. So we never show a score alone. The people of the training split are cut in two halves:
#
# - one half is the **reference**, with which everything is compared;
# - slices of the **other people** show how good a score can get: they are real (the floor of a distance);
# - the same slices **blurred**, **noisy** and **shuffled** show how bad;
# - so do an **untrained** generator and the **mean slice** over and over.

# %% alt="Two images of each kind: reference, fakes, other people, blurred, noisy, shuffled, untrained, mean slice."
kinds = {"reference": sides.reference, **sides.others}
print({name: len(images) for name, images in kinds.items()})
print("the reference starts with", ", ".join(list(dict.fromkeys(sides.people))[:3]))
shown = np.concatenate([images[:: len(images) // 6][:2] for images in kinds.values()])
show_slices(shown, [name for name in kinds for _ in range(2)], columns=8)

# %% [markdown]
# ## Idea 1: compare crowds, not images
#
# Two crowds of numbers are alike if their means and their spreads are. The **Frechet distance** between two crowds of
# features (Heusel et al. 2017) takes each as a cloud with mean $\mu$ and covariance $\Sigma$:
#
# $$d = \lVert \mu_r - \mu_f \rVert^2 + \operatorname{tr}\left(\Sigma_r + \Sigma_f - 2\,(\Sigma_r \Sigma_f)^{1/2}\right)$$
#
# $r$ are the reals, $f$ the fakes; $\operatorname{tr}$ sums the diagonal. For a single feature it is
# $(\mu_r - \mu_f)^2 + (\sigma_r - \sigma_f)^2$. The toy version beside the packaged one:

# %%
rng = np.random.default_rng(0)
a, b = rng.normal(0, 1, (5000, 1)), rng.normal(2, 3, (5000, 1))
toy = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
print("the toy and the package agree:", np.isclose(toy, frechet(a, b)))

# %% [markdown]
# What is a feature of a slice? The usual choice is Inception, a network trained on photographs of dogs, cars and a
# thousand other things; with its features the distance is called **FID**. Ours is a **segmenter**, a small network that
# was trained to name the tissue of each pixel; it ships with the course. The name of the extractor belongs to the score:
# **frechet(tissue)**.
#
# How good is the segmenter? **Dice** is twice the pixels that two masks share, over the pixels of both: 1 for equal masks,
# 0 for masks that do not meet.

# %%
segmenter = load_segmenter()
print("overlap with the truth (Dice) on people it had not seen, 1 is perfect:")
print({name: round(value, 2) for name, value in segmenter.about["dice"].items()})
tissues = extractor("tissue")
features = {name: tissues(images) for name, images in kinds.items()}
print("224 numbers for each slice:", features["reference"].shape)

# %% [markdown]
# ## Idea 2: quality and variety are two things
#
# **Precision** is the share of fakes that lie near a real slice; **recall** the share of real slices that lie near a fake
# (Kynkaanniemi et al. 2019). Near means: inside a ball around an image that reaches to its third neighbour of its own
# kind: balls around reals for precision, around fakes for recall.
#
# The toy: reals on a line, a generator that draws one good image only.

# %%
reals, one_image = rng.normal(size=(200, 2)), np.zeros((200, 2)) + rng.normal(scale=0.01, size=(200, 2))
print("precision is high:", precision(reals, one_image) > 0.9)
print("recall is low:", recall(reals, one_image) < 0.1)

# %% [markdown]
# **Predict.** A third generator joins: the **memoriser**. It has learned nothing. It hands out training slices, mirrored at
# random, with a little noise. Will frechet prefer it, or the honest generator? And precision, and recall?
#
# In the table, `kid` is a cousin of the Frechet distance that does not lean on how many images there are (Binkowski et
# al. 2018): 0 for two crowds of the same kind, and by chance a little below.

# %%
train = slices.split("train")
images, owners = train.level(generator.resolution), train.table["person"].to_numpy()
chosen = rng.integers(len(images), size=len(sides.reference))
copies = np.where(rng.random(len(chosen))[:, None, None] < 0.5, images[chosen], images[chosen][:, ::-1])
grain = rng.normal(0, 6, copies.shape) * (copies > 0)
memoriser = np.clip(copies + grain, 0, 255).astype("uint8")
features["memoriser"] = tissues(memoriser)

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
rows = ["fakes", "memoriser", "other people", "blurred", "noisy", "shuffled", "untrained", "mean slice"]
names = ["frechet", "kid", "precision", "recall"]
table = {row: [compute(n, features["reference"], features[row], "tissue").value for n in names] for row in rows}
pd.DataFrame(table.values(), table, [f"{name}(tissue)" for name in names]).round(3)

# %%
order = sorted(rows, key=lambda row: table[row][0])
print("best by frechet are real slices, or copies of them:", set(order[:2]) == {"other people", "memoriser"})
print("the honest generator is better than an untrained one:", table["fakes"][0] < table["untrained"][0])
print("the honest generator is worse than the memoriser:", table["fakes"][0] > table["memoriser"][0])

# %% [markdown]
# **What we see.** The memoriser wins, in both distances and in recall. Of course: its slices *are* real. Every score that compares crowds
# rewards copying. It even beats real slices of other people, since half of what it hands out shows the very people of the
# reference. A score that is better than its floor is a warning, for those who look at the floor. Who copies other people
# than the reference's does not even leave that trace.
#
# And the honest generator, the row `fakes`? It is about four times as far off as real slices of other people, and sixty
# times nearer than blurred ones. Its precision is high, higher than that of other people: it keeps to the usual. Its recall
# is lower than theirs: it leaves out what is rare. (With so few images both come out too high. The generator's model card has
# them of 1,632.) Shuffled pieces have a high recall. That is no praise: what is scattered
# widely comes near everything.
#
# ## Idea 3: how sure is a score?
#
# With other people, the score would be another one. The **bootstrap** draws people again and again, with all their
# slices, and looks how the score moves. Slices of one person are alike: to draw single slices would pretend that there
# are many more people than there are.


# %%
def frechet_of(rows):
    """The score of the fakes against some rows of the reference."""
    return frechet(features["reference"][rows], features["fakes"])


by_people = bootstrap(sides.people, frechet_of, repeats=50)
by_slices = bootstrap(np.arange(len(sides.people)).astype(str), frechet_of, repeats=50)
print("people in the reference:", by_people.people)
print("drawing slices pretends to be surer:", by_slices.high - by_slices.low < by_people.high - by_people.low)

# %% [markdown]
# ## Idea 4: ask a doctor's question
#
# Are the tissues right? The segmenter names each pixel, and we compare areas. The distance is the **Wasserstein distance**:
# how far the reals' values must be moved, on average, to become the fakes'.

# %% alt="Three panels of running shares, for grey matter, white matter and ventricles: reals in blue, fakes in orange."
real_table, fake_table = measures.measure_tissues(sides.reference), measures.measure_tissues(sides.others["fakes"])
other_table = measures.measure_tissues(sides.others["other people"])
figure, axes = subplots(1, 3, figsize=(10, 2.8), sharey=True)
for ax, name in zip(axes, ("grey", "white", "ventricles"), strict=True):
    for label, frame, style in (
        ("reference", real_table, "C0-"),
        ("other people", other_table, "C0:"),
        ("fakes", fake_table, "C1-"),
    ):
        values = np.sort(frame[name].dropna())
        ax.plot(100 * values, np.linspace(0, 1, len(values)), style, label=label)
    ax.set(xlabel=f"{name}, % of the brain")
    ax.grid(alpha=0.3)
axes[0].set_ylabel("share of the slices below")
axes[0].legend(fontsize=8)
figure

# %%
far, floor = measures.tissue_distances(real_table, fake_table), measures.tissue_distances(real_table, other_table)
for name in ("grey", "white", "ventricles"):
    print(f"{name}: the fakes are at most three times as far off as other people: {far[name] <= 3 * floor[name]}")

# %% [markdown]
# **What we see.** Blue are real slices, two halves of the people; orange is the generator. Where orange lies beside blue,
# the generator has too much or too little of a tissue. Where orange rises more steeply, its slices vary too little. Here
# they nearly lie on each other; the fakes have a little too much grey matter. A score would have said "worse"; this says
# what is wrong.
#
# ## Idea 5: is anyone copied?
#
# The **audit** looks for the nearest training slice of every fake, after laying one on the other: mirrored, moved,
# matched in brightness. Its **score** is the distance to that slice, divided by the mean distance to the nearest slices of
# the next people: about 1 for anybody new, 0 for a copy. How low is too low? People who were **held out** of the training
# tell (notebook [01](01_data_loading.ipynb)): nobody can have copied them. Training people join them, each compared with
# everybody but themselves. The line is drawn so that at most a share of `false_alarms` of such new slices lies below it.
#
# There are two distances: `pixel` compares grey values, `perceptual` compares edges. (The command `evaluate` adds a third,
# `domain`: it compares what the segmenter sees.) In the reasons below, p is the
# probability of so many flags by chance, and `level` is what it must not fall below.
#
# **Predict.** Which of the two generators passes?

# %%
outside = slices.select((slices.table["split"] != "train").to_numpy())
new, new_owners = outside.level(generator.resolution), outside.table["person"].to_numpy()
few = min(count, 200)
honest = audit(sides.others["fakes"][:few], images, owners, new, new_owners, false_alarms=false_alarms)
thief = audit(memoriser[:few], images, owners, new, new_owners, false_alarms=false_alarms)
for name, found in (("the generator", honest), ("the memoriser", thief)):
    print(f"{name}: {found.verdict}")

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
for found in (honest, thief):
    print("\n".join(found.reasons), end="\n\n")

# %% alt="Fakes of the memoriser above the training slices that they copy; the difference is noise."
closest_pairs(thief, memoriser[:few], images, 5)

# %% alt="Fakes of the generator above their nearest training slices; the differences are large."
closest_pairs(honest, sides.others["fakes"][:few], images, 5)

# %% [markdown]
# **What we see.** Under the memoriser's fakes lie their victims, and the difference is noise. Under the generator's fakes
# lie slices of about the same level and shape, of people who were not copied: the differences are large, and everywhere.
# So the memoriser fails, and the generator passes.
#
# The table of exposure names, for each training person, how often they were the nearest, how often that was to be
# `expected`, the lowest score among them (`closest`), and how many fakes were `flagged` as theirs:

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
thief.exposure.head(5).round(2)

# %% [markdown]
# ## Limits
#
# - A score compares two crowds as one extractor sees them. What the extractor does not see, the score does not see.
# - The audit finds copies of whole slices. It does not find a copied ventricle in another brain, and a pass does not prove
#   that nobody could be recognised.
# - A few hundred images give rough numbers. The command `evaluate` takes up to 2,000.
# - Use scores to compare two runs on the same data, with the same count of images. Do not compare them between papers,
#   and never use them to say that a generated brain could stand for a patient's.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1.** Write the Frechet distance of two crowds of single numbers. Take NumPy's `np.std` as it is; the toy above divided
# by n - 1 (`ddof=1`), as the package does.


# %% tags=["exercise"]
def my_frechet(real, fake):
    """Squared difference of the means plus that of the standard deviations."""
    # <solution>
    return (np.mean(real) - np.mean(fake)) ** 2 + (np.std(real) - np.std(fake)) ** 2
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_frechet(my_frechet)

# %% [markdown]
# **2.** Write precision. `near[i, j]` is the distance of fake i from real j, `radius[j]` how far the ball of real j
# reaches.


# %% tags=["exercise"]
def my_precision(near, radius):
    """Share of the fakes that lie in the ball of at least one real."""
    # <solution>
    return np.mean((near <= radius[None]).any(axis=1))
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_precision(my_precision)

# %% [markdown]
# **3.** One of these can tell that a generator hands out its training slices. Give its number: 1 the Frechet distance,
# 2 the audit, 3 recall, 4 the areas of the tissues.

# %% tags=["exercise"]
# <solution>
notices = 2
# </solution>
# <stub>
# notices = ...
# </stub>
checks.check_memoriser(notices)

# %% [markdown]
# ## Recap
#
# 1. A score stands beside its floor (real slices of other people) and its ceilings (spoilt slices), or it says nothing.
# 2. The Frechet distance compares crowds; precision asks for quality, recall for variety.
# 3. A generator that copies wins in both distances and in recall; so no score says that nobody was copied.
# 4. The audit compares with people, and is judged by people who were held out. The generator `default` copies nobody
#    that the audit could find, and it is near to real slices in its outlines and tissues; it leaves out rare ones.
# 5. Scores compare runs. They do not make a brain real.
#
# **Next:** evaluate a run of your own, with `python -m oasis_helpers evaluate RUN --out DIR`, and put two side by side with
# `python -m oasis_helpers compare A B`. Or go back to [05 · How does a generator learn to draw brains?](05_progressive_training.ipynb)
# and make a better one.
