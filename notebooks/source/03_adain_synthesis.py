# %% [markdown]
# # 03 · How do styles become an image?
#
# Notebook 02 made a style vector **w**. This one follows it into the **synthesis network**, the part of StyleGAN that
# draws. Every image starts from the same constant. All that makes one image differ from another comes in from the
# side: styles and noise. We look at two networks side by side: a new, untrained one, whose settings you can change, and
# the included generator `default`, which has been trained.
#
# **Goals.** After it you can
#
# 1. follow an image from the constant to the last layer and name the shapes;
# 2. write AdaIN and say what it does to the statistics of a feature map;
# 3. build a whole styled layer in the right order;
# 4. say what noise adds at each level, and why a new network has none;
# 5. explain how a new level fades in without a jump.
#
# **Needs** nothing but this repository, and notebook 02 for the meaning of w. **Takes** about 35 minutes to read,
# under a minute to run on two cores or a GPU.

# %%
from oasis_helpers import checks, device_name, load_generator, make_config
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import check_number, check_whole
from oasis_helpers.images import upright
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import blur, instance_norm, leaky_relu
from oasis_helpers.networks.synthesis import noise_shapes
from oasis_helpers.view.figures import crop_to_brain, show_slices, subplots

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
generator, trained = Generator(config), load_generator("default")
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
# are all ones. Inside the network an image is a stack of arrays, its **feature maps** (or channels). A 3x3
# **convolution** computes each pixel of a new map as a weighted sum of a 3x3 neighbourhood in all old maps; a 1x1
# convolution uses the same pixel only. Each layer takes the maps that the layer before it made, and its own copy of w. From 8 px on, the
# first layer of each level doubles the image. (A **level** is a resolution with its two layers.) At the end a 1x1
# convolution, `to_gray`, turns the last maps into grey values.

# %%
constant = to_numpy(synthesis.constant)
print("constant ", constant.shape, f"from {constant.min():g} to {constant.max():g}")
x, inputs, outputs = np.repeat(constant, len(z), axis=0), [], []
for i, layer in enumerate(synthesis.styled):
    inputs.append(x)  # kept for later
    x = layer(x, ws[:, i])
    outputs.append(to_numpy(x))
    print(f"layer {i:2d} ", tuple(x.shape), "= (images, height, width, feature maps)" if i == 0 else "")
images = to_numpy(synthesis.to_gray[-1](x))
print("image  ", images.shape)
assert np.allclose(images, to_numpy(generator(z)), atol=1e-3)  # the packaged network does the same

# %% [markdown]
# There are two layers at each resolution, from 4 pixels up, and each layer gets its own copy of w. From 4 to $R$ pixels
# there are $\log_2 R - 1$ levels, so there are
#
# $$L = 2 \log_2 R - 2$$
#
# layers: 14 at 256 px. The first ones act on the coarsest maps. The table counts them per level; its first column
# is $\log_2$ of the resolution.

# %%
print(generator.summary_table())

# %% [markdown]
# **Predict.** The new generator has learned nothing yet. What will its images look like beside those of the trained
# one: single dots, clouds, stripes, or blurred brains?

# %% alt="Four brain slices of the trained generator above four cloudy textures of the untrained one."
z_trained = np.random.default_rng(seed).standard_normal((4, trained.config.z_dim)).astype("float32")
brains = to_numpy(trained(z_trained))
figure, axes = subplots(2, 4, figsize=(7.4, 4.2))
for row, drawn, name in zip(axes, (brains, images), ("trained, 64 px", f"untrained, {resolution} px"), strict=True):
    for ax, image in zip(row, drawn, strict=True):
        ax.imshow(upright(image[..., 0]), cmap="gray", vmin=-1, vmax=1)
        ax.set(xticks=[], yticks=[])
        if drawn is brains:
            crop_to_brain(ax, sides=True)
    row[0].set_ylabel(name)
figure

# %% [markdown]
# **What we see.** The trained network draws brains. The untrained one draws cloudy textures (they leave the range
# from -1 to 1, so much is cut off to black or white). It is not pure noise either: convolution and doubling make
# neighbouring pixels alike. The constant is flat, so all structure starts at the edges, where a convolution sees
# zeros outside the image. Do not read anatomy into textures.

# %% [markdown]
# Now we look inside. The figure shows one feature map at the end of each level, for the first latent of each network.
# Of all maps we take the one with the largest standard deviation.
#
# **Predict.** At which level of the trained network will you first recognise a head: at 4, 8, 16 or 32 px?

# %%
ws_trained = trained.styles(z_trained)
x, outputs_trained = np.repeat(to_numpy(trained.synthesis.constant), 4, axis=0), []
for i, layer in enumerate(trained.synthesis.styled):
    x = layer(x, ws_trained[:, i])
    outputs_trained.append(to_numpy(x))

# %% alt="One feature map per level, from 4 pixels up, in the untrained network and in the trained one; the trained one shows the outline of a head from 32 pixels on."
figure, axes = subplots(2, len(outputs) // 2, figsize=(9.6, 4.3), squeeze=False)
for row, maps_of, name in zip(axes, (outputs, outputs_trained), ("untrained", "trained"), strict=True):
    for ax, maps in zip(row, maps_of[1::2], strict=False):  # each level has two layers: the second of each
        strongest = maps[0].std(axis=(0, 1)).argmax()
        shown = ax.imshow(upright(maps[0, :, :, strongest]), cmap="viridis")
        ax.set(title=f"{maps.shape[1]} px", xticks=[], yticks=[])
        figure.colorbar(shown, ax=ax, orientation="horizontal", shrink=0.9)
    row[0].set_ylabel(name)
figure

# %% [markdown]
# **What we see.** In the trained network the outline of a head appears at 32 px in this map. At 16 px there are pieces
# of it; at 8 px a few pixels stand out, and at 4 px about every second one. At 64 px the folds are visible, but the
# brightest part of this map lies outside the head, where the image is black. In the untrained one the maps stay clouds. A single map is not an image: you saw above what the
# last `to_gray` makes of all maps together.

# %% [markdown]
# ## Idea 1: AdaIN
#
# **Adaptive instance normalisation** (paper, equation 1) normalises each feature map, then scales and shifts it as the
# style says:
#
# $$\mathrm{AdaIN}(x_i, y) = y_{s,i}\,\frac{x_i - \mu(x_i)}{\sigma(x_i)} + y_{b,i}$$
#
# $x_i$ is feature map number $i$ of one image, $\mu(x_i)$ its mean and $\sigma(x_i)$ its standard deviation over all
# of its pixels. The fraction alone is called **instance normalisation** (the code adds a tiny $\varepsilon$ to the
# variance). From w, a dense layer without activation (the paper calls it **A**) computes two numbers for each map, a
# scale $y_s$ and a shift $y_b$. (The paper calls this pair the style y; we keep that word for w.) In the official
# release, and here, $y_s = s + 1$ and $y_b = b$, where $s$ and $b$ are the outputs of that dense layer.
#
# The packaged version is the layer `AdaIN`. It holds the dense layer too, so it takes w. Here it stands beside the toy
# version, on maps that the untrained generator makes at 8 pixels.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
adain = synthesis.styled[3].adain
maps = to_numpy(synthesis.styled[3].conv(inputs[3]))
style = to_numpy(adain.affine(ws[:, 3]))[:, None, None, :]
s, b = np.split(style, 2, axis=-1)
mean, std = maps.mean(axis=(1, 2), keepdims=True), maps.std(axis=(1, 2), keepdims=True)
toy = (s + 1) * (maps - mean) / std + b
styled = to_numpy(adain(maps, ws[:, 3]))
print("maps", maps.shape, " style", style.shape, " scale", s.shape, " shift", b.shape)
print(f"largest difference between toy and package: {abs(styled - toy).max():.1e}")
assert np.allclose(styled, toy, atol=5e-3)

# %% [markdown]
# **Why "+1"?** The dense layer starts with a bias of zero, so in a new network $s$ and $b$ scatter around 0. With the
# 1, an $s$ and a $b$ of 0 leave the normalised map as it is. If $s$ itself were the scale, an $s$ of 0 would switch
# its map off, and no gradient would pass through it.

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
no_style = to_numpy(adain(maps, np.zeros_like(ws[:, 3])))
print(f"w = 0: the maps keep the standard deviation {no_style.std(axis=(1, 2)).mean():.3f}")
for name, net, styles in (("untrained", generator, ws), ("trained", trained, ws_trained)):
    scales = np.split(to_numpy(net.synthesis.styled[3].adain.affine(styles[:, 3])), 2, axis=1)[0] + 1
    print(f"{name:10} scales s + 1 at 8 px: mean {scales.mean():.2f}, standard deviation {scales.std():.2f}")
assert np.allclose(no_style, to_numpy(instance_norm(maps)), atol=1e-4)

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
axes[1].plot(b[0, 0, 0], abs(s + 1)[0, 0, 0], "k.", label="from w alone", markersize=3)
for ax, title in zip(axes, ("before AdaIN", "after AdaIN"), strict=True):
    ax.set(title=title, xlabel="mean of the map", ylabel="standard deviation of the map")
figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
figure

# %% [markdown]
# **What we see.** Before, two clouds that hardly overlap. After, each circle has its triangle, and both lie on the
# point that w asks for (the black dots): the mean is $b$, the standard deviation the size of $s + 1$. AdaIN forgets
# the mean and the standard deviation of its input, and keeps only the pattern.
#
# <!-- seen -->
# So a style controls one layer only: the next AdaIN replaces the statistics by its own. That is why styles of
# different levels can be mixed (notebook [06](06_sampling.ipynb)).

# %% [markdown]
# ## Idea 2: the order inside a layer
#
# Each layer does, in this order (official release, `layer_epilogue`):
#
# **convolution → noise → bias → leaky ReLU → instance norm → style.**
#
# (Noise: one map of random numbers is added to all feature maps, times a learned strength. Idea 3 has the details.)
#
# ![Diagram of one styled layer: convolution, noise, bias, leaky ReLU, instance norm, style.](../docs/diagrams/styled_layer.svg)
#
# (The very first layer starts from the constant and has no convolution.) Where a layer doubles the image, it also
# smooths it right after the convolution, with a small fixed kernel (`blur`). The last two steps together are AdaIN.
# We do it by hand, for the first layer of the last level.
#
# **Predict.** What does each step do to the mean and the standard deviation of a map? And what would change if the noise
# came last, after the style?

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
layer, below, w = synthesis.styled[-2], inputs[-2], ws[:, -2]
layer.noise.strength.assign(np.full(layer.channels, 0.5, "float32"))  # by hand; a new layer has 0
noise = rng.standard_normal((len(z), resolution, resolution, 1)).astype("float32")
steps = {"convolution": to_numpy(blur(layer.conv(below)))}
steps["+ noise"] = to_numpy(layer.noise(steps["convolution"], noise))
steps["+ bias, leaky ReLU"] = to_numpy(leaky_relu(layer.bias(steps["+ noise"])))
steps["instance norm"] = to_numpy(instance_norm(steps["+ bias, leaky ReLU"]))
steps["style"] = to_numpy(layer.adain(steps["+ bias, leaky ReLU"], w))  # AdaIN contains instance norm
whole = to_numpy(layer(below, w, noise))
print(f"largest difference between our steps and the packaged layer: {abs(steps['style'] - whole).max():.1e}")
swapped = to_numpy(layer.noise(layer.adain(leaky_relu(layer.bias(steps["convolution"])), w), noise))
print(f"with the noise after the style it would be {abs(swapped - whole).max():.1f}")
assert np.allclose(steps["style"], whole, atol=5e-3)

# %% alt="One feature map after each step of a layer, each with a colour bar: convolution, noise, bias and leaky ReLU, instance norm, style."
figure, axes = subplots(1, 5, figsize=(11, 2.9))
for ax, (name, step) in zip(axes, steps.items(), strict=True):
    one = step[0, :, :, 0]
    figure.colorbar(ax.imshow(upright(one), cmap="viridis"), ax=ax, orientation="horizontal")
    ax.set(xticks=[], yticks=[])
    mean = round(float(one.mean()), 2) + 0.0  # without a "-0.00"
    ax.set_title(f"{name}\nmean {mean:.2f}, std {one.std():.2f}", fontsize=9)
figure

# %% [markdown]
# **What we see.** The colours have a scale of their own in each panel, so read the titles and the bars. The noise raises
# the standard deviation. Leaky ReLU shrinks what is below zero to a fifth, so the mean rises. Instance norm sets mean 0
# and standard deviation 1, and the style sets both anew. The order matters: the noise comes before the style, which
# therefore scales it too. If it came last, it would be the same for every style.

# %% [markdown]
# ## Idea 3: noise
#
# Two people's brains have the same parts, and differ in countless small folds. Without noise, a network would have to
# make up such randomness from its styles. StyleGAN gives it random numbers (paper, section 2, the **B** of figure 1b):
#
# $$x'_i = x_i + k_i\,\eta, \qquad \eta \sim N(0, 1)$$
#
# $\eta$ (eta) is one map of random numbers, the **same for all feature maps**, fresh for each layer and image. $k_i$ is
# the strength for map $i$. It is learned, and **zero at the start**: noise enters only where it helps. How strong has
# it become in the trained generator?

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
layer.noise.strength.assign(np.zeros(layer.channels, "float32"))  # as it was
maps, k = steps["convolution"], rng.random(layer.channels).astype("float32")
print(f"a new layer: noise changes the maps by {abs(to_numpy(layer.noise(maps, noise)) - maps).max():g}")
layer.noise.strength.assign(k)
toy = maps + k * noise  # (4, R, R, maps) + (maps,) * (4, R, R, 1)
print(f"largest difference between toy and package: {abs(to_numpy(layer.noise(maps, noise)) - toy).max():.1e}")
for i, styled_layer in enumerate(trained.synthesis.styled):
    strength, side = abs(to_numpy(styled_layer.noise.strength)).mean(), 4 * 2 ** (i // 2)  # two layers a level
    print(f"trained, layer {i} ({side:2d} px): strength {strength:.3f} on average")
assert np.allclose(to_numpy(layer.noise(maps, noise)), toy, atol=1e-4)

# %% [markdown]
# First the untrained network. We set every strength by hand to `noise_strength`, and give noise to one level at a time.
# The figure shows the image with noise minus the image without, each panel divided by its largest value.
#
# **Predict.** How will the differences change from 4 px to the last level?

# %% alt="What noise at each level of the untrained network changes, red brighter and blue darker: large patches at 4 pixels, single pixels at the last level."
for layer in synthesis.styled:
    layer.noise.strength.assign(np.full(layer.channels, noise_strength, "float32"))
noise = [rng.standard_normal(shape).astype("float32") for shape in noise_shapes(1, resolution)]
plain, differences, titles = to_numpy(generator(z[:1])), [], []
for level in range(len(noise) // 2):
    only = [n if i // 2 == level else None for i, n in enumerate(noise)]
    difference = to_numpy(generator(z[:1], noise=only)) - plain
    differences.append(difference[0] / max(abs(difference).max(), 1e-12))
    titles.append(f"noise at {2 ** (level + 2)} px\nmean size {abs(difference).mean():.2f}")
show_slices(
    differences, titles, 7, cmap="RdBu_r", value_range=(-1, 1), colorbar="difference / largest", size=1.5, crop=False
)

# %% [markdown]
# **What we see.** From coarse to fine: noise at 4 px moves large patches, noise at the last level only single pixels.
#
# <!-- seen -->
# The 4 px level is special in a new network. The constant is flat there, and instance norm scales whatever noise
# there is to full size, however weak: hence the largest mean size, in the first panel. In a trained network the
# constant is not flat.

# %% [markdown]
# Now the trained generator, with the strengths that it has learned. We draw one brain eight times, each time with
# other noise at one level and none elsewhere, and show how much each pixel varies.

# %% alt="How much noise at each level changes one brain of the trained generator: faint at the rim and in the folds for 4 to 32 pixels, several times stronger in the tissue for 64 pixels."
spread = []
for level in range(5):
    shapes = noise_shapes(8, 64)
    only = [rng.standard_normal(s).astype("float32") if i // 2 == level else None for i, s in enumerate(shapes)]
    drawn = np.clip(to_numpy(trained(np.repeat(z_trained[:1], 8, axis=0), noise=only)), -1, 1)  # as it is shown
    spread.append(127.5 * drawn.std(axis=0))  # the images reach from -1 to 1, grey values from 0 to 255
titles = [f"noise at {2 ** (level + 2)} px" for level in range(5)]
assert np.argmax([one.mean() for one in spread]) == 4
show_slices(spread, titles, 5, size=2.2, cmap="viridis", crop=True, colorbar="standard deviation\n(grey values)")

# %% [markdown]
# **What we see.** The trained generator uses noise sparingly: at most about 25 grey values of 255, in most pixels far
# less. Its effect is inside the head: at the rim, in the folds and around the ventricles. Exercise 3 asks how the levels
# compare.

# %% [markdown]
# **One parameter at two values.** Back to the untrained network. Each image below shows, pixel by pixel, how much 12
# draws of noise differ from each other (their standard deviation), with noise from 8 px on. Same w, same scale.
#
# **Predict.** What will a strength four times as large change: how much the pixels vary, where they vary, or both?

# %% alt="Two maps of how much each pixel varies with the noise: brighter and more even for the strength that is four times as large."
spread, strengths = [], (noise_strength, 4 * noise_strength)
for strength in strengths:
    for layer in synthesis.styled:
        layer.noise.strength.assign(np.full(layer.channels, strength, "float32"))
    shapes = noise_shapes(12, resolution)
    noise = [rng.standard_normal(shape).astype("float32") if shape[1] > 4 else None for shape in shapes]
    draws = to_numpy(generator(np.repeat(z[:1], 12, axis=0), noise=noise))
    spread.append(draws.std(axis=0))
titles = [f"strength {v:g}\nmean {m.mean():.2f}" for v, m in zip(strengths, spread, strict=True)]
show_slices(spread, titles, size=2.6, cmap="cividis", value_range=(0, np.max(spread)), colorbar="standard deviation")

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
for v, m in zip(strengths, spread, strict=True):
    share = m.std() / max(m.mean(), 1e-9)
    print(f"strength {v:g}: mean {m.mean():.3f}; standard deviation over the pixels: {share:.0%} of the mean")

# %% [markdown]
# **What we see.** Both. The pixels vary more, but far less than four times as much: instance norm holds the sum of
# map and noise at one size, so strong noise is not merely added to the map but replaces part of it. That is also why
# the right image is more even: weak noise changes the image most where the signal is weak; strong noise replaces the
# signal everywhere.

# %% [markdown]
# ## Idea 4: growing
#
# A new level starts with random weights. If it simply took over, the image would jump from something learned to
# something random. So it **fades in** (Karras et al. 2017, figure 2):
#
# $$\mathrm{image} = (1 - \alpha)\,\mathrm{up}(\mathrm{old}) + \alpha\,\mathrm{new}$$
#
# $\mathrm{old}$ is the image of the level below, $\mathrm{up}$ doubles it, $\mathrm{new}$ is the
# image of the new level, and $\alpha$ rises from 0 to 1 while training goes on. The toy version:

# %%
for layer in synthesis.styled:
    layer.noise.strength.assign(np.zeros(layer.channels, "float32"))
old = to_numpy(generator(z, resolution=resolution // 2))
new = to_numpy(generator(z, resolution=resolution))
doubled = np.repeat(np.repeat(old, 2, axis=1), 2, axis=2)
print("old", old.shape, "-> doubled", doubled.shape)
for alpha in (0.0, 0.5, 1.0):
    packaged = to_numpy(generator(z, resolution=resolution, alpha=alpha))
    toy = (1 - alpha) * doubled + alpha * new
    moved = abs(packaged - doubled).mean()
    print(f"alpha {alpha}: the image differs from the old one, doubled, by {moved:.2f} on average")
    assert np.allclose(packaged, toy, atol=1e-3)

# %% [markdown]
# **Predict.** Is the image at alpha 1 a sharper version of the one at alpha 0: in the untrained network, and in the trained
# one?

# %% alt="An image at alpha 0, 0.5 and 1, of the untrained generator, enlarged, and of the trained one: 2 by 2 squares at 0, finer at 1."
alphas, corner = (0.0, 0.5, 1.0), resolution // 2
faded = [upright(to_numpy(generator(z[:1], alpha=a))[0, :, :, 0]) for a in alphas]
brain = [upright(to_numpy(trained(z_trained[:1], alpha=a))[0, :, :, 0]) for a in alphas]
figure, axes = subplots(2, 3, figsize=(7.5, 5))
for column, alpha in enumerate(alphas):
    axes[0, column].imshow(faded[column][:corner, :corner], cmap="gray", vmin=np.min(faded), vmax=np.max(faded))
    axes[1, column].imshow(brain[column][12:44, 16:48], cmap="gray", vmin=-1, vmax=1)
    axes[0, column].set_title(f"alpha = {alpha}")
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel(f"untrained, {corner} px of {resolution}")
axes[1, 0].set_ylabel("trained, 32 px of 64")
figure

# %% [markdown]
# **What we see.** At alpha 0 the image is made of 2x2 squares, since $\mathrm{up}$ repeats pixels: the grown network
# shows what the smaller one knew. At alpha 1 it is finer. In the untrained network it is also another image, as the
# new `to_gray` knows nothing yet. Training closes this gap while alpha rises, and the discriminator fades in the same
# way (notebook [04](04_discriminator_and_losses.ipynb)). In the trained network the ventricles are in the same
# place, but the image at alpha 0 has far too much contrast: white matter is white, and nearly everything else, the
# grey rim included, has turned black. Once the level had faded
# in, nobody trained the old `to_gray` any more, while the layers below it changed.

# %% [markdown]
# ## Limits
#
# - Most of this notebook uses an untrained network. The mechanics are the same in a trained one; what each level and each
#   noise map *means* in a brain can only be seen after training.
# - Which styles set the anatomy of a brain, and which its fine texture, has to be measured; idea 3 of notebook
#   [06](06_sampling.ipynb) does so.
# - Noise invents detail. A fold that comes from noise was never in a head. Samples are not patients.

# %% [markdown]
# ## Exercises
#
# Replace the dots, run the cell, and read the verdict.
#
# **1. Build.** Write a whole styled layer in NumPy, from the convolution's output to the styled maps. The order is in
# idea 2. Everything that the layer has learned is given.


# %% tags=["exercise"]
def my_styled_layer(x, noise, strength, bias, s, b):
    """Style maps x (n, h, w, c); noise is (n, h, w, 1), strength and bias are (c,), s and b of AdaIN (n, c)."""
    # <solution>
    x = x + strength * noise + bias
    x = np.where(x > 0, x, 0.2 * x)
    normed = (x - x.mean(axis=(1, 2), keepdims=True)) / x.std(axis=(1, 2), keepdims=True)
    return (s[:, None, None] + 1) * normed + b[:, None, None]
    # </solution>
    # <stub>
    # return ...
    # </stub>


checks.check_styled_layer(my_styled_layer)

# %% [markdown]
# **2. Break.** Instance norm looks at each image alone. Batch norm takes mean and standard deviation over all images of
# the batch. Put it in AdaIN's place, for a batch of two images. The maps of the first have mean 0 and standard deviation
# 1; the second shows the same maps, three times as strong. After instance norm both have a standard deviation of 1.
# Predict: what is the standard deviation of the *first* image's maps after batch norm? Fill it in, to two digits, then run
# the next cell, which breaks AdaIN.

# %% tags=["exercise"]
# <solution>
first_std = 1 / np.sqrt(5)  # the batch's variance is the mean of 1 and 9
# </solution>
# <stub>
# first_std = ...
# </stub>
checks.check_batch_norm(first_std)

# %% tags=["nbval-ignore-output"]
# Not compared in CI: the last digits depend on the engine.
first = np.random.default_rng(0).standard_normal((1, 16, 16, 1))
first = (first - first.mean()) / first.std()
batch = np.concatenate([first, 3 * first])
broken = (batch - batch.mean(axis=(0, 1, 2))) / batch.std(axis=(0, 1, 2))  # over the images as well
for name, maps in (("batch norm", broken), ("instance norm", to_numpy(instance_norm(batch.astype("float32"))))):
    print(f"{name:14} standard deviation of the first {maps[0].std():.2f}, of the second {maps[1].std():.2f}")

# %% [markdown]
# <!-- seen -->
# The first image did not change, yet its standard deviation fell to 0.45 because of its neighbour. So with batch norm
# a style could no longer set how strong a map is.
#
# **3. Read the figure.** Look again at what the noise changes in the *trained* generator. Noise at which level has the
# largest effect on the image? Give the level in pixels.

# %% tags=["exercise"]
# <solution>
level_px = 64  # by far the brightest panel
# </solution>
# <stub>
# level_px = ...
# </stub>
checks.check_noisiest_level(level_px)

# %% [markdown]
# ## Recap
#
# 1. An image starts as a learned constant of 4x4. Each layer styles it, and the first layer of each further level
#    doubles it.
# 2. AdaIN gives each feature map the mean $b$ and the standard deviation $|s + 1|$, whatever they were before.
# 3. Noise adds random detail, coarse at the first levels and fine at the last. Its strengths start at zero, and the
#    network learns where it helps.
# 4. Inside a layer: convolution, noise, bias, leaky ReLU, instance norm, style. So the style scales the noise too.
# 5. A new level fades in: at alpha 0 the image is the old one, doubled, so nothing jumps.
#
# **Next:** [04 · What teaches the generator, and who teaches the teacher?](04_discriminator_and_losses.ipynb)
