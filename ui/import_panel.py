"""Bringing one's own orders: upload, preview, mapping, dry run, import. What the file cannot tell is asked."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from analytics.formats import plain
from ui import data, jobs
from ui.jobs import Job
from ui.page import said_in_place, say
from warehouse.importing import Preview
from warehouse.mapping import COLUMN_FIELDS, Mapping, Need, mapping_text
from warehouse.report import ImportReport
from warehouse.uploads import Upload

KINDS = ["csv", "tsv", "txt", "gz", "xlsx", "xlsm", "parquet", "json", "jsonl", "ndjson"]
FIRST_FIELDS = ("order_id", "date", "customer", "revenue", "quantity", "unit_price", "region", "segment")
NOT_THERE = "—"
LAYOUTS = {
    "orders": "an order",
    "lines": "an article of an order",
    "orders_with_lines": "an article; the order's own values stand on its first row",
}
_ANSWERS = {"true": True, "false": False}
_ANSWER_LABELS = {
    "true": "day first (31/12)",
    "false": "month first (12/31)",
    ".": "a point (1,234.50)",
    ",": "a comma (1.234,50)",
}


def import_panel() -> None:
    """The whole way from a file to stored orders."""
    upload = st.file_uploader(
        "CSV, TSV, Excel, Parquet or JSON lines, also gzipped; exports of Shopify and WooCommerce are recognised",
        type=KINDS,
        key="orders-file",
    )
    kept = _kept(upload)
    if kept is None:
        return
    if not kept.is_wanted:
        say("This file has been imported and is no longer kept on the server.")
        st.button("Look at it again", icon=":material/replay:", on_click=_forget, key="look-again")
        return
    path = kept.path
    with said_in_place():
        preview = _preview(path, None)
        say(_recognised(preview))
        st.dataframe(pd.DataFrame(preview.sample, columns=list(preview.columns)).head(8), hide_index=True, height=200)
        mapping = _corrected(preview)
        preview = _preview(path, mapping)
        mapping = _answered(preview)
        if mapping is not None:
            _act(kept, mapping)


def show_job() -> None:
    """What is under way, or what came of it; all visitors see it."""
    job = jobs.current_job()
    if job is None:
        return
    if job.running:
        _watch()
        return
    with st.container(border=True):
        if job.fault:
            st.error(plain(job.fault), icon=":material/error:")
        elif isinstance(job.outcome, ImportReport):
            _show_report(job.outcome)
        else:
            st.success(plain(str(job.outcome)), icon=":material/check:")
        st.button("Close", on_click=jobs.dismiss, key="job-close")


@st.fragment(run_every=0.5)
def _watch() -> None:
    job = jobs.current_job()
    if job is None or not job.running:
        st.rerun()
    with st.container(border=True):
        st.progress(job.share, f"{job.name}: {job.doing}")
        st.button("Stop", on_click=job.cancel, disabled=job.cancelled(), key="job-stop")
        st.caption("You may leave this page; the work goes on.")


def _kept(upload: UploadedFile | None) -> Upload | None:
    """The upload as a file on disk; the one whose place it takes is given up."""
    before = st.session_state.get("_upload")
    if before is not None and (upload is None or upload.file_id != before.file_id):
        _forget()
    if upload is not None and "_upload" not in st.session_state:
        st.session_state["_upload"] = Upload(upload.file_id, upload.name, upload.getbuffer())
    return st.session_state.get("_upload")


def _forget() -> None:
    """Let go of this visit's file and of what was seen in it."""
    st.session_state.pop("_upload").give_up()
    st.session_state.pop("_previews", None)


def _preview(path: Path, mapping: Mapping | None) -> Preview:
    """Asked once per file and mapping: looking into a large file takes seconds."""
    seen = st.session_state.setdefault("_previews", {})
    if (path, mapping) not in seen:
        with st.spinner("Looking into the file"):
            seen[path, mapping] = data.preview_file(path, mapping)
    return seen[path, mapping]


def _recognised(preview: Preview) -> str:
    if preview.preset:
        return f"Recognised as an export of {preview.preset.replace('_', ' ')}: {len(preview.columns)} columns."
    return f"{len(preview.columns)} columns; what they mean was guessed from their names: check it below."


def _corrected(preview: Preview) -> Mapping:
    """The guessed mapping with the visitor's corrections."""
    chosen = {}
    guessed = preview.mapping
    with st.expander("What the columns mean", expanded=bool(preview.needs) or preview.preset is None):
        grid = st.columns(4)
        for place, name in enumerate(FIRST_FIELDS):
            with grid[place % 4]:
                chosen[name] = _column_choice(name, preview)
        with st.popover("More columns"):
            for name in COLUMN_FIELDS:
                if name not in FIRST_FIELDS:
                    chosen[name] = _column_choice(name, preview)
        left, middle, right = st.columns(3)
        layout = left.selectbox(
            "A row is",
            list(LAYOUTS),
            index=list(LAYOUTS).index(guessed.layout),
            format_func=LAYOUTS.get,
            key="map-layout",
        )
        currency = middle.text_input(
            "Currency (ISO code, such as EUR)", guessed.currency or "", max_chars=3, key="map-cur"
        )
        zone = right.text_input(
            "Time zone of the shop (such as Europe/London)", guessed.time_zone or "", key="map-zone"
        )
    return replace(
        guessed, layout=layout, currency=currency.strip().upper() or None, time_zone=zone.strip() or None, **chosen
    )


def _column_choice(name: str, preview: Preview) -> str | None:
    options = [NOT_THERE, *preview.columns]
    guessed = getattr(preview.mapping, name)
    label = name.replace("_", " ").replace("order id", "order number").capitalize()
    chosen = st.selectbox(
        label, options, index=options.index(guessed) if guessed in options else 0, key=f"map-{name}-{preview.columns}"
    )
    return None if chosen == NOT_THERE else chosen


def _answered(preview: Preview) -> Mapping | None:
    """The mapping with the visitor's answers to what the file alone cannot tell; None while one is open."""
    answers = {}
    for need in preview.needs:
        if not need.answers:
            st.warning(plain(f"{need.question} Choose it under “What the columns mean”."), icon=":material/help:")
            return None
        answers[need.key] = _answer_to(need)
    if None in answers.values():
        return None
    return replace(preview.mapping, **answers)


def _answer_to(need: Need) -> object:
    chosen = st.radio(
        plain(need.question),
        need.answers,
        index=None,
        format_func=lambda a: _ANSWER_LABELS.get(a, a),
        horizontal=True,
        key=f"need-{need.key}",
    )
    return _ANSWERS.get(chosen, chosen)


def _act(upload: Upload, mapping: Mapping) -> None:
    append = False
    if data.holds_own_orders():
        how = st.radio(
            "These orders",
            ["are added to those stored", "replace those stored (kept as a copy)"],
            horizontal=True,
            key="how",
        )
        append = how.startswith("are added")
    busy = (job := jobs.current_job()) is not None and job.running
    with st.container(horizontal=True):
        st.button(
            "Dry run",
            icon=":material/fact_check:",
            disabled=busy,
            on_click=partial(_start, "Dry run", upload, mapping, append, True),
            help="Check every row and say what an import would do; nothing is stored.",
        )
        st.button(
            "Import",
            icon=":material/upload:",
            type="primary",
            disabled=busy,
            on_click=partial(_start, "Import", upload, mapping, append, False),
        )
        st.download_button(
            "Save the mapping",
            mapping_text(mapping),
            "mapping.toml",
            on_click="ignore",
            icon=":material/save:",
            help="For the next file of this kind: python db_setup.py --orders FILE --mapping mapping.toml",
        )


def _start(name: str, upload: Upload, mapping: Mapping, append: bool, dry_run: bool) -> None:
    jobs.start(name, partial(_imported, upload, mapping, append, dry_run))


def _imported(upload: Upload, mapping: Mapping, append: bool, dry_run: bool, job: Job) -> ImportReport:
    """The work itself; once its orders are stored, the file is no longer needed."""
    with upload.in_use() as path:
        report = data.import_file(path, mapping, job, append=append, dry_run=dry_run)
    if not dry_run and (report.import_id is not None or report.duplicates == report.read):
        upload.give_up()
    return report


def _show_report(report: ImportReport) -> None:
    show = st.info if report.dry_run or report.import_id is None else st.success
    show(plain(report.sentence), icon=":material/fact_check:" if report.dry_run else ":material/check:")
    left, right = st.columns(2)
    left.dataframe(
        pd.DataFrame(
            {
                "rows": ["read", "accepted", "rejected", "duplicates"],
                "number": [report.read, report.accepted, report.rejected, report.duplicates],
                "revenue": [
                    report.revenue + report.revenue_rejected + report.revenue_duplicate,
                    report.revenue,
                    report.revenue_rejected,
                    report.revenue_duplicate,
                ],
            }
        ),
        hide_index=True,
        column_config={"revenue": st.column_config.NumberColumn(format="localized")},
    )
    if report.rejected:
        right.dataframe(pd.DataFrame(report.reasons, columns=["reason", "rows"]).head(8), hide_index=True)
        say(_samples(report))


def _samples(report: ImportReport) -> str:
    shown = [f"line {r.line}{f', {r.column}' if r.column else ''}: {r.reason}" for r in report.samples[:3]]
    return "For example " + "; ".join(shown) + "."
