"""Where sweeps are trained: worker processes of this machine, or a Dask cluster."""
