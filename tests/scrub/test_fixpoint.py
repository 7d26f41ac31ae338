import polars as pl

from cx_pipeline.scrub.fixpoint import as_step, on_matching, until_stable


def test_until_stable_peels_every_layer_and_keeps_order_and_nulls() -> None:
    step = as_step(lambda column: column.str.replace(r"^\((.*)\)$", "$1"))
    result = until_stable(pl.Series("x", ["((a))", None, "b", "(c)"]), step, step)
    assert result.to_list() == ["a", None, "b", "c"]
    assert result.name == "x"


def test_what_never_settles_is_given_up_after_the_rounds() -> None:
    grow = as_step(lambda column: column + "x")
    give_up = as_step(lambda column: column.str.replace_all("x", ""))
    assert until_stable(pl.Series(["ab", None]), grow, give_up, rounds=3).to_list() == ["ab", None]


def test_the_values_passed_in_are_not_changed() -> None:
    values = pl.Series(["(a)", "b"])
    until_stable(values, as_step(lambda column: column.str.strip_chars("()")), lambda series: series)
    on_matching(values, "a", as_step(lambda column: column + "!"))
    assert values.to_list() == ["(a)", "b"]


def test_on_matching_applies_only_where_the_pattern_is() -> None:
    assert on_matching(pl.Series(["a1", None, "b"]), "[0-9]", as_step(lambda column: column + "!")).to_list() == [
        "a1!",
        None,
        "b",
    ]
