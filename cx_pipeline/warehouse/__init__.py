"""The published file: built aside, verified by a full read, replaced atomically, kept in versions."""
