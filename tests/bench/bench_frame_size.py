"""What travels for a layer of 512×512×3×3, of which a screenful can be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.bench._figures import Effort, Figure, at_most
from tests.bench._page import notebook

LAYER_KB = 512 * 512 * 3 * 3 * 4 / 1000
# The grid as it opens, with the smallest cells there are, and in the Lab.
VIEWS = ("kw.KernelGrid(layer)", "kw.KernelGrid(layer, cell_px=1)", "kw.Lab(layer)")
SETUP = """
import json, torch, kernelwidgets as kw
layer = torch.nn.Conv2d(512, 512, 3)
bytes_sent = []
def weigh(view):
    header = len(json.dumps([view._frame, view._order]))
    bytes_sent.append(header + len(view._data))
"""
SHOW = "bytes_sent.clear(); view = {}; view.observe(lambda _: weigh(view), '_data'); view"
KERNELS = re.compile("^Kernels of")
PLACES = (0, 0.1, 0.33, 0.5, 0.98, 1)
SCROLL = """async ([scroller, x, y]) => {
  scroller.scrollTo(x * scroller.scrollWidth, y * scroller.scrollHeight);
  await new Promise(resolve => setTimeout(resolve, 300));
}"""


def figures(effort: Effort) -> Iterator[Figure]:
    largest = {}
    with notebook([SETUP, *map(SHOW.format, VIEWS)]) as page:
        for place, call in enumerate(VIEWS):
            page.page.evaluate(
                "index => jupyterapp.shell.currentWidget.content.scrollToItem(index)", place + 1
            )
            page.run_cell(place + 1)
            scroller = page.page.get_by_role("group", name=KERNELS).nth(place)
            scroller.scroll_into_view_if_needed()
            for x in PLACES:
                for y in PLACES:
                    page.page.evaluate(SCROLL, [scroller.element_handle(), x, y])
            count, most = map(
                int, page.run_python("print(len(bytes_sent), max(bytes_sent))").split()
            )
            if count < len(PLACES):
                raise RuntimeError(f"{call} sent {count} frames in all")
            largest[call] = most / 1000
    name = f"largest frame of a 512×512×3×3 layer ({LAYER_KB / 1000:.1f} MB) while it is scrolled"
    about = ", ".join(f"{call} {kb:.0f} kB" for call, kb in largest.items())
    yield at_most(name, max(largest.values()), 150, "kB", about)
