"""Each strategy in a module of its own, with what customers have bought."""
