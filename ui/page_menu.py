"""The menu of a page: the whole page as a file, all orders in view, and saved views."""

import html
from urllib.parse import urlencode

import streamlit as st

from analytics.descriptive.order_list import rows_in_view
from analytics.filters import Filters
from ui.charts.look import current_look
from ui.customer_choices import listed_as
from ui.data import answer
from ui.document import html_bytes
from ui.exports import file_name
from ui.shown import ShownPage, file_of
from ui.streamed import CUSTOMERS, ORDERS
from ui.view_menu import draw_views
from ui.workbook import workbook_bytes

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def draw_page_menu(page: ShownPage) -> None:
    """One small button beside the title; what is behind it is drawn when it is opened, files are made on a click.

    The page goes on being drawn after this: files wait for what it shows in the end.
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
            file_of(page, workbook_bytes),
            f"{name}.xlsx",
            EXCEL,
            key="page-xlsx",
            icon=":material/table:",
            help="One sheet for each card.",
            on_click="ignore",
        )
        st.download_button(
            "Web page",
            file_of(page, html_bytes),
            f"{name}.html",
            "text/html",
            key="page-html",
            icon=":material/public:",
            help="One file with all charts and tables that opens in any browser, without a connection.",
            on_click="ignore",
        )
    if rows := answer(rows_in_view, page.filters):
        counted = "1 row" if rows == 1 else f"{rows:,} rows"
        listed = listed_as(st.query_params.to_dict()) if page.title == "Customers" else {}
        st.html(_links(page.filters, f"CSV, {counted}", "customer_key" in page.shop.has, listed))


def _links(filters: Filters, counted: str, with_customers: bool, listed: dict[str, str]) -> str:
    """Links to the rows themselves; every page lies beside these files."""
    query = html.escape(urlencode(filters.query(), doseq=True))
    files = [(f"{ORDERS}?{query}", "All orders in view", counted)]
    if with_customers:
        name = "The customers found" if listed.get("search") else "All customers of these filters"
        order = "CSV, in the order of the list" if listed else "CSV"
        whole = html.escape(urlencode(filters.query() | listed, doseq=True))
        files.append((f"{CUSTOMERS}?{whole}", name, order))
    colour = current_look().accent
    return "".join(
        f'<div><a style="color:{colour}" href="{file}" download>{name}</a> ({what})</div>' for file, name, what in files
    )
