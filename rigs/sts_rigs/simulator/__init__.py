"""The simulated bench: a meter, its line and its surroundings on one discrete-event clock."""
