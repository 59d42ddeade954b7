"""Every layer once more in plain NumPy and float64, the slow and obvious way, from the paper and its release."""

import numpy as np
from scipy import ndimage, signal

SQRT2 = 2**0.5
BLUR = np.outer([1, 2, 1], [1, 2, 1]) / 16


def normal(*shape, seed=0, scale=1.0):
    """Return float32 numbers from N(0, scale^2)."""
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype("float32")


def randomise(variables, seed=0, scale=1.0):
    """Give every variable values from N(0, scale^2), so that none of them is neutral as at the start."""
    for i, variable in enumerate(variables):
        variable.assign(normal(*variable.shape, seed=[seed, i], scale=scale))


def jacobian(function, shape):
    """Return the matrix of a linear function of an array of this shape, column by column."""
    return np.stack([function(row.reshape(shape)).ravel() for row in np.eye(np.prod(shape))], axis=1)


def slope(function, x, direction, step=1e-5):
    """Return the derivative of a scalar function along a direction, by central differences in float64."""
    x, direction = np.asarray(x, "float64"), np.asarray(direction, "float64")
    return (function(x + step * direction) - function(x - step * direction)) / (2 * step)


# ---------------------------------------------------------------- layers; images are (b, h, w, c)


def leaky_relu(x):
    return np.where(x > 0, x, 0.2 * x)


def softplus(x):
    return np.log1p(np.exp(x))


def pixel_norm(x):
    x = np.asarray(x, "float64")
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-8)


def instance_norm(x):
    x = np.asarray(x, "float64")
    y = np.empty_like(x)
    for b in range(x.shape[0]):
        for c in range(x.shape[3]):
            feature_map = x[b, :, :, c]
            y[b, :, :, c] = (feature_map - feature_map.mean()) / np.sqrt(feature_map.var() + 1e-8)
    return y


def upsample(x):
    return x.repeat(2, axis=1).repeat(2, axis=2)


def downsample(x):
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) / 4


def blur(x):
    x = np.asarray(x, "float64")
    return ndimage.convolve(x, BLUR[None, :, :, None], mode="constant", cval=0.0)


def conv(x, kernel):
    """Convolve as networks do (no flip of the kernel), zeros outside, size kept."""
    x, kernel = np.asarray(x, "float64"), np.asarray(kernel, "float64")
    y = np.zeros((*x.shape[:3], kernel.shape[3]))
    for b in range(x.shape[0]):
        for f in range(kernel.shape[3]):
            for c in range(kernel.shape[2]):
                y[b, :, :, f] += signal.correlate2d(x[b, :, :, c], kernel[:, :, c, f], mode="same")
    return y


def equalized_conv(x, kernel, gain=SQRT2, resample=None):
    kernel = np.asarray(kernel, "float64") * gain / np.sqrt(np.prod(kernel.shape[:3]))
    if resample == "up":
        return conv(upsample(x), kernel)
    if resample == "down":
        return downsample(conv(x, kernel))
    return conv(x, kernel)


def equalized_dense(x, kernel, bias, gain=SQRT2, lr_multiplier=1.0):
    weight = np.asarray(kernel, "float64") * (gain / np.sqrt(kernel.shape[0])) * lr_multiplier
    return np.asarray(x, "float64") @ weight + np.asarray(bias, "float64") * lr_multiplier


def adain(x, w, kernel, bias):
    c = x.shape[3]
    style = equalized_dense(w, kernel, bias, gain=1.0)
    scale, shift = style[:, None, None, :c], style[:, None, None, c:]
    return instance_norm(x) * (scale + 1) + shift


def minibatch_stddev(x, group):
    """Append the map for whole groups only: image i is in group i mod (b / group)."""
    x = np.asarray(x, "float64")
    groups = x.shape[0] // group
    extra = np.empty((*x.shape[:3], 1))
    for g in range(groups):
        members = [i for i in range(x.shape[0]) if i % groups == g]
        extra[members] = np.sqrt(x[members].var(axis=0) + 1e-8).mean()
    return np.concatenate([x, extra], axis=3)


# ---------------------------------------------------------------- networks; weights are dictionaries of arrays


def mapping(z, layers, lr_multiplier=0.01):
    x = pixel_norm(z)
    for layer in layers:
        x = leaky_relu(equalized_dense(x, layer["kernel"], layer["bias"], SQRT2, lr_multiplier))
    return x


def synthesis_layer(x, w, noise, layer, conv=None):
    """Convolve, blur, add noise, add bias, bend, normalise, style; conv is None, "same" or "up"."""
    if conv == "same":
        x = equalized_conv(x, layer["conv"])
    if conv == "up":
        x = blur(equalized_conv(upsample(x), layer["conv"]))
    if noise is not None:
        x = x + noise * layer["strength"]
    x = leaky_relu(x + layer["bias"])
    return adain(x, w, layer["style_kernel"], layer["style_bias"])


def demodulated_conv(x, style, kernel, conv="same"):
    """Give every image a kernel of its own, by equations 1 to 3 of Karras et al. 2019, and convolve it with that."""
    kernel = np.asarray(kernel, "float64") / np.sqrt(np.prod(kernel.shape[:3]))
    images = []
    for image, scales in zip(x, np.asarray(style, "float64"), strict=True):
        own = np.empty_like(kernel)  # (k, k, c, filters)
        for j in range(kernel.shape[3]):
            scaled = kernel[:, :, :, j] * scales  # w' of output map j
            own[:, :, :, j] = scaled / np.sqrt((scaled**2).sum() + 1e-8)
        images.append(conv_of(image[None], own, conv)[0])
    return np.stack(images)


def conv_of(x, kernel, kind):
    return blur(conv(upsample(x), kernel)) if kind == "up" else conv(x, kernel)


def demodulated_layer(x, w, noise, layer, conv=None):
    """Style, convolve, demodulate, blur, add noise, add bias, bend; conv is None, "same" or "up"."""
    style = equalized_dense(w, layer["style_kernel"], layer["style_bias"], gain=1.0) + 1
    x = x * style[:, None, None] if conv is None else demodulated_conv(x, style, layer["conv"], conv)
    if noise is not None:
        x = x + noise * layer["strength"]
    return leaky_relu(x + layer["bias"]) * (1 if conv is None else SQRT2)


def to_gray(x, kernel, bias):
    return equalized_conv(x, kernel, gain=1.0) + bias


def synthesis(constant, layers, grays, ws, noise, styled=synthesis_layer):
    """Return the image of the last layer's resolution, fully faded in; ``styled`` is one layer."""
    x = np.repeat(constant, len(ws), axis=0)
    for i, layer in enumerate(layers):
        kind = None if i == 0 else "up" if i % 2 == 0 else "same"
        x = styled(x, ws[:, i], noise[i], layer, kind)
    return to_gray(x, *grays[len(layers) // 2 - 1])


def from_gray(x, kernel, bias):
    return leaky_relu(equalized_conv(x, kernel) + bias)


def down_block(x, block):
    x = leaky_relu(equalized_conv(x, block["conv0"]) + block["bias0"])
    return leaky_relu(equalized_conv(blur(x), block["conv1"], resample="down") + block["bias1"])


def head(x, weights, group):
    if group is not None:
        x = minibatch_stddev(x, group)
    x = leaky_relu(equalized_conv(x, weights["conv"]) + weights["bias"])
    x = leaky_relu(equalized_dense(x.reshape(len(x), -1), weights["dense_kernel"], weights["dense_bias"]))
    return equalized_dense(x, weights["out_kernel"], weights["out_bias"], gain=1.0)[:, 0]


def discriminator(images, grays, blocks, end, group, alpha=1.0):
    """Judge images; grays and blocks go from small to large, blocks[0] is the one at 8 px. No group: no deviation."""
    level = int(np.log2(images.shape[1])) - 2
    x = from_gray(images, *grays[level])
    for i in range(level, 0, -1):
        x = down_block(x, blocks[i - 1])
        if i == level:
            x = (1 - alpha) * from_gray(downsample(images), *grays[level - 1]) + alpha * x
    return head(x, end, group)
