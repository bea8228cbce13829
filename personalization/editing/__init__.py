"""Rules of the shop about recommendations: what can be written, checked, stored with versions."""
