"""``python -m kernelwidgets`` is the console script."""

from __future__ import annotations

from kernelwidgets.cli import main

if __name__ == "__main__":
    main()
