"""What the README says of speed and of proofs is what was measured last."""

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT))

from benchmarks.readme import END, PROOFS, README, START, proofs_table, readme_table, renewed, with_table  # noqa: E402
from benchmarks.results import RESULTS  # noqa: E402


@pytest.mark.skipif(not RESULTS.exists(), reason="nothing has been measured yet: make bench")
def test_the_table_in_the_readme_is_that_of_the_last_measurement():
    text = README.read_text(encoding="utf-8")
    assert with_table(text, readme_table()) == text


@pytest.mark.skipif(not (RESULTS.exists() and PROOFS.exists()), reason="nothing has been proved yet: make proofs")
def test_the_proofs_in_the_readme_are_those_that_were_run_last():
    text = README.read_text(encoding="utf-8")
    assert renewed(text) == text
    assert proofs_table() in text


def test_the_table_is_put_between_its_marks():
    assert with_table(f"before\n{START}\nold\n{END}\nafter", "new") == f"before\n{START}\n\nnew\n\n{END}\nafter"
