"""Numbers as a reader wants them: rounded tables, money, ranges, and findings."""

from __future__ import annotations

import math
from html import escape
from numbers import Real
from typing import TYPE_CHECKING

from hedgelab.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from hedgelab.inference import Interval

DIGITS = 4


def number(value: float, digits: int = DIGITS) -> str:
    """A number to so many significant digits, without exponent, with thousands marked.

    Examples
    --------
    >>> number(1234.567), number(-0.000123456), number(0.0), number(223.0)
    ('1,235', '-0.0001235', '0', '223')
    """
    if math.isnan(value):
        raise ParameterError("a value is not a number", remedy="leave it out or give it")
    if math.isinf(value):
        return "unbounded" if value > 0.0 else "-unbounded"
    rounded = float(f"{value:.{digits}g}")
    if rounded == 0.0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{rounded:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: float, digits: int = 3) -> str:
    """An amount in quote currency to so many significant digits.

    Examples
    --------
    >>> money(6_200.0), money(-1_314.2), money(12.345)
    ('$6,200', '-$1,310', '$12.3')
    """
    sign = "-" if float(f"{value:.{digits}g}") < 0.0 else ""
    return f"{sign}${number(abs(value), digits)}"


def percent(value: float, decimals: int = 1) -> str:
    """A fraction as a signed percentage.

    Examples
    --------
    >>> percent(0.083), percent(-0.0312), percent(0.00001)
    ('+8.3 %', '-3.1 %', '0.0 %')
    """
    text = f"{100 * value:+.{decimals}f} %"
    return text[1:] if float(text[:-1]) == 0.0 else text


def between(bounds: Interval, form: str = "money") -> str:
    """Both bounds of an interval as words.

    Parameters
    ----------
    bounds : Interval
        Its `low` and `high` are written.
    form : str
        How a bound is written: money, percent or number.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> between(SimpleNamespace(low=900.0, high=1_700.0))
    '$900 to $1,700'
    """
    write = {"money": money, "percent": percent, "number": number}[form]
    return f"{write(bounds.low)} to {write(bounds.high)}"


def counted(word: str, *numbers: float) -> str:
    """Numbers of something, rounded up, as a range from least to most.

    Examples
    --------
    >>> counted("week", 319.2, 107.4), counted("week", 0.3), counted("path", 4_000)
    ('108 to 320 weeks', '1 week', '4,000 paths')
    """
    texts = list(dict.fromkeys(f"{math.ceil(each):,}" for each in sorted(numbers)))
    return f"{' to '.join(texts)} {word}{'' if texts == ['1'] else 's'}"


def either(value: float, above: str, below: str) -> str:
    """An amount of quote currency without its sign, and the word that its sign chooses.

    Examples
    --------
    >>> either(824.0, "ahead", "behind"), either(-824.0, "ahead", "behind")
    ('$824 ahead', '$824 behind')
    """
    return f"{money(abs(round(value, 2)))} {above if value > 0.0 else below}"


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """The table as text: numbers to four significant digits, text as it is.

    Parameters
    ----------
    frame : DataFrame
        Without missing values.

    Examples
    --------
    >>> import pandas as pd
    >>> rounded(pd.DataFrame({"cost": [1.23456], "note": ["ok"]})).to_dict("list")
    {'cost': ['1.235'], 'note': ['ok']}
    """
    if frame.isna().to_numpy().any():
        raise ParameterError("a table holds a missing value", remedy="leave it out or give it")
    return frame.map(_text).astype(object)


def show(frame: pd.DataFrame, caption: str) -> None:
    """Display a rounded table with its caption, every row and column of it."""
    from IPython.display import display

    display(table(frame, caption), raw=True)  # type: ignore[no-untyped-call]


def table(frame: pd.DataFrame, caption: str) -> dict[str, str]:
    """What `show` displays: the table as HTML and as text."""
    import pandas as pd

    text = rounded(frame).rename_axis(index=None, columns=None)
    text = text.rename(index=_words, columns=_words)
    # pandas cuts wide cells and long frames by options of the session; a guard must not.
    with pd.option_context("display.max_colwidth", None):
        html = text.to_html(border=0, max_rows=None, max_cols=None, classes="tex2jax_ignore")
        plain = text.to_string()
    html = html.replace(">", f"><caption>{escape(caption, quote=False)}</caption>", 1)
    return {"text/html": html, "text/plain": f"{caption}\n{plain}"}


def findings(*sentences: str) -> None:
    """Display sentences as the bullets of a findings cell; the first is the answer."""
    from IPython.display import display

    # A bare dollar sign opens mathematics in Markdown.
    text = "\n".join(f"- {sentence}" for sentence in sentences)
    bundle = {"text/markdown": text.replace("$", r"\$"), "text/plain": text}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if not isinstance(cell, Real):
        return str(cell)
    value = float(cell)
    return f"{int(value):,}" if value.is_integer() else number(value)


def _words(name: object) -> str:
    return str(name).replace("_", " ")
