"""Work on other machines, by dask.distributed; the nannies of workers load this package, too."""

from reportgen.cluster.client import Cluster
from reportgen.cluster.worker import dask_setup

__all__ = ["Cluster", "dask_setup"]
