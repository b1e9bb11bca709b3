"""Batches of files: what inputs stand for, where results go, and the work over processes."""
