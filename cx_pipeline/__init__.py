"""Scrub raw customer-experience exports into one clean, audited DuckDB file."""

__version__ = "0.1.0"
