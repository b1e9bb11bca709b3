"""Exact integer arithmetic: networks and the range coder."""
