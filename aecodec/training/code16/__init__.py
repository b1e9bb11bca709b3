"""Train the `code16` kind."""
