"""What analysts open the file for: one .sql file a mart, and the few inputs of them that SQL cannot make."""
