"""Keys of JSON objects as column names."""

from __future__ import annotations

from dataclasses import dataclass, field

from cx_pipeline.extract.delimited_header import RESERVED
from cx_pipeline.extract.refusal import FileRefused


@dataclass
class Names:
    """Stored names of the keys seen so far; the lists are those of the document and grow in place."""

    columns: list[str]
    renamed: list[tuple[str, str]]
    limit: int
    _stored: dict[str, str] = field(default_factory=dict)

    def stored(self, key: str) -> str:
        """The column of a key.

        Raises:
            FileRefused: `limit.columns`.
        """
        if key not in self._stored:
            name = key
            if not key.strip() or key in RESERVED or key in self.columns:
                stem, number = (key, 2) if key.strip() else ("column", len(self.columns) + 1)
                while (name := f"{stem}__{number}" if key.strip() else f"{stem}_{number}") in self.columns:
                    number += 1
                self.renamed.append((key, name))
            if len(self.columns) >= self.limit:
                raise FileRefused("limit.columns", "the file has too many different keys", expected=f"at most {self.limit}")
            self.columns.append(name)
            self._stored[key] = name
        return self._stored[key]
