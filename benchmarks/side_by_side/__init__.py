"""Load on old and new code side by side on one database, behind a balancer, during an upgrade."""
