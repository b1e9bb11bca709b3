"""Train the `classic` kind."""
