# %% [markdown]
# # 04 · What teaches the generator, and who teaches the teacher?
#
# The generator never sees a real brain. All it learns, it learns from a second network, the **discriminator**, which
# sees real and generated images and says which is which. The discriminator in turn learns from the data, and from a
# rule that keeps it a good teacher.
#
# **Goals.** After it you can
#
# 1. follow an image down the discriminator and name the shapes;
# 2. compute the minibatch standard deviation and say what it is for;
# 3. say why the generator's loss is the non-saturating one;
# 4. make one training step of a generator, and say which weights it moves;
# 5. compute R1, and say what it does to the slope that the generator climbs;
# 6. name two other losses, WGAN-GP and the relativistic one, and how they differ.
#
# **Needs** nothing but this repository; notebook 03 for the generator. **Takes** about 45 minutes to read, under a
# minute to run on two cores or a GPU.

# %%
from oasis_helpers import checks, device_name, load_data, make_config
from oasis_helpers.engine import compile_function, input_grad, to_numpy, value_and_grad
from oasis_helpers.errors import check_choice, check_number, check_whole
from oasis_helpers.images import to_float, upright
from oasis_helpers.networks.discriminator import Discriminator
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import EqualizedDense, downsample, minibatch_stddev, upsample
from oasis_helpers.training import losses
from oasis_helpers.view.figures import crop_to_brain, show_slices, subplots

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
resolution = 64  # side of the images in pixels; a power of two, 8 to 256; 8 leaves a single level to fade
people = 4  # virtual people whose slices we look at; 3 to 12 here, 2 seconds each the first time
mbstd_group = 4  # images that are compared with each other; 1, 2 or 4 here; 1 turns it off
r1_gamma = 10.0  # weight of R1 in the toy; 0 to 100; 0 turns it off
learning_rate = 0.005  # of the toy's discriminator; 0.0001 to 0.05; it cannot be turned off
seed = 0  # of weights, people and points; any whole number from 0

# %%
check_whole("resolution", resolution, 8, 256)
check_whole("people", people, 3, 12)
check_choice("mbstd_group", mbstd_group, (1, 2, 4))
check_number("r1_gamma", r1_gamma, 0, 100)
check_number("learning_rate", learning_rate, 0.0001, 0.05)
config = make_config(
    "laptop",
    resolution=resolution,
    people=people,
    mbstd_group=mbstd_group,
    r1_gamma=r1_gamma,
    learning_rate=learning_rate,
    seed=seed,
)
discriminator = Discriminator(config)
rng = np.random.default_rng(seed)
data = load_data(people=config.people, seed=config.seed, progress=False)
print(f"{discriminator.count_params():,} parameters; slices of {len(data.people)} people")

# %% [markdown]
# ## The path of one image
#
# The discriminator D is the generator's mirror image, without styles and noise. `from_gray` turns the grey image
# into feature maps with a 1x1 convolution. Each level then has two 3x3 convolutions, and the second halves the
# image (it is smoothed first). At 4 px the **head** makes one number out of what is left. This number, the
# **logit** $D(x)$, is high for "real" and low for "fake". Any number is allowed; the losses below turn it into a
# judgement.
#
# We look at four slices, each of a different person.

# %%
slices = to_float(data.level(resolution))[..., None]  # all, 32 a person, -1 to 1; networks want a channel axis
middle = 16 + 32 * (np.arange(4) % people)
reals = slices[middle]
x = discriminator.from_gray[-1](reals)
print("image  ", reals.shape, "-> maps", tuple(x.shape))
for block in reversed(discriminator.blocks):
    x = block(x)
    print("halved   ", tuple(x.shape))
logits = to_numpy(discriminator.head(x))
print("logits   ", logits.shape)
assert np.allclose(logits, to_numpy(discriminator(reals)), atol=1e-4)  # the packaged network does the same

# %% [markdown]
# ## Idea 1: minibatch standard deviation
#
# A lazy generator draws the same image for every z; that is called **mode collapse**. Image by image, D could not object: each one looks fine. So
# the head also sees **how varied the batch is** (Karras et al. 2017, section 3). In a group of $n$ images with
# feature maps $x_{i,p}$ ($i$ counts the images, $p$ runs over the pixels of all maps):
#
# $$v = \frac{1}{P} \sum_{p=1}^{P} \sqrt{\frac{1}{n} \sum_{i=1}^{n} (x_{i,p} - \bar{x}_p)^2 + \varepsilon}$$
#
# $\bar{x}_p$ is the mean over the group, $P$ the number of pixels in all maps, $\varepsilon = 10^{-8}$. The one
# number $v$ is appended to each image as an extra map, the same everywhere. The group has 4 images in the paper; a larger
# batch is cut into groups. Real and generated images come in separate batches.
#
# The toy version, by hand, on the four slices themselves as a group of 4:

# %%
deviation = np.sqrt(((reals - reals.mean(axis=0)) ** 2).mean(axis=0) + 1e-8)  # (R, R, 1), one per pixel
v = deviation.mean()
packaged = to_numpy(minibatch_stddev(reals, group=4))
print(reals.shape, "->", packaged.shape)
print(f"v is {v:.4f} by hand; the package's new map holds {packaged[..., 1].min():.4f} to {packaged[..., 1].max():.4f}")
print("maps that the head's convolution sees:", discriminator.head.conv.kernel.shape[2])
assert np.allclose(packaged[..., 1], v, atol=1e-5) and np.allclose(packaged[..., :1], reals)

# %% [markdown]
# **Predict.** Three batches: one slice four times, four neighbouring slices of one person, and the slices of four
# people. Which has the largest $v$? How large is it for the copies?

# %% alt="Three batches of four slices with their variety v: copies 0, neighbouring slices more, different people most."
rows = {"copies": middle[[0] * 4], "neighbours": middle[0] + np.arange(4), "people": middle}
titles = []
for name, row in rows.items():
    v = to_numpy(minibatch_stddev(slices[row], group=config.mbstd_group))[:, 0, 0, -1]  # one number per image
    titles += [f"{name}: v = {value:.3f}" for value in v]
    print(f"{name:10} v = {v.mean():.3f}")
show_slices(slices[np.concatenate(list(rows.values()))], titles, columns=4, size=2.0, crop=True)

# %% [markdown]
# **What we see.** Zero for copies, more for neighbours, most for different people. A discriminator that sees $v$ can
# say: "real batches are never this alike". A generator that repeats itself then loses, and has to vary. In the
# network, $v$ is taken from the last feature maps at 4 px, not from grey values. It makes repetition visible; it does
# not promise that the generator draws every kind of brain. Notebooks [05](05_progressive_training.ipynb) (variety) and
# [07](07_evaluation.ipynb) (recall) check whether it does.

# %% [markdown]
# ## Idea 2: fading, seen from the discriminator
#
# ![Diagram of the discriminator while a level fades in: the new level and the old way in, weighted by alpha and 1 - alpha.](../docs/diagrams/discriminator.svg)
#
# When a level fades in, the generator shows a blend (notebook 03). The discriminator blends too, at its entrance:
#
# $$h = (1 - \alpha)\,\mathrm{from}_{R/2}(\mathrm{half}(x)) + \alpha\,\mathrm{block}(\mathrm{from}_R(x))$$
#
# $x$ is the image, $\mathrm{half}$ takes the mean of 2x2 pixels, $\mathrm{from}_R$ is the `from_gray` of
# resolution $R$, $\mathrm{block}$ the new level, and $h$ are the maps that go on downwards. $\alpha$ rises from 0 to 1.
#
# The toy version of $\mathrm{half}$:

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
toy = (reals[:, ::2, ::2] + reals[:, 1::2, ::2] + reals[:, ::2, 1::2] + reals[:, 1::2, 1::2]) / 4
halved = downsample(reals)
print(reals.shape, "->", tuple(halved.shape), f"; largest difference: {abs(to_numpy(halved) - toy).max():.1e}")
assert np.allclose(to_numpy(halved), toy, atol=1e-5)

# %% [markdown]
# **Predict.** Take a slice, and the same slice halved and doubled again: its finest detail is lost. At which alpha can
# the discriminator tell them apart?

# %% alt="How much the finest detail changes D's logit, against alpha: nothing at 0, more above."
coarse = upsample(halved)
alphas = np.linspace(0, 1, 11)
gap = []
for alpha in alphas:
    fine_logits, coarse_logits = (to_numpy(discriminator(images, alpha=alpha)) for images in (reals, coarse))
    gap.append(abs(fine_logits - coarse_logits).mean())
figure, axes = subplots(1, 3, figsize=(9, 3.0))
for ax, image, title in zip(axes, (reals[0], to_numpy(coarse)[0]), ("slice", "halved, doubled"), strict=False):
    ax.imshow(upright(image[..., 0]), cmap="gray", vmin=-1, vmax=1)
    crop_to_brain(ax)
    ax.set(title=title, xticks=[], yticks=[])
axes[2].plot(alphas, gap, "o-")
axes[2].set(title="how far their logits lie apart", xlabel="alpha", ylabel="difference of the logits")
assert gap[0] < 1e-4 < min(gap[1:])
figure

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
before = to_numpy(discriminator(halved))  # the network as it was, with one level less
grown = to_numpy(discriminator(reals, alpha=0.0))
print("logits before growing:", before.round(3), " at alpha 0:", grown.round(3))
assert np.allclose(grown, before, atol=1e-3)

# %% [markdown]
# **What we see.** At every alpha but 0: there the finest detail has no way into the network. The logits at alpha 0 are
# those of the smaller network, so growing changes nothing at first. Alpha is the same in D and in G, so neither gains
# detail before the other. How the
# curve rises says little here, because the head is untrained. It shows what D *can* see, not what it knows.

# %% [markdown]
# ## Idea 3: the logistic loss
#
# D is a classifier, and its loss is the usual cross-entropy (Goodfellow et al. 2014):
#
# $$L_D = \mathrm{softplus}(-D(x)) + \mathrm{softplus}(D(G(z))), \qquad \mathrm{softplus}(t) = \ln(1 + e^t)$$
#
# $x$ is a real image, $G(z)$ a generated one; both terms are means over the batch. $\mathrm{softplus}(-D(x))$ is
# minus the logarithm of the probability $1 / (1 + e^{-D(x)})$ (the **sigmoid** of the logit) that D gives to "real". For
# the generator there are two choices:
#
# - **saturating**: make D's loss large, $L_G = -\mathrm{softplus}(D(G(z)))$;
# - **non-saturating**: make "real" likely, $L_G = \mathrm{softplus}(-D(G(z)))$. This is what StyleGAN takes.
#
# The toy version:

# %%
real, fake = rng.normal(1, 2, 8).astype("float32"), rng.normal(-1, 2, 8).astype("float32")
toy = np.log(1 + np.exp(-real)).mean() + np.log(1 + np.exp(fake)).mean()
print(f"D's loss by hand {toy:.4f}, by the package {float(to_numpy(losses.logistic_d(real, fake))):.4f}")
zero = np.zeros(8, "float32")
print(f"at logits 0: D {to_numpy(losses.logistic_d(zero, zero)):.3f}, G {to_numpy(losses.logistic_g(zero)):.3f}")
print(f"2 ln 2 = {2 * np.log(2):.3f}, ln 2 = {np.log(2):.3f}")

# %% [markdown]
# A D that knows nothing gives 0 to everything, and its logistic loss is 2 ln 2 = 1.39. Remember this number when you
# read a training curve. (It belongs to this loss: with the relativistic loss below it is ln 2 = 0.69.)
# (A variant is **label smoothing**: D is asked to call reals 0.9 instead of 1, so that its logits stay moderate. The
# setting `label_smoothing` turns it on.)
#
# **Predict.** Early in training D is confident about every fake: its logit is -5, say. The generator's gradient contains the
# **slope** of its loss with respect to the logit. How large is that slope there, for each of the two losses: about 0, a
# half, or 1?

# %% alt="Two losses of the generator and their slopes against the logit; the saturating one is flat where D is confident about a fake."
t = np.linspace(-6, 6, 121).astype("float32")
sigmoid = 1 / (1 + np.exp(-t))
figure, axes = subplots(1, 2, figsize=(9, 3.4))
axes[0].plot(t, np.log(1 + np.exp(-t)), "-", label="non-saturating: softplus(-D)")
axes[0].plot(t, -np.log(1 + np.exp(t)), "--", label="saturating: -softplus(D)")
axes[1].plot(t, 1 - sigmoid, "-")
axes[1].plot(t, sigmoid, "--")
axes[0].set(title="the generator's loss", xlabel="logit of a fake, D(G(z))", ylabel="loss")
axes[1].set(title="size of its slope", xlabel="logit of a fake, D(G(z))", ylabel="slope")
axes[1].axvline(-5, color="0.6", linewidth=1)
axes[0].legend()
figure

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
packaged = to_numpy(input_grad(losses.logistic_g, ops.convert_to_tensor(t))) * len(t)  # its loss is a mean
print(f"largest difference between the first curve and the package: {abs(packaged - (sigmoid - 1)).max():.1e}")
at_minus_5 = sigmoid[10]
print(f"slope at logit -5: non-saturating {1 - at_minus_5:.3f}, saturating {at_minus_5:.3f}")
assert np.allclose(packaged, sigmoid - 1, atol=1e-4) and t[10] == -5

# %% [markdown]
# **What we see.** Both losses fall as D is fooled. But where D is confident about a fake, the saturating loss is flat: the
# worst images teach least. The non-saturating one is steepest just there, with a slope near 1. On the right, where
# D is fooled already, its slope vanishes.

# %% [markdown]
# ## One step of the generator
#
# Now we make one training step of the generator. Draw a batch of fakes, let D judge them, and ask of every **weight
# of the generator** in which direction $L_G$ falls. The gradient passes through D, but D's weights stay as they are.
# Then Adam moves the weights of G.
#
# At its very first step Adam divides each gradient by its own size, as it has seen no other. So with learning rate
# $r$ every weight that has a gradient should move by $r$, in the direction that lowers the loss. We compute that by hand, with a very
# small $r$: the loss of an untrained network is so strongly curved that its gradient is a good guide only for tiny steps.
#
# **Predict.** The loss is a mean over four fakes. Will the logit of each of the four rise, or only their mean?

# %%
generator = Generator(config)
rate = 3e-6
adam = keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99, epsilon=1e-8)
adam.build(generator.trainable_variables)
z = ops.convert_to_tensor(rng.standard_normal((4, config.z_dim)).astype("float32"))


def loss_of_g():
    """L_G of four fakes, as a function of the generator's weights."""
    return losses.logistic_g(discriminator(generator(z)))


before, logits_before = [to_numpy(v) for v in generator.trainable_variables], to_numpy(discriminator(generator(z)))
loss_before, grads = value_and_grad(loss_of_g, generator.trainable_variables)
adam.apply(grads, generator.trainable_variables)

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
moved, by_hand, epsilon = {}, {}, 1e-8 / np.sqrt(1 - 0.99)  # Adam's epsilon, as it acts in the first step
for v, old, g in zip(generator.trainable_variables, before, map(to_numpy, grads), strict=True):
    moved[v.path] = to_numpy(v) - old
    by_hand[v.path] = -rate * g / (abs(g) + epsilon)
drawing = [path for path in moved if "mapping" not in path]  # the mapping network's are in the hundreds and rounded
differences = [abs(moved[path] - by_hand[path]).max() for path in drawing]
logits_after = to_numpy(discriminator(generator(z)))
changed = sum(bool(change.any()) for change in moved.values())
print(f"{changed} of {len(moved)} arrays of weights moved; largest difference by hand: {max(differences):.1e}")
print(f"logits of the fakes before: {logits_before.round(2)}, on average {logits_before.mean():.2f}")
print(f"logits of the fakes after:  {logits_after.round(2)}, on average {logits_after.mean():.2f}")
print(f"loss of G before: {float(to_numpy(loss_before)):.4f}, after: {float(to_numpy(loss_of_g())):.4f}")
assert max(differences) < 1e-6

# %% [markdown]
# **What we see.** All four logits rise, so the loss of G falls. (Arrays that have no part in these images
# stand still: the noise strengths, and `to_gray` of the lower levels. The small difference from our step is rounding.) Try
# `rate = 1e-4`: single logits then fall, because all fakes share the weights, and a long step leaves the region where
# the gradient is valid. One such step for D, on reals and fakes, and one for G: that is a step of GAN training. The
# packaged `TrainingStep` of notebook [05](05_progressive_training.ipynb) does the same, and keeps an average of the
# generator besides.

# %% [markdown]
# ## Idea 4: R1, the rule for the teacher
#
# $\nabla_x D$ is the slope of the logit with respect to each pixel: the direction in which a fake *image* would have to
# change for D's logit to rise. By the chain rule the generator's gradient is the slope of its loss, times $\nabla_x D$,
# times the derivative of the image with respect to the weights of G. The losses so far do not limit how steep D may be, or where. **R1** (Mescheder et al. 2018,
# equation 9) adds a penalty on the slope of D at the reals:
#
# $$R_1 = \mathrm{mean}_x\, \lVert \nabla_x D(x) \rVert^2, \qquad \text{added to } L_D \text{ as } \frac{\gamma}{2} R_1$$
#
# $x$ is a real image;
# $\lVert \cdot \rVert^2$ is the sum of squares; $\gamma$ (gamma) is the weight, 10 in the paper. The reason: once
# the fakes look like the reals, training should come to rest, and for that the gradient must be zero there.
#
# One case can be worked out by hand: a **linear** D, $D(x) = a \cdot x$, has the slope $a$ everywhere, so
# $R_1 = \lVert a \rVert^2$.

# %%
a = rng.normal(0, 0.5, (4, 4, 1)).astype("float32")
images = ops.convert_to_tensor(rng.normal(0, 1, (6, 4, 4, 1)).astype("float32"))


def linear(x):
    """D(x) = a x, (b, 4, 4, 1) -> (b,)."""
    return ops.sum(x * a, axis=(1, 2, 3))


r1 = float(to_numpy(losses.r1_penalty(linear, images)))
steeper = float(to_numpy(losses.r1_penalty(lambda x: 2 * linear(x), images)))
print(f"|a|^2 = {np.sum(a**2):.3f}, R1 = {r1:.3f}")
print(f"twice as steep: R1 is {steeper / r1:.2f} times as large")
assert np.isclose(r1, np.sum(a**2), rtol=1e-4)

# %% [markdown]
# ### With respect to which pixels?
#
# In short: while a run that ends at $F$ px trains at $R$ px, R1 is multiplied by $(R/F)^2$. Why? The official release
# feeds D with images of $F$ by $F$ pixels all the time: small ones are enlarged, and D averages them down again. So its
# gradient is taken with respect to the $F^2$ large pixels. A small pixel is the mean of $(F/R)^2$ large ones, so by the
# chain rule each of these gets $(R/F)^2$ of the small pixel's gradient. Squared, that is $(R/F)^4$, and there are $(F/R)^2$
# times as many pixels:
#
# $$\left(\tfrac{F}{R}\right)^2 \left(\tfrac{R}{F}\right)^4 \lVert \nabla_{x_R} D \rVert^2
# = \left(\tfrac{R}{F}\right)^2 \lVert \nabla_{x_R} D \rVert^2$$
#
# At 8 px, in a run that ends at 256 px, R1 is 1024 times weaker than with respect to the small pixels. Our configuration
# does the same: its setting `penalty_pixels` is `"final"` (with `"level"` it takes the small pixels). With our linear D of
# 4 px in a run to 16 px:

# %%
large = upsample(upsample(images))  # 4 px enlarged to 16 px


def averaging(x):
    """The linear D, after averaging 16 px down to 4 px as in the release."""
    return linear(downsample(downsample(x)))


by_large = float(to_numpy(losses.r1_penalty(averaging, large)))
print(f"by the 4 px pixels {r1:.4f}, by the 16 px pixels {by_large:.4f}: a factor of {r1 / by_large:.1f}")
print(f"the packaged factor is {1 / make_config('paper', resolution=16).penalty_scale(4):.1f}")

# %% [markdown]
# ### A discriminator that we can look at
#
# An image of 64x64 pixels is a point in 4096 dimensions. We take images of **1x2 pixels**: points in a plane. The
# same packaged losses work on them. Two overlapping sets of 40 points stand for reals and fakes.

# %%
n = 40
points = [rng.normal((x, 0), 0.8, (n, 2)).astype("float32").reshape(n, 1, 2, 1) for x in (1, -1)]
real_points, fake_points = [ops.convert_to_tensor(p) for p in points]
print("reals:", tuple(real_points.shape), "= (images, height, width, 1)")


def make_critic(width=64):
    """Make a small discriminator for 1x2 images: two hidden layers. Returns it and its variables."""
    net = keras.Sequential([keras.Input((1, 2, 1)), keras.layers.Flatten()])
    for i in range(2):
        net.add(EqualizedDense(width, seed=seed + i))
        net.add(keras.layers.LeakyReLU(0.2))
    net.add(EqualizedDense(1, gain=1.0, seed=seed + 2))
    return lambda x: net(x)[:, 0], net.trainable_variables  # logits (b,)


# %%
def train_critic(gamma, steps=400):
    """Train a critic on the two sets with (gamma / 2) R1; returns it."""
    critic, variables = make_critic()
    adam = keras.optimizers.Adam(config.at("learning_rate", resolution), beta_1=0.0, beta_2=0.99)
    adam.build(variables)

    def step(real, fake):
        def loss():
            return losses.logistic_d(critic(real), critic(fake)) + gamma / 2 * losses.r1_penalty(critic, real)

        value, grads = value_and_grad(loss, variables)
        adam.apply(grads, variables)
        return value

    compiled = compile_function(step, [*variables, *adam.variables], jit=False)
    for _ in range(steps):
        compiled(real_points, fake_points)
    return critic


# %% [markdown]
# **Predict.** We train it for 400 steps without R1 and with it. The colour below is the probability that D gives to
# "real". Each arrow is the gradient of the logit at a fake: where training sends it. Where will the arrows
# point?

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
axis = np.linspace(-4, 4, 81).astype("float32")
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 1, 2, 1)
gammas = (0.0, r1_gamma)
critics = [train_critic(gamma) for gamma in gammas]
r1, arrows = [], []
for gamma, critic in zip(gammas, critics, strict=True):
    r1.append(float(to_numpy(losses.r1_penalty(critic, real_points))))
    arrows.append(to_numpy(input_grad(lambda x, critic=critic: ops.sum(critic(x)), fake_points))[:, 0, :, 0])
    print(f"gamma = {gamma:g}: R1 at the reals {r1[-1]:.3g}")
print(f"R1 is {r1[0] / r1[1]:.0f} times smaller with gamma = {r1_gamma:g}, learning rate {learning_rate:g}")

# %% alt="Two landscapes of D with reals, fakes and arrows: a cliff with arrows in many directions without R1, a gentle slope towards the reals with it."
figure, axes = subplots(1, 2, figsize=(9, 4.2), sharex=True, sharey=True)
for ax, critic, gamma, value, arrow in zip(axes, critics, gammas, r1, arrows, strict=True):
    probability = to_numpy(ops.sigmoid(critic(grid))).reshape(81, 81)
    filled = ax.contourf(axis, axis, probability, levels=np.linspace(0, 1, 21), cmap="cividis")
    longest = np.linalg.norm(arrow, axis=1).max()  # drawn 1.5 long
    x, y = points[1][:, 0, :, 0].T
    ax.quiver(x, y, *(1.5 * arrow / longest).T, color="white", edgecolor="k", linewidth=0.4, scale_units="xy", scale=1)
    ax.plot(*points[0][:, 0, :, 0].T, "o", color="black", markerfacecolor="white", markersize=5, label="reals")
    ax.plot(x, y, "kx", markersize=5, label="fakes")
    ax.set(aspect="equal", xlabel="first pixel")
    ax.set_title(f"gamma = {gamma:g}, R1 = {value:.3g}; longest arrow: slope {longest:.2g}", fontsize=10)
axes[0].set_ylabel("second pixel")
axes[0].legend(loc="lower left", fontsize=8)
figure.colorbar(filled, ax=axes, label='probability of "real"', ticks=[0, 0.25, 0.5, 0.75, 1])
figure

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
for gamma, arrow in zip(gammas, arrows, strict=True):  # within 37 degrees of the direction (1, 0), since cos 37 is 0.8
    towards = np.mean(arrow @ (1, 0) > 0.8 * np.linalg.norm(arrow, axis=1))
    print(f"gamma = {gamma:g}: {towards:.0%} of the arrows point towards the reals, which lie to the right")

# %% [markdown]
# **What we see.** Without R1, a cliff between the two sets, and D is certain nearly everywhere. Most fakes on the
# dark side are sent along the cliff, not across it: fewer than half of the arrows point towards the reals. With R1, a
# gentle slope, and most arrows point there. (The lengths have a scale of their own in each panel, see the titles.) D
# is less confident, and its gradient is more useful.
#
# R1 needs the derivative of a derivative, so it is expensive. StyleGAN2, the next paper of the same authors (Karras et al.
# 2019, section 3.1), found that it is enough to apply it every 16 steps
# with 16 times the weight (**lazy R1**): the `laptop` preset does so (`r1_interval`), the paper's StyleGAN applies it
# at every step.

# %% [markdown]
# ## Idea 5: the other loss, WGAN-GP
#
# **WGAN-GP** is short for Wasserstein GAN with gradient penalty. `make_config(loss="wgan-gp")` trains with its pair of
# losses (Gulrajani et al. 2017). D is a **critic** without softplus:
#
# $$L_D = D(G(z)) - D(x) + \lambda\,(\lVert \nabla_{\hat x} D(\hat x) \rVert - 1)^2 + \epsilon\,D(x)^2,
# \qquad L_G = -D(G(z))$$
#
# $\hat x$ is a random point on the line between a real and a fake, $\lambda = 10$, and $\epsilon = 0.001$ keeps the
# logits from drifting away (Karras et al. 2017, appendix A). The penalty wants slopes of length **1** between the
# clouds, where R1 wants **0** on the reals. For the linear critic it is $(\lVert a \rVert - 1)^2$.

# %%
other = make_config("laptop", loss="wgan-gp")
print(f"loss {other.loss}, lambda {other.wgan_lambda:g}, drift {other.wgan_drift:g}")
mix = rng.random((6, 1, 1, 1)).astype("float32")
fakes = ops.convert_to_tensor(rng.normal(0, 1, (6, 4, 4, 1)).astype("float32"))
penalty = float(to_numpy(losses.gradient_penalty(linear, images, fakes, mix)))
length = np.sqrt(np.sum(a**2))
print(f"(|a| - 1)^2 = {(length - 1) ** 2:.3f}, gradient penalty = {penalty:.3f}")
unit = float(to_numpy(losses.gradient_penalty(lambda x: linear(x) / length, images, fakes, mix)))
print(f"for a critic of slope 1 it is {abs(unit):.3f}")

# %% [markdown]
# The paper takes WGAN-GP for its CelebA-HQ images, and the logistic loss with R1 for the newer FFHQ set, because each
# gave the best results on its data set. The presets `gpu` and `paper` take the second.

# %% [markdown]
# ## A third loss, for short runs
#
# All losses so far ask of a fake only that it looks real. A generator that draws one good brain over and over can do
# so for a long time: mode collapse again. The minibatch standard deviation works against it, but slowly. The
# **relativistic** loss (Jolicoeur-Martineau 2018) lets each fake compete with a real:
#
# $$L_D = \text{softplus}(D(G(z)) - D(x)), \qquad L_G = \text{softplus}(D(x) - D(G(z)))$$
#
# Only the difference counts. Real brains of a kind that the generator never draws keep beating its fakes, so it can
# always lower its loss by drawing that kind. With R1 for reals *and* fakes (R2) it is stable (Huang et al. 2024).
# `make_config(loss="relativistic")` trains with it. The presets `lab` and `laptop` take it, and the included
# generators were trained with it.

# %% [markdown]
# ## Limits
#
# - In the plane, we can see the landscape. In 4096 dimensions nobody can; R1 and the logits in the training log are all
#   that we get (notebook 05).
# - The fakes in the plane stood still. In training they move, and D must follow; exercise 2 shows what happens then
#   without R1.
# - D judges whether an image looks like the training set. It knows nothing of health or disease, and a high logit is
#   no diagnosis. Samples are not patients.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# The exercises use the smallest GAN there is (the **Dirac-GAN** of Mescheder et al. 2018). An image is a single number.
# All reals are 0. The generator has one weight $\theta$ and always draws the number $\theta$. The discriminator has one
# weight $a$, and its logit is $D(x) = a\,x$.
#
# **1. Build.** Write one training step with the logistic losses and R1, by plain gradient descent: first D, then G with
# the new D. You need four things: $L_D = \mathrm{softplus}(-D(0)) + \mathrm{softplus}(D(\theta)) + \frac{\gamma}{2} R_1$,
# the non-saturating $L_G$, that the slope of softplus is the sigmoid, and what $R_1$ is for a linear D.


# %% tags=["exercise"]
def my_gan_step(theta, a, learning_rate, gamma):
    """Return theta and a after one step of D and one step of G."""
    # <solution>
    a = a - learning_rate * (theta / (1 + np.exp(-a * theta)) + gamma * a)
    theta = theta + learning_rate * a / (1 + np.exp(a * theta))
    return theta, a
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_gan_step(my_gan_step)

# %% [markdown]
# **2. Break.** The fake starts at $\theta = 1$, and D at $a = 0$. With R1, $\gamma = 1$, it moves to the real, 0, and
# stays. Now take R1 away, and make 400 steps with learning rate 0.1. Predict: does the fake
#
# 1. move to the real a little later, and stay there,
# 2. pass the real again and again, and come closer only slowly,
# 3. run away, further with every step,
# 4. stay where it was?
#
# Fill in the number of your answer. Then run the next cell, which does it for three values of gamma.

# %% tags=["exercise"]
# <solution>
answer = 2  # D's slope changes its sign only after the fake has passed, so the fake swings to and fro
# </solution>
# <stub>
# answer = ...
# </stub>
checks.check_without_r1(answer)


# %% alt="The fake's position over 400 steps for three values of gamma: it swings for 0, settles at the real for 1, and creeps for 10."
figure, ax = subplots(figsize=(8, 3.4))
for gamma, style in ((0, "-"), (1, "--"), (10, ":")):
    ax.plot(checks.fake_positions(gamma, steps=400, learning_rate=0.1), style, label=f"gamma = {gamma}")
ax.axhspan(-0.1, 0.1, color="0.9", label="within 0.1 of the real")
ax.set(xlabel="step", ylabel="the fake, theta", title="the real is at 0")
ax.grid(alpha=0.4)
ax.legend()
figure

# %% [markdown]
# **3. Read the figure.** With $\gamma = 1$: after how many steps does the fake stay within 0.1 of the real? Ten more or
# fewer do not matter. Also ask yourself what goes wrong with
# $\gamma = 10$; the solution says it.

# %% tags=["exercise"]
# <solution>
steps_needed = 78  # with gamma = 10, D stays so flat that it hardly tells the fake where to go
# </solution>
# <stub>
# steps_needed = ...
# </stub>
checks.check_steps_to_real(steps_needed)

# %% [markdown]
# ## Recap
#
# 1. D halves an image level by level, from `from_gray` to 4 px, and makes one number of it.
# 2. The minibatch standard deviation shows D how varied a batch is, so that repetition can be punished. A new level
#    fades in at D's entrance as it does in G.
# 3. The non-saturating loss has its steepest slope where a fake is worst.
# 4. A step of G moves the weights of G in the direction in which D's logits of the fakes rise; D stands still.
# 5. R1 makes D flat around the reals. Its gradients lead the fakes to the reals, and vanish there.
# 6. WGAN-GP drops the softplus and wants slopes of length 1 between reals and fakes. The relativistic loss compares each
#    fake with a real.
#
# **Next:** [05 · How does a generator learn to draw brains?](05_progressive_training.ipynb)
