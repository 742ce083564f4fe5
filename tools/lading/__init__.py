"""Lading vendors private Python packages into Azure Functions packages on the build machine."""
