"""hedgelab: what a crypto hedge really cost, and whether it was worth it."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {  # public name: its module, loaded when first asked for, so that importing stays light
    "Band": "hedges",
    "Book": "book",
    "Constant": "hedges",
    "Decision": "kernels.records",
    "delayed": "kernels.records",
    "Hedge": "hedges",
    "KeepLeverage": "hedges",
    "MarginAware": "hedges",
    "MinimumVariance": "hedges",
    "Never": "hedges",
    "Once": "hedges",
    "PartialAdjustment": "hedges",
    "Schedule": "hedges",
    "StopLoss": "hedges",
    "VolatilityTarget": "hedges",
    "VolatilityTrigger": "hedges",
    "rule": "hedges",
    "simulate": "simulation",
    "hold_less": "simulation",
    "sweep": "sweeps",
    "compare": "inference",
    "negate": "kernels.words",
    "select": "kernels.words",
}
_MODULES = (
    "attribution",
    "claims",
    "closed_forms",
    "friction",
    "funding",
    "history",
    "inference",
    "margin",
    "market",
    "metrics",
    "plotting",
    "presets",
    "project",
    "report",
    "scenarios",
    "stylised",
    "tables",
    "timing",
    "truth",
    "venues",
    "worth",
)
__all__ = sorted([*_HOMES, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"hedgelab.{_HOMES[name]}"), name)
    if name in _MODULES:
        return import_module(f"hedgelab.{name}")
    raise AttributeError(f"module 'hedgelab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
