"""The few shapes that attributes have; each file holds its SQL beside its Python reading."""
