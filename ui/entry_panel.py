"""What panels for writing things down share: files read once, bad rows listed, and what was done said where it was."""

from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from analytics.formats import plain
from warehouse.entry_files import RejectedRow
from warehouse.uploads import Upload

FILE_KINDS = ["csv", "tsv", "txt", "xlsx", "xlsm", "parquet", "jsonl"]
R = TypeVar("R")


def read_once(upload: UploadedFile | None, what: str, read: Callable[[Path], R]) -> R | None:
    """What a file holds, read once per upload; None without one."""
    key = f"_{what}_file"
    if upload is None:
        st.session_state.pop(key, None)
        return None
    kept = st.session_state.get(key)
    if kept is None or kept[0] != upload.file_id:
        on_disk = Upload(upload.file_id, upload.name, upload.getbuffer())
        with on_disk.in_use() as path:
            kept = (upload.file_id, read(path))
        on_disk.give_up()
        st.session_state[key] = kept
    return kept[1]


def counted(number: int, what: str) -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def rejected_table(rejected: Iterable[RejectedRow], what: str) -> None:
    """The rows of a file that are no entries, each with the reason."""
    rows = [{"Line": r.line, "Reason": r.reason, "The row as it stood": r.row} for r in rejected]
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="", key=f"{what}-rejected")


def table_key(what: str, rows: Iterable[Hashable]) -> str:
    """The key of the table of what is written down: another one where its rows are others than when it was drawn last.

    What is ticked or typed in a table is kept by the place of its row. Where somebody else added or deleted rows
    meanwhile, it would be that of another one: it is given up, and that is said.
    """
    state, rows = st.session_state, tuple(rows)
    version = state.setdefault(f"_{what}_version", 0)
    drawn = state.get(f"_{what}_rows")
    if drawn is not None and drawn[0] == version and drawn[1] != rows:
        if state.get(f"{what}-table-{version}", {}).get("edited_rows"):
            note(what, "table", "Somebody else changed this table meanwhile: do what you did in it again.", fault=True)
        version += 1
        state[f"_{what}_version"] = version
    state[f"_{what}_rows"] = (version, rows)
    return f"{what}-table-{version}"


def note(what: str, place: str, text: str, *, fault: bool = False) -> None:
    """Keep what was done, for the place where it was done to say."""
    st.session_state[f"_{what}_note"] = (place, text, fault)


def say_what_was_done(what: str, place: str) -> None:
    """Said once, where it was done; in a place of its own, so that what stands below does not move."""
    key = f"_{what}_note"
    with st.container():
        if st.session_state.get(key, ("",))[0] == place:
            _, text, fault = st.session_state.pop(key)
            (st.error if fault else st.success)(plain(text), icon=":material/error:" if fault else ":material/check:")
