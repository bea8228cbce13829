"""The foundation of every app; nothing here knows customers."""
