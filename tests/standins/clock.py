"""Runs a module of Python with a clock that is off: ``python -m tests.standins.clock 90 MODULE …``.

The clock is changed before anything else is imported, so whoever keeps hold of it has this one.
"""

from __future__ import annotations

import runpy
import sys
import time

if __name__ == "__main__":
    right, ahead = time.time, float(sys.argv[1])
    time.time = lambda: right() + ahead
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
