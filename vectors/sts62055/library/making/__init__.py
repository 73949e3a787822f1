"""Makers of the vectors of the library, one module for each group of subjects."""
