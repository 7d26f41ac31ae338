"""Cases in files of their own: saved again by spreadsheets of two countries, or cut off in the middle."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cx_pipeline.synth import encode
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.encode import Dialect
from cx_pipeline.synth.vendors.salesforce.values import NONE, STAMP

_EXPORT = "salesforce.Case"
_DATES = ("ClosedDate", "CreatedDate", "LastModifiedDate", "SystemModstamp")
_LATIN_1 = r"^[\x00-\x7f\u00a0-\u00ff\u2013\u2019\u201c\u201d\u20ac]*$"


@dataclass(frozen=True)
class Resaved:
    """Dates as the spreadsheet's country writes them, seconds lost; ids and numbers survived."""

    file: str
    dialect: Dialect
    pattern: str
    trap: str

    def fits(self, noted: pl.DataFrame) -> pl.Series:
        """Which records the file's encoding can hold."""
        if self.dialect.encoding != "cp1252":
            return pl.repeat(value=True, n=len(noted), dtype=pl.Boolean, eager=True)
        return noted["text"].str.contains(_LATIN_1)

    def write(self, folder: Delivery, frame: pl.DataFrame, noted: pl.DataFrame) -> bool:
        """Write the file if every date column in it holds a day above the twelfth, so that day and month can be told."""
        fitting = self.fits(noted)
        frame, noted = frame.filter(fitting), noted.filter(fitting)
        days = pl.col(*_DATES).str.slice(8, 2).cast(pl.Int64)
        if not frame.select(pl.all_horizontal((days > 12).any())).item():
            return False
        times = {name: pl.col(name).str.to_datetime(STAMP).dt.replace_time_zone(None) for name in _DATES}
        local = frame.with_columns(time.dt.strftime(self.pattern).alias(name) for name, time in times.items())
        whole = {"semicolon_cp1252_file": 1} if self.dialect is encode.EXCEL else {}
        noted = noted.with_columns(encode.csv_texts(local, self.dialect).alias("text"), trap=pl.lit(self.trap))
        folder.table(_EXPORT, self.file, local.columns, noted, dialect=self.dialect, traps=whole)
        for name, time in times.items():
            clean = frame.select(time.dt.strftime("%Y-%m-%dT%H:%M:00Z")).to_series()
            cells = pl.DataFrame({"key": frame["Id"], "dirty": local[name], "clean": clean}).drop_nulls("dirty")
            folder.book.cells(folder.name(self.file), cells.with_columns(column=pl.lit(name), trap=pl.lit(self.trap)))
        return True


@dataclass(frozen=True)
class Cut:
    """The file ends in the middle of its last record, inside the quotes of the description."""

    file: str

    def fits(self, noted: pl.DataFrame) -> pl.Series:
        return pl.repeat(value=True, n=len(noted), dtype=pl.Boolean, eager=True)

    def write(self, folder: Delivery, frame: pl.DataFrame, noted: pl.DataFrame) -> bool:
        if not len(frame):
            return False
        last = pl.int_range(pl.len()) == pl.len() - 1
        stub = noted.with_columns(damage=pl.when(last).then(pl.lit("cut_file")), trap=pl.when(last).then(NONE).otherwise("trap"))
        behind = frame.columns.index("Description") + 1
        tail = encode.csv_line(frame.row(-1)[behind:])
        missing = len(f'",{tail}\r\n'.encode()) + len(frame["Description"][-1].encode()) // 2
        folder.table(_EXPORT, self.file, frame.columns, stub, cut_bytes=missing)
        return True


KINDS: tuple[Resaved | Cut, ...] = (
    Resaved("Case_resaved_eu.csv", encode.EXCEL, "%d/%m/%Y %H:%M", "local_dates_day_first"),
    Resaved("Case_resaved_us.csv", encode.PLAIN, "%m/%d/%Y %H:%M", "local_dates_month_first"),
    Cut("Case_cut.csv"),
)
