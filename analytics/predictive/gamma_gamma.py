"""What a customer spends on a purchase: the gamma-gamma model, a mean of his own that few purchases tell badly.

Amounts of one customer scatter around a mean of his own (gamma, ``p``), and means differ between customers (``q``,
``v``). What is expected of a customer lies between his own mean and that of all: the fewer his purchases, the nearer to
that of all. It supposes that who buys often spends neither more nor less each time; the fit says how far that holds.

Source: Fader & Hardie 2013, “The gamma-gamma model of monetary value”; Fader, Hardie & Lee 2005, “RFM and CLV”.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from analytics.predictive.likelihood import likeliest

LEAST_SHAPE = 1.0
"""Of ``q``: up to it, means would have no mean."""
STARTS = ((6.0, 4.0), (2.0, 2.0))
NAMES = ("p", "q", "v")


@dataclass(frozen=True)
class GammaGamma:
    """Fitted parameters, with their standard errors; ``together`` is the correlation of count and mean amount."""

    p: float
    q: float
    v: float
    log_likelihood: float
    errors: tuple[float, float, float]
    customers: int
    together: float

    @property
    def mean_of_all(self) -> float:
        """What is expected of somebody of whom no purchase is known."""
        return self.p * self.v / (self.q - 1)

    def expected(self, counts: np.ndarray, means: np.ndarray) -> np.ndarray:
        """The amount to expect of each customer's purchases, from how many there were and their mean amount."""
        spent = np.where(counts > 0, counts * np.nan_to_num(means), 0.0)
        return self.p * (self.v + spent) / (self.p * counts + self.q - 1)


def fitted_gamma_gamma(counts: np.ndarray, means: np.ndarray, near: GammaGamma | None = None) -> GammaGamma | None:
    """The parameters that make the mean amounts most likely; None where no amount is told or none differs.

    Parameters
    ----------
    counts : purchases that each mean is of; customers without any are left out.
    means : mean amount, above 0; a mean of nothing tells no amount and is left out too.
    near : the model of a larger group that these customers are of; see ``likeliest``.
    """
    known = (counts > 0) & (means > 0) & np.isfinite(means)
    x, z = counts[known].astype("float64"), means[known].astype("float64")
    if len(x) < len(NAMES) or np.ptp(z) == 0:
        return None
    scale = float(np.average(z, weights=x))
    starts = [(p, q - LEAST_SHAPE, (q - 1) / p) for p, q in STARTS]
    like = near and (near.p, near.q - LEAST_SHAPE, near.v / scale)
    found = likeliest(partial(_loss, x=x, z=z / scale), [like] if near else starts, len(x), like)
    if found is None:
        return None
    p, beyond, v = map(float, found.values)
    errors = tuple(map(float, found.errors * np.array([1.0, 1.0, scale])))
    together = float(np.corrcoef(x, z)[0, 1]) if np.ptp(x) > 0 else float("nan")
    likelihood = found.log_likelihood - float(len(x) * np.log(scale))
    return GammaGamma(p, LEAST_SHAPE + beyond, v * scale, likelihood, errors, len(x), together)


def _loss(logs: np.ndarray, x: np.ndarray, z: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the mean log-likelihood, and how it changes with the logarithm of each parameter."""
    from scipy.special import digamma, gammaln

    p, beyond, v = np.exp(logs)
    q, spent = LEAST_SHAPE + beyond, x * z
    many = p * x
    known = np.log(v + spent)
    value = gammaln(many + q) - gammaln(many) - gammaln(q) + q * np.log(v)
    value += (many - 1) * np.log(z) + many * np.log(x) - (many + q) * known
    to_p = x * (digamma(many + q) - digamma(many) + np.log(z) + np.log(x) - known)
    to_q = digamma(many + q) - digamma(q) + np.log(v) - known
    to_v = q / v - (many + q) / (v + spent)
    slopes = np.array([to_p.mean() * p, to_q.mean() * beyond, to_v.mean() * v])
    return -float(value.mean()), -slopes
