# %% [markdown]
# # 01 · What does the network get to see?
#
# A network never sees a person. It sees numbers in a batch. This notebook follows one brain slice on its way from a
# file to a batch, and checks every step, because no later trick can mend data that were loaded wrongly.
#
# **Goals.** After it you can
#
# 1. read the table of slices, and say why a person must stay in one split;
# 2. build the same image at 4 to 256 px with a box filter;
# 3. map grey values to the numbers that the network sees, and back;
# 4. draw shuffled batches that can be drawn again;
# 5. point the course at the real OASIS slices.
#
# **Needs** nothing but this repository. **Takes** about 15 minutes to read, under a minute to run on two cores. The
# first time, the virtual people are made; that takes one to two minutes more.

# %%
from oasis_helpers import checks, device_name, load_data, make_config
from oasis_helpers.data import read_image, read_label
from oasis_helpers.errors import UserError, called, check_whole
from oasis_helpers.images import to_float, to_uint8
from oasis_helpers.view import costs
from oasis_helpers.view.figures import show_slices, show_tissues, subplots

import numpy as np

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
# person may have two. The splits have their tasks: **train** is what a network learns from, with **validate** one chooses
# between runs, and **test** is looked at once, at the end. Beside each slice lies
# `seg_001_slice_16.nii.png`, in which every pixel carries the number of its tissue.
#
# With `data = None`, the same folder is made on your machine, with **synthetic** people. Nobody was scanned for them.
# `load_data` reads each image once and keeps it at every resolution. The next time it only opens that store.
# `make_config` checks the parameters: an impossible one is refused in one line.

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
print(table[["person", "case", "slice", "split", "age", "sex"]].iloc[:: len(table) // 5].to_string(index=False))

# %% [markdown]
# **What we see.** One row per slice. A person's slices share a name, a case and a split. (`age` is NaN where the data
# have none.)
#
# Now one slice beside its label. The label knows four classes: 0 background, 1 cerebrospinal fluid (CSF, the water
# in and around the brain), 2 grey matter, 3 white matter.

# %% alt="One brain slice beside its label, in which CSF, grey and white matter have a colour each."
row = table[table["slice"] == 20].iloc[0]
image = read_image(row["image"])
label = read_label(row["label"]) if row["label"] else np.zeros_like(image)  # a data set may have no labels
print("slice:", image.shape, image.dtype, "from", image.min(), "to", image.max())
print("pixels of each class, in percent:", [round(100 * float(np.mean(label == k)), 1) for k in range(4)])
show_tissues(image, label)

# %% [markdown]
# **What we see.** Fluid is dark, grey matter middling, white matter bright, and all around lies black. The networks of
# this course get only the slice. We keep the labels to measure with.
#
# Now all 32 slices of that person, from low to high.

# %% alt="All 32 slices of one person, from low to high in the head."
first_case = pyramid.select(table["case"] == row["case"])
show_slices(first_case.level(config.resolution), [str(n) for n in first_case.table["slice"]], size=1.1)

# %% [markdown]
# ## Idea 1: a person stays in one split
#
# We train on one part of the data and judge on another. Write $P_s$ for the set of people of split $s$. The rule is
#
# $$P_{\text{train}} \cap P_{\text{validate}} = P_{\text{train}} \cap P_{\text{test}} =
# P_{\text{validate}} \cap P_{\text{test}} = \varnothing$$
#
# $\cap$ is what two sets share, and $\varnothing$ is the empty set. The toy version takes three lines. The packaged
# one sits in `read_table`: it refuses data in which a person stands in two splits.
#
# Why so strict? Let us measure how alike images are: the mean absolute difference of their grey values,
# $\frac{1}{n}\sum_i |a_i - b_i|$, over the $n$ pixels $a_i$ and $b_i$ of two slices.
#
# **Predict.** Take slice 15 of a person. Compare it with slice 16 of the **same** person, and with slice 15 of
# **another** one. By what factor will the second difference be larger: 1, 2 or 4?

# %%
sets = {name: set(table.loc[table["split"] == name, "person"]) for name in table["split"].unique()}
for name, members in sets.items():
    shared = sum(len(members & sets[other]) for other in sets if other != name)
    print(f"{name:8} {len(members):3} people, shared with another split: {shared}")

# %% alt="Three slices and two maps of differences: small to the neighbouring slice of one person, large to another person."
one_scan = table["case"].isin(table.drop_duplicates("person")["case"])  # one scan of each person
here, above = (pyramid.select(one_scan & (table["slice"] == n)).level(config.resolution).astype(int) for n in (15, 16))
other = np.roll(here, -1, axis=0)  # the next person's slice 15
same, across = np.abs(here - above), np.abs(here - other)
print(f"same person, next slice: {same.mean():5.2f} grey values on average over {len(here)} people")
print(f"same slice, next person: {across.mean():5.2f}, that is {across.mean() / same.mean():.1f} times as much")
titles = ["A, slice 15", "A, slice 16", "B, slice 15", "|A 15 - A 16|", "|A 15 - B 15|"]
show_slices(np.stack([here[0], above[0], other[0], same[0], across[0]]), titles, size=1.9, value_range=(0, 255))

# %% [markdown]
# **What we see.** Neighbouring slices of one person are nearly the same image. Two people differ about four times
# as much, most of all at the folds and at the edge.
#
# So what happens if slices, not people, are dealt out at random? Let us hold out one slice in ten, and look for the
# most similar image among those that stay for training.
#
# **Predict.** For how many of 100 held-out slices does that image show the **same person**?

# %%
small = pyramid.level(16).reshape(len(table), -1).astype("float32")  # 16 px are enough to recognise someone


def recognised(held_out):
    """Share of held-out slices whose nearest training image shows the same person."""
    held, kept = small[held_out], small[~held_out]
    distance = (held**2).sum(1)[:, None] - 2 * held @ kept.T + (kept**2).sum(1)  # squared, of every pair
    people = table["person"].to_numpy()
    return np.mean(people[~held_out][distance.argmin(axis=1)] == people[held_out])


by_slice = np.random.default_rng(config.seed).random(len(table)) < 0.1
by_person = (table["split"] != "train").to_numpy()
print(f"split by slice: for {recognised(by_slice):.0%} the nearest training image shows the same person")
print(f"split by person: for {recognised(by_person):.0%}")

# %% [markdown]
# **What we see.** With a split by slice, training has nearly always seen the person next door to the answer. A model
# that only remembers would look excellent. This mistake is called **leakage**, and it is common. The split by person
# makes it impossible.
#
# ## Who is in there
#
# **Predict.** The brain shrinks with age, and fluid fills the room. Where will you see it first: at the edge, or in the
# dark ventricles in the middle?

# %% alt="Slice 20 of the four youngest people above the four oldest, whose ventricles and folds are wider."
people_table = table[one_scan & (table["slice"] == 20)]
known = people_table.dropna(subset=["age"])
by_age = (known if len(known) else people_table).sort_values(["age", "case"])
ends = [*by_age.index[:4], *by_age.index[-4:]]  # the four youngest, the four oldest
names = ["age unknown" if np.isnan(age) else f"{age:.0f} years" for age in by_age["age"][ends]]
show_slices(pyramid.level(config.resolution)[ends], names, columns=4, size=1.7, title="slice 20: youngest and oldest")

# %% alt="Share of CSF in the brain against age, a dot for each person: it rises with age."
labelled = known[known["label"] != ""]
classes = [read_label(file) for file in labelled["label"]]
share = np.array([np.sum(c == 1) / np.sum(c > 0) for c in classes])  # CSF pixels / pixels of the head
figure, ax = subplots(figsize=(5.5, 3.2))
ax.scatter(labelled["age"], 100 * share, s=10)
ax.set(xlabel="age in years", ylabel="CSF, % of the pixels", title="slice 20 of each person")
if len(share) > 2:
    print(f"{len(share)} people; correlation with age: {np.corrcoef(labelled['age'], share)[0, 1]:.2f}")
figure

# %% [markdown]
# **What we see.** The ventricles grow, the folds open, and the share of fluid rises with age. Careful: in the cohort
# this is **no finding**. Its program says that it shall be so. That real brains do so is known from the scans of OASIS-1
# (Marcus et al. 2007).
#
# ## Idea 2: every image at seven sizes
#
# StyleGAN starts at small images and grows (notebook [05](05_progressive_training.ipynb)). So we need each slice $x$ of 256 px also at $R$ = 128, 64,
# ... 4 px. The **box filter** averages blocks of $k \times k$ pixels, with $k = 256 / R$:
#
# $$y_{ij} = \frac{1}{k^2} \sum_{a=0}^{k-1} \sum_{b=0}^{k-1} x_{ki + a,\; kj + b}$$
#
# $y_{ij}$ is the small image's pixel in row $i$ and column $j$, and $a$ and $b$ count within a block. The mean is
# then rounded to a whole grey value, a half upwards. The toy version follows, beside the levels in the store, and
# then one slice at each level.
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
    print(f"{str(stored.shape):20} {stored.dtype}; pixels unlike the toy: {np.sum(toy != stored[::100])}")

# %% alt="The same slice at 4, 8, 16, 32, 64, 128 and 256 pixels, drawn at one size."
levels = [pyramid.level(r)[row.name] for r in pyramid.resolutions]
same_size = np.stack([np.kron(level, np.ones((256 // len(level),) * 2, "uint8")) for level in levels])
show_slices(same_size, [f"{r} px" for r in pyramid.resolutions], size=1.5)

# %% [markdown]
# **What we see.** At 4 px a bright spot, at 16 px a brain's outline and a dark middle, at 32 px the ventricles, the
# folds from 64 px on. A network that starts small learns these one after the other, as you do when you look.
#
# ## Idea 3: grey values become floats
#
# A pixel $v$ is a whole number from 0 (black) to 255 (white). Networks learn best from small numbers, so
#
# $$x = \text{low} + (\text{high} - \text{low}) \, \frac{v}{255}$$
#
# $x$ is what the network sees; low and high are the two ends of `value_range`. The paper takes -1 and 1. First
# the toy version beside the packaged one, on the slice from above, and then all grey values in both usual ranges.
#
# **Predict.** How large is the tallest bar: a tenth, a third or more than half of all pixels?

# %%
low, high = config.value_range
toy = low + (high - low) * (image / 255)
packaged = to_float(image, config.value_range)
print("to_float:", packaged.shape, packaged.dtype, f"from {packaged.min():g} to {packaged.max():g}")
print("same numbers as the toy:", np.allclose(packaged, toy, atol=1e-6))
print("and back without loss:", np.array_equal(to_uint8(packaged, config.value_range), image))

# %% alt="Two histograms of grey values with a logarithmic scale; the bar of black is by far the tallest."
greys = pyramid.level(config.resolution)[::10]
figure, axes = subplots(1, 2, figsize=(9, 3), sharex=True, sharey=True)
for ax, (low, high) in zip(axes, ((-1, 1), (0, 1)), strict=True):
    ax.hist(to_float(greys, (low, high)).ravel(), bins=np.linspace(low, high, 52), log=True)
    ax.axvline(0, color="C1", linestyle="--")
    ax.set(title=f"value_range = ({low}, {high})", xlabel="what the network sees", xticks=(-1, -0.5, 0, 0.5, 1))
axes[0].set_ylabel("pixels")
print(f"exactly black: {np.mean(greys == 0):.0%} of the pixels")
print(f"mean {to_float(greys, config.value_range).mean():.2f} with value_range = {config.value_range}")
figure

# %% [markdown]
# **What we see.** About three quarters of all pixels are exactly black; the bars have a logarithmic scale, or you
# would see nothing else. Both ranges hold the same images. They differ in what 0 means (dashed): with (-1, 1) it is
# middle grey, with (0, 1) it is black. An untrained generator draws numbers around 0, so this is where it starts. We
# keep to the paper's (-1, 1). What matters most is that **all** parts agree on one range.
#
# ## Idea 4: shuffled, and yet the same tomorrow
#
# An **epoch** shows every slice once, in an order $\pi$ drawn from the seed and the epoch's number. With batch size
# $B$, batch $t$ holds the slices $\pi_{tB}, \dots, \pi_{tB + B - 1}$. Nothing else decides. So a run that was cut off
# can go on with the batch that it would have seen. `flip` mirrors each slice left to right with probability 1/2.
#
# **Predict.** Can you tell by eye which slices were mirrored?

# %%
train, size = pyramid.split("train"), config.at("batch_size", config.resolution)
order = np.random.default_rng([config.seed, 0]).permutation(len(train))  # epoch 0
toy = to_float(train.level(config.resolution)[order[:size]], config.value_range)
ask = dict(resolution=config.resolution, batch_size=size, value_range=config.value_range)
batch = train.batch(number=0, seed=config.seed, **ask)
print("batch:", batch.shape, batch.dtype, "- the same as the toy:", np.array_equal(batch, toy))
print("asked again, the same:", np.array_equal(batch, train.batch(number=0, seed=config.seed, **ask)))
print("another seed, the same:", np.array_equal(batch, train.batch(number=0, seed=config.seed + 1, **ask)))
print("slices in an epoch:", sum(len(b) for b in train.batches(16, size, config.seed)), "of", len(train))

# %% alt="A batch of slices without mirroring above the same batch with it; some are mirrored left to right."
yours = train.batch(number=0, seed=config.seed, flip=config.flip, **ask)
print(f"flip = {config.flip}: {sum((a != b).any() for a, b in zip(batch, yours, strict=True))} of {size} mirrored")
flipped = train.batch(number=0, seed=config.seed, flip=True, **ask)
marks = ["mirrored" if (a != b).any() else "as it was" for a, b in zip(batch, flipped, strict=True)]
rows = np.concatenate([batch[:8], flipped[:8]])
show_slices(rows, ["flip off"] * len(batch[:8]) + marks[:8], columns=len(batch[:8]), value_range=config.value_range)

# %% [markdown]
# **What we see.** Mostly not: brains are nearly symmetric, and only a lopsided slice gives itself away. Mirroring doubles
# the images for free, but left and right lose their meaning: a generator trained with it cannot be asked about them.
#
# ## The real slices
#
# Set `data = "/path/to/keras_png_slices_data"` above (or a folder above it) and run again. That is all: the table, the
# levels and the batches have the same shape. Of OASIS scans in other forms (discs, NIfTI, neurite-oasis, BIDS, JPEG),
# `python -m oasis_helpers prepare` makes such a folder. Without a file `subjects.csv` beside it, every case counts as a person and no ages are known.
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
#
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1.** Write one step of the box filter: half the size, each pixel the mean of 2 by 2. Do not round.


# %% tags=["exercise"]
def my_box_filter(images):
    """Halve images (n, R, R) to (n, R/2, R/2)."""
    # <solution>
    n, size, _ = images.shape
    return images.reshape(n, size // 2, 2, size // 2, 2).mean(axis=(2, 4))
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_box_filter(my_box_filter)

# %% [markdown]
# **2.** Write the map of grey values.


# %% tags=["exercise"]
def my_to_float(images, low, high):
    """Map uint8 images, 0 to 255, to floats from low to high."""
    # <solution>
    return low + (high - low) * (images / 255)
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_to_float(my_to_float)

# %% [markdown]
# **3.** Count the people who stand in more than one split. You get two arrays with an entry per slice.


# %% tags=["exercise"]
def my_shared_people(people, splits):
    """Return how many different people have slices in more than one split."""
    # <solution>
    return sum(len(set(splits[people == person])) > 1 for person in set(people))
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_shared_people(my_shared_people)

# %% [markdown]
# ## Recap
#
# 1. Neighbouring slices are nearly one image, so a person stays in one split.
# 2. The box filter gives the same image at seven sizes, as means of blocks.
# 3. Grey values 0 to 255 become floats from -1 to 1, and can be mapped back without loss.
# 4. A batch follows from seed and step alone, so it can be drawn again.
# 5. `data = "/path/to/..."` is all it takes for the real slices.
#
# **Next:** [02 · What does the mapping network do to a latent?](02_mapping_network.ipynb)
