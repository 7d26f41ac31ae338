"""Which records are one person, and the id that person keeps."""
