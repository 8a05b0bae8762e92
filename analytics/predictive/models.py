"""All models that pages ask for."""

from analytics.predictive.model import Model

MODELS: tuple[Model, ...] = ()
