"""What the README says of speed is what was measured last."""

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT))

from benchmarks.readme import END, README, START, readme_table, with_table  # noqa: E402
from benchmarks.results import RESULTS  # noqa: E402


@pytest.mark.skipif(not RESULTS.exists(), reason="nothing has been measured yet: make bench")
def test_the_table_in_the_readme_is_that_of_the_last_measurement():
    text = README.read_text(encoding="utf-8")
    assert with_table(text, readme_table()) == text


def test_the_table_is_put_between_its_marks():
    assert with_table(f"before\n{START}\nold\n{END}\nafter", "new") == f"before\n{START}\n\nnew\n\n{END}\nafter"
