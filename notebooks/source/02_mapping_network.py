# %% [markdown]
# # 02 · What does the mapping network do to a latent?
#
# A **GAN** (generative adversarial network, Goodfellow et al. 2014) is a contest of two networks: a generator draws
# images, and a discriminator says which images look real. The generator starts from noise: a vector **z** of random
# numbers. StyleGAN does not draw images from z directly. A small network first turns z into another vector, the
# **style w**. This notebook takes that network apart, puts it together again, and measures what it is good for.
#
# ![Diagram of the generator: the mapping network from z to w, and the synthesis network that w styles layer by layer.](../docs/diagrams/generator.svg)
#
# **Goals.** After it you can
#
# 1. write PixelNorm and say what it does to z;
# 2. explain the equalised learning rate by its effect;
# 3. assemble the mapping network from its weights;
# 4. say what "entangled" means, and measure whether W is less entangled than Z;
# 5. use the truncation trick and say what it costs.
#
# **Needs** nothing but this repository. **Takes** about 30 minutes to read, about a minute to run on two cores or a
# GPU. If you skipped notebook 01, making the synthetic people takes one to two minutes more, once.

# %%
from oasis_helpers import checks, device_name, load_data, load_generator, make_config, sampling
from oasis_helpers.engine import compile_function, to_numpy, value_and_grad
from oasis_helpers.errors import check_number, check_whole
from oasis_helpers.evaluation.scores import path_length
from oasis_helpers.images import block_mean
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import EqualizedDense, leaky_relu, pixel_norm
from oasis_helpers.networks.mapping import MappingNetwork
from oasis_helpers.sampling import slerp
from oasis_helpers.view.figures import subplots

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
z_dim = 128  # length of z; 2 to 4096, the paper has 512
w_dim = 128  # length of w; 2 to 4096, the paper has 512
mapping_layers = 8  # dense layers from z to w; 1 to 32, the paper has 8
psi = 0.7  # truncation; 0 gives the mean only, 1 turns it off
seed = 0  # of weights and latents; any whole number from 0

# %%
check_whole("z_dim", z_dim, 2, 4096)
check_whole("w_dim", w_dim, 2, 4096)
psi = check_number("psi", psi, 0, 2)
config = make_config("laptop", z_dim=z_dim, w_dim=w_dim, mapping_layers=mapping_layers, seed=seed)
generator = Generator(config)
rng = np.random.default_rng(seed)
print(f"{mapping_layers} layers, {generator.mapping.count_params():,} parameters")

# %% [markdown]
# ## The latents
#
# A latent z is a list of `z_dim` numbers, each drawn from the normal distribution N(0, 1). Let us draw a thousand of
# them and look at their lengths.

# %%
z = rng.standard_normal((1000, z_dim)).astype("float32")
length = np.linalg.norm(z, axis=1)
print("z has shape", z.shape)
print(f"lengths: {length.mean():.1f} on average, from {length.min():.1f} to {length.max():.1f}")

# %% [markdown]
# ## Idea 1: only the direction of z counts
#
# Before anything else, the mapping network scales every z to the same length (official release,
# `normalize_latents`):
#
# $$z'_i = \frac{z_i}{\sqrt{\frac{1}{n} \sum_{j=1}^{n} z_j^2 + \varepsilon}}$$
#
# Here $z_i$ is the i-th number of the latent, $n$ is how many there are (`z_dim`), and $\varepsilon = 10^{-8}$ keeps
# us from dividing by zero. Under the root stands the mean square, so the mean square of $z'$ is 1. This is called
# **PixelNorm**. The toy version takes one line; the packaged one is `pixel_norm`.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
toy = z / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 1e-8)
packaged = to_numpy(pixel_norm(z))
print("mean square of the first three:", np.mean(toy[:3] ** 2, axis=1).round(4))
print(f"largest difference between toy and package: {abs(packaged - toy).max():.1e}")
print(f"largest difference between z and 5 z, after PixelNorm: {abs(to_numpy(pixel_norm(5 * z)) - packaged).max():.1e}")
assert np.allclose(packaged, toy, atol=1e-5) and np.allclose(to_numpy(pixel_norm(5 * z)), packaged, atol=1e-5)

# %% [markdown]
# **Predict.** The dots below are latents before and after PixelNorm, in the plane of their first two numbers. In the
# left and the middle panel each latent has 2 numbers, before and after; in the right one it has `z_dim`, after. Where
# will the dots lie after PixelNorm in each case?

# %% alt="Dots of latents in a plane, before and after PixelNorm: a round cloud becomes a circle with two numbers, and stays a cloud with many."
pairs = rng.standard_normal((400, 2)).astype("float32")  # latents of only 2 numbers
normed = to_numpy(pixel_norm(pairs))
figure, axes = subplots(1, 3, figsize=(10, 3.2))
axes[0].scatter(*pairs.T, s=6)
axes[0].set_title("2 numbers: z")
axes[1].scatter(*normed.T, s=6)
axes[1].set_title("2 numbers: after PixelNorm")
axes[2].scatter(*packaged[:, :2].T, s=6)
axes[2].set_title(f"{z_dim} numbers: first two, after")
for ax in axes:
    ax.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal", xlabel="first number", ylabel="second number")
assert np.allclose(np.linalg.norm(normed, axis=1), np.sqrt(2), atol=1e-3)  # the radius of the circle
figure

# %% [markdown]
# **What we see.** With latents of 2 numbers, all dots lie on a circle, whose radius is the square root of 2. With 128
# numbers they lie on a sphere in 128 dimensions, and plotted by two of their coordinates, they still look
# like a round cloud.
# Little is lost: with many numbers, all lengths were nearly the same anyway.

# %% [markdown]
# ## Idea 2: equalised learning rate
#
# The optimiser **Adam** is gradient descent that divides each step by the usual size of that weight's gradient. So it
# changes every weight by about the same amount per step, whatever the weight's size. A layer with small weights then
# learns relatively faster than one with large weights. Karras et al. 2017 (section 4.1) draw all weights from N(0, 1)
# and multiply them by a constant in the forward pass:
#
# $$y = x \, \frac{c\,m}{\sqrt{n}} K + m\,b$$
#
# $x$ is the input, $n$ its length, $K$ the stored weights, $b$ the bias. Each output adds up $n$ terms; dividing by
# $\sqrt{n}$ keeps it as large as one of them. The gain $c = \sqrt{2}$ makes up for what the activation takes away:
# **leaky ReLU** keeps positive numbers and multiplies negative ones by 0.2. In most layers $m$ is 1. In the mapping
# network the **learning-rate multiplier** $m$ is 0.01: $K$ is stored 100 times larger and multiplied back, so the
# output at the start is the same.
#
# The packaged layer is `EqualizedDense`. We make one with each $m$, and compute one of them by hand.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
x = rng.standard_normal((1000, z_dim)).astype("float32")
layers = {m: EqualizedDense(w_dim, lr_multiplier=m, seed=seed) for m in (1.0, 0.01)}
for m, layer in layers.items():
    y = to_numpy(layer(x))
    print(
        f"m = {m:4}: stored weights have standard deviation {to_numpy(layer.kernel).std():6.1f}, the output {y.std():.2f}"
    )
kernel, bias = to_numpy(layer.kernel), to_numpy(layer.bias)  # of the layer with m = 0.01
toy = x @ (kernel * np.sqrt(2) * 0.01 / np.sqrt(z_dim)) + 0.01 * bias
print(f"largest difference between toy and package: {abs(toy - y).max():.1e}")
assert np.allclose(toy, y, atol=1e-3)

# %% [markdown]
# **Predict.** At the start both layers give outputs of the same size. Now Adam makes one step with learning rate
# 0.001 on the same gradient (all ones, in the code below). How many times as far does the output of the layer with $m
# = 1$ move as that of the layer with $m = 0.01$: 1, 10, 100 or 10,000 times?

# %%
moved = []
for m, layer in layers.items():
    before = to_numpy(layer(x))
    adam = keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8)
    adam.apply([np.ones_like(to_numpy(v)) for v in layer.trainable_variables], layer.trainable_variables)
    moved.append(abs(to_numpy(layer(x)) - before).mean())
    print(f"m = {m:4}: the output moved by {moved[-1]:.6f}")
assert 95 < moved[0] / moved[1] < 105

# %% [markdown]
# **What we see.** A hundred times. Only the speed of learning differs: the multiplier $m$ scales what Adam did to the
# weights. StyleGAN slows the mapping
# network like this because eight layers in a row are otherwise unstable at high learning rates (paper, appendix C).

# %% [markdown]
# ## The mapping network
#
# Now we put it together: PixelNorm, then `mapping_layers` equalised dense layers, each followed by leaky ReLU. Nothing
# else stands between them.
#
# $$w = f(z)$$

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
x = pixel_norm(z)
for layer in generator.mapping.layers:
    x = leaky_relu(layer(x))
w = to_numpy(generator.mapping(z))
print("z", z.shape, "-> w", w.shape)
print(f"largest difference between our loop and the package: {abs(to_numpy(x) - w).max():.1e}")
assert np.allclose(to_numpy(x), w, atol=1e-4)

# %% [markdown]
# In exercise 1 you write the same network with its constants multiplied into the weights.
#
# **Predict.** Before training, the weights are random. With more layers, will the w of different z differ more from
# each other, or less? Below is the share of w's mean square that changes with z: at
# 0 % all z give the same w, at 100 % nothing is common to all w.

# %%
shares = {}
for count in (1, 2, 4, 8):
    fresh = MappingNetwork(make_config("laptop", z_dim=z_dim, w_dim=w_dim, mapping_layers=count), seed=seed)
    v = to_numpy(fresh(z))
    shares[count] = np.mean((v - v.mean(axis=0)) ** 2) / np.mean(v**2)
    print(f"layers: {count}, share of w that depends on z: {shares[count]:.0%}")

# %% [markdown]
# **What we see.** Less, and by a lot. Leaky ReLU keeps positive numbers and shrinks negative ones to a fifth, so with
# each layer all vectors become more alike in direction. At initialisation, less than a third of w depends on z after
# eight layers. Training changes that, but slowly, with a hundredth of the learning rate. The included generators,
# which were trained for a few hours at most, have two layers.

# %% [markdown]
# ## Idea 3: W may have any shape, Z may not
#
# Z has one fixed shape: after PixelNorm a sphere, with every direction as likely as any other. Data are not like that.
# Suppose that brains had two features, their size and the size of their ventricles, and that **large brains with large
# ventricles did not exist** (compare figure 6 of the paper). The data then fill an L. We let z be uniform on a square,
# and need a continuous map from the square to the L that fills it evenly. Here is one. You need not follow the formula.


# %%
def bend(z):
    """Continuous map from the unit square (n, 2) to the L without its upper right quarter, evenly filled."""
    along, across = z[:, 0], 1 - np.sqrt(1 - 0.75 * z[:, 1])
    down = 1 - np.clip(2 * along, 0, 1) * (1 - across)
    right = 1 - np.clip(2 - 2 * along, 0, 1) * (1 - across)
    return np.where(along[:, None] < 0.5, np.c_[across, down], np.c_[right, across])


# %% [markdown]
# A generator that is fed with z has to do the bending itself. With a mapping network, the bending can be done before.
# To see that, we take the simplest generator of all: it shows w as it is, the first number as the size of the brain,
# the second as the size of the ventricles. Then f must learn the L. In a GAN the discriminator would teach it; here we
# fit f to the bend, which takes a second. Two helpers from the package are used from here on:
# `value_and_grad(function, variables)` returns a function's value and its gradients, and `compile_function(step,
# variables)` makes a step fast; it must be told which variables the step changes.

# %%
toy_z = np.random.default_rng(0).random((2000, 2)).astype("float32")
first = [EqualizedDense(32, seed=0), keras.layers.LeakyReLU(0.2)]
second = [EqualizedDense(32, seed=1), keras.layers.LeakyReLU(0.2)]
f = keras.Sequential([keras.Input((2,)), *first, *second, EqualizedDense(2, gain=1.0, seed=2)])
adam = keras.optimizers.Adam(0.01)
adam.build(f.trainable_variables)


def step(z, target):
    """Move f a little towards the target; returns the mean squared error."""
    error, grads = value_and_grad(lambda: ops.mean((f(z) - target) ** 2), f.trainable_variables)
    adam.apply(grads, f.trainable_variables)
    return error


compiled = compile_function(step, [*f.trainable_variables, *adam.variables], jit=False)
for _ in range(800):
    error = compiled(ops.convert_to_tensor(toy_z), ops.convert_to_tensor(bend(toy_z).astype("float32")))

# %% [markdown]
# **Predict.** On the left are straight walks in Z: along each blue line only the first number changes, along each
# orange one only the second. What will the same walks look like in the features? On the right are straight walks in W:
# each line keeps one number of w fixed and changes the other, from the smallest to the largest value that occurs.

# %% alt="Three panels: a square grid of z, the same grid bent around the corner of an L in the space of features, and straight walks between the computed w, which fill the L."
fine = np.linspace(0, 1, 200).astype("float32")
toy_w = to_numpy(f(toy_z))
figure, axes = subplots(1, 3, figsize=(10.5, 3.6))
for s in np.linspace(0.05, 0.95, 8):
    for k in (0, 1):
        walk = np.insert(fine[:, None], 1 - k, s, axis=1).astype("float32")  # (200, 2), number k goes from 0 to 1
        axes[0].plot(*walk.T, f"C{k}", linewidth=1)
        axes[1].plot(*bend(walk).T, f"C{k}", linewidth=1)
        near = toy_w[abs(toy_w[:, 1 - k] - s) < 0.03, k]  # the w that occur beside this walk
        ends = np.insert(np.array([[near.min()], [near.max()]]), 1 - k, s, axis=1)
        axes[2].plot(*ends.T, f"C{k}", linewidth=1)
axes[2].plot(*toy_w[::4].T, "k.", markersize=1)
for ax, title in zip(
    axes, ("Z: straight walks", "the same walks in the features", "W = f(Z), with straight walks"), strict=True
):
    ax.set(title=title, xlabel="size of the brain", ylabel="size of the ventricles")
axes[0].set(xlabel="first number of z", ylabel="second number of z")
figure

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
a, b = toy_w[:1000], toy_w[1000:]
steps = np.stack([(1 - s) * a + s * b for s in np.linspace(0, 1, 21)])  # (21, 1000, 2)
outside = (steps > 0.52).all(axis=2).any(axis=0).mean()  # at some step in the quarter where no brain is
print(f"f misses the bend by {np.sqrt(error):.3f} (root mean square)")
print(f"of straight walks in W between two random w, {outside:.0%} cross the empty quarter")
assert np.sqrt(error) < 0.05 and 0.02 < outside < 0.35

# %% [markdown]
# **What we see.** The map treats the square as a strip and bends it around the corner of the L. In the middle, a blue
# walk in Z first shrinks the ventricles of a small brain, turns the corner, and then enlarges the brain. One number
# of z controls two features, one after the other: they are **entangled**. W is not tied to a square or a sphere. The
# dots on the right are the computed w: f has given W the shape of the data, and there a straight walk changes one
# feature and leaves the other alone. (In this toy that has to be so, since the generator shows w as it is.)
#
# Two warnings. Here we fitted f to the shape of the data. In a GAN we can only hope for it; the paper argues why it should
# happen (section 4): a generator is easier to learn from a disentangled W. And W need not be convex: some straight walks between
# two w cross the empty corner, where the generator has never been trained.

# %% [markdown]
# ## W against Z, measured
#
# Does a real W keep the promise? We take the included generator `default`. It draws slices of 64 px and has a mapping
# network of two layers. Two questions, both from section 4 of the paper:
#
# 1. **Path length.** Walk from one brain to another, and add up how far the image moves.
# 2. **Linear separability.** Can a property of the image be read from the latent by a linear rule?
#
# For the first, each pair of latents is joined twice: along the great circle in Z (`slerp`), and straight in W. Both
# walks start and end at the same two images. With nine images $x_0, \dots, x_8$ on a walk, we compute
#
# $$\ell = 8 \sum_{i=1}^{8} \mathrm{mean}_{\text{pixels}}\left[(x_i - x_{i-1})^2\right]$$
#
# the mean squared speed of the image. Let the walk take time 1: each of the 8 steps takes 1/8, so the speed is 8
# times the step. Squaring gives 64, and the mean over 8 steps leaves 8. (The paper calls it path length, although it
# is a mean of squares.) The great circle is the shortest way between two points on a sphere; `slerp` goes along it at
# an even speed.
#
# **Predict.** For how many of 48 pairs will the walk through W be the shorter one: none, a few, half of them, most, or all?

# %%
trained = load_generator("default")
first, second = (sampling.latents(range(start, start + 48), trained.config.z_dim) for start in (0, 1000))
t = np.linspace(0, 1, 9)
through_z = [to_numpy(trained.mapping(slerp(first, second, s))) for s in t]  # nine times (48, w_dim)
through_w = [(1 - s) * through_z[0] + s * through_z[-1] for s in t]


def draw(w):
    """Images (n, 64, 64), values -1 to 1, from w (n, w_dim), without noise. What lies below black is shown as black."""
    ws = np.repeat(np.asarray(w, "float32")[:, None], trained.num_styles, axis=1)
    return np.clip(sampling.draw_float(trained, ws, together=24), -1, 1)


def walk_length(walk):
    """The path length of each pair, (48,), from nine arrays of w."""
    images = np.stack([draw(w) for w in walk])
    return 8 * ((images[1:] - images[:-1]) ** 2).mean(axis=(2, 3)).sum(axis=0)


# %% tags=["nbval-ignore-output"] alt="Path length through Z against path length through W, a dot for each pair of brains: most dots lie above the diagonal, those at the left far above."
# Not compared in CI: the digits depend on the engine.
in_z, in_w = walk_length(through_z), walk_length(through_w)
figure, ax = subplots(figsize=(4.8, 4.4))
ax.scatter(in_w, in_z, s=14)
ax.plot([0.02, 2], [0.02, 2], "k--", linewidth=1, label="equally long")
ax.set(xlabel="path length through W", ylabel="path length through Z", title="48 pairs of brains (logarithmic axes)")
ax.set(xscale="log", yscale="log", aspect="equal")
ax.legend()
print(
    f"{np.mean(in_z > in_w):.0%} of the dots lie above the diagonal; mean through Z / W: {in_z.mean() / in_w.mean():.2f}"
)
assert 1.1 < in_z.mean() / in_w.mean() < 1.3 and 0.7 < (in_z > in_w).mean() < 0.9
figure

# %% [markdown]
# **What we see.** Four of five dots lie above the diagonal: for most pairs the walk through W is the shorter one, and
# where it is not, the two are about equally long. Of the pairs at the left, most have a walk through Z that is several
# times as long.
#
# Nine images are a coarse walk. The paper takes two images a step of $\varepsilon = 10^{-4}$ apart at a random place of
# each walk, and divides by $\varepsilon^2$. The packaged `path_length` does that. It compares images by features of a
# network in the paper, hence **perceptual** path length; here we stay with grey values.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
first, second = (sampling.latents(range(start, start + 120), trained.config.z_dim) for start in (0, 1000))
ends = {"z": (first, second), "w": (to_numpy(trained.mapping(first)), to_numpy(trained.mapping(second)))}
draws = {"z": lambda z: draw(to_numpy(trained.mapping(z.astype("float32")))), "w": draw}
lengths = {}
for space, (start, end) in ends.items():
    lengths[space] = path_length(
        draws[space],
        lambda images: images.reshape(len(images), -1),
        start,
        end,
        space,
        distance=lambda a, b: ((a - b).astype("float64") ** 2).mean(axis=1),
    ).mean
    print(f"path length in {space.upper()}: {lengths[space]:.2f}")
print(f"Z / W: {lengths['z'] / lengths['w']:.2f}")
assert 1.2 < lengths["z"] / lengths["w"] < 1.9

# %% [markdown]
# **What we see.** With tiny steps Z / W is 1.8; with nine images it was 1.2, for fewer pairs. A coarse walk goes straight
# from image to image and so misses part of the movement, and the walks through Z lose more by this.
#
# ### Linear separability
#
# For the second question we need a property that can be measured in every sample. The cohort knows the **slice
# height**: 0 is low in the head, 31 high. So we first learn to read it from an image, with ridge regression (least
# squares that prefers small weights) on images of 16 px, and test that on people that it has not seen.


# %%
def fit_line(x, y, ridge=0.1):
    """Ridge regression of y (n,) on x (n, d). Returns the function that predicts y from new x."""
    mean, middle = x.mean(axis=0), y.mean()
    square = (x - mean).T @ (x - mean)
    hold = ridge * np.trace(square) / len(square) * np.eye(len(square))
    slope = np.linalg.solve(square + hold, (x - mean).T @ (y - middle))
    return lambda new: (new - mean) @ slope + middle


def pixels(images):
    """Images (n, R, R) uint8 as rows of 16 x 16 grey values."""
    return block_mean(images, 16).reshape(len(images), -1).astype("float64")


# %% tags=["nbval-ignore-output"]
# Not compared in CI: a bar is shown where the people have to be made first.
cohort = load_data()
train, test = cohort.split("train"), cohort.split("test")
height_of = fit_line(pixels(train.level(16)), train.table["slice"].to_numpy(float), ridge=0.01)
miss = abs(height_of(pixels(test.level(16))) - test.table["slice"]).mean()
print(f"on new people, the height is off by {miss:.1f} slices on average")
assert miss < 3

# %% [markdown]
# Now we draw a thousand samples, read their heights, and call the higher half "high". Then a linear rule has to tell
# high from low, once from z (after PixelNorm) and once from w. It learns from 600 samples and is tested on the other
# 400.
#
# **Predict.** A coin is right in 50 % of the cases. How often will the rule be right from z, and how often from w?

# %% alt="Histograms of what a linear rule says for high and for low slices: from z the two overlap, from w they hardly do."
ws = sampling.styles(trained, range(1000), 1.0)
heights = height_of(pixels(sampling.draw(trained, ws, together=25)))
high = (heights > np.median(heights)).astype(float)
spaces = {"Z": to_numpy(pixel_norm(sampling.latents(range(1000), trained.config.z_dim))), "W": ws[:, 0]}
figure, axes = subplots(1, 2, figsize=(9, 3.2), sharex=True, sharey=True)
right = {}
for ax, (name, x) in zip(axes, spaces.items(), strict=True):
    said = fit_line(x[:600].astype("float64"), high[:600])(x[600:])
    right[name] = np.mean((said > 0.5) == (high[600:] > 0.5))
    for value, label in ((0, "low slices"), (1, "high slices")):
        ax.hist(said[high[600:] == value], bins=np.linspace(-0.75, 1.75, 36), alpha=0.6, label=label)
    ax.axvline(0.5, color="k", linestyle="--", linewidth=1)
    ax.set(title=f"linear rule in {name}: {right[name]:.0%} right", xlabel="predicted value (0 low, 1 high)")
axes[0].set_ylabel("samples")
axes[0].legend()
assert 0.8 < right["Z"] < 0.88 < right["W"] < 0.96
figure

# %% [markdown]
# **What we see.** From w the rule errs about half as often as from z: 10 % against 18 %. Both rules know the same samples, and
# z holds all that w holds, since w is computed from it. But in W the slice height lies closer to a straight line.
#
# The same was measured with a small generator that has the paper's eight layers, trained for 40,000 images. With so many
# layers, **predict**: should the difference between the spaces be larger or smaller?
#
# **What we see.** It is larger: the walks through Z are 4.8 times as long instead of 1.8 times, and the linear rule
# gains 24 percentage points instead of 8. (This does not prove that the layers are the reason: the two generators also
# differ in size and training.) On
# faces the paper found the path length in W shorter than without a mapping network, and W more separable the deeper the
# mapping network was (table 4). The second row comes from one run, with 600 pairs for the path length:
#
# | generator | mapping layers | path length in Z | in W | Z / W | linear rule right in Z | in W |
# | --- | --- | --- | --- | --- | --- | --- |
# | `default`, 64 px | 2 | 1.68 | 0.93 | 1.8 | 82 % | 90 % |
# | a short run, 16 px | 8 | 0.139 | 0.029 | 4.8 | 69 % | 93 % |
#
# <details><summary>The command of this run</summary>
#
# ```
# .venv/bin/python -m oasis_helpers train --preset laptop --set resolution=16 --set mapping_layers=8 \
#   --set loss=relativistic --set mbstd_group=8 --set batch_size=8 --set r1_gamma=0.3 --set learning_rate=1e-3 \
#   --set "stable_kimg={4: 6}" --set "fade_kimg={4: 2}" --set channel_base=1024 --set ema_kimg=3 \
#   --set rampdown_kimg=0 --set clip_black=False --set total_kimg=40
# ```
#
# </details>

# %% [markdown]
# ## Idea 4: truncation
#
# Styles far from the mean are rare. The generator has drawn few of them in training, so the images that it draws from
# them are often poor. The **truncation trick**
# (paper, appendix B) pulls w towards its mean:
#
# $$w' = \bar{w} + \psi\,(w - \bar{w})$$
#
# $\bar{w}$ is the mean of w over many z; `w_avg` in the code. $\psi$ (psi) is a number from 0 to 1. Truncation is off
# during training, and when we measure quality. In the code, `cutoff` is the number of layers that are truncated,
# counted from the first. We plot the first layer, so any cutoff from 1 on gives the same figure.

# %%
generator.w_avg.assign(w.mean(axis=0))
ws = generator.styles(z)  # one w per layer of the generator
print("styles:", tuple(ws.shape), "= (latents, layers, numbers)")
toy = w.mean(axis=0) + psi * (w - w.mean(axis=0))
pulled = to_numpy(generator.truncate(ws, psi=psi, cutoff=99))[:, 0]
print(f"largest difference between toy and package, psi {psi:g}: {abs(toy - pulled).max():.1e}")
assert np.allclose(pulled, toy, atol=1e-4)

# %% [markdown]
# **Predict.** Below are w in the plane in which they vary most, for psi = 1 and psi = 0.5. What share of the area will the
# second cloud of dots cover: three quarters, half, or a quarter?

# %% alt="Two clouds of w around one centre: the one with psi 0.5 is half as large as the one with psi 1."
centred = w - w.mean(axis=0)
plane = np.linalg.svd(centred, full_matrices=False)[2][:2].T  # the two main directions (PCA)
figure, axes = subplots(1, 2, figsize=(8, 3.6), sharex=True, sharey=True)
for ax, value in zip(axes, (1.0, 0.5), strict=True):
    pulled = to_numpy(generator.truncate(ws, psi=value, cutoff=1))[:, 0]
    ax.scatter(*((pulled - w.mean(axis=0)) @ plane).T, s=5)
    ax.set(title=f"psi = {value}", xlabel="first main direction", ylabel="second main direction")
figure

# %% [markdown]
# **What we see.** The same cloud, half as wide and half as high, so a quarter of the area, around the same centre:
# less variety. Notebook [06](06_sampling.ipynb) shows what it does to images. The paper truncates only the first 8
# layers (`cutoff`), from 4 to 32 px, so that fine detail is left as it is. The preset `laptop` truncates all.

# %% [markdown]
# ## Limits
#
# - The network in ideas 1, 2 and 4 is untrained. Its W has the shape that chance gave it; training changes it.
# - The toy in idea 3 shows what can happen, not what must. The measurements are of one generator, one property and one
#   way to compare images. Whether W helps yours has to be measured.
# - Truncation hides the poor samples. A generator must be judged without it.
# - Nothing here knew about brains. A sample is never a patient.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1. Build.** Somebody wants the mapping network without equalised layers: PixelNorm as before, and then for each layer
# `x = leaky_relu(x @ K + b)`, nothing else. You get the stored weights of each layer, as in idea 2: kernels of shape (n, d)
# and biases of shape (d,), and $m$. Compute the plain kernels and biases that give the same w for every z. What is lost?


# %% tags=["exercise"]
def my_plain_weights(kernels, biases, m):
    """Turn the stored weights of equalised layers into those of plain ones. Returns two lists: kernels, biases."""
    # <solution>
    plain_kernels = [kernel * np.sqrt(2) * m / np.sqrt(len(kernel)) for kernel in kernels]
    return plain_kernels, [m * bias for bias in biases]
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_plain_weights(my_plain_weights)

# %% [markdown]
# **2. Break.** In a network of eight layers, somebody draws the weights 100 times larger, as the mapping network does,
# but forgets $m$ when they are used (the biases are still 0). Predict first: w becomes about $10^p$ times as large. What
# is $p$ (`power`)? Fill it in. Then run the next cell, which breaks the network, and compare.

# %% tags=["exercise"]
# <solution>
power = 16  # each of the eight layers is 100 times too strong, and leaky ReLU passes a factor on
# </solution>
# <stub>
# power = ...
# </stub>
checks.check_missing_multiplier(power)

# %%
mapping = MappingNetwork(make_config("laptop", mapping_layers=8), seed=seed)
latent = sampling.latents(range(4), 128)
whole, broken = to_numpy(mapping(latent)), to_numpy(pixel_norm(latent)).astype("float64")
for layer in mapping.layers:
    y = broken @ to_numpy(layer.kernel) * np.sqrt(2 / 128)  # m is forgotten
    broken = to_numpy(leaky_relu(y.astype("float32")))
print(f"w has grown by a factor of 10 to the power of {np.log10(np.linalg.norm(broken) / np.linalg.norm(whole)):.1f}")

# %% [markdown]
# **3. Read the figure.** Look again at the figure of the 48 pairs. Take the pair whose walk through W is shortest. What
# is its length through Z, divided by its length through W? The axes are logarithmic.

# %% tags=["exercise"]
# <solution>
times = 6.4  # about 0.14 through Z, and 0.022 through W
# </solution>
# <stub>
# times = ...
# </stub>
checks.check_times_as_long(times)

# %% [markdown]
# ## Recap
#
# 1. PixelNorm keeps the direction of z and drops its length.
# 2. The equalised learning rate lets Adam move all layers at the same relative speed; the mapping network's
#    multiplier of 0.01 makes it learn a hundred times more slowly.
# 3. The mapping network is PixelNorm and a few dense layers with leaky ReLU, nothing more.
# 4. Z has a fixed shape, W can take the shape of the data. In the included generator, walks through W are shorter than
#    walks through Z, and the slice height can be read from w with fewer errors.
# 5. Truncation pulls w towards its mean: less variety, fewer poor images.
#
# **Next:** [03 · How do styles become an image?](03_adain_synthesis.ipynb)
