"""The page "Runs": saved races and sweeps, which can be replayed, compared, shared and exported."""

from contextlib import suppress
from html import escape
from math import ceil

import streamlit as st

from app.compare.view import show as compare
from app.saved import settings as saved_controls
from app.saved import table as saved_table
from app.session import links, visitor
from app.session.saved import listing as runs_list
from app.session.saved import replay
from app.session.saved import runs as session
from app.session.saved.opened import dialogs, draw_run, warn
from app.store.saved_run import SavedRun
from app.store.schema import StoreError
from app.ui import markdown
from app.ui.headings import HEADINGS
from app.ui.palette import LOOKS
from app.ui.style import style
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

ROW = 35  # height of a row of the table, px
TROUBLE = 5.0  # s between two looks whether something is wrong with the store
IMPORT = 0.5  # s between two looks how far an import is
PACE = 2.0  # s between two looks at the list while it can change by itself
COLUMN = st.column_config
COLUMNS = {
    "name": COLUMN.TextColumn("Name", width=205),
    "when": COLUMN.DatetimeColumn("When", format="D MMM YY, HH:mm", width=134),
    "state": COLUMN.TextColumn("State"),
    **{
        method: COLUMN.NumberColumn(look.label, format="%.1f %%", help="Test accuracy at the end, mean over seeds")
        for method, look in LOOKS.items()
    },
    "dataset": COLUMN.TextColumn("Data set"),
    "depth": COLUMN.NumberColumn("Depth", format="%d"),
    "steps": COLUMN.NumberColumn("Steps", format="localized"),
    "kept": COLUMN.TextColumn("Kept"),
}


def trouble() -> None:
    """Warns that runs are not being saved, or that the store is nearly full or another one."""
    full = None
    with suppress(StoreError):  # the list says that it cannot be read
        full = runs_list.full()
    for sentence in runs_list.trouble():
        warn(sentence)
    if full:
        warn(saved_table.nearly_full(full))


def table(drawn: tuple[str, ...]) -> None:
    """Draws the table of runs and the buttons for selected rows.

    Args:
        drawn: the ids in the URL when the page around this part was drawn.
    """
    visitor.here()
    if session.requested() != drawn:
        st.rerun()
    runs, count = runs_list.listed()

    chosen = runs_list.chosen(runs)
    actions(chosen, count)
    columns = saved_table.rows(runs, replay.zone())
    st.dataframe(
        columns,
        key=runs_list.TABLE,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        height=ROW * (max(len(runs), 1) + 1) + 3,
        row_height=ROW,
        placeholder="",
        column_config={
            "open": COLUMN.ButtonColumn(
                "",
                width=60,
                type="tertiary",
                pinned=True,
                key=runs_list.OPEN,
                on_click=runs_list.open_row,
                args=(runs,),
            ),
            **COLUMNS,
        },
    )
    dialogs()


def actions(chosen: list[SavedRun], count: int) -> None:
    """Draws the buttons for selected rows, and a line on what was deleted or how many runs there are.

    Args:
        chosen: the runs whose rows are selected.
        count: how many runs all pages of the list have.
    """
    with st.container(key="runs_buttons", horizontal=True, gap="small", vertical_alignment="center"):
        if st.button(
            "Compare",
            key="compare",
            icon=":material/compare_arrows:",
            help=f"Compare two to {session.MOST} runs in the same charts.",
            disabled=runs_list.of_deleted() or not 2 <= len(chosen) <= session.MOST,
        ):
            session.show(*(run.id for run in chosen))
            st.rerun()
        if runs_list.of_deleted():
            if st.button("Restore", key="restore", icon=":material/undo:", disabled=not chosen):
                session.restore(chosen)
                st.rerun()
        else:
            own = chosen and all(map(session.own, chosen))
            st.button(
                "Delete",
                key="delete",
                icon=":material/delete:",
                disabled=not own,
                on_click=session.ask_in_dialog,
                args=("delete", chosen),
            )
        with st.container(key="runs_said", horizontal=True, gap="small", vertical_alignment="center"):
            gone = session.deleted() if not chosen else []
            if gone:
                text = f"Deleted {saved_table.listed([run.name for run in gone])}."
            else:
                text = f"{len(chosen)} of {count:,} chosen" if chosen else f"{count:,} run{'' if count == 1 else 's'}"
            st.html(f'<div class="runs-line" role="status">{escape(text)}</div>', width="content")
            if gone and st.button("Undo", key="undo", type="tertiary", icon=":material/undo:"):
                session.restore(gone)
                st.rerun()


def import_button() -> None:
    """Draws the button that imports a recording."""
    with st.popover("Import", icon=":material/upload_file:", key="import"):
        file = st.file_uploader(
            "A recording that was saved with Export (.jsonl.gz)", ["gz", "jsonl"], key=runs_list.upload_key()
        )
        if file is not None:
            job = runs_list.import_file(file)
            if job.over:
                import_ended(tried_again=job.busy)


def import_ended(tried_again: bool = False) -> None:
    """Opens what was imported, or has the page say why there is nothing.

    Args:
        tried_again: whether the file is kept, and the next run of the page tries again.
    """
    if id := runs_list.import_ended():
        session.show(id)
    if not tried_again:  # the file is freed: what takes files is drawn anew
        st.rerun()


def import_under_way() -> None:
    """Draws how far an import is, until it has ended."""
    job = runs_list.importing()
    if job is not None:
        if job.over:
            import_ended()
        st.progress(job.share, job.says())


def together(ids: tuple[str, ...]) -> None:
    """Draws the comparison of the runs with these ids."""
    st.button("All runs", key="back", icon=":material/arrow_back:", type="tertiary", on_click=session.show)
    st.title("Runs side by side", anchor=False)

    def find() -> list[tuple[str, Recording | SweepRecording]]:
        try:
            with st.spinner("Reading the runs"):
                found_runs = [session.open_run(id) for id in ids]
        except StoreError as error:  # here: a part of the page that is drawn by itself has nobody around it
            markdown.error(session.unreachable(error))
            st.stop()
        found = [(shown.run.name, shown.recording) for shown in found_runs if shown and shown.recording is not None]
        if len(found) < len(ids):
            warn("Some runs in this address were not found. They may have been deleted.")
        return found

    compare(find, st.context.theme.type == "dark")


def listing() -> None:
    """Draws the list with its search, filters and pages."""
    with st.container(key="runs_top", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(HEADINGS["runs"].title, anchor=False, width="content")
        import_button()
    st.markdown(HEADINGS["runs"].lead)
    if runs_list.refused():
        warn(runs_list.refused())
    if runs_list.importing():
        st.fragment(import_under_way, run_every=IMPORT)()
    runs_list.filters.from_url()
    if runs_list.filters.notices():
        warn("Ignored in the link: " + "; ".join(runs_list.filters.notices()) + ".")
    st.fragment(trouble, run_every=TROUBLE)()
    saved_controls.widgets(runs_list.back_to_first)
    runs, count = runs_list.listing()
    runs_list.filters.to_url()
    st.fragment(table, run_every=PACE if runs_list.grows(runs) else None)(session.requested())
    saved_controls.pages(ceil(count / runs_list.PAGE), runs_list.page(), runs_list.turn)


session.arrive()
style("ui/page.css", "ui/status_line.css", "saved/run.css", "saved/page.css")
session.remember()
links.offer()
requested = session.requested()
try:
    if session.comparing():
        together(requested)
    elif requested:
        draw_run(*requested)
    else:
        listing()
except StoreError as error:
    markdown.error(session.unreachable(error))
