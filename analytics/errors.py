"""The one error that a visitor is meant to read."""


class NotEnoughData(Exception):  # noqa: N818 - it is an answer ("not enough data"), not a fault
    """The data in view cannot answer the question; the message says why and what would, in one sentence."""
