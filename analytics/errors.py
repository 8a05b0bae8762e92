"""The one error that a visitor is meant to read."""


class NotEnoughData(Exception):  # noqa: N818 - it is an answer ("not enough data"), not a fault
    """The data in view cannot answer the question; the message says why and what would, in one sentence.

    Parameters
    ----------
    mended_on : the page, as in ``workspace/settings``, where what is missing can be stated; empty where none is.
    """

    def __init__(self, message: str, mended_on: str = "") -> None:
        super().__init__(message)
        self.mended_on = mended_on
