# %% [markdown]
# # 03 · How do styles become an image?
#
# Notebook 02 made a style vector **w**. This one follows it into the **synthesis network**, the part of StyleGAN that
# draws. Every image starts from the same constant. All that makes one image differ from another comes in from the
# side: styles and noise.
#
# **Goals.** After it you can
#
# 1. follow an image from the constant to the last layer and name the shapes;
# 2. write AdaIN and say what it does to the statistics of a feature map;
# 3. say what noise adds at each level, and why a new network has none;
# 4. explain how a new level fades in without a jump.
#
# **Needs** nothing but this repository, and notebook 02 for the meaning of w. **Takes** about 20 minutes to read,
# under a minute to run on two cores or a GPU.

# %%
from oasis_helpers import checks, device_name, make_config
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import check_number, check_whole
from oasis_helpers.images import upright
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import blur, instance_norm, leaky_relu
from oasis_helpers.networks.synthesis import noise_shapes
from oasis_helpers.view.figures import show_slices, subplots

import numpy as np

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the device differs from machine to machine.
print(device_name())

# %% [markdown]
# ## Parameters
#
# Change a value, then run the notebook again from here.

# %% tags=["parameters"]
resolution = 64  # side of the image in pixels; a power of two, 8 to 256 here; 8 leaves a single level to grow
channel_max = 128  # most feature maps in a layer; from 1; 512 or more turns the limit off
w_dim = 128  # length of w; 1 to 4096, the paper has 512
noise_strength = 0.3  # what all noise strengths are set to in idea 3; 0 to 10; 0 turns noise off
seed = 0  # of weights, latents and noise; any whole number from 0

# %%
check_whole("resolution", resolution, 8, 256)
noise_strength = check_number("noise_strength", noise_strength, 0, 10)
config = make_config("laptop", resolution=resolution, channel_max=channel_max, w_dim=w_dim, seed=seed)
generator = Generator(config)
synthesis = generator.synthesis
rng = np.random.default_rng(seed)
z = rng.standard_normal((4, config.z_dim)).astype("float32")
ws = generator.styles(z)
print("styles:", tuple(ws.shape), "= (images, layers, numbers)")
print("the first latent starts with", " ".join(f"{number:.3f}" for number in z[0, :4]))

# %% [markdown]
# ## The path of one image
#
# An older generator feeds z into its first layer. StyleGAN does not: its first layer sees a **learned constant**
# (paper, section 2, figure 1b), a small block of numbers that is the same for every image. In a new network they
# are all ones. Each layer takes the maps that the layer before it made, and its own copy of w. From 8 px on, the
# first layer of each level doubles the image. At the end a 1x1 convolution, `to_gray`, turns the last maps into
# grey values.

# %%
constant = to_numpy(synthesis.constant)
print("constant ", constant.shape, "all ones:", np.all(constant == 1))
x, inputs = np.repeat(constant, len(z), axis=0), []
for i, layer in enumerate(synthesis.styled):
    inputs.append(x)  # kept for later
    x = layer(x, ws[:, i])
    print(f"layer {i:2d} ", tuple(x.shape), "= (images, height, width, feature maps)" if i == 0 else "")
images = to_numpy(synthesis.to_gray[-1](x))
print("image  ", images.shape, "same as generator(z):", np.allclose(images, to_numpy(generator(z)), atol=1e-4))

# %% [markdown]
# There are two layers at each resolution, from 4 pixels up, and each layer has a style of its own. For an image of
# $R$ pixels that makes
#
# $$L = 2 \log_2 R - 2$$
#
# styles: 14 at 256 px. The first ones act on the coarsest maps. The table counts them per level.

# %%
print(generator.summary_table())

# %% [markdown]
# **Predict.** This generator has learned nothing yet. What will its images look like: brains, pure noise, or
# something between?

# %% alt="Four cloudy textures, drawn by an untrained generator from four latents."
show_slices(images, columns=4, size=2.0, title="four latents, one untrained generator")

# %% [markdown]
# **What we see.** Cloudy textures, and no brain. It is not pure noise either: convolution and doubling make
# neighbouring pixels alike. The constant is flat, so all structure starts at the edges, where a convolution sees zeros
# outside the image. The styles decide what becomes of it. Do not read anatomy into textures.
#
# ## Idea 1: AdaIN
#
# **Adaptive instance normalisation** (paper, equation 1) first removes how strong a feature map is, and then lets
# the style say how strong it shall be. The fraction alone is called **instance normalisation**:
#
# $$\mathrm{AdaIN}(x_i, y) = y_{s,i}\,\frac{x_i - \mu(x_i)}{\sigma(x_i)} + y_{b,i}$$
#
# $x_i$ is feature map number $i$ of one image, $\mu(x_i)$ its mean and $\sigma(x_i)$ its standard deviation over all
# of its pixels. The style $y = (y_s, y_b)$ holds a scale and a shift for each map. A dense layer without activation
# computes it from w (the paper calls it **A**). In the official release, and here, $y_s = s + 1$ and $y_b = b$, where
# $s$ and $b$ are what that dense layer puts out.
#
# The toy version, on maps that the generator makes at 8 pixels:

# %%
adain = synthesis.styled[3].adain
maps = to_numpy(synthesis.styled[3].conv(inputs[3]))
style = to_numpy(adain.affine(ws[:, 3]))[:, None, None, :]
s, b = np.split(style, 2, axis=-1)
mean, std = maps.mean(axis=(1, 2), keepdims=True), maps.std(axis=(1, 2), keepdims=True)
toy = (s + 1) * (maps - mean) / std + b
print("maps", maps.shape, " style", style.shape, " scale", s.shape, " shift", b.shape)

# %% [markdown]
# The packaged version is the layer `AdaIN`. It holds the dense layer too, so it takes w. The equation says that the
# mean of each map is then $b$, and its standard deviation the size of $s + 1$.

# %%
styled = to_numpy(adain(maps, ws[:, 3]))
print("same numbers as the toy:", np.allclose(styled, toy, atol=1e-3))
print("mean after is b:", np.allclose(styled.mean(axis=(1, 2)), b[:, 0, 0], atol=1e-3))
print("standard deviation after is |s + 1|:", np.allclose(styled.std(axis=(1, 2)), abs(s + 1)[:, 0, 0], atol=1e-3))

# %% [markdown]
# **Why "+1"?** The dense layer starts with a bias of zero, so $s$ and $b$ scatter around 0. If $s$ itself were the
# scale, a style near 0 would switch its map off, and a network of many layers would pass on almost nothing. With the
# 1, a style of 0 means "leave the normalised map as it is".

# %%
no_style = to_numpy(adain(maps, np.zeros_like(ws[:, 3])))
print("w = 0 leaves the normalised map:", np.allclose(no_style, to_numpy(instance_norm(maps)), atol=1e-5))

# %% [markdown]
# **Predict.** Now two very different inputs pass through the same AdaIN, with the same w: the maps from above, and
# much stronger random dots. Each mark below is one feature map of one image. Where will the two clouds lie after
# AdaIN?

# %% alt="Mean against standard deviation of feature maps: before AdaIN two clouds, after it circles and triangles in pairs."
dots = (rng.uniform(5, 20, maps.shape[3]) * rng.random(maps.shape)).astype("float32")
figure, axes = subplots(1, 2, figsize=(9, 3.6))
for name, values, mark in (("maps of the network", maps, "o"), ("random dots", dots, "^")):
    after = to_numpy(adain(values, ws[:, 3]))
    for ax, v in zip(axes, (values, after), strict=True):
        ax.plot(v[0].mean(axis=(0, 1)), v[0].std(axis=(0, 1)), mark, label=name, markersize=7, fillstyle="none")
axes[1].plot(b[0, 0, 0], abs(s + 1)[0, 0, 0], "k.", label="the style: b, |s + 1|", markersize=3)
for ax, title in zip(axes, ("before AdaIN", "after AdaIN"), strict=True):
    ax.set(title=title, xlabel="mean of the map", ylabel="standard deviation of the map")
figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
figure

# %% [markdown]
# **What we see.** Before, two clouds that hardly overlap. After, each circle has its triangle, and both lie on the point
# that the style asks for. AdaIN forgets the mean and the strength of its input, and keeps only the pattern.
#
# So a style rules one layer only: the next AdaIN writes its own statistics over them. That is why styles of different
# levels can be mixed (notebook [06](06_sampling.ipynb)).
#
# ## Idea 2: the order inside a layer
#
# Each layer does, in this order (official release, `layer_epilogue`):
#
# **convolution → noise → bias → leaky ReLU → instance norm → style.**
#
# ![Diagram of one styled layer: convolution, noise, bias, leaky ReLU, instance norm, style.](../docs/diagrams/styled_layer.svg)
#
# Where a layer doubles the image, it also smooths it right after the convolution, with a small fixed kernel (`blur`).
# The last two steps together are AdaIN. We do it by hand, for the first layer of the last level.
#
# **Predict.** If the noise came last, after the style: would the style still scale it?

# %%
layer, below, w = synthesis.styled[-2], inputs[-2], ws[:, -2]
layer.noise.strength.assign(np.full(layer.channels, 0.5, "float32"))  # by hand; a new layer has 0
noise = rng.standard_normal((len(z), resolution, resolution, 1)).astype("float32")
steps = {"convolution": blur(layer.conv(below))}
steps["+ noise"] = layer.noise(steps["convolution"], noise)
steps["+ bias, leaky ReLU"] = leaky_relu(layer.bias(steps["+ noise"]))
steps["instance norm"] = instance_norm(steps["+ bias, leaky ReLU"])
steps["style"] = layer.adain(steps["+ bias, leaky ReLU"], w)
whole = to_numpy(layer(below, w, noise))
print("same as the packaged layer:", np.allclose(to_numpy(steps["style"]), whole, atol=1e-3))
swapped = to_numpy(layer.noise(layer.adain(leaky_relu(layer.bias(steps["convolution"])), w), noise))
print("same with the noise after the style:", np.allclose(swapped, whole, atol=1e-3))

# %% alt="One feature map after each step of a layer: convolution, noise, bias, leaky ReLU, instance norm, style."
first = np.stack([to_numpy(step)[0, :, :, 0] for step in steps.values()])
titles = [f"{name}\n{m.mean():z.2f} ± {m.std():.2f}" for name, m in zip(steps, first, strict=True)]
show_slices(
    first, titles, columns=5, size=1.9, cmap="viridis", title="one feature map, step by step: mean ± standard deviation"
)

# %% [markdown]
# **What we see.** The order matters. The noise roughens the map. Leaky ReLU squeezes what is below zero to a fifth.
# Instance norm sets mean 0 and standard deviation 1, and the style sets both anew. The noise comes before, so the style
# scales it too; coming last, it would be the same for every style.
#
# ## Idea 3: noise
#
# Two people's brains have the same parts, and differ in countless small folds. A network without noise must make up
# such chance from the little it gets. StyleGAN hands it chance instead (paper, section 2, the **B** of figure 1b):
#
# $$x'_i = x_i + k_i\,\eta, \qquad \eta \sim N(0, 1)$$
#
# $\eta$ (eta) is one map of random numbers, the **same for all feature maps**, fresh for each layer and image. $k_i$ is the
# strength for map $i$. It is learned, and **zero at the start**: noise enters only where it helps.

# %%
layer.noise.strength.assign(np.zeros(layer.channels, "float32"))  # as it was
maps, n = to_numpy(steps["convolution"]), noise
k = rng.random(layer.channels).astype("float32")
toy = maps + k * n  # (4, R, R, maps) + (maps,) * (4, R, R, 1)
print("a new layer ignores the noise:", np.allclose(to_numpy(layer.noise(maps, n)), maps))
layer.noise.strength.assign(k)
print("same numbers as the toy:", np.allclose(to_numpy(layer.noise(maps, n)), toy, atol=1e-5))

# %% [markdown]
# **Predict.** We set every strength by hand to `noise_strength`, and give noise to one level at a time. The figure
# shows the image with noise minus the image without. How will the differences change from 4 px to the last level?

# %% alt="What noise at each level changes, red brighter and blue darker: large patches at 4 pixels, single pixels at the last level."
for layer in synthesis.styled:
    layer.noise.strength.assign(np.full(layer.channels, noise_strength, "float32"))
noise = [rng.standard_normal(shape).astype("float32") for shape in noise_shapes(1, resolution)]
plain, differences, sizes = to_numpy(generator(z[:1])), [], []
for level in range(len(noise) // 2):
    only = [n if i // 2 == level else None for i, n in enumerate(noise)]
    difference = to_numpy(generator(z[:1], noise=only)) - plain
    sizes.append(abs(difference).mean())
    differences.append(difference[0] / max(abs(difference).max(), 1e-12))  # each in its own scale
titles = [f"noise at {2 ** (i + 2)} px\nmean size {size:.2f}" for i, size in enumerate(sizes)]
show_slices(differences, titles, columns=6, size=2.0, cmap="RdBu_r", value_range=(-1, 1))

# %% [markdown]
# **What we see.** From coarse to fine. Noise at 4 px moves large patches, noise at the last level only single pixels.
# Red is brighter, blue darker, white unchanged.
#
# The 4 px level is special here. The untrained constant is flat, and instance norm scales whatever noise there is to
# full size, however weak. In a trained network the constant is not flat, and this noise is a gentle one.
#
# **One parameter at two values.** Each image below shows, pixel by pixel, how much 12 draws of noise differ from
# each other (their standard deviation), with noise from 8 px on. Same w, same scale. What will a strength four times
# as large change: how much the pixels vary, where they vary, or both?

# %% alt="Two maps of how much each pixel varies with the noise: brighter and more even for the strength that is four times as large."
spread = []
for strength in (noise_strength, 4 * noise_strength):
    for layer in synthesis.styled:
        layer.noise.strength.assign(np.full(layer.channels, strength, "float32"))
    shapes = noise_shapes(12, resolution)
    noise = [rng.standard_normal(shape).astype("float32") if shape[1] > 4 else None for shape in shapes]
    draws = to_numpy(generator(np.repeat(z[:1], 12, axis=0), noise=noise))
    spread.append(draws.std(axis=0))
titles = [
    f"strength {v:g}\nmean {m.mean():.2f}" for v, m in zip((noise_strength, 4 * noise_strength), spread, strict=True)
]
print("more noise, more spread:", bool(spread[1].mean() > spread[0].mean()))
show_slices(spread, titles, size=2.6, cmap="cividis", value_range=(0, np.max(spread)))

# %% [markdown]
# **What we see.** Both. The pixels vary more, but far less than four times as much: instance norm holds the sum of map
# and noise at one size, so strong noise does not add to the map but crowds it out. That is also why the right image
# is so even: weak noise shows where the map lets it through, strong noise is everywhere. (From a strength of about 3 on,
# four times as much changes nothing any more: the noise has crowded out all else.)
#
# ## Idea 4: growing
#
# A new level starts with random weights. If it simply took over, the image would jump from something learned to
# something random. So it **fades in** (Karras et al. 2017, figure 2):
#
# $$\mathrm{image} = (1 - \alpha)\,\mathrm{up}(\mathrm{old}) + \alpha\,\mathrm{new}$$
#
# $\mathrm{old}$ is the image of the level below, $\mathrm{up}$ doubles it by repeating pixels, $\mathrm{new}$ is the
# image of the new level, and $\alpha$ rises from 0 to 1 while training goes on. The toy version:

# %%
for layer in synthesis.styled:
    layer.noise.strength.assign(np.zeros(layer.channels, "float32"))
old = to_numpy(generator(z, resolution=resolution // 2))
new = to_numpy(generator(z, resolution=resolution))
doubled = np.repeat(np.repeat(old, 2, axis=1), 2, axis=2)
for alpha in (0.0, 0.5, 1.0):
    packaged = to_numpy(generator(z, resolution=resolution, alpha=alpha))
    toy = (1 - alpha) * doubled + alpha * new
    print(f"alpha {alpha}: same numbers as the toy:", np.allclose(packaged, toy, atol=1e-4))
packaged = to_numpy(generator(z, resolution=resolution, alpha=0.0))
print("alpha 0 is the old image, doubled:", old.shape, "->", packaged.shape, np.allclose(packaged, doubled, atol=1e-5))

# %% [markdown]
# **Predict.** At alpha 0, what will you see if you look closely at the pixels? And is the image at alpha 1 a sharper
# version of the one at alpha 0?

# %% alt="An image at alpha 0, 0.5 and 1, whole and enlarged: 2 by 2 squares at 0, finer at 1."
alphas, corner = (0.0, 0.5, 1.0), resolution // 4
faded = [upright(to_numpy(generator(z[:1], alpha=a))[0, :, :, 0]) for a in alphas]
figure, axes = subplots(2, 3, figsize=(7, 5))
for column, image in enumerate(faded):
    for ax, view in ((axes[0, column], image), (axes[1, column], image[:corner, :corner])):
        ax.imshow(view, cmap="gray", vmin=np.min(faded), vmax=np.max(faded))
        ax.set(xticks=[], yticks=[])
    axes[0, column].set_title(f"alpha = {alphas[column]}")
axes[0, 0].set_ylabel("whole")
axes[1, 0].set_ylabel("upper left corner")
figure

# %% [markdown]
# **What we see.** At alpha 0 the image is made of 2x2 squares: the grown network shows exactly what it knew. At
# alpha 1 it is finer, but another image, as the new `to_gray` knows nothing yet. Training closes this gap while alpha
# rises, and the discriminator fades in the same way (notebook [04](04_discriminator_and_losses.ipynb)).
#
# ## Limits
#
# - The network is untrained. The mechanics are the same in a trained one; what each level and each noise map *means*
#   in a brain can only be seen after training.
# - That coarse styles set the anatomy and fine ones the grain is what the paper finds for faces. It has to be checked
#   for brains, not assumed; idea 3 of notebook [06](06_sampling.ipynb) does so.
# - Noise invents detail. A fold that comes from noise was never in a head. Samples are not patients.
#
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1.** Write AdaIN with NumPy.


# %% tags=["exercise"]
def my_adain(x, s, b):
    """Style feature maps x (n, h, w, c) with s and b (n, c): mean b and standard deviation |s + 1|."""
    # <solution>
    normed = (x - x.mean(axis=(1, 2), keepdims=True)) / x.std(axis=(1, 2), keepdims=True)
    return normed * (s[:, None, None] + 1) + b[:, None, None]
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_adain(my_adain)

# %% [markdown]
# **2.** Write the fade.


# %% tags=["exercise"]
def my_fade(old, new, alpha):
    """Blend old (n, r, r, 1), doubled by repeating pixels, with new (n, 2r, 2r, 1)."""
    # <solution>
    doubled = np.repeat(np.repeat(old, 2, axis=1), 2, axis=2)
    return doubled + alpha * (new - doubled)
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_fade(my_fade)

# %% [markdown]
# **3.** How many styles does a generator of R pixels have? R is a power of two from 4 on.


# %% tags=["exercise"]
def my_num_styles(R):
    """Count the styles of a generator that ends at R pixels."""
    # <solution>
    return 2 * np.log2(R) - 2
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_num_styles(my_num_styles)

# %% [markdown]
# ## Recap
#
# 1. An image starts as a learned constant of 4x4. Each layer styles it, and every second one doubles it.
# 2. AdaIN gives each feature map the mean $b$ and the standard deviation $|s + 1|$, whatever they were before.
# 3. Noise adds chance detail, coarse at the first levels and fine at the last. Its strengths start at zero, and the
#    network learns where it helps.
# 4. A new level fades in: at alpha 0 the image is the old one, doubled, so nothing jumps.
#
# **Next:** [04 · What teaches the generator, and who teaches the teacher?](04_discriminator_and_losses.ipynb)
