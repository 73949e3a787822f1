"""Conformance tests for STS payment meters."""
