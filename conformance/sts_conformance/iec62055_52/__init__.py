"""Cases of IEC 62055-52, one file for each clause."""
