"""Pages of a site, as web events tell of them."""

from __future__ import annotations

import polars as pl


def path_of(url: pl.Expr) -> pl.Expr:
    """The path of an address without scheme, host, query and fragment; a bare host is the path `/`."""
    path = url.str.strip_chars().str.replace(r"(?s)[?#].*$", "").str.replace(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/]*", "")
    rooted = pl.when(path.str.starts_with("/")).then(path).otherwise(pl.concat_str(pl.lit("/"), path))
    return pl.when(url.str.strip_chars() != "").then(rooted)
