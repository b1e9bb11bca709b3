"""From a task to a `classic` model: train, export, and say how."""

from pathlib import Path

from aecodec.kinds.classic import ClassicCoder
from aecodec.training.arrays import predict
from aecodec.training.classic import linear, train, variational
from aecodec.training.classic.config import ClassicConfig
from aecodec.training.classic.export import export_classic
from aecodec.training.classic.networks import to_latents
from aecodec.training.classic.train import DEFAULT, Trained
from aecodec.training.task import TrainedModel, TrainingTask


def train_classic(task: TrainingTask, config: ClassicConfig = DEFAULT) -> TrainedModel:
    """Train a `classic` model: an auto-encoder, a variational one, or a linear network."""
    trained = _train(task, config)
    task.progress.busy("fitting linear networks to compare with")
    components, network = linear.view(task.images, task.validation, task.latents, task.seed)
    view = (
        f"The linear view of {task.latents} latents, MSE on validation: {components:.5f} by "
        f"principal components, {network:.5f} by a purely linear network."
    )

    def save(target: Path, h5: bool) -> None:
        for suffix in (".keras", ".h5") if h5 else (".keras",):
            trained.autoencoder.save(target.with_suffix(suffix))

    arrays = export_classic(trained, task.images)
    return TrainedModel(
        "classic",
        arrays,
        lambda codes: predict(trained.decoder, to_latents(codes)),
        save,
        f"{_layers(task, config)}, {task.latents} latents of a byte each.",
        (*trained.notes, view),
        ClassicCoder(arrays).network_codes,
    )


def _train(task: TrainingTask, config: ClassicConfig) -> Trained:
    given = task.images, task.latents, task.epochs, task.seed
    if task.linear:
        return linear.train(*given, task.progress, task.validation)
    rest = task.progress, task.checkpoint, task.validation, config
    if task.kl_weight is not None:
        return variational.train(*given, task.kl_weight, *rest)
    return train.train(*given, *rest)


def _layers(task: TrainingTask, config: ClassicConfig) -> str:
    if task.linear:
        return f"Linear layers 784-{task.latents}-784, clipped"
    widths = (784, *config.encoder, task.latents, *config.decoder, 784)
    return f"Dense layers {'-'.join(map(str, widths))}, relu"
