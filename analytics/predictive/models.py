"""All models that pages ask for."""

from analytics.predictive.churn import CHURN
from analytics.predictive.customer_value import CUSTOMER_VALUE
from analytics.predictive.forecast import FORECAST
from analytics.predictive.model import Model

MODELS: tuple[Model, ...] = (FORECAST, CHURN, CUSTOMER_VALUE)
