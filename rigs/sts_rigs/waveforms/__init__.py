"""Recorded signals of the line, and the characters in them."""
