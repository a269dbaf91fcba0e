"""Vikno: one window for everything that customers and colleagues ask for."""

__version__ = "0.1.0"
