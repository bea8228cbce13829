"""How behaviour comes in: read, judged, and stored once."""
