"""Erasure: one person found everywhere, removed, and the removal proven."""
