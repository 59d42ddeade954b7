"""The student's edition (tools/student_edition.py): nothing answered on the page, and no work ever overwritten."""

import re
import subprocess

import pytest
from helpers.scripts import ROOT, load_script

nbformat = pytest.importorskip("nbformat")

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
TINY = "# Title\n\n**What we see.** One.\n\nNow this."


@pytest.fixture(scope="module")
def tool():
    return load_script("tools/student_edition.py")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def both(request, tool):
    """An executed notebook and the student's edition of it."""
    executed = nbformat.read(request.param, as_version=4)
    return executed, tool.student_edition(executed)


def page(notebook):
    """What stands open on the page: text and code, without what is folded."""
    return FOLDED.sub("", "\n\n".join(cell.source for cell in notebook.cells))


# ---------------------------------------------------------------- the edition


def test_the_same_cells_without_outputs_and_claims(both, tool):
    executed, student = both
    assert [cell.id for cell in student.cells] == [cell.id for cell in executed.cells]
    for before, after in zip(executed.cells, student.cells, strict=True):
        assert before.cell_type == after.cell_type and before.metadata.get("tags") == after.metadata.get("tags")
        if after.cell_type == "code":
            assert after.source == tool.without_claims(before.source) and "alt" not in after.metadata
            assert after.outputs == [] and after.execution_count is None
            assert not any(line.startswith(("assert ", "# Not compared")) for line in after.source.splitlines())
    assert any(cell.get("outputs") for cell in executed.cells), "the executed one is left as it was"
    nbformat.validate(student)


def test_only_asserts_outside_of_functions_and_loops_are_left_out(tool):
    code = 'a = 1\nassert (\n    a == 1\n)  # so it is\nfor b in [a]:\n    assert b\n"""assert a"""\nb'
    assert tool.without_claims(code) == 'a = 1\nfor b in [a]:\n    assert b\n"""assert a"""\nb'
    assert tool.without_claims("") == ""


def test_why_ci_does_not_compare_an_output_is_left_out(tool):
    code = "# Not compared in CI: it is random.\na = 1  # Not compared in CI: no\n# Not compared in CI: no"
    assert tool.without_claims(code) == "a = 1  # Not compared in CI: no\n# Not compared in CI: no"


def test_a_line_that_is_marked_for_the_tests_is_left_out(tool):
    assert (
        tool.without_claims("a = 1\nprint(a)  # for the tests\nb = 2  # for the tests of b")
        == "a = 1\nb = 2  # for the tests of b"
    )


ANSWERS = {
    "00_start_here": r"less varied|all seeds give one image",
    "01_data_loading": r"recognise someone|About three quarters|the other way round",
    "02_mapping_network": r"hundred times slower|circle, whose radius|9[24] %|Nearly all dots|half as wide",
    "03_adain_synthesis": r"appears at 32 px|large patches|2x2 squares|== 4",
    "04_discriminator_and_losses": r"Zero for copies|every alpha but 0|steepest|logits rise|reference",
    "05_progressive_training": r"collapse on purpose|About 15 times|one head, a ring",
    "06_sampling": r"No pixel differs|nine in ten|Layer 3|70 % is left|A seed determines",
    "07_evaluation": r"200 fakes are flagged|about a ninetieth|Single areas can be fooled",
    "08_what_came_after": r"About half|does not refute|switches the rest|not a merit|as long as the shortest",
}


def test_no_answer_stands_open_on_the_page(both):
    """What a Predict asks for; every pattern is found in the executed notebook, or was before it was folded."""
    executed, student = both
    name = executed.cells[0].id.rsplit("-", 1)[0]
    assert re.findall(ANSWERS[name], page(student)) == []
    assert re.search(ANSWERS[name], page(executed))


def test_nothing_that_we_see_is_open_on_the_page(both, tool):
    executed, student = both
    told = [len(tool.SEEN.findall(cell.source)) for cell in executed.cells]
    assert sum(told) > 0 and "**What we see" not in page(student)
    (recap,) = [cell.source for cell in student.cells if "## Recap" in cell.source]
    assert "\n1. " in recap and "\n1. " not in FOLDED.sub("", recap) and "**Next:**" in FOLDED.sub("", recap)
    assert [cell.source.count(tool.SUMMARY) for cell in student.cells] == told


def test_solutions_are_folded(both):
    _, student = both
    solutions = [cell.source for cell in student.cells if "<summary>Solution</summary>" in cell.source]
    exercises = [cell for cell in student.cells if "exercise" in cell.metadata.get("tags", [])]
    assert len(solutions) == len(exercises) > 0
    assert all(FOLDED.sub("", text).strip() == "" for text in solutions)


def test_what_follows_is_still_on_the_page(tool):
    text = tool.fold(TINY)
    assert text == f"# Title\n\n<details>{tool.SUMMARY}\n\nOne.\n\n</details>\n\nNow this."
    listed = tool.fold("**What we see** (`laptop`). Two things:\n\n- a\n- b\n\n## Idea")
    assert FOLDED.sub("", listed) == "\n\n## Idea" and "(`laptop`). Two things:\n\n- a\n- b" in listed
    assert tool.fold("**What we see.** All:\n\n- a").endswith("- a\n\n</details>")
    later = tool.fold("**What we see.** One.\n\nAnd now?\n\n<!-- seen -->\nTwo, *as well*.\n\nThree.")
    assert FOLDED.sub("", later) == "\n\nAnd now?\n\n\n\nThree." and "\n\nTwo, *as well*.\n\n" in later
    assert tool.fold("What we see here\n\nstays.") == "What we see here\n\nstays."


def test_links_lead_somewhere_from_the_students_folder(both):
    _, student = both
    markdown = "\n".join(cell.source for cell in student.cells if cell.cell_type == "markdown")
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", markdown) if "://" not in link]
    names = {path.name for path in NOTEBOOKS}
    assert links and all(link in names or (ROOT / "my-course" / link).resolve().exists() for link in links), links


def test_runs_are_found_from_the_students_folder(tmp_path, monkeypatch):
    from oasis_helpers.paths import runs_dir

    monkeypatch.delenv("OASIS_RUNS", raising=False)
    (tmp_path / "oasis_helpers").mkdir()
    (tmp_path / "oasis_helpers/paths.py").touch()
    (tmp_path / "my-course").mkdir()
    monkeypatch.chdir(tmp_path / "my-course")
    assert runs_dir() == tmp_path / "runs"


# ---------------------------------------------------------------- the folder


class Course:
    """Executed notebooks in a folder, and a student's folder beside it."""

    def __init__(self, tool, root, capsys):
        self.tool, self.executed, self.mine, self.capsys = tool, root / "notebooks", root / "my-course", capsys
        self.executed.mkdir()
        self.publish("01_one", "print(1)")

    def publish(self, name, code):
        """Write an executed notebook, as the course does."""
        cell = nbformat.v4.new_code_cell(code, id="a", execution_count=1)
        cell.outputs = [nbformat.v4.new_output("stream", text="1\n")]
        prose = nbformat.v4.new_markdown_cell(TINY, id="b")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell, prose]), self.executed / f"{name}.ipynb")

    def bring(self, *options):
        """Run the tool; returns what it printed."""
        assert self.tool.main([*options, "--notebooks", str(self.executed), "--out", str(self.mine)]) == 0
        return self.capsys.readouterr().out

    def edit(self, name="01_one", **changes):
        """Change the code cell of a copy, as JupyterLab does when it saves; returns the file's bytes."""
        path = self.mine / f"{name}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[0].update(changes)
        nbformat.write(notebook, path)
        return path.read_bytes()

    def files(self):
        """The copies: name and code of each."""
        paths = sorted(self.mine.iterdir())
        return {path.stem: nbformat.read(path, as_version=4).cells[0].source for path in paths}


@pytest.fixture
def course(tool, tmp_path, capsys):
    return Course(tool, tmp_path, capsys)


def test_what_is_missing_is_added_and_then_nothing_is_said(course):
    assert course.bring() == "my-course: added 01_one\n"
    assert course.bring() == ""
    course.publish("02_two", "print(2)")
    assert course.bring() == "my-course: added 02_two\n"
    (course.mine / "01_one.ipynb").unlink()
    assert course.bring() == "my-course: added 01_one\n"
    assert course.files() == {"01_one": "print(1)", "02_two": "print(2)"}


OUTPUT = {"output_type": "stream", "name": "stdout", "text": "mine\n"}
WORK = [{"source": "print('mine')"}, {"execution_count": 3}, {"outputs": [nbformat.from_dict(OUTPUT)]}]


@pytest.mark.parametrize("work", WORK, ids=["edited", "run", "with an output"])
def test_work_is_never_overwritten(course, work):
    course.bring()
    before = course.edit(**work)
    assert course.bring() == ""
    course.publish("01_one", "print(10)")
    told = "my-course/01_one.ipynb: there is a newer version; yours stays as it is. "
    assert course.bring() == told + "To get the new one beside it: make newer\n"
    path = course.mine / "01_one.ipynb"
    assert path.read_bytes() == before
    assert "yours stays as it is; the newer version is 01_one_new.ipynb" in course.bring("--newer")
    assert path.read_bytes() == before and course.files()["01_one_new"] == "print(10)"
    assert course.bring() == "" and course.bring("--newer") == ""


def test_a_newer_version_that_was_worked_in_stays_too(course):
    course.bring()
    course.edit(source="print('mine')")
    for code in ("print(10)", "print(11)"):  # the first copy beside it is untouched, so the second replaces it
        course.publish("01_one", code)
        course.bring("--newer")
    assert course.files() == {"01_one": "print('mine')", "01_one_new": "print(11)"}
    course.edit("01_one_new", execution_count=1)
    course.publish("01_one", "print(12)")
    assert "01_one_new2.ipynb" in course.bring("--newer")
    assert course.files() == {"01_one": "print('mine')", "01_one_new": "print(11)", "01_one_new2": "print(12)"}


def test_an_untouched_copy_is_brought_up_to_date(course):
    course.bring()
    course.publish("01_one", "print(10)")
    assert course.bring() == "my-course/01_one.ipynb: brought up to date; you had not changed it\n"
    assert course.files() == {"01_one": "print(10)"} and course.bring() == ""


@pytest.mark.parametrize("content", ["", "{}", "no notebook", '{"cells": 3, "nbformat": 4}'])
def test_a_file_of_another_kind_is_left_alone(course, content):
    course.mine.mkdir()
    (course.mine / "01_one.ipynb").write_text(content, encoding="utf-8")
    assert "yours stays as it is" in course.bring()
    assert (course.mine / "01_one.ipynb").read_text(encoding="utf-8") == content


def test_a_folder_that_cannot_be_is_told_in_one_line(course):
    course.mine.touch()
    assert course.tool.main(["--notebooks", str(course.executed), "--out", str(course.mine)]) == 1
    assert re.fullmatch(r"error: .*my-course: expected a folder .*\n", course.capsys.readouterr().err)


# ---------------------------------------------------------------- git, make


def git(folder, *arguments):
    settings = ["-c", "safe.directory=*", "-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    command = ["git", *settings, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_git_pull_never_conflicts(tool, tmp_path, capsys):
    (tmp_path / "published").mkdir()
    published = Course(tool, tmp_path / "published", capsys)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    (published.executed.parent / ".gitignore").write_text(ignored, encoding="utf-8")
    git(published.executed.parent, "init", "-q", "-b", "main")
    git(published.executed.parent, "add", ".")
    git(published.executed.parent, "commit", "-qm", "One")
    git(tmp_path, "clone", "-q", "published", "clone")
    arguments = ["--notebooks", str(tmp_path / "clone/notebooks"), "--out", str(tmp_path / "clone/my-course")]
    assert tool.main(arguments) == 0
    clone = Course.__new__(Course)
    clone.mine = tmp_path / "clone/my-course"
    work = clone.edit(source="print('mine')")
    published.publish("01_one", "print(10)")
    git(published.executed.parent, "commit", "-qam", "Two")
    git(tmp_path / "clone", "pull", "-q")
    assert git(tmp_path / "clone", "status", "--porcelain") == ""
    assert (clone.mine / "01_one.ipynb").read_bytes() == work
    capsys.readouterr()
    assert tool.main(arguments) == 0 and "there is a newer version" in capsys.readouterr().out


def test_make_lab_opens_the_students_copy():
    steps = subprocess.run(["make", "-n", "lab"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert steps.index("tools/student_edition.py") < steps.index("/lab/tree/my-course/00_start_here.ipynb")
