"""Builds the images that the family `any` is trained on: see `__main__`."""
