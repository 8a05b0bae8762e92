"""From an expression to a frame, by the shortest way that its engine has."""

import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd


def collected(table: ir.Table) -> pd.DataFrame:
    """The rows of an expression as a frame; the same rows as ``table.to_pandas()``, with plain NumPy columns.

    DuckDB converts a result to pandas itself in about half the time that Ibis takes column by column, which for the
    small results of a dashboard is most of the wait. Other engines, and frames in memory, go by way of Ibis.
    """
    backend = table.get_backend()
    if backend.name != "duckdb" or table.op().find(ops.InMemoryTable):
        return table.to_pandas()
    return backend.raw_sql(backend.compile(table)).df()
