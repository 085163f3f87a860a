"""The caller's side of a run: start it, listen to it, and never leave it behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from hedgelab import errors, project
from hedgelab.errors import HedgelabError, KernelDied
from hedgelab.report import tree


class Runs:
    """The running notebooks of one batch; `end` kills them all, and no new one starts."""

    def __init__(self) -> None:
        self._processes: set[subprocess.Popen[str]] = set()
        self._guard = threading.Lock()
        self._ended = False

    def run(self, task: dict[str, Any], cell_done: Callable[[], Any]) -> HedgelabError | None:
        """Run one task to its end and return what went wrong, None if nothing did."""
        path = filter(None, [str(project.ROOT), os.environ.get("PYTHONPATH")])
        with self._guard:
            if self._ended:
                return HedgelabError("not started", where=task["name"])
            process = subprocess.Popen(
                [sys.executable, "-m", "hedgelab.report.run"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                cwd=task["folder"],  # a json.py where the user stands must not be imported
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
                start_new_session=True,  # Ctrl-C is for us; we end it ourselves
            )
            self._processes.add(process)
        assert process.stdin is not None
        assert process.stdout is not None
        outcome: dict[str, Any] = {}
        try:
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                message = json.loads(line)
                if message.get("done"):
                    outcome = message
                else:
                    cell_done()
        except (BrokenPipeError, ValueError):
            pass  # it died: there is no outcome
        finally:
            process.stdin.close()
            status = process.wait()
            process.stdout.close()
            with self._guard:
                self._processes.discard(process)
        if not outcome:
            return KernelDied(f"the run ended without a word (status {status})", where=task["name"])
        if "error" not in outcome:
            return None
        what, where, remedy = outcome["parts"]
        kind: type[HedgelabError] = getattr(errors, outcome["error"])
        return kind(what, where=where, remedy=remedy)

    def end(self) -> None:
        """Kill every run with all it started."""
        with self._guard:
            self._ended = True
            for process in self._processes:
                tree.end_descendants(process.pid, itself=True)
