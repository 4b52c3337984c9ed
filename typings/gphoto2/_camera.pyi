"""The binding's extension module for cameras: only where it lies is used."""

__file__: str
