"""The checks: sizes once a day, failures at each look, and what becomes of the alerts."""
