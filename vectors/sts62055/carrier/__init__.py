"""The virtual token carrier of IEC 62055-52: profile, messages, client and server."""
