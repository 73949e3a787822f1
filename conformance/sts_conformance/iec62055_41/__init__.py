"""Cases of IEC 62055-41, one file for each clause."""
