"""Training: TensorFlow lives here and nowhere else."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its start-up chatter is no news to a user
