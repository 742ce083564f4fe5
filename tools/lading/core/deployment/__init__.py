"""Deployments: what should be, what is, the steps between them, and what proves the end."""
