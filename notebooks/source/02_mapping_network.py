# %% [markdown]
# # 02 · What does the mapping network do to a latent?
#
# A **GAN** (generative adversarial network, Goodfellow et al. 2014) is a contest of two networks: a generator draws, and a
# discriminator says what looks real. The generator starts from noise: a vector **z** of random numbers. StyleGAN does not draw images from z directly. A
# small network first turns z into another vector, the **style w**. This notebook shows why.
#
# ![Diagram of the generator: the mapping network from z to w, and the synthesis network that w styles layer by layer.](../docs/diagrams/generator.svg)
#
# **Goals.** After it you can
#
# 1. write PixelNorm and say what it does to z;
# 2. explain the equalised learning rate by its effect;
# 3. show on a toy why W can be easier to work in than Z;
# 4. use the truncation trick and say what it costs.
#
# **Needs** nothing but this repository. **Takes** about 10 minutes to read, under a minute to run on two cores or a
# GPU.

# %%
from oasis_helpers import checks, device_name, make_config
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import check_number, check_whole
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import EqualizedDense, pixel_norm
from oasis_helpers.networks.mapping import MappingNetwork
from oasis_helpers.view.figures import subplots

import keras
import numpy as np

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
# **PixelNorm**.
#
# The toy version:

# %%
toy = z / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 1e-8)
print("mean square of the first three:", np.mean(toy[:3] ** 2, axis=1).round(4))

# %% [markdown]
# The packaged version is `pixel_norm`. It does the same on the last axis of any tensor. One check:

# %%
packaged = to_numpy(pixel_norm(z))
print("same numbers as the toy:", np.allclose(packaged, toy, atol=1e-6))
print("same output for z and 5 z:", np.allclose(to_numpy(pixel_norm(5 * z)), packaged, atol=1e-5))

# %% [markdown]
# **Predict.** The dots below are z before and after, in the plane of their first two numbers. Will all of the dots lie
# on a circle after PixelNorm? Say yes or no, then run.

# %% alt="Dots of latents in a plane, before and after PixelNorm: a round cloud becomes a circle with two numbers, and stays a cloud with many."
pairs = rng.standard_normal((400, 2)).astype("float32")  # latents of only 2 numbers
normed = to_numpy(pixel_norm(pairs))
figure, axes = subplots(1, 3, figsize=(10, 3.2))
axes[0].scatter(*pairs.T, s=6)
axes[0].set_title("2 numbers: z")
axes[1].scatter(*normed.T, s=6)
axes[1].set_title("2 numbers: after PixelNorm")
axes[2].scatter(*packaged[:, :2].T, s=6)
axes[2].set_title(f"{packaged.shape[1]} numbers: first two, after")
for ax in axes:
    ax.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal", xlabel="first number", ylabel="second number")
figure

# %% [markdown]
# **What we see.** With latents of 2 numbers, yes: all dots lie on a circle. With many numbers they lie on a sphere of
# many dimensions, and two of its coordinates alone still look like a round cloud. The length carried no information
# worth keeping: with many numbers all lengths are nearly the same anyway.

# %% [markdown]
# ## Idea 2: equalised learning rate
#
# The optimiser **Adam** is gradient descent that divides each step by the usual size of that weight's gradient. So it
# changes every weight by about the same amount per step, whatever the weight's size. A layer with small
# weights then learns relatively faster than one with large weights. Karras et al. 2017 (section 4.1) draw **all**
# weights from N(0, 1) and scale them when they are used:
#
# $$y = x \, \frac{g\,m}{\sqrt{n}} K + m\,b$$
#
# $x$ is the input, $n$ its length, $K$ the stored weights, $b$ the bias, $g = \sqrt{2}$ the gain that makes up for
# what leaky ReLU takes away (an activation that keeps positive numbers and multiplies negative ones by 0.2). $m$ is the **learning-rate multiplier**, 1 in most layers. The mapping network has
# $m = 0.01$, with $K$ drawn 100 times larger: the same start, but a hundred times slower learning.
#
# The toy version:

# %%
x = rng.standard_normal((1000, z_dim)).astype("float32")
kernel = rng.standard_normal((z_dim, w_dim)).astype("float32")
toy = x @ (kernel * np.sqrt(2) / np.sqrt(z_dim))
print(f"standard deviation: in {x.std():.2f}, out {toy.std():.2f} (the square root of 2 is {np.sqrt(2):.2f})")

# %%
layers = {m: EqualizedDense(w_dim, lr_multiplier=m, seed=seed) for m in (1.0, 0.01)}
for m, layer in layers.items():
    y = to_numpy(layer(x))
    stored = float(to_numpy(layer.kernel).std())
    print(f"m = {m:4}: stored weights have standard deviation {stored:6.1f}, the output {y.std():.2f}")

# %% [markdown]
# **Predict.** Both layers start alike. Now Adam makes one step with learning rate 0.001 on the same gradient. By how
# much does each layer's **output** change: the same, ten times or a hundred times?

# %%
for m, layer in layers.items():
    before = to_numpy(layer(x))
    adam = keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8)
    adam.apply([np.ones_like(to_numpy(v)) for v in layer.trainable_variables], layer.trainable_variables)
    change = to_numpy(layer(x)) - before
    print(f"m = {m:4}: the output moved by {np.abs(change).mean():.6f}")

# %% [markdown]
# **What we see.** A hundred times. The scale $m$ multiplies what Adam did to the weights. StyleGAN slows the mapping
# network like this because eight layers in a row are otherwise unstable at high learning rates (paper, appendix C).

# %% [markdown]
# ## The mapping network
#
# Put together: PixelNorm, then `mapping_layers` equalised dense layers, each followed by leaky ReLU.
# Nothing else stands between them.
#
# $$w = f(z)$$

# %%
w = to_numpy(generator.mapping(z))
print("z", z.shape, "->", "w", w.shape)
print("the same w for z and 5 z:", np.allclose(to_numpy(generator.mapping(5 * z)), w, atol=1e-4))
print(f"standard deviation of w around its mean: {(w - w.mean(axis=0)).std():.2f}")

# %% [markdown]
# **Predict.** Before any training the weights are random. With more layers, will the w of different z differ more from each
# other, or less?

# %%
for count in (1, 2, 4, 8):
    fresh = MappingNetwork(make_config("laptop", z_dim=z_dim, w_dim=w_dim, mapping_layers=count), seed=seed)
    v = to_numpy(fresh(z))
    share = np.mean((v - v.mean(axis=0)) ** 2) / np.mean(v**2)
    print(f"layers: {count}, share of w's squared length that changes with z: {share:.0%}")

# %% [markdown]
# **What we see.** Less, and by a lot. Leaky ReLU lets positive numbers through and nearly stops negative ones, so after each
# layer all vectors point a little more to the same side. A long training undoes that. A short one hardly can, with a
# hundredth of the learning rate: what the generator is told by z is then only a whisper beside what is the same for all.
# In short runs at 16 px, samples came closer to the slices here with two layers than with eight.
#
# ## Idea 3: W may have any shape, Z may not
#
# Z has one fixed shape: after PixelNorm a sphere, every direction as likely as any other (in the toy below, a square).
# Data are not like that. Suppose that brains had two features, their
# size and their ventricles' size, and that **large brains with large ventricles did not exist** (paper, section 4,
# figure 6). A generator fed with z directly must bend the square of z until it fits the L-shape of the data.

# %%
t = np.linspace(0.02, 0.98, 9)
fine = np.linspace(0, 1, 200)


def bend(u, v):
    """From a uniform square to the L-shape without its upper right quarter, evenly filled."""
    a = np.where(u < 2 / 3, 0.75 * u, 0.5 + 1.5 * (u - 2 / 3))
    return a, v * np.where(a < 0.5, 1.0, 0.5)


# %% alt="Three panels: a square grid of z, the same grid bent into an L-shaped space of features, and W with the shape of the data."
figure, axes = subplots(1, 3, figsize=(10, 3.4))
for s in t:
    for ax, curve in ((axes[0], lambda u, v: (u, v)), (axes[1], bend)):
        ax.plot(*curve(fine, np.full_like(fine, s)), "C0", linewidth=1)
        ax.plot(*curve(np.full_like(fine, s), fine), "C1", linewidth=1)
    axes[2].plot([0, 1 if s < 0.5 else 0.5], [s, s], "C0", linewidth=1)
    axes[2].plot([s, s], [0, 1 if s < 0.5 else 0.5], "C1", linewidth=1)
for ax, title in zip(axes, ("Z: straight walks", "the same walks in the features", "walks in W"), strict=True):
    ax.set(title=title, xlabel="size of the brain", ylabel="size of the ventricles")
axes[0].set(xlabel="first number of z", ylabel="second number of z")
figure

# %% [markdown]
# **What we see.** On the left, each line changes one number of z. In the middle, the same blue walks in feature
# space: at half the brain size they jump, and the ventricles shrink although only "size" was to change. The two
# features are **entangled**. W is not tied to a sphere. The mapping network can learn any shape for it, so W can take
# the shape of the data itself (right), where a straight walk changes one feature and leaves the other alone.
#
# This is the hope, not a guarantee: nobody tells the network to do so. The paper argues that it pays off for the
# generator, because an untangled W is easier to draw from. The command `evaluate` measures it (perceptual path length).
#
# So what does the mapping network do to a latent? It forgets the length of z, and bends the rest into a shape that is
# easier to draw from.

# %% [markdown]
# ## Idea 4: truncation
#
# Rare z give rare w, and the generator has seen few of them: its images there are poor. The **truncation trick**
# (paper, appendix B) pulls w towards its mean:
#
# $$w' = \bar{w} + \psi\,(w - \bar{w})$$
#
# $\bar{w}$ is the mean of w over many z; `w_avg` in the code. $\psi$ (psi) is a number from 0 to 1. It is off during
# training, and when we measure.

# %%
generator.w_avg.assign(w.mean(axis=0))
ws = generator.styles(z)  # one w per layer of the generator
print("styles:", tuple(ws.shape), "= (latents, layers, numbers)")
short = to_numpy(generator.truncate(ws, psi=0.0, cutoff=99))
print("psi 0 gives the mean for every latent:", np.allclose(short, w.mean(axis=0), atol=1e-5))
print("psi 1 changes nothing:", np.allclose(to_numpy(generator.truncate(ws, psi=1.0)), to_numpy(ws), atol=1e-5))
pulled = to_numpy(generator.truncate(ws, psi=psi, cutoff=99))[:, 0] - w.mean(axis=0)
left = np.linalg.norm(pulled) / np.linalg.norm(w - w.mean(axis=0))
print(f"psi {psi:g} leaves {left:.0%} of the distance to the mean")

# %% [markdown]
# **Predict.** Below are w in the plane in which they vary most, for two values of psi. What will psi = 0.5 look like
# beside psi = 1: shifted, smaller, or of another shape?

# %% alt="Two clouds of w around one centre: the one with psi 0.5 is half as large as the one with psi 1."
centred = w - w.mean(axis=0)
plane = np.linalg.svd(centred, full_matrices=False)[2][:2].T  # the two main directions (PCA)
figure, axes = subplots(1, 2, figsize=(8, 3.6), sharex=True, sharey=True)
for ax, value in zip(axes, (1.0, 0.5), strict=True):
    pulled = to_numpy(generator.truncate(ws, psi=value, cutoff=1))[:, 0]
    ax.scatter(*((pulled - w.mean(axis=0)) @ plane).T, s=5)
    ax.set(title=f"psi = {value}", xlabel="first main direction", ylabel="second")
figure

# %% [markdown]
# **What we see.** The same cloud, half as large, around the same centre. Less variety, safer images. The paper
# truncates only the first 8 layers (`cutoff`): on its faces those set pose and shape. The preset `laptop` truncates all;
# which layer does what in a small network is looked at in notebook [06](06_sampling.ipynb).

# %% [markdown]
# ## Limits
#
# - This network is untrained. Its W has the shape that chance gave it; training will change it.
# - Truncation hides the poor samples. A generator must be judged without it.
# - Nothing here knew about brains. A sample is never a patient.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1.** Write PixelNorm with NumPy.


# %% tags=["exercise"]
def my_pixel_norm(x):
    """Scale each row of x (n, d) to a mean square of 1."""
    # <solution>
    return x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-8)
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_pixel_norm(my_pixel_norm)

# %% [markdown]
# **2.** Write the truncation trick.


# %% tags=["exercise"]
def my_truncate(w, w_avg, psi):
    """Pull w (n, d) towards w_avg (d,)."""
    # <solution>
    return w_avg + psi * (w - w_avg)
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_truncate(my_truncate)

# %% [markdown]
# **3.** A latent of 100 numbers is 3 times another one (a positive multiple). How far apart are their w, for any mapping network of this
# kind?

# %% tags=["exercise"]
# <solution>
distance = 0.0  # PixelNorm makes both latents the same before the first layer sees them
# </solution>
# <stub>
# distance = ...
# </stub>
checks.check_same_direction(distance)

# %% [markdown]
# ## Recap
#
# 1. PixelNorm keeps the direction of z and drops its length.
# 2. The equalised learning rate lets Adam move all layers at the same relative speed; the mapping network's
#    multiplier of 0.01 slows it a hundred times.
# 3. W can take the shape of the data, Z cannot.
# 4. Truncation trades variety for safety, around the mean w.
#
# **Next:** [03 · How do styles become an image?](03_adain_synthesis.ipynb)
