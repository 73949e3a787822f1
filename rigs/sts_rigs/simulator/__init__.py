"""The virtual bench: a meter, its line and its surroundings on one discrete-event clock."""
