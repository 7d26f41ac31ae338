"""One detector a file: what it looks for, what proves it, and which words speak for it or against it."""
