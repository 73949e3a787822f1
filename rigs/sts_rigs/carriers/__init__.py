"""Token carriers: the ways by which a token gets into a meter, and what comes back."""
