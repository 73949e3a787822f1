"""The Standard Transfer Specification as code and data: IEC 62055-41 and IEC 62055-52, without input or output."""
