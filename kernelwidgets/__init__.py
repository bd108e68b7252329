"""Watch and touch the convolution kernels of a network while it learns."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kernelwidgets import testing as testing
    from kernelwidgets.export.files import save as save
    from kernelwidgets.export.frame import embed as embed
    from kernelwidgets.export.html import export_html as export_html
    from kernelwidgets.kernels import filters as filters
    from kernelwidgets.kernels.description import describe_bank as describe_bank
    from kernelwidgets.live.demos import demo as demo
    from kernelwidgets.live.errors import StopTraining as StopTraining
    from kernelwidgets.live.live_model import LiveModel as LiveModel
    from kernelwidgets.live.trainer import Trainer as Trainer
    from kernelwidgets.live.watching import watch as watch
    from kernelwidgets.recording import Recording as Recording
    from kernelwidgets.recording.opening import open as open  # noqa: A004  # as `kw.open`
    from kernelwidgets.widgets.census import KernelCensus as KernelCensus
    from kernelwidgets.widgets.charts import WeightHistogram as WeightHistogram
    from kernelwidgets.widgets.compare import Compare as Compare
    from kernelwidgets.widgets.controls import Controls as Controls
    from kernelwidgets.widgets.describing import describe as describe
    from kernelwidgets.widgets.describing import layer_report as layer_report
    from kernelwidgets.widgets.explorer import ConvolutionExplorer as ConvolutionExplorer
    from kernelwidgets.widgets.feature_maps import FeatureMaps as FeatureMaps
    from kernelwidgets.widgets.gallery import FilterGallery as FilterGallery
    from kernelwidgets.widgets.gradient import KernelGradient as KernelGradient
    from kernelwidgets.widgets.kernel_editor import KernelEditor as KernelEditor
    from kernelwidgets.widgets.kernel_grid import KernelGrid as KernelGrid
    from kernelwidgets.widgets.kernel_map import KernelMap as KernelMap
    from kernelwidgets.widgets.lab import Lab as Lab
    from kernelwidgets.widgets.loss_curve import LossCurve as LossCurve
    from kernelwidgets.widgets.player import Player as Player

__version__ = "0.1.0"

# Public name → the module that holds it; the module itself where the name is the module's own.
# Torch alone takes 1.4 s to import, anywidget, bqplot and scipy.signal as much together: they wait.
_HOMES = {
    "Compare": "widgets.compare",
    "Controls": "widgets.controls",
    "ConvolutionExplorer": "widgets.explorer",
    "FeatureMaps": "widgets.feature_maps",
    "FilterGallery": "widgets.gallery",
    "KernelCensus": "widgets.census",
    "KernelEditor": "widgets.kernel_editor",
    "KernelGradient": "widgets.gradient",
    "KernelGrid": "widgets.kernel_grid",
    "KernelMap": "widgets.kernel_map",
    "Lab": "widgets.lab",
    "LiveModel": "live.live_model",
    "LossCurve": "widgets.loss_curve",
    "Player": "widgets.player",
    "Recording": "recording",
    "StopTraining": "live.errors",
    "Trainer": "live.trainer",
    "WeightHistogram": "widgets.charts",
    "demo": "live.demos",
    "describe": "widgets.describing",
    "describe_bank": "kernels.description",
    "embed": "export.frame",
    "export_html": "export.html",
    "filters": "kernels.filters",
    "layer_report": "widgets.describing",
    "save": "export.files",
    "open": "recording.opening",
    "testing": "testing",
    "watch": "live.watching",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        near = difflib.get_close_matches(name, __dir__(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"kernelwidgets has no {name!r}{hint}")
    module = importlib.import_module(f"{__name__}.{_HOMES[name]}")
    value = module if _HOMES[name].split(".")[-1] == name else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(["__version__", *_HOMES])
