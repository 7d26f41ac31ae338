"""Pages of the documentation, made of the objects that they describe: what is generated cannot fall behind the code."""
