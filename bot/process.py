"""What has to be settled in a process before the libraries are loaded. Imports none of them."""

from __future__ import annotations

import gc
import os
import warnings

# How often an OpenMP thread looks, awake, whether the other one is done: some microseconds. When it sleeps at once, the
# two threads of the sentence model are woken 400 times a sentence, at worst both on one processor, which takes as long
# as one thread alone; with OpenMP's own 3 ms they slow each other ten times when the machine does anything else.
SPINS = "100"  # as in knowledge_base.embedding, which cannot set it when scikit-learn was loaded before
# The products of numpy are small here, and a second thread of its library waits awake for 20 ms after each.
PRODUCT_THREADS = "1"
STARTING = (200_000, 50, 100)  # new objects before a collection: loading makes 400,000 that all stay
SERVING = (700, 10, 10)  # Python's own


def begin() -> None:
    """Set threads, warnings and garbage collection; before any library is imported."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", PRODUCT_THREADS)
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # of libraries that Rasa pins
    warnings.filterwarnings("ignore", message=".*(pkg_resources|declarative_base|URL object).*")
    gc.set_threshold(*STARTING)


def loaded() -> None:
    """Leave what was loaded out of the collections to come: each would stop an answer for a quarter of a second."""
    gc.freeze()
    gc.set_threshold(*SERVING)


def unloaded() -> None:
    """Let what was loaded be collected again."""
    gc.unfreeze()
