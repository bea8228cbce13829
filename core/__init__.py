"""The ground floor: what every app stands on, and what knows no customer."""
