"""What the pages are made from: links, descriptions of figures, directions that fit the generators, pinned versions."""

import json
import urllib.error
import urllib.request
from threading import Thread

from oasis_helpers.weights import read_generator

import nbformat
import numpy as np
import pytest
from helpers.scripts import ROOT, load_script

SITE = ROOT / "site"


@pytest.fixture(scope="module")
def build():
    return load_script("site/build.py")


@pytest.fixture(scope="module")
def generators():
    return load_script("site/generators.py")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[start](README.md)", "[start](index.md)"),
        ("[start](../../README.md#start)", "[start](../../index.md#start)"),
        ("[more](examples/README.md), [all](examples/)", "[more](examples/README.md), [all](examples/README.md)"),
        ("[page](../site/explorer.md)", "[page](../explorer.md)"),
        ("[words](docs/glossary.md)", "[words](docs/glossary.md)"),
    ],
)
def test_links_lead_to_pages(build, text, expected):
    assert build.page_links(text) == expected


def test_figures_keep_their_descriptions(build):
    cells = [nbformat.v4.new_code_cell("1", metadata={"alt": "A brain."}), nbformat.v4.new_code_cell("2")]
    text = build.with_alt_texts(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    first, second = nbformat.reads(text, as_version=4).cells
    assert first.metadata["mystnb"] == {"image": {"alt": "A brain."}} and "mystnb" not in second.metadata


def test_a_page_that_is_the_same_is_not_written_again(build, tmp_path):
    file = tmp_path / "page.md"
    build.write_text(file, "one")
    before = file.stat().st_mtime_ns
    build.write_text(file, "one")
    assert file.stat().st_mtime_ns == before
    build.write_text(file, "two")
    assert file.read_text() == "two"


def test_directions_are_those_of_the_generators(generators):
    known = json.loads(generators.DIRECTIONS.read_text(encoding="utf-8"))
    assert list(known) == generators.GENERATORS
    for name, entry in known.items():
        assert entry["sha256"] == generators.digest_of(name), f"{name} is another file: run site/directions.py"
        names = [direction["name"] for direction in entry["directions"]]
        assert names == ["direction 0", "direction 1", "direction 2", "direction 3", "ventricles"]
        assert {len(direction["step"]) for direction in entry["directions"]} == {128}
        assert all(0 < direction["share"] < 1 for direction in entry["directions"])


def test_generators_of_real_people_are_not_offered(generators):
    for name in generators.GENERATORS:
        _, header = read_generator(name)
        assert "cohort" in json.dumps(header["about"])


@pytest.mark.slow
def test_principal_directions_are_found_again(generators):
    from oasis_helpers import load_generator, sampling

    known = json.loads(generators.DIRECTIONS.read_text(encoding="utf-8"))["cohort128"]["directions"][:4]
    found = sampling.principal_directions(load_generator("cohort128"), 4)
    steps = found.scales[:, None] * found.components
    np.testing.assert_allclose([direction["step"] for direction in known], steps, atol=1e-3)


def test_directions_of_other_weights_are_refused(generators, tmp_path, monkeypatch):
    monkeypatch.setattr(generators, "digest_of", lambda name: "another")
    with pytest.raises(SystemExit, match=r"directions.json has other directions than those of default; run"):
        generators.add_generators(tmp_path)


def test_versions_from_npm_are_pinned():
    wanted = json.loads((SITE / "package.json").read_text())["dependencies"]
    locked = json.loads((SITE / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        entry = locked[f"node_modules/{name}"]
        assert entry["version"] == version and entry["integrity"].startswith("sha512-")
        assert entry["license"] == "Apache-2.0"


def test_the_server_shows_a_folder_with_its_policy(tmp_path):
    (tmp_path / "a.wasm").write_bytes(b"\0asm")
    pages = load_script("site/serve.py").server(0, tmp_path)
    Thread(target=pages.serve_forever, daemon=True).start()
    try:
        assert pages.server_address[0] == "127.0.0.1"
        address = f"http://127.0.0.1:{pages.server_port}"
        with urllib.request.urlopen(f"{address}/a.wasm") as answer:
            assert answer.headers["Content-Type"] == "application/wasm"
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{address}/../serve.py")
    finally:
        pages.shutdown()
        pages.server_close()
