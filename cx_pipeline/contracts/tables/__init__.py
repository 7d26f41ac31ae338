"""The canonical tables, one file each. A new file is found by itself."""
