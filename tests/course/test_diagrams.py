"""The diagrams in docs/diagrams: as they are drawn, described, used, and with the numbers of the code."""

import re
import xml.etree.ElementTree as ElementTree

from oasis_helpers.config import Config
from oasis_helpers.training.schedule import make_schedule

import pytest
from helpers.scripts import ROOT, load_script

SVG = "{http://www.w3.org/2000/svg}"
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]*?(\w+)\.svg)\)")
PAPER = Config()
USED_IN = {
    "generator": ["notebooks/source/02_mapping_network.py", "README.md"],
    "styled_layer": ["notebooks/source/03_adain_synthesis.py"],
    "discriminator": ["notebooks/source/04_discriminator_and_losses.py"],
    "growing": ["notebooks/source/05_progressive_training.py"],
}


@pytest.fixture(scope="module")
def tool():
    return load_script("tools/draw_diagrams.py")


@pytest.fixture(params=sorted(USED_IN))
def name(request):
    return request.param


def drawn(name):
    return ElementTree.parse(ROOT / f"docs/diagrams/{name}.svg").getroot()


def words(name):
    return [text.text for text in drawn(name).iter(f"{SVG}text")]


def test_the_files_are_what_the_script_draws(tool, tmp_path, capsys):
    assert tool.main(["--check"]) == 0
    assert tool.main(["--folder", str(tmp_path)]) == 0 and tool.main(["--folder", str(tmp_path), "--check"]) == 0
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(USED_IN)
    file = tmp_path / "growing.svg"
    file.write_text(file.read_text(encoding="utf-8").replace("256 px", "512 px"), encoding="utf-8")
    assert tool.main(["--folder", str(tmp_path), "--check"]) == 1
    assert capsys.readouterr().err == "error: growing.svg is not what tools/draw_diagrams.py draws: run it\n"


def test_a_diagram_says_in_words_what_it_shows(name):
    root = drawn(name)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert len(title.text) > 10 and len(description.text) > 150


def test_dark_words_on_a_light_panel_of_their_own(name):
    """So that a diagram can be read on a dark page: contrast of 4.5 and more (WCAG 2, AA)."""
    root = drawn(name)
    panel = root.find(f"{SVG}rect").get("fill")
    backgrounds = {panel, *(box.get("fill") for box in root.iter(f"{SVG}rect"))} - {"none"}
    soft = {text.get("fill") for text in root.iter(f"{SVG}text") if text.get("font-size") == "12"}
    for fill in {text.get("fill") for text in root.iter(f"{SVG}text")}:
        for background in [panel] if fill in soft else backgrounds:
            assert contrast(fill, background) >= 4.5, (fill, background)


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_words_fit_into_their_boxes(name):
    """A box is followed by its lines; a letter of DejaVu Sans takes about half of its size."""
    box, parts = None, list(drawn(name))
    for part in parts[3:]:  # after title, description and definitions
        if part.tag == f"{SVG}rect":
            box = part if part.get("stroke-width") else None
        elif part.tag == f"{SVG}text" and box is not None and part.get("font-size") == "14":
            inside = float(box.get("x")) < float(part.get("x")) < float(box.get("x")) + float(box.get("width"))
            above = float(box.get("y")) < float(part.get("y")) < float(box.get("y")) + float(box.get("height"))
            if inside and above:
                assert 0.53 * 14 * len(part.text) <= float(box.get("width")), part.text
        else:
            box = None


def test_every_use_has_a_text(name):
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "notebooks/source").glob("*.py")]
    uses = {page: IMAGE.findall(page.read_text(encoding="utf-8")) for page in pages}
    found = {page.relative_to(ROOT).as_posix() for page, images in uses.items() if name in [i[2] for i in images]}
    assert {*USED_IN[name], "docs/networks.md"} <= found
    for page, images in uses.items():
        for text, link, _ in images:
            start = page.parent.parent if page.suffix == ".py" else page.parent
            assert len(text) > 40 and (start / link).is_file(), (page.name, link)


# ---------------------------------------------------------------- the numbers


def test_the_generator_has_the_numbers_of_the_code():
    from oasis_helpers.networks.synthesis import num_layers

    shown = words("generator")
    layers = num_layers(PAPER.resolution)
    assert f"for all {layers} layers," in shown and f"A: style {layers - 1}" in shown
    assert f"A: style {layers}" not in shown
    assert f"learned constant, 4x4x{PAPER.channels(4)}" in shown
    assert {f"{PAPER.mapping_layers} times:", f"{PAPER.z_dim} numbers", f"dense {PAPER.w_dim},"} <= set(shown)


def test_the_discriminator_has_the_numbers_of_the_code():
    size, shown = PAPER.resolution, words("discriminator")
    assert f"{PAPER.channels(size)} maps" in shown and shown.count(f"{PAPER.channels(size // 2)} maps") == 2
    assert f"group {PAPER.mbstd_group}" in shown and f"dense {PAPER.channels(4)}," in shown


def test_growing_has_the_numbers_of_the_schedule():
    shown, phases = words("growing"), make_schedule(PAPER)
    assert [word for word in shown if re.fullmatch(r"\d+ px", word)] == [f"{size} px" for size in PAPER.resolutions]
    assert shown.count("α") == sum(phase.kind == "fade" for phase in phases)
    assert {"0", f"{phases[-1].start / 1e6:g}", f"{phases[-1].end / 1e6:g}"} <= set(shown)


def test_the_order_of_the_layer_is_that_of_the_code():
    order = ["conv 3x3", "+ noise", "+ bias", "leaky ReLU", "instance", "x (s + 1)"]
    shown = words("styled_layer")
    assert [word for word in shown if word in order] == order
