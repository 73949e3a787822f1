"""Cases of IEC 62055-51, one file for each topic of its register."""
