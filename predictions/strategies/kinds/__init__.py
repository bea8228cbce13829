"""The strategies, one module each, and the sales of customers that they use."""
