"""One notebook in a process of its own: python -m hedgelab.report.run.

The task comes through a channel, which then stays open: its end means that the caller has
hung up or died, and so must we. Progress and the outcome go back the same way.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hedgelab import project
from hedgelab.errors import HedgelabError, KernelDied, NotebookFailed
from hedgelab.report import files, processes, verdict
from hedgelab.report.notebooks import Notebook


def execute(
    notebook: Notebook, values: dict[str, Any], ran: Path, cell_done: Callable[..., None]
) -> None:
    """Run all cells of a notebook and leave it in the file `ran`, however far it came.

    Raises
    ------
    KernelDied, NotebookFailed
        If the kernel ended. A failing cell is left to the verdict.
    """
    import nbformat
    import papermill
    from jupyter_client.manager import AsyncKernelManager
    from nbclient.exceptions import DeadKernelError
    from traitlets.config import Config

    status: int | None = None

    class Watched(AsyncKernelManager):
        """A kernel that tells how it ended."""

        async def is_alive(self) -> bool:  # type: ignore[override]
            nonlocal status
            if status is None and self.provisioner:
                status = await self.provisioner.poll()
            return bool(await super()._async_is_alive())

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    try:
        papermill.execute_notebook(
            nbformat.read(notebook.path, as_version=4),
            re.sub(r"([{}])", r"\1\1", str(ran)),  # papermill takes paths for format strings
            parameters=values,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=str(ran.parent / "work"),
            kernel_manager_class=Watched,
            # ipykernel 7.3 warns of plain TCP at every start; encryption is the remedy.
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),
            on_cell_executed=cell_done,
        )
    except papermill.PapermillExecutionError:
        pass  # the verdict reads the error output itself
    except DeadKernelError:
        if status == 0:
            raise NotebookFailed("a cell ended the kernel", where=notebook.name) from None
        how = f" (signal {-status})" if status and status < 0 else ""
        remedy = "often memory: try fewer paths"
        raise KernelDied(f"the kernel died{how}", where=notebook.name, remedy=remedy) from None


def produce(
    notebook: Notebook,
    folder: Path,
    values: dict[str, Any],
    cell_done: Callable[..., None],
    *,
    html: bool,
) -> None:
    """Execute, judge, and leave the finished files in the folder."""
    import nbformat

    from hedgelab.report import page, record

    began = time.monotonic()
    name, ran = notebook.name, folder / "ran.ipynb"
    try:
        execute(notebook, values, ran, cell_done)
        nb = _read(ran)
        verdict.judge(nb, name)
    except HedgelabError as error:
        if html and ran.exists():
            failed = page.build(_read(ran), name, values, failure=str(error))
            files.write(folder / f"{name}.failed.html", failed)
        raise
    if not html:
        files.write(folder / f"{name}.ipynb", record.canonical(nb, notebook.cells))
        return
    files.write(folder / f"{name}.ipynb", nbformat.writes(nb) + "\n")
    made = f"{_commit()}Ran in {time.monotonic() - began:.1f} s."
    files.write(folder / f"{name}.html", page.build(nb, name, values, made=made))
    page.read_back(folder / f"{name}.html")


def _read(ran: Path) -> Any:
    """Read what papermill wrote, less its markers and metadata: they hold times and full paths."""
    import nbformat

    nb = nbformat.read(ran, as_version=4)
    nb.cells = [c for c in nb.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]
    for place in (nb, *nb.cells):
        place.metadata.pop("papermill", None)
        place.metadata.pop("execution", None)
    return nb


def _commit() -> str:
    """Return a sentence with the project's commit, marked if files differ; empty without git."""
    git = ["git", "-C", str(project.ROOT), "describe", "--always", "--exclude=*"]
    with suppress(OSError, subprocess.TimeoutExpired):
        found = subprocess.run(
            [*git, "--dirty= with changes"], capture_output=True, text=True, timeout=5
        )
        return f"Commit {found.stdout.strip()}. " if found.stdout else ""
    return ""


def main() -> None:
    """Take the task, do it, say how it went, and leave nothing running."""
    channel: Connection = Connection(int(sys.argv[1]))
    path, folder, values, html = channel.recv()
    processes.adopt_orphans()
    processes.start_quickly()

    def end_with_caller() -> None:
        with suppress(EOFError, OSError):
            channel.recv()  # nothing more ever comes
        processes.end_descendants()
        os._exit(1)

    threading.Thread(target=end_with_caller, daemon=True).start()
    outcome: HedgelabError | None = None
    try:
        produce(Notebook(path), folder, values, lambda **_: channel.send("cell"), html=html)
    except HedgelabError as error:
        outcome = error
    except OSError as error:
        outcome = files.full(error)
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        outcome = HedgelabError(reason, where=path.stem, remedy="please report this")
    processes.end_descendants()
    channel.send(outcome)


if __name__ == "__main__":
    main()
