"""The menu of a page: the whole page as a file, all orders in view, and saved views."""

import html
from urllib.parse import urlencode

import streamlit as st

from analytics.descriptive.order_list import rows_in_view
from analytics.filters import Filters
from ui.charts.look import current_look
from ui.data import answer
from ui.document import html_bytes
from ui.exports import file_name
from ui.shown import ShownPage
from ui.streamed import CUSTOMERS, ORDERS
from ui.view_menu import draw_views
from ui.workbook import workbook_bytes

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def draw_page_menu(page: ShownPage) -> None:
    """One small button beside the title; what is behind it is drawn when it is opened, files are made on a click.

    The page goes on being drawn after this: the files are of what it shows in the end.
    """
    menu = st.popover("Share", icon=":material/ios_share:", type="tertiary", key="page-menu", on_change="rerun")
    if not menu.open:
        return
    with menu:
        _files(page)
        draw_views()


def _files(page: ShownPage) -> None:
    name = file_name(page.title, page.filters)
    st.markdown("**This page as a file**")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Excel",
            lambda: workbook_bytes(page),
            f"{name}.xlsx",
            EXCEL,
            key="page-xlsx",
            icon=":material/table:",
            help="One sheet for each card.",
            on_click="ignore",
        )
        st.download_button(
            "Web page",
            lambda: html_bytes(page),
            f"{name}.html",
            "text/html",
            key="page-html",
            icon=":material/public:",
            help="One file with all charts and tables that opens in any browser, without a connection.",
            on_click="ignore",
        )
    if rows := answer(rows_in_view, page.filters):
        counted = "1 row" if rows == 1 else f"{rows:,} rows"
        st.html(_links(page.filters, f"CSV, {counted}", "customer_key" in page.shop.has))


def _links(filters: Filters, counted: str, with_customers: bool) -> str:
    """Links to the rows themselves; every page lies beside these files."""
    query = html.escape(urlencode(filters.query(), doseq=True))
    files = [(ORDERS, "All orders in view", counted)]
    files += [(CUSTOMERS, "All customers of these filters", "CSV")] if with_customers else []
    colour = current_look().accent
    return "".join(
        f'<div><a style="color:{colour}" href="{file}?{query}" download>{name}</a> ({what})</div>'
        for file, name, what in files
    )
