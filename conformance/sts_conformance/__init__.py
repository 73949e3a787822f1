"""The clause register, and the cases in files named after their clauses."""
