"""Layers in the store, and how they are written."""
