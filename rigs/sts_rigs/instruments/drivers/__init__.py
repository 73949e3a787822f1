"""Drivers of instruments, one module for each family."""
