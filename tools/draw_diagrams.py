"""Draw the course's four diagrams into docs/diagrams/: generator, styled layer, discriminator, progressive growing.

    python tools/draw_diagrams.py           # write them
    python tools/draw_diagrams.py --check   # write nothing, fail where one differs from what is drawn here

The numbers are those of the preset `paper`, taken from the configuration and the schedule. Each diagram brings its own
light background, so that it can be read on a dark page too, and says in words what it shows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]  # this course and the file beside this one, however it was started
from oasis_helpers.config import Config  # noqa: E402
from oasis_helpers.training.schedule import make_schedule  # noqa: E402

from svg import Drawing  # noqa: E402

FOLDER = ROOT / "docs/diagrams"
PAPER = Config()
STYLES = 2 * PAPER.levels - 2


def generator() -> Drawing:
    """Both networks of the generator, side by side, as in figure 1b of the paper."""
    size, layers = PAPER.resolution, PAPER.mapping_layers
    d = Drawing(
        900,
        560,
        "The generator of StyleGAN",
        f"Left, the mapping network: z of {PAPER.z_dim} numbers, PixelNorm, {layers} dense layers, w of "
        f"{PAPER.w_dim} numbers. Right, the synthesis network from top to bottom: a learned constant of 4 by 4, "
        f"then two styled layers at each resolution from 4 to {size} px, {STYLES} in all. Each layer takes a "
        "style, made of w by an affine A, from the left and noise, scaled by B, from the right. A 1x1 convolution "
        "makes the grey image.",
    )
    d.text(130, 36, "mapping network f", font_weight="bold")
    d.text(580, 36, "synthesis network g", font_weight="bold")
    d.box(60, 60, 140, 44, f"z\n{PAPER.z_dim} numbers", "latent")
    d.arrow((130, 104), (130, 126))
    d.box(60, 126, 140, 32, "PixelNorm")
    d.arrow((130, 158), (130, 180))
    d.box(60, 180, 140, 62, f"{layers} times:\ndense {PAPER.w_dim},\nleaky ReLU 0.2")
    d.arrow((130, 242), (130, 264))
    d.box(60, 264, 140, 44, f"w\n{PAPER.w_dim} numbers", "latent")
    d.note(130, 328, "truncation pulls w\ntowards its mean,\nfor samples only")
    d.box(464, 60, 232, 32, f"learned constant, 4x4x{PAPER.channels(4)}")
    d.arrow((200, 286), (260, 286), head=False)
    y = 92
    for level in (4, 8, size):
        if level == size:
            d.text(580, y + 24, "⋮", size=22)
            d.note(600, y + 23, f"{', '.join(str(2**k) for k in range(4, PAPER.levels))} px: two layers each", "start")
            y += 28
        for part in range(2):
            number = 2 * (level.bit_length() - 3) + part
            first = "no conv" if level == 4 and part == 0 else "up, conv 3x3" if part == 0 else "conv 3x3"
            d.arrow((580, y), (580, y + 16))
            d.box(464, y + 16, 232, 34, f"layer {number}: {first}, {level} px")
            styled(d, y + 33, number)
            y += 50
    d.arrow((580, y), (580, y + 18))
    d.box(464, y + 18, 232, 32, "to_gray: conv 1x1")
    d.arrow((580, y + 50), (580, y + 68))
    d.box(464, y + 68, 232, 32, f"image, {size}x{size}x1", "image")
    d.arrow((260, 286), (260, 125), head=False)
    d.arrow((260, 286), (260, y - 17), head=False)
    d.note(260, y + 8, f"the same w\nfor all {STYLES} layers,\nor two w mixed")
    d.note(805, 58, "noise: one map of N(0, 1)\na layer, fresh for each\nimage, scaled by B")
    return d


def styled(d: Drawing, y: float, number: int) -> None:
    """What enters a styled layer from both sides: the style through A, the noise through B."""
    d.arrow((260, y), (310, y))
    d.box(310, y - 14, 104, 28, f"A: style {number}", "style")
    d.arrow((414, y), (464, y))
    d.box(760, y - 14, 36, 28, "B", "noise")
    d.arrow((844, y), (796, y))
    d.arrow((760, y), (696, y))


def styled_layer() -> Drawing:
    """The steps inside one styled layer, in their order."""
    d = Drawing(
        980,
        316,
        "One styled layer",
        "From left to right: feature maps, convolution 3x3 (with doubling and blur in the first layer of a "
        "level), plus noise, plus bias, leaky ReLU, then AdaIN: instance normalisation to mean 0 and standard "
        "deviation 1, times s + 1, plus b. The noise is one map for all feature maps, scaled per map by a learned "
        "k that starts at 0. The scale s and the shift b come from w by the affine A.",
    )
    middle = 110
    steps = [
        (24, 92, "feature\nmaps", "latent"),
        (140, 118, "conv 3x3\n(up, blur)", "plain"),
        (282, 84, "+ noise", "noise"),
        (390, 76, "+ bias", "plain"),
        (490, 116, "leaky ReLU\n0.2", "plain"),
        (642, 118, "instance\nnorm", "style"),
        (784, 92, "x (s + 1)\n+ b", "style"),
        (900, 60, "next", "latent"),
    ]
    for (x, w, text, kind), (following, *_) in zip(steps, [*steps[1:], (None,)], strict=True):
        d.box(x, middle - 26, w, 52, text, kind)
        if following:
            d.arrow((x + w, middle), (following, middle))
    d.frame(628, 54, 262, 112)
    d.text(759, 45, "AdaIN", font_weight="bold")
    d.note(701, 156, "mean 0, std 1 a map")
    d.box(282, 212, 84, 44, "noise map\nN(0, 1)", "noise")
    d.arrow((324, 212), (324, 136))
    d.note(334, 178, "k, one a map, starts at 0", "start")
    d.box(640, 212, 120, 44, f"w\n{PAPER.w_dim} numbers", "latent")
    d.box(784, 212, 92, 44, "A: dense,\nlinear", "style")
    d.arrow((760, 234), (784, 234))
    d.arrow((830, 212), (830, 136))
    d.note(840, 190, "s, b: one\neach a map", "start")
    d.note(199, 160, "first layer of a level: doubles,\nthen smooths with 1, 2, 1")
    d.note(490, 292, "The first layer of all has no convolution: it styles the learned constant.")
    return d


def discriminator() -> Drawing:
    """The way of an image through D, with the second entrance that is open while a level fades in."""
    size = PAPER.resolution
    half, wide, narrow = size // 2, PAPER.channels(size), PAPER.channels(size // 2)
    d = Drawing(
        1000,
        350,
        "The discriminator, while a level fades in",
        f"An image of {size} px takes two ways. Above, the new level: from_gray of {size} px, then a block of "
        f"convolutions that halves it, weighted by alpha. Below, the old way in: halved to {half} px, from_gray of "
        f"{half} px, weighted by 1 - alpha. Their sum goes through the blocks of all lower levels down to 4 px, "
        "then the minibatch standard deviation as one more map, a convolution, a dense layer, and one number, the "
        "logit.",
    )
    d.box(24, 134, 92, 52, f"image\n{size}x{size}x1", "image")
    d.arrow((116, 160), (134, 160), (134, 96), (154, 96))
    d.arrow((116, 160), (134, 160), (134, 224), (154, 224))
    d.box(154, 66, 116, 60, f"from_gray {size}\nconv 1x1,\n{wide} maps")
    d.arrow((270, 96), (292, 96))
    d.box(292, 66, 138, 60, f"block {size}: conv,\nblur, conv down,\n{narrow} maps")
    d.box(154, 198, 116, 52, "halve: mean\nof 2x2")
    d.arrow((270, 224), (292, 224))
    d.box(292, 194, 138, 60, f"from_gray {half}\nconv 1x1,\n{narrow} maps")
    d.arrow((430, 96), (482, 96), (482, 147))
    d.arrow((430, 224), (482, 224), (482, 173))
    d.text(492, 118, "x alpha", "start")
    d.text(492, 212, "x (1 - alpha)", "start")
    d.circle(482, 160, "+")
    d.arrow((495, 160), (516, 160))
    d.box(516, 130, 130, 60, f"blocks {half} to 8,\neach halves\nthe maps")
    d.arrow((646, 160), (660, 160))
    d.box(660, 130, 126, 60, f"4 px: minibatch\ndeviation,\ngroup {PAPER.mbstd_group}", "noise")
    d.arrow((786, 160), (806, 160))
    d.box(806, 130, 100, 60, f"conv 3x3,\ndense {PAPER.channels(4)},\ndense 1")
    d.arrow((906, 160), (926, 160))
    d.box(926, 134, 54, 52, "logit", "latent")
    d.text(292, 44, "the new level", font_weight="bold")
    d.text(292, 282, "the old way in, open only during the fade", font_weight="bold")
    d.note(723, 212, f"{PAPER.channels(4)} maps + 1: how much\nthe images differ")
    d.note(953, 206, "high:\n“real”")
    rule = "alpha rises from 0 to 1 with the images shown; at 1 the lower way is closed."
    d.note(500, 322, f"{rule} Real and generated images are blended the same way.")
    return d


def growing() -> Drawing:
    """The schedule of the preset: resolution against images shown, with the fades as ramps."""
    phases = make_schedule(PAPER)
    stable = phases[0].end // 1000
    grown = next(p for p in phases if p.resolution == PAPER.resolution and p.kind == "stable").start
    total = phases[-1].end
    d = Drawing(
        940,
        470,
        "Progressive growing",
        f"A staircase of the trained resolution against images shown. Training starts at {phases[0].resolution} "
        f"px. Each level is trained for {stable} thousand images, then the next one fades in for as many, its "
        f"share alpha rising from 0 to 1. {PAPER.resolution} px has faded in after {grown / 1e6:g} million images; "
        f"the rest, up to {total / 1e6:g} million, is spent there.",
    )
    left, bottom, step = 100, 390, 48
    across = (800 - left) / grown

    def where(images: float) -> float:
        return left + across * min(images, grown) + (60 if images > grown else 0)

    for row, size in enumerate(PAPER.resolutions):
        y = bottom - step * row
        d.text(left - 12, y - step / 2 + 5, f"{size} px", "end")
    for phase in phases:
        row = PAPER.resolutions.index(phase.resolution)
        x0, x1 = where(phase.start), where(phase.end)
        low, high = bottom - step * row, bottom - step * (row + 1)
        if phase.kind == "fade":
            d.area("style", (x0, low), (x1, high), (x1, low))
            d.text((x0 + x1) / 2 + 12, low - 8, "α", size=13)
        else:
            d.area("latent", (x0, high), (x1, high), (x1, low), (x0, low))
        if row:
            d.area("plain", (x0, low), (x1, low), (x1, bottom), (x0, bottom))
    d.arrow((left, bottom), (left + 780, bottom))
    for images in range(0, grown + 1, 1_200_000):
        d.note(where(images), bottom + 20, f"{images / 1e6:g}")
    d.note(where(total), bottom + 20, f"{total / 1e6:g}")
    d.text(830, bottom + 3, "//", size=16)
    d.text(490, bottom + 48, "million images shown to the discriminator")
    d.box(130, 60, 26, 20, "", "latent")
    d.text(166, 75, f"a level is trained: {stable} thousand images", "start")
    d.box(130, 90, 26, 20, "", "style")
    d.text(166, 105, f"the next one fades in, alpha from 0 to 1: {stable} thousand", "start")
    d.box(130, 120, 26, 20, "", "plain")
    d.text(166, 135, "lower levels, still trained", "start")
    d.text(470, 36, f"Preset paper, {PAPER.resolution} px: what is trained when", font_weight="bold")
    return d


DIAGRAMS: dict[str, Callable[[], Drawing]] = {
    "generator": generator,
    "styled_layer": styled_layer,
    "discriminator": discriminator,
    "growing": growing,
}


def main(argv: list[str] | None = None) -> int:
    """The command line; 0 when all is well, 1 where --check finds a difference."""
    parser = argparse.ArgumentParser(description="Draw the diagrams of the course as SVG.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail where a file differs")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they are")
    args = parser.parse_args(argv)
    drawn = {args.folder / f"{name}.svg": draw().svg() for name, draw in DIAGRAMS.items()}
    if not args.check:
        args.folder.mkdir(parents=True, exist_ok=True)
        for path, svg in drawn.items():
            path.write_text(svg, encoding="utf-8")
        return 0
    stale = [path for path, svg in drawn.items() if not path.is_file() or path.read_text(encoding="utf-8") != svg]
    for path in stale:
        print(f"error: {path.name} is not what tools/draw_diagrams.py draws: run it", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
