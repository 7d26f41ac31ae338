"""Dagster assets: thin steps that call the library and tell what it did."""

import gc

# What is loaded stays. Looking through all of it for garbage, time and again while it grows, is a quarter of the loading;
# the resource of a run puts it back in order.
gc.set_threshold(*gc.get_threshold()[:2], 1_000)
