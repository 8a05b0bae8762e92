"""A whole shop: lives simulated, trimmed to the size asked for, and laid out as the store's tables."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulation.incidents import demo_incidents
from simulation.lines import order_values
from simulation.population import customer_mix
from simulation.process import Process, prepared_process
from simulation.seasons import shop_calendar
from simulation.settings import SimulationSettings
from simulation.tables import (
    booked_rows,
    contact_table,
    customer_numbers,
    customer_table,
    drawn_baskets,
    event_table,
    line_table,
    spend_table,
    transaction_table,
)
from simulation.trade import CALENDAR, generator, simulated_trade
from simulation.truth import ground_truth, truth_customers


@dataclass(frozen=True)
class SimulatedShop:
    """The store's tables as Arrow tables (``order_lines`` is None without lines), and the truths behind them."""

    settings: SimulationSettings
    transactions: pa.Table
    customers: pa.Table
    order_lines: pa.Table | None
    marketing_spend: pa.Table
    campaign_contacts: pa.Table
    events: pa.Table
    truth_customers: pa.Table
    truth: dict


def simulate(settings: SimulationSettings) -> SimulatedShop:
    """A shop with the customers and orders asked for; equal settings give equal shops."""
    process = shop_process(settings)
    trade = simulated_trade(process)
    rows, numbers = booked_rows(trade), customer_numbers(trade)
    paise, lines = _priced(trade, rows.of_orders, settings.lines)
    return SimulatedShop(
        settings=settings,
        transactions=transaction_table(trade, rows, paise, numbers),
        customers=customer_table(trade, numbers),
        order_lines=lines,
        marketing_spend=spend_table(trade),
        campaign_contacts=contact_table(trade, numbers),
        events=event_table(trade),
        truth_customers=truth_customers(trade, numbers),
        truth=ground_truth(trade),
    )


def shop_process(settings: SimulationSettings) -> Process:
    """The process behind a shop, before any customer is drawn."""
    incidents = demo_incidents(settings)
    calendar = shop_calendar(settings, incidents, generator(settings.seed, CALENDAR))
    return prepared_process(settings, calendar, incidents, customer_mix(settings, calendar))


def _priced(trade, transactions: np.ndarray, keep_lines: bool) -> tuple[np.ndarray, pa.Table | None]:
    """Value of every order in paise, and the lines it is the sum of."""
    paise, tables = np.zeros(len(transactions), dtype=np.int64), []
    for first, lines in drawn_baskets(trade):
        count = int(lines.order[-1]) + 1
        paise[first : first + count] = order_values(lines, count)
        if keep_lines:
            tables.append(line_table(lines, transactions[first : first + count]))
    return paise, pa.concat_tables(tables).unify_dictionaries() if keep_lines else None
