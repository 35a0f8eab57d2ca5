"""How fast quantgov is beside a bare interpreter and beside its neighbours: `make bench`, or `python -m benchmarks`."""
