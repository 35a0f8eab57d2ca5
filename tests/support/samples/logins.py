"""Passwords that stand in an address or a command beside the name they belong to."""

from samples import Sample

SAMPLES = (Sample("url-password", "postgresql://quant:[[<alnum:12>]]@tsdb.internal:5432/ticks"),)
