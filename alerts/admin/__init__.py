"""The admin of alerts: the list, the card on Home, the page of a segment."""
