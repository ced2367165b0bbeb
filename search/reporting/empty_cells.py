"""Reasons of empty cells in the CSV files of a report."""

from collections.abc import Mapping

import pandas as pd

from fairser_core.csv_cells import WHY_EMPTY


def explained(table: pd.DataFrame, reasons: Mapping[str, str], otherwise: str = "") -> pd.DataFrame:
    """Return a table with a last column that states why cells of each row are empty.

    Args:
        table: data of a table.
        reasons: reasons by the names of columns.
        otherwise: reason of the other columns; empty if their cells need none.
    """
    rows = []
    for row in table.to_dict(orient="records"):
        by_reason: dict[str, list[str]] = {}
        for name, value in row.items():
            if value == "" or (pd.api.types.is_scalar(value) and pd.isna(value)):
                reason = reasons.get(str(name), otherwise)
                by_reason.setdefault(reason, []).append(str(name))
        rows.append("; ".join(f"{', '.join(n)}: {why}" for why, n in by_reason.items() if why))
    return table.assign(**{WHY_EMPTY: rows})
