"""Bytes of one delivered file to all-text records; a damaged record costs only itself."""
