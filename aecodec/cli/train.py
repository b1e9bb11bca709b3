"""`aecodec train`: a codec trained on your own images."""


def train() -> None:
    """Train a model."""
