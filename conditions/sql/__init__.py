"""How conditions are asked of the database: truth values, places, expressions."""
