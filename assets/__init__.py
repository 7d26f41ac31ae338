"""Dagster assets: thin steps that call the library and tell what it did."""
