"""The latent page: one HTML file with a data set's latent space, a decoder and an encoder."""
