"""How members are written: values, lines of CSV, XML."""
