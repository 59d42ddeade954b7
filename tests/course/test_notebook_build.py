"""The notebook builder (tools/build_notebooks.py), with tiny sources and, once, a real kernel."""

import base64
import io
import textwrap

import numpy as np
import pytest
from helpers.scripts import load_script
from PIL import Image

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupytext")
pytest.importorskip("nbclient")

SOURCE = """
# %% [markdown]
# # A title
# With a sum: $1 + 1$.

# %% tags=["parameters"]
size = 2  # 1 to 4

# %%
# why?
print(size)
size + 1

# %% tags=["exercise"]
def double(x):
    # <solution>
    return 2 * x
    # </solution>
    # <stub>
    # if x:
    #     pass  # look
    # return ...  # your line here
    # </stub>


print(double(size))
"""
STUB = """\
def double(x):
    if x:
        pass  # look
    return ...  # your line here


print(double(size))"""
SOLVED = "def double(x):\n    return 2 * x\n\n\nprint(double(size))"


@pytest.fixture(scope="module")
def builder():
    return load_script("tools/build_notebooks.py")


def write_source(folder, text=SOURCE, name="01_tiny"):
    (folder / "source").mkdir(exist_ok=True)
    source = folder / "source" / f"{name}.py"
    source.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    return source


def write_ran(builder, folder, outputs=(), text="# %%\nx = 1\n", **metadata):
    """A source of one code cell, and its notebook as if the cell had run and shown ``outputs``."""
    source = write_source(folder, text)
    notebook = builder.read_source(source)
    notebook.cells[0].execution_count = 1
    notebook.cells[0].outputs = [nbformat.from_dict(output) for output in outputs]
    target = folder / "01_tiny.ipynb"
    nbformat.write(notebook, target)
    return source, target


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def display(data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


def test_cells_tags_and_metadata(builder, tmp_path):
    notebook = builder.read_source(write_source(tmp_path))
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code", "code", "code", "markdown"]
    assert notebook.cells[0].source == "# A title\nWith a sum: $1 + 1$."
    assert notebook.cells[1].metadata.tags == ["parameters"]
    assert notebook.cells[2].source == "# why?\nprint(size)\nsize + 1"
    assert [cell.id for cell in notebook.cells] == [f"01_tiny-{i:02d}" for i in range(5)]
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata == builder.METADATA


def test_builds_are_identical(builder, tmp_path):
    write_source(tmp_path)
    assert builder.main(["--folder", str(tmp_path)]) == 0
    first = (tmp_path / "01_tiny.ipynb").read_bytes()
    assert builder.main(["--folder", str(tmp_path)]) == 0
    assert (tmp_path / "01_tiny.ipynb").read_bytes() == first


def test_student_gets_the_stub_and_a_folded_solution(builder, tmp_path):
    exercise, folded = builder.read_source(write_source(tmp_path)).cells[3:]
    assert exercise.source == STUB
    expected = f"<details><summary>Solution</summary>\n\n```python\n{SOLVED}\n```\n\n</details>"
    assert folded.source == expected


def test_solution_notebook_has_the_solutions(builder, tmp_path):
    notebook = builder.solution_notebook(write_source(tmp_path))
    assert [cell.source for cell in notebook.cells[3:]] == [SOLVED]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ('# %% tags=["exercise"]\nx = 1', "go together"),
        ("# %%\n# <solution>\nx = 1\n# </solution>", "go together"),
        ('# %% tags=["exercise"]\n# <solution>\nx = 1', "never closed"),
        ('# %% tags=["exercise"]\n# <solution>\n# <stub>\n# </stub>\n# </solution>', "out of order"),
        ('# %% tags=["exercise"]\n# </solution>\nx = 1', "out of order"),
    ],
)
def test_a_wrong_exercise_names_its_cell(builder, tmp_path, cell, message):
    with pytest.raises(ValueError, match=rf"01_tiny.py, cell 0: .*{message}"):
        builder.read_source(write_source(tmp_path, cell + "\n"))


def test_outputs_stay_when_only_prose_changes(builder, tmp_path):
    prose = "# %% [markdown]\n# Old.\n"
    write_source(tmp_path, "# %%\nx = 1\n" + prose)
    notebook = builder.read_source(tmp_path / "source" / "01_tiny.py")
    notebook.cells[0].update(execution_count=1, outputs=[nbformat.from_dict(stream("hello\n"))])
    nbformat.write(notebook, tmp_path / "01_tiny.ipynb")

    write_source(tmp_path, "# %%\nx = 1\n" + prose.replace("Old", "New"))
    builder.main(["--folder", str(tmp_path)])
    assert nbformat.read(tmp_path / "01_tiny.ipynb", as_version=4).cells[0].outputs[0].text == "hello\n"

    write_source(tmp_path, "# %%\nx = 2\n" + prose)
    builder.main(["--folder", str(tmp_path)])
    assert nbformat.read(tmp_path / "01_tiny.ipynb", as_version=4).cells[0].outputs == []


def test_check_passes_a_clean_notebook(builder, tmp_path):
    image = display({"image/png": "iVBORw0/home/x", "text/plain": "<Figure size 640x480 with 1 Axes>"})
    clean = [stream("1.0, see notebooks/home/x and https://example.org/home/\n"), image]
    assert builder.check(*write_ran(builder, tmp_path, clean, '# %% alt="A brain."\nx = 1\n')) == []


IMAGE = display({"image/png": "iVBORw0", "text/plain": "<Figure size 640x480 with 1 Axes>"})


def test_check_wants_a_text_for_each_figure_and_for_nothing_else(builder, tmp_path):
    (problem,) = builder.check(*write_ran(builder, tmp_path, [IMAGE]))
    assert problem == '01_tiny.ipynb, cell 0 shows a figure without an alt="..." that tells it'
    (problem,) = builder.check(*write_ran(builder, tmp_path, [], '# %% alt="A brain."\nx = 1\n'))
    assert problem == '01_tiny.ipynb, cell 0 has an alt="..." but no figure'


def as_png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(("kind", "mode"), [("grey", "L"), ("colour", "RGB"), ("see-through", "RGBA")])
def test_an_image_keeps_its_pixels_in_as_few_channels_as_hold_them(builder, kind, mode):
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 4), dtype="uint8")
    if kind != "see-through":
        pixels[..., 3] = 255
    if kind == "grey":
        pixels[..., :3] = pixels[..., :1]
    small = builder.small_png(as_png(pixels))
    with Image.open(io.BytesIO(base64.b64decode(small))) as image:
        assert image.mode == mode
        np.testing.assert_array_equal(np.asarray(image.convert("RGBA")), pixels)
    assert len(small) < len(as_png(pixels)) or mode == "RGBA"


def test_the_text_of_a_figure_goes_with_the_image(builder, tmp_path):
    write_ran(builder, tmp_path, [IMAGE], '# %% alt="A brain."\nx = 1\n')
    builder.main(["--folder", str(tmp_path)])
    cell = nbformat.read(tmp_path / "01_tiny.ipynb", as_version=4).cells[0]
    assert cell.outputs[0].metadata == {"image/png": {"alt": "A brain."}} and cell.metadata.alt == "A brain."


@pytest.mark.parametrize(
    ("edited", "cell"),
    [
        ("# %%\nx = 2\n", 0),
        ("# %%\nx = 1\n\n# %%\ny = 1\n", 1),
        ('# %% tags=["parameters"]\nx = 1\n', 0),
    ],
)
def test_check_names_the_first_stale_cell(builder, tmp_path, edited, cell):
    _, target = write_ran(builder, tmp_path)
    source = write_source(tmp_path, edited)
    assert f"01_tiny.ipynb differs from 01_tiny.py from cell {cell} on" in builder.check(source, target)[0]


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": []}, "an error: KeyError: 'a'"),
        (stream("UserWarning: odd\n", "stderr"), "writes to stderr: UserWarning: odd"),
        (stream("saved to /" + "home/ann/runs\n"), "a path of this machine: /" + "home/ann/runs"),
        (display({"text/html": "<b>/" + "Users/ann</b>"}), "a path of this machine: /" + "Users/ann"),
    ],
)
def test_check_finds_bad_outputs(builder, tmp_path, output, message):
    (problem,) = builder.check(*write_ran(builder, tmp_path, [output]))
    assert problem.startswith("01_tiny.ipynb, cell 0 ") and message in problem


def test_check_allows_an_error_that_is_meant(builder, tmp_path):
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": []}
    text = '# %% tags=["raises-exception"]\n{}["a"]\n'
    assert builder.check(*write_ran(builder, tmp_path, [error], text)) == []


def test_check_finds_cells_never_run_and_large_files(builder, tmp_path):
    source = write_source(tmp_path, "# %%\nx = 1\n")
    assert "is missing" in builder.check(source, tmp_path / "01_tiny.ipynb")[0]
    builder.main(["--folder", str(tmp_path)])
    assert builder.check(source, tmp_path / "01_tiny.ipynb") == ["01_tiny.ipynb, cell 0 was never run"]
    source, target = write_ran(builder, tmp_path, [stream("x" * 2_000)])
    assert "MB, more than 0.001" in builder.check(source, target, max_mb=0.001)[0]


def test_unknown_names_and_orphans_fail(builder, tmp_path, capsys):
    write_source(tmp_path)
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "02_alone.ipynb")
    assert builder.main(["--folder", str(tmp_path), "03_typo"]) == 1
    told = capsys.readouterr().err
    assert "there is no source 03_typo.py" in told and "02_alone.ipynb has no source" in told


def test_progress_goes_only_when_all_of_it_is_progress(builder):
    bar = "100%|##########| 3/3 [00:00<00:00, 9.1it/s]\n"
    assert builder.is_progress(nbformat.from_dict(stream(bar, "stderr")))
    assert builder.is_progress(nbformat.from_dict(display({"text/plain": "  0%|          | 0/3 [00:00<?, ?it/s]"})))
    assert not builder.is_progress(nbformat.from_dict(stream(bar + "UserWarning\n", "stderr")))
    assert not builder.is_progress(nbformat.from_dict(stream("done\n")))
    assert not builder.is_progress(nbformat.from_dict(display({"text/plain": "3"})))


def test_execute_then_check_then_solutions(builder, tmp_path, capsys):
    write_source(tmp_path)
    arguments = ["--folder", str(tmp_path), "--timeout", "60"]
    assert builder.main([*arguments, "--execute"]) == 0
    notebook = nbformat.read(tmp_path / "01_tiny.ipynb", as_version=4)
    shown = [output.get("text") or output.data["text/plain"] for cell in notebook.cells[1:4] for output in cell.outputs]
    assert shown == ["2\n", "3", "Ellipsis\n"]
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    assert notebook.metadata == builder.METADATA
    assert builder.main([*arguments, "--check"]) == 0

    write_source(tmp_path, SOURCE.replace("2 * x", "1 / 0"))
    before = (tmp_path / "01_tiny.ipynb").read_bytes()
    assert builder.main([*arguments, "--solutions"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert (tmp_path / "01_tiny.ipynb").read_bytes() == before
