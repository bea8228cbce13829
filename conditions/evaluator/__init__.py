"""How conditions are judged in Python, for one customer, without the compiler's queries."""
