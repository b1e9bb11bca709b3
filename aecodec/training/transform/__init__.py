"""Train the `transform` kind."""
