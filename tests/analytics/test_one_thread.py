"""Linear algebra of small matrices stays on one core, and goes back to all afterwards."""

import pytest
from threadpoolctl import ThreadpoolController

from analytics.one_thread import on_one_thread


def threads() -> set[int]:
    return {pool["num_threads"] for pool in ThreadpoolController().info() if pool["user_api"] == "blas"}


def test_an_analysis_works_on_one_core_and_leaves_the_others_as_they_were():
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before = threads()
        assert on_one_thread(threads)() == {1}
        assert threads() == before


def test_one_that_cannot_answer_leaves_them_as_they_were_too():
    @on_one_thread
    def refused() -> None:
        raise LookupError("no")

    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before = threads()
        with pytest.raises(LookupError, match="no"):
            refused()
        assert threads() == before


def test_it_stays_the_same_question():
    def asked(filters: int) -> int:
        """What it says."""
        return filters

    assert on_one_thread(asked).__qualname__ == asked.__qualname__
    assert on_one_thread(asked)(3) == 3
