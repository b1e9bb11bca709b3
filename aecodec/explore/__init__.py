"""The page of `aecodec explore`: a model's latent space, a decoder and an encoder in one file."""
