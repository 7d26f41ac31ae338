"""Which version of a record counts, decided on keys alone."""
