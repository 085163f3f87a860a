"""Every exhibit is killed by the test it names, by an assertion, in a copy without another bug."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from hedgelab.project import ROOT
from tests.museum.exhibits import ask, copy_project, load, verdict

EXHIBITS = load()
NAMES = [exhibit.name for exhibit in EXHIBITS]
SEVERAL = pytest.mark.parametrize("exhibit", EXHIBITS, ids=NAMES)


def test_there_are_at_least_thirty_exhibits_of_different_names():
    assert len(EXHIBITS) >= 30
    assert {name: count for name, count in Counter(NAMES).items() if count > 1} == {}


@SEVERAL
def test_an_exhibit_still_fits_the_code(exhibit):
    # one that no longer applies must fail, not vanish
    text = (ROOT / exhibit.file).read_text(encoding="utf-8")
    assert text.count(exhibit.old) == 1
    assert exhibit.let_into(text) != text
    compile(exhibit.let_into(text), exhibit.file, "exec")
    file, name = exhibit.test
    assert re.search(rf"^def {name}\(", file.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project without any bug, in which every killing test passes."""
    folder = tmp_path_factory.mktemp("museum") / "copy"
    folder.mkdir()
    copy_project(folder)
    tests = {exhibit.killed_by for exhibit in EXHIBITS}
    found = ask(folder, *sorted(tests))
    assert found.code == 0, found.output
    assert found.passed >= len(tests)
    return folder


@pytest.fixture(scope="module")
def verdicts(copy, request):
    """What the killing tests say of the exhibits that are asked for, two at a time."""
    asked = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    chosen = [exhibit for exhibit in EXHIBITS if exhibit.name in asked]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda exhibit: verdict(copy, exhibit), chosen)
    return dict(zip(chosen, found, strict=True))


@SEVERAL
def test_an_exhibit_is_killed_by_the_test_it_names(exhibit, verdicts):
    found = verdicts[exhibit]
    assert found.is_a_kill, found.output
