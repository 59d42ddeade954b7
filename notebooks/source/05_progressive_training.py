# %% [markdown]
# # 05 · How does a generator learn to draw brains?
#
# All parts are ready: the slices (01), the two networks (02, 03, 04) and their losses (04). This notebook puts them
# together. You follow one training step line by line, and then train a StyleGAN from 8 by 8 pixels up to its last
# level.
#
# **Goals.** After it you can
#
# 1. say what happens in a training step of a GAN: both updates, style mixing, the averages, the fade;
# 2. read a progressive growing schedule, and say what is trained at any moment;
# 3. start a run, read its log, and notice mode collapse;
# 4. compare two settings fairly;
# 5. continue a long run that somebody else has begun.
#
# **Needs** nothing but this repository; the cohort of notebook 01 is made if it is not there yet. **Takes** about 45
# minutes to read. With the preset `laptop` the training cell takes 15 minutes on two cores, and all cells together
# half an hour. With `smoke` everything is quick, but little is learned.

# %%
from oasis_helpers import Trainer, checks, device_name, load_data, load_generator, make_config, sampling
from oasis_helpers.config import change_config

# %%
# For the step that is written by hand:
from oasis_helpers.engine import input_grad, to_numpy, value_and_grad
from oasis_helpers.errors import called
from oasis_helpers.estimation.budget import check_hours
from oasis_helpers.estimation.estimate import estimate
from oasis_helpers.evaluation.quick import quick_scores
from oasis_helpers.networks.layers import downsample, upsample
from oasis_helpers.networks.synthesis import noise_shapes, num_layers
from oasis_helpers.training.cost import conv_macs
from oasis_helpers.training.plots import loss_figure
from oasis_helpers.training.schedule import make_schedule, schedule_table
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep
from oasis_helpers.training.variety import different_slices, varied_samples
from oasis_helpers.training.warm_start import continued_config
from oasis_helpers.view.figures import show_run, show_slices, subplots
from oasis_helpers.view.live import LiveFigure

import keras
import numpy as np
from keras import ops

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
preset = None  # "smoke", "lab", "laptop", "gpu" or "paper"; None takes OASIS_PRESET, or laptop
data = None  # a folder with OASIS slices; None takes the synthetic cohort
total_kimg = None  # length of the run in thousand images shown; None takes the preset's
learning_rate = None  # of both networks, 0.0001 to 0.01; None takes the preset's
r1_gamma = None  # weight of the R1 penalty, 0.1 to 10 is usual; 0 turns it off; None takes the preset's
flip = False  # True mirrors each slice with probability 1/2; False turns it off
seed = 0  # of weights, order, latents and noise; any whole number from 0
most_hours = 3  # a run that would take longer here does not start; any number above 0

# %%
wanted = {"total_kimg": total_kimg, "learning_rate": learning_rate, "r1_gamma": r1_gamma}
changes = {name: value for name, value in wanted.items() if value is not None}
config = make_config(preset, flip=flip, seed=seed, **changes)
check_hours(config, most_hours)
short = config.total_kimg <= 4  # then the experiments at the end are as short as the run
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
# of them: 9 is the size of the kernel, and each pixel needs one result per output channel. The toy version for the last level of `laptop`:

# %%
c, below = laptop.channels(64), laptop.channels(32)
toy = 9 * 64**2 * (below * c + c * c)
counted = conv_macs(laptop, 64) - conv_macs(laptop, 32)
print(f"{c} channels at 64 px: {toy / 1e6:.0f} million multiplications; the package counts {counted / 1e6:.0f} million")

# %% [markdown]
# **Predict.** An image of 64 px has 64 times as many pixels as one of 8 px. How many times more expensive is it for the whole
# network: about 4, 15 or 64 times?

# %% alt="Multiplications per image at each resolution; they grow about fifteen times from 8 to 64 pixels."
sizes = laptop.resolutions
costs = np.array([conv_macs(laptop, size) for size in sizes]) / 1e6
figure, ax = subplots(figsize=(6, 3))
ax.bar([f"{size} px" for size in sizes], costs, color="0.4")
ax.set(ylabel="million multiplications", title="One pass of the generator, one image")
print("times the cost of 8 px:", (costs / costs[0]).round(1))
figure

# %% [markdown]
# **What we see.** About 15 times: far fewer than the pixels, because from 32 px on each level has half as many
# channels as the one below. So the images shown at 8 and 16 px cost little, and about half of the time of `laptop`
# goes into its last level.

# %% [markdown]
# ## Idea 2: fade
#
# A new level starts untrained. To switch it on at once would undo part of what both networks have learned. It is
# **faded** in instead. With $\alpha$ rising from 0 to 1 by images shown,
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
half = real.reshape(4, 16, 2, 16, 2, 1).mean(axis=(2, 4))
coarse = half.repeat(2, axis=1).repeat(2, axis=2)
difference = np.abs(coarse - to_numpy(upsample(downsample(real)))).max()
print(f"halved and doubled: {coarse.shape}; largest difference from the packaged functions: {difference:.5f}")
assert difference < 1e-6

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
#
# - The networks have all their levels from the start. Those above the current R px are not used, and keep their initial
#   weights until their fade begins.
# - At R px all levels up to R are trained together. During a fade the previous level's `to_gray` (and D's previous
#   `from_gray`) is trained too.
# - At the start of each phase Adam forgets its running means and its count of steps, as in the release. They describe
#   the gradients of the phase before, and would give the first steps of the new one the wrong size.
#
# A setting that differs by level is written as a dictionary: `stable_kimg={4: 6, 16: 10, 32: 18}` means 6 thousand images
# per stable phase from 4 px on, 10 from 16 px on and 18 from 32 px on. The last phase takes what is left of `total_kimg`.

# %%
phases = make_schedule(laptop)
for images in (0, 14_000, 20_000):
    phase = next(p for p in phases if p.start <= images < p.end)
    print(f"after {images:6,d} images: {phase.resolution} px, {phase.kind}, alpha = {phase.alpha(images):.2f}")

# %% [markdown]
# ## Idea 3: the averaged generator
#
# The generator's weights keep oscillating: each batch pulls them somewhere else. A second copy follows slowly, the
# exponential moving average (**EMA**), and we sample from that one:
#
# $$\theta_{ema} \leftarrow \beta\, \theta_{ema} + (1 - \beta)\, \theta, \qquad \beta = 0.5^{\,b / h}$$
#
# $\theta$ are the weights, $b$ is the batch size and $h$ the half-life in images (`ema_kimg`, 10 thousand in the paper,
# 1 thousand in `laptop`, whose runs are short): after $h$ images, half of the old average is left. One weight that
# jumps around 1, and its average with two half-lives:

# %% alt="A weight that oscillates and two averages of it: the short half-life follows quickly, the long one is smooth but lags."
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
ax.set(xlabel="step", title="Slow averages are smooth, but they lag")
ax.legend()
figure

# %% [markdown]
# **What we see.** A short half-life follows quickly and still oscillates. A long one is smooth but lags: after one
# half-life it has come about half of the way.

# %% [markdown]
# ## One training step, by hand
#
# A step is two updates and two averages. We take small networks of 8 px that are half faded in, the logistic loss with R1
# (notebook [04](04_discriminator_and_losses.ipynb)), and 16 slices. `Networks` holds G, D, the averaged G and two
# Adams ($\beta_1 = 0$, $\beta_2 = 0.99$, epsilon $10^{-8}$ in the paper);
# `g.styles` is the mapping network, `g.draw` the synthesis network. A second set, with the same seed and so the same
# weights, goes to the packaged step, to compare.
#
# Both sets are trained for ten packaged steps first, because the initial weights are a special case: the constant
# is 1 everywhere, so instance normalisation divides by nearly 0.

# %%
size, batch, alpha = 8, 16, ops.convert_to_tensor(0.5)
small = make_config("smoke", resolution=size, r1_interval=1, r1_gamma=1.0, adam_epsilon=1e-5, seed=seed)
nets, packaged = Networks(small), Networks(small)
for each in (nets, packaged):
    each.begin_phase(learning_rate=1e-3, reset=True)
    warm_up = TrainingStep(each, size, batch)
    for i in range(10):
        warm_up(train.uint8_batch(size, i * batch, batch, seed), 0.5, i)
g, d, ema = nets.g, nets.d, nets.ema
print("G and D have", g.count_params(), "and", d.count_params(), "weights")

# %% [markdown]
# **Real images** fade as in idea 2:

# %%
real = ops.convert_to_tensor(train.batch(size, batch, number=0, seed=seed)[..., None])  # (16, 8, 8, 1)
halved = upsample(downsample(real))
real = halved + (real - halved) * alpha

# %% [markdown]
# **Generated images.** Each image needs two latents and its own noise. One choice serves the whole batch: `u[1]`
# decides whether the styles are mixed (with probability 0.9), and `u[0]` where: up to a random layer they come from one
# latent, from there on from the other. This is **mixing regularisation** (paper, section 3.1): neighbouring layers cannot rely on each
# other, and notebook [06](06_sampling.ipynb) can mix styles. `w_mean`, over one set of latents as in the release, is for
# the running mean of w, the centre of the truncation trick.


# %%
def draw():
    """All that is random in one update."""
    z = keras.random.normal((2, batch, small.z_dim), seed=nets.random)
    u = keras.random.uniform((2,), seed=nets.random)
    return z, u, [keras.random.normal(shape, seed=nets.random) for shape in noise_shapes(batch, size)]


def fakes(z, u, noise):
    """Images (16, 8, 8, 1) with mixed styles, and the mean w of the first latents."""
    layers = num_layers(size)
    crossover = 1 + int(u[0] * (layers - 1)) if u[1] < small.style_mixing_prob else layers
    first, second = g.styles(z[0]), g.styles(z[1])  # (16, layers, w_dim)
    ws = ops.concatenate([first[:, :crossover], second[:, crossover:]], axis=1)
    return g.draw(ws, noise, size, alpha), ops.mean(first[:, 0], axis=0)


for_d = draw()
_ = keras.random.uniform((batch, 1, 1, 1), seed=nets.random)  # the packaged step draws these for WGAN-GP: draw them too
for_g = draw()

# %% [markdown]
# **D's update.** Its loss asks for high logits on real images and low ones on generated images. R1 is the squared length
# of D's gradient with respect to the pixels of real images, averaged over the batch. `stop_gradient` keeps this update from
# reaching G. (`penalty_scale` is the $(R/F)^2$ of notebook 04. It is 1 here, as $R = F = 8$.)

# %%
fake, w_mean_d = fakes(*for_d)
fake = ops.stop_gradient(fake)


def d_loss():
    """Logistic loss + gamma / 2 * R1."""
    gradient = input_grad(lambda x: ops.sum(d(x, alpha)), real)
    r1 = ops.mean(ops.sum(gradient**2, axis=(1, 2, 3)))
    loss = ops.mean(ops.softplus(-d(real, alpha))) + ops.mean(ops.softplus(d(fake, alpha)))
    return loss + small.at("r1_gamma", size) / 2 * small.penalty_scale(size) * r1


loss_d, gradients = value_and_grad(d_loss, d.trainable_at(size))
nets.d_optimizer.apply(gradients, d.trainable_at(size))

# %% [markdown]
# **G's update.** It uses the second draw, `for_g`, and the D that was just updated. The gradient passes through D into G, but only G's weights move:


# %%
def g_loss():
    """Non-saturating loss: D should take G's images for real."""
    fake, w_mean = fakes(*for_g)
    return ops.mean(ops.softplus(-d(fake, alpha))), w_mean


(loss_g, w_mean_g), gradients = value_and_grad(g_loss, g.trainable_at(size))
nets.g_optimizer.apply(gradients, g.trainable_at(size))

# %% [markdown]
# **The averages.** The running mean of w, which starts at 0, moves after both passes, with a factor of 0.995 (`w_avg_beta`), the averaged
# generator once (idea 3):

# %%
for w_mean in (w_mean_d, w_mean_g):
    g.w_avg.assign(w_mean + (g.w_avg - w_mean) * small.w_avg_beta)
beta = 0.5 ** (batch / (small.ema_kimg * 1000))
for average, weight in zip(ema.trainable_variables, g.trainable_variables, strict=True):
    average.assign(weight + (average - weight) * beta)
_ = ema.w_avg.assign(g.w_avg)

# %% [markdown]
# That is all. The packaged step does the same, compiled as one function. Its losses and weights beside ours:

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits differ from machine to machine.
logs = TrainingStep(packaged, size, batch)(train.uint8_batch(size, 0, batch, seed), 0.5, 0)
for name, ours in (("d_loss", loss_d), ("g_loss", loss_g)):
    print(f"{name}: by hand {float(ours):.6f}, packaged {float(logs[name]):.6f}")
for name in ("g", "d", "ema"):
    ours, theirs = getattr(nets, name).variables, getattr(packaged, name).variables
    apart = max(np.abs(to_numpy(a) - to_numpy(b)).max() for a, b in zip(ours, theirs, strict=True))
    print(f"{name}: largest difference of a weight {apart:.1e}")
    assert apart < 5e-4, "the step by hand differs from the packaged one"

# %% [markdown]
# **What we see.** The same losses, and the same weights up to rounding. (Where a gradient is nearly 0, as for the first bias
# of G, Adam divides one rounding error by another: a few hundredths of a step of 0.001.) With
# `r1_gamma=10`, `ema_kimg=10` and an epsilon of 1e-8 this is the paper's step, for small networks. A run
# repeats it many thousand times, with a schedule for `size`, `batch`, `alpha` and the learning rate.

# %% [markdown]
# ## How `laptop` differs from the paper
#
# The paper trains for a week on eight GPUs. With its settings, a quarter of an hour on two cores gives only poor heads.
# These changes of the preset `laptop` mattered most:
#
# | setting | paper | `laptop` | why |
# | --- | --- | --- | --- |
# | `clip_black` | off | on | `images = maximum(images, -1)` in `fakes`: values below black become black, as when an image is saved; otherwise D recognises fakes by a background that is not quite black |
# | `loss` | logistic | relativistic | see notebook [04](04_discriminator_and_losses.ipynb); you can compare both below |
# | `learning_rate` up to 64 px | 0.001 | 0.003, and 0 at the end | quick progress; over the last `rampdown_kimg` (10) thousand images the rate falls to 0 in a straight line |
# | `r1_gamma` | 10 | 0.3 at all sizes | in short runs at 32 px, 1 and 3 gave no better brains |
# | `mapping_layers` | 8 | 2 | in early runs eight layers learned slowly (0.01 of the learning rate); with today's recipe at 32 px one run with eight came out ahead: compare them below |
# | `mbstd_group` | 4 | 8 | D compares more images at once |
# | `batch_size` | 128 at 8 and 16 px, 64 at 32 px, 32 at 64 px | 16 at 8 and 16 px, then 8 | more steps in the same time |
# | `r1_interval` | 1 | 16 | R1 is expensive; one extra step of D in 16, on the penalty alone and with 16 times its weight, does no harm ("lazy"; Karras et al. 2019, section 3.1) |
#
# The relativistic loss changes two lines of the step above, with real and generated images in pairs, and its penalty is
# R1 and the same for generated images (R2):
#
# ```python
# loss = ops.mean(ops.softplus(d(fake, alpha) - d(real, alpha)))  # D's
# loss = ops.mean(ops.softplus(d(real, alpha) - d(fake, alpha)))  # G's
# penalty = r1_gamma / 2 * (R / F) ** 2 * (r1 + r2)  # D's
# ```
#
# G's loss compares with the same real images as D's, judged by the D that was just updated. With a lazy penalty, D
# has a separate update for it: at steps 0, 16, 32, ... of the run, after the averages, D takes a third update with
# its own Adam, by the gradient of `16 * penalty` alone. The real images are those of the step; the generated ones for
# R2 are drawn anew. To make up for the additional updates, the learning rate and betas of D's Adam are those of
# StyleGAN2, with $c = 16/17$: the rate times $c$, and $\beta^c$.
#
# The included generators were trained with the relativistic loss and two mapping layers too. All that was tried is in
# [recipes](../docs/recipes.md).

# %% [markdown]
# ## What it will cost
#
# Before a run starts, one should know how long it takes. `estimate` times a few real steps at each level on this machine
# and adds them up over the schedule. You can ignore the second-to-last column: it compares the speed with that of a plain
# matrix product.
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
# The trainer goes through the phases and repeats the step. This is the loop, without what it logs and saves, mirrored slices
# (`flip`), and the line that tells the averaged generator its size and alpha:
#
# ```python
# nets, images, steps = Networks(config), 0, 0
# for phase in make_schedule(config):
#     nets.begin_phase(phase.learning_rate, reset=True)
#     step = TrainingStep(nets, phase.resolution, phase.batch_size)
#     while images < phase.end:
#         real = train.uint8_batch(phase.resolution, images, phase.batch_size, config.seed)
#         nets.set_learning_rate(learning_rate(config, phase, images))
#         step(real, phase.alpha(images), steps)
#         images, steps = images + phase.batch_size, steps + 1
# ```
#
# `uint8_batch` takes the slices that come after the first `images`, in an order that is drawn anew for each pass over
# the data. `learning_rate` is the rate of the phase, lower near the end where `rampdown_kimg` says so. Every
# `snapshot_kimg` thousand images (10 in `laptop`), and at the end of each phase, the trainer saves the averaged generator and a
# checkpoint: all that is needed to go on. Everything is kept in one folder.
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
assert trainer.images >= make_schedule(config)[-1].end
assert np.isfinite([row["d_loss"] + row["g_loss"] for row in history.rows]).all()
print("left in the run folder:", sorted({p.suffix for p in trainer.folder.glob("[!.]*")}))

# %% [markdown]
# ### Stopping, and going on
#
# Stop the training cell above whenever you like (the square button): it finishes its step, saves and ends, and
# `trainer.fit()` goes on from there. After a restart, load the run from its folder, whose name is
# `trainer.folder`:
#
# ```python
# trainer = Trainer(config, slices, "../runs/NAME", resume=True)
# trainer.fit()
# ```
#
# On the same machine the result is the same, to the last bit, as that of a run that never stopped: the networks, their averages, Adam's memory, the
# random numbers and the place in the data are all saved. `trainer.fit(total_kimg=200)` makes a finished run longer; its learning
# rate then rises again, and falls at the new end.
#
# While it trains, a guard watches: at each line of the log, a loss or a weight that is no longer a number stops the run, and
# the last good state is kept.

# %% [markdown]
# ### What the brains looked like on the way
#
# The same latents at the end of each phase:

# %% tags=["nbval-ignore-output"] alt="Samples of the same latents at the end of each phase, from a bright oval at 8 pixels to brains at 64."
# Not compared in CI: the number of phases depends on the preset.
show_run(trainer.folder)

# %% [markdown]
# **What we see** (preset `laptop`). At 8 px there is a bright oval, at 16 px a rim and, in some, a dark line down the
# middle, at 32 px two hemispheres in nearly all, at 64 px folds and ventricles. The images taken right after a fade
# (10, 26 and 50 thousand) are poor: the new level has had few steps. The stable phase repairs that. The paper gives a
# fade a hundred times as many images or more.
#
# Uncurated samples without truncation, of seeds 0 to 15, and below them 16 real training slices:

# %% tags=["nbval-ignore-output"] alt="Sixteen uncurated samples of the run and sixteen real slices."
# Not compared in CI: the preset decides how far the run came.
generator, last_level = trainer.generator, trainer.generator.resolution
uncurated = sampling.sample(generator, range(16), psi=1.0)
beside = train.uint8_batch(last_level, 0, 16, seed)
show_slices(
    np.concatenate([uncurated, beside]), columns=8, title=f"Samples at {last_level} px, psi = 1 (above); slices (below)"
)

# %% [markdown]
# **What we see** (preset `laptop`). Several slice heights, two hemispheres, and ventricles where they belong, though not
# always on both sides. High slices, with hardly any ventricles, come out as well: three of the sixteen samples, three of
# the sixteen slices. The samples are rougher than the slices: folds are blocky, ventricles ragged, and grey and white matter
# run into each other.
#
# ### Do the samples differ?
#
# A generator that draws the same head again and again has **collapsed**. The spread of grey values would not notice:
# heads that differ in brightness or fine texture alone have a large spread. So we ask how many *different slices* the
# images look like. Each of 64 samples is matched with the nearest of 64 real slices, at 16 px and after brightness
# and contrast have been removed. One slice for all samples counts as 1, an even spread over n slices as n. In
# between, where a share $p_k$ of the samples matches slice k, the count is the exponential of the entropy,
# $\exp(-\sum_k p_k \ln p_k)$. The log has this number, divided by that of real slices, as `variety`, and in a stable
# phase a warning comes when it is below a quarter.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: these numbers depend on the preset.
reals = train.uint8_batch(last_level, 0, 128, seed)
one_head = np.clip(reals[:1] * np.linspace(0.5, 1.2, 64)[:, None, None], 0, 255).astype("uint8")
kinds = {
    "other real slices": reals[64:],
    "the generator": varied_samples(generator),
    "one slice, darker and brighter": one_head,
}
for name, images in kinds.items():
    spread = images.std(axis=0).mean()
    print(
        f"{name:30s} look like {different_slices(images, reals[:64]):4.1f} different slices; spread of grey {spread:4.1f}"
    )
print("variety at each saved state:", [row["variety"] for row in history.rows if "variety" in row])

# %% [markdown]
# **What we see** (preset `laptop`). By this count 64 other real slices look like 31 different ones (several may match
# the same slice), and 64 samples of the generator like 24. One slice, darker and brighter, counts as 1, although its
# spread of grey values is two thirds of that of real slices. In the log, variety is 0.79 at the end of 32 px, falls
# to 0.59 while 64 px fades in, and comes back to 0.77 at the end.
#
# ### The losses

# %% alt="Losses of D and G, and D's mean logits for reals and fakes, against thousand images; grey lines mark where a level begins to fade in."
loss_figure(history)

# %% [markdown]
# **What we see** (preset `laptop`). With the relativistic loss, guessing would give D 0.69 (with the logistic one
# 1.39). At 8 px D's loss is close to 0 at first: it wins easily. At 32 and 64 px it stays between 0.25 and 0.45,
# below 0.69: D leads, but does not run away. G's loss rises while a level fades in, and then falls slowly. In the
# lower panel only the gap between the curves counts, because the relativistic loss sees differences alone; both may
# drift together. At 16 and 32 px the gap narrows within the level.
#
# The losses do not tell how good the brains are. For that one needs the scores of notebook [07](07_evaluation.ipynb).
# A first look, from few images; beside it, what `slices of other people` get, which are real. **Precision** is the
# share of samples that lie near a real slice (quality), **recall** the share of real slices that lie near a sample
# (variety). The **Fréchet distance** says how far apart the two sets are; 0 is best. **MS-SSIM** (multi-scale
# structural similarity) says how alike two images are, at several sizes; its mean over random pairs is high where the
# samples repeat each other. `swd` compares small patches; lower is better:

# %% tags=["nbval-ignore-output"]
# Not compared in CI: these numbers depend on the preset.
count = 64 if short else 1000
scores = quick_scores({"this run": generator}, slices, count)
print(f"MS-SSIM of training slices: {scores.attrs['ms_ssim of slices']:.3f}")
scores.round(3)

# %% [markdown]
# **What we see** (preset `laptop`). Nearly eight of ten samples lie among the real slices (precision 0.77; other people's
# slices reach 0.80), and six of ten real slices lie among the samples (recall 0.61; 0.39). The floor of recall is low
# here: the other slices come from only 18 people, and the neighbouring slices of one person lie close together, so their
# balls are small. The generator's rough texture spreads its samples out, so their balls are large. A recall above this
# floor is therefore no success. The
# Fréchet distance, 0.093, is still over three times that of other people's slices, 0.027. MS-SSIM compares pairs: 0.82
# against the slices' 0.80 says that samples resemble each other a little more than slices do. By `swd` the run even beats
# other people's slices (8.9 against 10.4), although its folds are visibly rougher: do not trust a single score. Notebook
# [07](07_evaluation.ipynb) explains these scores.
#
# ## Two settings side by side
#
# Does a setting matter? Train two runs that differ in one setting only, with the same seed, for the same number of images,
# and compare images and scores. The preset `lab` takes three minutes a run, at 32 px.
#
# **Predict.** The second run has the paper's learning rate, a third of the first one's. After only three minutes, by what
# factor will their Fréchet distances differ: less than 1.5, about 2, or about 4? And which run will have the higher
# recall? (With the preset `smoke`, which has that rate already, both runs are the same.)

# %%
compare = {"learning_rate": 0.001}  # what the second run has: try {"mapping_layers": 8} or {"loss": "logistic"}

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the preset decides how long this takes.
first = make_config("smoke", total_kimg=0.5, seed=seed) if short else make_config("lab", seed=seed)
pair = {"first": Trainer(first, slices), f"with {compare}": Trainer(change_config(first, **compare), slices)}
for run in pair.values():
    run.fit()

# %% tags=["nbval-ignore-output"] alt="Eight samples of each of the two runs."
# Not compared in CI: these are images of the two runs.
names = [name for name in pair for _ in range(8)]
drawn = [sampling.sample(run.generator, range(8), psi=1.0) for run in pair.values()]
show_slices(np.concatenate(drawn), [name if i % 8 == 0 else "" for i, name in enumerate(names)], columns=8)

# %% tags=["nbval-ignore-output"]
# Not compared in CI: these numbers depend on the preset.
table = quick_scores({name: run.generator for name, run in pair.items()}, slices, count)
table["variety"] = [*(run.history.rows[-1]["variety"] for run in pair.values()), 1.0]
table.round(3)

# %% [markdown]
# **What we see** (`lab`, learning rate 0.001). The Fréchet distance differs by a factor of four: 0.11 against 0.45.
# Three minutes are too short for ventricles, but in the first row most heads have two halves and a smooth outline; in
# the second they are noisy blobs with ragged outlines. Yet recall, 0.73 against 0.80, and variety, 0.27 against 0.62,
# are higher for the second run. There are two reasons. Noise varies too, and the first run is close to collapse: a variety
# below 0.25 gives a warning, and its MS-SSIM, 0.90, is above that of real slices, 0.87. One score alone can mislead.
#
# One pair of runs is not a finding: another seed gives other numbers. Repeat it with `seed = 1` and `seed = 2` before you
# believe a small difference. Other comparisons that are worth three minutes: `{"mapping_layers": 8}`,
# `{"loss": "logistic"}`, `{"clip_black": False}`, `{"mbstd_group": 1}`. Not every difference shows after three minutes; what
# we got with some of them is in [recipes](../docs/recipes.md).
#
# ## Two learning rates
#
# Two short runs with the logistic loss, at 8 and 16 px: one with a learning rate ten times the paper's, one with the paper's.
#
# **Predict.** Which of the two runs will draw the more varied samples, and which the better head?

# %% tags=["nbval-ignore-output"] alt="Above, sixteen nearly equal heads of the collapsed run; below, sixteen different blobs of the cured one."
# Not compared in CI: the losses differ in the last digits from machine to machine, and end elsewhere.
brief = make_config("smoke", total_kimg=0.5 if short else 6.0, stable_kimg=2.0, seed=seed)
runs = {rate: Trainer(change_config(brief, learning_rate=rate), slices) for rate in (0.01, 0.001)}
for rate, run in runs.items():
    run.fit(progress=False)
    print(f"learning rate {rate}: variety {[row['variety'] for row in run.history.rows if 'variety' in row]}")
drawn = [sampling.sample(run.generator, range(16), psi=1.0) for run in runs.values()]
show_slices(np.concatenate(drawn), columns=16, title="Learning rate 0.01 (above) and 0.001 (below)")

# %% [markdown]
# **What we see.** At 0.01 all sixteen heads are one head, a ring with a dark middle, and its variety falls from 0.75
# to 0.15. It is the better head! At 0.001 there are only blobs after so few images, but sixteen different ones (0.49;
# on the way it was lower, and the log warned there too). Mode collapse is easily overlooked where one looks at a
# single image.
#
# <!-- seen -->
# What goes wrong in GANs, how it shows in the log, and what helps:
#
# | symptom | in the log | cure |
# | --- | --- | --- |
# | D wins: samples stop improving, noisy | `d_loss` near 0, `fake_logit` far below `real_logit`, `g_loss` rises | more `r1_gamma`, larger `learning_rate` for a young level, more images |
# | G wins: D cannot follow | `d_loss` at its start value (1.39 logistic, 0.69 relativistic) | less `r1_gamma` |
# | mode collapse | `variety` falls below 0.25, often with `d_loss` near its start value | lower `learning_rate`, `loss="relativistic"`, larger `mbstd_group` |
# | oscillation: the same latents look different at every saved state | `d_loss` and `g_loss` swing | lower `learning_rate`, `rampdown_kimg`, longer `ema_kimg` |
# | grain, checkerboards | none; look at the images | more images at the last level, `rampdown_kimg` |
# | NaN | the run stops and names the loss | lower `learning_rate`; `mixed_precision=False`, where you had turned on this setting (it computes the larger levels in 16 bits, on GPUs that can) |
#
# ## Continue a long run
#
# A quarter of an hour is short. The included generator `cohort128` was trained for about three hours, up to 128 px,
# and its file holds the discriminator too. `continued_config` takes its settings, and `start_from` its networks. The
# same works with the folder of a run of yours, with your own slices (`data`), and at the next resolution
# (`resolution=256`). On the command line: `.venv/bin/python -m oasis_helpers train --start-from cohort128 --set total_kimg=4`.

# %%
continue_from = "cohort128"  # or the folder of a run of yours
continue_kimg = None  # for so many thousand images; None takes 4, about five minutes

# %% tags=["nbval-ignore-output"]
# Not compared in CI: how long this takes depends on the machine.
kimg = continue_kimg or (0.008 if short else 4.0)
quick = {"log_kimg": kimg / 4, "snapshot_kimg": kimg, "seed": seed, "jit_compile": not short}
on = continued_config(continue_from, total_kimg=kimg, **quick)
longer = Trainer(on, slices, start_from=continue_from)
before = sampling.sample(longer.generator, range(8), psi=1.0)
_ = longer.fit()

# %% tags=["nbval-ignore-output"] alt="Eight samples before and the same eight after the further training."
# Not compared in CI: these are images of that run.
after = sampling.sample(longer.generator, range(8), psi=1.0)
show_slices(
    np.concatenate([before, after]), columns=8, title=f"{continue_from}, psi = 1: before (above) and after (below)"
)

# %% [markdown]
# **What we see.** The same brains, seed by seed, with small changes of their ventricles and folds. Five minutes more
# after three hours make no visible difference in quality: progress slows down.

# %% [markdown]
# ### Loading the generator

# %%
loaded = load_generator(trainer.folder)
again, once = sampling.sample(loaded, range(4)), sampling.sample(generator, range(4))
print("pixels that differ after loading:", int((again != once).sum()))

# %% [markdown]
# ## Limits
#
# - Runs this short show how training works, and their images show it. The paper trains with 25 million images, nearly
#   400 times more than `laptop`.
# - The cohort is synthetic. Its people descend from one template brain, so there is less to learn than in real data.
# - With few people a discriminator can learn them by heart. Against that, `make_config(ada_target=0.6)` shows it real and
#   generated images augmented (moved, turned, bent), with a probability that rises with D's confidence on real images
#   (**ADA**, Karras et al. 2020).
# - A generated brain is nobody's brain. It is not a patient, and no statement about patients follows from it.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1. Build.** Write the whole schedule. All counts are in thousand images. Training starts at 8 px. Each resolution has a
# stable phase of `stable` thousand; the next one is then faded in over `fade` thousand. At `last` px it stops growing.
# Return the resolution at which the networks work after `images` thousand (in a fade, the new one), and alpha.


# %% tags=["exercise"]
def my_schedule(images, stable, fade, last):
    """Resolution in pixels, and alpha: 1 in a stable phase, from 0 to 1 in a fade."""
    # <solution>
    resolution, next_fade = 8, stable
    while resolution < last and images >= next_fade:
        resolution *= 2
        if images < next_fade + fade:
            return resolution, (images - next_fade) / fade
        next_fade += fade + stable
    return resolution, 1.0
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_schedule(my_schedule)

# %% [markdown]
# **2. Break.** Give the average a half-life of a million images (`ema_kimg=1000`) in a run of 4 thousand. Predict what the
# *averaged* generator draws at the end:
#
# 1. the same as G, which has learned to draw heads;
# 2. patterns like those that G drew before training;
# 3. heads half as bright, a mean of before and after;
# 4. nothing: its images are black.
#
# Fill in the number. Then run the next cell. Its rows: A before training, B the trained G, C its average.

# %% tags=["exercise"]
# <solution>
draws = 2  # 0.5 ** (4 / 1000) of its start value is left, 0.997
# </solution>
# <stub>
# draws = ...
# </stub>
checks.check_slow_average(draws)

# %% tags=["nbval-ignore-output"] alt="Three rows of eight images: black and white patterns before training, blurred heads of G, and patterns of its average."
# Not compared in CI: these are images of that run.
slow = Trainer(change_config(brief, total_kimg=0.5 if short else 4.0, learning_rate=0.01, ema_kimg=1000.0), slices)
untrained = Networks(slow.config)  # the same seed, so the same start values
slow.fit(progress=False)
rows = {"A": untrained.g, "B": slow.nets.g, "C": slow.generator}  # before training, G, its average: so what is C?
for each in (slow.nets.g, untrained.g):
    each.grow_to(slow.generator.resolution)  # a generator draws at the resolution that it is told
drawn = np.concatenate([sampling.sample(each, range(8), psi=1.0) for each in rows.values()])
show_slices(drawn, [name if i == 0 else "" for name in rows for i in range(8)], columns=8)

# %% [markdown]
# **What we see.** Row C shows untrained patterns, as row A does, though not the same ones: a new network divides by
# nearly 0 (see "One training step, by hand"), so even a change of 0.3 % is enough for other patterns.
#
# **3. Read the figure.** Look again at the staircase of the preset `paper`, at the top of idea 1. After how many *thousand*
# images has 32 px fully faded in?

# %% tags=["exercise"]
# <solution>
kimg = 600 * 4  # where the step to 32 px ends: 8 px, fade to 16 px, 16 px, fade to 32 px
# </solution>
# <stub>
# kimg = ...
# </stub>
checks.check_grown_kimg(kimg)

# %% [markdown]
# ## Recap
#
# 1. A step updates D, then G, then the averages, and every 16th one D once more by its penalty; the schedule counts images: stable at a level, then a fade to the next.
# 2. In a fade, generated and real images are both a mix of old and new, so neither is given away by sharpness.
# 3. We sample from a slow average of the generator's weights.
# 4. Variety is counted in different slices, not in grey values. Two settings are compared at the same length and seed.
# 5. A run leaves its configuration, log, weights and images in one folder.
#
# **Next:** [06 · What did it learn, and what can you ask it for?](06_sampling.ipynb)
