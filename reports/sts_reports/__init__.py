"""What a run leaves behind: the journal, the record, and every view of them."""
