"""The checks for alerts: sizes once a day, failures at each look, and the end of alerts."""
