"""The clause register, the cases in files named after their clauses, and the `stsbench` command."""
