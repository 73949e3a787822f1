"""Uncertainty of measured values: components, their combination by the GUM, and the usual budgets."""
