"""Dagster asset checks, and the Great Expectations suites behind them."""
