# %% [markdown]
# # 07 · How good is it, and is anyone's brain being copied?
#
# Visual inspection is lenient, and nobody looks at a thousand samples. This notebook asks for numbers. Are the
# generated slices like real ones? Are they as varied? Do they show the right tissues? And the question that matters
# most in medicine: does the generator reproduce slices of the people it was trained on?
#
# **Goals.** After it you can
#
# 1. say why a score needs a floor, and how to get one;
# 2. compute recall, and say what a Fréchet distance, precision and recall cannot see;
# 3. say which scores notice softness;
# 4. say what happens to the scores of a generator that only copies;
# 5. read an audit of copies by person, and say what a pass does not prove.
#
# **Needs** nothing: a generator and a segmenter are included. The generator `default` is that of
# notebook 05 (`laptop`), trained with twice as many images. **Takes** about 40 minutes to read, under two minutes
# to run. The whole evaluation, with thousands of images, is a command:
# `.venv/bin/python -m oasis_helpers evaluate default --out report`.

# %%
from oasis_helpers import checks, device_name, load_data, load_generator
from oasis_helpers.errors import called, check_number, check_whole
from oasis_helpers.evaluation.audit.audit import audit
from oasis_helpers.evaluation.extractors import extractor
from oasis_helpers.evaluation.judging import judge_samples, pool_of
from oasis_helpers.evaluation.scores import bootstrap, compute, frechet, precision, recall
from oasis_helpers.evaluation.scores.gap import gap_shares
from oasis_helpers.evaluation.scores.spectrum import decibels, spectra, spectrum_distance
from oasis_helpers.evaluation.scores.swd import swd
from oasis_helpers.evaluation.sensitivity import read_sensitivity
from oasis_helpers.evaluation.sides import make_sides
from oasis_helpers.evaluation.tissues import measures
from oasis_helpers.evaluation.tissues.segmenter import check_generator, load_segmenter
from oasis_helpers.evaluation.verdicts import QUESTIONS, verdicts
from oasis_helpers.images import block_mean
from oasis_helpers.view import costs
from oasis_helpers.view.audit_figures import closest_pairs
from oasis_helpers.view.figures import show_slices, subplots

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
import numpy as np
import pandas as pd
from matplotlib.patches import Circle
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
generator_name = "default"  # an included one of the cohort; or a run folder of yours, of 64 px or more
data = None  # the slices that it was trained on; None is the synthetic cohort
count = 300  # images of each kind; 60 to 2000, more make scores more certain but take longer
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
# "The score is 12" says nothing. Is that good? It depends on the data, on the number of images, and on what is
# compared. So no score is shown alone. The people of the training split are cut in two halves:
#
# - one half is the **reference**, with which everything is compared;
# - slices of the **other people** show how good a score can get: they are real. Their score is the **floor** of a distance;
# - the same slices **blurred**, **noisy** and **shuffled** show how bad it can get, its **ceilings**;
# - so do an **untrained** generator and the **mean slice** over and over.
#
# The generator's own images, the **fakes**, are drawn without truncation (psi = 1), from one seed after the other.

# %% alt="Two images of each kind: reference, fakes, other people, blurred, noisy, shuffled, untrained, mean slice."
kinds = {"reference": sides.reference, **sides.others}
print({name: len(images) for name, images in kinds.items()})
print("the reference starts with", ", ".join(list(dict.fromkeys(sides.people))[:3]))
shown = np.concatenate([images[:: len(images) // 6][:2] for images in kinds.values()])
show_slices(shown, [name for name in kinds for _ in range(2)], columns=8, crop=True)

# %% [markdown]
# ## Idea 1: compare distributions, not single images
#
# Describe each image by some numbers, its **features**. A set of images is then a cloud of points. The **Fréchet
# distance** (Heusel et al. 2017) takes each cloud as a normal distribution with mean $\mu$ and covariance $\Sigma$:
#
# $$d = \lVert \mu_r - \mu_f \rVert^2 + \operatorname{tr}\left(\Sigma_r + \Sigma_f - 2\,(\Sigma_r \Sigma_f)^{1/2}\right)$$
#
# $r$ are the reals, $f$ the fakes; $\operatorname{tr}$ sums the diagonal. For a single feature it is
# $(\mu_r - \mu_f)^2 + (\sigma_r - \sigma_f)^2$. ($M^{1/2}$ is the matrix whose product with itself is $M$.) By hand:

# %%
rng = np.random.default_rng(0)
a, b = rng.normal(0, 1, (5000, 1)), rng.normal(2, 3, (5000, 1))
toy = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
print(f"by hand {toy:.4f}, with the package {frechet(a, b):.4f}")
assert np.isclose(toy, frechet(a, b))

# %% [markdown]
# Which features? The usual choice is Inception, a network trained to sort photographs into a thousand classes, such
# as dogs and cars (ImageNet); with its features the distance is called **FID**. On brain slices it can mislead. All
# of them look alike to a network that never saw one, it gives texture more weight than anatomy, and a generator that
# got the ventricles wrong can have a better FID than one that got them right. Ours is a **segmenter**, a small
# network trained to name the tissue of each pixel; it is included. The features are named with the score:
# **frechet(tissue)**. They are 224 numbers: the mean and the standard deviation of each feature map in the first half
# of the network, where the resolution falls from 64 to 16 px.
#
# How good is the segmenter? **Dice** is twice the pixels that two masks share, over the pixels of both: 1 for equal
# masks, 0 for masks that do not overlap.

# %%
segmenter = load_segmenter()
print("overlap with the truth (Dice) on people it had not seen, 1 is perfect:")
print({name: round(value, 2) for name, value in segmenter.about["dice"].items()})
tissues = extractor("tissue")
features = {name: tissues(images) for name, images in kinds.items()}
print("224 features of each slice:", features["reference"].shape)

# %% [markdown]
# ## Idea 2: quality and variety are two things
#
# **Precision** is the share of fakes that lie near a real slice; **recall** the share of real slices that lie near a fake
# (Kynkäänniemi et al. 2019). Near means: inside a ball that reaches from an image to its third nearest neighbour of its
# own kind. The balls lie around reals for precision, around fakes for recall.
#
# A toy: 12 reals in the plane, spread out, and a generator that draws one good image over and over. A
# `KDTree` finds the nearest points.

# %% alt="Twelve blue reals with balls around them; the orange fakes lie in one heap, where several balls overlap."
reals, heap = rng.normal(size=(12, 2)), rng.normal(scale=0.05, size=(12, 2))
radii = KDTree(reals).query(reals, k=[4])[0][:, 0]  # to the third nearest other real; the nearest is the point itself
figure, ax = subplots(figsize=(3.6, 3.6))
for (x, y), radius in zip(reals, radii, strict=True):
    ax.add_patch(Circle((x, y), radius, color="C0", alpha=0.08))
ax.plot(*reals.T, "C0o", label="reals")
ax.plot(*heap.T, "C1.", label="fakes")
ax.set(aspect="equal", xlim=(-3, 3), ylim=(-3, 3), title="the balls around the reals")
ax.set(xlabel="feature 1", ylabel="feature 2")
ax.legend(fontsize=8)
print(f"precision {precision(reals, heap):.2f}, recall {recall(reals, heap):.2f}")
figure

# %% [markdown]
# **What we see.** Every fake lies in the ball of some real, so precision is 1: each image is good. The balls around the
# fakes are not drawn; they are tiny, and of the 12 reals only one lies in any of them: recall is 0.08.
#
# **Predict.** Another generator joins: the **memoriser**. It has learned nothing. It hands out training slices, mirrored
# at random, with a little noise. Which has the better Fréchet distance, it or our generator? And precision, and recall?
#
# In the table, `kid` (kernel inception distance, Bińkowski et al. 2018) is a distance like Fréchet's, but its expected value
# does not depend on the number of images: 0 for two sets
# of the same kind, by chance a little below.

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
pd.DataFrame(table.values(), table, [f"{name}(tissue)" for name in names]).round(4)

# %%
order = sorted(rows, key=lambda row: table[row][0])
print("the best two by frechet:", " and ".join(sorted(order[:2])))
print("the generator is place", 1 + order.index("fakes"), "of", len(order))

# %% [markdown]
# **What we see.** The memoriser beats our generator in the Fréchet distance, in precision and in recall. Of course: its
# slices *are* real. Every score that compares distributions rewards copying. It even beats slices of other people, since
# half of what it hands out shows the very people of the reference. So a Fréchet distance or a recall better than its
# floor is a warning. A memoriser that copied only people outside the reference would not even leave that trace.
#
# <!-- seen -->
# Our generator is the row `fakes`. Its Fréchet distance is about three times that of other people's
# slices, and about a ninetieth of that of blurred ones. Its precision is a little lower than that of other people's
# slices, its recall the same: in these features it leaves no kind of brain out. Shuffled pieces have a high recall as
# well, and the untrained generator the highest of all. That is not a merit: points that lie far apart have large balls.
# `kid` is 0.0001 for the generator, the memoriser and other people alike: with 300 images it does not tell them apart.

# %% [markdown]
# ## Idea 3: texture
#
# The segmenter looks at 64 px; larger images are averaged down first. Other scores look at each pixel as it is:
#
# - the **power spectrum** says how strong detail of each size is: the squared amplitude at each frequency, in cycles per
#   image, as a mean over all directions. Its unit is the **decibel** (dB), $10 \log_{10}$ of the power: 3 dB less is half
#   the power. Fine detail lies at high frequencies. `spectrum` is the root mean square difference of two curves;
# - **SWD**, the sliced Wasserstein distance (Karras et al. 2017, section 5), compares small patches, level by level:
#   how far the values of one set must be moved, on average, to become those of the other;
# - the **gap** is the share of pixels with a grey value from 1 to 12: nearly black, and darker than any tissue.
#
# The spectrum by hand, for one slice of 128 px, and with the package:

# %%
in_reference = train.table["person"].isin(np.unique(owners)[::2]).to_numpy()  # every second person
four_heights = (train.table["slice"] % 8 == 2).to_numpy()  # slices 2, 10, 18 and 26 of each
side = 128
reference, others = (train.level(side)[one & four_heights] for one in (in_reference, ~in_reference))
power = np.abs(np.fft.fft2(reference[4].astype(float))) ** 2 / side**2
cycles = np.hypot(*np.meshgrid(*[np.fft.fftfreq(side, 1 / side)] * 2))
by_hand = np.array([power[np.rint(cycles) == k].mean() for k in (1, 16, 32, 64)])
packaged = spectra(reference[4:5])[0, [0, 15, 31, 63]]
print("dB at 1, 16, 32 and 64 cycles by hand:", decibels(by_hand).round(1), "packaged:", decibels(packaged).round(1))
assert np.allclose(by_hand, packaged, rtol=1e-3)

# %% [markdown]
# Now soften the slices of other people by half a pixel. Can you see it?

# %% alt="Four slices of other people above the same slices softened by half a pixel: a little softer."
softened = gaussian_filter(others.astype(np.float32), (0, 0.5, 0.5)).round().astype("uint8")
some = np.arange(2, len(others), 4)[:: len(others) // 16][:4]  # slice 18 of four people
show_slices(np.concatenate([others[some], softened[some]]), ["as it is"] * 4 + ["softened"] * 4, columns=4, crop=True)

# %% [markdown]
# **Predict.** Which of these scores call the softened slices worse than the untouched ones: frechet(tissue), precision,
# recall, SWD of the finest level, spectrum, gap?

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
known, texture = tissues(reference), {}
for name, these in {"other people": others, "softened": softened}.items():
    of = tissues(these)
    row = {"frechet": frechet(known, of), "precision": precision(known, of), "recall": recall(known, of)}
    row["SWD, finest"] = swd(reference, these).levels[side]
    row["spectrum, dB"] = spectrum_distance(reference, these)
    row["gap, %"] = 100 * gap_shares(these).mean()
    texture[name] = row
pd.DataFrame(texture).T.round(3)

# %% alt="Power spectra at 128 px: the other people's curve lies in the grey band of people, the softened one falls below it towards high frequencies."
whose = train.table["person"].to_numpy()[in_reference & four_heights]
bands = decibels([spectra(reference[whose == person]).mean(axis=0) for person in np.unique(whose)])
rings = np.arange(1, bands.shape[1] + 1)  # beyond side / 2 there are diagonal waves only
figure, axes = subplots(1, 2, figsize=(10, 3.2))
for ax, middle in zip(axes, (0, bands.mean(axis=0)), strict=True):
    ax.fill_between(rings, *np.quantile(bands - middle, [0.025, 0.975], axis=0), color="0.8", label="95% of the people")
    for name, these in {"other people": others, "softened": softened}.items():
        ax.plot(rings, decibels(spectra(these).mean(axis=0)) - middle, label=name)
    ax.set(xlabel="cycles per image", xticks=range(0, len(rings) + 1, 8))
    ax.grid(alpha=0.3)
axes[0].set(ylabel="power (dB)", title="power spectrum")
axes[1].set(ylabel="dB", title="the same, minus the mean of the people")
axes[0].legend(fontsize=8)
figure

# %% [markdown]
# And the generator, at its own resolution, beside other people's slices of that resolution?

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
for name in ("other people", "fakes"):
    these, size = kinds[name], generator.resolution
    far = swd(sides.reference, these).levels[size], spectrum_distance(sides.reference, these)
    gap = 100 * gap_shares(these).mean()
    print(f"{name:12} SWD of {size} px {far[0]:.1f}, spectrum {far[1]:.2f} dB, gap {gap:.1f}%")

# %% [markdown]
# **What we see.** By eye the difference is slight. At this strength all six scores move in the right direction, but
# not alike. The Fréchet distance of softened slices is about three times its floor, and not far from our generator's
# above: read alone, it says "a decent generator". Precision and recall fall a little, and SWD does not double. The
# spectrum is 5 dB away, thirty-six times its floor, and the right panel says what is wrong: the finer the detail, the
# more of its power is lost. (Beyond 64 cycles there are only diagonal waves, hence the
# kink; the last few frequencies have few of them, so the curves scatter.) The gap
# sees the soft rim. A Fréchet distance of three times its floor is no proof, though: in the table below, this defect
# does not count as seen by it, and recall hardly sees it.
#
# <!-- seen -->
# The generator's spectrum is more than three times as far away as other people's: its detail has not quite the right
# power. SWD and gap are those of slices. (At 64 px slices have a gap of half a per cent, since they were averaged down
# from 256 px, which leaves a soft rim. Without `clip_black`, notebook 05, a quarter of a generator's pixels end nearly
# black; on the screen that looks black, and the gap reveals it.)
#
# Which score sees which defect? Half of the cohort's people were the reference, the other half was degraded in
# eighteen ways at 128 px. A number in the table is the score, divided by the limit below which 95 % of random groups
# of other people stay. It is shown only where the score is worse than that of *every* group; NaN means: not seen.
# `anatomy` compares tissue areas, outline and symmetry at equal slice height; `two-sample` asks whether a small
# network can tell the slices apart; `spread` is the mean distance between the features of two people's slices. 99
# means 99 or more. These are the weakest of three strengths ([all of them](../docs/scores.md)):

# %%
read_sensitivity(strength=0).round(1)

# %% [markdown]
# **What we see.** Untouched slices of other people are seen by no score. Softness, dots and a checkerboard are seen by the
# spectrum, a filled ventricle and mirrored halves by `anatomy`, a loss of people by recall. Each of the eighteen
# defects is seen by a score of the right kind, but no score sees all of them.

# %% [markdown]
# ## Idea 4: how certain is a score?
#
# With other people, the score would be different. The **bootstrap** draws people again and again, with all their
# slices, and measures how much the score varies. The middle 95 % of these values, shifted so that their mean is the
# score itself, is the **95 % confidence interval**. Slices of one person are alike: drawing single slices would treat
# each as if it came from a different person.


# %%
def frechet_of(rows):
    """The score of the fakes against some rows of the reference."""
    return frechet(features["reference"][rows], features["fakes"])


by_people = bootstrap(sides.people, frechet_of, repeats=50)
by_slices = bootstrap(np.arange(len(sides.people)).astype(str), frechet_of, repeats=50)
print("people in the reference:", by_people.people)

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
for name, interval in (("people", by_people), ("slices", by_slices)):
    low, high = interval.low, interval.high
    print(f"95 % interval, drawing {name}: from {low:.3f} to {high:.3f}, a width of {high - low:.3f}")
assert by_slices.high - by_slices.low < by_people.high - by_people.low

# %% [markdown]
# **What we see.** Drawing single slices makes the interval narrower, by about a third, and wrong. And even the one of people holds only for
# people like these. For people from elsewhere it is too narrow.
#
# A **verdict** needs a comparison, the *null*: draw random groups of people from the same data, and score each as if
# it were the generator. **Green**: at least 5 % of the groups score as badly as the generator. **Red**: none does.
# **Amber** is between. Each score is taken twice: against people whom the generator never saw (`validate` and
# `test`), and against train people. `evaluate` does this with all its images; here it is a rough version. (`people`
# is the middle of the groups, and `limit` the value that only 5 % of them are worse than. A smaller `spread` is worse, so
# its limit lies below `people`; in the other two a larger value is worse. Like `kid`, `anatomy` can fall a little below 0 for two sets of the same kind.)

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
pool = pool_of(sides.others["fakes"], slices, every=8)
judged = judge_samples(pool, {"draws": 60, "slow_draws": 20, "folds": 2, "steps": 60}, seed)
scores = {name: {side: one._asdict() for side, one in both.items()} for name, both in judged.scores.items()}
for question, (colour, reasons) in verdicts(scores, "").items():
    if question != "copies":  # the audit's, see Idea 6
        print(f"{QUESTIONS[question]:16} {colour:6} {reasons[0]}")

# %% [markdown]
# **What we see.** Red once: in texture the generator scores worse than any of the random groups of people. In anatomy
# it differs from people no more than people do from each other, and its variety is not smaller than theirs. (A spread
# that is too large is not tested.) The Fréchet distance alone did not reveal
# where the difference is. Does `red` mean a bad generator? It only says that none of the random groups scored as
# badly, so chance is an unlikely explanation. The number says how large the difference is.

# %% [markdown]
# ## Idea 5: compare tissue areas
#
# Are the tissues right? The segmenter names each pixel, and we compare areas. The distance is the **Wasserstein distance**:
# how far the reals' values must be moved, on average, to become the fakes'.

# %% alt="Three panels of empirical cumulative distributions, for grey matter, white matter and ventricles: reals in blue, fakes in orange."
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

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
far, floor = measures.tissue_distances(real_table, fake_table), measures.tissue_distances(real_table, other_table)
for name in ("grey", "white", "ventricles"):
    print(f"{name:10} fakes {100 * far[name]:.2f} percentage points away, other people {100 * floor[name]:.2f}")

# %% [markdown]
# **What we see.** Blue are real slices, two halves of the people; orange is the generator. Where orange lies beside
# blue, the generator has too much or too little of a tissue. Where orange rises more steeply, its slices vary too
# little. Here they nearly lie on each other. White matter is twice as far off as other people's, grey matter half as far
# again, the ventricles about equally far. (That floor is a single draw of people. `anatomy` above had many.)
#
# <!-- seen -->
# Single areas can be fooled. A filled ventricle passes for a young person's, a stretched brain for a large one's. So the
# score `anatomy` of `evaluate` compares areas *together* with the slice height, the outline, the symmetry and the tilt.
# The page [What the scores see](../docs/scores.md) has a table: 18 defects, three strengths each, and which score sees it.

# %% [markdown]
# ## Idea 6: is anyone copied?
#
# The **audit** looks for the nearest training slice of every fake, after laying one on the other: mirrored, moved,
# matched in brightness. Its **score** is the distance to that slice, divided by the mean distance to the nearest
# slices of the next most similar people: about 1 for anybody new. How low is too low? People who were **held out** of
# the training give the answer (notebook [01](01_data_loading.ipynb)): nobody can have copied them. There are few of
# them, so each training person is treated as new, too: compared with all the *other* training people. The threshold
# is chosen so that at most a share `false_alarms` of all these slices scores below it.
#
# Here are two distances: `pixel` compares grey values, `perceptual` compares edges. (The command `evaluate` adds what
# the segmenter sees, each half, the deep part, and heads set upright.) In the reasons below, p is the probability of
# at least so many flagged fakes if the generator copied nobody; the audit fails where p is below the significance
# level, which stands beside it. It also fails where a single fake lies far below every slice of new people.
#
# **Predict.** The memoriser adds noise of 6 grey values to its copies. Will their scores be near 0, near 0.3 or near
# 0.6? And of our generator's 200 fakes, how many would be flagged by chance alone, and how many will be?

# %%
outside = slices.select((slices.table["split"] != "train").to_numpy())
new, new_owners = outside.level(generator.resolution), outside.table["person"].to_numpy()
few = min(count, 200)
of_generator = audit(sides.others["fakes"][:few], images, owners, new, new_owners, false_alarms=false_alarms)
of_memoriser = audit(memoriser[:few], images, owners, new, new_owners, false_alarms=false_alarms)
for name, found in (("the generator", of_generator), ("the memoriser", of_memoriser)):
    print(f"{name}: {found.verdict}")

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
for name, found in (("the generator", of_generator), ("the memoriser", of_memoriser)):
    print(f"median score of {name} by pixel: {np.median(found.findings['pixel'].fakes.score):.2f}")
    print("\n".join(found.reasons), end="\n\n")

# %% alt="Fakes of the memoriser above the training slices that they copy; the difference is noise."
closest_pairs(of_memoriser, memoriser[:few], images, 5)

# %% alt="Fakes of the generator above their nearest training slices; the differences are large."
closest_pairs(of_generator, sides.others["fakes"][:few], images, 5)

# %% [markdown]
# **What we see.** Under the memoriser's fakes lie the slices that they copy, and the difference is noise. Under the
# generator's fakes lie slices of about the same slice height and shape, of people who were not copied: the
# differences are large, and everywhere. The memoriser's scores are near 0.01, and all its 200 fakes are flagged. By
# chance, one per cent of the generator's would be flagged, that is two; none is. So the one fails, the other passes.
#
# The table of exposure names, for each training person, how often they were the nearest, how often chance would make
# them so (`expected`), the lowest score among them (`closest`), and how many fakes were `flagged` as theirs:

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
of_memoriser.exposure.head(5).round(2)

# %% [markdown]
# ### Was this person in the training set?
#
# Knowing that somebody took part in a study on dementia reveals something about them. An attack that finds out is
# called **membership inference** (Shokri et al. 2017). A simple one: whoever has scans of a person, and the fakes,
# looks how near the nearest fake comes, and guesses "member" where it is near. The **AUC** is the probability that a
# member is ranked before somebody who was held out: 0.5 is guessing.
#
# **Predict.** How large is the AUC for our generator, how large for the memoriser?


# %%
def nearness(people_images, fakes):
    """The correlation of each image with its nearest fake, at 32 px."""
    vectors = [block_mean(these, 32).reshape(len(these), -1) for these in (people_images, fakes)]
    vectors = [v - v.mean(axis=1, keepdims=True) for v in vectors]
    member, fake = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in vectors)
    return (member @ fake.T).max(axis=1)


def attack(fakes):
    """The AUC of the attack, person by person, and 1000 AUCs with members drawn at random."""
    inside = pd.Series(nearness(images, fakes)).groupby(owners).mean().to_numpy()
    out = pd.Series(nearness(new, fakes)).groupby(new_owners).mean().to_numpy()
    everybody, auc = np.concatenate([inside, out]), lambda member, other: np.mean(member[:, None] > other[None])
    orders = (rng.permutation(everybody) for _ in range(1000))
    return auc(inside, out), [auc(order[: len(inside)], order[len(inside) :]) for order in orders]


# %% tags=["nbval-ignore-output"]
# Not compared in CI: the digits depend on the engine and the machine.
for name, fakes in (("the generator", sides.others["fakes"]), ("the memoriser", memoriser)):
    value, by_chance = attack(fakes)
    low, high = np.quantile(by_chance, [0.025, 0.975])
    print(f"AUC of the attack on {name}: {value:.2f}; with members drawn at random {low:.2f} to {high:.2f}")

# %% [markdown]
# **What we see.** Against the memoriser the attack is right in four of five pairs, though only some three hundred of
# its training slices were handed out. Against our generator its AUC lies within what chance gives with so few people.
# This attack does not find our members; a better one might.
#
# A model that was trained on patients can give them away, even if its images resemble nobody. So consent has to cover
# training and sharing a model, not only the study; and whoever shares a generator should attack it first. The people of the
# cohort do not exist, and nobody can be harmed here.

# %% [markdown]
# ## Limits
#
# - A score compares two sets as one set of features sees them. What the features do not see, the score does not see.
# - The audit finds copies of whole slices, and `evaluate` most copies of halves. Six in ten copied deep parts are missed
#   ([What the scores see](../docs/scores.md)), and a pass does not prove that nobody could be recognised.
# - A few hundred images give rough numbers. The command `evaluate` takes up to 2,000.
# - Use scores to compare two runs on the same data, with the same number of images. Do not compare them between papers,
#   and never use them to say that a generated brain could stand for a patient's.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1. Build.** Write recall with NumPy, from the features alone. The balls lie around the fakes now, and you have to
# find out how far each one reaches.


# %% tags=["exercise"]
def my_recall(reals, fakes, k=3):
    """Share of the reals (n, d) in the ball of at least one fake (m, d); it reaches to the k-th nearest other fake."""
    # <solution>
    among_fakes = np.linalg.norm(fakes[:, None] - fakes[None], axis=-1)  # (m, m)
    radius = np.sort(among_fakes, axis=1)[:, k]  # 0 is the fake itself
    return np.mean((np.linalg.norm(reals[:, None] - fakes[None], axis=-1) <= radius).any(axis=1))
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_recall(my_recall)

# %% [markdown]
# **2. Break.** The floor compares people with *other* people. Break that rule: take the even and the odd slices of
# the *same* people as two sets. What happens to the floor of frechet(tissue)? Predict, then compute it in a cell of
# your own: `features["reference"]` has its rows person by person, slice by slice, and `[::2]` takes every second one.
# The floor with other people is `table["other people"][0]`. (Fewer slices alone would make the distance larger.) Give
# the number of the answer: 1 nothing, 2 it falls to less than half, 3 it doubles, 4 it is exactly 0.

# %% tags=["exercise"]
# <solution>
happens = 2  # frechet(features["reference"][::2], features["reference"][1::2])
# </solution>
# <stub>
# happens = ...
# </stub>
checks.check_broken_floor(happens)

# %% [markdown]
# **3. Read the figure.** Look at the right panel of the spectra. At how many cycles per image do the two curves lie 3
# dB apart, so that the power of one is half that of the other? (A few cycles more or less do not matter.)

# %% tags=["exercise"]
# <solution>
cycles_at_half = 40
# </solution>
# <stub>
# cycles_at_half = ...
# </stub>
checks.check_half_power(cycles_at_half)

# %% [markdown]
# ## Recap
#
# 1. A score stands beside its floor (real slices of other people), or it says nothing.
# 2. The Fréchet distance compares distributions; precision asks for quality, recall for variety. Features of tissues
#    notice softness only weakly; a spectrum sees it at once.
# 3. A generator that copies wins in the Fréchet distance and in recall; so no score says that nobody was copied.
# 4. The audit compares with people, and is judged by people who were held out. The generator `default` copies nobody
#    that the audit could find.
# 5. Scores compare runs. They do not make a brain real.
#
# **Next:** evaluate a run of your own, with `.venv/bin/python -m oasis_helpers evaluate RUN --out DIR`, and compare two with
# `.venv/bin/python -m oasis_helpers compare A B`. Then [08 · What came after, and why?](08_what_came_after.ipynb).
