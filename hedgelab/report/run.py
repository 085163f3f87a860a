"""One notebook in a process of its own: python -m hedgelab.report.run.

The task comes as one line of JSON on standard input, which then stays open: its end
means that the caller has died, and so must we. Progress and the outcome go out as lines
of JSON; whatever else is printed goes to a log in the temporary folder.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hedgelab import project
from hedgelab.errors import HedgelabError, KernelDied, NotebookFailed
from hedgelab.report import files, tree, verdict

KEPT: Final = {  # of the caller's environment; anything else could leak into a report
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ"),
    *("PYTHONPATH", "PYTHONHASHSEED", "PYTHONWARNINGS", "VIRTUAL_ENV", "CONDA_PREFIX"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "XDG_CACHE_HOME", "HEDGELAB_CACHE"),
}
KEPT_BEGINNINGS: Final = ("LC_", "NUMBA_", "COVERAGE_")
ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def environment(folder: Path, commit: str | None) -> dict[str, str]:
    """Return the kernel's environment: a short list, and nothing of the user's own set-up."""
    kept = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith(KEPT_BEGINNINGS)}
    kept |= dict.fromkeys(ONE_THREAD, "1")
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(project.ROOT), kept.get("PYTHONPATH")]))
    kept["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    kept["HEDGELAB_QUIET"] = "1"  # a report holds results, not what the machine was doing
    kept["IPYTHONDIR"] = str(folder / "ipython")  # no start-up files of the user's
    kept["TMPDIR"] = str(folder / "temporary")  # the connection file too: gone with the folder
    if commit is not None:
        kept |= {"HEDGELAB_COMMIT": commit, "HEDGELAB_STARTED": repr(time.time())}
    return kept


def execute(nb: Any, task: dict[str, Any], ran: Path, cell_done: Callable[[], None]) -> None:
    """Run all cells of `nb` and leave it in the file `ran`, however far it came.

    Raises
    ------
    KernelDied, NotebookFailed
        If the kernel ended. A failing cell is left to the verdict.
    """
    import papermill
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient.exceptions import DeadKernelError
    from traitlets.config import Config

    ended: list[int] = []

    class ThisInterpreter(AsyncKernelManager):
        """A kernel of the running Python, whatever kernels the user has installed."""

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

        async def is_alive(self) -> bool:  # type: ignore[override]
            status = await self.provisioner.poll() if self.provisioner else None
            ended.extend([] if status is None else [status])
            return bool(await super()._async_is_alive())

    for place in ("work", "ipython", "temporary"):
        (ran.parent / place).mkdir()
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    try:
        papermill.execute_notebook(
            nb,
            re.sub(r"([{}])", r"\1\1", str(ran)),  # papermill takes paths for format strings
            parameters=task["parameters"],
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=str(ran.parent / "work"),
            kernel_manager_class=ThisInterpreter,
            # ipykernel 7.3 warns of plain TCP at every start; encryption is the remedy.
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),
            on_cell_executed=lambda **_: cell_done(),
        )
    except papermill.PapermillExecutionError:
        pass  # the verdict reads the error output itself
    except DeadKernelError:
        if ended and ended[0] == 0:
            raise NotebookFailed("a cell ended the kernel", where=task["name"]) from None
        how = f" (signal {-ended[0]})" if ended and ended[0] < 0 else ""
        remedy = "often memory: try fewer paths"
        raise KernelDied(f"the kernel died{how}", where=task["name"], remedy=remedy) from None


def produce(task: dict[str, Any], cell_done: Callable[[], None]) -> None:
    """Execute, judge, and leave the finished files in the task's folder."""
    import nbformat

    from hedgelab.report import page, record

    folder = Path(task["folder"])
    text = Path(task["path"]).read_text(encoding="utf-8")
    nb = nbformat.reads(text, as_version=4)
    ran = folder / "ran.ipynb"
    os.environ.update(kernel := environment(folder, task["commit"]))
    for name in set(os.environ) - set(kernel):
        del os.environ[name]
    try:
        execute(nb, task, ran, cell_done)
        nb = _clean(nbformat.read(ran, as_version=4))
        verdict.judge(nb, task["name"])
    except (KernelDied, NotebookFailed) as error:
        if task["html"]:
            nb = _clean(nbformat.read(ran, as_version=4))
            failed = page.build(nb, task["name"], failure=str(error))
            files.write(folder / f"{task['name']}.failed.html", failed)
        raise
    if not task["html"]:
        files.write(
            folder / f"{task['name']}.ipynb", record.canonical(nb, json.loads(text)["cells"])
        )
        return
    files.write(folder / f"{task['name']}.ipynb", nbformat.writes(nb) + "\n")
    target = folder / f"{task['name']}.html"
    files.write(target, page.build(nb, task["name"]))
    page.read_back(target)


def _clean(nb: Any) -> Any:
    """Remove papermill's error markers and metadata: they hold times and full paths."""
    nb.cells = [c for c in nb.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]
    for place in (nb, *nb.cells):
        place.metadata.pop("papermill", None)
        place.metadata.pop("execution", None)
    return nb


def main() -> None:
    """Read the task, do it, say how it went, and leave nothing running."""
    stdin, channel = sys.stdin.buffer, os.fdopen(os.dup(1), "w", encoding="utf-8")
    task = json.loads(stdin.readline())
    log = os.open(Path(task["folder"]) / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    tree.adopt_orphans()
    tree.start_quickly()

    def end_with_caller() -> None:
        stdin.read()
        tree.end_descendants()
        os._exit(1)

    def tell(**message: Any) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    threading.Thread(target=end_with_caller, daemon=True).start()
    outcome: dict[str, Any] = {"done": True}
    try:
        produce(task, lambda: tell(cell=True))
    except HedgelabError as error:
        outcome |= _described(error)
    except OSError as error:
        outcome |= _described(files.full(error))
    except Exception as error:
        logging.exception("internal")
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        outcome |= _described(
            HedgelabError(reason, where=task["name"], remedy="please report this")
        )
    tree.end_descendants()
    tell(**outcome)


def _described(error: HedgelabError) -> dict[str, Any]:
    parts = [error.what, error.where, error.remedy]
    return {"error": type(error).__name__, "parts": parts}


if __name__ == "__main__":
    main()
