"""The winner of a campaign's experiment: a test share goes first, the winner goes to the rest."""
