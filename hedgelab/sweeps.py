"""Many cases of one study, on any executor: the same numbers, and no case missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hedgelab.errors import HedgelabError, ParameterError

if TYPE_CHECKING:
    import pandas as pd
    from tqdm import tqdm

__all__ = ["CaseFailed", "sweep"]

Case = dict[str, Any]
Task = Callable[..., Mapping[str, Any]]


class CaseFailed(HedgelabError):
    """A case of a sweep raised, or its worker died each time."""

    exit_code = 1
    kind = "CASE"


def sweep(
    task: Task, cases: Iterable[Mapping[str, Any]], executor: Executor | None = None
) -> pd.DataFrame:
    """Return what a task says of each case, in the order of the cases.

    Parameters
    ----------
    task : callable
        Takes the parameters of a case by name and returns a mapping of names to figures.  What it
        draws must come from its parameters (give each case its seed), so that a case is the same
        wherever and however often it runs.
    cases : iterable of mapping
        Parameters by name; the same names in all.
    executor : concurrent.futures.Executor, optional
        Threads, processes, Dask's ``Client.get_executor()``; one case after the other, here, by
        default.  Processes need a task that can be imported.

    Returns
    -------
    table : DataFrame of shape (n_cases, n_parameters + n_figures)
        A row a case: its parameters, then its figures.

    Raises
    ------
    CaseFailed
        When a case raises: named with its parameters.  Cases that wait are then not begun, since a
        table with a hole is no result.
    ParameterError
        When there are no cases, or names of parameters or figures differ or meet.

    Notes
    -----
    A lost worker costs time and nothing else.  Dask runs its cases again by itself.  A pool of
    processes that lost one is broken, so what it left undone runs in a new pool like it and, should
    that break too, each in a process of its own: a case that ends its process there has failed.

    Examples
    --------
    >>> worth = lambda price, coins: {"value": price * coins}
    >>> sweep(worth, [{"price": 2.0, "coins": coins} for coins in (1, 3)])["value"].tolist()
    [2.0, 6.0]
    """
    import pandas as pd
    from tqdm import tqdm

    waiting = dict(enumerate(dict(case) for case in cases))
    if not waiting or any(set(case) != set(waiting[0]) for case in waiting.values()):
        raise ParameterError(
            "no cases, or their parameters differ in name",
            where="sweep",
            remedy="give every case the same parameters",
        )
    silent = True if os.environ.get("HEDGELAB_QUIET") or os.environ.get("CI") else None
    with tqdm(total=len(waiting), unit="case", disable=silent, leave=False) as bar:
        figures = _figures(task, waiting, executor, bar)
    return pd.DataFrame([_row(waiting[number], figures, number) for number in waiting])


def _figures(
    task: Task, cases: dict[int, Case], executor: Executor | None, bar: tqdm[Any]
) -> dict[int, Mapping[str, Any]]:
    """Return the figures of each case, running those again whose worker was lost."""
    done: dict[int, Mapping[str, Any]] = {}
    if executor is None:
        for number, case in cases.items():
            try:
                done[number] = task(**case)
            except Exception as error:
                raise _failure(number, cases, _told(error)) from error
            bar.update()
        return done
    done |= _finished(task, cases, cases, executor, bar)
    if len(done) < len(cases):
        with _pool_like(executor) as pool:
            done |= _finished(task, cases, cases.keys() - done, pool, bar)
    for number in cases.keys() - done:
        with _pool_like(executor, workers=1) as pool:
            done |= _finished(task, cases, [number], pool, bar)
        if number not in done:
            raise _failure(number, cases, "its process died, three times")
    return done


def _finished(
    task: Task, cases: dict[int, Case], numbers: Iterable[int], pool: Executor, bar: tqdm[Any]
) -> dict[int, Mapping[str, Any]]:
    """Return the figures of those cases that a pool could finish; the others lost their worker."""
    futures, done = {}, {}
    try:
        with suppress(BrokenExecutor):  # it may break while it is being filled
            for number in numbers:
                futures[pool.submit(task, **cases[number])] = number
        for future in as_completed(futures):
            number = futures[future]
            try:
                done[number] = future.result()
            except BrokenExecutor:
                continue
            except Exception as error:
                raise _failure(number, cases, _told(error)) from error
            bar.update()
    finally:
        for future in futures:
            future.cancel()
    return done


def _pool_like(executor: Executor, workers: int | None = None) -> ProcessPoolExecutor:
    """Return a new pool of processes that start as those of a broken one did."""
    if not isinstance(executor, ProcessPoolExecutor):
        raise CaseFailed("the executor is broken", where="sweep", remedy="make another and repeat")
    made = vars(executor)  # no public attribute tells how a pool was made
    return ProcessPoolExecutor(
        workers or made["_max_workers"],
        made["_mp_context"],
        made["_initializer"],
        made["_initargs"],
    )


def _told(error: Exception) -> str:
    """Return kind and first line of an error."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def _failure(number: int, cases: dict[int, Case], what: str) -> CaseFailed:
    parameters = ", ".join(f"{name}={value!r}" for name, value in cases[number].items())
    return CaseFailed(
        f"case {number + 1} of {len(cases)} failed: {what}",
        where=parameters,
        remedy="call the task with these to see where",
    )


def _row(case: Case, figures: dict[int, Mapping[str, Any]], number: int) -> Case:
    """Return one row of the table, refusing figures that would leave or fill a hole in it."""
    own, first = figures[number], figures[0]
    if not isinstance(own, Mapping) or set(own) != set(first) or set(own) & set(case):
        raise ParameterError(
            f"case {number + 1} returned {', '.join(own) if isinstance(own, Mapping) else own!r}",
            where="sweep",
            remedy="return a mapping with the same new names from every case",
        )
    return case | dict(own)
