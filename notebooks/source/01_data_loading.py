# %% [markdown]
# # 01 · What does the network get to see?
#
# A network never sees a person. It sees numbers in a batch. This notebook follows one brain slice on its way from a
# scanner to a batch, and checks every step, because nothing later can fix data that were loaded wrongly.
#
# **Goals.** After it you can
#
# 1. say what was done to a T1-weighted slice before you see it;
# 2. read the table of slices, and say why a person must stay in one split;
# 3. say who is in the data, by age and sex;
# 4. build the same image at 4 to 256 px with a box filter;
# 5. map grey values to the numbers that the network sees, and back;
# 6. draw shuffled batches that can be drawn again, and point the course at the real OASIS slices.
#
# **Needs** nothing but this repository. **Takes** about 50 minutes to read, under a minute to run on two cores. The
# first time, the virtual people are made; that takes about a minute more.

# %%
import tempfile
from pathlib import Path

from oasis_helpers import checks, device_name, load_data, make_config
from oasis_helpers.data import read_image, read_label, read_table
from oasis_helpers.errors import UserError, called, check_whole
from oasis_helpers.images import to_float, to_uint8, upright
from oasis_helpers.view import costs
from oasis_helpers.view.figures import crop_to_brain, mark_sides, show_slices, show_tissues, subplots

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
data = None  # a folder with OASIS slices, such as "/path/to/oasis"; None takes the synthetic cohort
people = 120  # size of the cohort; 3 to 342, 120 are made in about a minute; not used with data
resolution = 64  # of the images that we look at; 8, 16, 32, 64, 128 or 256
batch_size = 16  # images in a batch; 1 to 512
flip = False  # True mirrors each image of a batch with probability 1/2; False turns it off
value_range = (-1, 1)  # what black and white become; (-1, 1) or (0, 1)
seed = 0  # of everything that is drawn at random here; any whole number from 0

# %% [markdown]
# ## From files to a table
#
# OASIS slices come as PNG files of 256 by 256 pixels, in one folder per split. A file name holds two numbers:
# `case_001_slice_16.nii.png` is slice 16 (of 0 to 31, from low to high in the head) of case 1. A case is one scan; a
# person may have two. Each split has a purpose: **train** is what a network learns from, runs are compared on
# **validate**, and **test** is used once, at the end. Beside each slice lies `seg_001_slice_16.nii.png`, in which
# every pixel carries the number of its tissue.
#
# With `data = None`, the same folder is made on your machine, with **synthetic** people. Nobody was scanned for them.
# `load_data` returns a **pyramid**: each slice at seven sizes, which are called its **levels**. It is saved on disk,
# so the next call is fast. `make_config` checks the parameters: an invalid one gives an error of one line.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: a bar is shown while the people are made, and nothing when they are there already.
check_whole("resolution", resolution, 8, 256)
check_whole("batch_size", batch_size, 1, 512)
config = make_config(
    "laptop", people=people, resolution=resolution, batch_size=batch_size, flip=flip, value_range=value_range, seed=seed
)
costs.announce_people(data, config.people)
with called(path="data"):
    pyramid = load_data(data, people=config.people)

# %%
print(pyramid, "\n")
table = pyramid.table


def one_scan(table):
    """Which rows belong to the first scan of their person."""
    return table["case"].isin(table.drop_duplicates("person")["case"])


first_two = table["person"].drop_duplicates()[:2]
some = table[table["person"].isin(first_two)].groupby("person", sort=False).head(3)  # three slices of each
print(some[["person", "case", "slice", "split", "age", "sex"]].to_string(index=False))

# %% [markdown]
# **What we see.** One row per slice. In these six rows, the slices of a person share a name, a case, a split, an age and
# a sex. Whether that holds everywhere, we check below. (`age` is NaN where the data have none.)

# %% [markdown]
# Now one slice beside its label. The label knows four classes: 0 background, 1 cerebrospinal fluid (CSF, the water
# in and around the brain), 2 grey matter, 3 white matter.

# %% alt="One brain slice beside its label, in which CSF, grey and white matter have a colour each."
row = table[table["slice"] == 20].iloc[0]
image = read_image(row["image"])
label = read_label(row["label"]) if row["label"] else np.zeros_like(image)  # a data set may have no labels
print("slice:", image.shape, image.dtype, "from", image.min(), "to", image.max())
brain = max(np.sum(label > 0), 1)
print("classes 1, 2 and 3, percent of the brain:", [round(100 * np.sum(label == k) / brain) for k in (1, 2, 3)])
show_tissues(image, label)

# %% [markdown]
# **What we see.** Fluid is dark, grey matter is medium grey, white matter bright, and everything around is black.
# With the default parameters this is the first person of the table, 86 years old, which is why the fluid-filled
# spaces in the middle are so large. The networks of this course get only the slice. We keep the labels to measure
# with.

# %% [markdown]
# Now all 32 slices of that person, from low to high. In our figures the forehead is up and the patient's left is on
# the left (**neurological convention**); L and R mark the sides on the first image. Radiologists mostly look from
# below, so that the left is on the right. Before you interpret left and right in an image, ask which convention it
# uses.

# %% alt="All 32 slices of one person, from low to high in the head."
first_case = pyramid.select(table["case"] == row["case"])
show_slices(first_case.level(config.resolution), [str(n) for n in first_case.table["slice"]], size=1.5, crop=True)

# %% [markdown]
# ## How a T1 slice is made
#
# No scanner produces a brain on a black square. Six things have happened, and each leaves a trace.
#
# **1. Weighting.** MRI does not measure density, as X-rays do. Radio pulses disturb the hydrogen nuclei, and antennas
# around the head (**coils**) pick up how they recover. The operator chooses how long to wait between two pulses, and
# between a pulse and the measurement. One choice gives **T1-weighted** images, in which white matter is bright and
# fluid dark; another one gives **T2-weighted** images, in which fluid is bright. **2. Axial slices.** The scan is a
# block of numbers. Cut across the body's axis, it gives axial slices, such as ours; other cuts are coronal and
# sagittal. **3. Voxels.** Each number belongs to a small box, a **voxel**. In the OASIS-1 scans it has sides of about
# 1 mm. (The course's slices are about 1.4 mm apart, so they are not single layers of voxels.)
#
# **Predict.** The second panel is painted like a T2-weighted slice: fluid is bright, and white matter darker than
# grey. What will an edge between two tissues look like in the third panel, enlarged: a sharp line, or a grey in
# between? And in the last panel: how many centimetres of the head do 32 slices cover?

# %% alt="A T1-weighted slice, the same slice painted with T2-like grey values, its middle enlarged until the pixels show, and the stack of 32 slices cut from the side."
t2_like = np.array([0, 230, 140, 90], "uint8")[label]  # painted by tissue, not scanned
stack = first_case.level(256)
side = stack[::-1, 128]  # through the middle of the head: (32 heights from the top, back to front)
figure, axes = subplots(1, 4, figsize=(11, 3.2), width_ratios=[1, 1, 1, 1.5])
middle_part = upright(image)[100:132, 112:144]
panels = (upright(image), upright(t2_like), middle_part, side)
titles = ("T1-weighted", "T2-like (painted)", "32 x 32 pixels of it", "sagittal, front on the right")
for ax, panel, title in zip(axes, panels, titles, strict=True):
    height = 1.4 if panel is side else 1  # of a pixel: slices are further apart than the pixels within one
    ax.imshow(panel, cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect=height)
    ax.set(title=title, xticks=[], yticks=[])
for ax in axes[:2]:
    crop_to_brain(ax, sides=ax is axes[0])
figure

# %% [markdown]
# **What we see.** In the T2-like panel it is the other way round: the fluid is bright, and white matter is darker than
# grey matter. In real scans that makes swelling
# easier to see. Enlarged, the image is made of squares, and an edge between two tissues has a grey value between
# theirs (**partial volume**). From the side, the 32 slices are a slab in the middle of the head: about four and a
# half centimetres, not a whole brain.

# %% [markdown]
# **4. Registration.** No two people lie in the scanner in the same position. Before anybody compares pixels, each scan is turned, moved
# and scaled so that it fits a common template. OASIS-1 did so, and our cohort comes registered. **5. Skull stripping.**
# Skin, fat and skull are removed, by a program that makes mistakes. **6. Bias field.** The coils are more sensitive in some
# places than in others, so one side is a little brighter. Programs remove most of that, not all.
#
# **Predict.** Which of these are still visible in the mean of 60 registered people: the outline, the ventricles, the
# middle line, single folds? And which of them without registration (the second panel simulates that)?

# %% alt="The mean of many registered slices, sharp in the middle; the mean of the same slices turned and moved at random, blurred; a slice with a drawn skull; a slice under a strong bias field."
rng = np.random.default_rng(seed)
twenty = pyramid.select(one_scan(table) & (table["slice"] == 20)).level(128)[:60].astype("float32")
turned = [ndimage.rotate(x, rng.normal(0, 12), reshape=False, order=1) for x in twenty]
moved = [ndimage.shift(x, rng.normal(0, 6, 2), order=1) for x in turned]
away = ndimage.distance_transform_edt(image == 0)  # pixels from the brain
head = np.where((away > 12) & (away < 20), 220, np.where((away > 6) & (away <= 12), 40, image))  # fat around bone
slope = np.linspace(0.45, 1.0, 256)[:, None]  # strong; what is left after correction is some 3 per cent
panels = (twenty.mean(axis=0), np.mean(moved, axis=0), head, image * slope)
titles = (
    "4. mean of people,\nregistered",
    "mean of people, not\nregistered (simulated)",
    "5. before stripping\n(drawn)",
    "6. a bias field\n(simulated)",
)
figure, axes = subplots(1, 4, figsize=(10, 3.4))
for ax, panel, name in zip(axes, panels, titles, strict=True):
    ax.imshow(upright(panel), cmap="gray", vmin=0, vmax=255)
    ax.set(title=name, xticks=[], yticks=[])
mark_sides(axes[0])
figure

# %% [markdown]
# **What we see.** In the mean of registered slices, the outline, the ventricles and the middle line are still there,
# single folds are not; without registration the mean is a blurred spot. Skin and fat (the bright ring) and bone (the
# dark one) would fill much of the image, and a generator would spend its effort on them. They also show a face: skull
# stripping protects people a little from being recognised. The bias field makes the left side darker without any
# difference in the tissue. A network learns all of these traces along with the brain, and the mistakes of the
# programs too.

# %% [markdown]
# ## Idea 1: a person stays in one split
#
# We train on one part of the data and judge on another. Write $P_s$ for the set of people of split $s$. The rule is
#
# $$P_{\text{train}} \cap P_{\text{validate}} = P_{\text{train}} \cap P_{\text{test}} =
# P_{\text{validate}} \cap P_{\text{test}} = \varnothing$$
#
# $\cap$ is what two sets share, and $\varnothing$ is the empty set. The toy version counts the splits of each person:

# %%
splits_of_each = table.groupby("person")["split"].nunique()
print(f"{len(splits_of_each)} people, of whom {np.sum(splits_of_each > 1)} are in more than one split")

# %% [markdown]
# The packaged version is part of `read_table`, which refuses a folder that breaks the rule. We make one of empty files:
# Anna's first scan, case 1, lies in train, and her second, case 441, in test.

# %%
with tempfile.TemporaryDirectory() as folder:
    for split, case in (("train", 1), ("test", 441)):
        for n in range(32):
            file = Path(folder, f"keras_png_slices_{split}", f"case_{case:03d}_slice_{n}.nii.png")
            file.parent.mkdir(exist_ok=True)
            file.touch()
    Path(folder, "subjects.csv").write_text("case,person\n1,Anna\n441,Anna\n")
    try:
        read_table(folder)
    except UserError as error:
        print("refused:", str(error).split(": ", 1)[-1])

# %% [markdown]
# Why so strict? Let us measure how alike images are: the mean absolute difference of their grey values,
# $\frac{1}{n}\sum_i |a_i - b_i|$, over the $n$ pixels $a_i$ and $b_i$ of two slices.
#
# **Predict.** Take slice 15 of a person. Compare it with slice 16 of the **same** person, and with slice 15 of
# **another** one. Divide the second difference by the first: will it be about 1/2, 1, 2 or 4?

# %% alt="Three slices of two people."
here, above = (
    pyramid.select(one_scan(table) & (table["slice"] == n)).level(config.resolution).astype(int) for n in (15, 16)
)
other = np.roll(here, -1, axis=0)  # the next person's slice 15
same, across = np.abs(here - above), np.abs(here - other)
print(f"same person, next slice: {same.mean():5.2f} grey values on average over {len(here)} people")
print(f"same slice, next person: {across.mean():5.2f}, that is {across.mean() / same.mean():.1f} times as much")
titles = ["A, slice 15", "A, slice 16", "B, slice 15"]
show_slices(np.stack([here[0], above[0], other[0]]), titles, size=2.2, value_range=(0, 255), crop=True)

# %% alt="Two maps of differences with a colour bar: small to the neighbouring slice of one person, large to another person."
differences = np.stack([same[0], across[0]])
show_slices(
    differences, ["|A 15 - A 16|", "|A 15 - B 15|"], size=2.2, cmap="viridis", crop=True, colorbar="grey values"
)

# %% [markdown]
# **What we see.** Neighbouring slices of one person are nearly the same image. Two people differ about four times as
# much, most of all at the edge, in the folds and at the ventricles.
#
# So what happens if slices, not people, are split at random? Let us hold out one slice in ten, and look for the most
# similar image among those that stay for training (the smallest sum of squared differences, at 16 px). For comparison
# we hold out whole people: those of validate and test.
#
# **Predict.** Split by slice: for how many of 100 held-out slices does the most similar training image show the **same
# person**?

# %%
small = pyramid.level(16).reshape(len(table), -1).astype("float32")  # a row of 256 grey values for each
people_of = table["person"].to_numpy()


def recognised(held_out):
    """Share of held-out slices whose nearest training image shows the same person."""
    train_images, train_people = small[~held_out], people_of[~held_out]
    hits = 0
    for image, person in zip(small[held_out], people_of[held_out], strict=True):
        nearest = ((train_images - image) ** 2).sum(axis=1).argmin()
        hits += train_people[nearest] == person
    return hits / held_out.sum()


by_slice = np.random.default_rng(config.seed).random(len(table)) < 0.1
by_person = (table["split"] != "train").to_numpy()
print(f"split by slice: for {recognised(by_slice):.0%} the nearest training image shows the same person")
print(f"split by person: for {recognised(by_person):.0%}")

# %% [markdown]
# **What we see.** With a split by slice, the training set nearly always holds a neighbouring slice of the same
# person. A model that only memorises would score well. This mistake is called **leakage**, and it is common. A split
# by person rules it out: nobody who is held out has a slice in training.

# %% [markdown]
# ## Who is in the data?
#
# A generator can only learn the people that it sees. So look at them before you train: by age and by sex.
#
# **Predict.** OASIS-1 was collected at a university, to study ageing. The ages lie between 18 and 96. Which of them will be the most frequent?

# %% alt="Histogram of ages for women and men: a peak from 20 to 30 years, then about ten people in every decade."
people_table = table[one_scan(table) & (table["slice"] == 20)]
known = people_table.dropna(subset=["age"])
figure, ax = subplots(figsize=(6, 3))
groups = [known.loc[known["sex"] == sex, "age"] for sex in ("F", "M")]
ax.hist(groups, bins=np.arange(10, 101, 10), stacked=True, label=["women", "men"])
ax.set(xlabel="age in years", ylabel="people", title="who is in the data")
ax.legend()
print(f"{len(known)} people of known age: {len(groups[0])} women, {len(groups[1])} men")
for low, high in ((0, 30), (30, 60), (60, 200)):
    print(f"from {low} to under {high} years: {known['age'].between(low, high, inclusive='left').mean():.0%}")
figure

# %% [markdown]
# **What we see.** One peak, between 20 and 30: the ages of the cohort are spread as in OASIS-1, which has many students. From 30 on there are about ten people in each decade,
# though all decades from 60 on add up to as many people as the young ones. Samples of a generator that learned from
# them will look like people in their twenties more often than like people of any other decade. There are more women than men. In the cohort,
# the sex changes nothing in the images; in real data it may, and then a generator shows more of the larger group.
# Anyone who uses samples in place of patients passes on these proportions without saying so. And the scans of OASIS-1
# come from one place: a generator that learns from them draws that scanner's contrast and noise too.

# %% [markdown]
# **Predict.** The brain shrinks with age, and fluid fills the space. Where will you see it most plainly: at the edge,
# or in the dark ventricles in the middle?

# %% alt="Slice 20 of the four youngest people above the four oldest, whose ventricles are wider."
by_age = (known if len(known) else people_table).sort_values(["age", "case"])
ends = [*by_age.index[:4], *by_age.index[-4:]]  # the four youngest, the four oldest
names = ["age unknown" if np.isnan(age) else f"{age:.0f} years" for age in by_age["age"][ends]]
show_slices(
    pyramid.level(config.resolution)[ends], names, columns=4, size=2.0, title="slice 20: youngest and oldest", crop=True
)

# %% alt="Share of CSF in the brain against age, a dot for each person: it rises with age."
labelled = known[known["label"] != ""]
classes = [read_label(file) for file in labelled["label"]]
share = np.array([np.sum(c == 1) / np.sum(c > 0) for c in classes])  # CSF pixels / pixels of the brain
figure, ax = subplots(figsize=(5.5, 3.2))
ax.scatter(labelled["age"], 100 * share, s=10)
ax.set(xlabel="age in years", ylabel="CSF, % of the brain's pixels", title="slice 20 of each person")
ax.grid(alpha=0.3)
if len(share) > 2:
    print(f"{len(share)} people; correlation with age: {np.corrcoef(labelled['age'], share)[0, 1]:.2f}")
figure

# %% [markdown]
# **What we see.** In the ventricles, which are larger; and the share of fluid rises with age. Careful: in the cohort
# this is **no finding**. The program puts it there. That it holds for real brains is known from the scans of OASIS-1
# (Marcus et al. 2007).

# %% [markdown]
# ## Idea 2: every image at seven sizes
#
# StyleGAN starts at small images and grows (notebook [05](05_progressive_training.ipynb)). So we need each slice $x$
# of 256 px also at $R$ = 128, 64, ... 4 px. The **box filter** averages blocks of $k \times k$ pixels, with
# $k = 256 / R$:
#
# $$y_{ij} = \frac{1}{k^2} \sum_{a=0}^{k-1} \sum_{b=0}^{k-1} x_{ki + a,\; kj + b}$$
#
# $y_{ij}$ is the small image's pixel in row $i$ and column $j$, and $a$ and $b$ count within a block. The mean is
# then rounded to a whole grey value, a half upwards. In code, `reshape(size, k, size, k)` turns pixel (row, column)
# into [row // k, row % k, column // k, column % k], and the mean over axes 1 and 3 is that of one block. The toy
# version follows, beside the levels in the store, and then one slice at each level.
#
# **Predict.** From which size on would you say "that is a brain"? And when do you see the ventricles?


# %%
def box(x, size):
    """(256, 256) uint8 to (size, size) uint8."""
    k = 256 // size
    blocks = x.reshape(size, k, size, k)  # row of blocks, row within, column of blocks, column within
    return np.floor(blocks.mean(axis=(1, 3)) + 0.5).astype("uint8")


for r in pyramid.resolutions:
    stored = pyramid.level(r)
    toy = np.stack([box(x, r) for x in pyramid.level(256)[::100]])
    print(f"{str(stored.shape):20} {stored.dtype}; pixels that differ from the toy: {np.sum(toy != stored[::100])}")

# %% alt="The same slice at 4, 8, 16, 32, 64, 128 and 256 pixels, drawn at one size."
levels = [pyramid.level(r)[row.name] for r in pyramid.resolutions]
same_size = np.stack([np.kron(level, np.ones((256 // len(level),) * 2, "uint8")) for level in levels])
show_slices(same_size, [f"{r} px" for r in pyramid.resolutions], size=2.0, crop=True)

# %% [markdown]
# **What we see.** At 4 px grey bands, at 16 px a brain's outline and a dark middle, at 32 px the ventricles, the
# folds from 64 px on. A network that starts small learns these one after the other, as you do when you look.

# %% [markdown]
# ## Idea 3: grey values become floats
#
# A pixel $v$ is a whole number from 0 (black) to 255 (white). Networks learn best from small numbers, so
#
# $$x = \text{low} + (\text{high} - \text{low}) \, \frac{v}{255}$$
#
# $x$ is what the network sees; low and high are the two ends of `value_range`. The paper takes -1 and 1. First
# the toy version beside the packaged one, on the slice from above, and then all grey values in both usual ranges.
#
# **Predict.** What share of the pixels of all slices is exactly black: half, three quarters, or nine tenths?

# %%
low, high = config.value_range
toy = low + (high - low) * (image / 255)
packaged = to_float(image, config.value_range)
print("to_float:", packaged.shape, packaged.dtype, f"from {packaged.min():g} to {packaged.max():g}")
print(f"largest difference from the toy: {abs(packaged - toy).max():.6f}")
print("pixels that differ after the round trip:", np.sum(to_uint8(packaged, config.value_range) != image))

# %% alt="Two histograms of grey values with a logarithmic scale; the bar of black is by far the tallest."
greys = pyramid.level(config.resolution)[::10]
figure, axes = subplots(1, 2, figsize=(9, 3), sharex=True, sharey=True)
for ax, (low, high) in zip(axes, ((-1, 1), (0, 1)), strict=True):
    edges = low + (high - low) * (np.arange(0, 257, 4) - 0.5) / 255  # four grey values in each bar
    ax.hist(to_float(greys, (low, high)).ravel(), bins=edges, log=True)
    ax.axvline(0, color="C1", linestyle="--")
    ax.set(title=f"value_range = ({low}, {high})", xlabel="what the network sees", xticks=(-1, -0.5, 0, 0.5, 1))
axes[0].set_ylabel("pixels")
print(f"exactly black: {np.mean(greys == 0):.0%} of the pixels")
print(f"mean {to_float(greys, config.value_range).mean():.2f} with value_range = {config.value_range}")
figure

# %% [markdown]
# **What we see.** About three quarters of all pixels are exactly black. The bars have a logarithmic scale, or you
# would see nothing else. Both ranges hold the same images. They differ in what 0 means (dashed): with (-1, 1) it is
# middle grey, with (0, 1) it is black. An untrained generator draws numbers scattered around 0, many of
# them outside the range (notebook 03). We
# keep to the paper's (-1, 1). What matters most is that **all** parts agree on one range: see exercise 2.

# %% [markdown]
# ## Idea 4: shuffled, but reproducible
#
# An **epoch** shows every slice once, in an order drawn from the seed and the epoch's number. $\pi$ is the list of
# slice numbers in that order, and batches are counted from $t = 0$. With batch size $B$, batch $t$ holds the slices
# $\pi_{tB}, \dots, \pi_{tB + B - 1}$. The order depends only on the seed and the epoch. So a run that was interrupted
# can continue with the batch that it would have seen next. `flip` mirrors each slice left to right with probability
# 1/2.

# %%
train, size = pyramid.split("train"), config.at("batch_size", config.resolution)
order = np.random.default_rng([config.seed, 0]).permutation(len(train))  # epoch 0
first = np.resize(order, size)  # the first numbers; where there are too few slices, they come again
toy = to_float(train.level(config.resolution)[first], config.value_range)
ask = dict(resolution=config.resolution, batch_size=size, value_range=config.value_range)
batch = train.batch(number=0, seed=config.seed, **ask)
again, another = (train.batch(number=0, seed=config.seed + more, **ask) for more in (0, 1))
print("batch:", batch.shape, batch.dtype)
print("slices that differ from the toy:", sum((a != b).any() for a, b in zip(batch, toy, strict=True)))
print("that differ in a second draw:", sum((a != b).any() for a, b in zip(batch, again, strict=True)))
print("that differ with another seed:", sum((a != b).any() for a, b in zip(batch, another, strict=True)))
print("slices in an epoch:", sum(len(b) for b in train.batches(config.resolution, size, config.seed)), "of", len(train))

# %% [markdown]
# **Predict.** Some of these eight slices are mirrored. Which ones can you tell by eye? Write down their places, then
# run the cell after the figure.

# %% alt="Eight slices, of which some are mirrored left to right; nothing says which."
yours = train.batch(number=0, seed=config.seed, flip=config.flip, **ask)
flipped = train.batch(number=0, seed=config.seed, flip=True, **ask)
places = [f"place {i}" for i in range(1, len(batch[:8]) + 1)]
show_slices(flipped[:8], places, size=1.8, value_range=config.value_range)  # L and R are left out on purpose

# %%
print("mirrored:", [i for i, (a, b) in enumerate(zip(batch[:8], flipped, strict=False), start=1) if (a != b).any()])
print(f"flip = {config.flip}: {sum((a != b).any() for a, b in zip(batch, yours, strict=True))} of {size} mirrored")

# %% [markdown]
# **What we see.** Without the original beside it, there is nothing to go by: some heads are larger on the left,
# others on the right, and a mirrored slice looks like one more head. That is why mirroring doubles the images for
# free. But left and right lose their meaning: a generator trained with it cannot be asked about them.

# %% [markdown]
# ## The real slices
#
# Set `data = "/path/to/keras_png_slices_data"` above (or a folder above it) and run again. That is all: the table, the
# levels and the batches have the same shape. From OASIS scans in other forms (discs, NIfTI, neurite-oasis, BIDS, JPEG),
# `.venv/bin/python -m oasis_helpers prepare` makes such a folder. Without a file `subjects.csv` beside it, every case counts as a person and no ages are known.
#
# A mistake gets an answer of one line, which says what to do:

# %%
mistakes = (
    lambda: load_data("/no/such/folder"),
    lambda: make_config("laptop", resolution=100),
    lambda: pyramid.split("holdout"),
)
for mistake in mistakes:
    try:
        mistake()
    except UserError as error:
        print("-", error)

# %% [markdown]
# ## Limits
#
# - The cohort is **synthetic**. All its people are grown from one template, an average of 152 healthy young adults:
#   bent, folded, aged and made noisy by a program. They vary only as the program lets them. There is no disease, no
#   injury, no other scanner, and no left-right difference that means anything.
# - A model trained on it learns the template and the program. Nothing that it shows is a fact about people.
# - The real slices are people who gave their consent for research. They, too, are one sample from one place.
# - 32 slices of a head are 32 images here. No network of this course knows that they belong together.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1. Build.** Write the guard of the three splits. It gets two arrays with an entry per slice: the person, and the name of
# the split. Return how many **people** are in train, in validate and in test; raise `ValueError` where somebody is in
# more than one of them.


# %% tags=["exercise"]
def my_guard(people, splits):
    """Return [people in train, in validate, in test]; raise ValueError if a person is in more than one split."""
    # <solution>
    members = [set(people[splits == name]) for name in ("train", "validate", "test")]
    if sum(map(len, members)) > len(set(people)):
        raise ValueError("a person is in more than one split")
    return [len(names) for names in members]
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_guard(my_guard)

# %% [markdown]
# **2. Break.** One part of a program maps grey values to (-1, 1). Another part assumes that the result runs from 0 to 1,
# maps them back, and clips at black and white. Predict: a pixel had the grey value 200. What is its grey value now? Fill
# it in, then run the next cell to see what becomes of a slice.

# %% tags=["exercise"]
# <solution>
grey = 145  # 2 * 200 / 255 - 1 = 0.569, and 0.569 * 255 = 145
# </solution>
# <stub>
# grey = ...
# </stub>
checks.check_wrong_range(grey)

# %% alt="A slice, and the same slice after two parts of a program disagreed on the range: fluid and grey matter are black."
broken = to_uint8(to_float(image, (-1, 1)), (0, 1))
print(
    "grey values 100, 150 and 250 become:",
    to_uint8(to_float(np.array([[100, 150, 250]], "uint8"), (-1, 1)), (0, 1)),
)
show_slices(np.stack([image, broken]), ["as it was", "read in the wrong range"], size=2.4, crop=True)

# %% [markdown]
# **3. Read the figure.** Look again at the figure of CSF against age, made from the synthetic cohort with the default
# parameters. In people of 80 years, about what percentage of the brain's pixels is CSF?

# %% tags=["exercise"]
# <solution>
csf_at_80 = 28  # the middle of the dots around 80
# </solution>
# <stub>
# csf_at_80 = ...
# </stub>
checks.check_csf_at_80(csf_at_80)

# %% [markdown]
# ## Recap
#
# 1. A T1 slice is a choice of timing and of a cut, registered, stripped of the skull and corrected for the bias field.
# 2. Neighbouring slices are nearly one image, so a person stays in one split.
# 3. Ages and sexes are not evenly spread, and a generator passes that on.
# 4. The box filter gives the same image at seven sizes, as means of blocks.
# 5. Grey values 0 to 255 become floats from -1 to 1, and can be mapped back without loss.
# 6. A batch follows from seed and step alone, so it can be drawn again. `data = "/path/to/..."` is all it takes for the
#    real slices.
#
# **Next:** [02 · What does the mapping network do to a latent?](02_mapping_network.ipynb)
