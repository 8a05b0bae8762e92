"""All models that pages ask for."""

from analytics.predictive.churn import CHURN
from analytics.predictive.customer_value import CUSTOMER_VALUE
from analytics.predictive.model import Model

MODELS: tuple[Model, ...] = (CHURN, CUSTOMER_VALUE)
