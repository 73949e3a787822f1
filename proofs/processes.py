"""Campaigns in processes of their own, several at a time, for proofs that need many of them."""

import multiprocessing
import sys
from collections.abc import Sequence
from multiprocessing.pool import Pool

__all__ = ["campaign_processes"]


def campaign_processes(jobs: int, campaigns: int = 1, preload: Sequence[str] = ()) -> Pool:
    """Return a pool of so many processes, to be used with `with`; each is replaced after some campaigns.

    preload: what else they need, imported once where processes can be forked.
    It is no executor of concurrent.futures, which may hang once it replaces its processes (CPython, issue 115634).
    """
    context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
    if sys.platform != "win32":
        context.set_forkserver_preload(["stsbench.cli", "allure_pytest.plugin", *preload])
    return context.Pool(jobs, maxtasksperchild=campaigns)
