"""Keyed tokens in place of identifiers."""
