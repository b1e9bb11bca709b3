"""The scan kind: exact, by the black-and-white originals that images were reduced from."""
