"""The script behind every page: the list of pages by section, and the filters above them all."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # run on its own (tests do), only this folder would be importable
    sys.path.insert(0, str(ROOT))

from ui.loading import load_modules  # noqa: E402

PAGES = {
    "": [("overview", "Overview", ":material/space_dashboard:")],
    "Descriptive": [
        ("descriptive/kpis", "KPIs", ":material/monitoring:"),
        ("descriptive/customers", "Customers", ":material/group:"),
        ("descriptive/kpi_tree", "KPI tree", ":material/account_tree:"),
    ],
    "Diagnostic": [
        ("diagnostic/drill_down", "Drill-down", ":material/zoom_in:"),
        ("diagnostic/root_cause", "Root cause", ":material/troubleshoot:"),
        ("diagnostic/anomalies", "Anomalies", ":material/query_stats:"),
        ("diagnostic/satisfaction", "Satisfaction", ":material/sentiment_satisfied:"),
        ("diagnostic/churn_factors", "Churn factors", ":material/person_off:"),
        ("diagnostic/compare_groups", "Compare groups", ":material/balance:"),
    ],
    "Predictive": [
        ("predictive/forecast", "Revenue forecast", ":material/trending_up:"),
        ("predictive/churn", "Churn", ":material/person_search:"),
        ("predictive/customer_value", "Customer value", ":material/payments:"),
        ("predictive/models", "Models", ":material/model_training:"),
    ],
    "Prescriptive": [
        ("prescriptive/retention", "Retention", ":material/volunteer_activism:"),
        ("prescriptive/revenue_moves", "Revenue moves", ":material/sell:"),
        ("prescriptive/resources", "Resources", ":material/inventory_2:"),
        ("prescriptive/what_if", "ROI what-if", ":material/calculate:"),
    ],
    "Workspace": [
        ("workspace/data", "Data", ":material/database:"),
        ("workspace/alerts", "Alerts", ":material/notifications:"),
        ("workspace/targets", "Targets", ":material/flag:"),
        ("workspace/events", "Events", ":material/event:"),
        ("workspace/settings", "Settings", ":material/tune:"),
    ],
}

# before the menu: else a page's icon becomes the browser's, fetched from elsewhere
st.set_page_config(page_icon=str(ROOT / "ui/static/favicon.png"), layout="wide")
sections = {
    section: [
        st.Page(ROOT / "pages" / f"{file}.py", title=title, icon=icon, default=file == "overview")
        for file, title, icon in pages
    ]
    for section, pages in PAGES.items()
}
chosen = st.navigation(sections, position="top")  # the sidebar is for filters alone
st.set_page_config(page_title=f"{chosen.title} · Shop analytics")

load_modules()  # only now: a fresh server's first visitor sees the frame of the page meanwhile
from ui import data, page, shown  # noqa: E402
from ui.first_start import build_with_progress  # noqa: E402

if data.is_missing():
    build_with_progress()
with page.few_at_once(), shown.drawn_to_its_end():
    ready = page.draw_filters(chosen.url_path)
    if ready or chosen.url_path == "data":
        chosen.run()
    else:
        st.page_link(ROOT / "pages/workspace/data.py", label="Open the Data page", icon=":material/database:")
