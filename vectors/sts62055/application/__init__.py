"""The application layer of IEC 62055-41: identifiers, keys, ciphers, tokens and results."""
