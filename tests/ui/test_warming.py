"""A fresh server has the first page's answers ready, and comes up whatever state the store is in."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st

from analytics.descriptive.headline import period_headline
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.trends import metric_trend, sparkline_values
from ui import data
from ui.warming import warm_up

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_visitor_finds_the_slowest_answers_ready(demo_url, visit, monkeypatch):
    st.cache_resource.clear()
    computed, compute = [], data._computed

    def noted(version, analysis, filters, parameters):
        computed.append(analysis)
        return compute(version, analysis, filters, parameters)

    monkeypatch.setattr(data, "_computed", noted)
    warm_up()
    assert {period_headline, current_kpis, sparkline_values, metric_trend} <= set(computed)
    computed.clear()
    monkeypatch.setattr(inspect, "stack", lambda *_: pytest.fail("Streamlit looks up who runs it after all"))
    for page in ("overview.py", "descriptive/kpis.py"):
        assert not visit(page).exception
    assert not {period_headline, current_kpis, sparkline_values, metric_trend} & set(computed)


def test_a_server_multiplies_its_small_matrices_on_one_core():
    program = """
import app
from ui.loading import load_modules
load_modules()
import scipy.linalg
from threadpoolctl import threadpool_info
print(sorted({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}))
"""
    bare = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=bare, capture_output=True, text=True)
    assert told.stdout.strip() == "[1]", told.stderr[-500:]


def test_where_there_is_nothing_to_read_nothing_is_made(tmp_path, use_database):
    use_database(tmp_path / "none.db")
    warm_up()
    assert not (tmp_path / "none.db").exists()


def test_a_shop_without_orders_warms_nothing(empty_database, use_database):
    use_database(empty_database)
    warm_up()


def test_a_file_that_cannot_be_read_is_left_to_the_page_to_tell_of(tmp_path, use_database):
    (tmp_path / "broken.db").write_bytes(b"no database")
    use_database(tmp_path / "broken.db")
    warm_up()
    assert (tmp_path / "broken.db").read_bytes() == b"no database"
