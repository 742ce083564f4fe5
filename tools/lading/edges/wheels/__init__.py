"""Wheels on disk, read with suspicion."""
