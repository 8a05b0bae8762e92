"""Names come from files of strangers: on every page they are text, never markup, links, images or code."""

import re

import pytest
from screen import PAGES, charts, menus, plain_words, unescaped
from streamlit.testing.v1 import AppTest

NAMES = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "![x](http://evil.example/pixel.png)",
    "[press](javascript:alert(1))",
    "$a$ and $b$",
    ":red[x] :material/delete:",
    "**bold** _it_ `code` ~~gone~~",
    "# heading\n- list",
    "</table></div><h1>out</h1>",
    "&lt;b&gt; & 'quotes\"",
    "{{7*7}} %{x} %{customdata}",
    '=HYPERLINK("http://evil.example";"x")',
    "https://evil.example/x",
    "www.evil.example.com",
    "WWW.evil.example.com",
    "a@b.example",
    ":smile: -> <= --",
    "region",
    "segment",
    "value",
    "member",
    "last_year",
)
OUR_TAGS = {"style", "div", "h2", "table", "tr", "th", "td", "small", "b", "img", "span", "details", "summary"}
ADDRESS = re.compile(r"https?://|www\.|[-.\w+]+@[-\w]", re.IGNORECASE)
"""What Markdown makes a link of in running text, once backslashes are resolved."""
DIMENSIONS = ("category", "channel", "payment_method", "segment", "region", "age_group")
ANALYTIC = [page for page in PAGES if not page.startswith("workspace/")]


@pytest.fixture
def hostile_url(demo_orders, stored, tmp_path_factory, use_database):
    """A shop in which every member of every dimension tries something."""
    orders = demo_orders.tail(600).copy()
    named = 0
    for dimension in DIMENSIONS:
        codes = orders[dimension].astype("category").cat.codes
        orders[dimension] = [NAMES[(code + named) % len(NAMES)] for code in codes]
        named += codes.max() + 1
    assert named >= len(NAMES), "every name has to be tried"
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    return use_database(stored(orders, path, shop_name="<b>Shop</b> ![x](http://evil.example/s.png)"))


@pytest.mark.parametrize("page", PAGES)
def test_no_name_becomes_an_element(page, visit, hostile_url):
    opened = visit(page)
    assert not opened.exception
    for element in opened.get("html"):
        tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z][\w-]*)", element.proto.body)}
        assert tags <= {
            "style",
            "div",
            "h2",
            "table",
            "tr",
            "th",
            "td",
            "small",
            "b",
            "img",
            "span",
            "details",
            "summary",
            "a",
        }, tags
        for address in re.findall(r"<a\b[^>]*", element.proto.body):
            assert re.match(r'<a href="\./(kpis|root_cause|customers)\?[\w%&;=.+-]*"', address), address
        for image in re.findall(r"<img[^>]*>", element.proto.body):
            assert 'src="data:image/svg+xml,' in image, image


@pytest.mark.parametrize("page", PAGES)
def test_markdown_never_sees_a_name_as_markup(page, visit, hostile_url):
    opened = visit(page)
    for element in [*opened.markdown, *opened.caption, *opened.info, *opened.warning, *opened.error]:
        text = element.value
        assert not re.search(r"(?<!\\)\]\s*\(", text), f"a link or image would be drawn: {text}"
        assert not re.search(r"(?<!\\)<(script|img|h1|/table)", text), text
        resolved = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
        assert not ADDRESS.search(resolved), f"an address that Markdown would make a link: {text}"
        assert not re.search(r":smile:|->|<=|--", resolved), text
        assert not re.search(r"(?<!\\):(red|material/delete)", text), text
        assert not re.search(r"(?<!\\)\$a(?<!\\)\$", text), text
        assert not getattr(element.proto, "allow_html", False)


@pytest.mark.parametrize("page", ANALYTIC)
@pytest.mark.parametrize("name", NAMES)
def test_filtering_by_a_hostile_name_shows_it_as_it_is(name, page, visit, hostile_url):
    opened = visit(page)
    dimension = next(d for d in DIMENSIONS if name in _members(opened, d))
    opened.session_state[dimension] = [name]
    opened.run()
    assert not opened.exception
    captions = "\n".join(c.value for c in opened.caption)
    assert " ".join(name.split()) in " ".join(unescaped(captions).split())


def _members(page, dimension: str) -> list[str]:
    return page.multiselect(key=dimension).options


def test_a_chart_shows_names_as_text(visit, hostile_url):
    opened = visit("descriptive/kpis.py")
    for dimension in DIMENSIONS:
        opened.session_state["per"] = dimension
        bars = charts(opened.run())["members"]["data"][0]
        for label in [*bars["y"], *bars["hovertext"], *bars["text"]]:
            tags = set(re.findall(r"<\s*/?([a-zA-Z]\w*)", label))
            assert tags <= {"b", "br"}, label
        assert set(bars["customdata"]) <= set(NAMES), "a click has to hand over the name itself"


@pytest.mark.parametrize("view", ["Lines", "Panels", "Shares"])
def test_members_over_time_show_their_names_as_text(view, visit, hostile_url):
    opened = visit("descriptive/kpis.py", split="By channel", drawn=view)
    assert not opened.exception
    figure = charts(opened)["trend"]
    for text in [*(t["name"] for t in figure["data"]), *(a["text"] for a in figure["layout"]["annotations"])]:
        assert set(re.findall(r"<\s*/?([a-zA-Z]\w*)", text)) <= {"b", "span"}, text
    for element in opened.caption:
        assert not ADDRESS.search(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", element.value))


def with_all_menus_open(visit) -> AppTest:
    opened = visit("descriptive/kpis.py")
    for menu in menus(opened):
        opened.session_state[menu] = True
    opened.run()
    assert not opened.exception
    assert len(opened.dataframe) == len(menus(opened))
    return opened


def test_every_menu_opens_over_hostile_names(visit, hostile_url):
    opened = with_all_menus_open(visit)
    for element in [*opened.markdown, *opened.caption]:
        assert not ADDRESS.search(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", element.value))
    for table in opened.dataframe:
        assert len(set(table.value.columns)) == len(table.value.columns)


def test_headline_names_a_hostile_mover_as_text(visit, tiny_orders, stored, tmp_path, use_database):
    """All of a large change comes from one member, so that the sentence on top names it."""
    name = "![x](http://evil.example/p.png) $5$ <script>"
    orders = tiny_orders.loc[tiny_orders.index.repeat(60)].reset_index(drop=True)
    orders["transaction_id"] = [f"T{i}" for i in range(len(orders))]
    orders["revenue"] = 100.0
    orders["customer_id"] = [f"C{i}" for i in range(len(orders))]
    half = len(orders) // 2
    orders["date"] = ["2026-07-01"] * half + ["2026-10-01"] * half
    orders.loc[0, "date"] = "2026-01-01"
    orders["region"] = ["North"] * half + ["North"] * (half // 4) + [name] * (half - half // 4)
    orders.loc[half:, "revenue"] = 400.0
    use_database(stored(orders, tmp_path / "mover.db"))
    opened = visit()
    assert not opened.exception
    headline = opened.markdown[0].value
    assert "evil" in plain_words(opened)
    assert not re.search(r"(?<!\\)\]\s*\(", headline)
    assert not re.search(r"(?<!\\)<script", headline)
    assert not re.search(r"(?<!\\)(\\\\)*\$5", headline)


def test_members_called_like_columns_stand_in_a_menus_table(visit, demo_orders, stored, tmp_path, use_database):
    orders = demo_orders.tail(400).copy()
    for dimension, names in (("segment", ["region", "segment", "value"]), ("region", ["member", "region", "index"])):
        codes = orders[dimension].astype("category").cat.codes
        orders[dimension] = [names[code % 3] for code in codes]
    use_database(stored(orders, tmp_path / "columns.db"))
    with_all_menus_open(visit)
