"""Rules that clean the cells of one column: typed, normalised and counted, one file a subject."""
