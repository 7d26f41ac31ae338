"""Peers: other ways to do the work, or a part of it, measured on the same files; each says what it does and what it does not."""
