"""What the cases of Annex A share: the commands, how a line spoils them, and what a meter must do then."""
