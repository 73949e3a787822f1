"""Cases of IEC 62055-31, one file for each topic: nobody has confirmed the numbers of its clauses."""
