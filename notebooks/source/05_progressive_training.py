# %% [markdown]
# # 05 · How does a generator learn to draw brains?
#
# All parts are ready: the slices (01), the two networks (02, 03, 04) and their losses (04). This notebook puts them
# to work. It trains a StyleGAN from its first blob of 8 by 8 pixels up to its last level, in front of you.
#
# **Goals.** After it you can
#
# 1. read a growing schedule, and say what is trained at any moment;
# 2. explain the fade, and why the real slices fade too;
# 3. say what the averaged generator is, and why we sample from it;
# 4. start a run, read its log, and find everything it left behind.
#
# **Needs** nothing but this repository; the cohort of notebook 01 is made if it is not there yet. **Takes** about
# 15 minutes to read. The training cell takes up to 20 minutes on two cores with the preset `laptop`, and about a minute
# with `smoke`.

# %%
from oasis_helpers import Trainer, checks, device_name, load_data, make_config
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import called
from oasis_helpers.estimation.budget import check_hours
from oasis_helpers.estimation.estimate import estimate
from oasis_helpers.networks.layers import downsample, upsample
from oasis_helpers.training.cost import conv_macs
from oasis_helpers.training.plots import loss_figure
from oasis_helpers.training.schedule import make_schedule, schedule_table
from oasis_helpers.view.figures import show_run, show_slices, subplots
from oasis_helpers.view.live import LiveFigure

import numpy as np

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
preset = None  # "smoke", "laptop", "gpu" or "paper"; None takes OASIS_PRESET, or laptop
data = None  # a folder with OASIS slices; None takes the synthetic cohort
total_kimg = None  # length of the run in thousand images shown; None takes the preset's
learning_rate = None  # of both networks, 0.0001 to 0.01; None takes the preset's
r1_gamma = None  # weight of the R1 penalty, 0.1 to 10 is usual; 0 turns it off; None takes the preset's
flip = False  # True also shows every slice mirrored; False turns it off
seed = 0  # of weights, order, latents and noise; any whole number from 0
most_hours = 3  # a run that would take longer here does not start; any number above 0

# %%
wanted = {"total_kimg": total_kimg, "learning_rate": learning_rate, "r1_gamma": r1_gamma}
changes = {name: value for name, value in wanted.items() if value is not None}
config = make_config(preset, flip=flip, seed=seed, **changes)
check_hours(config, most_hours)
laptop = make_config("laptop")
print("presets differ in their schedule; this is the one of 'laptop':\n")
print(schedule_table(laptop))

# %% [markdown]
# ## The slices
#
# Only people of the train split are shown to the networks. The others are kept for judging. Training is counted in
# **kimg**: a thousand real images shown to the discriminator.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the first run of the course shows a progress bar here.
with called(path="data"):
    slices = load_data(data, people=config.people)

# %% alt="Eight training slices at 64 pixels."
train = slices.split("train")
people = set(train.people) & (set(slices.split("validate").people) | set(slices.split("test").people))
print(train)
print("people in train and elsewhere:", len(people))
as_is, shown = (train.uint8_batch(64, 0, 8, seed, mirrored) for mirrored in (False, flip))
print("the run starts with the slices", train.indices(0, 8, seed))
print("mirrored:", sum(bool((a != b).any()) for a, b in zip(as_is, shown, strict=True)), "of 8")
show_slices(shown, title="Eight training slices at 64 px")

# %% [markdown]
# ## Idea 1: grow
#
# ![Diagram of the schedule of the preset paper: a staircase from 8 to 256 px, with a fade before each new level.](../docs/diagrams/growing.svg)
#
# Start with tiny images. When the networks can draw those, add a level that doubles the resolution
# (Karras et al. 2017; StyleGAN starts at 8 px). Coarse anatomy is learned first, while steps are cheap. How cheap? Count
# the multiplications of the 3 by 3 convolutions. One convolution at $R$ by $R$ pixels, from $c$ to $c'$ channels,
# needs
#
# $$9 \, R^2 \, c \, c'$$
#
# of them: 9 is the size of the kernel, and every pixel has one result. The toy version for the last level of `laptop`:

# %%
c, before = laptop.channels(64), laptop.channels(32)
toy = 9 * 64**2 * (before * c + c * c)
packaged = conv_macs(laptop, 64) - conv_macs(laptop, 32)
print(f"{c} channels at 64 px: {toy / 1e6:.0f} million multiplications; the packaged count agrees: {toy == packaged}")

# %% [markdown]
# **Predict.** An image of 64 px has 64 times as many pixels as one of 8 px. How many times more expensive is it for the whole
# network: about 4, 40 or 400 times?

# %% alt="Multiplications per image at each resolution; they grow about forty times from 8 to 64 pixels."
sizes = laptop.resolutions
costs = np.array([conv_macs(laptop, size) for size in sizes]) / 1e6
figure, ax = subplots(figsize=(6, 3))
ax.bar([f"{size} px" for size in sizes], costs, color="0.4")
ax.set(ylabel="million multiplications", title="One pass of the generator, one image")
print("times the cost of 8 px:", (costs / costs[0]).round(1))
figure

# %% [markdown]
# **What we see.** About 40 times: fewer than the pixels, because the last level has fewer channels. So the many images
# shown at 8 and 16 px cost little, and most of a run's time goes into its last level.

# %% [markdown]
# ## Idea 2: fade
#
# A new level starts untrained. To switch it on at once would shock both networks. It is **faded** in instead. With
# $\alpha$ rising from 0 to 1 by images shown,
#
# $$x = (1 - \alpha)\, \text{up}(x_{old}) + \alpha\, x_{new}$$
#
# $x_{old}$ is the image of the level below, $\text{up}$ repeats each pixel 2 by 2 times, and $x_{new}$ is the new
# level's image. Notebook 03 showed this for the generator. Real slices go the same way (official release,
# `process_reals`): at $\alpha = 0$ they are halved and doubled again. Otherwise the discriminator could tell real from
# generated by sharpness alone. Inside, the discriminator fades as well (notebook
# [04](04_discriminator_and_losses.ipynb)), so that it does not lose what it knew.
#
# The toy version, and the functions that the networks use:

# %%
real = train.batch(32, 4, number=0, seed=seed)[..., None]  # networks want a channel axis
small = real.reshape(4, 16, 2, 16, 2, 1).mean(axis=(2, 4))
coarse = small.repeat(2, axis=1).repeat(2, axis=2)
packaged = to_numpy(upsample(downsample(real)))
print(
    "halved and doubled:", coarse.shape, "- same as the packaged functions:", np.allclose(coarse, packaged, atol=1e-6)
)

# %% alt="One real slice as D sees it at alpha 0, 0.5 and 1: from large pixels to the full slice."
alphas = (0.0, 0.5, 1.0)
faded = np.stack([(1 - a) * coarse[0] + a * real[0] for a in alphas])
show_slices(
    faded[..., 0], [f"alpha = {a}" for a in alphas], size=2.2, value_range=(-1, 1), title="What D sees of one slice"
)

# %% [markdown]
# **What we see.** At 0 it is a 16 px slice in large pixels, at 1 the full 32 px slice.
#
# When does which level fade? The schedule counts images. `make_schedule` gives the phases of a run:

# %%
phases = make_schedule(laptop)
for images in (0, 14_000, 20_000):
    phase = next(p for p in phases if p.start <= images < p.end)
    print(f"after {images:6,d} images: {phase.resolution} px, {phase.kind}, alpha = {phase.alpha(images):.2f}")

# %% [markdown]
# ## Idea 3: the averaged generator
#
# The generator never rests: each step pulls it somewhere else. We keep a second copy that follows slowly, the
# exponential moving average (**EMA**), and sample from that one:
#
# $$\theta_{ema} \leftarrow \beta\, \theta_{ema} + (1 - \beta)\, \theta, \qquad \beta = 0.5^{\,b / h}$$
#
# $\theta$ are the weights, $b$ is the batch size and $h$ the half-life in images (`ema_kimg`, 10 thousand in the paper, 3 thousand in `laptop`, whose runs are short):
# after $h$ images, half of the old average is left. A toy with one weight that jumps around 1, with two choices of the half-life:

# %% alt="A restless weight and two averages of it: the short half-life follows quickly, the long one is smooth and late."
rng = np.random.default_rng(seed)
weight = 1 + rng.normal(0, 0.5, 500)  # one weight at 500 steps
figure, ax = subplots(figsize=(7, 3))
ax.plot(weight, color="0.8", label="the weight")
for half_life, line in ((200, "--"), (2000, "-")):  # in images, at batch size 16
    beta, mean = 0.5 ** (16 / half_life), [0.0]
    for value in weight:
        mean.append(beta * mean[-1] + (1 - beta) * value)
    ax.plot(mean[1:], line, color="C0", label=f"average, half-life {half_life} images")
    print(
        f"half-life {half_life:4d}: after {half_life // 16:3d} steps of 16 the average is {mean[half_life // 16]:.2f}"
    )
ax.set(xlabel="step", title="Slow averages are smooth, but late")
ax.legend()
figure

# %% [markdown]
# **What we see.** A short half-life follows quickly and stays restless. A long one is smooth and late: after one
# half-life it has come about half of the way.

# %% [markdown]
# ## What it will cost
#
# Before a run starts, one should know how long it takes. `estimate` times a few real steps at each level on this machine
# and lays the schedule over them. The last but one column compares the step with a plain matrix product, which is about
# the most that this machine can do. (Counted as in idea 1. The code needs fewer multiplications than that, because it
# doubles and halves images inside of its convolutions, so the share can pass 100 %.)
#
# The times stored in this notebook are those of a machine that was busy with other work. Alone, two cores take about 17
# minutes for `laptop`.
#
# A run that would take more than `most_hours` does not start; one line says how long it would be.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: these are measured times.
cost = estimate(config)
print(cost)
check_hours(config, most_hours, cost)

# %% [markdown]
# ## The run
#
# One step updates the discriminator once and the generator once, both with Adam, then the average. It is compiled as
# one function per level. The trainer walks through the schedule, and keeps everything in one folder.
#
# One more thing happens in a step. Nine times in ten the images are drawn from **two** latents each: one gives the
# styles of the first layers, the other those from a random layer on (**mixing regularisation**, paper, section 3.1). So
# neighbouring layers cannot rely on each other, and notebook [06](06_sampling.ipynb) can mix styles.
#
# **Predict.** At which resolution will you first see two hemispheres: 8, 16, 32 or 64 px? And will the
# discriminator's loss fall to 0?

# %%
trainer = Trainer(config, slices)
print("step, images shown so far:", trainer.steps, trainer.images)

# %% tags=["nbval-ignore-output"] alt="The live figure of the run: losses so far and the latest samples."
# Not compared in CI: the preset decides how long this takes and what the losses are.
print(f"preset {trainer.config.preset}\n{schedule_table(trainer.config)}\n")
history = trainer.fit([LiveFigure()])
last = history.rows[-1]
print(
    f"{last['kimg']} thousand images in {last['hours'] * 60:.1f} minutes, {last['images_per_s']:.0f} images/s at the end"
)

# %%
print("images shown as planned:", trainer.images >= make_schedule(config)[-1].end)
print("all losses are finite:", bool(np.isfinite([row["d_loss"] + row["g_loss"] for row in history.rows]).all()))
print("left in the run folder:", sorted({p.suffix for p in trainer.folder.glob("[!.]*")}))

# %% [markdown]
# ### Stopping, and going on
#
# Stop the training cell above whenever you like (the square button): it finishes its step, saves and ends, and
# `trainer.fit()` goes on from there. After a restart, take up the run from its folder, whose name is
# `trainer.folder`:
#
# ```python
# trainer = Trainer(config, slices, "../runs/NAME", resume=True)
# trainer.fit()
# ```
#
# The end is the same to the last bit as if it had never stopped: the networks, their averages, Adam's memory, the
# random numbers and the place in the data are all saved. `trainer.fit(total_kimg=80)` makes a finished run longer.
#
# While it trains, two guards watch. A loss that is no longer a number stops the run, and the last sound state is kept.
# And each line of the log where the state was saved has the **variety**: how much the images of 16 fixed latents
# differ from each other, beside real slices (1 is as much, 0 is all the same). A warning comes when it is
# low: then the generator repeats itself, which is called **mode collapse**.

# %%
varieties = [row["variety"] for row in history.rows if "variety" in row]
print("variety was watched during the run:", len(varieties) > 2)
print("the generator has not collapsed:", varieties[-1] > 0.25)

# %% [markdown]
# ### What the brains looked like on the way
#
# The same latents at the end of each phase:

# %% tags=["nbval-ignore-output"] alt="Samples of the same latents at the end of each phase, from a bright oval at 8 pixels to brains at 64."
# Not compared in CI: the number of phases depends on the preset.
show_run(trainer.folder)

# %% [markdown]
# **What we see** (preset `laptop`). At 8 px there is a bright oval, at 16 px a rim and a darker middle, at 32 px a line
# between two hemispheres, at 64 px folds. There are no clear ventricles, the texture is grainy, and the sixteen brains
# are nearly the same one: the variety counts grey values, and does not see that. This run is too short to do better; the
# included generators of notebook [06](06_sampling.ipynb) were trained for hours. The images taken right after a fade are
# poor, for two reasons: the new level has had only a few hundred steps, and the average still remembers how the level
# started. Both improve in the stable phase that follows. The paper gives a fade 200 times more images.
#
# ### The losses

# %% alt="Losses of D and G, and D's mean logits for reals and fakes, against thousand images; grey bands mark the fades."
loss_figure(history)

# %% [markdown]
# **What we see.** The discriminator's loss does not fall to 0, and it should not: if it did, the generator would get
# no more hints. At 2 ln 2 = 1.39 it would be guessing. With `laptop` it drops when 64 px arrives, and climbs back. In
# the lower panel reals lie above 0 and fakes below; the gap opens with each new level.
#
# The losses do not tell how good the brains are. For that one needs eyes, and the measures of notebook
# [07](07_evaluation.ipynb).

# %% [markdown]
# ### The generator comes back from its file

# %%
from oasis_helpers import load_generator, sampling

loaded = load_generator(trainer.folder)
same = np.array_equal(sampling.sample(loaded, range(4)), sampling.sample(trainer.generator, range(4)))
print("loaded again, it draws the same images:", same)

# %% [markdown]
# ## Limits
#
# - A run this short shows that the machinery works. The paper trains with 25 million images, over 400 times more.
# - The cohort is synthetic. Its people descend from one template brain, so there is less to learn than in real data.
# - With few people a discriminator can learn them by heart. Against that, `make_config(ada_target=0.6)` shows it reals and
#   fakes that were mirrored, turned and bent a little, the more often the surer it gets (**ADA**, Karras et al. 2020).
# - A generated brain is nobody's brain. It is not a patient, and no statement about patients follows from it.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1.** Write alpha: the share of the new level during a fade.


# %% tags=["exercise"]
def my_alpha(images, start, length):
    """0 before the fade starts, 1 after it, and a straight line between; counts are in images."""
    # <solution>
    return min(max((images - start) / length, 0.0), 1.0)
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_alpha(my_alpha)

# %% [markdown]
# **2.** Write one update of the average.


# %% tags=["exercise"]
def my_ema(average, weight, batch_size, half_life):
    """Return the new average; half_life counts images."""
    # <solution>
    beta = 0.5 ** (batch_size / half_life)
    return beta * average + (1 - beta) * weight
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_ema(my_ema)

# %% [markdown]
# **3.** In preset `paper`, how many thousand images have been shown when 32 px has fully faded in? It starts at 8 px;
# every stable phase and every fade takes 600 thousand images.

# %% tags=["exercise"]
# <solution>
kimg = 600 * 4  # 8 px, fade to 16 px, 16 px, fade to 32 px
# </solution>
# <stub>
# kimg = ...
# </stub>
checks.check_grown_kimg(kimg)

# %% [markdown]
# ## Recap
#
# 1. The schedule counts images: stable at a level, then a fade to the next.
# 2. In a fade, generated and real images are both a mix of old and new, so neither is given away by sharpness.
# 3. We sample from a slow average of the generator's weights.
# 4. A run leaves its configuration, log, weights and images in one folder.
#
# **Next:** [06 · What did it learn, and what can you ask it for?](06_sampling.ipynb)
