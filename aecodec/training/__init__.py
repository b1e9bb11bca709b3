"""Training: TensorFlow lives here and nowhere else."""
