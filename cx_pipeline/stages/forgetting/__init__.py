"""Who is forgotten, which delivered records are theirs, and how those leave the lake and the raw files."""
