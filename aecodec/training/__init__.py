"""Training: TensorFlow lives here and nowhere else."""

import logging
import os

# its start-up chatter and its advice on tracing are no news to a user
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("tensorflow").setLevel(logging.ERROR)
