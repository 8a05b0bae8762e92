"""The menu of a page: nothing until it is opened, then files, orders in view and saved views."""

import html
import io
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlsplit

import openpyxl
import pytest
from screen import PAGES, plain_words, words

from analytics.filters import Filters
from ui import data, desk, page, page_menu
from ui.addresses import LONGEST
from ui.shown import Drawing, ShownPage
from ui.workbook import sheet_names
from warehouse.views import put_back, save_view

KPIS = "descriptive/kpis.py"
EVIL = '<img src=x onerror="alert(1)"> ![x](http://evil.example) $a$ :red[r] "quoted" & more'


@pytest.fixture
def shop(tiny_database, use_database):
    """A shop with a desk of its own."""
    use_database(tiny_database)
    data.pin_version()
    return data.shop()


def opened_menu(visit, page=KPIS, **query):
    opened = visit(page, **query)
    opened.session_state["page-menu"] = True
    opened.run()
    assert not opened.exception
    return opened


def links(page) -> dict[str, str]:
    """Every link of the menu: what it says, and where it leads. That of the page's own trend is none of it."""
    found = re.findall(r'<a (?:style="[^"]*" )?href="([^"]*)"[^>]*>(.*?)</a>', words(page))
    return {html.unescape(text): html.unescape(address) for address, text in found if text != "Why did it change?"}


def save(page, name: str):
    page.text_input(key="view-name").set_value(name)
    submit = next(b for b in page.button if b.label == "Save this view")
    return submit.click().run()


def test_a_closed_menu_is_one_element_and_asks_nothing(visit, shop, monkeypatch):
    monkeypatch.setattr(desk, "saved_views", lambda: pytest.fail("asked for the views"))
    opened = visit(KPIS)
    assert [p.key for p in opened.get("popover")].count("page-menu") == 1
    assert not opened.get("download_button")
    assert not links(opened)


@pytest.mark.parametrize("page", [page for page in PAGES if not page.startswith("workspace/")])
def test_every_page_of_figures_can_be_taken_along(page, visit, shop):
    labels = [b.proto.label for b in opened_menu(visit, page).get("download_button")]
    assert labels[:2] == ["Excel", "Web page"]


def test_the_data_page_has_no_such_menu(visit, shop):
    assert "page-menu" not in [p.key for p in visit("workspace/data.py").get("popover")]


def test_the_orders_in_view_are_counted_and_linked_with_the_filters_in_force(visit, shop):
    opened = opened_menu(visit, region=["South", "East"])
    address = links(opened)["All orders in view"]
    assert "(CSV, 5 rows)" in words(opened), "T3, T4, T5, T6 and T7"
    assert urlsplit(address).path == "export/orders.csv"
    asked = parse_qsl(urlsplit(address).query)
    assert [v for k, v in asked if k == "region"] == ["South", "East"]
    assert [v for k, v in asked if k == "days"] == ["2026-08-03", "2026-10-31"]


def test_without_orders_in_view_there_is_no_link_to_them(visit, shop):
    assert "All orders in view" not in links(opened_menu(visit, region=["West"], period="30d"))


def test_a_saved_view_is_the_address_of_the_page(visit, shop):
    opened = save(opened_menu(visit, region=["South", "East"], metric="Orders"), "  Monday  look ")
    assert not opened.exception
    assert "Saved as" in "".join(t.value for t in opened.text)
    assert links(opened)["Monday look"] == "./kpis?region=South&region=East&metric=Orders"
    assert opened.text_input(key="view-name").value == ""
    assert "Monday look" in links(opened_menu(visit, "overview.py")), "other pages list it as well"


def test_the_overview_is_saved_as_the_start_page(visit, shop):
    assert links(save(opened_menu(visit, "overview.py"), "Start"))["Start"] == "./"


def test_a_name_that_is_taken_says_what_it_replaced_and_can_be_taken_back(visit, shop):
    save_view(data.desk_path(), "Monday", "/?region=North")
    opened = save(opened_menu(visit, metric="Orders"), "Monday")
    assert "in place of the view of that name" in "".join(t.value for t in opened.text)
    assert links(opened)["Monday"] == "./kpis?metric=Orders"
    opened.button(key="view-undo").click().run()
    assert links(opened)["Monday"] == "./?region=North"
    assert not [b for b in opened.button if b.key == "view-undo"]


def test_a_deleted_view_can_be_taken_back(visit, shop):
    for name in ("Monday", "Tuesday"):
        save_view(data.desk_path(), name, "/kpis")
    opened = opened_menu(visit)
    opened.selectbox(key="view-unwanted").set_value("Monday").run()
    opened.button(key="view-delete").click().run()
    assert {"Monday", "Tuesday"} & links(opened).keys() == {"Tuesday"}
    assert opened.selectbox(key="view-unwanted").value is None
    opened.button(key="view-undo").click().run()
    assert {"Monday", "Tuesday"} <= links(opened).keys()


def test_to_delete_nothing_asks_for_a_choice(visit, shop):
    save_view(data.desk_path(), "Monday", "/kpis")
    opened = opened_menu(visit)
    opened.button(key="view-delete").click().run()
    assert "Choose the view to delete first." in "".join(t.value for t in opened.text)
    assert "Monday" in links(opened)


def test_a_view_without_a_name_is_refused_in_a_sentence(visit, shop):
    opened = save(opened_menu(visit), "   ")
    assert not opened.exception
    assert "A view needs a name." in "".join(t.value for t in opened.text)
    assert not desk.saved_views()


def test_a_view_of_too_long_an_address_is_refused_in_a_sentence(visit, shop):
    opened = save(opened_menu(visit, odd="x" * LONGEST), "Long")
    assert "longer than" in "".join(t.value for t in opened.text)
    assert not desk.saved_views()


def test_a_hostile_name_is_text(visit, shop):
    name = EVIL[:80].strip()
    opened = save(opened_menu(visit), name)
    assert name in links(opened)
    listed = next(h.proto.body for h in opened.get("html") if 'class="views"' in h.proto.body)
    assert set(re.findall(r"<\s*/?(\w+)", listed)) == {"style", "div", "a"}
    assert not [m for m in opened.markdown if "evil" in m.value]


def test_an_address_changed_by_hand_leads_nowhere(visit, shop):
    for n, address in enumerate(("//evil.example/kpis", "/nowhere", "/kpis/../..//evil.example")):
        save_view(data.desk_path(), f"v{n}", address)
    opened = opened_menu(visit)
    assert set(links(opened)) == {"All orders in view", "All customers of these filters"}
    assert plain_words(opened).count("leads to no page of this program") == 3


def test_a_hundred_views_take_no_more_elements_than_one(visit, shop):
    def elements(page):
        return [len(page.get(kind)) for kind in ("html", "button", "selectbox", "markdown", "caption", "text")]

    save_view(data.desk_path(), "View", "/kpis")
    one = elements(opened_menu(visit))
    for n in range(99):
        save_view(data.desk_path(), f"View {n:03}", f"/kpis?metric=Orders&n={n}")
    opened = opened_menu(visit)
    assert len(links(opened)) == 102
    assert elements(opened) == one
    assert len(opened.selectbox(key="view-unwanted").options) == 100


def test_a_view_whose_members_are_gone_opens_with_the_usual_note(visit, shop):
    opened = visit(KPIS, region=["Atlantis"], metric="Orders")
    assert not opened.exception
    assert "left out: region Atlantis" in plain_words(opened)


def test_the_demos_views_are_none_of_a_shops_own(visit, shop, demo_database, tmp_path, use_database):
    save_view(data.desk_path(), "Own", "/kpis")
    shutil.copy(demo_database, tmp_path / "shop.db")
    use_database(tmp_path / "shop.db")
    assert "Own" not in links(opened_menu(visit))


def test_a_damaged_desk_is_said_in_the_menu_alone(visit, shop):
    data.desk_path().write_bytes(b"rubbish " * 500)
    closed = visit(KPIS)
    opened = opened_menu(visit)
    assert len(opened.error) == len(closed.error) + 1, "once more than the page itself"
    assert len(opened.get("download_button")) == 2
    assert opened.get("bidi_component"), "the page itself is drawn"
    save(opened, "Monday")
    assert not opened.exception


def test_putting_back_is_the_same_for_all(shop):
    save_view(data.desk_path(), "Monday", "/kpis")
    view = desk.delete_view("Monday")
    put_back(data.desk_path(), view)
    assert desk.saved_views() == [view]


def asked_for_at_once(monkeypatch, wait_seconds: float) -> list[threading.Thread]:
    """Whoever presses a button of the menu the moment it is there, while the rest of the page is still to be drawn."""
    pressed: list[threading.Thread] = []
    place = page_menu.st.download_button

    def placed(label, make, *given, **named):
        if named.get("key") == "page-xlsx":
            thread = FileAsked(make)
            thread.start()
            thread.join(wait_seconds)
            pressed.append(thread)
        return place(label, make, *given, **named)

    monkeypatch.setattr(page_menu.st, "download_button", placed)
    return pressed


class FileAsked(threading.Thread):
    """Makes a file as the server does, beside the run that draws."""

    def __init__(self, make) -> None:
        super().__init__(daemon=True)
        self._make, self.sheets, self.fault = make, [], None

    def run(self) -> None:
        try:
            self.sheets = openpyxl.load_workbook(io.BytesIO(self._make())).sheetnames
        except TimeoutError as fault:
            self.fault = fault


def test_a_file_asked_for_while_the_page_is_drawn_has_all_its_cards(visit, shop, monkeypatch):
    opened = opened_menu(visit)
    pressed = asked_for_at_once(monkeypatch, 0.3)
    opened.run()
    pressed[0].join(30)
    cards = [card.heading for card in opened.session_state["_shown"].filled_cards()]
    assert len(cards) > 3
    assert pressed[0].sheets == sheet_names(["About", *cards])


def test_a_file_of_a_page_that_says_early_that_it_can_say_no_more_is_not_waited_for(visit, shop, monkeypatch):
    opened = opened_menu(visit, "predictive/forecast.py")
    pressed = asked_for_at_once(monkeypatch, 0.3)
    opened.run()
    pressed[0].join(30)
    assert pressed[0].sheets[:1] == ["About"]


def test_of_a_page_that_breaks_no_file_is_waited_for(visit, shop, monkeypatch):
    opened = opened_menu(visit)
    pressed = asked_for_at_once(monkeypatch, 0.3)
    monkeypatch.setattr(page_menu, "draw_views", lambda: page.report_crash(RuntimeError("broke")) and 1 / 0)
    opened.run()
    assert opened.exception
    pressed[0].join(30)
    assert "was not drawn to its end" in str(pressed[0].fault)


def test_where_another_run_takes_over_the_file_is_of_what_that_one_draws(shop):
    filters = Filters(shop.days)
    first, second, elsewhere = (ShownPage(title, "?", filters, shop) for title in ("KPIs", "KPIs", "Customers"))
    drawing = Drawing()
    drawing.begin(first)
    with ThreadPoolExecutor() as others:
        asked = others.submit(drawing.whole, first)
        drawing.begin()
        drawing.begin(second)
        assert not asked.done(), "neither is drawn to its end"
        drawing.end()
        assert asked.result(30) is second
        drawing.begin(elsewhere)
        left = others.submit(drawing.whole, ShownPage("Churn", "?", filters, shop))
        drawing.end()
        with pytest.raises(TimeoutError, match="Churn was not drawn to its end"):
            left.result(30)
    assert drawing.whole(second) is second, "what was whole stays so"
