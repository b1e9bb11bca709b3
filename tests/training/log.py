"""What a training on contexts tells of its progress, kept."""

from aecodec.training.progress import Progress


class Log(Progress):
    """Keeps what it is told; stops a training when so many rounds were told.

    Attributes:
        validation: The bits of each round.
        totals: How many rounds there were said to be.
        searches: How many searches for originals were told.
    """

    def __init__(self, stop: int | None = None) -> None:
        self.validation: list[float] = []
        self.totals: set[int] = set()
        self.searches = 0
        self._stop = stop

    def busy(self, what: str) -> None:
        self.searches += "originals of images" in what

    def epoch(
        self,
        stage: str,  # noqa: ARG002 - the rounds of all are kept together
        done: int,  # noqa: ARG002 - they are counted here
        total: int,
        distortion: float | None = None,
        rate: float | None = None,
        validation: float | None = None,
    ) -> None:
        assert distortion is None
        assert rate is not None
        assert validation is not None
        self.validation.append(validation)
        self.totals.add(total)
        if len(self.validation) == self._stop:
            raise KeyboardInterrupt
