"""docs/course.toml holds the times and the extra sections; README, docs/teaching.md and the notebooks agree with it."""

import re
import tomllib

import pytest
from helpers.scripts import ROOT, load_script

COURSE = tomllib.loads((ROOT / "docs/course.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEACHING = (ROOT / "docs/teaching.md").read_text(encoding="utf-8")
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "notebooks/source").glob("[0-9][0-9]_*.py")}
# What a notebook may say of its running time, and the seconds that it is true of.
SAID = {
    "half a minute": (15, 45),
    "a minute": (45, 80),
    "under a minute": (0, 60),
    "about a minute": (40, 85),
    "a minute and a half": (75, 110),
    "under two minutes": (0, 120),
    "two minutes": (90, 150),
    "half an hour": (1500, 2100),
}
# Sections that everyone reads alone.
NOT_TAUGHT = {"How to use the notebooks", "Is your machine ready?", "Parameters", "Presets", "Limits", "Recap"}


@pytest.fixture(params=sorted(SOURCES))
def name(request):
    return request.param


def prose(name):
    """A notebook's markdown, each paragraph a line."""
    text = "\n".join(line.removeprefix("#").strip() for line in SOURCES[name].splitlines() if line.startswith("#"))
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def row(page, number):
    """The cells of the table row that begins with a link to a notebook."""
    (found,) = re.findall(rf"^\| \[{number}\]\([^)]*\) \|(.*)\|$", page.split("## Six labs")[0], flags=re.MULTILINE)
    return [cell.strip() for cell in found.split("|")]


def headings(name):
    return re.findall(r"^# ##+ (.+)$", SOURCES[name], flags=re.MULTILINE)


def sections(name, given):
    """The headings that a name in the course's tables stands for."""
    return [heading for heading in headings(name) if heading == given or heading.startswith(f"{given}:")]


# ---------------------------------------------------------------- times


def test_every_notebook_has_its_times():
    assert set(COURSE) == set(SOURCES)
    for times in COURSE.values():
        assert set(times) == {"reading", "whole", "running", "extra"}
        assert 0 < times["reading"] < times["whole"] and times["running"] > 0


def test_the_readme_agrees(name):
    times = COURSE[name]
    seconds = times["running"]
    running = f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
    assert row(README, name[:2])[-2:] == [f"{times['whole']} min", running]


def test_the_lecturers_page_agrees(name):
    assert row(TEACHING, name[:2])[0] == str(COURSE[name]["whole"])


def test_the_notebook_agrees(name):
    said = re.search(r"\*\*Takes\*\*.*", prose(name)).group()
    assert re.search(r"about (\d+) minutes to read", said).group(1) == str(COURSE[name]["reading"])
    assert_true_of(said, COURSE[name]["running"])


def assert_true_of(said, seconds):
    """The longest phrase about a running time in a sentence is true of the measured time."""
    phrases = [phrase for phrase in sorted(SAID, key=len, reverse=True) if phrase in said]
    assert phrases, f"no running time is said: {said}"
    low, high = SAID[phrases[0]]
    assert low <= seconds <= high, f"{phrases[0]!r} is not {seconds} s"


def test_the_table_of_the_first_notebook_agrees(name):
    (line,) = re.findall(rf"^# \| \[?{name[:2]}\]?[( ].*$", SOURCES["00_start_here"], flags=re.MULTILINE)
    assert_true_of(line.rstrip(" |").split("|")[-1], COURSE[name]["running"])


# ---------------------------------------------------------------- labs


def test_extra_sections_are_there_and_marked(name):
    edition = load_script("tools/student_edition.py")
    for given in COURSE[name]["extra"]:
        (section,) = sections(name, given)
        marked = edition.mark_extra(f"Before.\n\n## {section}\n\nAfter.", COURSE[name]["extra"])
        assert marked == f"Before.\n\n## {section} (extra)\n\nAfter."
    assert edition.mark_extra("## Idea 11: a\n\nIdea 1", ["Idea 1"]) == "## Idea 11: a\n\nIdea 1"


def labs():
    """The rows of the table of labs: number, core, extra, minute five."""
    table = TEACHING.split("## Six labs of two hours")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d) \|(.*)\|(.*)\|(.*)\|$", table, flags=re.MULTILINE)
    return [(number, named(core), named(extra), start.strip()) for number, core, extra, start in rows]


def named(cell):
    """The sections that a cell of the table names, by notebook."""
    parts = re.findall(r"\[\d\d\]\(\.\./notebooks/(\w+)\.ipynb\): (.*?)(?=\. \[|$)", cell.strip())
    return {name: [section.strip() for section in given.split(";")] for name, given in parts}


def test_six_labs_name_sections_that_are_there():
    assert [number for number, *_ in labs()] == list("123456")
    for _, core, extra, start in labs():
        assert core and len(start) > 40
        for name, given in [*core.items(), *extra.items()]:
            assert all(len(sections(name, section)) == 1 for section in given), (name, given)


def test_the_labs_cover_every_notebook_once_and_leave_out_what_is_extra(name):
    core = [section for _, core, _, _ in labs() for section in core.get(name, [])]
    extra = [section for _, _, extra, _ in labs() for section in extra.get(name, [])]
    assert len(set(core)) == len(core) > 0 and not set(core) & set(extra)
    assert sorted(extra) == sorted(COURSE[name]["extra"])
    whole = [heading.split(":")[0] for heading in re.findall(r"^# ## (.+)$", SOURCES[name], flags=re.MULTILINE)]
    assert set(whole) - NOT_TAUGHT <= {*core, *extra}
