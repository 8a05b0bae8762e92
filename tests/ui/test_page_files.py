"""A whole page as a workbook and as an HTML file: everything that it shows, as numbers, days and text."""

import io
import json
import re
from datetime import date, datetime
from html.parser import HTMLParser

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from screen import PAGES, charts, headings, plain_words, tiles, unescaped

from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from analytics.shop import Shop
from ui.charts.look import DARK, LIGHT, use_look
from ui.charts.remembered import Drawing, remembered
from ui.document import MOST_ROWS, html_bytes
from ui.shown import ShownCard, ShownPage, ShownTable
from ui.workbook import FORBIDDEN, LONGEST_SHEET_NAME, sheet_names, workbook_bytes

ANALYTIC = [page for page in PAGES if not page.startswith("workspace/")]
FILTERS = Filters(Period(date(2026, 8, 3), date(2026, 10, 31)), "previous", region=("=1+1",))
SHOP = Shop("=cmd|'x'!A0", "EUR", "monday", date(2025, 1, 1), date(2026, 10, 31), date(2026, 10, 31), 7)
EVIL = (
    "</script><script>document.title=1337</script>",
    '<img src="http://evil.example/x.png" onerror="document.title=1337">',
    "<!-- <script>",
    "]]> &lt;b&gt; \u2028 ${x} $title",
    '=HYPERLINK("http://evil.example")',
)


def page_of(*cards: ShownCard, headline: tuple[str, ...] = ()) -> ShownPage:
    return ShownPage("KPIs", "What happened?", FILTERS, SHOP, list(headline), list(cards))


def book(page: ShownPage) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(page)))


class Document(HTMLParser):
    """What a browser makes of an HTML file: its elements with their attributes, its scripts, its text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.scripts: list[tuple[dict, str]] = []
        self.text = ""
        self._inside = None
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in ("script", "style") else None
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self._inside is None:
            self.text += data

    @property
    def figures(self) -> list[dict]:
        return [json.loads(text) for attrs, text in self.scripts if attrs.get("type") == "application/json"]


@pytest.fixture(params=ANALYTIC)
def shown(request, visit, demo_url):
    """A page as it was drawn, and what a visitor saw."""
    opened = visit(request.param, region=["North", "East"])
    return opened.session_state["_shown"], opened


def test_a_workbook_has_a_sheet_for_every_card_and_says_what_is_looked_at(shown):
    page, opened = shown
    sheets = book(page)
    assert sheets.sheetnames[0] == "About"
    assert len(sheets.sheetnames) - 1 == len(page.filled_cards())
    assert {card.heading for card in page.cards} >= set(headings(opened))
    about = {row[0].value: row[1].value for row in sheets["About"].iter_rows(min_row=3)}
    assert about["Filters"] == "3 Aug – 31 Oct 2026 · North, East · all segments"
    assert about["Compared with"].startswith("5 May – 2 Aug 2026")
    assert about["Data to"] == "31 Oct 2026"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d \(.+\)", about["Produced at"])
    assert about["Page"] == page.title


UNIT_OF_ITS_OWN = {"Month", "Low", "Likely", "High"}
"""Numbers of a month, and those whose row says the unit."""


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        ("prescriptive/resources.py", {"resource": "Stock"}),
        ("prescriptive/resources.py", {"resource": "Delivery"}),
        ("prescriptive/resources.py", {"resource": "Staffing"}),
        ("prescriptive/what_if.py", {"s1": "1_own_12_0.1_0_0_900to1000to1200_0.02_300_2_20000_0_A",
                                     "s2": "1_own_6_0.1_0_0_900to1000to1200_0.02_300_2_20000_0_B"}),
    ],
)  # fmt: skip
def test_every_number_of_a_plan_leaves_with_its_unit(page, asked, visit, demo_url):
    sheets = book(visit(page, **asked).session_state["_shown"])
    told = []
    for sheet in sheets.worksheets[1:]:
        (heading, *rows) = sheet.iter_rows()
        for column, cell in enumerate(heading):
            values = [row[column] for row in rows if isinstance(row[column].value, int | float)]
            if not values or cell.value in UNIT_OF_ITS_OWN:
                continue
            unit = re.search(r"\(([^()]+)\)$", cell.value)
            assert unit, (sheet.title, cell.value)
            told.append(unit[1])
            if unit[1] == "share":
                assert {v.number_format for v in values} == {"0.0%"}, cell.value
            if unit[1] == "INR":
                assert {v.number_format for v in values} == {"#,##0.00"}, cell.value
    assert len(told) > 5


@pytest.mark.parametrize("page", ["overview.py", "descriptive/kpis.py"])
def test_key_figures_leave_as_the_numbers_that_the_tiles_show(page, visit, demo_url):
    opened = visit(page)
    page = opened.session_state["_shown"]
    assert len(tiles(opened)) > 4
    sheet = book(page)["Key figures"]
    heading = [cell.value for cell in sheet[1]]
    written = {row[0].value: row[1] for row in sheet.iter_rows(min_row=2)}
    assert heading[:4] == ["Key figure", "Value", "Previous", "Last year"]
    for name, exact in tiles(opened).items():
        share = written[name].number_format == "0.0%"
        assert written[name].value * (100 if share else 1) == pytest.approx(exact, abs=0.06), name
    assert written["Revenue"].number_format == "#,##0.00"
    assert written["Repeat rate"].number_format == "0.0%"


def test_numbers_are_numbers_days_are_days_and_the_heading_stays(shown):
    page, _ = shown
    for card, sheet in zip(page.filled_cards(), book(page).worksheets[1:], strict=True):
        if not card.tables:
            assert sheet["A1"].value == card.sentences[0]
            continue
        table, units = card.tables[0].readable(page.shop)
        assert sheet.freeze_panes == "A2"
        assert sheet.max_row == len(table) + 1
        for position, heading in enumerate(table.columns):
            cells = [sheet.cell(row, position + 1) for row in range(2, len(table) + 2)]
            assert all(c.data_type != "f" for c in cells)
            if pd.api.types.is_numeric_dtype(table[heading]):
                assert all(c.data_type == "n" for c in cells if c.value is not None), heading
                assert [c.value for c in cells] == [None if pd.isna(v) else pytest.approx(v) for v in table[heading]]
            elif units and units[0][position] == "day":
                assert all(isinstance(c.value, datetime) for c in cells), heading


def test_an_html_file_holds_every_chart_sentence_and_table(shown):
    page, opened = shown
    document = Document(html_bytes(page))
    assert len(document.figures) == len(charts(opened))
    assert sorted(map(_points, document.figures)) == sorted(map(_points, charts(opened).values()))
    alternatives = [attrs["aria-label"] for tag, attrs in document.elements if attrs.get("role") == "img"]
    assert alternatives == [sentence for card in page.cards for _, sentence in card.figures]
    for card in page.filled_cards():
        assert card.heading in document.text
        assert all(sentence in document.text for sentence in card.sentences)
    assert "North, East · all segments" in document.text
    assert "Click a bar" not in document.text, "a file cannot be filtered"
    folded = sum(tag == "details" and attrs.get("class") == "file" for tag, attrs in document.elements)
    assert folded == sum(len(card.tables) for card in page.cards)
    for sentence in page.headline:
        assert sentence in document.text
        assert "**" not in sentence
        assert unescaped(sentence.split(",")[0]) in plain_words(opened).replace("**", "")


@pytest.mark.parametrize(
    ("page", "query", "heading", "drawn"),
    [
        ("overview.py", {}, "What moved most", 'class="movers"'),
        ("descriptive/kpis.py", {}, "Region × segment", 'class="two"'),
        ("descriptive/customers.py", {}, "Cohorts: who comes back", 'class="tri"'),
        ("descriptive/kpi_tree.py", {}, "Revenue and its parts", 'class="tree"'),
    ],
)
def test_a_table_drawn_on_the_page_is_drawn_in_its_file(page, query, heading, drawn, visit, demo_url):
    shown = visit(page, **query).session_state["_shown"]
    card = next(card for card in shown.cards if card.heading == heading)
    assert drawn in card.markup()
    assert card.tables
    assert card.markup() in html_bytes(shown).decode()


def _points(figure: dict) -> str:
    return json.dumps([trace.get("y") for trace in figure["data"]])


def test_an_html_file_names_no_other_place(shown):
    document = Document(html_bytes(shown[0]))
    for tag, attrs in document.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "a", "form")
        for address in (attrs.get("src"), attrs.get("href")):
            assert address is None or address.startswith("data:image/svg+xml"), address
    (policy,) = [a["content"] for _, a in document.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


def test_every_chart_of_every_page_can_be_drawn_anew_in_another_look(shown):
    for card in shown[0].cards:
        for figure, _ in card.figures:
            assert isinstance(figure, Drawing), card.heading


def test_a_dark_page_leaves_as_a_light_file():
    @remembered
    def coloured(answer):
        from ui.charts.look import current_look

        return {"data": [], "layout": {"height": 10, "font": {"color": current_look().text}}}

    use_look("dark")
    try:
        card = ShownCard("Chart", figures=[(coloured([1]), "A chart.")])
        assert card.figures[0][0]["layout"]["font"]["color"] == DARK.text
        (figure,) = Document(html_bytes(page_of(card))).figures
        assert figure["layout"]["font"]["color"] == LIGHT.text
        assert coloured([2])["layout"]["font"]["color"] == DARK.text, "the page itself stays as it is"
    finally:
        use_look("light")


def hostile_page() -> ShownPage:
    cards = []
    for name in EVIL:
        table = pd.DataFrame({"member": [name], name: [1.5]})
        figure = {"data": [{"type": "bar", "y": [1], "text": [name]}], "layout": {"height": 10}}
        cards.append(ShownCard(name, [name], [name + " how"], [ShownTable(table)], [(figure, name)]))
    return page_of(*cards, headline=EVIL)


def test_no_name_becomes_an_element_of_the_html_file():
    hostile = Document(html_bytes(hostile_page()))
    harmless = Document(html_bytes(page_of(*(ShownCard(f"c{n}", ["a"]) for n in range(len(EVIL))))))
    added = {tag for tag, _ in hostile.elements} - {tag for tag, _ in harmless.elements}
    assert added == {"div", "figure", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
    assert len(hostile.scripts) == len(EVIL) + 2
    assert [figure["data"][0]["text"] for figure in hostile.figures] == [[name] for name in EVIL]
    for name in EVIL:
        assert hostile.text.count(name) >= 5, name


def test_no_name_becomes_a_formula_or_a_broken_sheet_of_the_workbook():
    sheets = book(hostile_page())
    assert len(sheets.sheetnames) == len(EVIL) + 1
    for sheet in sheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not str(cell.value or "").startswith(("=", "+", "@"))
    assert sheets.worksheets[-1]["A2"].value == '\'=HYPERLINK("http://evil.example")'


@given(st.lists(st.text(max_size=45), max_size=12))
def test_any_headings_make_names_that_excel_takes(texts):
    names = sheet_names(texts)
    assert len({name.casefold() for name in names}) == len(texts)
    for name in names:
        assert 1 <= len(name) <= LONGEST_SHEET_NAME
        assert not re.search(FORBIDDEN, name)
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"


def test_headings_that_are_cut_alike_are_told_apart():
    names = sheet_names(["Average order value by region and month", "Average order value by region and week"])
    assert names == ["Average order value by region a", "Average order value by regi (2)"]


def test_a_card_that_could_not_answer_says_so_in_both_files():
    page = page_of(ShownCard("Trend", ["No orders in this period: choose a longer one."]))
    assert book(page)["Trend"]["A1"].value == "No orders in this period: choose a longer one."
    assert "choose a longer one" in Document(html_bytes(page)).text


def test_a_card_that_waits_for_a_choice_is_left_out():
    page = page_of(ShownCard("One customer"), ShownCard("Trend", ["It rose."]))
    assert book(page).sheetnames == ["About", "Trend"]
    assert "One customer" not in Document(html_bytes(page)).text


def test_a_filter_that_matches_nothing_leaves_as_files_that_say_which_to_relax(visit, demo_url):
    opened = visit("descriptive/kpis.py", period="7d", region=["North"], segment=["Premium"], age_group=["55+"],
                   category=["Sports"], channel=["Store"], payment_method=["Cash on delivery"])  # fmt: skip
    page = opened.session_state["_shown"]
    assert "take one of these filters away" in " ".join(page.headline)
    about = book(page)["About"]
    assert "take one of these filters away" in " ".join(str(row[1].value) for row in about.iter_rows())
    assert "take one of these filters away" in Document(html_bytes(page)).text


def test_what_is_missing_is_an_empty_cell_and_a_dash():
    table = pd.DataFrame(
        {"start": pd.to_datetime(["2026-10-01", None]), "value": [1234.5, np.nan], "share": [0.5, np.inf]}
    )
    page = page_of(ShownCard("Trend", [], [], [ShownTable(table, METRICS["revenue"])]))
    sheet = book(page)["Trend"]
    assert [cell.value for cell in sheet[3]] == [None, None, None]
    assert sheet["A2"].value == datetime(2026, 10, 1)
    assert [cell.number_format for cell in sheet[2]] == ["yyyy-mm-dd", "#,##0.00", "0.0%"]
    text = Document(html_bytes(page)).text
    assert "2026-10-01" in text
    assert "1,234.50" in text
    assert "50.0 %" in text
    assert "nan" not in text.casefold()


def test_a_long_table_is_cut_in_the_html_file_alone_and_says_so():
    table = pd.DataFrame({"value": range(MOST_ROWS + 5)})
    page = page_of(ShownCard("Long", [], [], [ShownTable(table)]))
    document = Document(html_bytes(page))
    assert sum(tag == "tr" for tag, _ in document.elements) == MOST_ROWS + 1
    assert "The first 1,000 of 1,005 rows; the Excel file has them all." in document.text
    assert book(page)["Long"].max_row == MOST_ROWS + 6


def test_key_figures_inside_a_card_are_a_part_of_it(visit, demo_url):
    cards = {card.heading: card for card in visit("descriptive/kpi_tree.py").session_state["_shown"].cards}
    assert "Key figures" not in cards
    leading = cards["What moves before revenue does"]
    assert leading.markup
    assert leading.tables[-1].row_metrics


def test_a_card_drawn_again_takes_the_place_of_the_old_one():
    page = page_of()
    page.card("A").sentences.append("old")
    page.card("B")
    page.card("A").sentences.append("new")
    assert [(card.heading, card.sentences) for card in page.cards] == [("A", ["new"]), ("B", [])]
